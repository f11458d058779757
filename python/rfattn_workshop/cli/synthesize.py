# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write synthetic recordings: a labelled folder for train, or a band with many emissions.

The signal of each recording is annotated. Each recording is a group of its own in split train. With
--scene the recordings show one band with many emissions, a recording for each --rate, and every
burst is annotated with its edges. The same seed gives the same files.
"""

from __future__ import annotations

import itertools

from gnuradio.rfattn.cli.sources.inputs import in_hertz
from gnuradio.rfattn.reporting import Progress, count_of

_BAND_SHARE = 0.9
"""Of the lowest rate: what lies beyond would be lost."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder to write to, new or empty"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of what is made (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    group = parser.add_argument_group("a labelled folder")
    group.not_with, add = "--scene", group.add_argument
    add(
        "--per-class",
        type=int,
        default=30,
        metavar="N",
        help="recordings of each class (default: %(default)s)",
    )
    add(
        "--classes",
        metavar="A,B,…",
        help="make only these classes (default: all, and 'other', signals of no class)",
    )
    group = parser.add_argument_group("a scene")
    group.needs, add = "--scene", group.add_argument
    add("--scene", action="store_true", help="write a band with many emissions")
    add(
        "--duration",
        type=float,
        default=2.0,
        metavar="S",
        help="length in seconds (default: %(default)g)",
    )
    add(
        "--rate",
        type=in_hertz,
        nargs="+",
        default=[2.4e6],
        metavar="HZ",
        help="samples per second, a multiple of 25; several give the same scene several times, "
        "with all emissions in the band of the lowest (default: 2.4e6)",
    )
    add(
        "--emissions",
        type=int,
        metavar="N",
        help="number of emissions, as far as there is room (default: 3 for each MHz and second)",
    )
    add(
        "--snr",
        type=float,
        nargs="+",
        default=[0.0, 30.0],
        metavar="DB",
        help="SNR of all emissions, or the lowest and the highest (default: 0 30)",
    )
    add(
        "--kinds",
        metavar="A,B,…",
        help="draw only emissions of these classes, such as dmr or pocsag (default: all that fit "
        "into the band)",
    )
    add(
        "--recordings",
        nargs="+",
        default=[],
        metavar="DIR",
        help="labelled folders of real recordings: half of the emissions are cut from them, and "
        "the noise is theirs where they have any",
    )


def run(arguments) -> int:
    return (_write_scene if arguments.scene else _write_folder)(arguments)


def _write_folder(arguments) -> int:
    from ..synthesis import CLASSES, synthesize

    names = arguments.classes.split(",") if arguments.classes else CLASSES
    done = itertools.count(1)
    with Progress(arguments.quiet, arguments.per_class * len(names)) as progress:
        written = synthesize(
            arguments.out,
            arguments.per_class,
            arguments.seed,
            names,
            lambda name: progress.show(name, next(done)),
        )
    print(f"{arguments.out}: {count_of(len(written), 'recording')}")
    return 0


def _write_scene(arguments) -> int:
    from ..synthesis.scene import BAND_HZ, draw_scene
    from ..synthesis.scene_files import write_scene
    from ..synthesis.scene_recordings import usable, usable_noise
    from ..synthesis.scene_signal import kind_of_name

    snr, rate, kinds = arguments.snr, arguments.rate, arguments.kinds
    if len(snr) > 2:
        raise ValueError(f"--snr must have one or two values, got {len(snr)}")
    scene = draw_scene(
        arguments.seed,
        arguments.duration,
        arguments.emissions,
        snr_db=snr[0] if len(snr) == 1 else (snr[0], snr[1]),
        kinds=[kind_of_name(name) for name in kinds.split(",")] if kinds else None,
        recordings=usable(arguments.recordings),
        noise=usable_noise(arguments.recordings),
        band_hz=min(BAND_HZ, *(_BAND_SHARE * one for one in rate if one > 0)),
    )
    done = itertools.count(1)
    with Progress(arguments.quiet, len(rate)) as progress:
        written = write_scene(
            scene, arguments.out, rate, lambda name: progress.show(name, next(done))
        )
    left_out = f", {scene.left_out} found no room" if scene.left_out else ""
    of = count_of(len(scene.emissions), "emission")
    print(f"{arguments.out}: {count_of(len(written), 'recording')} of {of}{left_out}")
    return 0

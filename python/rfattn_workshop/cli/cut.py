# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut emissions out of made-up bands and labelled recordings, for train to learn from.

What the detector finds in them is cut out as in a flowgraph, and gets the label of the true signal
that it lies on. An interrupted command continues where it was, if it is given the same options. The
same seed gives the same cuts. Labels that are no class of the made-up signals become 'other'.
"""

from __future__ import annotations

from pathlib import Path

from gnuradio.rfattn.checked import suggestion
from gnuradio.rfattn.reporting import Progress, count_of

from . import check_least
from .processes import results

_PART = 20
"""Recordings of one file."""


def add_arguments(parser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write cut sets to")
    parser.add_argument(
        "--rounds",
        type=int,
        default=1,
        metavar="N",
        help="bands made for each class; a band holds other emissions, too (default: %(default)s)",
    ).needs = {"0": "--recordings"}
    parser.add_argument(
        "--others",
        type=int,
        default=50,
        metavar="N",
        help="bands of each round made for a technology that is no class, and a quarter as many of "
        "noise alone (default: %(default)s)",
    ).not_with = "--rounds 0"
    parser.add_argument(
        "--classes",
        nargs="+",
        default=[],
        metavar="NAME",
        help="classes that bands are made for (default: all); with another --seed they add to "
        "earlier rounds",
    ).not_with = "--rounds 0"
    parser.add_argument(
        "--recordings",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of labelled recordings, which are cut; those of split train also become a "
        "part of the bands. 1 MHz is assumed where a recording states no rate",
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=8,
        metavar="N",
        help="altered variants of each training recording (default: %(default)s)",
    ).needs = "--recordings"
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the bands and variants (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="processes that work at a time (default: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from gnuradio.rfattn_station.learning.cut_set import no_classes, read_folder

    check(arguments)
    line = no_classes(list_strange(arguments.recordings))
    if line:
        Progress(arguments.quiet).log(line)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    units = [unit for unit in list_units(arguments) if not (out / unit[0]).exists()]
    with Progress(arguments.quiet, len(units)) as progress:
        progress.show(f"{len(units)} cut sets to make")
        names = results(_make, [(out, *unit) for unit in units], arguments.jobs)
        for done, name in enumerate(names, 1):
            progress.show(name, done)
    cuts, _ = read_folder(out, arguments.quiet)
    classes = {cut.label for cut in cuts}
    found = f"{count_of(len(cuts), 'cut')} of {count_of(len(classes), 'label')}"
    print(f"{out}: {found}; try: gr-rfattn train {out} --out DIR")
    return 0


def check(arguments) -> None:
    """Refuses numbers out of range, and unknown classes."""
    from gnuradio.rfattn.catalogue.classes import classes

    check_least(arguments, rounds=0, others=0, variants=0, seed=0, jobs=1)
    known = [row.name for row in classes()]
    unknown = [name for name in arguments.classes if name not in known]
    if unknown:
        raise ValueError(
            f"--classes must be of {', '.join(known)}, got {', '.join(unknown)}"
            f"{suggestion(unknown[0], known)}"
        )


def list_strange(folders: list[str]) -> set[str]:
    """The labels of these folders that are no class of the catalogue."""
    from gnuradio.rfattn.catalogue.classes import classes
    from gnuradio.rfattn.recordings.labelled_folder import OTHER, read_folder

    labels = {entry.label for folder in folders for entry in read_folder(folder)}
    return labels - {*(row.name for row in classes()), "noise", OTHER}


def list_units(arguments) -> list[tuple]:
    """The pieces of work: file name, kind ("recordings" or "bands") and the arguments of the
    function that makes its cuts."""
    from gnuradio.rfattn.recordings.labelled_folder import OTHER, read_folder

    from ..synthesis.services import SERVICES
    from ..synthesis.training_recordings import usable

    entries = [e for folder in arguments.recordings for e in read_folder(folder)]
    entries = [e for e in entries if e.label not in ("noise", OTHER)]
    units: list[tuple] = []
    for first in range(0, len(entries), _PART):
        part = entries[first : first + _PART]
        name = f"recordings_{first // _PART:04d}.npz"
        seed = 100_000 * arguments.seed + first
        units.append((name, "recordings", part, arguments.variants, seed))
    classes = arguments.classes or list(SERVICES)
    known = usable([e for e in entries if e.split == "train"]) if arguments.rounds else []
    for number in range(arguments.seed, arguments.seed + arguments.rounds):
        units.append((f"bands_{number:05d}.npz", "bands", number, classes, arguments.others, known))
    return units


def _make(unit: tuple) -> str:
    """Makes one file in a process of the pool; returns its name."""
    from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
    from gnuradio.rfattn_station.learning.cut_set import write_cuts

    out, name, kind, *rest = unit
    make = {"recordings": cut_recordings, "bands": cut_round}[kind]
    write_cuts(out / name, make(CHANNEL_FRONT_END, *rest), CHANNEL_FRONT_END)
    return name


def cut_recordings(front_end, entries, variants: int, seed: int) -> list:
    """The cuts of recordings; only those of split `train` have variants.

    Args:
        seed: of the first one; each has the next.
    """
    from gnuradio.rfattn_station.cutting.cut_recording import cut_recording

    from ..flowgraph.cut_training import cut_sent_again

    cuts = []
    for number, entry in enumerate(entries):
        count = variants if entry.split == "train" else 0
        cuts += cut_recording(entry, front_end, cut_sent_again, count, seed + number)
    return cuts


def cut_round(front_end, number: int, classes: list[str], others: int, known: list) -> list:
    """The cuts of one round: a band for each class, some for technologies that are none, and a
    quarter as many of noise alone."""
    import numpy as np

    from ..flowgraph.cut_training import cut_band, cut_noise_band
    from ..synthesis.services import DRAWN_OTHERS

    rng = np.random.default_rng([number, 31])
    names = [*classes, *rng.choice(DRAWN_OTHERS, others)]
    cuts = [
        cut
        for k, name in enumerate(names)
        for cut in cut_band(str(name), 1000 * number + k, front_end, known)
    ]
    for k in range(others // 4):
        cuts += cut_noise_band(1000 * number + len(names) + k, front_end)
    return cuts

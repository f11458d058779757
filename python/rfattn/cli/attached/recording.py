# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--record`, `--record-sound` and `--annotate` of `label` and `live`: the I/Q of emissions, their
sound, and where they are."""

from __future__ import annotations

from ...packages import STATION, load
from ...reporting import count_of
from .place import Place


def add_sound_options(parser) -> None:
    parser.add_argument(
        "--record-sound",
        metavar="DIR",
        default="",
        help="write the demodulated sound of each transmission as a WAV file into this folder",
    )
    parser.add_argument(
        "--sound-size",
        metavar="SIZE",
        default="2G",
        help="that all WAV files in this folder may have, such as 500M (default: %(default)s)",
    ).needs = "--record-sound"


def make_sound_recorder(arguments, place: Place):
    """The `SoundRecorder` that the options ask for; None for none."""
    if not arguments.record_sound:
        return None
    station = load(f"{STATION}.cli.sound_files", "--record-sound")
    return station.make_sound_recorder(arguments, place)


def print_sound(stats: dict) -> None:
    """Prints how much sound was recorded, and what was not."""
    counts = stats.get("sound")
    if counts is not None:
        left = {
            "left_out": "transmissions left out",
            "cut": "cut short",
            "samples_lost": "samples lost",
        }
        more = "".join(f", {counts[name]} {what}" for name, what in left.items() if counts[name])
        print(f"  sound:     {count_of(counts['files'], 'file')}{more}")


def make_recorder(arguments, place: Place):
    """The block `emission_recorder` that the options ask for; None for none.

    Raises:
        ValueError: in one line, for a wrong folder.
    """
    if not arguments.record:
        return None
    from ...blocks.emission_recorder import emission_recorder
    from ...blocks.signal_labeller import MAX_EMISSIONS

    return emission_recorder(
        arguments.record,
        place.name,
        MAX_EMISSIONS[place.policy],
        when=arguments.conditions["record"].text,
        margin_s=arguments.margin,
        policy=place.policy,
    )


def make_annotations(arguments, place: Place):
    """The block `sigmf_annotation_sink` that the options ask for; None for none.

    Raises:
        ValueError: in one line, for a file that cannot be read or written.
    """
    if not arguments.annotate:
        return None
    from ...blocks.sigmf_annotation_sink import annotations_of, sigmf_annotation_sink

    if place.recording is None:
        return sigmf_annotation_sink(arguments.annotate, sidebands=arguments.sidebands)
    return annotations_of(place.recording, arguments.annotate, arguments.sidebands)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--birdies` of `label` and `live`: a file for `--ignore` from a run without an antenna."""

from __future__ import annotations

from ...reporting import count_of
from .place import Place


def add_birdies_option(parser) -> None:
    text = (
        "add the bands of all emissions to this file for --ignore: without an antenna all of them "
        "are the receiver's own"
    )
    parser.add_argument("--birdies", metavar="FILE", default="", help=text)


def make_birdies(arguments, place: Place):
    """The `Birdies` that the options ask for; None for none."""
    if not arguments.birdies:
        return None
    from ...flowgraph.birdies import Birdies

    made = Birdies(arguments.birdies, place.name)
    if place.recording is not None:
        made.tuned(place.recording.frequency)
    return made


def print_birdies(stats: dict) -> None:
    if "birdies" in stats:
        print(f"  birdies:   {count_of(stats['birdies'], 'band')} added to the file for --ignore")

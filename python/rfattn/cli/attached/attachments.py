# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that `label` and `live` attach to the path of emissions, if the options ask for it.

Whatever else is to be done about emissions is a block, see `Attachment`, and one file beside this
one: it adds its options, makes the block, and prints what became of it. It needs a line in each of
the tables below.
"""

from __future__ import annotations

from .birdies import add_birdies_option, make_birdies, print_birdies
from .csv_rows import add_csv_option, make_rows
from .decoding import add_decoding_options, make_decoder, print_decoding
from .listening import make_demodulator, print_listening
from .place import Place
from .recording import (
    add_sound_options,
    make_annotations,
    make_recorder,
    make_sound_recorder,
    print_sound,
)

OPTIONS = (add_csv_option, add_birdies_option, add_sound_options, add_decoding_options)
"""Each adds options to the parser of both commands."""
MAKERS = (
    make_recorder,
    make_sound_recorder,
    make_annotations,
    make_rows,
    make_birdies,
    make_decoder,
    make_demodulator,
)
"""Each makes a block, or returns None where the options ask for none."""
REPORTS = (print_birdies, print_sound, print_decoding, print_listening)
"""Each prints what became of it, from `stats` of the JSON."""


def add_attachment_options(parser) -> None:
    for add_options in OPTIONS:
        add_options(parser)


def attachments_of(arguments, place: Place) -> list:
    """The blocks that the options ask for, and the message sinks.

    Raises:
        ValueError: in one line, for a wrong option.
    """
    made = (make(arguments, place) for make in MAKERS)
    return [*(one for one in made if one is not None), *place.sinks]


def print_attached(stats: dict) -> None:
    for report in REPORTS:
        report(stats)

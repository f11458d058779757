# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message with one frame, or one line of another program, read from an emission's signal."""

from __future__ import annotations

from dataclasses import dataclass

from .entries import Fields, Octets, Text, entry
from .frame import MOST_OCTETS
from .limits import check_length

MOST_TEXT = 500
"""Characters of a text."""
MOST_FIELDS = 32
_MOST_NAME = 60
"""Characters of a source, and of the name of a field."""


@dataclass(frozen=True)
class Decoded:
    """What was read from the signal of an emission."""

    id: int = entry("Number of the emission within a run.")
    source: str = entry(
        "What read it: a format whose frames are read here, such as `AIS`, or another program."
    )
    text: Text = entry("One line that a person reads, without control characters.")
    sample_start: int | None = entry(
        "First sample of the frame, counted from the start of the stream; absent where it is not "
        "known.",
        default=None,
    )
    is_right: bool | None = entry(
        "Whether its checksum is right; absent where there is none, or where it is not known.",
        default=None,
    )
    is_private: bool | None = entry(
        "Whether the text is meant for one receiver, such as a page; absent: it is not.",
        default=None,
    )
    bits: Octets | None = entry("The frame as hexadecimal digits, first bit first.", default=None)
    fields: Fields | None = entry(
        "What the frame states: text, numbers and truth values by name.", default=None
    )

    def __post_init__(self):
        check_length("decoded: source", self.source, _MOST_NAME)
        check_length("decoded: text", self.text, MOST_TEXT)
        check_length("decoded: bits", self.bits, 2 * MOST_OCTETS)
        check_length("decoded: fields", self.fields, MOST_FIELDS)
        for name, value in (self.fields or {}).items():
            check_length("decoded: a name of fields", name, _MOST_NAME)
            if isinstance(value, str):
                check_length(f"decoded: fields: {name}", value, MOST_TEXT)

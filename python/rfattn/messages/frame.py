# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message with the bits of a frame that `emission_extractor` read."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.formats import formats
from .entries import Octets, entry
from .findings import check_names
from .limits import check_length

MOST_OCTETS = 1000


@dataclass(frozen=True)
class Frame:
    """A frame in an emission's signal whose checksum is right."""

    id: int = entry("Number of the emission within a run.")
    format: str = entry("The format of the frame, such as `AIS`.")
    sample_start: int = entry("First sample of the frame, counted from the start of the stream.")
    bits: Octets = entry(
        "The frame with its checksum as hexadecimal digits, first bit first, without flags, "
        "stuffed bits and preambles."
    )

    def __post_init__(self):
        check_names("frames: format", [self.format], formats())
        check_length("frames: bits", self.bits, 2 * MOST_OCTETS)

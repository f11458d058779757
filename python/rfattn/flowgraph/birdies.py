# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bands of what a receiver finds without an antenna, as lines of a file of `IgnoreList`."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from ..blocks.parts.attachment import Attachment
from ..emissions.ignore_list import IgnoreList, Rule
from ..emissions.record import EmissionRecord
from ..failures import Failures, counted


class Birdies(Attachment):
    """Adds the band of each emission that has ended to a file, unless lines of it have more than
    half of that band. Lines that are there stay as they are.

    Args:
        path: of the file, which may be there.
        source: what is searched, for the notes.

    Attributes:
        bands: how many were added.

    Raises:
        ValueError: a line of the file is wrong.
        OSError: the file cannot be written.
    """

    def __init__(self, path: str, source: str):
        self._path, self._note, self.bands = Path(path), f"found in {source}", 0
        self.failures = Failures(
            lambda text: print(f"gr-rfattn: --birdies: {text}", file=sys.stderr)
        )
        with open(self._path, "a+b") as file:  # which can be written
            file.seek(0)
            self._end = "" if (file.read() or b"\n").endswith(b"\n") else "\n"
        self._known = IgnoreList.load(self._path)

    def tuned(self, frequency: float | None) -> None:
        if frequency is None:
            raise ValueError("--birdies needs the middle of the band: give --freq")

    @counted
    def add_final(self, record: EmissionRecord, sample_rate: float) -> None:
        latest = record.latest
        if latest.is_part or self._known.has(latest.freq_lower, latest.freq_upper):
            return
        low, high = math.floor(latest.freq_lower), math.ceil(latest.freq_upper)
        rule = Rule(low, high, None, self._note)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"{self._end}{rule.to_line()}\n")
        self._known = IgnoreList((*self._known.rules, rule))
        self._end, self.bands = "", self.bands + 1

    def account(self) -> dict[str, int]:
        return {"birdies": self.bands}

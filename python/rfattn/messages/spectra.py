# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a row of a waterfall."""

from __future__ import annotations

from dataclasses import dataclass

from .entries import entry
from .limits import HERTZ, RATE

SIDES = ("two", "one")
"""Whether a spectrum extends to both sides of its frequency."""


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """A row of a waterfall, from `spectrum_probe`."""

    peak_db: list[float | None] = entry("Largest value by bin, dB.")
    mean_db: list[float | None] = entry("Mean of the values in dB, by bin.")
    tokens: int = entry("Tokens that the row covers.")
    sample_start: int = entry("First sample of the first token.")
    segment: int = entry("Segment of the first token.")
    sides: str = entry('"two": around the frequency; "one": from the frequency upwards.')
    frequency: float | None = entry("Frequency of the receiver, Hz.", default=None, **HERTZ)
    sample_rate: float | None = entry("Complex samples a second.", default=None, **RATE)

    def __post_init__(self):
        if self.sides not in SIDES:
            raise ValueError(
                f"spectra: sides must be one of {', '.join(SIDES)}, got {self.sides!r:.60}"
            )
        if len(self.peak_db) != len(self.mean_db):
            raise ValueError(
                f"spectra: peak_db and mean_db must have equal lengths, got {len(self.peak_db)} "
                f"and {len(self.mean_db)}"
            )

    def edges(self) -> tuple[float | None, float | None]:
        """Edges of the band in Hz: None without a rate; around 0 without a frequency."""
        if not self.sample_rate:
            return None, None
        middle, half = self.frequency or 0.0, self.sample_rate / 2
        return middle if self.sides == "one" else middle - half, middle + half

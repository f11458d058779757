# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frequencies as people write them, and as tables show them; standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .reporting import hertz

_FINE_RATE = 100e3
"""Up to this sample rate, in Hz, `emission_detector` tells emissions 8 Hz apart, and a table has
1 Hz; above it 250 Hz, and a table has 100 Hz."""
_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9}


def parse_hertz(text: str) -> float:
    """A frequency or a rate in Hz, from text such as "433.92M", "2.4e6" or "2.4 MHz".

    Raises:
        ValueError: it is none, or not finite.
    """
    number = text.strip().removesuffix("Hz").rstrip()
    factor = _PREFIXES.get(number[-1:], 1.0)
    value = float(number[:-1] if factor != 1.0 else number) * factor
    if not math.isfinite(value):
        raise ValueError(f"must be finite, got {text!r}")
    return value


@dataclass(frozen=True)
class FrequencyColumn:
    """The form of all frequencies of a table: one unit, and the same number of decimals.

    Attributes:
        unit: "MHz" or "kHz".
        decimals: how many stand behind the point.
    """

    unit: str = "MHz"
    decimals: int = 4

    @classmethod
    def of(cls, highest: float, rate: float | None) -> FrequencyColumn:
        """That of a table.

        Args:
            highest: the largest amount that a frequency may have, Hz; below 1 MHz the unit is kHz.
            rate: the lowest sample rate of a source, Hz; None: not known.
        """
        is_fine = rate is not None and rate <= _FINE_RATE
        if abs(highest) < 1e6:
            return cls("kHz", 3 if is_fine else 1)
        return cls("MHz", 6 if is_fine else 4)

    @classmethod
    def of_band(cls, frequency: float | None, rate: float) -> FrequencyColumn:
        """That of a source with this sample rate; ``frequency`` is the middle of its band, in Hz,
        or None where emissions count from the middle or from 0 Hz."""
        return cls.of(abs(frequency or 0.0) + rate / 2, rate)

    def text(self, frequency: float) -> str:
        """A frequency in Hz, such as "433.9200 MHz"."""
        return f"{self._number(frequency)} {self.unit}"

    def span(self, lower: float, upper: float) -> str:
        """Two edges in Hz, such as "433.9131-433.9256 MHz"; one number where they look alike."""
        first, last = self._number(lower), self._number(upper)
        if first == last:
            return self.text(lower)
        return f"{first} to {last} {self.unit}" if lower < 0 else f"{first}-{last} {self.unit}"

    def _number(self, frequency: float) -> str:
        scaled = frequency / (1e6 if self.unit == "MHz" else 1e3)
        return f"{round(scaled, self.decimals) + 0.0:.{self.decimals}f}"  # no "-0.0"


def width_text(width: float) -> str:
    """A width in Hz, such as "12.5 kHz": three digits, since none is measured more exactly."""
    return hertz(float(f"{width:.3g}"))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a waterfall, and where samples and frequencies lie in it: numpy only."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ..messages.emission import Emission
from ..messages.spectra import Spectra

ROWS = 300
_FLOOR_SHARE = 0.05  # of the values, which lie below the noise floor that is drawn
_LEAST_SPAN_DB = 20.0
_LEVEL_ROWS = 40
_APART_ROWS = 5.0
"""Bursts that lie closer together are drawn as one; their outlines would cover them."""


@dataclass(frozen=True)
class Rows:
    """Rows of one width, the oldest first; all have the band of the newest.

    Attributes:
        values: float32 [n_rows, n_bins], dB; NaN where unknown.
        samples: first sample of each row.
        low, high: edges of the band in Hz; None without a rate.
        is_absolute: whether the edges count from 0 Hz, not from the centre of the band.
        seconds: from the start of the oldest row to the end of the newest; None without a rate.
    """

    values: np.ndarray
    samples: list[int]
    low: float | None
    high: float | None
    is_absolute: bool
    seconds: float | None

    def x(self, frequency: float) -> float:
        """Where a frequency lies: 0 at the lower edge, 1 at the upper."""
        return (frequency - self.low) / (self.high - self.low)

    def y(self, sample: int) -> float:
        """Where a sample lies, in rows: 0 at the end of the newest, n at the start of row n."""
        number = max(0, bisect_right(self.samples, sample) - 1)
        start = self.samples[number]
        share = min(1.0, (sample - start) / max(1, self._end(number) - start))
        return len(self.samples) - number - share

    def levels(self) -> tuple[float, float]:
        """The values to draw darkest and brightest: around the noise floor, and the highest."""
        values = self.values[-_LEVEL_ROWS:]
        values = values[np.isfinite(values)]
        if not values.size:
            return 0.0, _LEAST_SPAN_DB
        low = float(np.quantile(values, _FLOOR_SHARE)) - 3.0
        return low, max(float(values.max()) + 2.0, low + _LEAST_SPAN_DB)

    def _end(self, number: int) -> int:
        """The sample after a row; the newest is taken to be as long as the one before."""
        if number + 1 < len(self.samples):
            return self.samples[number + 1]
        return self.samples[number] + last_length(self.samples)


def last_length(samples: list[int]) -> int:
    return samples[-1] - samples[-2] if len(samples) > 1 else 1


@dataclass
class Waterfall:
    """Keeps the latest rows. One thread may add while another reads.

    Rows of another band or width than the newest, and those before the samples began to count
    again, are forgotten.
    """

    n_rows: int = ROWS
    count: int = 0  # rows that were added
    _rows: deque[Spectra] = field(default_factory=deque)
    _values: deque[np.ndarray] = field(default_factory=deque)  # of the rows, float32
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, spectra: Spectra) -> None:
        with self._lock:
            if self._rows and not _continues(self._rows[-1], spectra):
                self._rows.clear()
                self._values.clear()
            self._rows.append(spectra)
            self._values.append(np.array(spectra.peak_db, dtype=np.float32))
            if len(self._rows) > self.n_rows:
                self._rows.popleft()
                self._values.popleft()
            self.count += 1

    def rows(self) -> Rows | None:
        """Returns the rows so far; None without any."""
        with self._lock:
            rows, values = list(self._rows), list(self._values)
        if not rows:
            return None
        samples, rate = [row.sample_start for row in rows], rows[-1].sample_rate
        span = samples[-1] + last_length(samples) - samples[0]
        return Rows(
            np.stack(values),
            samples,
            *rows[-1].edges(),
            rows[-1].frequency is not None,
            span / rate if rate else None,
        )


def _continues(before: Spectra, row: Spectra) -> bool:
    same = all(getattr(before, name) == getattr(row, name) for name in ("frequency", "sample_rate"))
    return (
        same and len(before.peak_db) == len(row.peak_db) and row.sample_start > before.sample_start
    )


def spans_of(record, rows: Rows) -> list[tuple[float, float]]:
    """The bursts of an `EmissionRecord` as (top, bottom) in rows; close ones are one.

    The burst on the air reaches to the top.
    """
    latest: Emission = record.latest
    spans: list[tuple[float, float]] = []
    for start, count in list(record.bursts):
        top, bottom = rows.y(start + count), rows.y(start)
        if spans and spans[-1][0] - bottom <= _APART_ROWS:
            spans[-1] = (top, spans[-1][1])
        else:
            spans.append((top, bottom))
    if record.is_live and latest.burst_start is not None:
        spans.append((0.0, rows.y(latest.burst_start)))
    return [span for span in spans if span[0] < len(rows.samples)]


def round_steps(low: float, high: float, at_most: int) -> list[float]:
    """Round values from ``low`` to ``high``, 1, 2 or 5 times a power of ten apart."""
    least = (high - low) / max(1, at_most)
    power = 10.0 ** np.floor(np.log10(least))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-6)), int(np.floor(high / step + 1e-6))
    return [number * step for number in range(first, last + 1)]

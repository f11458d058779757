# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probabilities of the last seconds in columns of equal time, for displays: numpy only."""

from __future__ import annotations

import math
import threading
import time

import numpy as np

from ..messages.detection import Detection

_PATIENCE = 1.5
"""How long a column repeats at most, in durations of its samples."""


class ProbabilityHistory:
    """Probabilities by class over the last ``seconds``, by when the detections arrived.

    A column is the mean of the detections that arrive within its time. A column in which none
    arrives repeats the one before, for at most 1.5 times as long as the samples of that column's
    steps last, since detections arrive irregularly. One thread may add while another reads.

    Args:
        seconds: length of the history, s, > 0.
        n_columns: columns, >= 1.
        clock: returns the time in s.

    Attributes:
        latest: the last detection, or None; classes: their names, in the order of the model.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    def __init__(self, seconds: float, n_columns: int = 400, clock=time.monotonic):
        if not 0 < seconds < float("inf"):
            raise ValueError(f"probability_history: seconds must be > 0, got {seconds}")
        if n_columns < 1:
            raise ValueError(f"probability_history: n_columns must be >= 1, got {n_columns}")
        self.seconds, self.n_columns = seconds, n_columns
        self.latest: Detection | None = None
        self.classes: list[str] = []
        self._column_s = seconds / n_columns
        self._clock = clock
        self._lock = threading.Lock()
        self._marks: list[tuple[int, str]] = []
        self._clear()

    def add(self, detection: Detection) -> None:
        """Adds a detection; one with other classes than before begins a new history."""
        with self._lock:
            if list(detection.probabilities) != self.classes:
                self.classes = list(detection.probabilities)
                self._clear()
            self._advance()
            self._mark_swap(detection)
            self._sums[:, -1] += list(detection.probabilities.values())
            self._counts[-1] += 1
            self._seconds[-1] += detection.sample_count / (detection.sample_rate or np.inf)
            self.latest = detection

    def columns(self) -> np.ndarray:
        """float32 [n_classes, n_columns], the oldest first; NaN where there is no detection."""
        with self._lock:
            self._advance()
            numbers = np.arange(self.n_columns)
            last = np.maximum.accumulate(np.where(self._counts > 0, numbers, 0))
            holds = np.ceil(_PATIENCE * self._seconds[last] / self._column_s)
            known = (self._counts[last] > 0) & (numbers - last <= holds)
            means = self._sums[:, last] / np.maximum(self._counts[last], 1)
            return np.where(known, means, np.nan).astype(np.float32)

    def marks(self) -> list[tuple[int, str]]:
        """Swaps of the model: the column of the first detection of the new one, and its names."""
        with self._lock:
            self._advance()
            first = self._number - self.n_columns + 1
            self._marks = [mark for mark in self._marks if mark[0] >= first]
            return [(number - first, text) for number, text in self._marks]

    def _clear(self) -> None:
        self._number = self._now()
        self._sums = np.zeros((len(self.classes), self.n_columns))
        self._counts = np.zeros(self.n_columns, np.int64)
        self._seconds = np.zeros(self.n_columns)  # duration of the steps of a column

    def _now(self) -> int:
        return math.floor(self._clock() / self._column_s)

    def _advance(self) -> None:
        """Moves the columns so that the last one is that of now."""
        now = self._now()
        gone = min(now - self._number, self.n_columns)
        self._number = now
        if gone:
            for rows in (self._sums, self._counts, self._seconds):
                rows[..., :-gone] = rows[..., gone:].copy()
                rows[..., -gone:] = 0

    def _mark_swap(self, detection: Detection) -> None:
        names = (detection.attention, detection.norm)
        if self.latest is not None and names != (self.latest.attention, self.latest.norm):
            self._marks.append((self._number, " ".join(names)))

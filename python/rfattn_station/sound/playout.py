# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns pieces of sound, which come when they come, into sound without end; no GNU Radio here."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from gnuradio.rfattn.messages.audio import AUDIO_RATE

LEAD_S = 0.15
"""How much later than it arrives a piece is played, so that the next one may be late by as much."""
_MOST_S = 2.0
"""What waits beyond is left out."""


class Playout:
    """Sound that is played, with silence where there is none.

    A piece that follows the one before is played behind it. One after a pause is played ``lead_s``
    after it arrived, or behind what still waits.

    Args:
        lead_s: see above.

    Attributes:
        lead: in samples.
        late: number of pieces that came after the end of the one that they follow.
        skipped: samples that were left out, since more than 2 s waited.
    """

    def __init__(self, lead_s: float = LEAD_S):
        self.lead = round(lead_s * AUDIO_RATE)
        self._waiting: deque[np.ndarray] = deque()
        self._count = 0  # samples that wait, with the silence before them
        self._end: int | None = None  # position behind the last piece
        self._lock = threading.Lock()
        self.late = self.skipped = 0

    def add(self, position: int, samples: np.ndarray) -> None:
        """Takes a piece, int16 [n], whose first sample has this number; from any thread."""
        with self._lock:
            follows = position == self._end
            self._end = position + len(samples)
            if self._count > _MOST_S * AUDIO_RATE:
                self.skipped += len(samples)
                return
            self.late += follows and not self._count
            if not follows or not self._count:
                self._put(np.zeros(max(0, self.lead - self._count), np.int16))
            self._put(samples)

    def read(self, count: int) -> np.ndarray:
        """The next samples, int16 [count]; from any thread."""
        parts, left = [], count
        with self._lock:
            while left and self._waiting:
                part = self._waiting.popleft()
                if len(part) > left:
                    self._waiting.appendleft(part[left:])
                    part = part[:left]
                parts.append(part)
                left -= len(part)
            self._count -= count - left
        return np.concatenate([*parts, np.zeros(left, np.int16)])

    def waiting(self) -> int:
        """Samples that wait, with the silence before them."""
        with self._lock:
            return self._count

    def _put(self, samples: np.ndarray) -> None:
        self._waiting.append(samples)
        self._count += len(samples)

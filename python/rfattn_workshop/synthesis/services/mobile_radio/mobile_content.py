# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the bits that mobile radio carries: coded speech, and messages that repeat."""

from __future__ import annotations

import numpy as np

from ...waves.waveform import Rng, bits


class Speech:
    """The frames of a speech coder after its error protection.

    A frame resembles the one before it, since speech lasts longer than a frame. In silence a frame
    is repeated, exactly by some coders. Encrypted speech is random.
    """

    def __init__(self, rng: Rng, size: int, silence: np.ndarray | None = None):
        self._rng, self._size = rng, size
        self._silence = bits(rng, size) if silence is None else silence
        self._change = rng.uniform(0.1, 0.5, size)
        self._noise = 0.0 if rng.random() < 0.6 else 0.05
        self._encrypted = rng.random() < 0.12
        self._last = bits(rng, size)
        self._quiet, self._left = False, 0

    def frame(self) -> np.ndarray:
        """The next frame: int64 [size]."""
        rng = self._rng
        if self._encrypted:
            return bits(rng, self._size)
        if self._left == 0:
            self._quiet = not self._quiet
            self._left = 1 + int(rng.exponential(15 if self._quiet else 60))
        self._left -= 1
        if self._quiet:
            return self._silence ^ (rng.random(self._size) < self._noise)
        self._last = self._last ^ (rng.random(self._size) < self._change)
        return self._last

    def frames(self, count: int) -> np.ndarray:
        """The next frames: int64 [count * size]."""
        return np.concatenate([self.frame() for _ in range(count)])


class Messages:
    """The coded messages of a control channel: a few that repeat in turn, and new ones between."""

    def __init__(self, rng: Rng, size: int, load: float | None = None):
        self._rng, self._size = rng, size
        self._fixed = bits(rng, int(rng.integers(2, 10)) * size).reshape(-1, size)
        self._load = rng.uniform(0, 0.7) if load is None else load
        self._turn, self._next = 0, None

    def message(self) -> np.ndarray:
        """The next message: int64 [size]."""
        if self._next is not None:
            message, self._next = self._next, None
            return message
        if self._rng.random() < self._load:
            message = bits(self._rng, self._size)
            # Grants are often sent twice.
            self._next = message if self._rng.random() < 0.4 else None
            return message
        self._turn += 1
        return self._fixed[self._turn % len(self._fixed)]

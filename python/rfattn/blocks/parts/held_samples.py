# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the last seconds of each emission until it is known what it is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

HELD_S = 30.0
MOST_BYTES, MOST_BYTES_IN_ALL = 2**26, 2**28
"""Of one emission, and of all together."""


@dataclass(frozen=True)
class Piece:
    """Samples of a channel without a gap; fields as those of the messages of
    `emission_extractor`."""

    rate: float
    middle: float
    start: int
    samples: np.ndarray


@dataclass
class _Held:
    pieces: deque[Piece] = field(default_factory=deque)
    n_bytes: int = 0

    def is_too_long(self) -> bool:
        first, last = self.pieces[0], self.pieces[-1]
        seconds = last.start / last.rate - first.start / first.rate
        return self.n_bytes > MOST_BYTES or seconds > HELD_S


class HeldSamples:
    """Samples of emissions: of each the newest `HELD_S` and `MOST_BYTES`. While all together take
    more than `MOST_BYTES_IN_ALL`, an emission loses its oldest samples when new ones come."""

    def __init__(self):
        self._held: dict[int, _Held] = {}
        self._n_bytes = 0

    def add(self, number: int, piece: Piece) -> None:
        """Keeps a piece of the emission ``number``."""
        held = self._held.setdefault(number, _Held())
        held.pieces.append(piece)
        held.n_bytes += piece.samples.nbytes
        self._n_bytes += piece.samples.nbytes
        while held.is_too_long() or (self._n_bytes > MOST_BYTES_IN_ALL and len(held.pieces) > 1):
            size = held.pieces.popleft().samples.nbytes
            held.n_bytes -= size
            self._n_bytes -= size

    def take(self, number: int) -> list[Piece]:
        """The pieces of an emission, which are kept no longer."""
        held = self._held.pop(number, None)
        if held is None:
            return []
        self._n_bytes -= held.n_bytes
        return list(held.pieces)

    def forget(self) -> None:
        """Keeps nothing any longer."""
        self.__init__()

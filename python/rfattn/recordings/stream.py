# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples that come through a pipe: as a recording, but of unknown length, and read once."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass

import numpy as np

from .recording import Facts

_LARGEST_READ = 1 << 20


class ByteReader:
    """Reads from a pipe without waiting longer than asked.

    Attributes:
        limit: bytes that are left to give; None: all that come.
    """

    def __init__(self, descriptor: int):
        self._descriptor, self._waiting = descriptor, bytearray()
        self.limit: int | None = None

    def read(self, count: int, unit: int, timeout_s: float) -> bytes | None:
        """At most ``count`` bytes, a whole number of ``unit``; empty when too few came in time;
        None at the end, where less than a unit is left out."""
        if self.limit is not None:
            count = min(count, self.limit)
        has_ended = count < unit
        if not has_ended and len(self._waiting) < unit:
            has_ended = not self._fill(min(count, _LARGEST_READ), timeout_s)
        taken = min(count, len(self._waiting)) // unit * unit
        if has_ended and not taken:
            return None
        return self._take(taken)

    def read_all(self, count: int) -> bytes:
        """``count`` bytes, fewer only at the end."""
        while len(self._waiting) < count and self._fill(count - len(self._waiting), None):
            pass
        return self._take(count)

    def put_back(self, data: bytes) -> None:
        self._waiting[:0] = data

    def _fill(self, count: int, timeout_s: float | None) -> bool:
        """Waits for bytes; False at the end."""
        if not select.select([self._descriptor], [], [], timeout_s)[0]:
            return True
        data = os.read(self._descriptor, count)
        self._waiting += data
        return bool(data)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        if self.limit is not None:
            self.limit -= len(taken)
        return taken


@dataclass(frozen=True, kw_only=True)
class SampleStream(Facts):
    """Samples from a pipe."""

    reader: ByteReader

    def read(self, count: int, timeout_s: float = 0.1) -> np.ndarray | None:
        """At most ``count`` samples as complex64 at full scale 1.0; none when none came in time;
        None at the end."""
        unit = self.datatype.sample_bytes
        data = self.reader.read(count * unit, unit, timeout_s)
        if data is None:
            return None
        return self.datatype.to_complex64(np.frombuffer(data, self.datatype.dtype))

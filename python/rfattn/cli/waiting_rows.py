# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that blocks make and the main thread prints: no reader of stdout holds up a block."""

from __future__ import annotations

import threading
from collections import deque

MOST_ROWS = 10_000
"""Rows that wait for a reader that does not read; the rest is counted."""


class WaitingRows:
    """A queue of rows, in the order in which they came."""

    def __init__(self):
        self._lock = threading.Lock()
        self._rows: deque[str] = deque()
        self._left_out = 0

    def add(self, row: str) -> None:
        """Adds a row, from any thread."""
        with self._lock:
            if len(self._rows) < MOST_ROWS:
                self._rows.append(row)
            else:
                self._left_out += 1

    def take(self) -> tuple[list[str], int]:
        """Returns the rows that came since the last call, and how many were left out."""
        with self._lock:
            rows, left_out = list(self._rows), self._left_out
            self._rows.clear()
            self._left_out = 0
        return rows, left_out

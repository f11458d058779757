# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Divides what a foreign program writes into lines, of bounded length and rate."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..printable import printable

MOST_CHARACTERS = 500
"""A line keeps so many, after control characters became escapes; more is cut off."""
MOST_IN_S, MOST_AT_ONCE = 100, 1000
"""Lines a second in the long run, and at once; of a recording they come faster than on the air."""


class Lines:
    """Calls ``on_line`` with each line that is not empty, without control characters.

    Of a line that never ends, what is discarded in a call of `add` counts as a line that is lost.

    Args:
        on_line: called with each line that is kept.
        clock: s.

    Attributes:
        lost: number of lines that came too fast.
    """

    def __init__(self, on_line: Callable[[str], None], clock: Callable[[], float] = time.monotonic):
        self._on_line, self._clock = on_line, clock
        self._begun = b""
        self._room, self._since = float(MOST_AT_ONCE), clock()
        self.lost = 0

    def add(self, data: bytes) -> None:
        """Takes octets of stdout."""
        *whole, begun = data.split(b"\n")
        for part in whole:
            self._take(self._begun + part)
            self._begun = b""
        if self._begun and not whole and len(self._begun) >= MOST_CHARACTERS:
            self.lost += 1
        self._begun = (self._begun + begun)[:MOST_CHARACTERS]

    def end(self) -> None:
        """Takes what stands behind the last end of a line."""
        self._take(self._begun)
        self._begun = b""

    def _take(self, line: bytes) -> None:
        now = self._clock()
        self._room = min(MOST_AT_ONCE, self._room + (now - self._since) * MOST_IN_S)
        self._since = now
        if self._room < 1:
            self.lost += 1
            return
        self._room -= 1
        text = printable(line[:MOST_CHARACTERS].decode(errors="replace").strip())
        if text:
            self._on_line(text[:MOST_CHARACTERS])

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what failed beside a path that continues."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from .printable import printable

_MOST_LOGGED = 20


class Failures:
    """What a guest could not do: counted, and each reason logged once, the first 20.

    Args:
        log: called with a line; from any thread.

    Attributes:
        count: of the exceptions.
        first: the first exception, or None.
    """

    def __init__(self, log: Callable[[str], object]):
        self._log, self._lock, self._logged = log, threading.Lock(), set()
        self.count = 0
        self.first: Exception | None = None

    def add(self, error: Exception) -> None:
        text = text_of(error)
        with self._lock:
            self.count += 1
            self.first = self.first or error
            is_new = text not in self._logged and len(self._logged) < _MOST_LOGGED
            if is_new:
                self._logged.add(text)
        if is_new:
            self._log(f"failed: {text} (further ones are counted)")

    def to_dict(self) -> dict:
        """Count and first reason, for JSON."""
        return {"count": self.count, "reason": text_of(self.first) if self.first else ""}

    def __str__(self) -> str:
        return f"{self.count} times, first: {self.to_dict()['reason']}"


def counted(method):
    """Decorates a method of an object with ``failures``: an exception is counted there, and the
    method then returns None."""

    @functools.wraps(method)
    def guarded(self, *args):
        try:
            return method(self, *args)
        except Exception as error:
            self.failures.add(error)

    return guarded


def text_of(error: Exception) -> str:
    """One line that says what an exception is."""
    is_plain = isinstance(error, OSError | ValueError) and str(error)
    return printable(str(error) if is_plain else f"{type(error).__name__}: {error}")

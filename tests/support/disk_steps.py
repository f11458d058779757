# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has one of the steps by which this process changes files fail, as a kill or a full disk does."""

import errno
import os
import sys
from contextlib import contextmanager

KILL, FULL = "kill", "full disk"
_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod")
_NEED_SPACE = ("open", "os.mkdir", "os.rename")
_WRITES = os.O_WRONLY | os.O_RDWR


class Killed(BaseException):
    """From here on no file changes any more."""


class Steps:
    """Counts the steps until it fails from step ``fails_at`` on, the first being 1.

    Attributes:
        count: steps so far.
    """

    def __init__(self, fault: str, fails_at: int):
        self._fault, self._fails_at, self.count = fault, fails_at, 0

    def take(self, event: str, arguments: tuple) -> None:
        opens = event == "open" and arguments[2] & _WRITES
        if not opens and event not in _CHANGES:
            return
        self.count += 1
        if self.count < self._fails_at:
            return
        if self._fault == KILL:
            raise Killed
        if event in _NEED_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[0])

    @property
    def has_failed(self) -> bool:
        return self.count >= self._fails_at


_running: list[Steps] = []


def _hook(event: str, arguments: tuple) -> None:
    for steps in _running:
        steps.take(event, arguments)


@contextmanager
def failing(fault: str, fails_at: int):
    """The `Steps` of this process meanwhile; what they raise is not raised here."""
    if not hasattr(sys, "_disk_steps"):  # an audit hook stays
        sys._disk_steps = _hook
        sys.addaudithook(_hook)
    steps = Steps(fault, fails_at)
    _running.append(steps)
    try:
        yield steps
    except (Killed, OSError):
        if not steps.has_failed:
            raise
    finally:
        _running.remove(steps)

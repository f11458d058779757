# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a command on Ctrl-C or SIGTERM, also when the reader of its output has stopped reading."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from .printable import PrintableStream, Printer

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_READER_S = 1.0
"""A reader that takes nothing for this long has stopped reading."""
_AGAIN_S = 1.0
"""A second signal that comes later than this ends the process at once."""
_LOST_S = 0.02
"""Until an interrupt that was lost comes again."""


class Interruption:
    """Raises KeyboardInterrupt at the first SIGINT or SIGTERM, while it is open.

    What is written to stdout and stderr from then on no longer waits for a reader; at the end there
    is a second for each to take it. A later signal ends the process at once: files are replaced as
    a whole, so none is cut. Meanwhile stdout and stderr show control characters as escapes.

    Python ignores exceptions in callbacks of weak references and in ``__del__``. An interrupt that
    is lost there comes again. Within `held` the first signal raises nothing.

    Attributes:
        has_happened: whether a signal came, even where other code caught the exception.
    """

    def __init__(self):
        self._began: float | None = None
        self._printer = Printer()
        self._outlets: list[Outlet] = []
        self._process = os.getpid()
        self._again: threading.Timer | None = None
        self._is_lost = False
        self._holds = 0

    @property
    def has_happened(self) -> bool:
        return self._began is not None

    def begin(self) -> None:
        """Lets no output wait from now on."""
        if self._began is None:
            self._began = time.monotonic()
            self._printer.release()
            self._outlets = [*_outlets()]

    @contextmanager
    def hold(self) -> Iterator[None]:
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def __enter__(self) -> Interruption:
        global _opened
        self._outer, _opened = _opened, self
        self._streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (
            stream and PrintableStream(stream, self._printer) for stream in self._streams
        )
        self._handlers = {}
        if threading.current_thread() is threading.main_thread():  # which alone may set handlers
            asked = [n for n in _SIGNALS if signal.getsignal(n) != signal.SIG_IGN]
            self._handlers = {number: signal.signal(number, self._handle) for number in asked}
        self._unraisable_hook, sys.unraisablehook = sys.unraisablehook, self._note_ignored
        return self

    def __exit__(self, *_) -> None:
        global _opened
        _opened = self._outer
        sys.unraisablehook = self._unraisable_hook
        if self._again:
            self._again.cancel()
        self._printer.write_waiting()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        sys.stdout, sys.stderr = self._streams
        for outlet in self._outlets:
            outlet.close()

    def _handle(self, number: int, frame) -> None:
        if os.getpid() != self._process:  # a child process ends as it would without this
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif self._began is None or self._is_lost:
            self._is_lost = False
            self.begin()
            if not self._holds:
                raise KeyboardInterrupt
        elif time.monotonic() - self._began > _AGAIN_S:
            os._exit(INTERRUPTED)

    def _note_ignored(self, event) -> None:
        if event.exc_type is not KeyboardInterrupt:
            self._unraisable_hook(event)
            return
        self._is_lost = True
        self._again = threading.Timer(_LOST_S, os.kill, (self._process, signal.SIGINT))
        self._again.start()


def _outlets():
    for stream in (sys.stdout, sys.stderr):
        try:
            yield Outlet(stream.fileno(), stream)
        except (AttributeError, OSError, ValueError):  # closed, or no file as in a test
            continue


_opened: Interruption | None = None


@contextmanager
def held() -> Iterator[None]:
    """Within, the first SIGINT or SIGTERM raises nothing, so that nothing is half done where it
    comes; `has_come` tells. Without an open `Interruption` none is held."""
    with nullcontext() if _opened is None else _opened.hold():
        yield


def has_come() -> bool:
    """Whether a signal came to the open `Interruption`."""
    return _opened is not None and _opened.has_happened


_left: list = []


def leave_behind(what) -> None:
    """Keeps something whose threads do not end, so that nobody waits for them."""
    _left.append(what)


def end_process(status: int) -> None:
    """Ends the process at once where something was left behind: Python would wait for it."""
    if _left:
        print("gr-rfattn: the receiver's driver does not end; left behind", file=sys.stderr)
        sys.stdout.flush()
        os._exit(status)


class Outlet:
    """Takes over a file descriptor, so that writing to it does not wait for its reader.

    One thread takes what is written, in Python or C++, and another hands it to the reader.

    Args:
        descriptor: to take over.
        stream: the text stream that writes to it.
    """

    def __init__(self, descriptor: int, stream):
        self._descriptor, self._stream = descriptor, stream
        self._reader = os.dup(descriptor)
        self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._taken = time.monotonic()
        ours, theirs = os.pipe()
        os.dup2(theirs, descriptor)
        os.close(theirs)
        threading.Thread(target=self._collect, args=(ours,), daemon=True).start()
        self._hand_over = threading.Thread(target=self._forward, daemon=True)
        self._hand_over.start()

    def close(self) -> None:
        """Gives the descriptor back when the reader has taken all, or takes nothing more."""
        self._stream.flush()
        os.dup2(self._reader, self._descriptor)  # which ends the other thread
        self._taken = time.monotonic()
        while self._hand_over.is_alive() and time.monotonic() - self._taken < _READER_S:
            self._hand_over.join(0.05)

    def _collect(self, ours: int) -> None:
        while part := os.read(ours, 65536):
            self._parts.put(part)
        self._parts.put(b"")

    def _forward(self) -> None:
        while part := self._parts.get():
            while part:
                try:
                    part = part[os.write(self._reader, part) :]
                except OSError:  # the reader is gone
                    return
                self._taken = time.monotonic()

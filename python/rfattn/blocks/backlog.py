# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that wait for a thread that may be held up, such as by a disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Backlog:
    """Hands messages to a thread, so that the handler of a port never waits and can discard.

    GNU Radio lets messages wait at a port without a bound, and runs the handler only when it has
    returned from the message before.

    Args:
        work: called with topic and message of each, in the order of `put`: in the thread between
            `start` and `finish`, else in that of `finish`. It must not raise.

    Attributes:
        n_bytes: of the messages that wait, with the one that is being worked on.
    """

    def __init__(self, work: Callable[[str, object], None]):
        self._work = work
        self._waiting: deque[tuple[str, object, int]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ends = False
        self.n_bytes = 0

    def put(self, topic: str, message, n_bytes: int) -> None:
        with self._changed:
            self._waiting.append((topic, message, n_bytes))
            self.n_bytes += n_bytes
            self._changed.notify()

    def start(self) -> None:
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Waits until all messages are worked on, and ends the thread."""
        if self._thread is not None:
            with self._changed:
                self._ends = True
                self._changed.notify()
            self._thread.join()
            self._thread = None
        self._work_on_all()

    def _run(self) -> None:
        while not self._ends:
            self._work_on_all()
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ends)

    def _work_on_all(self) -> None:
        while self._waiting:
            topic, message, n_bytes = self._waiting.popleft()
            self._work(topic, message)
            del message  # it may be large, and the next one may be long in coming
            with self._changed:
                self.n_bytes -= n_bytes

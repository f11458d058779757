# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that wait for a thread that may be held up, such as by a disk or a program."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

import pmt

from ...messages.as_pmt import to_python
from .channel_samples import MESSAGE_BYTES, bytes_of, read_samples, samples_in
from .message_sink import FINISH_S, MessageSink, is_turn
from .work_errors import keep_error

_MOST_WAITING_BYTES = 2**28
_SAMPLES = pmt.intern("samples")


class Backlog:
    """Hands messages to a thread, so that the handler of a port never waits and can discard.

    GNU Radio lets messages wait at a port without a bound, and runs the handler only when it has
    returned from the message before.

    Args:
        work: called in the thread with topic and message of each, in the order of `put`. It must
            not raise.

    Attributes:
        n_bytes: of the messages that wait, with the one that is being worked on.
    """

    def __init__(self, work: Callable[[str, object], None]):
        self._work = work
        self._waiting: deque[tuple[str, object, int]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._until: float | None = None  # the end of the end, once it has begun
        self._is_working = False
        self.n_bytes = 0

    def put(self, topic: str, message, n_bytes: int) -> None:
        with self._changed:
            self._waiting.append((topic, message, n_bytes))
            self.n_bytes += n_bytes
            self._changed.notify()

    def start(self) -> None:
        self._until = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self, until: float = math.inf) -> list[tuple[str, object]] | None:
        """Has the messages worked on and ends the thread, by the time ``until`` of
        `time.monotonic`.

        Returns:
            the messages that were left then; None if the thread had not returned from one.
        """
        if self._thread is None:
            self.start()
        with self._changed:
            self._until = until
            self._changed.notify()
        self._thread.join(max(0.0, min(until - time.monotonic(), threading.TIMEOUT_MAX)))
        with self._changed:
            is_stuck = self._is_working
        if not is_stuck:
            self._thread.join()  # it takes no more
            self._thread = None
        with self._changed:
            left = [(topic, message) for topic, message, _ in self._waiting]
            self._waiting.clear()
            self.n_bytes = 0
        return None if is_stuck else left

    def _run(self) -> None:
        while (found := self._next()) is not None:
            topic, message, n_bytes = found
            self._work(topic, message)
            del message, found  # it may be large, and the next one may be long in coming
            with self._changed:
                self.n_bytes = max(0, self.n_bytes - n_bytes)
                self._is_working = False

    def _next(self) -> tuple[str, object, int] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._until is not None)
            is_over = self._until is not None and time.monotonic() > self._until
            if is_over or not self._waiting:
                return None
            self._is_working = True
            return self._waiting.popleft()


class SamplesSink(MessageSink):
    """A guest that takes I/Q and emissions; a thread of its own works on the messages.

    Args:
        drops: behind a receiver: samples are discarded and counted while more than 256 MiB wait,
            until less than an eighth of that does. So are messages of emissions, except their first
            and last ones; beyond twice as much, these, too.

    Attributes:
        samples_lost: number of samples, of all channels, that were discarded.
    """

    TOPICS = ("samples", "emissions")

    def __init__(self, drops: bool):
        self.samples_lost = 0
        self._is_behind, self._backlog = False, Backlog(super()._take)
        MessageSink.__init__(self, drops, is_guest=True)

    @keep_error
    def start(self):
        self._backlog.start()
        return super().start()

    def waiting_bytes(self) -> int:
        """Size of the messages that wait, at most; bytes."""
        return self._backlog.n_bytes + self.nmsgs(_SAMPLES) * MESSAGE_BYTES

    def drain(self) -> None:
        """Takes the messages that still wait, and works on all of them."""
        super().drain()
        self._work_off()

    def _work_off(self, *ends: str) -> None:
        """Ends the thread, which works on what waits as long as there is time.

        Args:
            ends: messages of the block itself, which have some time in any case.
        """
        for topic in ends:
            self._backlog.put(topic, None, 0)
        with self._ending(FINISH_S if ends else 0.0) as until:
            left = self._backlog.finish(until)
        if left is None:
            raise TimeoutError("it did not end in time")
        for topic, message in left:
            if topic in self.TOPICS:
                self._lose(topic, message)
            elif topic in ends:
                raise TimeoutError("not all was finished in time")

    def _take(self, topic: str, message: pmt.pmt_base) -> None:
        """Lets a message wait for the thread, or discards it."""
        if self._drops and self._falls_behind(is_spare=not is_turn(message)):
            self._lose(topic, message)
        else:
            self._backlog.put(topic, message, bytes_of(samples_in(topic, message)))

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        if topic == "samples":
            self._lose_samples(samples_in(topic, message))
        else:
            super()._lose(topic, message)

    def _lose_samples(self, count: int) -> None:
        self.samples_lost += count

    def _falls_behind(self, is_spare: bool) -> bool:
        """Whether too much waits for a message, which is spare unless it begins or ends an
        emission."""
        waiting = self.waiting_bytes()
        self._is_behind = waiting > _MOST_WAITING_BYTES / (8 if self._is_behind else 1)
        return self._is_behind if is_spare else waiting > 2 * _MOST_WAITING_BYTES

    def _read(self, topic: str, message):
        """What port ``topic`` brought; messages of other topics are those of the block itself."""
        if topic == "samples":
            return read_samples(message)
        return to_python(message) if topic in self.TOPICS else message

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the blocks whose inputs are messages alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pmt
from gnuradio import gr

from ...failures import Failures
from ...messages import schema
from ...messages.as_pmt import drain, forget_ends, to_python
from ...messages.entries import to_dict
from .attachment import Attachment
from .lifetime import KeptByFlowgraph
from .thread_state import ThreadState
from .work_errors import handler, keep_error

END_S, FINISH_S = 1.0, 0.4
"""Time that the end of a receiver's flowgraph may spend on what waits, and then at least on
finishing what was begun; the rest is lost, so that the whole end takes 2 s."""
_STATE = pmt.intern("state")


class MessageSink(Attachment, KeptByFlowgraph, gr.basic_block):
    """A block with message ports in, one for each topic of ``TOPICS``.

    A subclass, whose name is that of the block, defines `_receive`, and `_finish` where something
    is left to do at the end. For a message that is no dictionary, or for which `_receive` raises,
    see `work_errors`.

    GNU Radio lets messages wait at a port without a bound.

    Args:
        drops: behind a receiver: while `MOST_WAITING` wait at a port, discard and count the oldest,
            except the first and last messages of emissions; from twice as many on these, too. So is
            what is left when the end has taken `END_S` of it. Without it nothing is discarded, for
            recordings, whose source can wait (see `waiting`).
        is_guest: whether an exception leaves the path as it is; see `work_errors`.

    Attributes:
        error: None, or the exception that ended the flowgraph.
        failures: the `Failures` of a guest; None for a block of the path.
        messages_lost: number of messages that were discarded.
        notice: a line for the user of a command, or "".
    """

    MOST_WAITING = 2000
    """Some ten MB: a message of an emission with its probabilities takes some kB."""
    notice = ""

    def __init__(self, drops: bool = False, is_guest: bool = False):
        gr.basic_block.__init__(self, type(self).__name__, None, None)
        self.error = None
        self.failures = Failures(self.logger.error) if is_guest else None
        self.messages_lost = 0
        self._drops = drops
        self._left_s = self._end_s()
        self._thread_state = ThreadState()
        self._handlers = {topic: self._add_port(topic) for topic in self.TOPICS}

    def _receive(self, topic: str, message: dict) -> None:
        """Takes a message of the port ``topic``."""
        raise NotImplementedError

    def _read(self, topic: str, message: pmt.pmt_base):
        """The value of a message of the port ``topic``, which `_receive` gets: a dictionary."""
        values = to_python(message)
        # Its texts are no symbols at a port.
        return to_dict(schema.read(topic, values)) if topic == "decoded" else values

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        """Counts a message that was discarded."""
        if not self.messages_lost:
            self.logger.warn("messages come faster than they are taken: some are discarded")
        self.messages_lost += 1

    def publish(self, topic: str, message: dict) -> None:
        """Takes ``message`` as if it came to the port ``topic``, from any thread."""
        self._receive(topic, message)

    def waiting(self) -> int:
        """Messages at the port where most wait."""
        return max(self.nmsgs(pmt.intern(topic)) for topic in self.TOPICS)

    def _finish(self) -> None:
        """Called at the end of a flowgraph, after the last message."""

    def drain(self) -> None:
        """Takes the messages that still wait at the ports. May be called twice."""
        with self._ending() as until:
            drain(self, self._handlers, until, self._lose)

    def to_basic_block(self):
        forget_ends(self)  # of the senders of the last flowgraph
        return super().to_basic_block()

    @keep_error
    def start(self):
        self._left_s = self._end_s()
        self._thread_state.take()
        return True

    @keep_error
    def stop(self):
        try:
            self.drain()
            self._finish()
        finally:
            self._thread_state.give_back()
        return True

    def _end_s(self) -> float:
        return END_S if self._drops else math.inf

    @contextmanager
    def _ending(self, least_s: float = 0.0) -> Iterator[float]:
        """A part of the end: gives the time of `time.monotonic` until which it may take."""
        began = time.monotonic()
        try:
            yield began + max(self._left_s, least_s)
        finally:
            self._left_s = max(0.0, self._left_s - (time.monotonic() - began))

    def _add_port(self, topic: str):
        """Registers a port; GNU Radio finds its handler by the name of an attribute."""
        port = pmt.intern(topic)

        def handle(message):
            if topic == "emissions" and "samples" in self._handlers:
                # GNU Radio empties the ports in any order; samples come before their emission ends.
                drain(self, {"samples": self._handlers["samples"]})
            if self._drops and self.nmsgs(port) >= self.MOST_WAITING * (1 + is_turn(message)):
                self._lose(topic, message)
            else:
                self._take(topic, message)

        handle.__name__ = f"_on_{topic}"
        setattr(self, handle.__name__, handle)
        self.message_port_register_in(port)
        self.set_msg_handler(port, handle)
        return handle

    @handler
    def _take(self, topic: str, message: pmt.pmt_base) -> None:
        """Takes a message of a port."""
        self._receive(topic, self._read(topic, message))


def is_turn(message: pmt.pmt_base) -> bool:
    """Whether an emission begins or ends with this message; others are superseded by the next."""
    if not pmt.is_dict(message):
        return False
    return pmt.to_python(pmt.dict_ref(message, _STATE, pmt.PMT_NIL)) in ("new", "end")

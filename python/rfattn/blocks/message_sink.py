# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the blocks whose inputs are messages alone."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..printable import printable
from ..telemetry.messages import drain, forget_ends, to_python
from .lifetime import KeptByFlowgraph

_LOGGED = 10
"""Refused messages that are logged one by one."""


class MessageSink(KeptByFlowgraph, gr.basic_block):
    """A block with message ports in, one for each topic of ``TOPICS``.

    A subclass, whose name is that of the block, defines `_receive`, and `_finish` where something
    is left to do at the end. A message that is no dictionary, or that `_receive` refuses with a
    ValueError, is counted and left out; the first ones are logged, then every hundredth.

    Attributes:
        error: None, or the exception of `_finish` when the flowgraph ended.
        refused: number of messages that were left out.
        notice: a line for the user of a command, or "".
    """

    TOPICS: tuple[str, ...] = ()
    notice = ""

    def __init__(self):
        gr.basic_block.__init__(self, type(self).__name__, None, None)
        self.error = None
        self.refused = 0
        self._handlers = {topic: self._add_port(topic) for topic in self.TOPICS}

    def _receive(self, topic: str, message: dict) -> None:
        """Takes a message of the port ``topic``."""
        raise NotImplementedError

    def _read(self, topic: str, message: pmt.pmt_base):
        """The value of a message of the port ``topic``, which `_receive` gets: a dictionary."""
        return to_python(message)

    def publish(self, topic: str, message: dict) -> None:
        """Takes ``message`` as if it came to the port ``topic``, from any thread."""
        self._receive(topic, message)

    def _refuse(self, topic: str, error: Exception) -> None:
        """Counts a message that was left out."""
        self.refused += 1
        if self.refused <= _LOGGED or self.refused % 100 == 0:
            self.logger.warn(printable(f"{topic}: left out: {error} ({self.refused} so far)"))

    def _finish(self) -> None:
        """Called at the end of a flowgraph, after the last message."""

    def drain(self) -> None:
        """Takes the messages that still wait at the ports."""
        drain(self, self._handlers)

    def close(self) -> None:
        """Takes the messages that still wait. May be called twice."""
        self.drain()

    def to_basic_block(self):
        forget_ends(self)  # of the senders of the last flowgraph
        return super().to_basic_block()

    def stop(self):
        self.drain()
        try:
            self._finish()
        except (OSError, ValueError) as error:
            self.error = error
            self.logger.error(str(error))
        return True

    def _add_port(self, topic: str):
        """Registers a port; GNU Radio finds its handler by the name of an attribute."""

        def handle(message):
            try:
                self._receive(topic, self._read(topic, message))
            except (ValueError, RecursionError) as error:
                self._refuse(topic, error)

        handle.__name__ = f"_on_{topic}"
        setattr(self, handle.__name__, handle)
        self.message_port_register_in(pmt.intern(topic))
        self.set_msg_handler(pmt.intern(topic), handle)
        return handle

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the blocks whose inputs are messages alone."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..telemetry.messages import drain, forget_ends, to_python
from .lifetime import KeptByFlowgraph, stop_flowgraph_of
from .work_errors import keep, keep_error


class MessageSink(KeptByFlowgraph, gr.basic_block):
    """A block with message ports in, one for each topic of ``TOPICS``.

    A subclass, whose name is that of the block, defines `_receive`, and `_finish` where something
    is left to do at the end. A message that is no dictionary, or for which `_receive` raises, stops
    the flowgraph.

    Attributes:
        error: None, or the first exception of `_receive` or `_finish`.
        notice: a line for the user of a command, or "".
    """

    TOPICS: tuple[str, ...] = ()
    notice = ""

    def __init__(self):
        gr.basic_block.__init__(self, type(self).__name__, None, None)
        self.error = None
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

    @keep_error
    def stop(self):
        self.drain()
        self._finish()
        return True

    def _add_port(self, topic: str):
        """Registers a port; GNU Radio finds its handler by the name of an attribute."""

        def handle(message):
            try:
                self._receive(topic, self._read(topic, message))
            except Exception as error:
                keep(self, error)
                # A block with message ports alone has no work() that could end the flowgraph.
                stop_flowgraph_of(self)

        handle.__name__ = f"_on_{topic}"
        setattr(self, handle.__name__, handle)
        self.message_port_register_in(pmt.intern(topic))
        self.set_msg_handler(pmt.intern(topic), handle)
        return handle

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the messages of a port of a flowgraph, for tests."""

import pmt
from gnuradio import gr


class MessageKeeper(gr.basic_block):
    """Keeps what its port ``in`` gets in ``found``.

    Args:
        value_of: what it keeps of a message; the PMT itself where it is not given.
    """

    def __init__(self, value_of=lambda message: message):
        gr.basic_block.__init__(self, "message_keeper", None, None)
        self.found = []
        self.value_of = value_of
        self.message_port_register_in(pmt.intern("in"))
        self.set_msg_handler(pmt.intern("in"), self.keep)

    def keep(self, message):
        self.found.append(self.value_of(message))

    def drain(self):
        """Takes the messages that came after its thread had ended."""
        while True:
            message = self.delete_head_nowait(pmt.intern("in"))
            if message is None or pmt.is_null(message):
                return
            self.keep(message)

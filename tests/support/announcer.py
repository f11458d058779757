# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A block that posts messages and ends, for the tests of the sinks of messages."""

import numpy as np
import pmt
from gnuradio import blocks, gr


class announcer(gr.sync_block):
    """Posts ``messages``, pairs of port and value, in its first call of ``work()``.

    Then it ends; or, with ``endless``, gives zeros until the flowgraph is stopped.
    """

    def __init__(self, messages, endless=False):
        gr.sync_block.__init__(self, "announcer", None, [np.float32])
        self._messages, self._endless = messages, endless
        for port in {port for port, _ in messages}:
            self.message_port_register_out(pmt.intern(port))

    def work(self, input_items, output_items):
        for port, value in self._messages:
            self.message_port_pub(pmt.intern(port), value)
        if not self._endless:
            return -1
        self._messages = []
        output_items[0][:] = 0
        return len(output_items[0])


def announce(sink, messages):
    """Sends pairs of port and value to the ports of ``sink`` in a flowgraph, which ends at once."""
    block, tb = announcer([(port, _as_pmt(value)) for port, value in messages]), gr.top_block()
    tb.connect(block, blocks.null_sink(gr.sizeof_float))
    for port in {port for port, _ in messages}:
        tb.msg_connect(block, port, sink, port)
    tb.run()


def _as_pmt(value):
    return pmt.to_pmt(value) if isinstance(value, dict | str) else value

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A `signal_labeller` that finds what it was told, for tests of what stands behind it."""

import numpy as np
import pmt
from gnuradio import gr, rfattn
from gnuradio.rfattn.blocks.parts.lifetime import KeptByFlowgraph

_EMISSIONS = pmt.intern("emissions")


class fake_detector(KeptByFlowgraph, gr.sync_block):
    """Posts prepared messages when their sample has come, and the rest when it ends.

    Args:
        messages: pairs of a sample number and the PMT of an emission.
    """

    def __init__(self, messages):
        gr.sync_block.__init__(self, "fake_detector", [np.complex64], None)
        self.message_port_register_out(_EMISSIONS)
        self._messages = sorted(messages, key=lambda pair: pair[0])

    def work(self, input_items, output_items):
        end = self.nitems_read(0) + len(input_items[0])
        while self._messages and self._messages[0][0] < end:
            self.message_port_pub(_EMISSIONS, self._messages.pop(0)[1])
        return len(input_items[0])

    def stop(self):
        for _, message in self._messages:
            self.message_port_pub(_EMISSIONS, message)
        return True


class fake_labeller(KeptByFlowgraph, gr.hier_block2):
    """The ports and attributes of `signal_labeller` without a model."""

    def __init__(self, messages):
        gr.hier_block2.__init__(
            self,
            "fake_labeller",
            gr.io_signature(1, 1, gr.sizeof_gr_complex),
            gr.io_signature(0, 0, 0),
        )
        self.detector, self.labels = fake_detector(messages), rfattn.emission_labels()
        self.TOPICS = ("emissions",)
        self.transformer = self.extractor = self.contents = self.error = None
        self.message_port_register_hier_out("emissions")
        self.connect(self, self.detector)
        self.msg_connect(self.detector, "emissions", self.labels, "emissions")
        self.msg_connect(self.labels, "emissions", self, "emissions")

    def drain(self):
        self.labels.drain()

    def samples(self):
        return self.detector.nitems_read(0)

    def samples_repeated(self):
        return 0

    def faulty_samples(self):
        return {"samples_non_finite": 0, "samples_saturated": 0, "samples_absent": 0}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the samples that were received at each frequency."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pmt
from gnuradio import gr

from ...rfattn_python import tags
from .lifetime import KeptByFlowgraph
from .work_errors import stop_on_error

_FREQUENCY = pmt.intern(tags.KEY_RX_FREQ)


class frequency_clock(KeptByFlowgraph, gr.sync_block):
    """Counts the samples that were received at each frequency.

    Stream input:
        complex64, with tags rx_freq.

    Attributes:
        samples: number of samples by frequency in Hz; None is that before the first tag.
        frequency: of the newest sample, Hz; None before the first tag.
        since: samples at that frequency since the receiver was tuned to it.
        error: None, or why the block ended the flowgraph.
    """

    def __init__(self):
        gr.sync_block.__init__(self, "frequency_clock", [np.complex64], None)
        self.samples: Counter[float | None] = Counter()
        self.frequency: float | None = None
        self.since = 0
        self.error = None

    @stop_on_error
    def work(self, input_items, output_items):
        begin, count = self.nitems_read(0), len(input_items[0])
        done = 0
        for tag in sorted(self.get_tags_in_window(0, 0, count, _FREQUENCY), key=_offset):
            self._count(tag.offset - begin - done)
            done = tag.offset - begin
            frequency = pmt.to_double(tag.value)
            if frequency != self.frequency:
                self.frequency, self.since = frequency, 0
        self._count(count - done)
        return count

    def _count(self, count: int) -> None:
        self.samples[self.frequency] += count
        self.since += count


def _offset(tag) -> int:
    return tag.offset

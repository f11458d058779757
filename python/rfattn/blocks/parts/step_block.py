# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python block that takes whole steps, with little cost per call."""

from __future__ import annotations

import numpy as np
from gnuradio import gr

from ...rfattn_python import floats_at
from .thread_state import ThreadState
from .work_errors import keep_error


class step_block(gr.decim_block):
    """Takes up to ``max_batch`` steps of ``block_size`` float32 vectors a call, gives one for each.

    ``work`` gets the steps at hand, [k, block_size, n_in], and room for their results, [k, n_out];
    it returns how many steps it has computed, from 1 to k, or WORK_DONE.

    GNU Radio's gateway lets Python make a state for the thread, with a stack that is mapped and
    unmapped again, at every call, and defines a class for every array. Here the thread keeps its
    state from start() to stop(), and arrays lie over the addresses.
    """

    def __init__(self, name: str, n_in: int, n_out: int, block_size: int, max_batch: int):
        gr.decim_block.__init__(self, name, [(np.float32, n_in)], [(np.float32, n_out)], block_size)
        self.set_max_noutput_items(max_batch)
        # Room for all steps that come together, so that none of them waits for a later call.
        self.set_min_noutput_items(max_batch)
        self.set_min_output_buffer(0, 4 * max_batch)
        self._block_size, self._max_batch = block_size, max_batch
        self._shapes = (block_size, n_in), (n_out,)
        self._consume = self.gateway.consume_each
        self._thread_state = ThreadState()

    @keep_error
    def start(self):
        self._thread_state.take()
        return True

    @keep_error
    def stop(self):
        self._thread_state.give_back()
        return True

    def forecast(self, noutput_items, ninputs):
        return [self._block_size]

    def handle_general_work(self, noutput_items, ninput_items, input_items, output_items):
        """The gateway calls this."""
        count = min(noutput_items, ninput_items[0] // self._block_size, self._max_batch)
        of_step, of_result = self._shapes
        steps = floats_at(input_items[0], (count, *of_step))
        results = floats_at(output_items[0], (count, *of_result))
        done = self.work([steps], [results])
        if done > 0:
            self._consume(self._block_size * done)
        return done

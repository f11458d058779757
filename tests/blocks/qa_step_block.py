# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The block that is called once a step."""

import gc
import threading
import weakref

import numpy as np
import pytest
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.parts.step_block import step_block


class Kept:
    """Something that lives as long as its thread."""


class Sum(step_block):
    """The sums of each step's vectors, ``per_call`` steps a call, and how often its thread began
    anew."""

    def __init__(self, max_batch=1, per_call=1):
        step_block.__init__(self, "sum", 3, 2, block_size=4, max_batch=max_batch)
        self.of_thread = threading.local()
        self.beginnings, self.offered, self._per_call = [], [], per_call

    def work(self, input_items, output_items):
        if not hasattr(self.of_thread, "kept"):
            self.of_thread.kept = Kept()
            self.beginnings.append(weakref.ref(self.of_thread.kept))
        (steps,), (results,) = input_items, output_items
        assert steps.shape == (len(results), 4, 3) and results.shape == (len(steps), 2)
        self.offered.append(len(steps))
        count = min(self._per_call, len(steps))
        results[:count, 0] = steps[:count].sum(axis=(1, 2))
        results[:count, 1] = steps[:count, -1, -1]
        return count


def run(block, stream):
    flowgraph, sink = gr.top_block(), blocks.vector_sink_f(2)
    flowgraph.connect(blocks.vector_source_f(stream.flatten().tolist(), vlen=3), block, sink)
    flowgraph.run()
    return np.array(sink.data()).reshape(-1, 2)


@pytest.mark.parametrize("max_batch, per_call", [(1, 1), (8, 1), (8, 3), (8, 8)])
def test_every_step_comes_once_and_whole(max_batch, per_call):
    stream = np.arange(50 * 12, dtype=np.float32).reshape(200, 3)
    block = Sum(max_batch, per_call)
    got, steps = run(block, stream), stream.reshape(50, 12)
    assert got[:, 0].tolist() == steps.sum(axis=1).tolist()
    assert got[:, 1].tolist() == steps[:, -1].tolist()
    assert 1 <= min(block.offered) and max(block.offered) <= max_batch


def test_tokens_that_make_no_step_are_left():
    assert len(run(Sum(), np.ones((11, 3), np.float32))) == 2


def test_a_run_has_one_thread_state_which_ends_with_it():
    block = Sum()
    for runs in (1, 2):
        run(block, np.ones((200, 3), np.float32))
        gc.collect()
        assert len(block.beginnings) == runs
        assert block.beginnings[-1]() is None

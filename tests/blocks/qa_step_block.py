# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The block that is called once a step."""

import gc
import threading
import weakref

import numpy as np
import pytest
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.step_block import step_block


class Kept:
    """Something that lives as long as its thread."""


class Sum(step_block):
    """The sums of each step's vectors, and how often its thread began anew."""

    def __init__(self, channels=1):
        step_block.__init__(self, "sum", 3, 2, block_size=4, channels=channels)
        self.of_thread = threading.local()
        self.beginnings = []

    def work(self, input_items, output_items):
        if not hasattr(self.of_thread, "kept"):
            self.of_thread.kept = Kept()
            self.beginnings.append(weakref.ref(self.of_thread.kept))
        for vectors, out in zip(input_items, output_items, strict=True):
            assert vectors.shape == (4, 3) and out.shape == (1, 2)
            out[0] = vectors.sum(), vectors[-1, -1]
        return 1


def run(block, *streams):
    flowgraph, sinks = gr.top_block(), []
    for port, stream in enumerate(streams):
        sinks.append(blocks.vector_sink_f(2))
        flowgraph.connect(blocks.vector_source_f(stream.flatten().tolist(), vlen=3), (block, port))
        flowgraph.connect((block, port), sinks[-1])
    flowgraph.run()
    return [np.array(sink.data()).reshape(-1, 2) for sink in sinks]


@pytest.mark.parametrize("channels", [1, 2])
def test_every_step_comes_once_and_whole(channels):
    streams = [np.arange(50 * 12, dtype=np.float32).reshape(200, 3) + c for c in range(channels)]
    for stream, got in zip(streams, run(Sum(channels), *streams), strict=True):
        steps = stream.reshape(50, 12)
        assert got[:, 0].tolist() == steps.sum(axis=1).tolist()
        assert got[:, 1].tolist() == steps[:, -1].tolist()


def test_tokens_that_make_no_step_are_left():
    (got,) = run(Sum(), np.ones((11, 3), np.float32))
    assert len(got) == 2


def test_a_run_has_one_thread_state_which_ends_with_it():
    block = Sum()
    for runs in (1, 2):
        run(block, np.ones((200, 3), np.float32))
        gc.collect()
        assert len(block.beginnings) == runs
        assert block.beginnings[-1]() is None

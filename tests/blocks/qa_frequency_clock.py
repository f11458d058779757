# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples are counted by the frequency at which they were received."""

import pmt
import pytest
from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.parts.frequency_clock import frequency_clock


def tag(offset, value):
    made = gr.tag_t()
    made.offset, made.key, made.value = offset, pmt.intern("rx_freq"), value
    return made


@pytest.mark.parametrize("items", [1, 7, 8192])
def test_samples_count_for_the_newest_tag(items):
    tags = [tag(10, pmt.from_double(1e6)), tag(30, pmt.from_double(2e6))]
    tags += [tag(60, pmt.from_double(1e6)), tag(80, pmt.from_double(1e6))]
    clock, graph = frequency_clock(), gr.top_block()
    graph.connect(blocks.vector_source_c([0] * 100, False, 1, tags), clock)
    graph.run(items)
    assert clock.error is None
    assert clock.samples == {None: 10, 1e6: 60, 2e6: 30}
    assert (clock.frequency, clock.since) == (1e6, 40)


def test_a_tag_of_another_type_is_an_error():
    clock, graph = frequency_clock(), gr.top_block()
    graph.connect(blocks.vector_source_c([0] * 100, False, 1, [tag(5, pmt.intern("x"))]), clock)
    graph.run()
    assert clock.error is not None

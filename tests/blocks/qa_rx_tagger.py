# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate and frequency of sources that state neither."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

RATE, FREQUENCY = 2.4e6, 433.92e6


class changer(gr.sync_block):
    """Passes samples on, and calls ``change`` once, when ``at`` of them have passed."""

    def __init__(self, at, change):
        gr.sync_block.__init__(self, "changer", [np.complex64], None)
        self._at, self._change = at, change

    def work(self, input_items, output_items):
        count = len(input_items[0])
        if self._change and self.nitems_read(0) + count >= self._at:
            self._change()
            self._change = None
        return count


class two_changes(gr.sync_block):
    """Calls ``first`` with the first samples, and ``second`` when its tags have come."""

    def __init__(self, first, second):
        gr.sync_block.__init__(self, "two_changes", [np.complex64], None)
        self._changes = [first, second]

    def work(self, input_items, output_items):
        count = len(input_items[0])
        tags = self.get_tags_in_window(0, 0, count, pmt.intern("rx_rate"))
        for _ in tags[: len(self._changes)]:
            self._changes.pop(0)()
        return count


def run(tagger, count=1000, at=0, change=None, max_items=100_000_000):
    """Samples in, and tags by (offset, key), of one run."""
    samples = np.arange(count, dtype=np.complex64)
    source, sink = blocks.vector_source_c(samples.tolist()), blocks.vector_sink_c()
    watch = changer(at, change)
    tb = gr.top_block()
    tb.connect(source, tagger, sink)
    tb.connect(tagger, watch)
    tb.run(max_items)
    np.testing.assert_array_equal(sink.data(), samples)
    return {(t.offset, pmt.symbol_to_string(t.key)): pmt.to_python(t.value) for t in sink.tags()}


def test_first_sample_carries_rate_and_frequency():
    tags = run(rfattn.rx_tagger(RATE, FREQUENCY), max_items=64)
    assert tags == {(0, "rx_rate"): RATE, (0, "rx_freq"): FREQUENCY}


def test_unknown_frequency_is_not_stated():
    assert run(rfattn.rx_tagger(RATE)) == {(0, "rx_rate"): RATE}


def test_a_change_is_stated_once():
    tagger = rfattn.rx_tagger(RATE, FREQUENCY)
    tags = run(tagger, 100_000, 5_000, lambda: tagger.set_frequency(FREQUENCY + 1e6), 1000)
    later = {key: value for (offset, key), value in tags.items() if offset}
    assert len(tags) == 4
    assert later == {"rx_rate": RATE, "rx_freq": FREQUENCY + 1e6}


def test_the_same_value_again_is_no_gap():
    tagger = rfattn.rx_tagger(RATE, FREQUENCY)

    def same():
        tagger.set_frequency(FREQUENCY)
        tagger.set_sample_rate(RATE)

    assert len(run(tagger, 100_000, 5_000, same, 1000)) == 2


def test_a_change_is_a_retune_to_power_spectrum():
    tagger, spectrum = rfattn.rx_tagger(RATE, FREQUENCY), rfattn.power_spectrum()
    watch = two_changes(
        lambda: tagger.set_frequency(None), lambda: tagger.set_frequency(FREQUENCY + 1e6)
    )
    tb = gr.top_block()
    tb.connect(blocks.null_source(8), blocks.head(8, 400_000), tagger, spectrum)
    tb.connect(spectrum, blocks.null_sink(spectrum.output_signature().sizeof_stream_item(0)))
    tb.connect(tagger, watch)
    tb.run(1000)
    # Without a frequency the last one known holds, so the first change is a gap, no retune.
    assert (spectrum.segments(), spectrum.retunes()) == (3, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "sample_rate must be > 0 and finite, got 0"),
        ((float("nan"),), "sample_rate must be > 0 and finite, got nan"),
        ((RATE, float("inf")), "frequency must be finite, got inf"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=f"rx_tagger: {message}"):
        rfattn.rx_tagger(*arguments)


def test_setters_refuse_as_the_constructor():
    tagger = rfattn.rx_tagger(RATE)
    with pytest.raises(ValueError, match="sample_rate must be > 0"):
        tagger.set_sample_rate(-1.0)
    with pytest.raises(ValueError, match="frequency must be finite"):
        tagger.set_frequency(float("nan"))

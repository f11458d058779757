# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wide receiver in bands: what lies where, and the tags of each band."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

from step_streams import tag

RATE, FREQUENCY = 8e6, 100e6


def rx_tags(offset, **values):
    return [tag(offset, f"rx_{name}", pmt.to_pmt(value)) for name, value in values.items()]


def split(samples, tags, block, n_out, max_items=100_000_000):
    """Samples and tags (offset, key, value) of each output."""
    sinks = [blocks.vector_sink_c() for _ in range(n_out)]
    tb = gr.top_block()
    tb.connect(blocks.vector_source_c(samples.tolist(), False, 1, tags), block)
    for i, sink in enumerate(sinks):
        tb.connect((block, i), sink)
    tb.run(max_items)
    return [
        (
            np.array(sink.data()),
            [(t.offset, pmt.symbol_to_string(t.key), pmt.to_python(t.value)) for t in sink.tags()],
        )
        for sink in sinks
    ]


def decibels(samples):
    return 10 * np.log10(np.mean(np.abs(samples) ** 2) + 1e-20)


@pytest.mark.parametrize("n_bands", [2, 5, 8])
def test_a_tone_lies_in_the_band_that_says_so(n_bands):
    for band in range(n_bands):
        offset = band - n_bands // 2
        tone = np.exp(2j * np.pi * offset / n_bands * np.arange(4000)).astype(np.complex64)
        block = rfattn.band_splitter(n_bands)
        bands = split(tone, rx_tags(0, rate=RATE, freq=FREQUENCY), block, n_bands)
        settled = slice(2 * block.filter_samples, None)
        levels = [decibels(samples[settled]) for samples, _ in bands]
        assert levels[band] == pytest.approx(0.0, abs=0.1)  # dB, the filter's ripple
        assert max(levels[:band] + levels[band + 1 :]) < -60.0
        expected = {"rx_rate": RATE / n_bands, "rx_freq": FREQUENCY + offset * RATE / n_bands}
        tags = bands[band][1]
        assert len(tags) == 2 and {key: value for _, key, value in tags} == expected


def test_an_edge_is_shared_by_its_bands():
    edge = np.exp(2j * np.pi * 0.5 / 8 * np.arange(8000)).astype(np.complex64)
    block = rfattn.band_splitter(8)
    bands = split(edge, [], block, 8)
    levels = [decibels(samples[2 * block.filter_samples :]) for samples, _ in bands]
    assert levels[4] == pytest.approx(-6.0, abs=0.2) == levels[5]


@pytest.mark.parametrize("max_items", [100_000_000, 64])
def test_tags_are_those_of_the_band(max_items):
    tags = [
        *rx_tags(0, rate=RATE, freq=FREQUENCY),
        *rx_tags(0, rate=RATE),  # as a channelizer does
        *rx_tags(100, rate=RATE / 2),
        *rx_tags(200, freq=FREQUENCY + 1e6),
        tag(300, "rx_time", pmt.from_double(3.0)),
        tag(300, "rx_time", pmt.from_double(3.0)),
    ]
    samples = np.arange(1000, dtype=np.complex64)
    [(out, found)] = split(samples, tags, rfattn.band_tagger(4, -1), 1, max_items)
    np.testing.assert_array_equal(out, samples)
    assert sorted(found) == [
        (0, "rx_freq", FREQUENCY - RATE / 4),
        (0, "rx_rate", RATE / 4),
        (100, "rx_freq", FREQUENCY - RATE / 8),
        (100, "rx_rate", RATE / 8),
        (200, "rx_freq", FREQUENCY + 1e6 - RATE / 8),
        (200, "rx_rate", RATE / 8),
        (300, "rx_time", 3.0),
    ]


def test_without_a_rate_there_is_no_frequency():
    [(_, found)] = split(
        np.zeros(10, np.complex64), rx_tags(0, freq=FREQUENCY), rfattn.band_tagger(4, 1), 1
    )
    assert found == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rfattn.band_splitter(1), "band_splitter: n_bands must be >= 2, got 1"),
        (lambda: rfattn.band_splitter(4, 20.0), "attenuation_db must be > 20, got 20.0"),
        (lambda: rfattn.band_tagger(0, 0), "band_tagger: n_bands must be >= 1, got 0"),
        (lambda: rfattn.band_tagger(4, 3), "offset must be from -2 to 2, got 3"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()

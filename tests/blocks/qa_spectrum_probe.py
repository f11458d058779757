# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a waterfall: what they hold, how many come, and that none mixes two frequencies."""

import numpy as np
import pytest
from gnuradio import gr, rfattn
from qa_latency_probe import MessageList

from step_streams import random_spectra, run, segment_tag, vectors

N_BINS = 8
EACH_CALL, NEVER = 1e-6, 1e9
SAMPLES_PER_TOKEN = 10


def rows_of(tokens, tags=(), interval_ms=EACH_CALL, max_items=4, **parameters):
    """The messages of a probe that is given at most ``max_items`` tokens a call."""
    probe = rfattn.spectrum_probe(tokens.shape[1], interval_ms, **parameters)
    messages, tb = MessageList(), gr.top_block()
    tb.connect(vectors(tokens, list(tags)), probe)
    tb.msg_connect(probe, "spectra", messages, "in")
    run(tb, max_items)
    return messages.received


@pytest.mark.parametrize("max_items", [1, 3, 100_000])
def test_rows_hold_every_token_once(max_items):
    tokens = random_spectra(50, N_BINS)
    rows = rows_of(tokens, [segment_tag(0, 7, 500)], max_items=max_items)
    first = 0
    for row in rows:
        part = tokens[first : first + row["tokens"]]
        np.testing.assert_array_equal(row["peak_db"], part.max(axis=0))
        np.testing.assert_allclose(row["mean_db"], part.mean(axis=0), atol=1e-4)  # dB, float32
        assert row["sample_start"] == 500 + first * SAMPLES_PER_TOKEN
        assert (row["segment"], row["sides"]) == (7, "two")
        first += row["tokens"]
    assert first == len(tokens) and rows


def test_no_more_rows_than_the_interval_allows():
    assert rows_of(random_spectra(50, N_BINS), interval_ms=NEVER, max_items=1) == []


def test_frequency_and_rate_where_known():
    tokens = random_spectra(4, N_BINS)
    (row,) = rows_of(tokens, max_items=100_000, sides="one")
    assert "frequency" not in row and "sample_rate" not in row and row["sides"] == "one"
    tags = [segment_tag(0, 0, 0, rx_freq=433e6, rx_rate=1e6)]
    (row,) = rows_of(tokens, tags, max_items=100_000)
    assert (row["frequency"], row["sample_rate"]) == (433e6, 1e6)


def test_a_retune_begins_the_row_again():
    tokens = random_spectra(20, N_BINS)
    tags = [segment_tag(0, 0, 0, rx_freq=1e6), segment_tag(15, 1, 900, rx_freq=2e6)]
    (row,) = rows_of(tokens, tags, max_items=100_000)
    np.testing.assert_array_equal(row["peak_db"], tokens[15:].max(axis=0))
    assert (row["tokens"], row["frequency"]) == (5, 2e6)
    assert (row["segment"], row["sample_start"]) == (1, 900)


def test_another_stream_begins_the_row_again():
    tokens = random_spectra(20, N_BINS)
    tags = [segment_tag(0, 0, 0, stream=3), segment_tag(15, 0, 900, stream=2**53)]
    (row,) = rows_of(tokens, tags, max_items=100_000)
    np.testing.assert_array_equal(row["peak_db"], tokens[15:].max(axis=0))
    assert (row["tokens"], row["stream"]) == (5, 2**53)


def test_another_gap_does_not():
    tokens = random_spectra(20, N_BINS)
    tags = [segment_tag(0, 0, 0, rx_freq=1e6), segment_tag(15, 1, 900, rx_freq=1e6)]
    (row,) = rows_of(tokens, tags, max_items=100_000)
    assert (row["tokens"], row["segment"], row["sample_start"]) == (20, 0, 0)


def test_wide_tokens_keep_every_bin():
    tokens = random_spectra(3, 2048)
    (row,) = rows_of(tokens, max_items=100_000)
    np.testing.assert_array_equal(row["peak_db"], tokens.max(axis=0))
    np.testing.assert_allclose(row["mean_db"], tokens.mean(axis=0), atol=1e-4)


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"n_bins": 0}, "n_bins must be >= 1, got 0"),
        ({"interval_ms": 0.0}, "interval_ms must be > 0 and finite, got 0"),
        ({"interval_ms": float("inf")}, "interval_ms must be > 0 and finite, got inf"),
        ({"sides": "both"}, "sides must be one of two, one, got 'both'"),
    ],
)
def test_refusals(parameters, text):
    with pytest.raises(ValueError, match=f"^spectrum_probe: {text}"):
        rfattn.spectrum_probe(**{"n_bins": 8, **parameters})

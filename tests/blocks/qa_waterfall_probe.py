# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a waterfall from samples."""

import numpy as np
import pytest
from gnuradio import blocks, gr, rfattn
from qa_latency_probe import MessageList

from step_streams import run

EACH_CALL = 1e-6
N_SAMPLES = 8192


def rows_of(samples, **parameters):
    probe = rfattn.waterfall_probe(interval_ms=EACH_CALL, **parameters)
    messages, tb = MessageList(), gr.top_block()
    tb.connect(blocks.vector_source_c(samples.astype(np.complex64)), probe)
    tb.msg_connect(probe, "spectra", messages, "in")
    run(tb)
    return messages.received


def test_a_tone_stands_in_its_bin_of_1024_and_no_sample_is_skipped():
    turns = 100 / 1024  # a sample
    tone = np.exp(2j * np.pi * turns * np.arange(N_SAMPLES))
    rows = rows_of(tone)
    assert sum(row["tokens"] for row in rows) == N_SAMPLES // 1024
    assert {len(row["peak_db"]) for row in rows} == {1024}
    assert {np.argmax(row["peak_db"]) for row in rows} == {512 + 100}
    assert max(rows[0]["peak_db"]) == pytest.approx(0.0, abs=0.01)  # dB; full scale
    starts = [row["sample_start"] for row in rows]
    counts = np.cumsum([0] + [1024 * row["tokens"] for row in rows])
    assert starts == counts[:-1].tolist()


def test_a_burst_of_a_few_samples_is_seen():
    samples = np.zeros(N_SAMPLES)
    samples[5000:5010] = 1.0
    assert max(max(row["peak_db"]) for row in rows_of(samples)) > -60  # else -200 dB


def test_a_real_signal_has_its_bins_from_0_hz_up():
    tone = np.cos(2 * np.pi * 100 / 512 * np.arange(N_SAMPLES))
    rows = rows_of(tone, sides="one", n_bins=256)
    assert {(len(row["peak_db"]), row["sides"]) for row in rows} == {(256, "one")}
    assert {np.argmax(row["peak_db"]) for row in rows} == {100}


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"sides": "both"}, "sides must be one of two, one, got 'both'"),
        ({"n_bins": 1000}, "fft_size must be a power of two"),
        ({"interval_ms": 0}, "interval_ms must be > 0 and finite, got 0"),
    ],
)
def test_refusals(parameters, text):
    with pytest.raises(ValueError, match=text):
        rfattn.waterfall_probe(**parameters)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several bands through one model: each as if it were alone, labels with its frequency."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.inference import AttentionModelAdapter, available_models

from step_streams import random_spectra, run, save_model, steps_of

ROOT = Path(__file__).resolve().parents[2]
BLOCK_SIZE, N_CLASSES, CHANNELS = 4, 3, 3
ROUNDING = 1e-5  # of logits around 1: a batch is summed in another order


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "tiny.pt")


class Outcome:
    """Logits, step tags and detection messages of each channel's steps."""

    def __init__(self, sources, model):
        block = rfattn.transformer(model, device="cpu", threads=1, channels=len(sources))
        sinks = [blocks.vector_sink_f(N_CLASSES) for _ in sources]
        messages, tb = blocks.message_debug(), gr.top_block()
        for i, source in enumerate(sources):
            tb.connect(source, (block, i), sinks[i])
        tb.msg_connect(block, "detections", messages, "store")
        run(tb)
        assert block.error is None
        self.logits = [np.array(s.data()).reshape(-1, N_CLASSES) for s in sinks]
        self.steps = [[pmt.to_python(tag.value) for tag in sink.tags()] for sink in sinks]
        count = messages.num_messages()
        self.detections = [pmt.to_python(messages.get_message(i)) for i in range(count)]


def alone(model, tokens, resets=()):
    """The logits of one stream, its cache emptied before the steps ``resets``."""
    adapter = AttentionModelAdapter.load(model, device="cpu")
    rows = []
    for i, step in enumerate(tokens.reshape(-1, 1, BLOCK_SIZE, tokens.shape[1])):
        if i in resets:
            adapter.reset(position=0)
        rows.append(adapter.step(step)[0].numpy())
    return np.array(rows)


def test_each_channel_is_as_if_alone(model):
    tokens = [random_spectra(48, seed=seed) for seed in range(CHANNELS)]
    sources = [steps_of(t, BLOCK_SIZE, rx_freq=100e6 + i) for i, t in enumerate(tokens)]
    found = Outcome(sources, model)
    for i in range(CHANNELS):
        np.testing.assert_allclose(found.logits[i], alone(model, tokens[i]), atol=ROUNDING)
        assert [step["stream"] for step in found.steps[i]] == [i] * 12
        mine = [d for d in found.detections if d["stream"] == i]
        assert len(mine) == 12
        assert {d["frequency"] for d in mine} == {100e6 + i}


def test_a_gap_in_one_channel_empties_the_context_of_all(model):
    tokens = [random_spectra(32, seed=seed) for seed in range(2)]
    gap = [0, 0, 0, 1, 1, 1, 1, 1]
    found = Outcome([steps_of(tokens[0], BLOCK_SIZE), steps_of(tokens[1], BLOCK_SIZE, gap)], model)
    for i in range(2):
        np.testing.assert_allclose(found.logits[i], alone(model, tokens[i], {3}), atol=ROUNDING)


def test_a_single_channel_is_stream_0(model):
    found = Outcome([steps_of(random_spectra(8), BLOCK_SIZE)], model)
    assert found.detections[0]["stream"] == 0
    assert "stream" not in found.steps[0][0]


def test_channels_must_be_positive(model):
    with pytest.raises(ValueError, match="transformer: channels must be >= 1, got 0"):
        rfattn.transformer(model, device="cpu", channels=0)


def test_two_real_signals_at_different_offsets():
    if not any(m["family"] == "rf14" for m in available_models()):
        pytest.skip("no shipped model rf14")
    ran = subprocess.run(
        [sys.executable, ROOT / "examples" / "channels.py"],
        text=True,
        capture_output=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    rows = re.findall(r"stream (\d) +([\d.]+) MHz +(\w+) (\d+)", ran.stdout)
    assert [(row[0], row[1]) for row in rows] == [
        ("0", "2586.16"),
        ("1", "2588.08"),
        ("2", "2590.00"),
        ("3", "2591.92"),
    ]
    # Of the 16 steps that the WiFi recording lasts, the LTE one begins with two idle ones.
    assert rows[1][2] == "lte_tdd" and int(rows[1][3]) > 8
    assert rows[3][2] == "wifi_ofdm" and int(rows[3][3]) > 12

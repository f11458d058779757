# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""With a squelch the labels of active parts are those without it, and its context arrives."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from gnuradio.rfattn.flowgraph.options import ModelOptions, PathOptions
from gnuradio.rfattn.flowgraph.squelch import context_steps
from gnuradio.rfattn.flowgraph.stream import LabelFlowgraph
from gnuradio.rfattn.inference import DEFAULT_MODEL, available_models, load_eager
from gnuradio.rfattn.recordings.sigmf import Recording

from step_streams import save_model
from stretched import signals, write_stretched

ROOT = Path(__file__).resolve().parents[2]


def run(path, model=DEFAULT_MODEL, **options):
    """The flowgraph after the recording, and its detections by their first sample."""
    model = ModelOptions(model=model, threads=1, device="cpu")
    flowgraph = LabelFlowgraph(str(path), model, PathOptions(**options))
    flowgraph.run_to_end()
    return flowgraph, {d.sample_start: d for d in flowgraph.detections.detections}


def assert_labelled_as_without_it(path):
    """Checks that the squelch skips most steps and changes no label of a burst."""
    if not any(m["family"] == "rf14" for m in available_models()):
        pytest.skip("no shipped model rf14")
    _, everything = run(path)
    flowgraph, kept = run(path, squelch_db=3.5)
    assert flowgraph.saved()["skipped_steps"] > 0.6 * len(everything)
    bursts, active = signals(path), 0
    for start, detection in everything.items():
        end = start + detection.sample_count
        if any(first < end and start < last for first, last in bursts):
            assert kept[start].label == detection.label
            active += 1
    assert active > 10


def test_real_bursts_are_labelled_as_without_it(recordings, tmp_path):
    stem = tmp_path / "stretched"
    recording = recordings / "fsk_srd" / "multi_messages_different_rssi.sigmf-meta"
    write_stretched(recording, stem, times=40)
    assert_labelled_as_without_it(stem.with_suffix(".sigmf-meta"))


def test_synthetic_bursts_are_labelled_as_without_it(made, tmp_path):
    """Two bursts of LTE in noise that is 30 dB weaker."""
    grid = 32 * 64  # samples of a step
    samples = np.random.default_rng(1).normal(size=(1000 * grid, 2)) @ [1, 1j]
    signal = Recording.open(made["lte_tdd"]).samples(0, 8 * grid)
    signal *= 10**1.5 / np.sqrt(np.mean(np.abs(signal) ** 2) / 2)
    starts = [30 * grid, 900 * grid]
    for start in starts:
        samples[start : start + len(signal)] += signal
    stem = tmp_path / "bursts"
    (1e-3 * samples).astype("<c8").tofile(f"{stem}.sigmf-data")
    annotations = [
        {"core:sample_start": start, "core:sample_count": len(signal), "core:label": "lte_tdd"}
        for start in starts
    ]
    about = {"core:datatype": "cf32_le", "core:version": "1.2.6"}
    meta = {"global": about, "captures": [], "annotations": annotations}
    path = stem.with_suffix(".sigmf-meta")
    path.write_text(json.dumps(meta))
    assert_labelled_as_without_it(path)


def test_the_companion_s_default_is_the_context_of_the_shipped_model():
    block = yaml.safe_load((ROOT / "grc" / "rfattn_token_squelch.block.yml").read_text())
    (default,) = [p["default"] for p in block["parameters"] if p["id"] == "context_steps"]
    model = load_eager("rf14")[1]["model"]
    assert int(default) == context_steps(model["window"], model["block_size"])


STEP = 16 * 64  # samples
BURSTS = (40, 150)  # steps; the first is the contrast that idleness needs


def test_a_receiver_s_buffer_has_room_for_the_context(tmp_path):
    """As fast as it can be read, with capacity for all that passes only beside the context."""
    model = save_model(
        tmp_path / "tiny.pt",
        {"fft_size": 64, "hop": 64, "n_bins": 8},
        block_size=16,
        window=256,
        rope_period=512,
    )
    samples = np.random.default_rng(1).normal(scale=1e-3, size=(200 * STEP, 2)) @ [1, 1j]
    for burst in BURSTS:
        samples[burst * STEP : (burst + 2) * STEP] += 0.5
    samples.astype("<c8").tofile(tmp_path / "r.sigmf-data")
    meta = {
        "global": {"core:datatype": "cf32_le", "core:version": "1.2.6"},
        "captures": [],
        "annotations": [],
    }
    path = tmp_path / "r.sigmf-meta"
    path.write_text(json.dumps(meta))
    # All until there has been a contrast; two windows before the second burst; four steps after.
    passed, context = [*range(46), *range(118, 156)], 32
    flowgraph, kept = run(
        path, model=model, squelch_db=3.0, policy="drop", capacity=len(passed) - context
    )
    assert flowgraph.tokens()["dropped"] == 0
    assert sorted(start // STEP for start in kept) == passed
    assert kept[118 * STEP].segment == kept[45 * STEP].segment + 1

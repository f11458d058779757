# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of detection: the other rules, the sums over scenes, the report."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.benchmark.machine import describe
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import detection
from gnuradio.rfattn_workshop.judges.finding import (
    detection_baselines,
    detection_cells,
    detection_flowgraph,
    detection_measures,
    detection_picture,
    detection_report,
    detection_score,
)
from gnuradio.rfattn_workshop.judges.finding.detection_baselines import Baseline
from gnuradio.rfattn_workshop.judges.finding.detection_flowgraph import Found
from gnuradio.rfattn_workshop.synthesis.scene import Burst, Emission, Scene, render, truth

RATE = 1e6
TONE = Scene(0.4, 1, (Emission("qpsk", 3, 2e5, 20.0),))
QUIET = ["--quiet", "--rules"]


def find_truth(scene: Scene):
    """A detector that finds exactly what is there."""

    def find(samples, sample_rate):
        boxes = [b.box(sample_rate) for b in truth(scene)]
        return {b.emission: Found([b], set(), int(b.sample_start) + 1000) for b in boxes}

    return find


@pytest.mark.parametrize(
    "settings", [Baseline("plain", 2000.0, 0.004, 0.3), Baseline("lad", 2000.0, 0.004)]
)
def test_a_rule_finds_a_strong_signal_at_its_place(settings):
    samples, (burst,) = render(TONE, RATE)
    found = settings.detect(samples, RATE)
    largest = max(found, key=lambda b: b.sample_count * (b.freq_upper - b.freq_lower))
    middle = (largest.freq_lower + largest.freq_upper) / 2
    # Two cells.
    assert middle == pytest.approx((burst.freq_lower + burst.freq_upper) / 2, abs=4e3)


def test_gr_inspectors_threshold_is_the_first_large_jump():
    power = np.full((3, 16), 1.0, np.float32)
    power[1:, 4:7] = 1000.0
    seen = detection_baselines.inspector(power, 1, Baseline("inspector", 1.0, 0.0, 0.2))
    assert not seen[0].any()
    assert np.flatnonzero(seen[1]).tolist() == np.flatnonzero(seen[2]).tolist() == [4, 5, 6]


def test_the_plain_rule_and_lad_are_quiet_in_noise():
    samples, _ = render(Scene(0.4, 2, ()), RATE)
    assert Baseline("plain", 4000.0, 0.004, 0.3).detect(samples, RATE) == []
    # 1e-6 of some 10000 cells.
    assert len(Baseline("lad", 4000.0, 0.004).detect(samples, RATE)) <= 1


def test_fcme_finds_the_noise_under_strong_cells():
    row = np.random.default_rng(1).exponential(2.0, 4000)
    row[:1000] += 100
    # The share of noise above the threshold, 1 %, is cut off, which costs some per cent.
    assert detection_baselines.forward_consecutive_mean(row, 4.61) == pytest.approx(2.0, rel=0.08)


def test_bursts_of_messages_become_boxes_with_the_edges_of_their_message():
    common = {"sample_start": 10, "flags": ["dc"]}
    first = {"id": 3, "sample_now": 90, "freq_lower": 1.0, "freq_upper": 2.0, "sample_count": 70}
    last = {"id": 3, "sample_now": 200, "freq_lower": 1.5, "freq_upper": 2.5, "sample_count": 140}
    found = detection_flowgraph.collect(
        [
            common | first | {"bursts": np.array([10, 20, 40, 5], np.uint64)},
            common | last | {"bursts": [], "burst_start": 100},
        ]
    )
    assert found[3].boxes == [
        Box(10, 20, 1.0, 2.0, 3),
        Box(40, 5, 1.0, 2.0, 3),
        Box(100, 50, 1.5, 2.5, 3),
    ]
    assert found[3].first_now == 90
    assert detection_flowgraph.flagged(found) == {3}


def burst(emission, start, kind="nfm", width=10e3):
    return Burst(emission, kind, 10.0, start, 0.1, 0.0, width)


def test_every_emission_counts_once():
    bursts = [burst(0, 0.0), burst(0, 0.2), burst(0, 0.4), burst(1, 0.0, "ook", 20e6)]
    # One of three bursts is found, and the other emission is not.
    found = [burst(0, 0.0).box(RATE)]
    result = detection_score.add_up([detection_score.score_scene(bursts[:3], RATE, found)])
    assert result["metrics"]["all"]["recall 0.5"][0] == pytest.approx(1 / 3)
    shifted = [*bursts[:3], Burst(1, "ook", 10.0, 0.0, 0.1, 1e5, 2e5)]
    result = detection_score.add_up([detection_score.score_scene(shifted, RATE, found)])
    metrics = result["metrics"]
    assert metrics["all"]["recall 0.5"][0] == pytest.approx(1 / 6)
    assert metrics["kind ook"]["touched"][0] == 0.0
    assert metrics["kind nfm"]["touched"][0] == pytest.approx(1 / 3)
    # T·B of 1000 and of 10000.
    assert set(metrics) == {"all", "kind nfm", "kind ook", "tb 1e3", "tb 1e4", "tb >= 1000"}
    assert result["errors"]["start_error"] == [0.0, 0.0]


def test_what_the_detector_flags_itself_is_no_false_emission():
    found = [burst(0, 0.0).box(RATE), Box(0, 10, -5.0, -4.0, 7), Box(0, 10, -9.0, -8.0, 8)]
    scene = detection_score.score_scene([burst(0, 0.0)], RATE, found, {0, 7}, exposure=2.0)
    sums = scene["sums"]["all"]
    assert sums["false /s/MHz"] == (1, 2.0)
    assert sums["flagged /s/MHz"] == (1, 2.0)
    assert sums["recall 0.5"] == (1.0, 1.0)
    assert sums["precision 0.5"] == (1.0, 2)


def test_the_strong_neighbour_and_what_is_near_it_are_not_scored():
    task = detection_cells.Task(5, 10.0, 2.4e6, "with", ("nfm", "ais"), duration_s=0.3)
    emissions = task.scene().emissions
    strongest = max(range(len(emissions)), key=lambda i: emissions[i].snr_db)
    assert emissions[strongest].snr_db == 50.0
    weak = detection_cells.dataclasses.replace(task, strong="without").scene()
    assert {e.snr_db for e in weak.emissions} == {10.0}
    assert [e.centre_hz for e in weak.emissions] == [e.centre_hz for e in emissions]
    kept = detection_cells._beyond_three_widths(task, truth(task.scene()))
    assert strongest not in {b.emission for b in kept}


def test_latency_counts_from_the_first_sample_of_an_emission():
    bursts = [burst(0, 0.0), burst(1, 0.5), burst(1, 0.8)]
    found = {
        1: Found([burst(0, 0.0).box(RATE)], set(), 1000),
        2: Found([burst(0, 0.51).box(RATE)], set(), 530_000),
    }
    # The first emission begins while the detector warms up.
    assert detection_measures.latencies(bursts, RATE, found) == [pytest.approx(0.03)]


def test_noise_without_a_transmitter_counts_false_emissions():
    pieces = [(np.zeros(500_000, np.complex64), 1e6)] * 2
    found = {1: Found([], set(), 0), 2: Found([], {"dc"}, 0)}
    result = detection_measures.false_emissions(pieces, lambda samples, rate: found)
    assert result == {"seconds": 1.0, "false": 2.0, "flagged": 2.0, "false /s/MHz": 2.0}
    assert detection_measures.false_emissions([], None)["false /s/MHz"] is None


def test_recall_on_a_recording_compares_with_its_edges(tmp_path):
    rate = 200e3
    meta = {
        "global": {"core:datatype": "ci16_le", "core:sample_rate": rate, "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0, "core:frequency": 1e8}],
        "annotations": [
            {
                "core:sample_start": 100,
                "core:sample_count": 800,
                "core:freq_lower_edge": 1e8 + 1e3,
                "core:freq_upper_edge": 1e8 + 2e3,
            }
        ],
    }
    (tmp_path / "a.sigmf-meta").write_text(json.dumps(meta))
    (tmp_path / "a.sigmf-data").write_bytes(bytes(4000))
    ((name, recording),) = detection_measures.boxed_recordings([tmp_path])
    assert name == "a.sigmf-meta"
    found = {1: Found([Box(100, 800, 1e3, 2e3, 1)], set(), 0)}
    result = detection_measures.score_recording(recording, lambda samples, rate: found)
    assert (result["recall 0.5"], result["boxes an emission"]) == (1.0, 1.0)
    json.dumps(detection_measures.score_recording(recording, lambda *_: {}), allow_nan=False)


def test_a_report_has_its_cells_and_says_what_was_run(monkeypatch):
    monkeypatch.setattr(detection_cells, "DURATION_S", 0.3)
    tasks = [detection_cells.Task(s, 10.0, RATE, kinds=("nfm",), duration_s=0.3) for s in (1, 2)]
    results = detection_cells.run_tasks(tasks, 1, lambda text, done: None, lambda *_: {})
    cell = {"snr_db": 10.0, "detectors": detection_cells.by_detector(results)}
    report = {
        "command": "detection.py",
        "machine": describe("cpu"),
        "cells": [cell],
        "tuned": {},
        "rates": [{"rate": RATE, **cell["detectors"]["rfattn"]}],
    }
    text = detection_report.to_markdown(report)
    assert "2 scenes a cell" in text
    assert "| 10 | rfattn | 0.00 (0.00 to 0.00) |" in text
    assert "| nfm | 0.00 / 0.00 |" in text
    assert "| 1 MHz |" in text


def test_the_parts_that_were_not_asked_for_are_not_run():
    report = detection.run(detection.parse(["--quiet", "--scenes", "0"]), lambda *_: {})
    assert set(report) == {"command", "machine"}


def test_pictures_show_the_boxes(tmp_path):
    pytest.importorskip("matplotlib")
    samples, (burst,) = render(TONE, RATE)
    path = tmp_path / "scene.png"
    detection_picture.draw(path, samples, RATE, [burst.box(RATE)], [], "a scene", ["qpsk"])
    assert path.read_bytes().startswith(b"\x89PNG")

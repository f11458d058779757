# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of detection: the sums over scenes, the report."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.benchmark.machine import describe
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_workshop.judges import detection
from gnuradio.rfattn_workshop.judges.finding import (
    detection_cells,
    detection_flowgraph,
    detection_report,
    detection_score,
)
from gnuradio.rfattn_workshop.judges.finding.detection_cells import Task
from gnuradio.rfattn_workshop.synthesis.scene import Burst

RATE = 1e6


def test_bursts_of_messages_become_boxes_with_the_edges_of_their_message():
    common = {"sample_start": 10, "flags": ["dc"]}
    first = {"id": 3, "freq_lower": 1.0, "freq_upper": 2.0, "sample_count": 70}
    last = {"id": 3, "freq_lower": 1.5, "freq_upper": 2.5, "sample_count": 140}
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


def test_a_report_has_its_cells_and_says_what_was_run():
    tasks = [Task(seed, 10.0, RATE, ("nfm",), 0.3) for seed in (1, 2)]
    (sums,) = detection_cells.run_tasks(tasks, 1, lambda text, done: None, lambda *_: {}, 1)
    report = {"command": "detection.py", "machine": describe("cpu")}
    text = detection_report.to_markdown({**report, "cells": [{"snr_db": 10.0, **sums}]})
    assert "2 scenes a cell" in text
    assert "| 10 | 0.00 (0.00 to 0.00) |" in text
    assert "| nfm | 0.00 / 0.00 |" in text


def test_what_is_found_of_every_scene_is_added_up_by_snr():
    options = detection.parse(["--quiet", "--scenes", "1", "--snr", "6", "20", "--rate", "1e6"])
    low, high = detection.run(options, lambda *_: {})["cells"]
    assert (low["snr_db"], high["snr_db"], low["scenes"]) == (6.0, 20.0, 1)
    assert low["metrics"]["all"]["touched"][0] == 0.0


def test_the_parts_that_were_not_asked_for_are_not_run():
    report = detection.run(detection.parse(["--quiet", "--scenes", "0"]), lambda *_: {})
    assert set(report) == {"command", "machine"}

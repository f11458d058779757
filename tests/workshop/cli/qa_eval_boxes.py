# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`eval`: boxes of the detector against annotations with edges. The detector is a fake."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn_station.learning.boxes import Box, score
from gnuradio.rfattn_workshop.cli.eval_boxes import print_boxes, summarise
from gnuradio.rfattn_workshop.flowgraph.evaluation import judge_boxes, true_boxes

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller

RATE, SAMPLES = 1e6, 20_000
LOWER, UPPER = 433.9e6, 433.91e6


def write(folder, edges, rate=RATE):
    """A recording with two bursts of one signal, the second without edges unless ``edges``."""
    write_recording(folder / "r", 1, "x", n_samples=SAMPLES, rate=rate)
    path = folder / "r.sigmf-meta"
    meta = json.loads(path.read_text())
    band = {"core:freq_lower_edge": LOWER, "core:freq_upper_edge": UPPER} if edges else {}
    meta["annotations"] = [
        {"core:sample_start": start, "core:sample_count": 1000, "core:label": "a", **band}
        for start in (2000, 6000)
    ]
    path.write_text(json.dumps(meta))
    return open_recording(path)


@pytest.fixture(autouse=True)
def found(monkeypatch):
    """One burst as annotated, one of half the length, and one emission that is none."""
    known = {"rx_rate": RATE, "rx_freq": 433.92e6}
    band = {"freq_lower": LOWER, "freq_upper": UPPER}
    elsewhere = {"freq_lower": 434.0e6, "freq_upper": 434.1e6}
    bursts = {"bursts": [2000, 1000, 6000, 500], "burst_count": 2}
    one = {"bursts": [2000, 1000], "burst_count": 1}
    messages = [
        (3000, emission_message(1, "new", **known, **band)),
        (3000, emission_message(2, "new", **known, **elsewhere)),
        (9000, emission_message(1, "end", **known, **band, **bursts)),
        (9000, emission_message(2, "end", **known, **elsewhere, **one)),
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))


def test_boxes_of_a_recording(tmp_path, capsys):
    figures = summarise([judge_boxes(write(tmp_path, edges=True))])
    assert (figures["recordings"], figures["true"], figures["found"]) == (1, 2, 3)
    assert figures["recall"] == {"0.3": 1.0, "0.5": 1.0}  # half a box is IoU 0.5
    assert figures["precision"] == {"0.3": 2 / 3, "0.5": 2 / 3}
    assert figures["boxes_per_emission"] == 1.0
    assert (figures["centre_error"], figures["width_ratio"]) == (0.0, 1.0)
    assert (figures["start_error"], figures["end_error"]) == (0.0, 0.25)
    print_boxes(figures)
    out = capsys.readouterr().out
    assert "2 annotated bursts with edges in 1 recording, 3 found" in out
    assert "IoU 0.5: recall 1.000, precision 0.667" in out
    assert "end_error: 25.0% of the duration (median)" in out
    json.dumps(figures, allow_nan=False)


def test_recordings_without_edges_or_rate_are_left_out(tmp_path):
    assert judge_boxes(write(tmp_path, edges=False)) is None
    assert judge_boxes(write(tmp_path, edges=True, rate=None)) is None


def test_annotations_of_one_label_and_band_are_one_emission(tmp_path):
    boxes = true_boxes(write(tmp_path, edges=True))
    assert [box.emission for box in boxes] == [0, 0]


def test_nothing_found_has_no_errors(capsys):
    figures = summarise([score([Box(0, 10, 0.0, 1.0)], [])])
    assert figures["recall"] == {"0.3": 0.0, "0.5": 0.0} == figures["precision"]
    assert figures["boxes_per_emission"] is None and figures["centre_error"] is None
    print_boxes(figures)
    assert "centre_error" not in capsys.readouterr().out
    assert np.isfinite(figures["touched"])

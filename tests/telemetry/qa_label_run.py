# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal neighbouring labels become runs, each stream for itself."""

import dataclasses

import pytest
from gnuradio.rfattn.messages.detection import Detection
from gnuradio.rfattn.telemetry.label_run import LabelRuns


def label_runs(detections):
    """The runs of all detections, in the order in which they end."""
    runs = LabelRuns()
    ended = [runs.add(detection) for detection in detections]
    return [run for run in ended if run is not None] + runs.end()


def detection(label="ft8", start=0, confidence=0.5, **fields):
    return Detection(label, confidence, {}, start, 100, **{"segment": 0} | fields)


def test_equal_neighbours_become_one():
    steps = [detection(c, 90 * i, 0.5 + i / 10) for i, c in enumerate("aaba")]
    found = [(run.first.label, run.steps, run.sample_count) for run in label_runs(steps)]
    assert found == [("a", 2, 190), ("b", 1, 100), ("a", 1, 100)]
    assert label_runs(steps)[0].confidence == pytest.approx(0.55)


@pytest.mark.parametrize(
    "change",
    [{"segment": 1}, {"label": "b"}, {"frequency": 2.0}, {"attention": "gqa"}, {"norm": "rmsnorm"}],
)
def test_what_ends_a_run(change):
    first, second = detection(), detection(start=100)
    assert len(label_runs([first, second])) == 1
    assert len(label_runs([first, dataclasses.replace(second, **change)])) == 2


def test_a_run_is_given_when_it_ends():
    runs = LabelRuns()
    assert runs.add(detection("a")) is None
    ended = runs.add(detection("b", 100, stream=0))
    assert ended.to_dict() == {
        "label": "a",
        "confidence": 0.5,
        "sample_start": 0,
        "sample_count": 100,
        "frequency": None,
        "segment": 0,
        "stream": 0,
        "steps": 1,
        "non_finite_tokens": 0,
    }
    assert [run.first.label for run in runs.open()] == ["b"]
    assert [run.first.label for run in runs.end()] == ["b"]
    assert runs.end() == runs.open() == []


def test_streams_do_not_cut_each_other():
    runs = LabelRuns()
    for start in (0, 100):
        assert runs.add(detection("a", start, stream=2**63)) is None
        assert runs.add(detection("b", start, stream=3)) is None
    assert [(run.first.stream, run.steps) for run in runs.end(3)] == [(3, 2)]
    assert runs.end(3) == []
    assert [(run.first.stream, run.steps) for run in runs.end()] == [(2**63, 2)]

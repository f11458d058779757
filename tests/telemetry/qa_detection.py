# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logits to detections, detections to messages and back, detections to annotations."""

import dataclasses
import subprocess
import sys

import numpy as np
import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.telemetry.annotation_merger import AnnotationMerger
from gnuradio.rfattn.telemetry.detection import Detection, from_logits, softmax
from gnuradio.rfattn.telemetry.messages import from_message, to_message

CLASSES = ("noise", "ft8", "wifi")
STEP = {"segment": 2, "sample_start": 4000, "sample_count": 256}


def detection(label="ft8", start=0, count=100, confidence=0.9, **fields):
    fields = {"segment": 0} | fields
    return Detection(label, confidence, {label: confidence}, start, count, **fields)


def test_the_largest_logit_is_the_label():
    found = from_logits(np.log(np.float32([1, 6, 3])), STEP, CLASSES)
    assert found.label == "ft8" and found.confidence == pytest.approx(0.6, abs=1e-7)
    assert found.probabilities == pytest.approx({"noise": 0.1, "ft8": 0.6, "wifi": 0.3}, abs=1e-7)
    assert (found.segment, found.sample_start, found.sample_count) == (2, 4000, 256)


@pytest.mark.parametrize(
    "known, time",
    [
        ({}, None),
        ({"rx_rate": 2000.0}, 2.0),
        ({"rx_rate": 2000.0, "rx_time": (1_700_000_000, 0.25)}, 1_700_000_000.25),
        ({"rx_time": (7, 0.5)}, 7.5),
    ],
)
def test_time_of_the_first_sample(known, time):
    assert from_logits(np.zeros(3), STEP | known, CLASSES).time == time


def test_what_is_unknown_is_absent():
    assert from_logits(np.zeros(3), STEP, CLASSES).to_dict().keys() == {
        "label",
        "confidence",
        "probabilities",
        "sample_start",
        "sample_count",
        "segment",
        "attention",
        "norm",
    }


def test_large_logits_stay_finite():
    np.testing.assert_allclose(softmax(np.array([1e4, 0, -1e4])), [1, 0, 0])


@pytest.mark.parametrize(
    "logits, message",
    [
        ([1.0, 2.0], "3 classes, got logits"),
        ([0.0, np.nan, 0.0], "logits must be finite, got .* at sample 4000"),
        ([0.0, np.inf, 0.0], "logits must be finite"),
    ],
)
def test_refusals(logits, message):
    with pytest.raises(ValueError, match=f"detection: {message}"):
        from_logits(logits, STEP, CLASSES)


def test_step_keys_are_those_of_the_tags():
    """detection.py names them itself, so that it needs no GNU Radio."""
    names = {name for name in vars(rfattn.tags) if name.startswith("KEY_")}
    keys = {getattr(rfattn.tags, name) for name in names}
    assert {"segment", "sample_start", "sample_count", "rx_time", "rx_rate", "rx_freq"} <= keys


def test_needs_neither_torch_nor_gnuradio():
    code = (
        "import sys\nfor name in ('torch', 'gnuradio.gr', 'pmt'): sys.modules[name] = None\n"
        "import gnuradio.rfattn.telemetry.annotation_merger"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_messages_give_the_detection_back():
    far = detection(start=2**63 + 1, time=1.5, frequency=1e9, sample_rate=2e6, attention="mla")
    for sent in (detection(), far):
        message = to_message(sent)
        assert from_message(message) == sent
        assert pmt.is_uint64(pmt.dict_ref(message, pmt.intern("sample_start"), pmt.PMT_NIL))


@pytest.mark.parametrize("value", [{}, {"label": "x"}, {"unknown": 1}, "text", 5])
def test_other_messages_are_refused(value):
    with pytest.raises(ValueError, match="not a detection"):
        from_message(pmt.to_pmt(value))


def merged(detections, **arguments):
    merger = AnnotationMerger(**arguments)
    for item in detections:
        merger.add(item)
    return [(a.start, a.count, a.label) for a in merger.annotations()]


def test_equal_neighbours_become_one():
    steps = [detection("a", 0), detection("a", 100), detection("b", 200), detection("a", 300)]
    assert merged(steps) == [(0, 200, "a"), (200, 100, "b"), (300, 100, "a")]


def test_steps_that_overlap_or_leave_samples_out_are_neighbours():
    assert merged([detection(start=0), detection(start=90)]) == [(0, 190, "ft8")]
    assert merged([detection(start=0), detection(start=110)]) == [(0, 210, "ft8")]


@pytest.mark.parametrize(
    "change", [{"segment": 1}, {"label": "b"}, {"frequency": 2.0}, {"attention": "gqa"}]
)
def test_what_ends_an_annotation(change):
    first, second = detection(start=0), detection(start=100)
    assert len(merged([first, second])) == 1
    assert len(merged([first, dataclasses.replace(second, **change)])) == 2


def test_low_confidence_is_left_out_and_ends_an_annotation():
    steps = [detection(start=0), detection(start=100, confidence=0.4), detection(start=200)]
    assert merged(steps, min_confidence=0.5) == [(0, 100, "ft8"), (200, 100, "ft8")]


@pytest.mark.parametrize(
    "known, is_real, edges",
    [
        ({"frequency": 1e8, "sample_rate": 2e6}, False, (99e6, 101e6)),
        ({"frequency": 14e6, "sample_rate": 12e3}, True, (14e6, 14.006e6)),
        ({"frequency": 1e8}, False, (None, None)),
        ({"sample_rate": 2e6}, False, (-1e6, 1e6)),
        ({"sample_rate": 12e3}, True, (0.0, 6e3)),
    ],
)
def test_band_edges(known, is_real, edges):
    merger = AnnotationMerger(is_real=is_real)
    merger.add(detection(**known))
    (annotation,) = merger.annotations()
    assert (annotation.freq_lower_edge, annotation.freq_upper_edge) == edges


def test_comment_says_how_sure_and_by_what():
    merger = AnnotationMerger()
    for confidence in (0.5, 1.0):
        merger.add(detection(confidence=confidence, attention="mla", norm="rmsnorm"))
    assert merger.annotations()[0].comment == (
        "confidence 0.75, mean of 2 steps by mla with rmsnorm"
    )

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logits to detections, detections to messages and back, detections to annotations."""

import dataclasses
import subprocess
import sys

import numpy as np
import pmt
import pytest
from gnuradio.rfattn.messages.as_pmt import from_message, to_message
from gnuradio.rfattn.messages.detection import Detection, from_logits, softmax
from gnuradio.rfattn.telemetry.annotation_merger import AnnotationMerger

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


def test_a_step_has_the_stream_of_its_tag():
    assert from_logits(np.zeros(3), STEP, CLASSES).stream == 0
    assert from_logits(np.zeros(3), STEP | {"stream": 2**60}, CLASSES).stream == 2**60


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
        "stream",
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


def test_needs_neither_torch_nor_gnuradio():
    code = (
        "import sys\nfor name in ('torch', 'gnuradio.gr', 'pmt'): sys.modules[name] = None\n"
        "import gnuradio.rfattn.telemetry.annotation_merger"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_messages_give_the_detection_back():
    known = {"time": 1.5, "frequency": 1e9, "sample_rate": 2e6, "attention": "mla", "stream": 7}
    far = detection(start=2**63 + 1, **known)
    for sent in (detection(), far):
        message = to_message(sent)
        assert from_message(message) == sent
        assert pmt.is_uint64(pmt.dict_ref(message, pmt.intern("sample_start"), pmt.PMT_NIL))


@pytest.mark.parametrize(
    "value, message",
    [
        ({"label": "x"}, "detections: confidence is missing"),
        ({"unknown": 1}, "detections: label is missing"),
        ("text", "not a dictionary: text"),
        (5, "not a dictionary: 5"),
    ],
)
def test_other_messages_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
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


def test_streams_do_not_cut_each_other():
    steps = [
        detection(label, start, stream=s) for start in (0, 100) for s, label in enumerate("ab")
    ]
    assert merged(steps) == [(0, 200, "a"), (0, 200, "b")]


@pytest.mark.parametrize("rates", [{"sample_rate": 2.4e6}, {"n_bands": 7}])
def test_samples_of_a_part_of_the_band_are_counted_in_those_of_all(rates):
    far = detection(start=2**52 + 1, count=100, sample_rate=2.4e6 / 7)
    assert merged([far], **rates) == [(7 * (2**52 + 1), 700, "ft8")]


def test_streams_of_different_rates_have_one_count():
    steps = [
        detection("all", 1000, sample_rate=1e6),
        detection("eighth", 125, 100, sample_rate=1.25e5, stream=1),
        detection("half", 500, 50, sample_rate=5e5, stream=2),
    ]
    expected = [(1000, 100, "all"), (1000, 800, "eighth"), (1000, 100, "half")]
    assert merged(steps) == expected  # counted in those of the first rate
    assert merged(steps, sample_rate=2e6) == [(2 * a, 2 * b, c) for a, b, c in expected]


def test_a_part_of_a_real_recording_has_its_band_on_both_sides():
    merger = AnnotationMerger(is_real=True, sample_rate=48e3)
    merger.add(detection(frequency=7e6, sample_rate=12e3))
    (annotation,) = merger.annotations()
    assert (annotation.freq_lower_edge, annotation.freq_upper_edge) == (6.994e6, 7.006e6)

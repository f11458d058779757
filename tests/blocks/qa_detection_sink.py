# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every item becomes a detection, in order."""

import numpy as np
import pytest
from gnuradio import gr, rfattn
from gnuradio.rfattn.messages.detection import from_logits

from step_streams import run, step_tag, vectors

CLASSES = ["a", "b", "c"]
N_STEPS = 3000  # several calls of work


def logits_source(n_steps=N_STEPS, tagged=None):
    logits = np.random.default_rng(5).normal(size=(n_steps, 3)).astype(np.float32)
    tagged = range(n_steps) if tagged is None else tagged
    tags = [step_tag(i, segment=0, sample_start=i, sample_count=1) for i in tagged]
    return logits, vectors(logits, tags)


def collect(source, sink, max_items=100_000_000):
    tb = gr.top_block()
    tb.connect(source, sink)
    run(tb, max_items)


def expected(logits):
    return [
        from_logits(row, {"segment": 0, "sample_start": i, "sample_count": 1}, CLASSES)
        for i, row in enumerate(logits)
    ]


@pytest.mark.parametrize("max_items", [100_000_000, 1])
def test_every_item_is_collected(max_items):
    logits, source = logits_source()
    sink = rfattn.detection_sink(CLASSES)
    collect(source, sink, max_items)
    assert sink.error is None and sink.detections == expected(logits)


def test_callback_instead_of_the_list():
    logits, source = logits_source(10)
    got = []
    sink = rfattn.detection_sink(CLASSES, got.append)
    collect(source, sink)
    assert got == expected(logits) and sink.detections == []


def test_an_item_without_a_step_ends_the_flowgraph():
    _, source = logits_source(10, tagged=range(4))
    sink = rfattn.detection_sink(CLASSES)
    collect(source, sink)
    assert str(sink.error) == "detection_sink: no rfattn:step tag on item 4"
    assert len(sink.detections) == 4


def test_a_callback_that_raises_ends_the_flowgraph():
    _, source = logits_source(10)

    def refuse(detection):
        raise OSError("disk full")

    sink = rfattn.detection_sink(CLASSES, refuse)
    collect(source, sink)
    assert isinstance(sink.error, OSError)


def test_no_classes():
    with pytest.raises(ValueError, match="detection_sink: classes must not be empty"):
        rfattn.detection_sink([])

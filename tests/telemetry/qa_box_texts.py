# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of boxes in a waterfall: what they are, and that they cover no other text and no box."""

import numpy as np
import pytest
from gnuradio.rfattn.messages.schema import read
from gnuradio.rfattn.telemetry.box_texts import box_text, place_texts

from page_messages import emission

AREA = (50.0, 0.0, 850.0, 400.0)
HEIGHT = 16.0


@pytest.mark.parametrize(
    "fields, text",
    [
        ({}, "#7  12 dB"),
        ({"nearest": [{"name": "LTE", "score": 0.7}]}, "#7  12 dB"),
        ({"label": "lora", "confidence": 0.99, "basis": "shape"}, "lora  12 dB"),
        ({"label": "unknown", "guess": "dmr", "confidence": 0.41}, "unknown (dmr? 0.41)  12 dB"),
        (
            {"label": "unknown", "family": "OFDM", "guess": "dvbt", "confidence": 0.3},
            "family OFDM (dvbt? 0.30)  12 dB",
        ),
        ({"snr_db": -3.4}, "#7  −3 dB"),
    ],
)
def test_a_text_is_the_label_or_the_id_and_the_snr(fields, text):
    assert box_text(read("emissions", {**emission(7), **fields})) == text


def overlap(a, b):
    """Common area of two rectangles."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def assert_clear(boxes, placed):
    """No text covers another, leaves the area, or covers a box that is apart from its own."""
    for number, place in placed.items():
        assert place[0] >= AREA[0] and place[1] >= AREA[1]
        assert place[2] <= AREA[2] and place[3] <= AREA[3]
        for other, taken in placed.items():
            assert other == number or overlap(place, taken) == 0.0
        for other, box in enumerate(boxes):
            if other != number and overlap(boxes[number], box) == 0.0:
                assert overlap(place, box) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_texts_cover_neither_each_other_nor_boxes_apart_from_their_own(seed):
    rng = np.random.default_rng(seed)
    left, top = rng.uniform(20, 840, 30), rng.uniform(-20, 390, 30)
    width, height = rng.choice([4.0, 10.0, 200.0], 30), rng.choice([4.0, 60.0, 400.0], 30)
    boxes = np.clip(
        np.transpose([left, top, left + width, top + height]), AREA[:2] * 2, AREA[2:] * 2
    )
    widths = rng.uniform(40, 200, 30)
    texts = [(number, widths[number]) for number in rng.permutation(30)]
    placed = place_texts(boxes, texts, AREA, HEIGHT)
    assert_clear(boxes, placed)
    assert len(placed) >= 5
    for number, text_width in texts:
        if number in placed:
            found = placed[number]
            assert found[2] - found[0] == pytest.approx(text_width)
            assert found[3] - found[1] == pytest.approx(HEIGHT)


@pytest.mark.parametrize(
    "boxes, expected",
    [
        ([(100, 50, 300, 200)], (101, 51, 181, 67)),  # in a wide box
        ([(100, 50, 104, 200)], (106, 51, 186, 67)),  # beside a narrow one
        ([(820, 50, 824, 200)], (738, 51, 818, 67)),  # on its left, at the right edge
        ([(100, 50, 104, 200), (130, 0, 134, 60)], (106, 67, 186, 83)),  # below the other's end
        ([(60, 50, 64, 200), (80, 0, 84, 400)], None),
        # Between two others, across its own: 40 pixels on either side of its middle.
        ([(100, 0, 104, 400), (50, 0, 54, 400), (150, 0, 154, 400)], (62, 1, 142, 17)),
    ],
)
def test_where_a_text_stands(boxes, expected):
    placed = place_texts(boxes, [(0, 80.0)], AREA, HEIGHT)
    assert placed == ({} if expected is None else {0: pytest.approx(expected)})


def test_a_box_within_a_wide_one_keeps_its_text():
    boxes = [(60, 0, 840, 400), (300, 100, 304, 120)]
    placed = place_texts(boxes, [(1, 80.0), (0, 80.0)], AREA, HEIGHT)
    assert placed == {1: (306, 101, 386, 117), 0: (61, 1, 141, 17)}


def test_the_first_chooses_first():
    boxes = [(200, 100, 204, 104), (200, 106, 204, 110)]
    for first, second in ((0, 1), (1, 0)):
        placed = place_texts(boxes, [(first, 80.0), (second, 80.0)], AREA, HEIGHT)
        assert [placed[number][0] for number in (first, second)] == [206, 118]
        assert_clear(boxes, placed)


def test_without_boxes_there_are_no_texts():
    assert place_texts([], [], AREA, HEIGHT) == {}

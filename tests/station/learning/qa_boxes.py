# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes: their overlap, the matching and what a score counts."""

import numpy as np
import pytest
from gnuradio.rfattn_station.learning.boxes import Box, iou, match, score

TRUTH = [Box(0, 100, 0, 10, 1), Box(200, 100, 0, 10, 1), Box(0, 300, 50, 60, 2)]


def test_iou_is_the_shared_over_the_joint_area():
    a = [Box(0, 10, 0, 10)]
    b = [Box(0, 10, 0, 10), Box(5, 10, 0, 10), Box(5, 10, 5, 15), Box(10, 5, 0, 10)]
    # Halves share 50 of 150, quarters 25 of 175; boxes that only meet share nothing.
    np.testing.assert_allclose(iou(a, b), [[1, 1 / 3, 1 / 7, 0]])


def test_the_matching_has_the_largest_sum_one_to_one():
    # The first row would rather have column 0, but then the second has nothing.
    assert match(np.array([[0.6, 0.5], [0.55, 0.0], [0.0, 0.0]])).tolist() == [1, 0, -1]
    assert match(np.zeros((2, 0))).tolist() == [-1, -1]


def test_the_matching_by_groups_equals_the_matching_of_all():
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(1)
    values = rng.random((40, 50)) * (rng.random((40, 50)) < 0.05)
    i, j = linear_sum_assignment(values, maximize=True)
    matched = match(values)
    assert values[matched >= 0, matched[matched >= 0]].sum() == pytest.approx(values[i, j].sum())


def test_a_score_of_pieces_a_late_box_and_a_false_one():
    found = [
        Box(0, 50, 0, 10, 5),
        Box(50, 50, 0, 10, 6),
        Box(190, 100, 0, 12, 6),
        Box(900, 10, 0, 10, 9),
    ]
    result = score(TRUTH, found)
    assert result.touched.tolist() == [True, True, False]
    # 900 shared of 1200 + 1000 - 900.
    np.testing.assert_allclose(result.iou, [0.5, 900 / 1300, 0])
    assert result.recall(0.5) == pytest.approx(2 / 3)
    assert result.recall(0.6) == pytest.approx(1 / 3)
    assert result.precision(0.5) == 0.5
    assert result.pieces.tolist() == [2, 1, 0]
    assert result.emissions_per_truth == 2.0
    assert result.false_emissions == 1
    np.testing.assert_allclose(result.centre_error, [0, 0.1, np.nan])
    np.testing.assert_allclose(result.width_ratio, [1, 1.2, np.nan])
    np.testing.assert_allclose(result.start_error[1:], [-0.1, np.nan])
    np.testing.assert_allclose(result.end_error[1:], [-0.1, np.nan])


def test_a_box_over_two_true_ones_joins_them():
    result = score(TRUTH, [Box(0, 300, 0, 10, 1)])
    assert result.truths.tolist() == [2]
    assert result.touched.tolist() == [True, True, False]
    assert result.recall(0.3) == pytest.approx(1 / 3)


def test_an_emission_with_one_box_on_a_true_one_is_not_false():
    result = score(TRUTH, [Box(0, 100, 0, 10, 4), Box(900, 10, 0, 10, 4)])
    assert result.false_emissions == 0


@pytest.mark.parametrize(("truth", "found"), [(TRUTH, []), ([], TRUTH), ([], [])])
def test_a_score_without_truth_or_without_boxes(truth, found):
    result = score(truth, found)
    assert len(result.touched) == len(truth)
    assert result.precision(0.5) == 0.0

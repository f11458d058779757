# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thresholds and figures of models for emissions, on probabilities made by hand."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.doubt import Doubt
from gnuradio.rfattn.train.data import UNKNOWN, Tokens
from gnuradio.rfattn.train.emission_report import judge_emissions
from gnuradio.rfattn.train.thresholds import (
    GRID,
    choose_thresholds,
    family_probabilities,
)

CLASSES = ("dmr", "dpmr", "tpms", UNKNOWN)
FAMILIES = {"dmr": "digital voice", "dpmr": "digital voice", "tpms": "FSK packets"}


def row(**shares):
    """Probabilities of these classes; the rest is shared by the others."""
    rest = (1.0 - sum(shares.values())) / (len(CLASSES) - len(shares))
    return [shares.get(name, rest) for name in CLASSES]


def thresholds(rows, labels):
    return choose_thresholds(np.array(rows), labels, CLASSES, FAMILIES)


def test_a_threshold_lies_above_the_wrong_answers():
    rows = [row(dmr=0.9)] * 9 + [row(dmr=0.605)] * 9
    labels = ["dmr"] * 9 + ["tpms"] * 9
    found = thresholds(rows, labels)[0]
    assert found == {"dmr": pytest.approx(0.61), "dpmr": pytest.approx(0.61), "tpms": found["dpmr"]}


def test_one_wrong_answer_in_ten_is_allowed():
    rows, labels = [row(dmr=0.8)] * 10, ["dmr"] * 9 + ["tpms"]
    assert thresholds(rows, labels)[0]["dmr"] == GRID[0]
    assert thresholds(rows, ["dmr"] * 8 + ["tpms"] * 2)[0]["dmr"] == pytest.approx(0.81)


def test_an_emission_counts_by_its_weight():
    rows, labels = np.array([row(dmr=0.8)] * 10), ["dmr"] * 9 + ["tpms"]

    def found(*weights):
        return choose_thresholds(rows, labels, CLASSES, FAMILIES, np.array(weights))[0]["dmr"]

    assert found(*[2.0] * 10) == GRID[0]
    assert found(*[1.0] * 9, 3.0) == pytest.approx(0.81)  # 9 of 12, and 7.5 of 10 of all


def test_few_answers_for_a_class_count_with_those_for_all():
    rows = [row(dmr=0.905)] * 97 + [row(tpms=0.905)] * 3
    # Of all answers 97 in 100 are right, of those for tpms none: (20 * 0.97) in 23.
    labels = ["dmr"] * 100
    found = thresholds(rows, labels)[0]
    assert found["dmr"] == found["dpmr"] == GRID[0] and found["tpms"] == pytest.approx(0.91)
    # With one wrong answer for tpms: (20 * 0.99) in 21.
    rows = [row(dmr=0.9)] * 99 + [row(tpms=0.9)]
    assert thresholds(rows, labels)[0]["tpms"] == GRID[0]


def test_emissions_of_no_class_are_wrong_answers_where_they_get_a_label():
    rows = [row(dmr=0.9)] * 8 + [row(dmr=0.5)] * 2 + [row(unknown=0.9)] * 50
    labels = ["dmr"] * 8 + [UNKNOWN] * 52
    assert thresholds(rows, labels)[0]["dmr"] == pytest.approx(0.51)


def test_a_class_that_is_never_answered_has_the_threshold_of_all():
    found, _ = thresholds([row(dmr=0.9)], ["dmr"])
    assert found == {"dmr": GRID[0], "dpmr": GRID[0], "tpms": GRID[0]}


def test_where_no_value_suffices_the_highest_is_taken():
    assert thresholds([row(dmr=0.99)], ["tpms"])[0]["dmr"] == pytest.approx(GRID[-1])


def test_a_family_is_sure_where_its_classes_are_not():
    rows = [row(dmr=0.45, dpmr=0.45)] * 2 + [row(dmr=0.3, dpmr=0.305, tpms=0.2)]
    _, family = thresholds(rows, ["dmr", "dpmr", "tpms"])
    assert family == pytest.approx(0.61)
    sums, names = family_probabilities(np.array(rows), CLASSES, FAMILIES)
    assert names == ["FSK packets", "digital voice"]
    np.testing.assert_allclose(sums, [[0.05, 0.9], [0.05, 0.9], [0.2, 0.605]])


def test_without_families_their_threshold_is_the_highest():
    assert choose_thresholds(np.array([row(dmr=0.9)]), ["dmr"], CLASSES, {})[1] == GRID[-1]


def tokens(file, label, count=8):
    return Tokens(file, label, file, np.zeros((count, 1)), np.zeros(count, np.int64))


@pytest.fixture(scope="module")
def figures():
    answers = [
        (row(dmr=0.9), tokens("a", "dmr")),  # right
        (row(dmr=0.6), tokens("a", "dmr", 24)),  # right guess, and unknown
        (row(dmr=0.45, dpmr=0.45, tpms=0.05), tokens("b", "dpmr")),  # the family
        (row(tpms=0.8), tokens("c", "dpmr")),  # wrong
        (row(tpms=0.5), tokens("d", UNKNOWN)),  # refused
        (row(tpms=0.9), tokens("e", UNKNOWN)),  # not refused
    ]
    doubt = Doubt(FAMILIES, {"dmr": 0.7, "dpmr": 0.7, "tpms": 0.7}, 0.85)
    rows, cuts = zip(*answers, strict=True)
    return judge_emissions(np.array(rows), cuts, CLASSES, doubt)


def test_figures_by_emission(figures):
    emissions = figures["emissions"]
    assert {k: v for k, v in emissions.items() if k != "per_class"} == {
        "count": 4,
        "right": 0.25,
        "unknown": 0.5,
        "family": 0.25,
        "wrong": 0.25,
        "guess": 0.5,
        "other": 2,
        "other_refused": 0.5,
    }
    assert emissions["per_class"] == {
        "dmr": {"dmr": 1, UNKNOWN: 1},
        "dpmr": {"family digital voice": 1, "tpms": 1},
        UNKNOWN: {UNKNOWN: 1, "tpms": 1},
    }


def test_a_recording_has_the_mean_of_its_emissions_by_their_tokens(figures):
    recordings = figures["recordings"]
    assert recordings["count"] == 3 and recordings["right"] == 0.0
    first = recordings["answers"][0]
    assert (first["file"], first["true"], first["guess"]) == ("a", "dmr", "dmr")
    # 8 tokens at 0.9 and 24 at 0.6.
    assert first["confidence"] == pytest.approx(0.675) and first["label"] == UNKNOWN


def test_unknown_without_a_family_is_no_right_family():
    doubt = Doubt({}, {"dmr": 0.95}, None)
    found = judge_emissions(np.array([row(dmr=0.9)]), [tokens("a", "dmr")], CLASSES, doubt)
    assert found["emissions"]["family"] == 0.0 and found["emissions"]["unknown"] == 1.0

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
    DEFAULT,
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
    assert thresholds(rows, labels)[0]["dmr"] == pytest.approx(0.61)


def test_one_wrong_answer_in_ten_is_allowed():
    rows, labels = [row(dmr=0.8)] * 10, ["dmr"] * 10
    assert thresholds(rows, labels)[0]["dmr"] == GRID[0]
    # Of two labels a half each: 1 of 5 tpms is a share of 0.2 / 1.2 of the answers.
    rows += [row(dmr=0.7), *[row(tpms=0.7)] * 4]
    labels += ["tpms"] * 5
    assert thresholds(rows, labels)[0]["dmr"] == pytest.approx(0.71)
    # 1 of 10 tpms: 0.1 / 1.1.
    rows += [row(tpms=0.7)] * 5
    labels += ["tpms"] * 5
    assert thresholds(rows, labels)[0]["dmr"] == GRID[0]


def test_a_label_counts_the_same_however_many_emissions_it_has():
    rows = [row(dmr=0.9), row(dmr=0.5)]
    few = thresholds(rows, ["dmr", UNKNOWN])[0]["dmr"]
    many = thresholds([rows[0]] * 100 + [rows[1]], ["dmr"] * 100 + [UNKNOWN])[0]["dmr"]
    assert few == many == pytest.approx(0.51)


def test_emissions_of_no_class_count_a_quarter_of_all_others():
    rows = [row(dmr=0.9), row(dmr=0.5), row(tpms=0.9), row(dpmr=0.9)]
    labels = ["dmr", UNKNOWN, "tpms", "dpmr"]
    # Right 1 of 1 + 0.25 * 3.
    assert thresholds(rows, labels)[0]["dmr"] == pytest.approx(0.51)
    # Of twelve emissions of no class one is answered: 1 of 1 + 0.75 / 12, and 3 of 3 + 0.75 / 12.
    rows += [row(unknown=0.9)] * 11
    assert thresholds(rows, labels + [UNKNOWN] * 11)[0]["dmr"] == GRID[0]


def test_all_answers_together_raise_every_threshold():
    rows = [row(dmr=0.9)] * 10 + [row(dmr=0.4)] + [row(tpms=0.9)] * 9
    labels = ["dmr"] * 10 + ["tpms"] * 10
    # For dmr 1 of 1.1 is right; for all 1.9 of 2.
    assert thresholds(rows, labels)[0] == {"dmr": GRID[0], "dpmr": DEFAULT, "tpms": GRID[0]}
    rows[9], labels[9] = row(tpms=0.45), "dmr"
    found = thresholds(rows, labels)[0]  # 1.8 of 2: both wrong answers are left out
    assert found["dmr"] == found["tpms"] == pytest.approx(0.46)


def test_a_class_that_is_never_answered_has_the_default():
    found, _ = thresholds([row(dmr=0.9)], ["dmr"])
    assert found == {"dmr": GRID[0], "dpmr": DEFAULT, "tpms": DEFAULT}


def test_where_no_value_suffices_the_highest_is_taken():
    assert thresholds([row(dmr=0.99)], ["tpms"])[0]["dmr"] == pytest.approx(GRID[-1])


def test_a_family_is_sure_where_its_classes_are_not():
    rows = [row(dmr=0.45, dpmr=0.45)] * 2 + [row(dmr=0.3, dpmr=0.305, tpms=0.2)]
    _, family = thresholds(rows, ["dmr", "dpmr", "tpms"])
    assert family == pytest.approx(0.61)
    sums, names = family_probabilities(np.array(rows), CLASSES, FAMILIES)
    assert names == ["FSK packets", "digital voice"]
    np.testing.assert_allclose(sums, [[0.05, 0.9], [0.05, 0.9], [0.2, 0.605]])


def test_without_families_their_threshold_is_the_default():
    assert choose_thresholds(np.array([row(dmr=0.9)]), ["dmr"], CLASSES, {})[1] == DEFAULT


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

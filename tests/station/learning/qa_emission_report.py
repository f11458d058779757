# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of models for emissions, on probabilities made by hand."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn_station.learning.emission_report import judge_emissions
from gnuradio.rfattn_station.learning.fit_decision import Observed

from cut_sets import cut_of

CLASSES = ("dmr", "dpmr", "tpms", UNKNOWN)
FAMILIES = {"dmr": "digital voice", "dpmr": "digital voice", "tpms": "FSK packets"}


def row(**shares):
    """Probabilities of these classes; the rest is shared by the others."""
    rest = (1.0 - sum(shares.values())) / (len(CLASSES) - len(shares))
    return [shares.get(name, rest) for name in CLASSES]


def of_cut(file, label, shares, count=8):
    """What a model makes of a cut."""
    seen = Observed(label, np.log(row(**shares)), Facts(12e3))
    return seen, cut_of("other", file, file=file, count=count)


def judged(cuts, decision):
    return judge_emissions(*zip(*cuts, strict=True), CLASSES, decision)


@pytest.fixture(scope="module")
def figures():
    cuts = [
        of_cut("a", "dmr", {"dmr": 0.9}),  # right
        of_cut("a", "dmr", {"dmr": 0.6}, 24),  # right guess, and unknown
        of_cut("b", "dpmr", {"dmr": 0.45, "dpmr": 0.45, "tpms": 0.05}),  # the family
        of_cut("c", "dpmr", {"tpms": 0.8}),  # wrong
        of_cut("d", UNKNOWN, {"tpms": 0.5}),  # refused
        of_cut("e", UNKNOWN, {"tpms": 0.9}),  # not refused
    ]
    return judged(cuts, Decision(FAMILIES, threshold=0.7, family_threshold=0.85))


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
    found = judged([of_cut("a", "dmr", {"dmr": 0.9})], Decision(threshold=0.95))
    assert found["emissions"]["family"] == 0.0 and found["emissions"]["unknown"] == 1.0

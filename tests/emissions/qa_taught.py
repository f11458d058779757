# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taught classes: their scores, when they take the place of a label, and what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.taught import Near, TaughtClass, check_taught, in_octaves

NAMES = ("ook_srd", "tpms", "unknown")
LOGS = np.log([0.5, 0.25, 0.25])
GATE = TaughtClass(
    "gate", ("ook_srd",), {"ook_srd": 0.0, "tpms": 2.0, "unknown": 0.0}, {}, 4.0, ("other_rate",)
)
FACTS = Facts(16e3, burst_s=0.5, burst_count=2, symbol_rate=1000.0)


def test_the_score_is_linear_in_the_logarithms():
    score = float(GATE.scores(NAMES, LOGS[None], in_octaves([FACTS]))[0])
    assert score == pytest.approx(2.0 * math.log(0.25) + 4.0)
    assert GATE.probability(NAMES, LOGS, FACTS) == pytest.approx(1.0 / (1.0 + math.exp(-score)))


@pytest.mark.parametrize(
    ("width_hz", "expected"),
    [(16e3, -2.0), (32e3, 0.0), (8e3, 0.0), (1.6e12, 2.0)],
)
def test_a_measurement_counts_by_its_distance_from_the_nearest(width_hz, expected):
    near = {"width_hz": Near([16e3, 16e6], 1.0, -0.5)}
    taught = replace(GATE, near=near)
    flat = GATE.scores(NAMES, LOGS[None], in_octaves([FACTS]))[0]
    found = taught.scores(NAMES, LOGS[None], in_octaves([replace(FACTS, width_hz=width_hz)]))[0]
    assert found - flat == pytest.approx(-0.5 * expected, abs=2e-2)


def test_a_measurement_that_is_missing_does_not_count():
    near = {"symbol_rate": Near(1000.0, 0.1, -3.0), "burst_s": Near(0.5, 0.1, -3.0)}
    taught = replace(GATE, near=near)
    missing = replace(FACTS, symbol_rate=None, burst_count=0)
    assert np.isnan(in_octaves([missing])[0, 1:]).all()
    scores = [
        one.scores(NAMES, LOGS[None], in_octaves([missing]))[0].item() for one in (GATE, taught)
    ]
    assert scores[0] == scores[1]


def refined(label, *taught, threshold=0.5, facts=FACTS):
    verdict = Verdict(label, "OOK", "ook_srd", 0.5)
    decision = Decision(threshold=threshold, taught=taught)
    return verdict, decision.refine(verdict, NAMES, LOGS, facts)


@pytest.mark.parametrize("label", ["ook_srd", "tpms", "unknown"])
def test_a_probable_class_takes_the_place_of_the_label(label):
    _, found = refined(label, GATE)
    assert (found.label, found.family, found.guess) == ("gate", "OOK", "gate")
    assert found.confidence == GATE.probability(NAMES, LOGS, FACTS)


def test_frames_count_more_unless_the_examples_had_them():
    facts = replace(FACTS, frames="DMR")
    verdict, found = refined("dmr", GATE, facts=facts)
    assert found is verdict
    assert refined("dmr", replace(GATE, parents=("dmr",)), facts=facts)[1].label == "gate"
    assert refined("ook_srd", GATE, facts=facts)[1].label == "gate"  # frames of another class


def test_the_probability_must_reach_the_threshold():
    verdict, found = refined("ook_srd", GATE, threshold=0.8)
    assert found is verdict  # 0.77


def test_the_most_probable_of_several_is_named():
    bell = replace(GATE, name="bell", bias=5.0)
    assert refined("ook_srd", GATE, bell)[1].label == "bell"
    assert refined("ook_srd", bell, GATE)[1].label == "bell"


def test_a_contract_states_them():
    near = {"width_hz": Near(16e3, 1.0, -0.5)}
    stated = [replace(GATE, near=near).to_dict()]
    assert check_taught({"taught": stated}, NAMES) is None
    assert Decision.of_contract({"taught": stated}).taught == (replace(GATE, near=near),)
    assert Decision.of_contract({}).taught == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a\nb"}, "taught: name must be printable text of at most 100 characters"),
        ({"parents": ["dmr"]}, "taught: parents must be classes of the model, got ['dmr']"),
        ({"weights": {"tpms": 1.0}}, "taught: weights must have a number for each class"),
        ({"weights": dict.fromkeys(NAMES, "x")}, "taught: weights and bias must be finite numbers"),
        ({"bias": math.nan}, "taught: weights and bias must be finite numbers, got nan"),
        ({"near": {"snr_db": {}}}, "taught: near must be of width_hz, burst_s, symbol_rate"),
        ({"near": {"burst_s": {}}}, "taught: near: burst_s must have middle, octaves and weight"),
        (
            {"near": {"burst_s": {"middle": [], "octaves": 1.0, "weight": 1.0}}},
            "taught: near: middle and octaves of burst_s must be above 0",
        ),
        ({"evidence": ["x"]}, "taught: evidence must be of frames, no_frames, other_rate"),
        ({"more": 1}, "taught: a class must have the keys bias, evidence, name, near, parents"),
    ],
)
def test_refusals(changes, message):
    found = check_taught({"taught": [GATE.to_dict() | changes]}, NAMES)
    assert found.startswith(message)


def test_names_must_differ():
    assert (
        check_taught({"taught": [GATE.to_dict()] * 2}, NAMES) == "taught: names must be different"
    )
    assert check_taught({"taught": 1}, NAMES) == "taught must be a list, got 1"

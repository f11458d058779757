# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How evidence adds up, and when a class is named, when a family, and when neither."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.decision import Decision, Verdict, basis, check_decision
from gnuradio.rfattn.emissions.evidence import KINDS, Facts
from gnuradio.rfattn.messages.label_text import label_text

FAMILIES = {"dmr": "voice", "ysf": "voice", "ais": "packets", "noise": "voice", "unknown": "voice"}


def decide(probabilities, **changes):
    given = {"families": FAMILIES, "threshold": 0.6, "family_threshold": 0.7} | changes
    found = Decision(**given).decide(probabilities)
    return found.label, found.family, found.guess, found.confidence


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"dmr": 0.6, "ais": 0.4}, ("dmr", "voice", "dmr", 0.6)),
        ({"dmr": 0.5, "ysf": 0.2, "ais": 0.3}, ("unknown", "voice", "dmr", 0.5)),
        ({"dmr": 0.5, "ysf": 0.1, "ais": 0.4}, ("unknown", None, "dmr", 0.5)),
        ({"lora": 0.9, "dmr": 0.1}, ("lora", None, "lora", 0.9)),  # without a family
        # Neither the class "unknown" nor "noise" is part of a family.
        ({"unknown": 0.6, "dmr": 0.4}, ("unknown", None, "dmr", 0.4)),
        ({"unknown": 0.3, "dmr": 0.5, "ysf": 0.2}, ("unknown", "voice", "dmr", 0.5)),
        ({"noise": 0.3, "dmr": 0.5, "ysf": 0.1, "ais": 0.1}, ("unknown", None, "dmr", 0.5)),
        ({"unknown": 0.4, "dmr": 0.35, "ysf": 0.35}, ("unknown", "voice", "dmr", 0.35)),
        ({"unknown": 1.0}, ("unknown", None, "unknown", 1.0)),
    ],
)
def test_the_verdict(probabilities, expected):
    assert decide(probabilities) == expected


def test_without_a_threshold_no_family_is_named():
    probabilities = {"dmr": 0.5, "ysf": 0.4, "ais": 0.1}
    for least, family in ((0.9, "voice"), (0.91, None), (None, None)):
        assert decide(probabilities, family_threshold=least)[:2] == ("unknown", family)


def test_the_user_replaces_both_thresholds():
    contract = {"families": FAMILIES, "decision": {"threshold": 0.6, "family_threshold": 0.7}}
    probabilities = {"dmr": 0.5, "ysf": 0.3, "ais": 0.2}
    for least, expected in (
        (None, ("unknown", "voice")),
        (0.0, ("dmr", "voice")),
        (0.9, ("unknown", None)),
    ):
        found = Decision.of_contract(contract, least).decide(probabilities)
        assert (found.label, found.family) == expected


def test_without_a_decision_the_most_probable_class_is_named():
    decision = Decision.of_contract({})
    assert decision.decide({"dmr": 0.4, "ais": 0.3, "ysf": 0.3}).label == "dmr"
    logs, found = np.log([0.4, 0.6]), np.ones((len(KINDS), 2))
    np.testing.assert_allclose(decision.probabilities(("dmr", "ais"), logs, found), [0.4, 0.6])


def test_the_sum_of_the_evidence():
    names = "ais", "dmr", "unknown"
    decision = Decision(weights={"model": 0.5, "unknown": 1.0, "frames": 0.3, "out_of_range": -0.5})
    found = np.zeros((len(KINDS), 3))
    found[list(KINDS).index("frames")] = 2, 0, 0  # whatever its weight is
    found[list(KINDS).index("out_of_range")] = 1, 1, 0
    found[list(KINDS).index("other_rate")] = 0, 9, 0  # has no weight
    logs = np.log([0.1, 0.5, 0.4])
    scores = 0.5 * logs + [2.0 - 0.5, -0.5, 1.0]
    expected = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(decision.probabilities(names, logs, found), expected)
    both = decision.probabilities(names, np.stack([logs, logs]), np.stack([found, 0 * found]))
    np.testing.assert_allclose(both[0], expected)
    assert both[1, 0] < expected[0]


def test_missing_frames_count_in_full():
    names = "ais", "dmr", "unknown"
    found = np.zeros((len(KINDS), 3))
    found[list(KINDS).index("no_frames")] = np.log([0.1, 1.0, 1.0])
    logs = np.log([0.5, 0.3, 0.2])
    for weight, expected in ((0.5, [0.05, 0.3, 0.2]), (1.0, [0.05, 0.3, 0.2]), (0.0, np.exp(logs))):
        values = Decision(weights={"no_frames": weight}).probabilities(names, logs, found)
        np.testing.assert_allclose(values, np.divide(expected, sum(expected)))


def test_a_class_whose_frames_are_missing_gives_its_family_alone():
    decision = Decision({"dmr": "voice", "ais": "packets"}, threshold=0.5)
    likely = {"dmr": 0.8, "ais": 0.1, "unknown": 0.1}
    assert decision.decide(likely, ["dmr"]) == Verdict("unknown", "voice", "dmr", 0.8)
    assert decision.decide(likely, ["ais"]) == Verdict("dmr", "voice", "dmr", 0.8)
    doubtful = {"dmr": 0.4, "ais": 0.3, "unknown": 0.3}
    assert decision.decide(doubtful, ["dmr"]) == Verdict("unknown", None, "dmr", 0.4)


@pytest.mark.parametrize(
    ("label", "frames", "symbol_rate", "expected"),
    [
        ("ais", "AIS", None, "proved"),
        ("dmr", "DMR", 4800.0, "proved"),
        ("dmr", "AIS", 4810.0, "rate"),
        ("dmr", None, 9600.0, "shape"),
        ("lora", None, 4800.0, "shape"),  # has no rates
    ],
)
def test_what_a_label_stands_on(label, frames, symbol_rate, expected):
    assert basis(label, Facts(10e3, symbol_rate=symbol_rate, frames=frames)) == expected


def test_the_unframed_share_of_classes_with_frames_is_unknown():
    names = ("dmr", "ssb", "unknown")
    nothing = np.zeros((len(KINDS), 3))
    decision = Decision(unframed_share=0.25)
    logs = np.log([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    found = decision.probabilities(names, logs, np.stack([nothing] * 2))
    np.testing.assert_allclose(found, [[0.6, 0.1, 0.3], [0.075, 0.8, 0.125]])
    known = decision.probabilities(names[:2], np.log([0.8, 0.2]), nothing[:, :2])
    np.testing.assert_allclose(known, [0.8, 0.2])


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ({}, None),
        (
            {
                "families": {"dmr": "voice"},
                "decision": {
                    "weights": {"model": 0.9, "unknown": 2, "frames": 7.5, "other_rate": -2},
                    "unframed_share": 0.1,
                    "threshold": 0.8,
                    "family_threshold": 1,
                },
            },
            None,
        ),
        ({"families": ["dmr"]}, "families must be an object, got ['dmr']"),
        ({"families": {"dmr": ""}}, "families: dmr must be a name, got ''"),
        ({"families": {"lora": "chirps"}}, "families: the model has no lora"),
        ({"decision": 5}, "decision must be an object, got 5"),
        ({"decision": {"weights": [1]}}, "decision: weights must be an object, got [1]"),
        ({"decision": {"weights": {"luck": 1}}}, "decision: weights: there is no evidence luck"),
        (
            {"decision": {"weights": {"frames": True}}},
            "decision: weight of frames must be from -100 to 100, got True",
        ),
        ({"decision": {"threshold": 1.5}}, "decision: threshold must be from 0 to 1, got 1.5"),
        (
            {"decision": {"unframed_share": 0.95}},
            "decision: unframed_share must be from 0 to 0.9, got 0.95",
        ),
        (
            {"decision": {"family_threshold": "high"}},
            "decision: family_threshold must be from 0 to 1, got 'high'",
        ),
        (
            {"thresholds": {"dmr": 0.5}},
            "thresholds by class are of an earlier version: train the model again",
        ),
    ],
)
def test_what_a_contract_may_state(contract, message):
    assert check_decision(contract, ["dmr", "ais"]) == message


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ((None, None, None, None), None),
        (("dmr", "voice", "dmr", 0.934), "dmr 0.93"),
        (("dmr", "voice", None, None, "proved"), "dmr (proved)"),
        (("unknown", None, "dmr", 0.41), "unknown (dmr? 0.41)"),
        (("unknown", "FSK packets", "tpms", 0.5), "family FSK packets (tpms? 0.50)"),
        (("unknown", None, "unknown", 1.0), "unknown"),
        (("unknown", None, "dmr", 0.1), "unknown (dmr? 0.10)"),
        (("unknown", None, "dmr", 0.09), "unknown"),
        (("unknown", "FSK packets", "tpms", 0.09), "family FSK packets"),
    ],
)
def test_the_text(fields, text):
    assert label_text(*fields) == text

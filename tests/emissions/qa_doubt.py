# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a class is named, when a family, and when neither."""

import pytest
from gnuradio.rfattn.emissions.doubt import Doubt, check_doubt
from gnuradio.rfattn.messages.label_text import label_text

FAMILIES = {"dmr": "voice", "ysf": "voice", "ais": "packets", "noise": "voice", "unknown": "voice"}
THRESHOLDS = {"dmr": 0.6, "family:voice": 0.7}


def decide(probabilities, **changes):
    doubt = Doubt(**({"families": FAMILIES, "thresholds": THRESHOLDS} | changes))
    found = doubt.decide(probabilities)
    return found.label, found.family, found.guess, found.confidence


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"dmr": 0.6, "ais": 0.4}, ("dmr", "voice", "dmr", 0.6)),
        ({"dmr": 0.5, "ysf": 0.2, "ais": 0.3}, ("unknown", "voice", "dmr", 0.5)),
        ({"dmr": 0.5, "ysf": 0.1, "ais": 0.4}, ("unknown", None, "dmr", 0.5)),
        # "ais" has no threshold, "lora" no family.
        ({"dmr": 0.3, "ais": 0.4, "ysf": 0.3}, ("ais", "packets", "ais", 0.4)),
        ({"lora": 0.9, "dmr": 0.1}, ("lora", None, "lora", 0.9)),
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


def test_one_threshold_for_all_families():
    probabilities = {"ais": 0.55, "dmr": 0.45}
    thresholds = {"ais": 0.9}
    for common, family in ((0.5, "packets"), (0.6, None), (None, None)):
        found = decide(probabilities, thresholds=thresholds, family_threshold=common)
        assert found[:2] == ("unknown", family)


def test_the_user_replaces_all_thresholds():
    probabilities = {"dmr": 0.5, "ysf": 0.3, "ais": 0.2}
    for least, expected in ((0.0, ("dmr", "voice")), (0.8, ("unknown", "voice"))):
        assert decide(probabilities, min_confidence=least)[:2] == expected
    assert decide(probabilities, min_confidence=0.9)[:2] == ("unknown", None)


def test_without_thresholds_the_most_probable_class_is_named():
    assert Doubt().decide({"dmr": 0.4, "ais": 0.3, "ysf": 0.3}).label == "dmr"


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ({}, None),
        ({"families": {"dmr": "voice"}, "thresholds": {"dmr": 1, "family:voice": 0.5}}, None),
        ({"families": ["dmr"]}, "families must be an object, got ['dmr']"),
        ({"families": {"dmr": ""}}, "families: dmr must be a name, got ''"),
        ({"families": {"lora": "chirps"}}, "families: the model has no lora"),
        ({"thresholds": {"dmr": 1.5}}, "thresholds: dmr must be from 0 to 1, got 1.5"),
        ({"thresholds": {"dmr": True}}, "thresholds: dmr must be from 0 to 1, got True"),
        ({"thresholds": {"family:voice": 0.5}}, "thresholds: the model has no family:voice"),
        ({"family_threshold": "high"}, "family_threshold must be from 0 to 1, got 'high'"),
    ],
)
def test_what_a_contract_may_state(contract, message):
    assert check_doubt(contract, ["dmr", "ais"]) == message


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ((None, None, None, None), None),
        (("dmr", "voice", "dmr", 0.934), "dmr 0.93"),
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

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions on emissions: what holds, and what is refused."""

import pytest
from gnuradio.rfattn.catalogue.classes import frames_contract
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.facts import FACTS, facts_of
from gnuradio.rfattn.messages import schema

from page_messages import emission


def facts(**fields):
    return facts_of(schema.read("emissions", emission(7, "end", **fields)))


KNOWN = {"label": "mode_s", "guess": "mode_s", "confidence": 0.9, "family": "pulses"}


@pytest.mark.parametrize(
    "text, holds",
    [
        ("", True),
        ("label=mode_s", True),
        (" label = mode_s , confidence >= 0.8 ", True),
        ("label=ais|mode_s", True),
        ("label!=mode_s", False),
        ("label!=ais", True),
        ("label=ais", False),
        ("family=pulses", True),
        ("confidence>0.9", False),
        ("confidence<=0.9", True),
        ("frequency>446M,frequency<446.001M", True),
        ("frequency>=1G", False),
        ("width=1k", True),
        ("width!=1e3", False),
        ("period_s>0", False),
        ("period_s!=3", False),
        ("nearest=PMR446", False),
        ("nearest!=PMR446", True),
    ],
)
def test_what_holds(text, holds):
    values = facts(freq_lower=446.0e6, freq_upper=446.001e6, **KNOWN)
    assert Condition.parse(text).holds(values) is holds


@pytest.mark.parametrize(
    "text, message",
    [
        ("label", "when: a term must be NAME=VALUE (or != < <= > >=), got 'label'"),
        ("label=", "when: a term must be NAME=VALUE"),
        ("label=a,", "when: a term must be NAME=VALUE (or != < <= > >=), got ''"),
        ("confidance>1", "when: unknown name 'confidance'; did you mean confidence?"),
        ("zzz=1", "when: unknown name 'zzz'; known are label, family"),
        ("label>=mode_s", "when: label takes = or !=, got >="),
        ("confidence>=high", "when: confidence takes a number, such as 0.8 or 433.92M, got 'high'"),
        ("confidence>=nan", "when: confidence takes a number"),
        ("confidence>=1e999", "when: confidence takes a number"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(ValueError) as refusal:
        Condition.parse(text)
    assert str(refusal.value).startswith(message)


def test_labels_that_the_model_does_not_have():
    contract = {"classes": ["nfm", "mode_s"], "families": {"nfm": "voice"}}
    Condition.parse("label=unknown|nfm,family!=voice,width>1").check_names(contract)
    with pytest.raises(ValueError, match=r"model gives no label 'mode_x'; did you mean mode_s\?$"):
        Condition.parse("label=mode_x").check_names(contract)
    with pytest.raises(ValueError, match="the model gives no family 'x'$"):
        Condition.parse("family=x").check_names(contract)


def test_labels_that_no_frames_give():
    contract = frames_contract()
    Condition.parse("label=ais|dmr,family!=digital voice").check_names(contract)
    for name in ("ssb", "unknown"):
        with pytest.raises(ValueError, match=f"^when: a frame alone gives no label '{name}'"):
            Condition.parse(f"label!={name}").check_names(contract)


def test_which_names_need_a_model():
    assert Condition.parse("width>1,confidence>0.5,label=x").needs_model() == "confidence"
    assert Condition.parse("guess=x").needs_model() == "guess"
    assert Condition.parse("width>1,nearest=x,label=x,family=y").needs_model() == ""


def test_facts_are_plain_values():
    message = emission(7, "end", freq_lower=1.0e6, freq_upper=3.0e6, rx_rate=1e6)
    values = facts_of(schema.read("emissions", message), 1_700_000_000.25)
    assert tuple(values) == FACTS
    assert (values["frequency"], values["width"]) == (2e6, 2e6)
    assert values["time"] == "2023-11-14T22:13:20.250Z"
    assert values["label"] is None and values["nearest"] is None

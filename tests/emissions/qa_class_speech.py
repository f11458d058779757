# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speech says about the class of an emission."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.class_speech import CONSTANT, LEAST, OTHERS, weigh_by_speech
from gnuradio.rfattn.emissions.doubt import Doubt
from gnuradio.rfattn.emissions.known_emission import KnownEmission
from gnuradio.rfattn.messages.emission import Emission

from page_messages import emission
from weighing import by_class

weigh_by_speech = by_class(weigh_by_speech)

MODEL = {"ssb": 0.1, "nfm_voice": 0.2, "wfm": 0.3, "unknown": 0.4}


@pytest.mark.parametrize(
    ("speech", "width_hz", "name"),
    [
        ("amplitude", 2.7e3, "ssb"),
        ("frequency", 12e3, "nfm_voice"),
        ("frequency", 30e3, "nfm_voice"),
        ("frequency", 60e3, "wfm"),
    ],
)
def test_speech_names_its_class(speech, width_hz, name):
    others = OTHERS * (1.0 - MODEL[name])
    expected = {n: OTHERS * p / (others + MODEL[name]) for n, p in MODEL.items()}
    expected[name] = MODEL[name] / (others + MODEL[name])
    assert weigh_by_speech(MODEL, speech, width_hz) == pytest.approx(expected)


def test_a_constant_amplitude_is_no_voice_on_a_single_sideband():
    total = 0.1 * CONSTANT + 0.9
    found = weigh_by_speech(MODEL, "constant", 2e3)
    assert found["ssb"] == pytest.approx(0.1 * CONSTANT / total)
    assert found["nfm_voice"] == pytest.approx(0.2 / total)


@pytest.mark.parametrize(
    ("speech", "width_hz"),
    [(None, 12e3), ("none", 12e3), ("frequency", 40e3), ("phase", 12e3)],
)
def test_without_speech_of_a_class_nothing_changes(speech, width_hz):
    assert weigh_by_speech(MODEL, speech, width_hz) == MODEL


def test_a_model_without_the_class_keeps_its_probabilities():
    assert weigh_by_speech({"cw": 0.5, "unknown": 0.5}, "amplitude", 3e3) == {
        "cw": 0.5,
        "unknown": 0.5,
    }


def test_the_class_has_a_least_probability():
    model = {"ssb": 0.0, "unknown": 1.0}
    assert weigh_by_speech(model, "amplitude", 3e3)["ssb"] == pytest.approx(
        LEAST / (LEAST + OTHERS)
    )


def known_of(found, width=2.7e3):
    """What is known of an emission of this width, in which this was found."""
    known = KnownEmission(Doubt(), None)
    known.add_emission(Emission(**emission(1, "update", freq_lower=0.0, freq_upper=width)))
    known.add_steps(("flash", "layernorm", *MODEL), np.array([list(MODEL.values())]))
    known.add_findings(found)
    return known


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({}, "ssb"),
        ({"frames": "FT8"}, "unknown"),
        ({"run_rate": 1200.0}, "unknown"),
        ({"preamble_rate": 1200.0}, "unknown"),
    ],
)
def test_speech_counts_where_nothing_shows_data(more, label):
    assert known_of({"speech": "amplitude", **more}).verdict.label == label


def test_a_constant_amplitude_counts_beside_a_rate():
    found = {"speech": "constant", "run_rate": 1200.0}
    assert known_of(found).labels()["probabilities"]["ssb"] < 0.01


@pytest.mark.parametrize(
    ("hertz", "label", "shown"), [(190.0, "ssb", None), (2400.0, "unknown", 2400.0)]
)
def test_the_pitch_of_a_voice_is_no_symbol_rate(hertz, label, shown):
    known = known_of({"speech": "amplitude"})
    known.symbol_rate.add(np.full(3, hertz))
    known.add_findings({"speech": "amplitude"})
    assert known.verdict.label == label
    assert known.labels()["symbol_rate"] == shown


def test_four_levels_in_an_emission_as_narrow_as_a_voice_are_none():
    found = {"speech": "amplitude", "level_rate": 2400.0, "deviation": 1500.0}
    assert known_of(found, width=2.7e3).verdict.label == "ssb"
    assert known_of(found, width=4e3).verdict.label == "unknown"


def test_the_rate_of_two_levels_is_shown_where_the_steps_show_none():
    known = known_of({"run_rate": 1203.0})
    assert known.labels()["symbol_rate"] == 1203.0
    known.symbol_rate.add(np.full(3, 1200.0))
    assert known.labels()["symbol_rate"] == 1200.0
    assert known_of({"run_rate": 1203.0, "frames": "FM stereo"}).labels()["symbol_rate"] is None

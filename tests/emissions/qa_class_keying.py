# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pulses of a carrier that is switched on and off say about the class."""

import pytest
from gnuradio.rfattn.emissions.class_keying import LEAST, OTHERS, weigh_by_keying

from weighing import by_class

weigh_by_keying = by_class(weigh_by_keying)

MODEL = {"ook_srd": 0.2, "nfc_v": 0.3, "lte_tdd": 0.1, "unknown": 0.4}


def test_what_is_no_keyed_carrier_changes_nothing():
    assert weigh_by_keying(MODEL, None) == MODEL


def test_classes_of_other_pulses_are_improbable():
    total = 0.2 + 0.8 * OTHERS
    assert weigh_by_keying(MODEL, 1e-3) == pytest.approx(
        {n: p * (1.0 if n == "ook_srd" else OTHERS) / total for n, p in MODEL.items()}
    )


def test_long_pulses_are_of_morse_code():
    model = {"cw": 0.3, "ook_srd": 0.7}
    assert weigh_by_keying(model, 0.06)["cw"] == pytest.approx(0.3 / (0.3 + 0.7 * OTHERS))


def test_reversals_of_phase_leave_pulses():
    model = {"psk31": 0.84, "ook_srd": 0.0, "unknown": 0.16}
    assert weigh_by_keying(model, 0.018)["psk31"] > 0.9
    assert weigh_by_keying(model, 1e-3)["psk31"] < 0.6


def test_one_of_the_tones_of_jt65_is_a_keyed_carrier():
    model = {"jt65": 0.88, "cw": 0.03, "dcf77": 0.02, "unknown": 0.07}
    assert weigh_by_keying(model, 0.36)["jt65"] > 0.9
    assert weigh_by_keying(model, 0.1)["jt65"] < 0.5


def test_a_remote_control_that_the_model_misses_counts():
    model = {"ook_srd": 0.0, "lte_tdd": 1.0}
    assert weigh_by_keying(model, 5e-4)["ook_srd"] == pytest.approx(LEAST / (LEAST + OTHERS))


def test_a_model_without_the_class_keeps_its_own():
    assert weigh_by_keying({"dmr": 0.6, "cw": 0.4}, 0.05)["cw"] == pytest.approx(
        0.4 / (0.4 + 0.6 * OTHERS)
    )

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a measured symbol rate says about classes whose rate is fixed."""

import pytest
from gnuradio.rfattn.emissions.class_rates import (
    LEAST,
    weigh_by_preamble,
    weigh_by_rate,
    weigh_by_run_rate,
)

from weighing import by_class

weigh_by_preamble = by_class(weigh_by_preamble)
weigh_by_rate = by_class(weigh_by_rate)
weigh_by_run_rate = by_class(weigh_by_run_rate)

MODEL = {"ais": 0.3, "vdl2": 0.5, "wfm": 0.2}


def test_a_class_with_the_rate_gains_and_those_with_others_lose():
    found = weigh_by_rate(MODEL, 9613.0)
    total = 2 * 0.3 + 0.05 * 0.5 + 0.2
    assert found == pytest.approx({"ais": 0.6 / total, "vdl2": 0.025 / total, "wfm": 0.2 / total})


def test_an_unusual_rate_of_a_class_without_a_standard_is_a_small_mark_against_it():
    total = 0.05 * 0.4 + 0.1 * 0.6
    expected = {"inmarsat": 0.02 / total, "sat_bpsk": 0.06 / total}
    assert weigh_by_rate({"inmarsat": 0.4, "sat_bpsk": 0.6}, 2000.0) == pytest.approx(expected)
    both = {"inmarsat": 0.4, "sat_bpsk": 0.6}
    assert weigh_by_rate(both, 1200.0) == pytest.approx(both)


@pytest.mark.parametrize(("rate", "is_same"), [(10080.0, True), (10090.0, False), (9120.0, True)])
def test_rates_within_a_twentieth_are_the_same(rate, is_same):
    found = weigh_by_rate({"ais": 0.5, "wfm": 0.5}, rate)
    assert (found["ais"] > 0.5) is is_same


def test_without_a_rate_or_a_class_that_has_one_no_bit_changes():
    assert weigh_by_rate(MODEL, None) == MODEL
    assert weigh_by_rate({"wfm": 0.1, "am_voice": 0.2}, 9600.0) == {"wfm": 0.1, "am_voice": 0.2}


def test_a_preamble_excludes_classes_with_other_rates():
    model = {"tpms": 0.5, "sat_fsk": 0.2, "fsk_srd": 0.2, "dab": 0.1}
    total = 0.05 * 0.5 + 0.1 * 0.2 + 4 * 0.2 + 0.1
    found = {"tpms": 0.025, "sat_fsk": 0.02, "fsk_srd": 0.8, "dab": 0.1}
    assert weigh_by_preamble(model, 17241.0, 0.1, 1) == pytest.approx(
        {name: product / total for name, product in found.items()}
    )
    total = 2 * 0.5 + 2 * 0.2 + 2 * 0.2 + 0.1
    found = weigh_by_preamble(model | {"tpms": 0.5}, 19200.0, 0.1, 1)
    assert found["tpms"] == pytest.approx(1.0 / total)
    assert weigh_by_preamble(model, None, 0.1, 1) == model


def test_voices_have_no_preamble():
    found = weigh_by_preamble({"nfm_voice": 0.5, "sat_fsk": 0.5}, 500.0, 0.1, 1)
    assert found["nfm_voice"] == pytest.approx(0.1 / 2.1)


def test_a_long_burst_of_a_voice_may_have_a_tone():
    voice = {"nfm_voice": 0.4, "dstar": 0.2, "cw": 0.4}
    assert weigh_by_preamble(voice, 7000.0, 0.5, 1)["nfm_voice"] > 0.45
    assert weigh_by_preamble(voice, 7000.0, 0.1, 1)["nfm_voice"] < 0.1
    assert weigh_by_preamble(voice, 4800.0, 0.5, 1)["nfm_voice"] < 0.1


@pytest.mark.parametrize(("rate", "is_same"), [(9880.0, True), (9890.0, False), (9315.0, True)])
def test_rates_of_preambles_are_the_same_within_three_percent(rate, is_same):
    found = weigh_by_preamble({"ais": 0.5, "dab": 0.5}, rate, 0.1, 1)
    assert (found["ais"] > 0.5) is is_same


def test_a_packet_with_a_preamble_may_be_of_a_device_that_the_model_misses():
    model = {"sat_fsk": 0.6, "fsk_srd": 0.0, "unknown": 0.4}
    products = {"sat_fsk": 0.6 * 0.1, "fsk_srd": LEAST * 4.0, "unknown": 0.4 * 0.3}
    total = sum(products.values())
    found = weigh_by_preamble(model, 3800.0, 0.1, 1)
    assert found == pytest.approx({n: p / total for n, p in products.items()})
    for rate, burst_s in ((300.0, 0.1), (3800.0, 0.5), (3800.0, None), (9600.0, 0.1)):
        assert weigh_by_preamble(model, rate, burst_s, 1)["fsk_srd"] == 0.0
    assert weigh_by_preamble({"sat_fsk": 1.0}, 3800.0, 0.1, 1) == {"sat_fsk": 1.0}


@pytest.mark.parametrize(("rate", "name"), [(45.5, "rtty"), (75.8, "rtty"), (100.3, "navtex")])
def test_teletype_is_told_by_its_symbol_rate(rate, name):
    model = {"rtty": 0.45, "navtex": 0.45, "unknown": 0.1}
    found = weigh_by_run_rate(model, rate)
    total = 0.45 * (2.0 + 0.05) + 0.1
    assert found[name] == pytest.approx(0.9 / total)
    assert weigh_by_run_rate(model, None) == model
    assert weigh_by_run_rate(model, 50.2)["rtty"] == weigh_by_run_rate(model, 50.2)["navtex"]


def test_two_levels_are_of_no_voice():
    model = {"afsk1200": 0.4, "nfm_voice": 0.4, "fsk_srd": 0.1, "unknown": 0.1}
    found = weigh_by_run_rate(model, 1765.0)
    assert found["fsk_srd"] == found["unknown"] == pytest.approx(0.1 / 0.28)


def test_a_rate_of_a_class_with_other_bursts_is_rare():
    model = {"radiosonde": 0.3, "fsk_srd": 0.0, "unknown": 0.7}
    assert weigh_by_preamble(model, 2500.0, 0.08, 2)["fsk_srd"] > 0.08
    assert weigh_by_preamble(model, 2500.0, 0.08, 1)["fsk_srd"] == 0.0
    assert weigh_by_preamble(model, 2500.0, 0.4, 2)["fsk_srd"] == 0.0

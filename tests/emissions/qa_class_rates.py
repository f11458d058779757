# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a measured symbol rate says about classes whose rate is fixed."""

import pytest
from gnuradio.rfattn.emissions.class_rates import SYMBOL_RATES, USUAL_RATES, weigh_by_rate
from gnuradio.rfattn.emissions.families import FAMILY_OF

MODEL = {"ais": 0.3, "vdl2": 0.5, "wfm": 0.2}


def test_a_class_with_the_rate_gains_and_those_with_others_lose():
    found = weigh_by_rate(MODEL, 9613.0)
    total = 2 * 0.3 + 0.05 * 0.5 + 0.2
    assert found == pytest.approx({"ais": 0.6 / total, "vdl2": 0.025 / total, "wfm": 0.2 / total})


def test_an_unusual_rate_of_a_class_without_a_standard_is_no_mark_against_it():
    total = 0.05 * 0.4 + 0.6
    expected = {"inmarsat": 0.02 / total, "sat_bpsk": 0.6 / total}
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


def test_rates_are_those_of_known_classes():
    known = SYMBOL_RATES | USUAL_RATES
    assert known.keys() <= FAMILY_OF.keys()
    assert not SYMBOL_RATES.keys() & USUAL_RATES.keys()
    assert all(rate > 0 for rates in known.values() for rate in rates)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a measured symbol rate says about classes whose rate is fixed."""

import pytest
from gnuradio.rfattn.emissions.class_rates import SYMBOL_RATES, weigh_by_rate
from gnuradio.rfattn.emissions.families import FAMILY_OF

MODEL = {"ais": 0.3, "vdl2": 0.5, "sat_fsk": 0.2}


def test_a_class_with_the_rate_gains_and_those_with_others_lose():
    found = weigh_by_rate(MODEL, 9613.0)
    total = 2 * 0.3 + 0.05 * 0.5 + 0.2
    assert found == pytest.approx(
        {"ais": 0.6 / total, "vdl2": 0.025 / total, "sat_fsk": 0.2 / total}
    )


@pytest.mark.parametrize(("rate", "is_same"), [(10080.0, True), (10090.0, False), (9120.0, True)])
def test_rates_within_a_twentieth_are_the_same(rate, is_same):
    found = weigh_by_rate({"ais": 0.5, "sat_fsk": 0.5}, rate)
    assert (found["ais"] > 0.5) is is_same


def test_without_a_rate_or_a_class_that_has_one_no_bit_changes():
    assert weigh_by_rate(MODEL, None) == MODEL
    assert weigh_by_rate({"wfm": 0.1, "am_voice": 0.2}, 9600.0) == {"wfm": 0.1, "am_voice": 0.2}


def test_rates_are_those_of_known_classes():
    assert SYMBOL_RATES.keys() <= FAMILY_OF.keys()
    assert all(rate > 0 for rates in SYMBOL_RATES.values() for rate in rates)

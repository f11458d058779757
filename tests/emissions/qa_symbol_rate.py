# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Symbol rates from features, and over the steps of an emission."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.symbol_rate import SymbolRate, step_rates
from gnuradio.rfattn.recordings.emission_features import FEATURES


def features(**values):
    """Of a step, with lines at 4800 Hz."""
    known = {"measured": 0.5, "am_line": 1.0, "fm_line": 1.0} | values
    return [known.get(name, 0.0) for name in FEATURES]


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ({}, 4800.0),
        ({"am_rate": 0.5, "fm_rate": 0.5}, 9600.0),
        ({"am_rate": 0.5 * np.log2(1.008), "fm_rate": 0.0}, 4800 * 1.004),
        ({"am_rate": 0.5 * np.log2(1.02), "fm_rate": 0.0}, 0.0),  # they differ
        ({"fm_line": 0.2}, 0.0),  # one is weak
        ({"measured": 0.0}, np.nan),
    ],
)
def test_a_step_shows_a_rate_where_power_and_frequency_agree(values, rate):
    found = step_rates(np.float32([features(**values)]), FEATURES)
    np.testing.assert_allclose(found, [rate], rtol=1e-5)


def test_without_the_features_nothing_is_measured():
    assert np.isnan(step_rates(np.zeros((2, 3), np.float32), FEATURES[:3])).all()
    assert np.isnan(step_rates(np.zeros((2, 0), np.float32), [])).all()


@pytest.mark.parametrize(
    ("rates", "hertz"),
    [
        ([], None),
        ([4800, 4800], None),  # too few
        ([4800, 4810, 4790], 4800.0),
        ([4800, 0, 4800, 4800, 4800], 4800.0),
        ([4800, 0, 0, 4800, 4800], None),  # three of five
        ([4800, 2400, 4800, 1200, 4800], None),
        ([np.nan] * 9 + [4800] * 3, 4800.0),
        ([1200] * 80 + [4800] * 64, 4800.0),  # the newest 64 count
    ],
)
def test_most_steps_must_show_the_rate(rates, hertz):
    rate = SymbolRate()
    rate.add(np.array(rates, float))
    assert rate.hertz == hertz

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features of an emission, by hand. tests/blocks/qa_emission_extractor.py compares them with
those of the block."""

import numpy as np
import pytest
from gnuradio.rfattn.recordings.emission_features import (
    DESCRIBED,
    LIMIT,
    burst_duration,
    emission_features,
)


def features(**changes):
    values = dict(width_hz=16e3, channel_rate_hz=32e3, duration_s=0.1, has_ended=True)
    values |= dict(period_s=1.0, duty=0.5, snr_db=15.0)
    return dict(zip(DESCRIBED, emission_features(**(values | changes)), strict=True))


def test_the_origin():
    assert features() == dict.fromkeys(DESCRIBED, 0.0) | {"ended": 1.0, "periodic": 1.0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"width_hz": 256e3}, {"width": 1.0, "channel": -4.0}),
        ({"channel_rate_hz": 64e3}, {"channel": 1.0}),
        ({"duration_s": 1.6}, {"burst": 1.0}),
        ({"has_ended": False}, {"ended": 0.0}),
        ({"period_s": 1 / 16}, {"period": -1.0}),
        ({"period_s": 0.0}, {"period": 0.0, "periodic": 0.0}),
        ({"duty": 1.0}, {"duty": 1.0}),
        ({"snr_db": 5.0}, {"snr": -1.0}),
    ],
)
def test_each_feature(change, expected):
    assert features(**change) == pytest.approx(features() | expected, abs=1e-6)


def test_the_limits():
    assert features(snr_db=-1e3)["snr"] == -LIMIT and features(duration_s=0.0)["burst"] == -LIMIT
    assert features(snr_db=1e3)["snr"] == features(snr_db=25.0)["snr"] == 1.0


def test_many_at_once():
    many = emission_features(16e3, 32e3, np.array([0.1, 1.6]), True, 0.0, 0.5, np.array([15, 25]))
    assert many.shape == (2, len(DESCRIBED)) and many.dtype == np.float32
    np.testing.assert_allclose(many[1] - many[0], [0, 0, 1, 0, 0, 0, 0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("ended", "on_air", "expected"),
    [
        ([], 0.3, 0.3),
        ([1.0, 3.0], 0.0, 2.0),
        ([1.0, 2.0, 9.0], 1.5, 2.0),
        ([1.0, 2.0, 9.0], 2.5, 2.5),
        ([100.0] * 40 + [1.0] * 32, 0.0, 1.0),
    ],
)
def test_the_duration_of_a_burst(ended, on_air, expected):
    assert burst_duration(ended, on_air) == expected

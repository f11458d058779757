# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rhythm is found among other emissions, and none where there is none."""

import numpy as np
import pytest
from gnuradio.rfattn_station.transmitters.rhythm import Rhythm, find_rhythm


def ticks(period_s, count, jitter, seed, start_s=0.0):
    rng = np.random.default_rng(seed)
    return start_s + np.cumsum(rng.normal(period_s, jitter * period_s, count))


@pytest.mark.parametrize("jitter", (0.001, 0.01, 0.03))
def test_period_and_missed_emissions_are_measured(jitter):
    times = ticks(600.0, 40, jitter, 1)
    heard = np.delete(times, [3, 4, 11, 20, 21, 22, 30])
    rhythm, members, nats = find_rhythm(heard)
    assert members.sum() >= 31  # of 33: the first or the last may lie too far off
    assert rhythm.period_s == pytest.approx(600.0, rel=0.01)
    assert 0.1 < rhythm.missed < 0.3  # 7 of 40, and the prior
    assert nats > 40.0


def test_of_two_rhythms_one_is_found_and_then_the_other():
    first, second = ticks(600.0, 20, 0.01, 1), ticks(910.0, 14, 0.01, 2, 123.0)
    times = np.sort(np.concatenate([first, second]))
    rhythm, members, _ = find_rhythm(times)
    assert rhythm.period_s == pytest.approx(600.0, rel=0.01)
    assert np.isin(times[members], first).mean() > 0.9
    rest, _, _ = find_rhythm(times[~members])
    assert rest.period_s == pytest.approx(910.0, rel=0.01)


@pytest.mark.parametrize("count", (4, 8, 24, 48))
def test_random_times_have_none(count):
    rng = np.random.default_rng(5)
    found = [find_rhythm(np.sort(rng.uniform(0.0, 1e5, count))) for _ in range(50)]
    assert found == [None] * 50


def test_the_hazard_is_highest_where_an_emission_is_due():
    rhythm = Rhythm(600.0, 6.0, 0.2)
    due, early = rhythm.log_hazard(1800.0), rhythm.log_hazard(1500.0)
    assert due == pytest.approx(np.log(0.8 / (6.0 * np.sqrt(3.0) * np.sqrt(2.0 * np.pi) * 0.6)))
    assert early < due - 100.0
    assert rhythm.misfit(1806.0) == pytest.approx(1.0 / np.sqrt(3.0))
    assert [rhythm.silent_periods(x) for x in (899.0, 901.0, 1499.0, 1501.0)] == [0, 1, 1, 2]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of memories: scores that can be computed by hand, and the order of the rungs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gnuradio.rfattn_workshop.judges import memory
from gnuradio.rfattn_workshop.judges.harness import opening
from gnuradio.rfattn_workshop.judges.station import memories, memory_ladder
from gnuradio.rfattn_workshop.judges.station.senders_air import SETS, START_S, is_awake, make_air

SMALL = replace(
    SETS["work"], regular=6, pressed=2, hoppers=1, strangers_a_day=30.0, stops=1, returns=0,
    starts=1, moves=1, changes=1,
)  # fmt: skip


class Constant:
    """Expects so many emissions a second, anywhere in 1 kHz."""

    def __init__(self, rate):
        self.rate = rate

    def intensity(self, emission):
        return self.rate / 1000.0

    def expected(self, start_s, end_s):
        return self.rate * (end_s - start_s)

    def add(self, emission):
        pass


def test_a_score_is_the_density_less_what_was_expected():
    emissions = [memories.Emission(k, 10.0 * k, 0.0, 0) for k in range(1, 4)]
    is_scored = np.array([False, False, True, True])
    score = memories.nats(Constant(0.1), emissions, is_scored)
    assert score == pytest.approx(math.log(0.1 / 1000.0) - 1.0)


def test_the_hazard_of_a_rhythm_is_the_density_over_what_is_left():
    air = make_air(SMALL, 1, 4)
    memory_ = memories.Transmitters(air, 2, 1)
    memory_.period[0], memory_.jitter[0], memory_.missed[0] = 600.0, 6.0, 0.25
    seconds = np.linspace(1.0, 3000.0, 60_001)
    density, later = memory_.silence(np.zeros(len(seconds), int), seconds)
    passed = np.cumsum((density[1:] + density[:-1]) / 2.0 * np.diff(seconds))
    assert later[0] - later[1:] == pytest.approx(passed, abs=2e-4)


def test_awake_seconds_are_the_sum_over_the_day():
    times = np.arange(0.5, 86400.0)
    assert memories.awake_s(0.0, 86400.0) == pytest.approx(is_awake(times).sum(), rel=1e-4)
    assert memories.awake_s(80000.0, 90000.0) == pytest.approx(
        memories.awake_s(80000.0, 86400.0) + memories.awake_s(0.0, 3600.0), rel=1e-6
    )


def test_the_first_emission_behind_a_pause_is_not_scored():
    air = make_air(SMALL, 1, 4)
    emissions, labels = memories.emissions_of(air)
    is_scored = memories.scored(air, emissions)
    assert labels == sorted(labels) and not is_scored[emissions[0].number]
    half = [emission for emission in emissions if emission.time_s > 2 * 86400.0]
    pauses = len(air.listened) - 1
    assert len(half) - pauses <= is_scored.sum() <= len(half)


def test_who_knows_more_foretells_more():
    found = memory_ladder.ladder(SMALL, 1, 5)
    assert list(found) == [
        "counts by channel",
        "counts by channel and hour",
        "a track a frequency and label",
        "station",
        "told which device sends",
        "told all parameters",
    ]
    counts, _, track, station, _, oracle = found.values()
    assert counts < track < oracle and counts + 2.0 < station < oracle


def test_the_report_has_what_is_left_to_gain():
    report = {
        **opening("memory"),
        "set": "work",
        "days": 14,
        "bands": [{"station": -12.0, "told all": -11.5}, {"station": -11.0, "told all": -10.9}],
    }
    text = memory.to_markdown(report)
    assert "| station | -11.50 | +0.00 |" in text and "| told all | -11.20 | +0.30 |" in text


def test_a_band_of_some_days_has_all_events():
    air = make_air(replace(SMALL, regular=8, returns=3), 2, 5)
    assert all(one.start_s < air.days * 86400.0 + START_S for one in air.heard)


def test_a_bad_number_is_refused(capsys):
    with pytest.raises(SystemExit):
        memory.parse(["--days", "0"])
    assert "--days must be > 0, got 0" in capsys.readouterr().err

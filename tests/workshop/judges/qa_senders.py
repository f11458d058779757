# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of a station's transmitters: its bands, and what it counts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.transmitters.alarms import Event
from gnuradio.rfattn_workshop.judges import senders
from gnuradio.rfattn_workshop.judges.station import senders_judge as judge
from gnuradio.rfattn_workshop.judges.station import senders_report
from gnuradio.rfattn_workshop.judges.station.senders_air import (
    SETS,
    START_S,
    Air,
    AirSet,
    Device,
    make_air,
)

SMALL = AirSet(
    regular=6,
    pressed=1,
    hoppers=0,
    strangers_a_day=10.0,
    periods_s=(3600.0, 7200.0),
    stops=1,
    returns=0,
    starts=1,
    moves=1,
    changes=1,
)


@pytest.fixture(scope="module")
def air():
    return make_air(SMALL, 1, 14)


def event(kind, time_s):
    return Event(kind, START_S + time_s, START_S + time_s, 0, 0.0, None, 9.0, kind)


def heard(*events):
    return judge.Heard(np.zeros(0, int), list(events), 0.0)


def test_a_band_is_as_its_parameters_state(air):
    times = np.array([one.start_s for one in air.heard]) - START_S
    assert (np.diff(times) >= 0.0).all() and times[-1] < 14 * 86400.0
    assert sorted({*air.truth.tolist()}) == [-1, *range(7)]
    first = np.diff(times[air.truth == 5])
    steps = first / air.devices[5].period_s
    assert np.mean(np.round(steps) > 1) == pytest.approx(0.2, abs=0.08)  # a fifth is missed
    assert np.abs(steps - np.round(steps)).max() < 0.3
    stopped = air.devices[0]
    assert [kind for kind, _ in stopped.events] == ["missing"]
    assert times[air.truth == 0].max() <= stopped.events[0][1]


def test_nothing_is_heard_while_nobody_listens(air):
    spans = [(one.start_s, one.end_s) for one in air.listened]
    assert len(spans) >= 3
    assert all(any(a <= one.start_s < b for a, b in spans) for one in air.heard)


def test_the_same_seed_makes_the_same_band(air):
    again = make_air(SMALL, 1, 14)
    assert again.heard == air.heard
    assert make_air(SMALL, 2, 14).heard != air.heard


def test_pairs_of_emissions():
    truth = np.array([0, 0, 0, 1, 1, -1, -1])
    assert judge.pairwise(truth.clip(0) + 10 * (truth < 0) * np.arange(7), truth) == (1, 1, 1)
    # One of three is elsewhere, and a stranger is taken for device 1: of four right pairs two are
    # found, and two pairs are false.
    ids = np.array([0, 0, 2, 1, 1, 1, 3])
    assert judge.pairwise(ids, truth) == (0.5, 0.5, 0.5)


def test_false_events_are_counted(air):
    stop = air.devices[0].events[0][1]
    new = next(one for one in air.devices if one.events and one.events[0][0] == "new")
    right = [(event("missing", stop + 1e4), 0), (event("new", new.events[0][1] + 9.0), new.number)]
    assert sum(judge.false_events(air, heard(*right)).values()) == 0
    wrong = [
        (event("missing", stop - 1e4), 0),  # it still sent
        (event("new", stop), 0),  # it was there before
        (event("new", stop), -1),  # a stranger
        (event("back", stop + 2e4), 0),  # it never came back
    ]
    assert judge.false_events(air, heard(*wrong)) == {"missing": 1, "new": 2, "back": 1}
    again = [(event("missing", stop + 1e4), 0), (event("missing", stop + 9e4), 0)]
    assert judge.false_events(air, heard(*again))["missing"] == 1


def regular_air():
    """One device every 1000 s of which each fifth emission is missed, and which stops."""
    times = [1000.0 * k for k in range(900) if k % 5]
    device = Device(0, 1000.0, 0.01, [0.0], 0, 1e4, 1200.0, 0.1, -50.0, [], [("missing", 9e5)])
    template = make_air(SMALL, 1, 14).heard[0]
    emissions = [replace(template, start_s=START_S + time) for time in times]
    listened = [Listened("roof", START_S, START_S + 14 * 86400.0, -1e6, 1e6)]
    on = [(0.0, 14 * 86400.0)]
    return Air(14, emissions, np.zeros(len(times), int), [device], listened, on)


def test_the_oracle_needs_one_period_more_than_chance():
    oracle = judge.oracle_periods(regular_air(), 2.0)
    assert oracle == {0: 2}  # never are two missed one behind the other
    stops = judge.stops_of(regular_air(), oracle)
    assert stops == {0: (9e5, 14 * 86400.0)}
    late = heard((event("missing", 899e3 + 3000.0 + 90.0), 0))
    assert judge.missing_ratios(regular_air(), late, oracle, stops) == [
        pytest.approx(3090.0 / 2060.0)
    ]
    assert judge.missing_ratios(regular_air(), heard(), oracle, stops) == [None]


def test_emissions_until_a_device_is_reported(air):
    new = next(one for one in air.devices if one.events and one.events[0][0] == "new")
    times = [
        one.start_s - START_S
        for one, number in zip(air.heard, air.truth, strict=True)
        if number == new.number
    ]
    noticed = heard((event("new", times[3] + 30.0), new.number))
    assert judge.emissions_until(air, noticed, "new") == [4]
    assert judge.emissions_until(air, heard(), "new") == [None]


def test_a_report_of_a_small_band(monkeypatch, tmp_path):
    monkeypatch.setitem(SETS, "work", SMALL)
    monkeypatch.setattr("sys.argv", ["senders"])
    options = senders.parse(["--seeds", "1", "--days", "14", "--quiet"])
    report = json.loads(json.dumps(senders.run(options)))
    assert report["all"]["weeks"] == 1.0
    assert report["all"]["f1"] > 0.9
    text = senders_report.to_markdown(report)
    assert "| same transmitter, F1 |" in text
    assert "False alarms a week: " in text


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--seeds", "0"], "--seeds must be > 0, got 0"),
        (["--alarms", "0"], "--alarms must be > 0, got 0"),
    ],
)
def test_refusals(arguments, message, capsys):
    with pytest.raises(SystemExit):
        senders.parse(arguments)
    assert message in capsys.readouterr().err

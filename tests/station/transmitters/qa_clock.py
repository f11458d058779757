# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that is set, a receiver that is off, and a restart change no transmitter."""

import json
import random
from dataclasses import replace

import pytest
from gnuradio.rfattn_station.transmitters.coverage import Age
from gnuradio.rfattn_station.transmitters.station import Station
from gnuradio.rfattn_station.transmitters.track import LEAST_VARIANCE, average
from made_transmitters import DAY_S, START_S, emission, listened, play, regular, strangers

SELDOM = 0.01  # false alarms a week, so that a test of two weeks has none
HOUR_S = 3600.0


def restarted(station, alarms=SELDOM):
    return Station.from_state(json.loads(json.dumps(station.to_state())), alarms)


def band(end_s, count=8):
    """Regular transmitters on channels of their own, and some strangers."""
    everything = strangers(20.0, end_s, middle_hz=433.9e6, width_hz=1.6e6)
    for k in range(count):
        about = {"frequency_hz": 433.2e6 + 1.4e6 * k / count, "power_db": -45.0 - k}
        everything += regular(900.0 + 350.0 * k, end_s, seed=k, **about)
    return everything


def between(emissions, start_s, end_s, by_s=0.0):
    """Those of a time, by a clock that is ahead by so much then."""
    return [
        replace(one, start_s=one.start_s + by_s, end_s=one.end_s + by_s)
        for one in emissions
        if start_s <= one.start_s - START_S < end_s
    ]


@pytest.fixture(scope="module")
def known():
    """A band, and the state of a station that has listened to it for nine days."""
    everything, station = band(11 * DAY_S), Station(SELDOM)
    play(station, between(everything, 0.0, 9 * DAY_S), [listened(0.0, 9 * DAY_S)])
    return everything, json.dumps(station.to_state())


@pytest.mark.parametrize(
    ("by_h", "has_spans"),
    [(sign * by_h, True) for sign in (1, -1) for by_h in (1 / 60, 1.0, 24.0, 175_320.0)]
    + [(-1.0, False), (-24.0, False), (-175_320.0, False)],
)
def test_a_clock_that_is_set_raises_nothing(known, by_h, has_spans):
    """By a minute, an hour, a day and 20 years, ahead and back; no transmitter comes twice."""
    everything, kept = known
    station, by_s = Station.from_state(json.loads(kept), SELDOM), HOUR_S * by_h
    before = len(station.transmitters())
    start_s, end_s = 9 * DAY_S, 11 * DAY_S
    after = between(everything, start_s, end_s, by_s)
    spans = [listened(start_s + by_s, end_s + by_s)] if has_spans else []
    if not has_spans:
        station.known.coverage._spans = []
    _, _, events = play(station, after, spans)
    assert events == []
    regulars = [one for one in station.transmitters() if one.period_s is not None]
    assert len(regulars) == 8 and len(station.transmitters()) < before + 50
    channels = sorted(round((one.frequencies_hz[0] - 433.2e6) / 175e3) for one in regulars)
    assert channels == list(range(8))
    last = max(one.last_s for one in station.transmitters())
    assert last == pytest.approx(after[-1].start_s, abs=HOUR_S)


@pytest.mark.parametrize(("hours", "pause_d"), [(1.0, 8.0), (48.0, 14.0)])
def test_a_pause_is_no_time_of_listening(hours, pause_d):
    """A week is known when a week was listened to."""
    first_s, again_s = HOUR_S * hours, HOUR_S * hours + DAY_S * pause_d
    end_s = again_s + 3 * DAY_S
    everything, station = band(end_s, 20), Station()
    _, _, events = play(station, between(everything, 0.0, first_s), [listened(0.0, first_s)])
    station = restarted(station, 1.0)
    spans = [listened(again_s, end_s)]
    _, _, more = play(station, between(everything, again_s, end_s), spans)
    assert events + more == []
    assert station.known.coverage.age.s == pytest.approx(hours * HOUR_S + 3 * DAY_S, abs=900.0)


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_jumps_pauses_and_restarts(seed):
    """No exception, no emission that is not joined, no event, and times that are those heard."""
    draw, everything, station = random.Random(seed), band(10 * DAY_S), Station(SELDOM)
    time_s, by_s, taken, events = 0.0, 0.0, 0, []
    while time_s < 10 * DAY_S:
        end_s = min(10 * DAY_S, time_s + HOUR_S * draw.choice([0.5, 7.0, 30.0]))
        some = between(everything, time_s, end_s, by_s)
        if some:
            span = [listened(time_s + by_s, end_s + by_s)]
            events += play(station, some, span)[2]
            taken += len(some)
        kind = draw.choice(["clock", "pause", "restart", "both"])
        if kind != "pause":
            station = restarted(station)
        if kind in ("pause", "both"):
            end_s += HOUR_S * draw.choice([0.1, 5.0, 60.0])
        if kind in ("clock", "both"):
            by_s += HOUR_S * draw.choice([-1, 1]) * draw.choice([1 / 60, 1.0, 24.0, 8760.0])
        time_s = end_s
    assert events == []
    assert station.to_state()["numbers"][1] == taken
    assert all(one.count > 0 and one.first_s <= one.last_s for one in station.transmitters())


def test_a_state_whose_numbers_are_wrong_heals():
    station = Station()
    play(station, band(DAY_S), [listened(0.0, DAY_S)])
    kept = station.to_state()
    kept["usual"]["_births"] = 0.0
    kept["usual"]["_hours"][3] = float("nan")
    kept["tracks"][0]["means"][0][1] = float("inf")
    again = restarted(Station.from_state(kept))
    assert len(again.transmitters()) == len(station.transmitters()) - 1
    for k in range(30):
        again.add(emission(DAY_S + 60.0 * k))


@pytest.mark.parametrize("name", ["start_s", "end_s", "frequency_hz", "width_hz"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be finite, got {value}$"):
        Station().add(replace(emission(0.0), **{name: value}))


def test_values_that_never_change_stay_good_for_ever():
    """A deviation of exactly 0 has no logarithm."""
    entry = [0.0, 0.0, 0.04]
    for _ in range(50_000):
        average(entry, 3.0, 50.0)
    assert entry[1:] == [3.0, LEAST_VARIANCE]


def test_an_age_is_no_time_of_a_clock():
    assert Age(5.0) - Age(2.0) == 3.0 and Age(2.0) < Age(5.0)
    for wrong in (lambda: Age(5.0) < 6.0, lambda: 5.0 - Age(1.0)):
        with pytest.raises(TypeError):
            wrong()

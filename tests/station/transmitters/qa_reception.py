# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to all transmitters at once is one event, of the receiver."""

import json
from dataclasses import replace

import pytest
from gnuradio.rfattn_station.transmitters.alarms import Event
from gnuradio.rfattn_station.transmitters.station import Station
from made_transmitters import DAY_S, START_S, listened, play, regular

END_S = 13 * DAY_S
DEAF_S = 9 * DAY_S, 9.5 * DAY_S


def band():
    emissions = [
        one
        for k in range(9)
        for one in regular(1500.0 + 300.0 * k, END_S, seed=k, frequency_hz=433.3e6 + 50e3 * k)
    ]
    return sorted(emissions, key=lambda one: one.start_s)


def is_heard(one):
    return not DEAF_S[0] < one.start_s - START_S < DEAF_S[1]


def events_of(emissions, station=None):
    return play(station or Station(1.0), emissions, [listened(0.0, END_S)])[2]


def events_in_parts(emissions, until_s):
    """Those of a station that is kept and begins again."""
    early = [one for one in emissions if one.start_s < START_S + until_s]
    station = Station(1.0)
    events = play(station, early, [listened(0.0, until_s)])[2]
    station = Station.from_state(json.loads(json.dumps(station.to_state())))
    return events + events_of(emissions[len(early) :], station)


@pytest.mark.parametrize("restarts_s", [DEAF_S[0] + 0.3 * DAY_S, END_S / 2.0])
def test_a_time_in_which_nothing_is_heard_is_of_the_receiver(restarts_s):
    events = events_in_parts([one for one in band() if is_heard(one)], restarts_s)
    assert [(one.event, one.works) for one in events] == [("receiver", False), ("receiver", True)]
    assert [one.text[:20] for one in events] == ["hears nothing since ", "hears again after 12"]
    assert events[0].since_unix_s == pytest.approx(START_S + DEAF_S[0], abs=900.0)


@pytest.mark.parametrize("kept", [{}, {"reception": [START_S + 7000 * DAY_S, None, 0.0, 0.0]}])
def test_a_state_of_before_and_a_clock_that_was_ahead_prove_nothing(kept):
    station, emissions = Station(1.0), band()
    half = len(emissions) // 2
    play(station, emissions[:half], [listened(0.0, END_S / 2)])
    state = station.to_state()
    del state["reception"]
    station = Station.from_state({**state, **kept})
    assert events_of(emissions[half:], station) == []
    assert station._reception.heard_s < START_S + END_S


def test_a_device_that_stops_in_such_a_time_is_missing_behind_it():
    emissions = [one for one in band() if is_heard(one)]
    begin_s = START_S + DEAF_S[0] + 3600.0
    stops = [one for one in emissions if one.frequency_hz > 433.34e6 or one.start_s < begin_s]
    (event,) = [event for event in events_of(stops) if event.event != "receiver"]
    assert event.event == "missing" and event.frequency_hz < 433.34e6
    assert event.time_unix_s > START_S + DEAF_S[1]


NOISY_S = START_S + 9 * DAY_S, START_S + 11 * DAY_S


def noisy(one, db=10.0):
    is_noisy = NOISY_S[0] < one.start_s < NOISY_S[1] and one.frequency_hz > 433.44e6
    return replace(one, snr_db=one.snr_db - db * is_noisy)


@pytest.mark.parametrize("restarts_s", [9.02 * DAY_S, 10.0 * DAY_S])
def test_a_floor_that_is_higher_is_of_the_receiver_and_hides_what_is_weak(restarts_s):
    """The weak one is not heard below it; another one that is strong enough stops."""
    emissions = [
        noisy(
            replace(one, power_db=-70.0, snr_db=12.0)
            if 433.54e6 < one.frequency_hz < 433.56e6
            else one
        )
        for one in band()
        if one.frequency_hz < 433.69e6 or one.start_s < NOISY_S[0] + DAY_S
    ]
    events = events_in_parts([one for one in emissions if one.snr_db > 6.0], restarts_s)
    assert [one.event for one in events] == ["receiver", "missing", "receiver"]
    up, missing, down = events
    assert up.text == "floor 10 dB up from 433.450 to 433.700 MHz"
    assert down.text == "floor 10 dB down from 433.450 to 433.650 MHz"
    for event, since_s in zip((up, down), NOISY_S, strict=True):
        assert event.since_unix_s == pytest.approx(since_s, abs=3600.0)
        assert since_s + 3600.0 < event.time_unix_s < since_s + 4 * 3600.0
    assert missing.frequency_hz == pytest.approx(433.7e6, abs=1e3)


def test_a_floor_that_is_higher_for_a_while_or_for_few_is_nothing_of_the_receiver():
    short = [one if one.start_s > NOISY_S[0] + 3000.0 else noisy(one) for one in band()]
    few = [one if one.frequency_hz > 433.62e6 else noisy(one) for one in band()]
    assert events_of(short) == events_of(few) == []


SINCE_S = START_S + 10 * DAY_S


def changed_band(change):
    """Emissions of which some values are others from `SINCE_S` on."""
    return [replace(one, **change(one)) if one.start_s > SINCE_S else one for one in band()]


@pytest.mark.parametrize("db", [-6.0, 8.0])
def test_a_level_that_changes_for_all_is_of_the_receiver(db):
    (event,) = events_of(changed_band(lambda one: {"power_db": one.power_db + db}))
    how = "stronger" if db > 0.0 else "weaker"
    assert event.event == "receiver" and event.works is None
    assert event.text in {f"hears all {abs(db) + d:.0f} dB {how}" for d in (-1.0, 0.0, 1.0)}
    assert event.since_unix_s == pytest.approx(SINCE_S, abs=3600.0)


@pytest.mark.parametrize("ppm", [3.1, -25.0, 60.0, -140.0])
def test_a_frequency_error_that_changes_is_of_the_receiver(ppm):
    higher = changed_band(lambda one: {"frequency_hz": one.frequency_hz * (1.0 + 1e-6 * ppm)})
    (event,) = events_in_parts(higher, 10.05 * DAY_S)
    told, how = float(event.text.split()[2]), "higher" if ppm > 0.0 else "lower"
    assert event.event == "receiver" and event.text == f"hears all {told} ppm {how}"
    assert told == pytest.approx(abs(ppm), abs=0.4)
    assert event.since_unix_s == pytest.approx(SINCE_S, abs=3600.0)


def test_one_that_moved_and_is_no_longer_known_stays_unknown():
    station, (*before, last) = Station(1.0), band()[:99]
    play(station, before)
    for track in list(station.known.tracks.values())[-3:]:
        station.known.forget(track)
        gone = Event("changed", last.start_s, last.start_s, track.number, 0.0, None, 9.0, "moved")
        station._reception.take_move(gone, track, -9e3)
    assert station.add(last) in station.known.tracks


def test_a_level_that_changes_for_one_is_of_it():
    lowest = min(one.frequency_hz for one in band()) + 1e4
    (event,) = events_of(
        changed_band(lambda one: {"power_db": one.power_db - 12.0 * (one.frequency_hz < lowest)})
    )
    assert event.event == "changed" and event.text.endswith(" dB weaker")
    assert event.frequency_hz < lowest

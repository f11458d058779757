# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new, missing, back or changed is reported once, and nothing else is."""

import json
import math

import numpy as np
import pytest
from gnuradio.rfattn_station.transmitters.alarms import SHARES, Pool
from gnuradio.rfattn_station.transmitters.coverage import Age
from gnuradio.rfattn_station.transmitters.rhythm import Rhythm
from gnuradio.rfattn_station.transmitters.station import Station
from gnuradio.rfattn_station.transmitters.track import Track
from made_transmitters import DAY_S, START_S, emission, listened, play, regular, strangers

END_S = 14 * DAY_S
STOP_S = 12 * DAY_S
SELDOM = 0.01  # false alarms a week, so that a test of two weeks has none
CHANNELS_HZ = tuple(433.6e6 + 50e3 * k for k in range(5))


def band(changed=(), end_s=END_S):
    """Five devices on channels of their own, the first of which is given."""
    others = [
        one
        for k, frequency in enumerate(CHANNELS_HZ[1:], 1)
        for one in regular(900.0 + 260.0 * k, end_s, seed=k, frequency_hz=frequency)
    ]
    return others + list(changed)


def events_of(emissions, spans=None, station=None):
    spans = [listened(0.0, END_S)] if spans is None else spans
    _, _, events = play(station or Station(SELDOM), emissions, spans)
    return [(event.event, round((event.time_unix_s - START_S) / DAY_S, 1)) for event in events]


def test_nothing_happens_where_nothing_changes():
    assert events_of(band()) == []


def test_a_device_that_stops_is_missing_once():
    station = Station(SELDOM)
    gate = regular(1200.0, STOP_S, frequency_hz=CHANNELS_HZ[0])
    _, _, events = play(station, band(gate), [listened(0.0, END_S)])
    (event,) = events
    assert event.event == "missing"
    assert event.frequency_hz == pytest.approx(CHANNELS_HZ[0], abs=200.0)
    assert event.label == "ook_srd"
    assert event.since_unix_s == gate[-1].start_s
    assert event.time_unix_s - event.since_unix_s < 20 * 1200.0
    (missing,) = [t for t in station.transmitters() if t.missing_since_s is not None]
    assert missing.number == event.transmitter
    assert missing.missing_since_s == gate[-1].start_s


@pytest.mark.parametrize(
    ("jitter", "missed"),
    [(1e-4, 0.0), (1e-4, 0.4), (1e-3, 0.001), (1e-3, 0.01), (1e-2, 0.0), (1e-2, 0.4)],
)
def test_a_device_that_stops_is_missing_however_well_it_was_heard(jitter, missed):
    """Where none was ever missed a late beat is no outage, which would make a true one usual."""
    how = {"jitter": jitter, "missed": missed}
    emissions = [
        one
        for k, end_s in enumerate((9 * DAY_S, 9 * DAY_S, 8 * DAY_S))
        for one in regular(600.0 + 90.0 * k, end_s, seed=k, frequency_hz=CHANNELS_HZ[k], **how)
    ]
    _, _, (event,) = play(Station(1.0), emissions, [listened(0.0, 9 * DAY_S)])
    assert event.event == "missing"
    assert event.time_unix_s - event.since_unix_s < (20 if missed < 0.4 else 30) * 780.0


def test_a_device_that_returns_is_back_once():
    gate = regular(1200.0, 10 * DAY_S, frequency_hz=CHANNELS_HZ[0])
    gate += regular(1200.0, END_S, start_s=12.02 * DAY_S, seed=3, frequency_hz=CHANNELS_HZ[0])
    _, _, events = play(Station(SELDOM), band(gate), [listened(0.0, END_S)])
    assert [event.event for event in events] == ["missing", "back"]
    assert events[1].text == "back after 2.1 days"  # from the last to the first emission
    assert events[1].transmitter == events[0].transmitter


def test_a_device_that_returns_without_its_rhythm_is_back():
    rng = np.random.default_rng(6)
    times = 10 * DAY_S + np.cumsum(rng.exponential(600.0, 200))
    emissions = regular(600.0, 9 * DAY_S, seed=6)
    emissions += [emission(time, 433.92e6 + rng.normal(0.0, 100.0)) for time in times]
    assert [kind for kind, _ in events_of(emissions)] == ["missing", "back"]


def test_a_device_that_starts_is_new_once():
    gate = regular(1200.0, END_S, start_s=STOP_S, frequency_hz=CHANNELS_HZ[0])
    _, _, events = play(Station(SELDOM), band(gate), [listened(0.0, END_S)])
    (event,) = events
    assert (event.event, event.text) == ("new", "new")
    assert event.since_unix_s == gate[0].start_s
    assert event.time_unix_s <= gate[5].start_s


def test_a_device_that_moves_has_changed():
    gate = regular(
        1200.0, END_S, frequency_hz=lambda t: CHANNELS_HZ[0] - (100e3 if t > STOP_S else 0.0)
    )
    _, _, events = play(Station(SELDOM), band(gate), [listened(0.0, END_S)])
    assert [event.event for event in events if event.event != "missing"] == ["changed"]
    assert events[-1].text == "moved by -100.0 kHz"


def test_a_receiver_that_is_off_raises_nothing():
    spans = [listened(0.0, 9 * DAY_S), listened(10.4 * DAY_S, END_S)]
    heard = [
        one
        for one in band(regular(1200.0, END_S, frequency_hz=CHANNELS_HZ[0]))
        if any(span.start_s <= one.start_s <= span.end_s for span in spans)
    ]
    assert events_of(heard, spans) == []


def test_another_gain_raises_nothing():
    """The levels are others, and the weakest device is no longer received."""
    changed_s = 10 * DAY_S

    def level(time_s):
        return -40.0 if time_s > changed_s else -50.0

    heard = [
        one
        for k, frequency in enumerate(CHANNELS_HZ)
        for one in regular(900.0 + 260.0 * k, END_S, seed=k, frequency_hz=frequency, power_db=level)
        if k or one.start_s < START_S + changed_s
    ]
    spans = [listened(0.0, changed_s, "gain 1"), listened(changed_s, END_S, "gain 2")]
    assert events_of(heard, spans) == []


def test_a_receiver_that_is_tuned_elsewhere_raises_nothing():
    spans = [listened(0.0, 10 * DAY_S)]
    heard = [one for one in band() if one.start_s <= spans[0].end_s]
    station = Station(SELDOM)
    assert events_of(heard, spans, station) == []
    assert station.events(START_S + END_S) == []


def test_the_labels_of_another_model_raise_nothing():
    station = Station(SELDOM)
    station.model("first")
    play(station, band(end_s=10 * DAY_S), [listened(0.0, 10 * DAY_S)])
    station.model("second")
    later = [
        one for one in regular(1160.0, END_S, seed=1, frequency_hz=CHANNELS_HZ[1], label="fsk")
    ]
    later = [one for one in later if one.start_s > START_S + 10 * DAY_S]
    heard = [one for one in band() if one.start_s > START_S + 10 * DAY_S]
    heard = [one for one in heard if abs(one.frequency_hz - CHANNELS_HZ[1]) > 5e3]
    _, _, events = play(station, heard + later, [listened(0.0, END_S)])
    assert events == []


def test_events_are_the_same_after_restarts():
    gate = regular(1200.0, STOP_S, frequency_hz=CHANNELS_HZ[0])
    emissions, station, parts = band(gate), Station(SELDOM), []
    for day in range(0, 14, 2):
        part = [e for e in emissions if day * DAY_S <= e.start_s - START_S < (day + 2) * DAY_S]
        parts += events_of(part, [listened(0.0, (day + 2) * DAY_S)], station)
        station = Station.from_state(json.loads(json.dumps(station.to_state())), SELDOM)
    assert [kind for kind, _ in parts] == ["missing"]


def test_the_threshold_is_above_as_many_scores_as_are_allowed():
    week_s = 7 * DAY_S
    pool = Pool([[k * week_s / 500.0, -2.0 * math.log((k + 0.5) / 500.0)] for k in range(500)])
    assert pool.threshold(Age(week_s), 0.5, 1.0) is None
    for allowed in (1.0, 4.0, 12.0):
        expected = 2.0 * math.log(500.0 / allowed)
        assert pool.threshold(Age(week_s), 1.0, allowed) == pytest.approx(expected, abs=1.5)


def test_an_outage_in_the_past_does_not_raise_the_threshold():
    scores = [[float(k), 5.0 + 0.1 * k] for k in range(30)]
    one, two = Pool(scores), Pool([*scores, [31.0, 700.0]])
    assert two.threshold(Age(40.0), 1.0, 1.0) == one.threshold(Age(40.0), 1.0, 1.0)


def test_the_shares_are_of_the_alarms_that_a_user_allows():
    assert sum(SHARES.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("level_db", "offset_hz", "expected"), [(-50, 0, []), (-62, 6e3, ["new"])])
def test_what_a_known_transmitter_sends_by_chance_in_a_rhythm_is_nothing_new(
    level_db, offset_hz, expected
):
    """A button that is pressed six times, every half hour, and a sensor that begins there."""
    rng = np.random.default_rng(1)

    def one(time_s, level_db=-50, offset_hz=0.0):
        frequency = 433.9e6 + offset_hz + float(rng.normal(0.0, 300.0))
        return emission(time_s, frequency, power_db=level_db + float(rng.normal(0.0, 1.5)))

    rhythm = [STOP_S + 1800.0 * k + float(rng.normal(0.0, 20.0)) for k in range(6)]
    pressed = [time for time in rng.uniform(0.0, END_S, 560) if abs(time - STOP_S - 6000) > 7000]
    heard = [one(time) for time in pressed] + [one(time, level_db, offset_hz) for time in rhythm]
    heard += strangers(60, END_S, middle_hz=433.9e6)
    found = events_of(heard, station=Station(0.2))
    assert [event for event, _ in found] == expected


def test_emissions_of_a_known_transmitter_are_no_evidence_of_another_one():
    """Whatever their rhythm is, others are: nats against what the known one would give."""
    rng = np.random.default_rng(2)
    times = rng.uniform(0.0, STOP_S, 400)

    def one(time_s, level_db=-50.0, offset_hz=0.0, **values):
        level = level_db + float(rng.normal(0.0, 1.5))
        frequency = 433.9e6 + offset_hz + float(rng.normal(0.0, 300.0))
        return emission(float(time_s), frequency, power_db=level, **values)

    station = Station(SELDOM)
    play(station, [one(time) for time in times] + strangers(60, STOP_S, middle_hz=433.9e6))
    known = station.known

    def nats(**values):
        heard = [one(STOP_S + 1800.0 * k, **values) for k in range(6)]
        rows = [known.usual.row(each, 9000 + k) for k, each in enumerate(heard)]
        track = Track(9000, rows[0], "")
        for row in rows[1:]:
            track.take(row, "", 0.0, 0.0)
        track.timing.rhythm = Rhythm(1800.0, 20.0, 0.1)
        return known.own_nats(track)

    assert nats() < 18.0 < nats(level_db=-65.0, offset_hz=6e3, symbol_rate=4800.0)

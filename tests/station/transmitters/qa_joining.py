# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions of one transmitter are joined, and those of two are not."""

import json
from collections import Counter

import pytest
from gnuradio.rfattn_station.transmitters.station import Station
from made_transmitters import DAY_S, START_S, emission, play, regular, strangers

HOUR_S = 3600.0


def shares(ids, emissions, groups):
    """Of each group of emissions the transmitter that most have, and their share."""
    of = {id(one): number for one, number in zip(emissions, ids, strict=True)}
    found = []
    for group in groups:
        number, count = Counter(of[id(one)] for one in group).most_common(1)[0]
        found.append((number, count / len(group)))
    return found


def joined(*groups):
    station = Station()
    emissions, ids, _ = play(station, [one for group in groups for one in group])
    return station, shares(ids, emissions, groups)


def test_two_rhythms_on_one_channel_are_two():
    station, ((one, first), (two, second)) = joined(
        regular(600.0, 2 * DAY_S, seed=1), regular(910.0, 2 * DAY_S, seed=2)
    )
    assert one != two and first > 0.9 and second > 0.9
    periods = sorted(t.period_s for t in station.transmitters() if t.period_s)
    assert periods == [pytest.approx(600.0, rel=0.01), pytest.approx(910.0, rel=0.01)]


def test_one_that_drifts_stays_one():
    drifting = regular(600.0, 3 * DAY_S, frequency_hz=lambda t: 433.92e6 + t / DAY_S * 4e3)
    station, ((number, share),) = joined(drifting)
    assert share > 0.97
    (transmitter,) = [t for t in station.transmitters() if t.number == number]
    assert max(transmitter.frequencies_hz) == pytest.approx(433.932e6, abs=400.0)


def test_one_that_jumps_by_a_channel_stays_one():
    jumping = regular(600.0, 3 * DAY_S, frequency_hz=lambda t: 433.92e6 + 25e3 * (t > 1.5 * DAY_S))
    _, ((_, share),) = joined(jumping)
    assert share > 0.97


def test_one_that_uses_channels_in_turn_is_one():
    hopping = regular(600.0, 2 * DAY_S, frequency_hz=lambda t: 433.9e6 + 50e3 * (int(t / 97.0) % 3))
    _, ((_, share),) = joined(hopping)
    assert share > 0.9


@pytest.mark.parametrize("missed", (0.0, 0.2, 0.35))
def test_missed_emissions_do_not_split(missed):
    station, ((number, share),) = joined(regular(600.0, 2 * DAY_S, missed=missed))
    assert share > 0.97
    (transmitter,) = [t for t in station.transmitters() if t.number == number]
    assert transmitter.missed == pytest.approx(missed, abs=0.08)
    assert transmitter.next_s == pytest.approx(transmitter.last_s + 600.0, abs=20.0)


def test_strangers_are_not_part_of_a_transmitter():
    device, passing = regular(600.0, 2 * DAY_S), strangers(200.0, 2 * DAY_S)
    station = Station()
    emissions, ids, _ = play(station, device + passing)
    (number, share), _ = shares(ids, emissions, (device, passing))
    assert share > 0.95
    assert ids.count(number) < 1.05 * len(device)


def test_content_names_its_sender_whatever_the_rest_is():
    station = Station()
    ships = [
        station.add(emission(10.0 * k, 161.975e6, power_db=-40.0 - k % 7, sender=f"mmsi {k % 3}"))
        for k in range(60)
    ]
    assert ships == [0, 1, 2] * 20
    assert [t.sender for t in station.transmitters()] == ["mmsi 0", "mmsi 1", "mmsi 2"]
    assert [t.count for t in station.transmitters()] == [20, 20, 20]


def test_what_is_known_of_a_transmitter():
    station = Station()
    for k in range(48):
        station.add(emission(k * HOUR_S / 2.0, label="ook_srd" if k % 4 else "unknown"))
    station.named({0: "gate"})
    (gate,) = station.transmitters()
    assert (gate.number, gate.name, gate.count) == (0, "gate", 48)
    assert (gate.first_s, gate.last_s) == (START_S, START_S + 47 * HOUR_S / 2.0)
    assert gate.labels == {"unknown": 0.25, "ook_srd": 0.75}
    assert gate.hours == (1.0 / 24.0,) * 24
    assert gate.frequencies_hz == (433.92e6,)
    assert gate.period_s == pytest.approx(HOUR_S / 2.0, abs=1.0)
    assert gate.level_db == pytest.approx(-50.0)
    assert gate.missing_since_s is None


def test_a_restart_changes_nothing():
    emissions = sorted(
        regular(600.0, DAY_S, seed=1) + regular(910.0, DAY_S, seed=2) + strangers(200.0, DAY_S),
        key=lambda one: one.start_s,
    )
    one, two = Station(), Station()
    for k, heard in enumerate(emissions):
        if k % 50 == 25:
            two = Station.from_state(json.loads(json.dumps(two.to_state(), allow_nan=False)))
        assert one.add(heard) == two.add(heard)
    assert one.transmitters() == two.transmitters()
    assert one.rejoined() == two.rejoined()
    assert one.to_state() == two.to_state()


def test_the_state_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version must be 2; another .* version 7$"):
        Station.from_state({**Station().to_state(), "version": 7})


def test_at_most_so_many_are_kept():
    station = Station(most_transmitters=10)
    for k in range(50):
        station.add(emission(100.0 * k, 400e6 + 1e6 * k, sender=f"icao {k:06x}"))
    assert [t.sender for t in station.transmitters()] == [f"icao {k:06x}" for k in range(40, 50)]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"alarms_per_week": 0.0}, "alarms_per_week must be > 0, got 0.0"),
        ({"alarms_per_week": float("nan")}, "alarms_per_week must be > 0, got nan"),
        ({"most_transmitters": 0}, "most_transmitters must be > 0, got 0"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        Station(**arguments)

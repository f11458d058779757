# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of hours: what they count, that they come again, and that they outlive the rows."""

import random

import pytest
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.logbook.hours import (
    believe,
    count_hours,
    remove_thinned,
    thin,
    thin_to,
)
from gnuradio.rfattn_station.logbook.logbook import Logbook, thinned_until
from gnuradio.rfattn_station.logbook.occupancy import Occupancy, band_share, occupancies
from gnuradio.rfattn_station.logbook.questions import (
    Filter,
    emissions,
    heard_labels,
    listened_to,
)
from gnuradio.rfattn_station.logbook.tables import HOURS, STALE, row_of
from sqlalchemy import func, select

NIGHT = 1_790_035_200.0
MIDNIGHT_H = round(NIGHT / 3600)


def us(seconds):
    return round((NIGHT + seconds) * 1e6)


def listen(start, end, low=433e6, high=435e6, receiver="r"):
    return Listened(receiver, NIGHT + start, NIGHT + end, low, high)


def answers(logbook, **asked):
    """Everything that is asked, but for single emissions."""
    asked = Filter(**asked)
    with logbook.reading() as data:
        return heard_labels(data, asked), listened_to(data, asked), occupancies(data, asked)


def count_all(logbook):
    return count_hours(logbook, 2**40)


def test_counts_say_what_the_rows_say(logbook, heard):
    """Of any hours and parts of hours, in bands or not, and after rows that came late."""
    draw = random.Random(3)
    spans = [listen(h * 3600, (h + 1) * 3600 - 600 * (h % 2)) for h in range(6)]

    def some(count):
        return [
            heard(
                draw.uniform(0, 5.9 * 3600),
                draw.choice([0.0, 0.5, 60.0, 9000.0]),
                433 + draw.randrange(80) / 40,
                label=draw.choice(["ais", None]),
                width_hz=draw.choice([5e3, 1e6]),
                air_s=draw.choice([None, 0.25]),
            )
            for _ in range(count)
        ]

    logbook.write(some(60), spans)
    cases = [{}, {"low_hz": 433.5e6, "high_hz": 434e6}, {"label": "ais"}, {"label": ""}]
    times = [(0, 6 * 3600), (1800, 9000), (1800, 2000), (3600, 7200), (3599, 7201)]
    for late in some(5), some(5):
        cases += [{"since_us": us(a), "until_us": us(b)} for a, b in times]
        before = [answers(logbook, **case) for case in cases]
        assert count_all(logbook) >= 6
        with logbook.reading() as data:
            assert data.execute(select(func.count()).select_from(STALE)).scalar() == 0
            assert data.execute(select(func.sum(HOURS.c.begun))).scalar() >= 60
        for case, (labels, listened, occupied) in zip(cases, before, strict=True):
            now = answers(logbook, **case)
            assert now[0] == labels and now[1] == listened, case
            assert [one.low_hz for one in now[2]] == [one.low_hz for one in occupied], case
            assert [one.air_s for one in now[2]] == pytest.approx([one.air_s for one in occupied])
        logbook.write(late)


def test_an_emission_counts_in_each_of_its_hours(logbook, heard):
    logbook.write([heard(1800, 2 * 3600, air_s=3600.0)], [listen(0, 3600)])
    count_all(logbook)
    for begin, share in ((0, 900 / 3600), (3600, None), (7200, None)):
        (one,) = answers(logbook, since_us=us(begin), until_us=us(begin + 3600))[2]
        assert one.share == share and one.emissions == 1
    labels = answers(logbook)[0]
    assert labels == {
        "ais": {
            "emissions": 1,
            "first_s": NIGHT + 1800,
            "last_s": NIGHT + 9000,
            "low_hz": 433_912_500,
            "high_hz": 433_925_000,
        }
    }


def test_what_is_thinned_keeps_its_counts(logbook, heard):
    rows = [heard(60 * number, 30.0) for number in range(6 * 60)]
    long = heard(3000, 5 * 3600, 434.5, label="dmr", air_s=3600.0)
    logbook.write([*rows, long], [listen(h * 3600, h * 3600 + 1800) for h in range(6)])
    before = answers(logbook)
    thin(logbook, MIDNIGHT_H + 4)
    while remove_thinned(logbook):
        pass
    assert answers(logbook) == before
    with logbook.reading() as data:
        kept = emissions(data, Filter(), 1000)
        assert thinned_until(data) == MIDNIGHT_H + 4
    assert len(kept) == 2 * 60 + 1 and kept[0] == long
    assert count_all(logbook) == 2  # and those that are thinned are not counted again
    assert answers(logbook) == before
    # A part of a thinned hour is the whole hour.
    assert answers(logbook, since_us=us(1800), until_us=us(2000))[0]["ais"]["emissions"] == 60


def test_what_is_older_than_all_that_is_kept_is_left_out(logbook, heard):
    logbook.write([heard(number * 3600) for number in range(6)])
    thin(logbook, MIDNIGHT_H + 4)
    before = answers(logbook)
    assert logbook.write([heard(3600), heard(7300), heard(6 * 3600)]) == 2
    assert answers(logbook)[0]["ais"]["emissions"] == 7
    count_all(logbook)
    assert answers(logbook, until_us=us(4 * 3600)) == (
        *[{"ais": {**before[0]["ais"], "emissions": 4, "last_s": NIGHT + 3 * 3600 + 1}}],
        {},
        answers(logbook, until_us=us(4 * 3600))[2],
    )


def test_a_wrong_clock_costs_a_day_at_most(logbook, heard):
    logbook.write([heard(number * 86_400) for number in range(5)])
    thin(logbook, MIDNIGHT_H + 10 * 365 * 24)
    while remove_thinned(logbook):
        pass
    with logbook.reading() as data:
        assert [one.start_s for one in emissions(data, Filter(), 9)] == [
            NIGHT + day * 86_400 for day in range(1, 5)
        ]
    assert answers(logbook)[0]["ais"]["emissions"] == 5


def test_a_file_stays_as_large_as_it_may_be(tmp_path, heard):
    logbook = Logbook(tmp_path)
    sizes = []
    for hour in range(8):
        logbook.write([heard(3600 * hour + number) for number in range(2000)])
        thin_to(logbook, 2**20, MIDNIGHT_H + hour + 1)
        while remove_thinned(logbook):
            pass
        sizes.append(logbook.size_bytes())
    assert max(sizes) < 1.6 * 2**20 and (tmp_path / "logbook.sqlite").stat().st_size < 2**21
    assert answers(logbook)[0]["ais"]["emissions"] == 16_000
    logbook.close()


def test_counts_that_are_too_large_become_coarser_and_nothing_is_left_out(tmp_path, heard):
    """Those of hours, then days, then weeks; what comes in the present hour is always taken."""
    logbook, notes, day = Logbook(tmp_path), [], 24
    for hour in range(0, 40 * day, 6):
        logbook.write([heard(3600 * hour)], [listen(3600 * hour, 3600 * hour + 900)])
    thin_until = MIDNIGHT_H + 40 * day
    for _ in range(40):
        thin(logbook, thin_until)
        while remove_thinned(logbook):
            pass
    before = answers(logbook)
    for _ in range(60):
        notes.append(thin_to(logbook, 1, thin_until))
        assert answers(logbook) == before
    assert logbook.write([heard(3600 * 40 * day)]) == 0
    assert [note.partition("by ")[2].split()[0] for note in dict.fromkeys(notes)] == [
        "day",
        "week",
        "week",
    ]
    assert notes[-1] == "counts by week are larger than --keep, and nothing else can go"
    with logbook.reading() as data:
        hours = data.execute(select(HOURS.c.hour).where(HOURS.c.hour < thin_until - 7 * day))
        assert all(hour % (7 * day) == 0 for hour in hours.scalars())
    since, until = us(8 * day * 3600), us(9 * day * 3600)  # a day of a week, which counts as whole
    assert answers(logbook, since_us=since, until_us=until)[0]["ais"]["emissions"] == 28
    logbook.close()


@pytest.mark.parametrize("ahead", [2, 30, 90 * 24])
def test_a_clock_that_was_ahead_is_not_believed(logbook, heard, ahead):
    """Emissions are kept again, and what was counted ahead of time stays in the counts."""
    logbook.write([heard(3600 * ahead + number) for number in range(3)])
    thin(logbook, MIDNIGHT_H + ahead + 1)
    assert logbook.write([heard(0)]) == 1
    assert f"its clock was {ahead + 1} h ahead" in believe(logbook, MIDNIGHT_H)
    assert believe(logbook, MIDNIGHT_H) == "" and believe(logbook, 7) == ""
    assert logbook.write([heard(number) for number in range(5)]) == 0
    count_all(logbook)
    assert answers(logbook)[0]["ais"]["emissions"] == 8


def test_occupancy_is_time_over_time_of_listening(logbook, heard):
    """SM.1880-2: frequency channel occupancy, and that of the band as the mean of its channels."""
    beacons = [heard(number * 60, 6.0, 433.01875, width_hz=12_000.0) for number in range(60)]
    wide = heard(0, 900.0, 433.5, width_hz=100e3, label="dmr")
    logbook.write([*beacons, wide], [listen(0, 3600, 433e6, 434e6)])
    for _ in range(2):
        beacon, channel = answers(logbook)[2]
        assert (beacon.low_hz, beacon.high_hz) == (433_012_500, 433_025_000)
        assert (beacon.share, beacon.emissions, beacon.looks) == (0.1, 60, 3600)
        assert (channel.low_hz, channel.high_hz) == (433_450_000, 433_550_000)
        assert channel.share == 0.25
        with logbook.reading() as data:
            asked = Filter(low_hz=433e6, high_hz=434e6)
            rows = occupancies(data, asked)
            share = band_share(rows, 433e6, 434e6)
        assert share == pytest.approx((12_500 * 0.1 + 100_000 * 0.25) / 1e6)
        count_all(logbook)


def test_the_interval_of_an_occupancy_holds_the_truth():
    """Of made-up transmitters that are on and off for times without memory, 95 % of 200."""
    draw = random.Random(7)
    held = 0
    for _ in range(200):
        share, time, air, count = 0.2, 0.0, 0.0, 0
        while time < 3600:
            pause, on = draw.expovariate(1 / 80), draw.expovariate(1 / 20)
            begin, end = min(3600, time + pause), min(3600, time + pause + on)
            air, count, time = air + end - begin, count + (begin < 3600), time + pause + on
        low, high = Occupancy(0, 1, count, air, 3600.0, 3600).interval
        held += low <= share <= high
    assert 0.90 <= held / 200 <= 0.99, held


def test_looks_of_independent_samples_are_those_of_the_recommendation():
    """SM.1880-2, annex 2: 10 % of relative accuracy at 95 % need 3461 independent samples where a
    tenth of the time is occupied, and 849 where three tenths are: there the interval ends."""
    for share, looks in ((0.1, 3461), (0.3, 897)):
        low, high = Occupancy(0, 1, 10**6, share * 3600, 3600.0, looks).interval
        assert (high - low) / 2 == pytest.approx(0.1 * share, rel=0.01)


@pytest.mark.parametrize(
    "mhz, width, low, high",
    [
        (433.92, 10e3, 433.9125, 433.925),
        (433.925, 10e3, 433.9125, 433.9375),
        (100.0, 100e3, 99.95, 100.05),
        (100.0, 210e3, 99.875, 100.125),
        (618.0, 7.6e6, 613.6, 622.4),
        (0.0, 10.0, -0.0125, 0.0125),
    ],
)
def test_channels_of_an_emission(mhz, width, low, high, heard):
    row = row_of(heard(mhz=mhz, width_hz=width), 0)
    assert (row["low"] / 80, row["high"] / 80) == (low, high)

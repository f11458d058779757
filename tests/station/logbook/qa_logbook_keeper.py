# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a receiver's path keeps in a logbook: emissions, who sends, and when it listened."""

import os
import time
from collections import deque

import pytest
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.failures import Failures
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.decoded import Decoded
from gnuradio.rfattn_station.blocks.logbook_keeper import LogbookKeeper
from gnuradio.rfattn_station.logbook.heard import Heard, Listened
from gnuradio.rfattn_station.logbook.logbook import Logbook
from gnuradio.rfattn_station.logbook.questions import Filter, events, heard_labels, listened_to
from gnuradio.rfattn_station.logbook.received import sender_in
from gnuradio.rfattn_station.logbook.writer import LogbookWriter

from page_messages import EMISSION

NIGHT = 1_790_035_200.0
RATE = 1e6


class Writer:
    """Keeps what it gets."""

    kept = lost = left_out = 0
    follower = None

    def __init__(self):
        self.failures = Failures(print)
        self.heard, self.spans, self.waited, self.notes = [], {}, [], deque()

    def add(self, heard):
        self.heard.append(heard)

    def listened(self, listened):
        self.spans[listened.start_s, listened.low_hz] = listened

    def settle(self, most_s):
        self.waited.append(most_s)


class Station:
    """A keeper whose clocks stand still until they are told otherwise."""

    def __init__(self, contents=False):
        self.wall, self.timer, self.sample = NIGHT, 500.0, 0
        self.writer = Writer()
        clocks = {"clock": lambda: self.wall, "timer": lambda: self.timer}
        self.keeper = LogbookKeeper(self.writer, "r", "gain 20 dB", contents, **clocks)
        self.keeper.tuned(100e6)

    def run(self, seconds, step=1.0):
        for _ in range(round(seconds / step)):
            self.wall, self.timer = self.wall + step, self.timer + step
            self.sample += round(step * RATE)
            self.keeper.look(self.sample, RATE)

    def spans(self):
        """Begin and end of each time of listening, s since midnight."""
        self.keeper.complete()
        return [(one.start_s - NIGHT, one.end_s - NIGHT) for one in self.writer.spans.values()]


def record(decoded=(), **fields):
    made = EmissionRecord(schema.read("emissions", {**EMISSION, "state": "end", **fields}))
    for one in decoded:
        made.add_decoded(one)
    return made


def test_an_emission_is_kept_as_it_was_booked():
    station = Station()
    fields = {"label": "dmr", "family": "x", "confidence": 0.5, "basis": "shape", "duty": 0.25}
    station.keeper.add_final(record(rx_time=[NIGHT, 0.5], symbol_rate=4800.0, **fields), RATE)
    assert station.writer.heard == [
        Heard(
            NIGHT + 0.5, NIGHT + 0.6, 2.585e9, 200e3, 1, EMISSION.get("period_s"), 12.34, -40.5,
            4800.0, "dmr", "x", 0.5, "shape", None, None, "r", pytest.approx(0.025),
        )
    ]  # fmt: skip


def test_one_without_a_time_has_that_of_its_samples():
    station = Station()
    station.run(10)
    station.keeper.add_final(record(sample_start=4_000_000), RATE)
    assert station.writer.heard[0].start_s == NIGHT + 4


@pytest.mark.parametrize(
    "fields",
    [
        {"flags": ["ignored"]},
        {"flags": ["sideband"], "sideband_of": 3},
        {"burst_count": 0},
    ],
)
def test_what_is_no_emission_of_its_own_is_left_out(fields):
    station = Station()
    station.keeper.add_final(record(rx_time=[NIGHT, 0.0], **fields), RATE)
    assert station.writer.heard == [] and station.writer.failures.count == 0


SHIP = Decoded(1, "AIS", "type 1, MMSI 002112345", is_right=True, fields={"mmsi": 2112345})
OTHER = Decoded(1, "AIS", "type 1, MMSI 211000000", is_right=True, fields={"mmsi": 211000000})
WRONG = Decoded(1, "AIS", "x", is_right=False, fields={"mmsi": 1})


def test_content_is_kept_where_it_is_asked_for_and_the_sender_always():
    for contents, text in ((False, None), (True, "AIS: type 1, MMSI 002112345\nAIS: x")):
        station = Station(contents)
        station.keeper.add_final(record([SHIP, WRONG], rx_time=[NIGHT, 0.0]), RATE)
        (one,) = station.writer.heard
        assert (one.sender, one.content) == ("mmsi 002112345", text)


@pytest.mark.parametrize(
    "frames, sender",
    [
        ([], None),
        ([None, {"text": "x"}], None),
        ([{"address": "3c6589", "kind": "x"}], "icao 3c6589"),
        ([{"source": "DL1ABC-9", "destination": "APRS"}], "call DL1ABC-9"),
        ([{"home": "B7649CE2", "source": 1}], "zwave B7649CE2 1"),
        ([SHIP.fields, OTHER.fields, OTHER.fields], "mmsi 211000000"),
        ([{"home": "x"}], None),
    ],
)
def test_senders(frames, sender):
    assert sender_in(frames) == sender


def test_listening_is_noted_each_ten_seconds_and_by_the_hour():
    station = Station()
    station.run(9)
    assert [one.end_s - one.start_s for one in station.writer.spans.values()] == [0]
    station.run(2)
    (span,) = station.writer.spans.values()
    assert span == Listened("r", NIGHT + 1, NIGHT + 11, 99.5e6, 100.5e6, "gain 20 dB")
    station.run(2 * 3600 - 11)
    assert station.spans() == [(1, 3600), (3600, 7200), (7200, 7200)]


def test_a_receiver_that_sends_nothing_does_not_listen():
    station = Station()
    station.run(10)
    for _ in range(30):
        station.wall, station.timer = station.wall + 1, station.timer + 1
        station.keeper.look(station.sample, RATE)
    station.run(5)
    assert station.spans() == [(1, 12), (41, 45)]


@pytest.mark.parametrize(
    "by, text",
    [(-7200.0, "back by 2:00:00"), (-3000.0, "back by 0:50:00"), (10.0, "forward by 0:00:10")],
)
def test_a_clock_that_is_set_begins_another_time(by, text):
    """So no time is listened to that was not, and none twice for each look; an event says so."""
    station = Station()
    station.run(10)
    station.wall += by
    station.writer.notes.append("logbook: full")
    station.run(10)
    assert station.spans() == [(1, 10), (11 + by, 20 + by)]
    events = [schema.read("events", one) for one in station.keeper.take_events()]
    assert [(one.event, one.receiver, one.text) for one in events] == [
        ("receiver", "r", f"clock set {text}"),
        ("receiver", "r", "logbook: full"),
    ]
    assert station.keeper.take_events() == []


def test_each_visit_of_a_scan_is_a_time_of_its_own():
    station = Station()
    for frequency in (100e6, 200e6, 100e6):
        station.keeper.tuned(frequency)
        station.run(2, 0.5)
    station.keeper.complete()
    spans = [
        (one.start_s - NIGHT, one.end_s - NIGHT, one.low_hz)
        for one in station.writer.spans.values()
    ]
    assert spans == [(0.5, 2, 99.5e6), (2.5, 4, 199.5e6), (4.5, 6, 99.5e6)]


def test_an_error_leaves_the_receiver_as_it_is():
    station = Station()
    station.writer.add = None
    station.keeper.add_final(record(rx_time=[NIGHT, 0.0]), RATE)
    station.writer.listened = None
    station.run(20)
    assert station.writer.failures.count >= 2


@pytest.fixture
def zone(monkeypatch):
    yield lambda name: (monkeypatch.setenv("TZ", name), time.tzset())
    monkeypatch.delenv("TZ")
    time.tzset()


def test_time_zones_and_summer_time_change_nothing(tmp_path, zone):
    """In the night in which clocks go back, 2:30 comes twice: those are two hours."""
    october = 1_792_888_200.0  # 2026-10-25 00:30 UTC, 2:30 in Berlin
    found = []
    for name in ("UTC", "Europe/Berlin", "America/New_York"):
        zone(name)
        assert os.environ["TZ"] == name
        logbook = Logbook(tmp_path / name.partition("/")[0])
        times = (october, october + 3600)
        logbook.write(
            [Heard(when, when + 1, 1e8, 1e4, label="ais") for when in times],
            [Listened("r", when, when + 600, 99e6, 101e6) for when in times],
        )
        with logbook.reading() as data:
            asked = [Filter(round(when * 1e6), round(when * 1e6) + 3_600_000_000) for when in times]
            found.append([(heard_labels(data, one), listened_to(data, one)) for one in asked])
        logbook.close()
    assert found[0] == found[1] == found[2]
    assert [one[0]["ais"]["emissions"] for one in found[0]] == [1, 1]


def test_what_was_not_measured_is_not_listened_to():
    station = Station()
    station.run(10)
    measured = station.sample
    for _ in range(20):
        station.wall, station.timer = station.wall + 1.0, station.timer + 1.0
        station.sample += round(RATE)
        station.keeper.look(station.sample, RATE, measured)
    (span,) = station.writer.spans.values()
    assert span.end_s - NIGHT == pytest.approx(12.0)


def test_what_happened_to_the_receiver_is_kept(tmp_path):
    event = {"event": "receiver", "time_unix_s": NIGHT, "since_unix_s": NIGHT - 10.0}
    event |= {"receiver": "r", "works": False, "text": "no samples since 22:13:10"}
    writer = LogbookWriter(tmp_path)
    LogbookKeeper(writer, "r").show_event(event)
    writer.close()
    logbook = Logbook(tmp_path)
    with logbook.reading() as data:
        (found,) = events(data, Filter(), 9)
        assert events(data, Filter(low_hz=1e6, high_hz=2e6), 9) == []
    logbook.close()
    assert {**found, **event} == found
    assert (found["transmitter"], found["frequency"]) == (None, None)

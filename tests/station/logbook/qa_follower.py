# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What joins emissions gets each once, between runs and after a kill, too."""

import json
from dataclasses import asdict, dataclass

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn_station.logbook import follower as followers
from gnuradio.rfattn_station.logbook.followed import WHOLE, transmitter_states
from gnuradio.rfattn_station.logbook.follower import Follower, Named
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.logbook.logbook import Logbook
from gnuradio.rfattn_station.logbook.names import give_name, given_names
from gnuradio.rfattn_station.logbook.questions import Filter, events
from gnuradio.rfattn_station.logbook.tables import STATE
from gnuradio.rfattn_station.logbook.writer import LogbookWriter
from gnuradio.rfattn_station.transmitters.station import Station
from gnuradio.rfattn_station.transmitters.transmitter import Moved
from sqlalchemy import select

NIGHT = 1_790_035_200.0


@dataclass
class Event:
    event: str
    time_unix_s: float
    transmitter: int
    frequency_hz: float = 433.92e6
    label: str | None = "ais"
    since_unix_s: float = NIGHT
    text: str = "new"


class Joined:
    """Keeps what it gets in its state, and reports each hundredth emission."""

    def __init__(self, state=None):
        state = state or {"starts": [], "spans": []}
        self.starts, self.spans = state["starts"], state["spans"]
        self._events, self.moved, self.names = [], [], {}

    def add(self, heard):
        self.starts.append(heard.start_s - NIGHT)
        if len(self.starts) % 100 == 0:
            self._events.append(Event("new", heard.start_s, len(self.starts)))

    def listened(self, span):
        self.spans.append([span.start_s - NIGHT, span.end_s - NIGHT, span.settings])

    def rejoined(self):
        moved, self.moved = self.moved, []
        return moved

    def named(self, names):
        self.names = names
        return []

    def events(self, now_s):
        found, self._events = self._events, []
        return found

    def to_state(self):
        return {"starts": self.starts, "spans": self.spans}


def writer_of(where):
    return LogbookWriter(where, "gain 1", follower=Follower("r", Joined))


def state_in(where):
    with Logbook(where, is_new=False).reading() as data:
        return transmitter_states(data)["r"]


def test_each_emission_once_between_runs(where, heard, monkeypatch):
    """Those that were there before the first run, and those of another receiver left out."""
    monkeypatch.setattr(followers, "_AT_ONCE", 7)
    logbook = Logbook(where)
    logbook.write([heard(number) for number in range(20)], settings="gain 1")
    logbook.write([heard(number, receiver="x") for number in range(20)])
    for begin in (20, 45):
        writer = writer_of(where)
        for number in range(begin, begin + 25):
            writer.add(heard(number))
            writer.settle(30.0)
        writer.listened(Listened("r", NIGHT + begin, NIGHT + begin + 25, 1e6, 2e6, "gain 1"))
        writer.close()
        assert writer.failures.count == 0, writer.failures
    begin = Follower("r", Joined)
    while begin._is_behind:
        begin.look(logbook, NIGHT)
    starts = begin._station.starts
    assert starts == list(range(70))
    assert [70 - 25, 70, "gain 1"] in begin._station.spans


def test_after_a_kill_the_rest_comes_from_the_logbook(where, heard):
    logbook, first = Logbook(where), Follower("r", Joined)
    first.look(logbook, NIGHT)
    first.look(logbook, NIGHT)
    for number in range(250):
        logbook.write([heard(number)])
        first.take([heard(number)], [])
        if number == 120:
            first.save(logbook, NIGHT)
    second = Follower("r", Joined)
    while second._is_behind:
        second.look(logbook, NIGHT)
    assert second._station.starts == first._station.starts == list(range(250))


def test_an_emission_that_cannot_be_joined_costs_no_other(where, heard, monkeypatch):
    """Neither while they come nor when they are taken from the logbook."""
    add = Joined.add

    def broken(self, one):
        if one.start_s == NIGHT + 3:
            raise ArithmeticError("three")
        add(self, one)

    monkeypatch.setattr(Joined, "add", broken)
    logbook, follower, some = Logbook(where), Follower("r", Joined), [*map(heard, range(6))]
    logbook.write(some)
    follower.look(logbook, NIGHT)
    with pytest.raises(ArithmeticError):
        follower.look(logbook, NIGHT)
    follower.look(logbook, NIGHT)
    with pytest.raises(ArithmeticError):
        follower.take([heard(3), heard(7)], [])
    assert follower._station.starts == [0, 1, 2, 4, 5, 7]


def test_after_a_clock_that_was_set_back_a_kill_costs_nothing(where, heard):
    """What the wrong clock wrote ahead of time is not waited for."""
    logbook, first = Logbook(where), Follower("r", Joined)
    for _ in range(2):
        first.look(logbook, NIGHT)
    for start in (864_000, 864_010, 0, 10, 20):
        span = Listened("r", NIGHT + start, NIGHT + start + 9, 1e6, 2e6)
        logbook.write([heard(start)], [span])
        first.take([heard(start)], [span])
    first.save(logbook, NIGHT)
    logbook.write([heard(30)])
    second = Follower("r", Joined)
    while second._is_behind:
        second.look(logbook, NIGHT + 40)
    assert [one for one in second._station.starts if one < 864_000] == [0, 10, 20, 30]
    assert len(second._station.starts) == 6


class Sending(Joined):
    """Has a transmitter for each second of a minute, which keeps how many it sent."""

    def to_state(self):
        numbers = [int(start % 60) for start in self.starts]
        tracks = [{"number": one, "count": numbers.count(one)} for one in sorted({*numbers})]
        return {"tracks": tracks, **super().to_state(), "version": 2}


def rows_in(logbook):
    with logbook.reading() as data:
        return dict(data.execute(select(STATE.c.name, STATE.c.value)).tuples().all())


def test_rows_are_written_of_transmitters_that_changed(logbook, heard):
    """Of one that is forgotten the row goes; where nothing was taken, nothing is written."""
    follower, other = Follower("r", Sending), Follower("a r", Sending)
    for one in (follower, other):
        for _ in range(2):
            one.look(logbook, NIGHT)
    follower.take([heard(number) for number in range(20)], [])
    for one in (follower, other):
        one.save(logbook, NIGHT)
    first = rows_in(logbook)
    follower.save(logbook, NIGHT)
    assert rows_in(logbook) == first
    follower.take([heard(60 + 7)], [])
    follower._station.starts.remove(3.0)
    follower.save(logbook, NIGHT)
    second = rows_in(logbook)
    changed = {name for name in second if second[name] != first.get(name)}
    parts = "transmitter 7 r", "transmitter station.starts r", "transmitter until_us r"
    assert changed == {*parts, "transmitters r"}
    assert first.keys() - second.keys() == {"transmitter 3 r"}
    assert "transmitter station.starts a r" in second
    with logbook.reading() as data:
        states = transmitter_states(data)
    assert states == {"r": follower._station.to_state(), "a r": other._station.to_state()}


@pytest.mark.parametrize("was", ["of an earlier version", "of another process", "not kept"])
def test_a_state_is_whole_whoever_wrote_before(was, logbook, heard, monkeypatch):
    """Rows of two states are not mixed."""
    first = Follower("r", Sending)
    for _ in range(2):
        first.look(logbook, NIGHT)
    first.take([heard(number) for number in range(9)], [])
    first.save(logbook, NIGHT)
    first.take([heard(5 + 60)], [])
    if was == "of an earlier version":
        old = {"until_us": 0, "waiting": [], "station": {**Sending().to_state(), "spans": [[1]]}}
        with logbook.writing() as data:
            logbook.set_state(data, f"{WHOLE}r", old)
        with logbook.reading() as data:
            assert transmitter_states(data) == {"r": old["station"]}
    elif was == "of another process":
        second = Follower("r", Sending)
        second.look(logbook, NIGHT)
        second.take([heard(200)], [])
        second.save(logbook, NIGHT)
    else:
        with monkeypatch.context() as broken, pytest.raises(TypeError):
            broken.setattr(logbook, "set_texts", None)
            first.save(logbook, NIGHT)
    first.save(logbook, NIGHT)
    with logbook.reading() as data:
        assert transmitter_states(data) == {"r": first._station.to_state()}


def test_an_event_and_the_state_that_has_it_are_kept_together(where, heard, monkeypatch):
    """So it comes once, whenever the process is killed."""
    monkeypatch.setattr(followers, "_LOOK_S", 0.0)
    logbook, follower = Logbook(where), Follower("r", Joined)
    logbook.write([heard(number) for number in range(150)])
    for _ in range(3):
        follower.look(logbook, NIGHT)
    with logbook.reading() as data:
        (event,) = events(data, Filter(), 9)
        assert (event["transmitter"], event["receiver"]) == (100, "r")
    assert len(state_in(where)["starts"]) == 150
    monkeypatch.setattr(logbook, "set_texts", None)
    logbook.write([heard(number) for number in range(150, 250)])
    follower.take([heard(number) for number in range(150, 250)], [])
    with pytest.raises(TypeError):
        follower.look(logbook, NIGHT)
    with logbook.reading() as data:
        assert len(events(data, Filter(), 9)) == 1


def test_an_event_is_handed_over_once_and_with_its_name(where, heard, monkeypatch):
    """What nobody took until the end comes in the next run."""
    monkeypatch.setattr(followers, "_LOOK_S", 0.0)
    logbook, follower = Logbook(where), Follower("r", Joined)
    logbook.write([heard(number) for number in range(100)])
    with logbook.writing() as data:
        give_name(logbook, data, "100 r", "gate", False)
    for _ in range(3):
        follower.look(logbook, NIGHT)
    (event,) = follower.take_events()
    assert event == {
        "event": "new",
        "time_unix_s": NIGHT + 99.0,
        "since_unix_s": NIGHT,
        "transmitter": 100,
        "name": "gate",
        "receiver": "r",
        "frequency": 433.92e6,
        "label": "ais",
        "text": "new",
    }
    with logbook.reading() as data:
        assert events(data, Filter(), 9) == [event]
    more = [heard(number) for number in range(100, 200)]
    logbook.write(more)
    follower.take(more, [])
    follower.save(logbook, NIGHT)
    second = Follower("r", Joined)
    for _ in range(3):
        second.look(logbook, NIGHT)
    (event,) = second.take_events()
    assert (event["transmitter"], second.take_events()) == (200, [])
    second.save(logbook, NIGHT)
    third = Follower("r", Joined)
    third.look(logbook, NIGHT)
    assert third.take_events() == []


def test_an_event_of_a_muted_transmitter_is_kept_and_not_told(where, heard, monkeypatch):
    monkeypatch.setattr(followers, "_LOOK_S", 0.0)
    logbook, follower = Logbook(where), Follower("r", Joined)
    logbook.write([heard(number) for number in range(100)])
    with logbook.writing() as data:
        give_name(logbook, data, "100 r", "", True)
    for _ in range(3):
        follower.look(logbook, NIGHT)
    with logbook.reading() as data:
        assert (follower.take_events(), events(data, Filter(), 9)) == ([], [])
    with logbook.writing() as data:
        give_name(logbook, data, "100 r", "", False)
        assert [event["event"] for event in events(data, Filter(), 9)] == ["new"]


def test_a_name_stays_with_the_emissions(where, heard, monkeypatch):
    """Of another receiver nothing is read."""
    monkeypatch.setattr(followers, "_LOOK_S", 0.0)
    logbook, follower = Logbook(where), Follower("r s", Joined)
    with logbook.writing() as data:
        give_name(logbook, data, "3 r s", "gate", True)
        give_name(logbook, data, "4 r", "door", False)
    for _ in range(3):
        follower.look(logbook, NIGHT)
    assert follower._station.names == {3: "gate"}
    follower._station.moved = [Moved(3, 7, (1, 2)), Moved(3, 9, None), Moved(5, 9, None)]
    follower.look(logbook, NIGHT)
    assert follower._station.names == {9: "gate"}
    with logbook.reading() as data:
        assert given_names(data) == {
            "9 r s": {"name": "gate", "is_muted": True},
            "4 r": {"name": "door", "is_muted": False},
        }


def test_transmitters_that_have_names(where, heard, monkeypatch):
    monkeypatch.setattr(followers, "_LOOK_S", 0.0)
    logbook = Logbook(where)
    follower = Follower("r", lambda kept: Station.from_state(kept) if kept else Station())
    logbook.write([heard(60.0 * number, 0.1, sender="mmsi 1") for number in range(9)])
    with logbook.writing() as data:
        give_name(logbook, data, "0 r", "ship", False)
        give_name(logbook, data, "8 r", "gone", False)
    for _ in range(3):
        follower.look(logbook, NIGHT)
    named = follower.named
    assert named == [Named(0, "ship", NIGHT + 480.0, True, "ais", 433.92e6)]
    follower.look(logbook, NIGHT)
    assert follower.named is named
    with logbook.writing() as data:
        give_name(logbook, data, "0 r", "", False)
    follower.look(logbook, NIGHT)
    assert follower.named == []


def test_an_event_is_kept_once(where, heard):
    logbook = Logbook(where)
    new, back = asdict(Event("new", NIGHT, 3)), asdict(Event("back", NIGHT, 3))
    with logbook.writing() as data:
        for _ in range(2):
            logbook.add_events(data, "r", [new, back])
        logbook.add_events(data, "s", [asdict(Event("new", NIGHT + 9, 1, 868e6, None))])
    with logbook.reading() as data:
        found = events(data, Filter(), 9)
        assert sorted((one["receiver"], one["event"]) for one in found[:2]) == [
            ("r", "back"),
            ("r", "new"),
        ]
        assert found[2]["receiver"] == "s" and len(found) == 3
        assert len(events(data, Filter(low_hz=868e6, high_hz=869e6), 9)) == 1
        assert len(events(data, Filter(label="ais"), 1)) == 1
        assert events(data, Filter(until_us=round(NIGHT * 1e6)), 9) == []


def test_transmitters_of_a_station(where, heard, capsys):
    """As `live --station` joins them and `station DIR` lists them."""
    writer = LogbookWriter(
        where, follower=Follower("r", lambda kept: Station.from_state(kept) if kept else Station())
    )
    for number in range(40):
        writer.add(heard(60.0 * number, 0.1, sender="mmsi 1"))
        writer.add(heard(60.0 * number + 7, 0.5, 434.5, label=None, snr_db=9.0))
    writer.settle(30.0)
    writer.close()
    assert writer.failures.count == 0, writer.failures
    again = LogbookWriter(
        where, follower=Follower("r", lambda kept: Station.from_state(kept) if kept else Station())
    )
    again.add(heard(60.0 * 40, 0.1, sender="mmsi 1"))
    again.settle(30.0)
    again.close()
    logbook, follower = (
        Logbook(where),
        Follower("r", lambda kept: Station.from_state(kept) if kept else Station()),
    )
    while follower._is_behind:
        follower.look(logbook, NIGHT)
    follower.save(logbook, NIGHT)
    assert main(["station", where, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    by_sender = {one["sender"]: one for one in found["transmitters"]}
    assert by_sender["mmsi 1"]["count"] == 41 and by_sender["mmsi 1"]["labels"] == {"ais": 1.0}
    assert sum(one["count"] for one in found["transmitters"]) == 81 and found["events"] == []
    assert main(["station", where, "--band", "433M-434M"]) == 0
    text = capsys.readouterr().out
    assert "| mmsi 1 | ais | 433.9200 | 2026-09-22 00:00:00 | 2026-09-22 00:40:00 | 41 |" in text

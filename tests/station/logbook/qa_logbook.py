# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A logbook: what is kept, once, by several writers, and what is refused."""

import sqlite3
from contextlib import closing

import pytest
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.logbook.logbook import FILE, Logbook, state_of
from gnuradio.rfattn_station.logbook.questions import Filter, emissions, listened_to

NIGHT = 1_790_035_200.0
LISTENED = Listened("r", NIGHT, NIGHT + 10, 433e6, 435e6, "gain 20 dB")


def all_of(logbook):
    with logbook.reading() as data:
        return emissions(data, Filter(), 1000)


def test_what_was_heard_comes_back(logbook, where, heard):
    full = heard(
        0.25,
        2.5,
        burst_count=3,
        period_s=0.5,
        power_db=-30.5,
        symbol_rate=9600.0,
        family="FSK packets",
        confidence=0.75,
        basis="proved",
        sender="mmsi 211234560",
        content="AIS: type 1, MMSI 211234560\nAIS: Ü",
        air_s=0.125,
    )
    plain = heard(5, label=None, snr_db=None)
    logbook.write([full, plain], [LISTENED], "gain 20 dB")
    again = Logbook(where, is_new=False)
    assert all_of(again)[0] == full
    assert all_of(again)[1].label is None and all_of(again)[1].air_s == 1.0
    with again.reading() as data:
        assert listened_to(data, Filter()) == {("r", 433e6, 435e6): (10_000_000, 10)}
    again.close()


def test_nothing_is_doubled(logbook, heard):
    logbook.write([heard(1), heard(2)])
    logbook.write([heard(2, label="dmr"), heard(3)])
    logbook.write([heard(2, mhz=433.95), heard(2, receiver="other")])
    found = [(one.start_s - NIGHT, one.label, one.receiver) for one in all_of(logbook)]
    assert sorted(found) == [
        (1, "ais", "r"), (2, "ais", "other"), (2, "ais", "r"), (2, "ais", "r"), (3, "ais", "r"),
    ]  # fmt: skip


def test_a_time_of_listening_gets_its_newest_end(logbook):
    for end in (20, 30):
        logbook.write([], [Listened("r", NIGHT, NIGHT + end, 433e6, 435e6, "gain 20 dB")])
    with logbook.reading() as data:
        assert listened_to(data, Filter()) == {("r", 433e6, 435e6): (30_000_000, 30)}


def test_several_write_at_once(logbook, where, heard):
    with closing(Logbook(where)) as other:
        for number in range(20):
            receiver = f"r{number % 2}"
            (logbook, other)[number % 2].write([heard(number, receiver=receiver)])
        assert [one.receiver for one in all_of(other)] == ["r0", "r1"] * 10
        with logbook.reading() as data:
            assert len(emissions(data, Filter(), 100)) == 20
            logbook.write([heard(99)])
            assert len(emissions(data, Filter(), 100)) == 20  # a reader sees one state
        assert len(all_of(other)) == 21


def test_a_write_is_whole_or_nothing(logbook, heard):
    with pytest.raises(TypeError):
        logbook.write([heard(1)], [], state={"x": object()})
    assert all_of(logbook) == []
    logbook.write([heard(1)], [], state={"x": [1]})
    with logbook.reading() as data:
        state = [state_of(data, name) for name in ("x", "y", "version")]
    assert state == [[1], None, 1]
    assert [one.receiver for one in all_of(logbook)] == ["r"]


def test_folders_that_are_refused(tmp_path):
    with pytest.raises(ValueError, match=f"no {FILE} in it; gr-rfattn live writes it with --stat"):
        Logbook(tmp_path, is_new=False)
    with pytest.raises(ValueError, match=r"b: no folder .*a to make it in"):
        Logbook(tmp_path / "a" / "b")
    (tmp_path / FILE).write_bytes(b"no database, " * 100)
    with pytest.raises(ValueError, match=f"{FILE}: file is not a database"):
        Logbook(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "create trigger t after insert on heard begin delete from heard; end",
        "drop table heard; create view heard as select 1",
        "drop table stale",
        "create index i on heard (label)",
        "alter table heard add column more text",
    ],
)
def test_tables_that_others_made_are_refused(statement, tmp_path):
    Logbook(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as data:
        data.executescript(statement)
    for is_new in (False, True):
        with pytest.raises(ValueError) as refusal:
            Logbook(tmp_path, is_new)
        names = "events, heard, hours, listened, listened_hours, receivers, stale, state"
        text = f"{tmp_path / FILE}: it has not the tables {names} that gr-rfattn makes"
        assert str(refusal.value) == text


def test_servers_that_are_refused(server):
    folder = server().partition("host=")[2]
    with pytest.raises(ValueError, match="postgresql:: no address of a PostgreSQL server"):
        Logbook("postgresql://a:b:c:d")
    with pytest.raises(ValueError) as refusal:
        Logbook(f"postgresql://u:secret@/none?host={folder}")
    text = str(refusal.value)
    assert text.startswith("postgresql://u:***@/none?host=") and "secret" not in text
    assert 'role "u" does not exist' in text

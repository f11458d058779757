# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled emissions of a station: what is kept, what is replaced, and what is refused."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from gnuradio.rfattn.emissions import example_store
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.example_store import CHECKSUM, FILE, PERSON, ExampleStore

from observations import OTHER_TABLES, observation


def test_an_example_comes_back(tmp_path):
    about = observation(burst_s=0.5, frequency_hz=1e8, symbol_rate=4800.0, frames="DMR")
    ExampleStore(tmp_path / "kept").add("dmr", CHECKSUM, about)
    (one,) = ExampleStore(tmp_path / "kept", is_new=False).examples()
    assert (one.label, one.origin, one.number, one.source) == ("dmr", CHECKSUM, 0, "r 1")
    assert one.facts == Facts(12e3, False, 20.0, 0.5, 1, 1e8, 4800.0, "DMR")
    logs = {name: round(value, 4) for name, value in about.log_probabilities.items()}
    assert one.observation == replace(about, log_probabilities=logs)


def test_the_oldest_of_a_label_go(tmp_path):
    store = ExampleStore(tmp_path, most=4)
    for number in range(8):
        store.add("dmr", CHECKSUM, observation(number))
    store.add("ais", CHECKSUM, observation(99))
    kept = [(one.label, one.number) for one in store.examples()]
    assert kept == [("ais", 0), *(("dmr", number) for number in range(4, 8))]


def test_an_emission_is_kept_once_and_a_person_knows_better(tmp_path):
    store = ExampleStore(tmp_path)
    store.add("dmr", CHECKSUM, observation(snr_db=10.0))
    store.add("dmr", CHECKSUM, observation(snr_db=20.0))
    (one,) = store.examples()
    assert (one.number, one.observation.snr_db) == (0, 20.0)
    store.add("gate", PERSON, observation())
    store.add("dmr", CHECKSUM, observation(snr_db=30.0))
    (one,) = store.examples()
    assert (one.label, one.origin, one.observation.snr_db) == ("gate", PERSON, 30.0)


def test_examples_of_a_model_and_of_a_label(tmp_path):
    store = ExampleStore(tmp_path)
    store.add("dmr", CHECKSUM, observation(1, model="m"))
    store.add("dmr", CHECKSUM, observation(2, model="n"))
    store.add("ais", PERSON, observation(3, model="m"))
    assert [one.source for one in store.examples("m")] == ["r 3", "r 1"]
    assert (store.forget("dmr"), store.forget("dmr")) == (2, 0)
    assert [one.label for one in store.examples()] == ["ais"]


def test_two_processes_write_at_once(tmp_path):
    first, second = ExampleStore(tmp_path), ExampleStore(tmp_path)
    for number in range(10):
        (first, second)[number % 2].add("dmr", CHECKSUM, observation(number))
    assert [one.number for one in first.examples()] == list(range(10))


def test_folders_that_are_refused(tmp_path):
    with pytest.raises(ValueError, match=f"no {FILE} in it; gr-rfattn live and serve write it"):
        ExampleStore(tmp_path, is_new=False)
    with pytest.raises(ValueError, match=r"b: no folder .*a to make it in"):
        ExampleStore(tmp_path / "a" / "b")
    (tmp_path / FILE).write_bytes(b"no database, " * 100)
    with pytest.raises(ValueError, match=f"{FILE}: file is not a database"):
        ExampleStore(tmp_path)


@pytest.mark.parametrize("statements", OTHER_TABLES, ids=range(len(OTHER_TABLES)))
def test_another_table_of_that_name_is_refused(statements, tmp_path):
    """Such as a view without end, or a table with triggers, which run when it is written."""
    ExampleStore(tmp_path).add("ais", CHECKSUM, observation())
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as data:
        data.executescript(statements)
    for is_new in (False, True):
        with pytest.raises(ValueError) as refusal:
            ExampleStore(tmp_path, is_new)
        text = f"{tmp_path / FILE}: it has not the table examples that gr-rfattn makes"
        assert str(refusal.value) == text


def test_a_file_without_the_table_is_refused_where_it_must_be_there(tmp_path):
    (tmp_path / FILE).touch()
    with pytest.raises(ValueError, match="it has not the table examples that gr-rfattn makes"):
        ExampleStore(tmp_path, is_new=False)
    assert ExampleStore(tmp_path).examples() == []


def test_rows_are_bounded_in_number_and_size(tmp_path, monkeypatch):
    store = ExampleStore(tmp_path)
    for number in range(4):
        store.add("dmr", CHECKSUM, observation(number))
    monkeypatch.setattr(example_store, "_MOST_ROWS", 4)
    assert len(store.examples()) == 4
    store.add("dmr", CHECKSUM, observation(4))
    with pytest.raises(ValueError) as refusal:
        store.examples()
    assert str(refusal.value) == f"{tmp_path / FILE}: it has more than 4 examples"
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as data:
        data.execute("delete from examples where number > 1")
        data.execute("update examples set observation = ?", ["x" * 2**21])
    with pytest.raises(ValueError, match=f"{FILE}: string or blob too big"):
        store.examples()


def test_a_file_that_another_program_holds_is_one_line(tmp_path):
    store = ExampleStore(tmp_path, wait_s=0.0)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as data:
        data.execute("begin immediate")
        with pytest.raises(ValueError) as refusal:
            store.add("dmr", CHECKSUM, observation())
    assert str(refusal.value) == f"{tmp_path / FILE}: database is locked"


def test_a_damaged_example_is_named(tmp_path):
    store = ExampleStore(tmp_path)
    store.add("dmr", CHECKSUM, observation())
    store._data.execute("update examples set observation = '{}'")
    with pytest.raises(ValueError, match=f"{FILE}: observation: id is missing"):
        store.examples()


def test_a_file_of_version_0_1_is_read(tmp_path):
    """As gr-rfattn 0.1.0 made it: the columns, and an observation with the fields of its time."""
    text = (
        '{"id": 7, "run": "r", "model": "m", "log_probabilities": {"ais": -0.1, "unknown": -2.5}, '
        '"width_hz": 12000.0, "is_cut": false, "snr_db": 20.5, "burst_count": 3, '
        '"burst_s": 0.027, "frames": "AIS"}'
    )
    with closing(sqlite3.connect(tmp_path / FILE)) as old:
        old.execute(
            "create table examples (run text, id integer, model text, label text, origin text, "
            "number integer, observation text, primary key (run, id))"
        )
        row = ("r", 7, "m", "ais", "checksum", 4, text)
        old.execute("insert into examples values (?, ?, ?, ?, ?, ?, ?)", row)
        old.commit()
    store = ExampleStore(tmp_path, is_new=False)
    (found,) = store.examples("m")
    assert (found.label, found.origin, found.number) == ("ais", CHECKSUM, 4)
    assert found.facts.burst_s == 0.027 and found.facts.frames == "AIS"
    store.add("ais", CHECKSUM, observation(8))
    assert [example.number for example in store.examples()] == [4, 5]

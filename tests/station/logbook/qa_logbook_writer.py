# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing beside a receiver: what a kill, a full disk, a power cut and a server's end leave."""

import queue
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from gnuradio.rfattn_station.logbook import writer as writers
from gnuradio.rfattn_station.logbook.heard import Listened
from gnuradio.rfattn_station.logbook.hours import thin
from gnuradio.rfattn_station.logbook.keep import Keep
from gnuradio.rfattn_station.logbook.logbook import FILE, Logbook
from gnuradio.rfattn_station.logbook.questions import (
    Filter,
    emissions,
    heard_labels,
    listened_to,
)
from gnuradio.rfattn_station.logbook.tables import STALE
from gnuradio.rfattn_station.logbook.writer import LogbookWriter
from sqlalchemy import func, select

from full_disk import files_end_after

NIGHT = 1_790_035_200.0
LIMIT_S = 30.0


def starts(where):
    """Seconds after midnight at which the emissions of a logbook began."""
    with closing(Logbook(where, is_new=False)) as logbook, logbook.reading() as data:
        return [one.start_s - NIGHT for one in emissions(data, Filter(), 10**6)]


def wait_for(writer, holds):
    with writer._changed:
        assert writer._changed.wait_for(holds, LIMIT_S)


@pytest.fixture
def writer(where):
    made = LogbookWriter(where, report=lambda text: None)
    yield made
    made.close()


def test_what_settled_is_kept(writer, where, heard):
    for number in range(30):
        writer.add(heard(number))
    writer.settle(LIMIT_S)
    assert starts(where) == list(range(30))
    writer.add(heard(30))
    writer.listened(Listened("r", NIGHT, NIGHT + 5, 1e6, 2e6))
    writer.close()
    writer.close()
    assert (writer.kept, writer.lost, writer.left_out, writer.failures.count) == (31, 0, 0, 0)
    assert len(starts(where)) == 31


LOOP = f"""
import sys
from gnuradio.rfattn_station.logbook.heard import Heard
from gnuradio.rfattn_station.logbook.writer import LogbookWriter

writer = LogbookWriter(sys.argv[1])
for number in range(int(sys.argv[2]), 10**6):
    writer.add(Heard({NIGHT} + number, {NIGHT} + number + 1, 433e6, 1e4, receiver="r"))
    writer.settle(60.0)
    print(number, flush=True)
"""


def test_a_kill_loses_and_doubles_nothing_that_was_reported(where):
    """At any moment; the next run begins with what the killed one reported last, once more."""
    draw, begin, reported = random.Random(5), 0, []
    for _ in range(4):
        words = [sys.executable, "-c", LOOP, where, str(begin)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(draw.randrange(1, 40)):
                reported.append(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            reported += map(int, process.stdout.read().split())
        begin = reported[-1]
    found = starts(where)
    assert sorted(set(found)) == found
    assert set(reported) <= set(found) and len(found) <= len(set(reported)) + 4


def test_a_power_cut_leaves_whole_writes_in_their_order(tmp_path, heard):
    """Of the newest file of SQLite any part may be missing, or be zeros, behind what was synced."""
    station, cut = tmp_path / "station", tmp_path / "cut"
    logbook = Logbook(station)
    for number in range(0, 20, 2):
        logbook.write([heard(number), heard(number + 1)])
    wal = (station / f"{FILE}-wal").read_bytes()
    lengths = set()
    for length in range(0, len(wal), 997):
        shutil.rmtree(cut, ignore_errors=True)
        cut.mkdir()
        shutil.copy(station / FILE, cut)
        (cut / f"{FILE}-wal").write_bytes(wal[:length] + bytes(len(wal) - length))
        Logbook(cut).close()
        found = starts(cut)
        assert found == list(range(len(found))) and len(found) % 2 == 0
        lengths.add(len(found))
    assert lengths == set(range(0, 20, 2)) | {20} or lengths == set(range(0, 20, 2))
    logbook.close()


def test_each_write_is_synced(tmp_path):
    logbook = Logbook(tmp_path)
    with logbook.writing() as data:
        assert data.exec_driver_sql("pragma synchronous").scalar() == 2  # full
        assert data.exec_driver_sql("pragma journal_mode").scalar() == "wal"
    logbook.close()


def test_a_full_disk_is_waited_for(tmp_path, heard):
    reports = []
    writer = LogbookWriter(tmp_path, report=reports.append)
    writer.add(heard(1))
    writer.settle(LIMIT_S)
    with files_end_after(100):
        writer.add(heard(2))
        wait_for(writer, lambda: writer.failures.count)
        writer.settle(0.0)
        writer.settle(LIMIT_S)  # which is late once, and then no more
        writer.add(heard(3))
    wait_for(writer, lambda: writer.kept == 3)
    writer.close()
    assert starts(tmp_path) == [1, 2, 3] and writer.lost == 0
    assert len(reports) == 1
    assert reports[0].startswith(f"failed: {tmp_path / FILE}: ") and "disk" in reports[0]


def test_what_waits_is_bounded_and_counted(tmp_path, heard, monkeypatch):
    monkeypatch.setattr(writers, "MOST_WAITING", 3)
    writer = LogbookWriter(tmp_path, report=lambda text: None)
    wait_for(writer, lambda: writer._is_made)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as data:
        data.execute("begin immediate")
        for number in range(5):
            writer.add(heard(number))
        writer.settle(0.0)
        assert writer.lost == 2
        writer.close()
    assert (writer.kept, writer.lost) == (0, 5)
    assert "database is locked" in str(writer.failures)


def test_what_cannot_be_written_at_all_is_lost_alone(writer, where, heard):
    wrong = [heard(1, mhz=1e30), heard(float("nan")), heard(2, mhz=float("inf"))]
    for one in (heard(3), *wrong, heard(4)):
        writer.add(one)
    wait_for(writer, lambda: not writer._waiting)
    assert (writer.kept, writer.lost, writer.failures.count) == (2, 3, 3)
    assert starts(where) == [3, 4]


def test_receivers_that_begin_together_on_an_empty_server(server):
    where = server()
    logbooks = [Logbook(where, later=True) for _ in range(4)]
    with ThreadPoolExecutor(len(logbooks)) as pool:
        list(pool.map(Logbook.make, logbooks))
    for one in logbooks:
        one.close()


def test_a_failure_has_the_address_once(tmp_path):
    reports = queue.Queue()
    where = f"postgresql://station@/none?host={tmp_path}"
    with closing(LogbookWriter(where, report=reports.put)) as writer:
        with pytest.raises(ValueError) as error, writer._logbook.reading():
            pass
        writer._fail(error.value)
    assert all(reports.get_nowait().count("postgresql://") == 1 for _ in range(reports.qsize()))


def test_a_server_that_ends_and_comes_back(server, heard):
    """Before the first write, and between two."""
    where, reports = server(), []
    server.stop()
    writer = LogbookWriter(where, report=reports.append)
    writer.add(heard(1))
    wait_for(writer, lambda: writer.failures.count)
    server.start()
    wait_for(writer, lambda: writer.kept == 1)
    server.restart()
    writer.add(heard(2))
    wait_for(writer, lambda: writer.kept == 2)
    writer.close()
    assert starts(where) == [1, 2] and writer.lost == 0
    assert all(one.startswith("failed: postgresql://station@/station") for one in reports)


def test_old_emissions_are_thinned_while_it_writes(where, heard, monkeypatch):
    monkeypatch.setattr(writers, "_MINUTE_S", 0.0)
    monkeypatch.setattr(writers, "_HOUR_S", 0.0)
    monkeypatch.setattr(writers.time, "time", lambda: NIGHT + 30 * 86_400)
    logbook = Logbook(where)
    logbook.write([heard(3600 * hour) for hour in range(20)])
    writer = LogbookWriter(where, keep=Keep(seconds=86_400), report=print)
    writer.add(heard(29.5 * 86_400))
    wait_for(writer, lambda: writer.kept == 1)
    writer.add(heard(29.6 * 86_400))
    wait_for(writer, lambda: writer.kept == 2)
    writer.close()
    assert starts(where) == [29.5 * 86_400, 29.6 * 86_400]
    with logbook.reading() as data:
        assert heard_labels(data, Filter())["ais"]["emissions"] == 22
    logbook.close()


class Broken:
    """A follower that fails at each call."""

    def take(self, heard, listened):
        raise ArithmeticError("no logarithm")

    look = save = take


def test_a_follower_that_fails_keeps_no_hour_from_being_counted(where, heard, monkeypatch):
    reports = []
    monkeypatch.setattr(writers, "_MINUTE_S", 0.0)
    writer = LogbookWriter(where, report=reports.append, follower=Broken())
    for hour in range(3):
        writer.add(heard(3600 * hour))
        writer.settle(LIMIT_S)
    logbook = Logbook(where)

    def stale():
        with logbook.reading() as data:
            return data.execute(select(func.count()).select_from(STALE)).scalar()

    wait_for(writer, lambda: writer.kept == 3 and not stale())
    writer.close()
    logbook.close()
    assert "transmitters: ArithmeticError: no logarithm" in reports[0] and len(reports) == 1


def test_what_is_left_out_is_reported_once(tmp_path, heard):
    logbook, reports = Logbook(tmp_path), []
    logbook.write([heard(24 * 3600)])
    thin(logbook, round(NIGHT / 3600) + 25)
    writer = LogbookWriter(tmp_path, report=reports.append)
    for number in range(3):
        writer.add(heard(number))
        writer.settle(LIMIT_S)
    wrong = Listened("r", NIGHT + 90_000, NIGHT + 90_010, 1e6, 2e6)
    writer.listened(wrong)
    writer.add(heard(float("nan")))  # which keeps no time of listening from being written
    wait_for(writer, lambda: not writer._waiting and not writer._listened)
    writer.close()
    assert writer.left_out == 3 and list(writer.notes) == [
        "logbook: emissions older than what is kept are left out"
    ]
    assert reports[0] == f"{tmp_path / FILE}: emissions older than what is kept are left out"
    with logbook.reading() as data:
        assert sum(time for time, _ in listened_to(data, Filter()).values()) == 10_000_000
    logbook.close()


@pytest.mark.parametrize(
    "text, seconds, size",
    [("90d", 90 * 86_400, None), ("2G", None, 2**31), ("7d,500M", 7 * 86_400, 500 * 2**20)],
)
def test_how_much_is_kept(text, seconds, size):
    assert Keep.parse(text) == Keep(seconds, size)


@pytest.mark.parametrize("text", ["", "90", "0d", "1d,2d", "-1d", "1.5d", "2g", "90d,", "1d2G"])
def test_sizes_that_are_refused(text):
    with pytest.raises(ValueError, match=f"must (be|have) .*, got {text!r}$"):
        Keep.parse(text)


def test_a_server_has_no_size():
    with pytest.raises(ValueError, match="keep: must be days alone on a server"):
        LogbookWriter("postgresql://x/y", keep=Keep(None, 2**30))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The card of the station on the page: its transmitters, their names, events."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")

from gnuradio.rfattn.cli import main
from gnuradio.rfattn_station.logbook.followed import WHOLE
from gnuradio.rfattn_station.logbook.heard import Heard, Listened
from gnuradio.rfattn_station.logbook.logbook import FILE, Logbook
from gnuradio.rfattn_station.transmitters.alarms import Event
from gnuradio.rfattn_station.transmitters.station import Station

from browser import Browser, needs_chromium
from page_server import Publisher, Server

HOUR_S = 3600
NAMES = "[...document.querySelectorAll('#stationlines input')].map((one) => one.placeholder).join()"


@pytest.fixture(scope="module")
def end():
    """A whole hour of the last ones, s since 1970."""
    return time.time() // HOUR_S * HOUR_S


@pytest.fixture
def logbook(tmp_path, end):
    """Two transmitters, one of which sends each hour of two days."""
    folder, station = tmp_path / "station", Station()
    begin = end - 48 * HOUR_S
    hourly = [Heard(begin + HOUR_S * n, begin + HOUR_S * n + 1, 433.92e6, 1e4) for n in range(48)]
    ship = Heard(end - 90, end - 89, 434.5e6, 1e4, label="ais", sender="mmsi 211234560")
    heard = [*hourly, ship]
    span = Listened("r", begin, end, 433e6, 435e6)
    station.listened(span)
    for one in heard:
        station.add(one)
    book = Logbook(folder)
    book.write([Heard(**{**asdict(one), "receiver": "r"}) for one in heard], [span])
    event = Event("new", end - 60, end - 90, 1, 434.5e6, "ais", 9.0, "new")
    with book.writing() as data:
        book.add_events(data, "r", [asdict(event)])
        book.set_state(data, f"{WHOLE}r", {"until_us": 0, "station": station.to_state()})
    book.close()
    return folder


@pytest.fixture
def server(logbook):
    publisher = Publisher()
    server = Server(publisher.address, "--station", str(logbook))
    yield server
    server.stop()
    publisher.close()


def asked(server) -> dict:
    status, _, body = server.get("/station")
    assert status == 200, body
    return json.loads(body)


def test_the_station_has_transmitters_events_and_hours(server, end):
    found = asked(server)
    ship, sender = found["transmitters"]
    assert (ship["sender"], ship["label"], ship["count"]) == ("mmsi 211234560", "ais", 1)
    assert (sender["count"], sender["key"], sender["receiver"]) == (48, "0 r", "r")
    assert (sender["name"], sender["is_muted"], found["count"]) == ("", False, 2)
    hours = int((end - found["first_s"]) // HOUR_S)
    assert sender["life"][:hours] == (hours - 48) * "0" + 48 * "9"
    assert found["listened"][hours - 49 : hours + 1] == "0" + 49 * "1"
    (event,) = found["events"]
    assert (event["event"], event["transmitter"], event["receiver"]) == ("new", 1, "r")
    picture = found["picture"]
    assert sum(map(sum, picture["by_hour"])) == sum(map(sum, picture["by_day"])) == 49
    assert picture["low_hz"] <= 433.92e6 and picture["high_hz"] >= 434.5e6


def test_a_transmitter_gets_a_name_that_stays(server, logbook):
    assert server.get("/station?key=0+r&name=my+gate", method="POST")[0] == 200
    assert asked(server)["transmitters"][1]["name"] == "my gate"
    status, _, body = server.get(f"/station?key=0+r&name={41 * 'x'}", method="POST")
    assert status == 409 and "a name has at most 40 letters" in json.loads(body)["problem"]
    status, _, _ = server.get("/station?key=0+r&name=x", method="POST", Origin="http://other")
    assert status == 403
    assert asked(server)["transmitters"][1]["name"] == "my gate"


def test_a_transmitter_is_muted_by_the_command(logbook, capsys):
    """It counts, and is in no table and no event."""

    def report(*words):
        assert main(["station", str(logbook), *words]) == 0
        return capsys.readouterr().out

    before = report()
    assert "mmsi 211234560" in before and "new" in before
    muted = report("--mute", "1")
    assert "mmsi 211234560" not in muted and "new" not in muted
    assert "49 emissions" in muted and "not shown: 1 muted (--json)" in muted
    answer = json.loads(report("--json"))
    assert [one["is_muted"] for one in answer["transmitters"]] == [False, True]
    assert answer["events"] == []
    assert report("--unmute", "1 r") == before
    assert main(["station", str(logbook), "--mute", "7"]) == 1
    rule = "station: --mute must be the number or the name of one transmitter, got '7', which is of"
    assert f"{rule} none" in capsys.readouterr().err


def test_a_name_that_cannot_be_kept_is_refused(server, logbook):
    with closing(sqlite3.connect(logbook / FILE, isolation_level=None)) as data:
        data.execute("drop table state")
    status, _, body = server.get("/station?key=0+r&name=gate", method="POST")
    assert status == 409 and f"{FILE}: no such table: state" in json.loads(body)["problem"]


def test_without_a_logbook_there_is_no_station():
    publisher = Publisher()
    server = Server(publisher.address)
    try:
        assert server.get("/station")[0] == server.get("/station?key=x", method="POST")[0] == 404
    finally:
        server.stop()
        publisher.close()


@needs_chromium
def test_the_card_sorts_names_and_mutes(server):
    browser = Browser()
    try:
        browser.open(server.page)
        browser.wait_for(f"{NAMES} === 'mmsi 211234560,#0'")
        count = "document.getElementById('stationcount').innerText"
        assert browser.value(count) == "2 of 2 transmitters"
        assert "mmsi 211234560, 434.5000 MHz: new" in browser.value(
            "document.getElementById('stationevents').innerText"
        )
        browser.value("document.querySelector('[data-column=frequency]').click()")
        column = "#stationcolumns [data-column=frequency]"
        browser.value(f"document.querySelector('{column}').click()")
        browser.wait_for(f"{NAMES} === '#0,mmsi 211234560'")
        browser.value("document.querySelector('#stationlines tr:nth-child(2) button').click()")
        browser.wait_for(f"{NAMES} === '#0' && {count} === '1 of 2 transmitters, 1 muted'")
        browser.value("document.getElementById('muted').click()")
        browser.wait_for(f"{NAMES} === '#0,mmsi 211234560'")
        name = "const one = document.querySelector('#stationlines input'); one.value = 'gate';"
        browser.value(f"(() => {{ {name} one.dispatchEvent(new Event('change')); }})()")
        browser.wait_for(f"{NAMES} === 'gate,mmsi 211234560'")
        browser.resize(390, 844)
        browser.wait_for("innerWidth === 390")
        assert browser.value("document.documentElement.scrollWidth") <= 390
        filtered = "const one = document.getElementById('stationfilter'); one.value = 'ais';"
        browser.value(f"(() => {{ {filtered} one.dispatchEvent(new Event('input')); }})()")
        browser.wait_for(f"{NAMES} === 'mmsi 211234560'")
    finally:
        browser.close()

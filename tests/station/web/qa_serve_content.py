# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from the signals of emissions, on the page: the newest line and the details."""

import json

import pytest
from gnuradio.rfattn_station.web.feed import Feed
from gnuradio.rfattn_station.web.history import Query

from browser import Browser, needs_chromium
from page_messages import EMISSION, ENVELOPE, STATS
from page_server import Server

BEGAN = 100.0 - 0.15  # 150 000 samples at 1 MS/s before the first message
SHIP = {
    **ENVELOPE,
    "id": 1,
    "source": "AIS",
    "text": "type 1, MMSI 211234560",
    "sample_start": 50_000,
    "is_right": True,
    "bits": "040e",
    "fields": {"mmsi": 211234560, "speed_kn": 12.3, "name": "A\x1bB", "is_moored": False},
}
PAGE = {**ENVELOPE, "id": 1, "source": "pager", "text": "call home", "is_private": True}


def fed(*messages):
    feed = Feed()
    feed.add("emissions", EMISSION)
    for number, message in enumerate(messages):
        feed.add("decoded", {**message, "seq": number})
    return feed


def test_an_emission_has_its_newest_line_and_how_many_came():
    feed = fed()
    (entry,) = feed.update()["emissions"]
    assert (entry["decoded_count"], entry["content"]) == (0, None)
    feed.add("decoded", {**SHIP, "seq": 0})
    feed.add("decoded", {**PAGE, "seq": 1, "text": "x" * 500})
    (entry,) = feed.update()["emissions"]
    assert entry["decoded_count"] == 2
    assert entry["content"] == {
        "source": "pager",
        "text": "x" * 199 + "…",
        "time": None,
        "is_right": None,
        "is_private": True,
    }
    assert feed.update() is None


def test_the_lines_of_an_emission_have_fields_as_text():
    found = fed(SHIP, PAGE).contents("0.1")
    assert found["count"] == 2 and [line["source"] for line in found["lines"]] == ["AIS", "pager"]
    assert found["lines"][0] == {
        "source": "AIS",
        "text": "type 1, MMSI 211234560",
        "time": pytest.approx(BEGAN + 0.05),
        "is_right": True,
        "is_private": None,
        "bits": "040e",
        "fields": [
            ("mmsi", "211234560"),
            ("speed_kn", "12.3"),
            ("name", "A\\x1bB"),
            ("is_moored", "false"),
        ],
    }
    assert found["lines"][1]["fields"] == [] and found["lines"][1]["text"] == "call home"


def test_the_newest_64_lines_are_kept():
    found = fed(*({**PAGE, "text": str(number)} for number in range(100))).contents("0.1")
    assert found["count"] == 100
    assert [line["text"] for line in found["lines"]] == [str(number) for number in range(36, 100)]


def test_the_history_keeps_the_newest_line_and_finds_its_words():
    feed = fed(PAGE, SHIP)
    feed.add("emissions", {**EMISSION, "id": 9})  # seq 0: the publisher started again
    found = feed.contents("0.1")
    assert found["count"] == 2
    assert [line["text"] for line in found["lines"]] == ["type 1, MMSI 211234560"]
    assert feed.contents("1.9") == {"count": 0, "lines": []}
    for words, count in ((("mmsi", "ais"), 1), (("call",), 0)):
        assert feed.history.find(Query(words=words))["found"] == count


def test_an_emission_that_nobody_knows_has_no_lines():
    assert fed(PAGE).contents("0.2") is None


# Through the server, and in a browser.


@pytest.fixture
def server(publisher):
    made = Server(publisher.address)
    for _ in made.events():  # the first messages of a publisher reach nobody
        publisher.send("stats", STATS)
        if "rfattn_steps_total 7" in made.get("/metrics")[2]:
            break
    yield made
    made.stop()


def test_the_lines_are_asked_for(publisher, server):
    publisher.send("emissions", EMISSION)
    publisher.send("decoded", SHIP)
    for _ in server.events():  # until the next update
        status, headers, body = server.get("/contents/0.1")
        if status == 200 and json.loads(body)["count"]:
            break
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(body)["lines"][0]["fields"][0] == ["mmsi", "211234560"]
    for path in ("/contents/0.2", "/contents/1", "/contents/", "/contents/0.1/x"):
        assert server.get(path)[0] == 404
    assert server.get("/contents/0.1", Host="evil.example")[0] == 403


ROWS = "[...document.querySelectorAll('#lines tr')].map((row) => row.innerText.trim())"
LINES = "[...document.querySelectorAll('#contentlines li')].map((line) => line.innerText)"


@pytest.fixture
def browser(publisher, server):
    browser = Browser()
    browser.open(server.page)
    browser.wait_for("document.querySelector('#status').innerText === 'Live'")
    yield browser
    browser.close()


@needs_chromium
def test_the_newest_line_stands_below_its_row_and_all_lines_in_the_details(browser, publisher):
    publisher.send("emissions", EMISSION)
    publisher.send("emissions", {**EMISSION, "id": 2})
    publisher.send("decoded", SHIP)
    browser.wait_for("document.querySelectorAll('#lines tr').length === 3")
    assert browser.value(ROWS)[2] == "AIS: type 1, MMSI 211234560"
    assert browser.value("document.getElementById('emissioncount').innerText") == "2 live, 0 ended"
    browser.value("document.querySelector('#lines tr.content').click()")
    browser.wait_for(f"{LINES}.length === 1")
    (line,) = browser.value(LINES)
    assert "AIS" in line and "✓ checksum right" in line and "mmsi" not in line
    browser.value("document.querySelector('#contentlines details').open = true")
    (line,) = browser.value(LINES)
    for part in ("mmsi\n211234560", "name\nA\\x1bB", "is_moored\nfalse", "Bits\n040e"):
        assert part in line
    publisher.send("decoded", PAGE)
    browser.wait_for(f"{LINES}.length === 2")
    newest, before = browser.value(LINES)
    assert "private" in newest and "call home" in newest and "checksum" not in newest
    assert "mmsi" in before  # it stays open
    assert browser.value("document.getElementById('contentcount').innerText") == "2 lines"
    assert browser.value(ROWS)[2] == "pager: call home"
    browser.value("document.getElementById('filter').value = 'home'")
    browser.value("document.getElementById('filter').dispatchEvent(new Event('input'))")
    browser.wait_for("document.querySelectorAll('#lines tr').length === 2")
    # Another emission has none.
    browser.value("document.getElementById('filter').value = ''")
    browser.value("document.getElementById('filter').dispatchEvent(new Event('input'))")
    browser.wait_for("document.querySelectorAll('#lines tr').length === 3")
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.getElementById('contents').hidden")


@needs_chromium
def test_content_is_shown_as_text_and_fits_a_narrow_page(browser, publisher):
    evil = "<img src=x onerror=\"document.title='owned'\">"
    hostile = {"source": evil, "text": f"\u202e{evil}" + "x" * 400, "fields": {evil: evil}}
    browser.resize(390, 900)
    publisher.send("emissions", EMISSION)
    publisher.send("decoded", {**SHIP, **hostile, "is_right": False})
    browser.wait_for("document.querySelectorAll('#lines tr').length === 2")
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.querySelectorAll('#contentlines details').length === 1")
    browser.value("document.querySelector('#contentlines details').open = true")
    (line,) = browser.value(LINES)
    assert line.count(evil) == 4 and "\\u202e" in line and "\u202e" not in line
    assert "✗ checksum wrong" in line
    assert browser.value("document.querySelectorAll('main img').length") == 0
    assert "owned" not in browser.value("document.title")
    is_within = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert browser.value(is_within)
    for part in ("#contentlines", "#lines tr.content span"):
        assert browser.value(
            f"(({{scrollWidth, clientWidth}}) => scrollWidth <= clientWidth)"
            f"(document.querySelector('{part}'))"
        ), part

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page sends a receiver to an emission: who may, what is sent, and what a browser shows."""

import http.client
import json

import pytest

from browser import CHROMIUM, Browser
from command_line import TIME_LIMIT_S
from page_messages import ENVELOPE, STATS, emission
from page_server import Feeder, Publisher, Server
from rig_server import ask, needs_rigctld, rig_server, rigctld
from token_file import TOKEN, token_file

VOICE = {
    **ENVELOPE,
    **emission(7, "update", freq_lower=145.495e6, freq_upper=145.505e6),
    **{"bursts": [1000, 50], "burst_count": 1, "nearest": [{"name": "PMR446", "score": 0.5}]},
    **{"label": "nfm_voice", "guess": "nfm_voice", "confidence": 0.9},
}
AIR = [
    ("stats", STATS),
    ("emissions", VOICE),
    ("emissions", {**VOICE, "id": 8, "rx_freq": None}),
]
FM = ["F 145500000", "M FM 12000"]


@pytest.fixture
def publisher():
    made = Publisher()
    Feeder(made, AIR)
    yield made
    made.close()


def serve(publisher, *arguments):
    """A page that has both emissions."""
    server = Server(publisher.address, *arguments)
    ids = set()
    for _, value in server.events():
        ids |= {entry["id"] for entry in value.get("emissions", ())}
        if ids == {7, 8}:
            return server


def answer_of(server, path="/tune/0.7", **headers):
    status, _, body = server.get(path, method="POST", **headers)
    return status, json.loads(body)


def test_a_receiver_is_sent_to_an_emission(publisher):
    with rig_server() as rig:
        server = serve(publisher, "--rigctl", rig.address)
        said = {"dial": "145.5 MHz, FM 12 kHz", "receiver": rig.address}
        assert answer_of(server) == (200, said)
        assert rig.commands == FM
        rig.answer = lambda command: b"RPRT -9\n"
        problem = f"{rig.address}: F 145500000: refused with RPRT -9 (the rig rejects it)"
        assert answer_of(server) == (409, {"problem": problem})
        status, said = answer_of(server, "/tune/0.8")
        assert status == 409 and said["problem"].startswith("emission 8 is at no known frequency")
        hello = next(value for name, value in server.events() if name == "hello")
        assert hello["receiver"] == rig.address
        server.stop()


def test_who_may_send_it(publisher, tmp_path):
    with rig_server() as rig:
        token = "--token-file", token_file(tmp_path)
        server = Server(publisher.address, "--rigctl", rig.address, *token)
        mine = {"Authorization": f"Bearer {TOKEN}"}
        refused = [
            (401, {}),
            (401, {"Authorization": "Bearer wrong"}),
            (403, {**mine, "Host": "evil.example"}),
            (403, {**mine, "Origin": "http://evil.example"}),
        ]
        for status, headers in refused:
            assert server.get("/tune/0.7", method="POST", **headers)[0] == status
        assert server.get("/tune/0.7", **mine)[0] == 405
        assert server.get("/tune/0.9", method="POST", **mine)[0] == 404
        assert rig.connections == 0
        server.stop()


def test_without_a_receiver_it_is_refused(publisher):
    server = serve(publisher)
    problem = "no receiver: start serve with --rigctl HOST:PORT"
    assert answer_of(server) == (409, {"problem": problem})
    server.stop()


def test_a_receiver_that_is_silent_holds_up_neither_others_nor_the_end(publisher):
    with rig_server(lambda command: None) as rig:
        server = serve(publisher, "--rigctl", rig.address)
        waiting = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT_S)
        waiting.request("POST", "/tune/0.7")
        while not rig.commands:
            assert server.get("/metrics")[0] == 200
        problem = f"{rig.address}: another call is under way, which may take a while"
        for _ in range(20):
            assert answer_of(server) == (409, {"problem": problem})
        assert rig.connections == 1
        assert server.stop() == (130, "gr-rfattn: interrupted\n")
        waiting.close()


@needs_rigctld
def test_hamlib_s_own_rig_is_sent(publisher):
    with rigctld() as address:
        server = serve(publisher, "--rigctl", address)
        assert answer_of(server)[0] == 200
        assert ask(address, "f", "m") == ["145500000", "FM"]
        server.stop()


ROW = """[...document.querySelectorAll('#lines tr')]
  .find((row) => row.innerText.startsWith('7')).querySelector('button').click()"""
TUNED = "document.getElementById('tuned').innerText"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_a_browser_has_a_button(publisher):
    browser = Browser()
    with rig_server() as rig:
        server = serve(publisher, "--rigctl", rig.address)
        browser.open(server.page)
        browser.wait_for("document.querySelectorAll('#lines tr').length === 2")
        browser.value(ROW)
        browser.wait_for("document.getElementById('tune').offsetParent !== null")
        browser.value("document.getElementById('tune').click()")
        browser.wait_for(f"{TUNED} === '{rig.address}: 145.5 MHz, FM 12 kHz'")
        assert rig.commands == FM
        rig.answer = lambda command: b"RPRT 1\n"
        browser.value("document.getElementById('tune').click()")
        refusal = f"Not tuned: {rig.address}: F 145500000: refused with RPRT 1"
        browser.wait_for(f"{TUNED} === '{refusal}'")
        server.stop()
        browser.value("document.getElementById('tune').click()")
        browser.wait_for(f"{TUNED} === 'Not tuned: the server is not reachable.'")
    bare = serve(publisher)
    browser.open(bare.page)
    browser.wait_for("document.querySelectorAll('#lines tr').length === 2")
    browser.value(ROW)
    browser.wait_for("document.getElementById('detailname').innerText")
    assert browser.value("document.getElementById('tune').offsetParent") is None
    bare.stop()
    browser.close()

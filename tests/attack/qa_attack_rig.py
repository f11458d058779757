# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver that is none, or a hostile one, costs a command one line and the page one answer."""

import asyncio
import itertools
import json
import time

import pytest
from gnuradio.rfattn_station.tuning.dial import Dial
from gnuradio.rfattn_station.tuning.rigctl import Rig, RigError

from command_line import assert_one_line, run_forked
from page_messages import ENVELOPE, STATS, emission
from page_server import Feeder, Publisher, Server
from rig_server import rig_server

ANSWER_S = 0.5


def hang_up(command):
    raise ConnectionError


HOSTILE = {
    "silence": lambda command: None,
    "a line without end": lambda command: itertools.repeat(b"9" * 4096),
    "lines without end": lambda command: itertools.repeat(b"RPRT 7\n"),
    "a long line": lambda command: b"RPRT 0" + b" " * 5000 + b"\n",
    "a byte at a time": lambda command: (time.sleep(0.1) or b"R" for _ in range(100)),
    "bytes that are no text": lambda command: bytes(range(128, 256)) + b"\n",
    "control characters": lambda command: b"\x1b]0;owned\x07\x1b[2J\n",
    "markup": lambda command: b"<img src=x onerror=alert(1)>\n",
    "a long number": lambda command: b"RPRT -99999999999999999999\n",
    "nothing but a line end": lambda command: b"\n",
    "half an answer": lambda command: b"RPRT",
    "a connection that closes": hang_up,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_each_is_one_line(kind):
    with rig_server(HOSTILE[kind]) as server:
        host, _, port = server.address.partition(":")
        rig, began = Rig(host, int(port), ANSWER_S), time.monotonic()
        for call in (rig.tune(Dial(145_500_000, "fm", 12_000)), rig.check()):
            with pytest.raises(RigError) as found:
                asyncio.run(call)
            text = str(found.value)
            assert text.startswith(server.address) and text.isprintable() and len(text) < 300
        assert time.monotonic() - began < 20 * ANSWER_S
        assert set(server.commands) <= {"F 145500000", "f"}  # no mode after a bad answer


@pytest.mark.parametrize("kind", ["a line without end", "control characters"])
def test_the_command_ends_with_one_line(kind):
    with rig_server(HOSTILE[kind]) as server:
        done = run_forked("tune", "145.5M", "--rigctl", server.address)
    assert_one_line(done, f"tune: {server.address}: F 145500000: ")
    assert "\x1b" not in done.stderr


def test_the_page_states_it_and_lives_on():
    publisher = Publisher()
    with rig_server() as rig:
        server = Server(publisher.address, "--rigctl", rig.address)
        Feeder(publisher, [("emissions", {**ENVELOPE, **emission(7, "update")}), ("stats", STATS)])
        next(value for _, value in server.events() if value.get("emissions"))
        for kind in ("lines without end", "a line without end", "markup", "control characters"):
            rig.answer = HOSTILE[kind]
            status, headers, body = server.get("/tune/0.7", method="POST")
            assert status == 409 and headers["Content-Type"].startswith("application/json")
            problem = json.loads(body)["problem"]
            assert problem.startswith(f"{rig.address}: F 446000500: ") and problem.isprintable()
        assert server.get("/metrics")[0] == 200
        assert server.stop() == (130, "gr-rfattn: interrupted\n")
    publisher.close()

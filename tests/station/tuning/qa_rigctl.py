# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to a receiver in the protocol of rigctld, and how its answers are read."""

import asyncio

import pytest
from gnuradio.rfattn_station.tuning.dial import Dial
from gnuradio.rfattn_station.tuning.rigctl import Rig, RigError

from rig_server import ask, free_port, needs_rigctld, rig_server, rigctld

VOICE = Dial(145_500_000, "fm", 12_000)


def rig_at(address, answer_s=20.0):
    host, _, port = address.partition(":")
    return Rig(host, int(port), answer_s)


def problem_of(answer, dial=VOICE, answer_s=20.0):
    with rig_server(answer) as server, pytest.raises(RigError) as found:
        asyncio.run(rig_at(server.address, answer_s).tune(dial))
    text = str(found.value)
    assert text.startswith(f"{server.address}: ") and text.isprintable() and len(text) < 300
    return text.removeprefix(f"{server.address}: "), found.value.is_refusal


def test_frequency_and_mode_are_set_in_one_connection():
    with rig_server() as server:
        asyncio.run(rig_at(server.address).tune(VOICE))
        assert server.commands == ["F 145500000", "M FM 12000"] and server.connections == 1
        asyncio.run(rig_at(server.address).tune(Dial(868_100_000)))
        assert server.commands[2:] == ["F 868100000"] and server.connections == 2


def test_one_call_at_a_time_and_others_are_refused_at_once():
    async def both(rig):
        other = rig.tune(Dial(98_000_000, "wfm", 180_000))
        return await asyncio.gather(rig.tune(VOICE), other, return_exceptions=True)

    with rig_server() as server:
        rig = rig_at(server.address)
        done, refused = asyncio.run(both(rig))
        assert done is None
        text = f"{server.address}: another call is under way, which may take a while"
        assert (str(refused), refused.is_refusal) == (text, False)
        asyncio.run(rig.tune(VOICE))
    assert server.commands == 2 * ["F 145500000", "M FM 12000"]


@pytest.mark.parametrize("answer", [b"145000000\n", b"145000000.000000\n"])
def test_check_asks_for_the_frequency(answer):
    with rig_server(lambda command: answer) as server:
        asyncio.run(rig_at(server.address).check())
    assert server.commands == ["f"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"RPRT 1\n", "F 145500000: refused with RPRT 1"),
        (b"RPRT -1\n", "F 145500000: refused with RPRT -1 (a parameter is not valid)"),
        (b"RPRT -5\r\n", "F 145500000: refused with RPRT -5 (the rig does not answer)"),
    ],
)
def test_a_refusal_has_its_number(answer, text):
    assert problem_of(lambda command: answer) == (text, True)


def test_a_refused_mode_is_named():
    def answer(command):
        return b"RPRT 0\n" if command[0] == "F" else b"RPRT -11\n"

    text = "M FM 12000: refused with RPRT -11 (the rig cannot do it)"
    assert problem_of(answer) == (text, True)


def test_silence_ends_with_its_time():
    text, is_refusal = problem_of(lambda command: None, answer_s=0.1)
    assert (text, is_refusal) == ("F 145500000: no answer in 0.1 s", False)


def test_nobody_there_is_one_line():
    with pytest.raises(RigError, match=r"^127\.0\.0\.1:\d+: .*refused.*; it must be a receiver's"):
        asyncio.run(rig_at(f"127.0.0.1:{free_port()}").tune(VOICE))


def test_a_check_is_no_report():
    with rig_server() as server, pytest.raises(RigError, match="F 1450000: answers '145000000'"):
        server.answer = lambda command: b"145000000\n"
        asyncio.run(rig_at(server.address).tune(Dial(1_450_000)))


@needs_rigctld
def test_hamlib_s_own_rig_is_tuned():
    with rigctld() as address:
        rig = rig_at(address)
        asyncio.run(rig.check())
        asyncio.run(rig.tune(VOICE))
        assert ask(address, "f", "m") == ["145500000", "FM"]
        for mode in ("wfm", "am", "usb", "lsb", "cw"):
            asyncio.run(rig.tune(Dial(7_100_000, mode, 2700)))
            assert ask(address, "f", "m") == ["7100000", mode.upper()]
        asyncio.run(rig.tune(Dial(14_000_000)))
        assert ask(address, "f", "m") == ["14000000", "CW"]

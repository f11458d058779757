# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to listen and messages with sound, whatever they are, end nothing."""

import random

import pmt
import pytest
import zmq
from gnuradio import rfattn
from gnuradio.rfattn_station.sound.audio_subscriber import SoundMessages

from hostile_messages import VALUES, Hostile, _encoded
from page_messages import ENVELOPE

SEED, CASES = 20261130, 300
GOOD = {**ENVELOPE, "request": "e1/fm", "state": "on", "position": 5, "id": 1, "label": "x"}


def hostile_sound(seed, count):
    """Messages with sound in which a field, the frames or the octets are others."""
    draw = random.Random(seed)
    for number in range(count):
        message = {
            **GOOD,
            "seq": number,
            draw.choice([*GOOD, "extra"]): draw.choice([*VALUES.values()]),
        }
        octets = draw.choice([b"", b"x", b"xx", bytes(2**18), bytes(2**18 + 2)])
        frames = [b"audio/rfattn/e1/fm", _encoded(message), octets]
        if draw.random() < 0.2:
            frames = draw.choice([frames[:2], frames[:1], [*frames, b""], [b"", b"", b""]])
        yield Hostile(f"case {number}", frames)


def test_sound_is_read_or_refused_in_one_line():
    messages, refused = SoundMessages("rfattn"), 0
    for case in hostile_sound(SEED, CASES):
        try:
            about, samples = messages.read(case.frames)
        except ValueError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 400, case.name
            continue
        assert len(samples) <= 2**17 and about.state in ("on", "ended"), case.name
    assert 100 < refused < CASES


@pytest.fixture
def sink():
    made = rfattn.zmq_stats_sink("tcp://127.0.0.1:*")
    yield made
    made.close()


def test_any_subscription_leaves_the_socket_alive(sink):
    draw, asked = random.Random(SEED), []
    sink.message_port_pub = lambda port, message: asked.append(pmt.to_python(message))
    socket = zmq.Context.instance().socket(zmq.XSUB)  # which may send anything
    socket.connect(sink.last_endpoint())
    for number in range(CASES):
        topic = draw.choice([b"audio/rfattn/", b"rfattn.", b""]) + draw.randbytes(number % 64)
        socket.send(draw.choice([b"\x01", b"\x00", b"\x02", b""]) + topic)
    socket.send(b"\x01audio/rfattn/e5/fm")
    sink.publish("stats", {})
    while not asked:
        sink.publish("stats", {})
        socket.poll(10)
    assert [found["wanted"] for found in asked] == [True]
    socket.close(0)

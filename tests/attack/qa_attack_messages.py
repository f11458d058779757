# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message, whatever it holds, neither ends nor freezes a program that reads it."""

import json
import os

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.cli.watch import plain
from gnuradio.rfattn.telemetry.metrics import PrometheusMetrics
from gnuradio.rfattn.telemetry.subscriber import decode
from gnuradio.rfattn.telemetry.terminal import screen
from gnuradio.rfattn_station.web.feed import Feed
from prometheus_client import generate_latest
from rich.console import Console

from announcer import announce
from attack_cases import cases
from hostile_messages import GOOD, hostile_messages
from message_attack import attack

SEED = 20260


def test_the_same_seed_gives_the_same_messages():
    assert hostile_messages(SEED, 200) == hostile_messages(SEED, 200)
    assert hostile_messages(SEED, 200) != hostile_messages(SEED + 1, 200)


def test_every_view_survives_every_message():
    """In one process, which is fast: the views of one state that saw all messages."""
    feed, refused = Feed(), 0
    console = Console(width=100, file=open(os.devnull, "w"), force_terminal=True)
    for case in hostile_messages(SEED, 400):
        try:
            topic, message = decode(case.frames, "rfattn")
            feed.add(topic, message)
        except ValueError as error:
            feed.complain(str(error))
            refused += 1
            continue
        console.print(screen(feed.state, "x", 100))
        assert "\n" not in plain(topic, message), case.name
        json.dumps(feed.update(), allow_nan=False).encode()
        for entry in feed.snapshot()["emissions"]:
            json.dumps(feed.contents(entry["key"]), allow_nan=False).encode()
        generate_latest(PrometheusMetrics(feed.state).registry)
    json.dumps(feed.snapshot(), allow_nan=False).encode()
    assert feed.state.refused == refused and 100 < refused < 400


@pytest.mark.parametrize("name", ["serve", "watch, pipe", "watch --json", "watch, screen"])
def test_a_program_outlives_hostile_messages(name):
    row = attack(SEED, count := cases(40), name)
    assert row.failures == []
    assert row.sent == count and count / 2 <= row.refused < count


def test_a_hostile_message_of_a_block_is_counted():
    """Within a flowgraph a message of a wrong type is a fault of a block, which must not pass."""
    sink = rfattn.prometheus_sink("127.0.0.1:0")
    announce(sink, [("stats", {**GOOD["stats"], "steps": "many"})])
    assert str(sink.failures.first).startswith("stats: steps must")
    sink.close()

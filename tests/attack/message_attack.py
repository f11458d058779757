# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends hostile messages to the programs that read them, and checks each after each message."""

import json
from dataclasses import dataclass, field

import zmq

from hostile_messages import hostile_messages
from message_targets import Page, Target, TargetError
from page_messages import STATS

ANY_PORT = "127.0.0.1:0"
_PAGE_EVERY = 20  # messages; the page shows updates four times a second


@dataclass
class Row:
    """What became of the messages that a program got."""

    name: str
    sent: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)


class Publisher:
    """Sends hostile messages, and good statistics whose steps tell one from another."""

    def __init__(self, context):
        self._socket = context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind("tcp://127.0.0.1:*")
        self.address = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._seq = 0

    def send(self, frames):
        self._socket.send_multipart(frames)

    def send_good(self, steps):
        self._seq += 1
        message = {**STATS, "seq": 10**6 + self._seq, "time_unix_s": 100.0 + steps, "steps": steps}
        self.send([b"rfattn.stats", json.dumps(message).encode()])

    def close(self):
        self._socket.close()


def programs(address):
    """The commands that read messages, and whether each has a terminal."""
    watch = ["watch", address, "--prometheus", ANY_PORT]
    return {
        "serve": (["serve", "--stats", address, "--listen", ANY_PORT], False),
        "watch, pipe": (watch, False),
        "watch --json": ([*watch, "--json"], False),
        "watch, screen": (watch, True),
    }


def attack(seed, cases, name):
    """Runs one of the `programs`, and returns its `Row`."""
    with zmq.Context() as context:
        publisher = Publisher(context)
        row = _attack_one(publisher, name, *programs(publisher.address)[name], seed, cases)
        publisher.close()
    return row


def _attack_one(publisher, name, arguments, has_screen, seed, cases):
    row, last = Row(name), "the start"
    try:
        target = Target(arguments, has_screen)
        _show_good(publisher, target, 1)
        page = Page(target) if name == "serve" else None
        for number, case in enumerate(hostile_messages(seed, cases), 2):
            last = case.name
            publisher.send(case.frames)
            row.sent += 1
            _show_good(publisher, target, number)
            if page and (number % _PAGE_EVERY == 0 or number == cases + 1):
                page.await_steps(number)
        row.refused = target.refused()
        last = "the end"
        target.end()
    except TargetError as failure:
        row.failures.append(f"{last}: {failure}")
    return row


def _show_good(publisher, target, steps):
    publisher.send_good(steps)
    target.await_steps(steps, lambda: publisher.send_good(steps))

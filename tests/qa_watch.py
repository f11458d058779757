# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn watch: what it prints of what a socket sends, and how it ends."""

import json
import os
import subprocess
import sys

import pytest
import zmq

from command_line import COMMAND, PROGRAM, assert_one_line, run


class Publisher:
    """Sends the same two messages again and again until the reader has had enough."""

    STATS = {"schema": 1, "seq": 0, "time_unix_s": 0.0, "steps": 7, "queued_steps": 1,
             "dropped_tokens": 2, "deadline_misses": 3, "budget_seconds": 0.03,
             "kv_bytes": 1024, "rss_bytes": 2**20,
             **{f"{s}_seconds": {"p50": 0.001, "p95": 0.002, "p99": 0.003}
                for s in ("latency", "wait", "inference")}}  # fmt: skip

    def __init__(self):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind("tcp://127.0.0.1:*")
        self.address = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def feed(self, process, body=None):
        text = body or json.dumps(self.STATS)
        while process.poll() is None:
            self._socket.send_multipart([b"rfattn.stats", text.encode()])
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue

    def close(self):
        self._socket.close()
        self._context.term()


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    made.close()


def watch(publisher, *arguments, body=None):
    process = subprocess.Popen(
        [*COMMAND, "watch", publisher.address, *arguments], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    publisher.feed(process, body)
    out, err = process.communicate()
    return process.returncode, out, err


def test_watch_prints_a_line_a_message(publisher):
    status, out, err = watch(publisher, "--count", "2", "--timeout", "30")
    assert status == 0 and err == ""
    lines = out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("stats: 7 steps, 2 tokens dropped, latency p50 1.00 ms p99 3.00 ms")


def test_watch_json(publisher):
    status, out, _ = watch(publisher, "--count", "1", "--json", "--timeout", "30")
    assert status == 0
    assert json.loads(out) == {"topic": "stats", **Publisher.STATS}


@pytest.mark.parametrize(
    "body, text",
    [
        ("hello", "not a message of gr-rfattn"),
        ('{"schema": 9}', "schema 9, this version reads 1"),
    ],
)
def test_watch_refuses_what_it_does_not_know(publisher, body, text):
    status, out, err = watch(publisher, "--timeout", "30", body=body)
    assert (status, out) == (1, "") and text in err and len(err.splitlines()) == 1


def test_watch_without_messages_fails_after_the_timeout(publisher):
    assert_one_line(run("watch", publisher.address, "--timeout", "0.1"), "nothing from")


def test_watch_needs_no_gnuradio(publisher):
    """Neither the runtime nor torch is imported."""
    hide = "import sys\nsys.modules.update({'gnuradio.gr': None, 'pmt': None, 'torch': None})\n"
    process = subprocess.Popen(
        [sys.executable, "-c", hide + PROGRAM, "watch", publisher.address, "--count", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    publisher.feed(process)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.startswith("stats:")


def test_watch_live_screen():
    """The table of a terminal, drawn from the messages' newest state."""
    from gnuradio.rfattn.command.watch import screen
    from rich.console import Console

    console = Console(width=100, record=True, file=open(os.devnull, "w"))
    detection = {"label": "ft8", "confidence": 0.9, "sample_start": 64}
    console.print(screen({"stats": Publisher.STATS, "detections": detection}))
    text = console.export_text()
    for part in ("ft8", "7, 1 queued", "2 tokens", "p50 1.00 ms", "3 steps over 30.00 ms", "1 KiB"):
        assert part in text

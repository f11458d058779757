# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command ends on Ctrl-C and SIGTERM, whatever it is doing and whoever reads its output."""

import fcntl
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from command_line import COMMAND, TIME_LIMIT_S
from page_messages import STATS
from page_server import Feeder, Publisher

SCRIPT = Path(__file__).resolve().parents[2] / "build" / "gr-rfattn"
PIPE_BYTES = 4096


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A receiver that finds eight emissions a second, again and again."""
    path, times = tmp_path_factory.mktemp("tiny") / "t.cf32", np.arange(200_000) / 2e5
    noise = np.random.default_rng(1).standard_normal((len(times), 2)) @ [0.01, 0.01j]
    tones = sum(np.exp(2j * np.pi * 2e4 * (k - 3.5) * times) for k in range(8))
    (noise + 0.01 * tones * (times < 0.3)).astype(np.complex64).tofile(path)
    source = ["--source", f"file={path},repeat=1", "--rate", "200k", "--freq", "100M"]
    return ["live", "--model", "none", "--steps", *source]


class Stalled:
    """A command whose stdout, and stderr where ``both``, is a small pipe that nobody reads."""

    def __init__(self, *arguments, both=False):
        self._ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdout=theirs,
            stderr=theirs if both else subprocess.PIPE,
        )
        self._probe = theirs

    def await_full(self):
        """Returns when the command cannot write any more."""
        give_up = time.monotonic() + TIME_LIMIT_S
        while select.select([], [self._probe], [], 0)[1]:
            assert self.process.poll() is None and time.monotonic() < give_up
            select.select([], [], [], 0.02)
        os.close(self._probe)

    def end(self, number):
        """The status, and the seconds that it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(TIME_LIMIT_S), time.monotonic() - began

    def read(self):
        with os.fdopen(self._ours, "rb") as pipe:
            return pipe.read().decode()


@pytest.mark.parametrize("number, both", [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_live_ends_although_nobody_reads(tiny, number, both):
    stalled = Stalled(*tiny, both=both)
    stalled.await_full()
    status, _ = stalled.end(number)
    assert status == 130
    if not both:
        assert stalled.process.stderr.read().decode().endswith("gr-rfattn: interrupted\n")


def test_what_was_printed_before_the_end_reaches_a_reader_that_reads_on(tiny):
    stalled = Stalled(*tiny)
    stalled.await_full()
    stalled.process.send_signal(signal.SIGINT)
    text = stalled.read()
    assert stalled.process.wait(TIME_LIMIT_S) == 130
    (ended,) = re.findall(r"emissions: (\d+) with", text)
    assert "searched:" in text and text.count("\nend ") == int(ended) >= 4


def test_watch_ends_although_nobody_reads():
    publisher = Publisher()
    feeder = Feeder(publisher, [("stats", STATS)])
    stalled = Stalled("watch", publisher.address, "--json")
    stalled.await_full()
    status, _ = stalled.end(signal.SIGTERM)
    feeder.stop()
    publisher.close()
    assert status == 130


@pytest.mark.parametrize("command, regions", [("train", 50), ("label", 100)])
def test_ctrl_c_while_a_command_starts(command, regions):
    """The memory regions of a process tell how much it has imported so far."""
    process = subprocess.Popen(
        [SCRIPT, command, "nothing"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    maps = Path(f"/proc/{process.pid}/maps")
    while process.poll() is None and maps.read_bytes().count(b"\n") < regions:
        select.select([], [], [], 0.005)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=TIME_LIMIT_S)[1].decode()
    assert process.returncode == 130
    assert err in ("", "gr-rfattn: interrupted\n")

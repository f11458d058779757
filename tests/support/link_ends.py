# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of the link without a flowgraph, on loopback, for tests."""

import threading
import time
from contextlib import contextmanager

import numpy as np
from gnuradio.rfattn.link import edge_link
from gnuradio.rfattn.link.edge_link import EdgeLink
from gnuradio.rfattn.link.host_link import HostLink
from gnuradio.rfattn.link.wire import Run, Segment
from gnuradio.rfattn.recordings.front_end import FrontEnd

FRONT_END = FrontEnd(fft_size=64, hop=64, n_bins=8)
TIME_LIMIT_S = 20


def until(condition, what):
    """Waits until ``condition`` holds, which it must in time."""
    end = time.monotonic() + TIME_LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"not within {TIME_LIMIT_S} s: {what}"
        time.sleep(0.002)


class Host(HostLink):
    """A host in a thread, which keeps what came.

    Attributes:
        events: (edge, run, packet, values) of each; reports: its lines of text; sessions: by edge,
        the newest.
    """

    def __init__(self, address="tcp://127.0.0.1:*", timeout_s=60.0, curve_keys=""):
        self.reports, self.events, self.sessions = [], [], {}
        self.is_stalled = self._ends = False
        self._is_idle = threading.Event()
        super().__init__(address, curve_keys, [FRONT_END], [], timeout_s, self.reports.append)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ends:
            if self.is_stalled:
                self._is_idle.set()
                time.sleep(0.002)
                continue
            event = self.receive(5)
            if event is not None:
                session, packet, values = event
                self.sessions[session.edge] = session
                self.events.append((session.edge, session.run, packet, values))
                if getattr(packet, "kind", "") == "tokens":
                    self.take(session)

    def stall(self):
        """Takes nothing more, from now on, until `is_stalled` is False again."""
        self._is_idle.clear()
        self.is_stalled = True
        assert self._is_idle.wait(TIME_LIMIT_S)

    def end(self):
        """Ends as a process that is killed: nobody is told."""
        self._ends = True
        self._thread.join()
        self.close()

    def of_kind(self, kind):
        return [event for event in self.events if getattr(event[2], "kind", "vanished") == kind]

    def tokens(self):
        return sum(event[2].count for event in self.of_kind("tokens"))


@contextmanager
def host(*arguments, **options):
    made = Host(*arguments, **options)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def edge(address, number=0, policy="block", max_waiting=8, curve_keys=""):
    """A link whose reports are its attribute ``reports``; ``judged`` has the streams and how sure
    the host is of them."""
    reports, judged = [], []
    made = EdgeLink(
        address,
        number,
        policy,
        max_waiting,
        curve_keys,
        reports.append,
        lambda *x: judged.append(x),
    )
    made.reports, made.judged = reports, judged
    made.start()
    try:
        yield made
    finally:
        made.close()


def quick(monkeypatch):
    """Lets edges say every 20 ms that they are there, and not wait long for a host."""
    for name, value in (("_ALIVE_S", 0.02), ("_WELCOME_S", 0.5), ("_END_S", 1.0)):
        monkeypatch.setattr(edge_link, name, value)


def run_of(stream=1, count=4, skip=0, segment=0, ended=(), **more):
    return Run(
        count=count,
        skip=skip,
        segment=Segment(
            stream=stream,
            segment=segment,
            **{"sample_start": 0, "samples_per_token": 64, "token_samples": 64} | more,
        ),
        ended=list(ended),
        non_finite=[],
    )


def send(link, *runs, live=(1,), wait_s=5.0, **fields):
    """Sends tokens of some runs; returns what `send_tokens` does."""
    runs = runs or (run_of(),)
    count = sum(run.count for run in runs)
    values = np.full((count, FRONT_END.n_bins), -60.0, np.float32)
    form = {"n_values": FRONT_END.n_bins, "front_end": FRONT_END.to_dict(), "features": []}
    return link.send_tokens({**form, "runs": list(runs), **fields}, values.tobytes(), live, wait_s)


def adds_up(link):
    """Whether everything that entered is in one of the other counts; returns the counts."""
    counts = link.counts()
    for kind in ("tokens", "messages"):
        parts = (getattr(counts, f"{kind}_{x}") for x in ("taken", "dropped", "lost", "waiting"))
        assert getattr(counts, f"{kind}_in") == sum(parts), counts
    return counts

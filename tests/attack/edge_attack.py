# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends what hostile edges send to a host, whose flowgraph must go on and serve a good edge."""

import math
import random
import time
from dataclasses import dataclass, field

import numpy as np
import zmq
from gnuradio.rfattn.link import wire
from gnuradio.rfattn.link.edge_link import EdgeLink
from gnuradio.rfattn.recordings.front_end import FrontEnd

from edge_flowgraphs import FRONT_END, N_BINS, Host
from hostile_edges import HostileRun
from link_ends import run_of

_GOOD_EDGE = 999
_CHECK_EVERY = 10
"""Hostile edges, between which the good one sends."""
PATIENCE_S, PATIENCE_CPU_S = 200.0, 10.0
"""A host that has not taken a good message after this long, or after so much processor time of this
process, of which a busy machine gives little, is frozen or serves the others only."""


@dataclass
class Result:
    """What became of the messages of hostile edges."""

    runs: int = 0
    sent: int = 0
    refused: int = 0
    tokens: int = 0
    emissions: int = 0
    failures: list[str] = field(default_factory=list)


class GoodEdge:
    """An edge that keeps the rules."""

    def __init__(self, address: str):
        self._link = EdgeLink(address, _GOOD_EDGE, "block", 8, "", lambda line: None)
        self._link.start()

    def send_tokens(self) -> None:
        """Sends tokens, and waits until the host has taken them.

        Raises:
            TimeoutError: it did not.
        """
        form = {"n_values": N_BINS, "features": [], "front_end": _front_end()}
        values = np.full((4, N_BINS), -60.0, "<f4").tobytes()
        fields = {**form, "runs": [run_of(skip=self._link.counts().tokens_in)]}
        end, end_cpu = time.monotonic() + PATIENCE_S, time.process_time() + PATIENCE_CPU_S
        is_sent = False
        while not (is_sent and self._is_taken()):
            if time.monotonic() > end or time.process_time() > end_cpu:
                raise TimeoutError("a good edge waits too long")
            is_sent = is_sent or self._link.send_tokens(fields, values, (1,), 1.0)
            self._link._wait(lambda: self._is_taken() or self._link.error, 1.0)
            if self._link.error:
                raise TimeoutError(f"a good edge: {self._link.error}")

    def _is_taken(self) -> bool:
        counts = self._link.counts()
        return counts.tokens_taken == counts.tokens_in

    def close(self) -> None:
        self._link.close()


def attack(model: str, seed: int, runs: int, seconds: float = math.inf) -> Result:
    """Lets ``runs`` hostile edges come one after the other, as many as fit into ``seconds``, and a
    good one in between."""
    end = time.monotonic() + seconds
    found, host = Result(), Host(model, ends_after=0)
    good = GoodEdge(host.address)
    with zmq.Context() as context:
        for number in range(runs):
            is_last = False
            try:
                _come(context, host.address, seed, number, found)
                is_last = number == runs - 1 or time.monotonic() > end
                if number % _CHECK_EVERY == 0 or is_last:
                    good.send_tokens()
            except TimeoutError as failure:
                found.failures.append(f"run {number}: {failure}")
            found.failures += [f"run {number}: {text}" for text in _errors(host)]
            if found.failures or is_last:
                break
    good.close()
    edges = host.link.edges()
    found.refused = host.link.refused()
    found.tokens, found.emissions = (sum(e[n] for e in edges) for n in ("tokens", "messages"))
    host.stop()
    host.wait()
    host.link.close()
    found.failures += _uncounted(host)
    return found


def _come(context, address: str, seed: int, number: int, found: Result) -> None:
    draw = random.Random(f"{seed} {number}")
    run = HostileRun(draw, number % 900, _front_end(), [], N_BINS)
    socket = _connect(context, address)
    for frames in run.messages():
        socket.send_multipart(frames)
        found.sent += 1
    while socket.poll(5):
        reply = wire.read_reply(socket.recv_multipart())
        if not reply.reason.isprintable():
            found.failures.append(f"an answer with control characters: {reply.reason!r:.80}")
    socket.close()
    found.runs += 1


def _connect(context, address: str):
    socket = context.socket(zmq.DEALER)
    socket.set(zmq.LINGER, 1000)
    socket.set(zmq.SNDTIMEO, int(1000 * PATIENCE_S))
    socket.connect(address)
    return socket


def _front_end() -> dict:
    return FrontEnd.from_dict({**FRONT_END, "n_bins": N_BINS}).to_dict()


def _errors(host: Host) -> list[str]:
    """What ended the flowgraph of the host."""
    fallible = host.link, host.model, host.labels, host.contents
    kept = {b.name(): b.error for b in fallible if b.error is not None}
    if host.buffer.error():
        kept["token_buffer"] = host.buffer.error()
    return [f"{name}: {error}" for name, error in kept.items()]


def _uncounted(host: Host) -> list[str]:
    """What the host took and the buffer behind it did not count."""
    buffer = host.buffer
    parts = buffer.tokens_out(), buffer.tokens_incomplete(), buffer.tokens_dropped()
    accounted = sum(parts) + buffer.tokens_waiting()
    if buffer.tokens_in() != accounted:
        return [f"{buffer.tokens_in()} tokens came in, {accounted} are accounted for"]
    return []

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages between an edge and a host: each field once, with its type, limits and meaning.

A message of an edge is a frame with one JSON object, and behind that of tokens a frame with their
values, float32 in the byte order of a PC. A host answers with one frame. JSON and not the format of
GNU Radio, because reading a hostile PMT can end the process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..emissions.edge_ids import EDGES, IDS
from ..json_files import refuse_constant
from ..messages.entries import entry, read_as, to_dict
from ..messages.values import check_values
from ..printable import printable

VERSION = 2
MAX_TOKENS = 128
"""Tokens of a message: about 40 kB with 64 bins and the features."""
MAX_BYTES = 4 * 2**20
_MAX_HEADER_BYTES = 2**18
_MAX_VALUE = 1e12
"""Largest amount of a value of a token; its square fits into a float32."""
_MAX_STREAMS = 4096
MOST = 2**62
"""Of a count. What is added up of what edges state stays there, see `add_counts`."""
_MOST_S = 1e11
"""Of a time, s since 1970."""
_COUNT = {"least": 0, "most": MOST}
_STREAM = {"least": 0, "most": IDS - 1}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Where the tokens of a run come from: the entries of `rfattn:segment` that cross the link."""

    stream: int = entry("Number of the stream at the edge.", **_STREAM)
    segment: int = entry("Number of the segment.", **_COUNT)
    sample_start: int = entry("First sample of its first token.", **_COUNT)
    samples_per_token: int = entry("Samples from token to token.", default=1, least=0, most=2**32)
    token_samples: int = entry("Samples that a token looks at.", default=1, least=0, most=2**32)
    retunes: int = entry("Gaps so far by a change of frequency.", default=0, **_COUNT)
    overflows: int = entry("Other gaps so far.", default=0, **_COUNT)
    rested_tokens: int = entry("Tokens that rested so far.", default=0, **_COUNT)
    rx_rate: float | None = entry("Samples a second.", default=None, least=1e-3, most=1e15)
    rx_freq: float | None = entry("Middle of the band, Hz.", default=None, least=-1e15, most=1e15)
    rx_time: list[float] | None = entry(
        "Time of sample_start: whole seconds and fraction.",
        default=None,
        least=0,
        most=_MOST_S,
    )

    def __post_init__(self):
        time = self.rx_time
        if time is not None and (len(time) != 2 or time[0] != int(time[0]) or not time[1] < 1):
            raise ValueError(
                f"segment: rx_time must be whole seconds and a fraction below 1, got {time!r:.60}"
            )


@dataclass(frozen=True, kw_only=True)
class Run:
    """Tokens of one stream that follow each other."""

    count: int = entry("Tokens.", least=1, most=MAX_TOKENS)
    skip: int = entry("Tokens of the segment before the first one.", **_COUNT)
    segment: Segment = entry("Where they come from.")
    ended: list[int] = entry("Streams that ended before the first token.", **_STREAM)
    non_finite: list[int] = entry(
        "Those that look at a NaN or infinite sample.", least=0, most=MAX_TOKENS - 1
    )

    def __post_init__(self):
        if self.sample_start + self.count * self.segment.samples_per_token >= 2**63:
            raise ValueError("runs: the samples must have numbers below 2**63")
        if any(i >= self.count for i in self.non_finite):
            raise ValueError(f"runs: non_finite must be below count {self.count}")
        rate = self.segment.rx_rate
        if rate and (self.sample_start - self.segment.sample_start) / rate > _MOST_S:
            raise ValueError(f"runs: a segment must last at most {_MOST_S:g} s")

    @property
    def sample_start(self) -> int:
        """First sample of the first token."""
        return self.segment.sample_start + self.skip * self.segment.samples_per_token


@dataclass(frozen=True, kw_only=True)
class Packet:
    """What every message of an edge has."""

    session: str = entry("Name of this run of the edge, 16 hexadecimal digits.")
    seq: int = entry("Number of this message, or of the next one that has a number.", **_COUNT)
    tokens: int = entry("Tokens in the messages before it.", **_COUNT)
    tokens_dropped: int = entry("Tokens that were not sent, since the host was late.", **_COUNT)
    messages_dropped: int = entry("Messages of emissions that were not sent.", **_COUNT)
    messages: int = entry("Messages of emissions before it.", **_COUNT)

    kind: ClassVar[str] = ""


@dataclass(frozen=True, kw_only=True)
class Hello(Packet):
    """The edge asks to be heard; it sends nothing else before the host welcomes it. The numbers are
    those before the first message that no host has acknowledged."""

    kind = "hello"
    version: int = entry("Version of these messages.")
    edge: int = entry("Number of the edge.", least=0, most=EDGES - 1)


@dataclass(frozen=True, kw_only=True)
class Tokens(Packet):
    """Tokens of any streams. It has a number."""

    kind = "tokens"
    n_values: int = entry("Values of a token.", least=1, most=2**17)
    front_end: dict = entry("Parameters of the front end.")
    features: list[str] = entry("Names of the values behind the spectrum.")
    runs: list[Run] = entry("Whose tokens they are, in order.")

    @property
    def count(self) -> int:
        return sum(run.count for run in self.runs)


@dataclass(frozen=True, kw_only=True)
class MessagePacket(Packet):
    """A message of a port of `edge_sink`. It has a number."""

    kind = "message"
    topic: str = entry("Name of the port: emissions, findings or frames.")
    message: dict = entry("The message.")


@dataclass(frozen=True, kw_only=True)
class Alive(Packet):
    """Comes once a second, so that the host knows that the edge is there."""

    kind = "alive"
    live: list[int] = entry("Streams that have not ended.", **_STREAM)


@dataclass(frozen=True, kw_only=True)
class Bye(Packet):
    """The edge ends; all its messages have been sent."""

    kind = "bye"


_KINDS = {kind.kind: kind for kind in (Hello, Tokens, MessagePacket, Alive, Bye)}


def add_counts(*counts: int) -> int:
    """The sum of counts that edges state, at most `MOST`, so that no edge can make one that does
    not fit into 64 bits."""
    return min(sum(counts), MOST)


def write(packet: Packet) -> bytes:
    """The first frame of a message."""
    return json.dumps({"kind": packet.kind, **to_dict(packet)}, allow_nan=False).encode()


def read_frames(frames: list[bytes]) -> tuple[Packet, np.ndarray | None]:
    """A message of an edge, and of tokens their values, float32 [count, n_values].

    Raises:
        ValueError: in one line, when it is none, or breaks a rule.
    """
    if len(frames) not in (1, 2) or len(frames[0]) > _MAX_HEADER_BYTES:
        raise ValueError(f"not a message of an edge: {len(frames)} frames")
    try:
        message = json.loads(frames[0], parse_constant=refuse_constant)
        kind = _KINDS[message["kind"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"not a message of an edge: {frames[0][:60]!r}") from None
    check_values(message, "message")
    packet = read_as(kind, message, kind.kind)
    if isinstance(packet, Tokens) != (len(frames) == 2):
        raise ValueError(f"{kind.kind}: {len(frames)} frames")
    if isinstance(packet, Alive) and len(packet.live) > _MAX_STREAMS:
        raise ValueError(f"alive: at most {_MAX_STREAMS} streams, got {len(packet.live)}")
    return packet, _values(packet, frames[1]) if isinstance(packet, Tokens) else None


def _values(packet: Tokens, payload: bytes) -> np.ndarray:
    if not 1 <= packet.count <= MAX_TOKENS:
        raise ValueError(f"tokens: from 1 to {MAX_TOKENS} in a message, got {packet.count}")
    expected = packet.count * packet.n_values * 4
    if len(payload) != expected:
        raise ValueError(f"tokens: {expected} bytes must follow, got {len(payload)}")
    values = np.frombuffer(payload, "<f4").reshape(packet.count, packet.n_values)
    check_tokens(values)
    return values


def check_tokens(values: np.ndarray) -> None:
    """Refuses values that would spoil the context of a model.

    Raises:
        ValueError: one is not finite, or too large.
    """
    if not (np.abs(values) <= _MAX_VALUE).all():  # NaN is not, either
        raise ValueError(f"tokens: values must be finite and at most {_MAX_VALUE:g}")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a host answers."""

    kind: str = entry(
        '"welcome"; "refused": ask again; "wrong": never accepted; "unknown": say hello again; '
        '"taken"; "again": send everything from seq on; "bye": that was the last message; '
        '"confidence": how sure the model is of a stream.'
    )
    seq: int = entry("All messages with smaller numbers were taken.", default=0)
    reason: str = entry("Why it refuses.", default="")
    stream: int | None = entry("Number of the stream at the edge.", default=None, **_STREAM)
    confidence: float | None = entry("Of its latest label.", default=None, least=0, most=1)

    def __post_init__(self):
        if self.kind == "confidence" and None in (self.stream, self.confidence):
            raise ValueError("reply: a confidence needs stream and confidence")


def write_reply(reply: Reply) -> bytes:
    return json.dumps(to_dict(reply)).encode()


def read_reply(frames: list[bytes]) -> Reply:
    """An answer of a host.

    Raises:
        ValueError: it is none.
    """
    try:
        message = json.loads(frames[0], parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(f"not an answer of a host: {frames[0][:60]!r}") from None
    check_values(message, "reply")
    reply = read_as(Reply, message, "reply")
    return replace(reply, reason=printable(f"{reply.reason:.2000}"))

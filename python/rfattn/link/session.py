# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of an edge, at the host: its streams and emissions, and the gaps in what came."""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from ..emissions.edge_ids import id_at_host
from ..messages.emission import Emission
from ..messages.findings import Findings
from ..messages.frame import Frame
from .wire import Hello, MessagePacket, Packet, Reply, Run, Segment, Tokens

_MOST = 4096
"""Streams and live emissions of an edge."""


@dataclass
class _Stream:
    """A stream of an edge. Its segments get higher numbers after each gap."""

    shift: int = 0
    is_due: bool = True


class Session:
    """What the host knows of one run of an edge.

    Args:
        hello: the message with which it began; run: how many runs of this edge came before.

    Attributes:
        name, edge, run; identity: where its answers go; heard_s: monotonic time of its last
        message; late_at: None, or the messages that the host had received when it found that this
        edge was not heard for too long; next_seq: number of the message that comes next;
        rested_tokens: as its segments state it; emissions: the last message of each live emission,
        by number at the host.
    """

    def __init__(self, hello: Hello, run: int):
        self.name, self.edge, self.run = hello.session, hello.edge, run
        self.identity, self.heard_s = b"", 0.0
        self.late_at: int | None = None
        self.rested_tokens = 0
        self.emissions: dict[int, Emission] = {}
        self._ends: list[int] = []
        self._streams: dict[int, _Stream] = {}
        self.next_seq = hello.seq
        self._tokens, self._messages = hello.tokens, hello.messages
        self._dropped = hello.tokens_dropped

    def hear(self, identity: bytes) -> None:
        """Takes note of a message that came now from ``identity``."""
        self.identity, self.heard_s, self.late_at = identity, time.monotonic(), None

    def follow(self, packet: Packet) -> None:
        """Takes the numbers of ``packet``, which has the next number. Where the edge dropped
        tokens before it, each stream begins a segment.

        Raises:
            ValueError: its numbers do not follow those of the last one.
        """
        if (packet.tokens, packet.messages) != (self._tokens, self._messages):
            raise ValueError(f"edge {self.edge}: message {packet.seq} counts other tokens")
        if isinstance(packet, Tokens):
            streams = {run.segment.stream for run in packet.runs} | self._streams.keys()
            if len(streams) > _MOST:
                raise ValueError(f"edge {self.edge}: more than {_MOST} streams")
            self._tokens += packet.count
        if packet.tokens_dropped != self._dropped:
            for stream in self._streams.values():
                stream.shift += 1
                stream.is_due = True
        self._dropped = packet.tokens_dropped
        self._messages += isinstance(packet, MessagePacket)
        self.next_seq += isinstance(packet, Tokens | MessagePacket)

    def taken(self) -> Reply:
        """The acknowledgement of everything up to now."""
        return Reply(kind="taken", seq=self.next_seq)

    def id_of(self, number: int) -> int:
        """The number at the host of a stream or an emission."""
        return id_at_host(self.edge, self.run, number)

    def keep(self, live: Collection[int]) -> None:
        """Ends all streams but those that the edge names, since an end may have been lost."""
        self.end_streams(self._streams.keys() - set(live))

    def end_streams(self, numbers: Collection[int]) -> None:
        for number in sorted(numbers):
            if self._streams.pop(number, None) is not None:
                self._ends.append(self.id_of(number))

    def take_ends(self) -> list[int]:
        """The numbers at the host of streams that have ended since the last call."""
        ends, self._ends = self._ends, []
        return ends

    def end_all(self) -> list[Emission]:
        """Ends all streams; returns the last messages of the emissions that were live."""
        self.end_streams(list(self._streams))
        ended = [
            replace(emission, state="end", bursts=[], burst_start=None)
            for emission in self.emissions.values()
        ]
        self.emissions.clear()
        return ended

    def add_message(self, message: Emission | Findings | Frame) -> Emission | Findings | Frame:
        """The message with the number at the host. The first one of an emission that comes is new
        here, whatever it was at the edge.

        Raises:
            ValueError: there are too many.
        """
        number = self.id_of(message.id)
        if isinstance(message, Emission):
            return self._add_emission(message, number)
        return replace(message, id=number)

    def _add_emission(self, emission: Emission, number: int) -> Emission:
        if emission.sideband_of is not None:
            emission = replace(emission, sideband_of=self.id_of(emission.sideband_of))
        is_known = number in self.emissions
        state = "new" if emission.state == "update" and not is_known else emission.state
        known = replace(emission, id=number, state=state)
        if not known.is_live:
            self.emissions.pop(number, None)
        elif not is_known and len(self.emissions) >= _MOST:
            raise ValueError(f"edge {self.edge}: more than {_MOST} live emissions")
        else:
            self.emissions[number] = known
        return known

    def enter(self, run: Run, is_elsewhere: bool) -> Segment | None:
        """The segment to state on the first token of ``run``, None where nothing has changed.

        Args:
            is_elsewhere: the token before it, at the host, was not of this stream.
        """
        segment = run.segment
        stream = self._streams.setdefault(segment.stream, _Stream())
        is_stated = run.skip == 0 or is_elsewhere or stream.is_due
        stream.is_due = False
        self.rested_tokens = max(self.rested_tokens, segment.rested_tokens)
        if not is_stated:
            return None
        return replace(
            segment,
            stream=self.id_of(segment.stream),
            segment=segment.segment + stream.shift,
            sample_start=run.sample_start,
            rx_time=_later(segment, run.sample_start - segment.sample_start),
        )


def _later(segment: Segment, samples: int) -> list[float] | None:
    """The time of the sample so many behind the first; None where it is not known."""
    if segment.rx_time is None or not samples:
        return segment.rx_time
    if segment.rx_rate is None:
        return None
    rest = math.fmod(samples, segment.rx_rate)  # exact, as in segment.cc
    whole = round((samples - rest) / segment.rx_rate)
    fraction = segment.rx_time[1] + rest / segment.rx_rate
    return [int(segment.rx_time[0]) + whole + math.floor(fraction), fraction - math.floor(fraction)]

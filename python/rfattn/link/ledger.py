# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of everything that an edge gave to the link; no GNU Radio here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass
class LinkCounts:
    """tokens_in = tokens_taken + tokens_dropped + tokens_lost + tokens_waiting at any time, and the
    same of messages of emissions."""

    tokens_in: int = 0
    tokens_taken: int = 0
    tokens_dropped: int = 0
    tokens_lost: int = 0
    tokens_waiting: int = 0
    messages_in: int = 0
    messages_taken: int = 0
    messages_dropped: int = 0
    messages_lost: int = 0
    messages_waiting: int = 0
    bytes_sent: int = 0
    welcomes: int = 0


@dataclass(frozen=True)
class _Sent:
    seq: int
    tokens: int
    frames: list[bytes]

    @property
    def messages(self) -> int:
        """Of emissions: one of those has no tokens."""
        return int(not self.tokens)


class Ledger:
    """Keeps what was sent until a host has acknowledged it, and counts.

    Attributes:
        counts: the `LinkCounts`, without what waits.
    """

    def __init__(self, session: str):
        self.counts = LinkCounts()
        self._session = session
        self._seq = self._tokens = self._messages = 0
        self._waiting: deque[_Sent] = deque()

    def __len__(self) -> int:
        """Messages that no host has acknowledged."""
        return len(self._waiting)

    def totals(self) -> dict:
        """The fields that every message has, see `wire.Packet`."""
        return {
            "session": self._session,
            "seq": self._seq,
            "tokens": self._tokens,
            "messages": self._messages,
            "tokens_dropped": self.counts.tokens_dropped,
            "messages_dropped": self.counts.messages_dropped,
        }

    def totals_taken(self) -> dict:
        """The same before the first message that was not acknowledged: where a host begins."""
        now = self.now(0)
        return {
            **self.totals(),
            "seq": self._seq - len(self),
            "tokens": self._tokens - now.tokens_waiting,
            "messages": self._messages - now.messages_waiting,
        }

    def send(self, tokens: int, frames: list[bytes]) -> None:
        """A message left, with so many tokens; with none, one of an emission."""
        sent = _Sent(self._seq, tokens, frames)
        self._waiting.append(sent)
        self._seq += 1
        self._tokens += tokens
        self._messages += sent.messages

    def take(self, seq: int) -> None:
        """The host has all messages with smaller numbers."""
        while self._waiting and self._waiting[0].seq < seq:
            sent = self._waiting.popleft()
            self.counts.tokens_taken += sent.tokens
            self.counts.messages_taken += sent.messages

    def waiting(self) -> Iterator[list[bytes]]:
        """The frames of each message that was not acknowledged."""
        return (sent.frames for sent in self._waiting)

    def lose_waiting(self) -> None:
        """What was not acknowledged will not be sent again."""
        now = self.now(0)
        self.counts.tokens_lost += now.tokens_waiting
        self.counts.messages_lost += now.messages_waiting
        self._waiting.clear()

    def now(self, late: int) -> LinkCounts:
        """The counts, with ``late`` messages of emissions that have not been sent."""
        return replace(
            self.counts,
            tokens_waiting=sum(sent.tokens for sent in self._waiting),
            messages_waiting=late + sum(sent.messages for sent in self._waiting),
        )

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of everything that an edge gave to the link; no GNU Radio here."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from .wire import Reply


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


class Ledger:
    """Counts what was sent, and what the hosts say about it.

    Attributes:
        counts: the `LinkCounts`, without what waits.
    """

    def __init__(self, session: str):
        self.counts = LinkCounts()
        self._session = session
        self._seq = self._tokens = self._messages = 0
        self._waiting: deque[tuple[int, int]] = deque()  # number and tokens; 0: of an emission
        self._known_lost = (0, 0)  # tokens and messages that this host missed

    def __len__(self) -> int:
        """Messages that the host has not acknowledged."""
        return len(self._waiting)

    def totals(self) -> dict:
        """The fields that every message has, see `wire.Packet`."""
        counts = self.counts
        return {
            "session": self._session,
            "seq": self._seq,
            "tokens": self._tokens,
            "messages": self._messages,
            "tokens_dropped": counts.tokens_dropped,
            "messages_dropped": counts.messages_dropped,
            "tokens_lost": counts.tokens_lost,
            "messages_lost": counts.messages_lost,
        }

    def send(self, tokens: int) -> None:
        """A message left, with so many tokens; with none, one of an emission."""
        self._waiting.append((self._seq, tokens))
        self._seq += 1
        self._tokens += tokens
        self._messages += not tokens

    def welcome(self) -> None:
        """A host answered that has not missed anything yet."""
        self._known_lost = (0, 0)
        self.counts.welcomes += 1

    def take(self, reply: Reply) -> None:
        """The host acknowledged: what it has not missed of the messages up to there, it took."""
        tokens, messages = 0, 0
        while self._waiting and self._waiting[0][0] < reply.seq:
            _, count = self._waiting.popleft()
            tokens += count
            messages += not count
        lost_tokens = reply.tokens_lost - self._known_lost[0]
        lost_messages = reply.messages_lost - self._known_lost[1]
        self._known_lost = reply.tokens_lost, reply.messages_lost
        self._lose(lost_tokens, lost_messages)
        self.counts.tokens_taken += tokens - lost_tokens
        self.counts.messages_taken += messages - lost_messages

    def lose_waiting(self) -> None:
        """What is on the way will not be acknowledged any more."""
        now = self.now(0)
        self._lose(now.tokens_waiting, now.messages_waiting)
        self._waiting.clear()

    def now(self, late: int) -> LinkCounts:
        """The counts, with ``late`` messages of emissions that have not been sent."""
        return replace(
            self.counts,
            tokens_waiting=sum(tokens for _, tokens in self._waiting),
            messages_waiting=late + sum(not tokens for _, tokens in self._waiting),
        )

    def _lose(self, tokens: int, messages: int) -> None:
        self.counts.tokens_lost += tokens
        self.counts.messages_lost += messages

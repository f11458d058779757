# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is attached to the path of emissions, and what the path asks of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...emissions.record import EmissionRecord
from ...failures import Failures


class Attachment:
    """A block that shows, records, decodes or publishes what is found, or does anything else.

    `EmissionFlowgraph` connects each of its ports to all that send messages of that topic: to the
    path, and to what else is attached. A subclass overrides what concerns it.
    """

    TOPICS: tuple[str, ...] = ()
    """Ports for messages, each named by the topic that it takes."""
    SENDS: tuple[str, ...] = ()
    """Topics of the messages that it sends to the path, or to what else is attached."""
    TAKES: Mapping[str, str] = {}
    """By port, the topic that it takes in this path where that has another name; "" for none."""
    margin_s = 0.0
    """Least time before and after each burst of which it needs I/Q."""
    error: Exception | None = None
    failures: Failures | None = None
    messages_lost = 0
    is_attached = False
    """Set by the path, which calls `complete`: messages may come after `stop`."""

    def check(self, labels: Collection[str]) -> None:
        """Called before the path starts, with the labels that its model gives.

        Raises:
            ValueError: in one line, where it asks for another one.
        """

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Nothing that lies behind the first ``n_samples`` of the receiver's counts: a tail is
        played behind a recording. For one run."""

    def look(self, sample: float, sample_rate: float, measured: float | None = None) -> None:
        """Called some times a second with the number of the newest sample of a receiver, and of
        the newest that it measured; None: the same one."""

    def is_busy(self, number: int, end: int) -> bool:
        """Whether more may come about an emission that ended at this sample of the receiver; from
        any thread."""
        return False

    def add_final(self, record: EmissionRecord, sample_rate: float) -> None:
        """Called with each emission that will not change, in the thread that runs the path, also
        behind its end."""

    def settle(self) -> None:
        """Called after `add_final` of some, before they are shown."""

    def tuned(self, frequency: float | None) -> None:
        """Called when the receiver is tuned, with the middle of its band in Hz; None: unknown."""

    def take_events(self) -> list[dict]:
        """What happened to transmitters since the last call, as messages of `Event`."""
        return []

    def show_event(self, event: dict) -> None:
        """Takes what an attachment returned from `take_events`."""

    def drain(self) -> None:
        """Takes the messages that wait."""

    def complete(self) -> None:
        """Called when the path has ended: takes what waits, and ends what was begun."""

    def waiting(self) -> int:
        """Messages that wait."""
        return 0

    def waiting_bytes(self) -> int:
        """Size of the I/Q that waits, at most; bytes."""
        return 0

    def account(self) -> dict:
        """What the JSON of the command has of it in `stats`."""
        return {}

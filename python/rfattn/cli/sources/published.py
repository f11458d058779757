# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives for a command what a flowgraph publishes, and reports what is refused of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ...telemetry.state import State
from ...telemetry.subscriber import decode, subscribe

LOOKS_PER_SECOND = 4


@dataclass(frozen=True)
class Publisher:
    """Where a flowgraph publishes, and who reads it.

    Attributes:
        command: the name of the command, for its messages.
        option: what the command calls the address.
        address, topic, keys: see `subscribe`.
        timeout: s without a good message after which reading fails; 0: never.
        is_quiet: refused messages are not reported, since a screen shows them.
    """

    command: str
    option: str
    address: str
    topic: str
    keys: str
    timeout: float
    is_quiet: bool = False

    def receive(self, state: State) -> Iterator[tuple[str, dict] | None]:
        """Yields (topic without its first part, message) without end, each after it was added to
        ``state``, and None when nothing came for a moment.

        A message that breaks a rule is counted in ``state`` and reported on stderr.

        Raises:
            ValueError: an address that ZMQ does not take.
            OSError: no good message came for ``timeout`` seconds.
        """
        import zmq

        name = f"{self.command}: {self.option}"
        complaints, heard = _Complaints(self.command, self.is_quiet), time.monotonic()
        with subscribe(zmq.Context, self.address, self.topic, name, self.keys) as socket:
            while True:
                message = None
                if socket.poll(_look_ms(self.timeout)):
                    message = self._take(socket.recv_multipart(), state, complaints)
                now = time.monotonic()
                if message is not None:
                    heard = now
                elif self.timeout and now - heard >= self.timeout:
                    raise TimeoutError(self._nothing_came(state))
                yield message

    def _take(self, frames: list[bytes], state: State, complaints: _Complaints):
        """Adds one message to ``state`` and returns it; None: it was refused."""
        try:
            name, message = decode(frames, self.topic)
            state.add(name, message)
        except ValueError as error:
            state.refuse(str(error))
            complaints.add(state.refused, str(error))
            return None
        return name, message

    def _nothing_came(self, state: State) -> str:
        within = f"in {self.timeout:g} s"
        if state.refused:
            return (
                f"{self.command}: no good message from {self.address} {within}; {state.refused} "
                f"were refused, the latest: {state.problem}"
            )
        return (
            f"{self.command}: nothing from {self.address} on topic {self.topic!r} {within}; a "
            f"flowgraph must run that publishes there, such as gr-rfattn live --stats "
            f"{self.address}"
        )


def _look_ms(timeout: float) -> int:
    """How long to wait for a message before a screen is drawn and the timeout checked."""
    return int(1000 * min(timeout or 1.0, 1.0 / LOOKS_PER_SECOND)) or 1


class _Complaints:
    """Reports refused messages on stderr, at most one a second."""

    def __init__(self, command: str, is_quiet: bool):
        self._command, self._is_quiet = command, is_quiet
        self._next = 0.0

    def add(self, count: int, problem: str) -> None:
        """``count``: refused messages so far."""
        now = time.monotonic()
        if self._is_quiet or now < self._next:
            return
        self._next = now + 1.0
        print(
            f"gr-rfattn: {self._command}: refused ({count} so far): {problem}",
            file=sys.stderr,
            flush=True,
        )

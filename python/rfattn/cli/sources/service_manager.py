# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells systemd that a service is ready and works, by the protocol of sd_notify(3)."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping


class ServiceManager:
    """The one that started this process; without NOTIFY_SOCKET in the environment nothing is sent.

    Args:
        environment: as os.environ, with NOTIFY_SOCKET and, in us, WATCHDOG_USEC.
        timer: as time.monotonic.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        timer: Callable[[], float] = time.monotonic,
    ):
        self._address, self._timer = environment.get("NOTIFY_SOCKET", ""), timer
        if self._address.startswith("@"):  # of the abstract name space
            self._address = f"\0{self._address[1:]}"
        self._between_s = int(environment.get("WATCHDOG_USEC", "0")) / 2e6
        self._next, self._has_failed = timer(), False

    def send(self, *assignments: str) -> None:
        """Sends such as READY=1. A failure is printed once."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)  # a manager that reads nothing holds up nothing
                sender.sendto("\n".join(assignments).encode(), self._address)
        except OSError as error:
            if not self._has_failed:
                print(f"gr-rfattn: NOTIFY_SOCKET: {error}", file=sys.stderr)
            self._has_failed = True

    def feed_watchdog(self) -> None:
        """States that all is well, twice in the time that the watchdog waits."""
        if self._between_s and self._timer() >= self._next:
            self._next = self._timer() + self._between_s
            self.send("WATCHDOG=1")

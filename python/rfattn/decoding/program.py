# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running program that takes samples at stdin and writes lines to stdout, within bounds."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .lines import Lines

_POLL_S = 0.2
_READ_BYTES = 65536


@dataclass(frozen=True)
class Limits:
    """What a program may do before it is killed.

    Attributes:
        stall_s: time for what one call of `write` has.
        drain_s: time after `end_soon` until its stdin ends.
        grace_s: time after the end of its stdin, or of its stdout, until it has ended.
        most_lost: lines that it writes faster than they are kept; see `Lines`.
    """

    stall_s: float = 10.0
    drain_s: float = 60.0
    grace_s: float = 5.0
    most_lost: int = 100_000


class Program:
    """A program without a shell, in an empty folder and a process group of its own.

    Its stderr is discarded. When it has ended or is killed, so is all that is left of its group.

    Args:
        command: program and arguments.
        on_line: called with each line of stdout, in a thread of this object.
        on_end: called once in that thread, after the last line, with the reason: "" where it ended
            by itself. Its exit status counts only where its stdin had not ended.
        limits: what it may do.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        on_line: Callable[[str], None],
        on_end: Callable[[str], None],
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ):
        self._folder = tempfile.TemporaryDirectory(prefix="rfattn-")
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
            self._folder.cleanup()
            raise
        self.lines = Lines(on_line)
        self._on_end, self._limits = on_end, limits
        self._input = self._process.stdin.fileno()
        os.set_blocking(self._input, False)
        self._reason, self._deadline = "", None
        self._had_all = self._is_over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> bool:
        """Writes to stdin, and waits until the program has taken it.

        Returns:
            Whether all was written; else the program has ended, or is being killed.
        """
        rest, until = memoryview(data), time.monotonic() + self._limits.stall_s
        while rest and not self._reason:
            try:
                rest = rest[os.write(self._input, rest) :]
            except BlockingIOError:
                left = until - time.monotonic()
                if left < 0 or not _ready({self._input: select.POLLOUT}, left):
                    self._kill(f"it did not take its samples within {self._limits.stall_s:g} s")
            except OSError:  # it has closed stdin
                return False
        return not rest

    def end_soon(self) -> None:
        """Gives the program `drain_s` for what is still written to it."""
        self._deadline = time.monotonic() + self._limits.drain_s

    def end_input(self) -> None:
        """Closes stdin; the program has `grace_s` to end. Call it once, after the last `write`."""
        self._had_all = True
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._deadline = time.monotonic() + self._limits.grace_s

    def kill(self, reason: str) -> None:
        """Kills the program with all of its group; the reason is that of its end."""
        self._kill(reason)

    def is_running(self) -> bool:
        return self._thread.is_alive()

    def wait(self) -> None:
        """Waits until it has ended, after `end_input` at most for `grace_s`."""
        self._thread.join()

    def _kill(self, reason: str) -> None:
        """Kills the group, unless its number may be that of another one by now."""
        with self._lock:
            self._reason = self._reason or reason
            if not self._is_over:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _run(self) -> None:
        try:
            ended = os.pidfd_open(self._process.pid)
            try:
                self._read_until(ended)
            finally:
                os.close(ended)
        except OSError as error:  # no more file descriptors
            self._reason = self._reason or f"it cannot be watched: {error.strerror}"
        finally:
            self._kill("")
            with self._lock:
                self._is_over = True
            status = self._process.wait()
            self._process.stdout.close()
            self._folder.cleanup()
        if not self._reason and status and not (self._had_all and status > 0):
            how = f"signal {-status}" if status < 0 else f"status {status}"
            self._reason = f"it ended with {how}"
        self._on_end(self._reason)

    def _read_until(self, ended: int) -> None:
        """Reads stdout until the process has ended or is killed."""
        output = self._process.stdout.fileno()
        events = {output: select.POLLIN, ended: select.POLLIN}
        while not self._reason:
            ready = _ready(events, _POLL_S)
            if output in ready and not self._read(output):
                del events[output]
                self._deadline = self._deadline or time.monotonic() + self._limits.grace_s
            if ready == {ended}:
                break
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._kill("it did not end in time")
        self.lines.end()

    def _read(self, output: int) -> bool:
        """Takes what stdout has; returns False at its end."""
        data = os.read(output, _READ_BYTES)
        self.lines.add(data)
        if self.lines.lost > self._limits.most_lost:
            self._kill("it wrote too many lines")
        return bool(data)


def _ready(events: dict[int, int], timeout_s: float) -> set[int]:
    """Those of these file descriptors that are ready, or have failed, within the time."""
    poll = select.poll()
    for descriptor, event in events.items():
        poll.register(descriptor, event)
    return {descriptor for descriptor, _ in poll.poll(1000 * timeout_s)}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that read statistics messages, as an attack sees them: alive, frozen or ended."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
from urllib.error import URLError
from urllib.request import urlopen

from command_line import COMMAND

PATIENCE_S = 20.0
"""A program that has not shown a good message after this long is frozen."""

_FOREIGN = re.compile(r"\x1b\]|\x1b\[2J\r|\x07|\x9b|\u202e")
"""Control characters that only the hostile messages have."""


class TargetError(Exception):
    """What a program did wrong."""


class Target:
    """A command that reads messages and serves their metrics; ``screen``: in a terminal."""

    def __init__(self, arguments, screen=False):
        self._output = []
        ours, theirs = pty.openpty() if screen else os.pipe()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self._errors = b""
        self._metrics = self._find_metrics()
        self._readers = [
            threading.Thread(target=self._keep_output, args=(ours,), daemon=True),
            threading.Thread(target=self._keep_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def await_steps(self, steps, send):
        """Waits until the program exports ``steps``; calls ``send`` again and again meanwhile."""
        give_up, waited = time.monotonic() + PATIENCE_S, 0.002
        while self.steps() != steps:
            if self._process.poll() is not None:
                raise TargetError(f"ended with {self._process.returncode}: {self._last_line()}")
            if time.monotonic() > give_up:
                raise TargetError(f"frozen for {PATIENCE_S:g} s")
            select_nothing(waited)
            waited = min(2 * waited, 0.2)
            if waited >= 0.2:
                send()

    def steps(self):
        """The steps of the latest statistics; None where it exports none."""
        try:
            with urlopen(self._metrics, timeout=PATIENCE_S) as answer:
                found = re.search(rb"^rfattn_steps_total (\S+)$", answer.read(), re.MULTILINE)
        except URLError as error:
            if self._process.poll() is None:
                raise TargetError(f"/metrics: {error}") from None
            return None
        return found and float(found[1])

    def refused(self):
        """How many messages it refused."""
        with urlopen(self._metrics, timeout=PATIENCE_S) as answer:
            found = re.search(
                rb"^rfattn_messages_refused_total (\S+)$", answer.read(), re.MULTILINE
            )
        return int(float(found[1]))

    def end(self):
        """Ends it by Ctrl-C.

        Raises:
            TargetError: another status than 130, a traceback, or control characters in its output.
        """
        self._process.send_signal(signal.SIGINT)
        try:
            status = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise TargetError("does not end by Ctrl-C") from None
        for reader in self._readers:
            reader.join(PATIENCE_S)
        shown = b"".join(self._output).decode(errors="replace") + self._errors.decode()
        if status != 130:
            raise TargetError(f"ended with {status} after Ctrl-C: {self._last_line()}")
        if "Traceback" in shown:
            raise TargetError(f"a traceback: {self._errors.decode()[-3000:]}")
        if found := _FOREIGN.search(shown):
            raise TargetError(f"showed {found[0]!r}")

    def _find_metrics(self):
        for line in self._process.stderr:
            self._errors += line
            if found := re.search(rb"(?:page|metrics) at (http://[^/]+)", line):
                return f"{found[1].decode()}/metrics"
        raise TargetError(f"did not start: {self._last_line()}")

    def _keep_output(self, descriptor):
        try:
            while part := os.read(descriptor, 65536):
                self._output.append(part)
        except OSError:  # the other end of a pseudo-terminal is closed
            pass

    def _keep_errors(self):
        for line in self._process.stderr:
            self._errors += line

    def _last_line(self):
        lines = self._errors.decode(errors="replace").splitlines()
        return lines[-1][:200] if lines else "nothing on stderr"


class Page:
    """Reads the events of the page of serve, as a browser does."""

    def __init__(self, target):
        self.steps = None
        self._events = urlopen(target._metrics.replace("metrics", "events"), timeout=PATIENCE_S)
        threading.Thread(target=self._read, daemon=True).start()

    def await_steps(self, steps):
        give_up = time.monotonic() + PATIENCE_S
        while self.steps != steps:
            if time.monotonic() > give_up:
                raise TargetError(f"the page is frozen for {PATIENCE_S:g} s")
            select_nothing(0.01)

    def _read(self):
        try:
            for line in self._events:
                if line.startswith(b"data: "):
                    latest = json.loads(line[6:]).get("latest") or {}
                    self.steps = latest.get("steps", self.steps)
        except (OSError, ValueError):  # the end of the server
            pass


def select_nothing(seconds):
    """Waits; another thread or process makes progress meanwhile."""
    threading.Event().wait(seconds)

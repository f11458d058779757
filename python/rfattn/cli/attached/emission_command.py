# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command for each emission, never through a shell."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping

from ...checked import suggestion
from ...emissions.facts import EVENT_FACTS, FACTS
from ...messages.label_text import UNLABELLED
from ...printable import printable

AT_ONCE = 4
"""Commands that run at a time."""
MOST_WAITING = 100
"""Emissions that wait for their command; of more, the command does not run."""
LIMIT_S = 60.0
"""A command that runs for longer is killed."""
END_S = 10.0
"""How long the end waits for commands."""
POLL_S = 0.02
FREQUENCY_MHZ = "frequency_mhz"
"""Name of the frequency in MHz with four decimals, which a command gets besides the facts."""
RECORDING, DECODED = "recording", "decoded"
"""Names of the file with the I/Q of an emission, and of the newest line that was read from it."""
_FACTS = tuple(dict.fromkeys((*FACTS, *EVENT_FACTS)))
_NAMES = (*_FACTS, FREQUENCY_MHZ, RECORDING, DECODED)
_PLACE = re.compile(r"\{([a-z_]+)\}")
_STDERR = 2


class EmissionCommand:
    """Runs a command for each emission that `add` gets; `poll` starts those that wait.

    The command gets the facts of the emission (see `facts_of`) in its environment, as RFATTN_LABEL,
    RFATTN_FREQUENCY and so on, "" for unknown ones; and in its arguments in place of {label},
    {frequency} and so on. The label of what no model looked at is `UNLABELLED`.
    RFATTN_FREQUENCY_MHZ and {frequency_mhz} are for people. RFATTN_RECORDING is the file with its
    I/Q, and RFATTN_DECODED the newest line that was read from it. Its standard input is empty, and
    its output goes to stderr.

    Args:
        text: command and arguments, quoted as for a shell.
        report: called with a line of text when a command fails as none did before.
        clock: as time.monotonic.

    Attributes:
        run, failed, not_run: numbers of commands; those that failed count as run, too.

    Raises:
        ValueError: there is no such command, or no such fact.
    """

    def __init__(self, text: str, report: Callable[[str], None], clock=time.monotonic):
        self._words = _split(text)
        self._report, self._clock = report, clock
        self._waiting: deque[tuple[dict[str, str], Callable]] = deque()
        self._running: dict[subprocess.Popen, float] = {}  # and when it must have ended
        self._reported: Counter[str] = Counter()
        self.run = self.failed = self.not_run = 0

    def add(
        self, facts: Mapping, decoded: str = "", find_recording: Callable[[], str | None] = str
    ) -> None:
        """Runs the command for an emission or an event, or lets it wait while `AT_ONCE` run.

        Args:
            facts: see `facts_of` and `facts_of_event`.
            decoded: the newest line that was read from its signal.
            find_recording: returns the file with its I/Q, "" for none; None while it is not
                finished, for which the command waits.
        """
        if len(self._waiting) >= MOST_WAITING:
            self.not_run += 1
        else:
            texts = {**_texts(facts), DECODED: printable(decoded)}
            self._waiting.append((texts, find_recording))
        self.poll()

    def has_room(self) -> bool:
        """Looks which commands have ended; returns whether `add` can take another emission."""
        self.poll()
        return len(self._waiting) < MOST_WAITING

    def poll(self) -> None:
        """Looks which commands have ended, and starts others."""
        for process, limit in list(self._running.items()):
            status = process.poll()
            if status is None and self._clock() >= limit:
                self._kill(process)
                self._fail(f"ran for more than {LIMIT_S:.0f} s and was killed")
            elif status is not None:
                del self._running[process]
                if status:
                    how = (
                        f"was ended by signal {-status}"
                        if status < 0
                        else f"ended with status {status}"
                    )
                    self._fail(how)
        for waiting in list(self._waiting):
            if len(self._running) >= AT_ONCE:
                return
            texts, find_recording = waiting
            path = find_recording()
            if path is not None:
                self._waiting.remove(waiting)
                self._start({**texts, RECORDING: path})

    def close(self) -> None:
        """Waits for the commands, at most `END_S`; then kills those that run and counts those that
        wait as not run."""
        end = self._clock() + END_S
        self.poll()
        while (self._running or self._waiting) and self._clock() < end:
            time.sleep(POLL_S)
            self.poll()
        self.not_run += len(self._waiting)
        self._waiting.clear()
        for process in list(self._running):
            self._kill(process)
            self._fail("had not ended at the end and was killed")

    def _start(self, facts: dict[str, str]) -> None:
        words = [_PLACE.sub(lambda found: facts[found[1]], word) for word in self._words]
        environment = {f"RFATTN_{name.upper()}": value for name, value in facts.items()}
        self.run += 1
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                env={**os.environ, **environment},
                start_new_session=True,  # Ctrl-C is for the receiver, not for the command
            )
        except OSError as error:
            self._fail(f"does not start: {error.strerror}")
        else:
            self._running[process] = self._clock() + LIMIT_S

    def _kill(self, process: subprocess.Popen) -> None:
        """Kills a command and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        del self._running[process]

    def _fail(self, why: str) -> None:
        self.failed += 1
        self._reported[why] += 1
        if self._reported[why] == 1:
            self._report(f"--exec: {self._words[0]} {why} (the summary counts further ones)")


def _split(text: str) -> list[str]:
    """The words of the command, whose first is a program that exists."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"exec: {error} in {text!r}") from None
    if not words or shutil.which(words[0]) is None:
        raise ValueError(f"exec: no program {words[0] if words else text!r}")
    for word in words:
        for name in _PLACE.findall(word):
            if name not in _NAMES:
                similar = suggestion(name, _NAMES) or f"; known are {', '.join(_NAMES)}"
                raise ValueError(f"exec: unknown name {{{name}}}{similar}")
    return words


def _texts(facts: Mapping) -> dict[str, str]:
    """The facts as arguments by name, with the frequency in MHz."""
    texts = {name: _text(facts.get(name)) for name in _FACTS}
    texts["label"] = texts["label"] or UNLABELLED
    frequency = facts["frequency"]
    return texts | {FREQUENCY_MHZ: "" if frequency is None else f"{frequency / 1e6:.4f}"}


def _text(fact) -> str:
    """A fact as an argument: one line without control characters; of a number at most six decimals,
    and no exponent."""
    if isinstance(fact, float):
        return f"{fact:.6f}".rstrip("0").rstrip(".")
    return "" if fact is None else printable(str(fact))

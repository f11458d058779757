# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that decode emissions at present, and what became of all of them."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable

import numpy as np

from ...decoding.decoder import Decoder
from ...decoding.program import Limits
from ...messages.decoded import Decoded
from ...messages.emission import Emission
from .decoder_run import DecoderRun
from .held_samples import Piece

_LEAST_LEVEL = 1e-9
_KILL_S = 0.2
"""In which a killed program has ended."""


class DecoderRuns:
    """Starts and ends programs, at most so many at a time. One thread calls its methods.

    Args:
        most: programs that run at a time.
        waits: whether to wait for programs that are too slow.
        limits: of each program.
        send: called with each `Decoded`, in a thread of its program.
        log: called with a line about a program, in any thread; each text once.

    Attributes:
        counts: see `emission_decoder`.
    """

    def __init__(
        self,
        most: int,
        waits: bool,
        limits: Limits,
        send: Callable[[Decoded], None],
        log: Callable[[str], None],
    ):
        self._most, self._waits, self._limits, self._send = most, waits, limits, send
        self._write_log, self._logged, self._lock = log, set(), threading.Lock()
        self._live: dict[int, DecoderRun] = {}  # of the emissions that have not ended
        self._ending: dict[int, DecoderRun] = {}
        self.counts: Counter[str] = Counter()

    def __contains__(self, number: int) -> bool:
        return number in self._live

    def is_busy(self, number: int) -> bool:
        """Whether the program of an emission still runs; from any thread."""
        run = self._live.get(number) or self._ending.get(number)
        return run is not None and not run.is_over

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def log(self, text: str) -> None:
        """Logs a text, unless it was logged before."""
        with self._lock:
            is_new = text not in self._logged
            self._logged.add(text)
        if is_new:
            self._write_log(text)

    def has_room(self) -> bool:
        """Whether another program may run; where it may wait, once one ends that has all its
        samples."""
        self._count_ended()
        while self._waits and self._ending and self._n_running() >= self._most:
            next(iter(self._ending.values())).wait()
            self._count_ended()
        return self._n_running() < self._most

    def start(self, emission: Emission, decoder: Decoder, pieces: list[Piece]) -> bool:
        """Starts a program with the samples that came so far; returns whether it could be."""
        level = max(float(np.abs(piece.samples).max()) for piece in pieces)
        lines = _Lines(self, decoder, emission.id)
        try:
            run = DecoderRun(
                decoder,
                emission,
                max(level, _LEAST_LEVEL),
                self._waits,
                lines.take,
                lines.end,
                self._limits,
            )
        except OSError as error:
            self.log(f"{decoder.name} cannot be started: {error.strerror}")
            return False
        self._live[emission.id] = run
        for piece in pieces:
            self.feed(emission, piece)
        return True

    def feed(self, emission: Emission, piece: Piece) -> None:
        """Gives samples to the program of an emission."""
        self._live[emission.id].feed(emission, piece)

    def advance(self, seconds: float) -> None:
        """Lets silence come up to this time where nothing did, s since the first sample."""
        for run in self._live.values():
            run.advance(seconds)

    def end(self, number: int) -> None:
        """Ends the program of an emission, if there is one, in its own time."""
        run = self._live.pop(number, None)
        if run is not None:
            run.end()
            self._ending[number] = run

    def end_all(self, until: float = math.inf) -> None:
        """Ends all programs, and waits for them; at this time of `time.monotonic` it kills those
        that are left."""
        for number in list(self._live):
            self.end(number)
        left = [run for run in self._ending.values() if not run.wait(until)]
        for run in left:
            run.kill()
        for run in left:
            run.wait(until + _KILL_S)
        self._count_ended()

    def send(self, message: Decoded) -> None:
        self.count("lines")
        self._send(message)

    def _n_running(self) -> int:
        return len(self._ending) + sum(not run.is_over for run in self._live.values())

    def _count_ended(self) -> None:
        for number, run in [pair for pair in self._ending.items() if pair[1].is_over]:
            del self._ending[number]
            self.count("lines_lost", run.lines_lost())
            self.count("samples_lost", run.samples_lost)


class _Lines:
    """Takes the lines of one program."""

    def __init__(self, runs: DecoderRuns, decoder: Decoder, number: int):
        self._runs, self._decoder, self._number = runs, decoder, number
        self._last = ""

    def take(self, line: str) -> None:
        text = self._decoder.kept(line)
        if text and text == self._last:
            self._runs.count("repeated")
        elif text:
            self._last = text
            private = True if self._decoder.private else None
            self._runs.send(Decoded(self._number, self._decoder.name, text, is_private=private))

    def end(self, reason: str) -> None:
        if reason:
            self._runs.count("failed")
            self._runs.log(f"{self._decoder.name}: {reason}")

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One program that decodes one emission: fed with its samples, its pauses and its end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import numpy as np

from ..decoding.decoder import Decoder
from ..decoding.program import Limits, Program
from ..messages.emission import Emission
from .demodulator import ChannelQueue, Demodulator
from .held_samples import Piece

MOST_WAITING_BYTES = 2**26
"""Of samples that wait for a program."""
_SILENCE = np.zeros(65536, np.complex64)
_LEAD_S, _TAIL_S = 0.1, 0.5
"""Silence before and behind an emission: programs need some to see it begin and end."""
_MOST_PAUSE_S = 60.0
"""Longer pauses are shortened."""


class DecoderRun:
    """Starts the program; a thread of its own runs a flowgraph for each channel of the emission.

    Args:
        decoder: the program's entry.
        emission: what it decodes.
        level: amplitude of the emission.
        waits: whether `feed` waits while the program is too slow; else samples are discarded.
        on_line: called with each line of stdout, in another thread.
        on_end: called once with the reason when the program has ended; see `Program`.
        limits: of the program.

    Attributes:
        samples_lost: number of samples that were discarded, since too many waited.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        decoder: Decoder,
        emission: Emission,
        level: float,
        waits: bool,
        on_line: Callable[[str], None],
        on_end: Callable[[str], None],
        limits: Limits,
    ):
        self._decoder, self._level, self._waits = decoder, level, waits
        self.samples_lost = 0
        self._rate = self._middle = 0.0
        self._next = self._fed = 0  # samples of the channel: with silence, without it
        self._queue: ChannelQueue | None = None
        frequency = None if emission.rx_freq is None else emission.middle
        self._program = Program(decoder.arguments(frequency), on_line, on_end, limits)
        self._channels: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether the program has ended."""
        return not self._program.is_running()

    def lines_lost(self) -> int:
        """Lines that came too fast."""
        return self._program.lines.lost

    def feed(self, emission: Emission, piece: Piece) -> None:
        """Takes samples of the channel; a pause before them becomes silence.

        Args:
            emission: its latest message.
        """
        if (piece.rate, piece.middle) != (self._rate, self._middle):
            self._begin_channel(emission, piece)
        self._add_silence(piece.start - self._next)
        samples = piece.samples[max(0, self._fed - piece.start) :]
        self._add(samples)
        self._fed = max(self._fed, piece.start + len(piece.samples))
        self._next = max(self._next, self._fed)

    def advance(self, seconds: float) -> None:
        """Adds silence as far as nothing came until then, s since the first sample of the
        receiver."""
        count = round(seconds * self._rate) - self._next
        if self._queue is not None and count > 0:
            self._add_silence(count)

    def end(self) -> None:
        """Ends the program's stdin, once it has taken what waits, for which it has a while."""
        self._add_silence(round(_TAIL_S * self._rate))
        self._queue.end()
        self._channels.put(None)
        self._program.end_soon()

    def wait(self) -> None:
        """Waits for the program's end, after `end`."""
        self._thread.join()

    def _begin_channel(self, emission: Emission, piece: Piece) -> None:
        rate, middle = piece.rate, piece.middle
        if self._queue is None:
            self._next = piece.start - round(_LEAD_S * rate)
        else:
            self._queue.end()
            self._next = round(self._next / self._rate * rate)
            self._fed = round(self._fed / self._rate * rate)
        self._rate, self._middle = rate, middle
        self._queue = ChannelQueue(MOST_WAITING_BYTES)
        self._channels.put(
            Demodulator(
                self._decoder,
                self._queue,
                self._program.write,
                rate,
                emission.middle - middle,
                max(emission.width, rate / 16),
                self._level,
            )
        )

    def _add_silence(self, count: int) -> None:
        """Adds zeros for a pause of ``count`` samples, and moves on to its end."""
        left = min(count, round(_MOST_PAUSE_S * self._rate))
        while left > 0:
            self._add(_SILENCE[:left])
            left -= len(_SILENCE)
        self._next += max(0, count)

    def _add(self, samples) -> None:
        if not self._queue.put(samples, self._waits) and not self.is_over:
            self.samples_lost += len(samples)

    def _run(self) -> None:
        while (flowgraph := self._channels.get()) is not None:
            flowgraph.start()
            flowgraph.wait()
        self._program.end_input()
        self._program.wait()

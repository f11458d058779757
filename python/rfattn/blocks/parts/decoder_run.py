# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One program that decodes one emission: fed with its samples, its pauses and its end."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...decoding.decoder import Decoder
from ...decoding.program import Limits, Program
from ...failures import text_of
from ...messages.emission import Emission
from .channel_feed import ChannelFeed, FeedLimits
from .demodulator import Demodulator
from .held_samples import Piece

MOST_WAITING_BYTES = 2**26
"""Of samples that wait for a program."""
_LEAST_SHARE = 1 / 16
"""Of the channel: no emission is taken for narrower."""
_LEAD_S, _TAIL_S = 0.1, 0.5
"""Silence before and behind an emission: programs need some to see it begin and end."""
_MOST_PAUSE_S = 60.0
"""Longer pauses are shortened."""


class DecoderRun:
    """Starts the program, and feeds it.

    Args:
        decoder: the program's entry.
        emission: what it decodes.
        level: amplitude of the emission.
        waits: whether `feed` waits while the program is too slow; else samples are discarded.
        on_line: called with each line of stdout, in another thread.
        on_end: called once with the reason when the program has ended; see `Program`.
        limits: of the program.

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
        self._decoder, self._level = decoder, level
        frequency = None if emission.rx_freq is None else emission.middle
        self._program = Program(decoder.arguments(frequency), on_line, on_end, limits)
        bounds = FeedLimits(waits, MOST_WAITING_BYTES, math.inf, _LEAD_S, _MOST_PAUSE_S)
        self._feed = ChannelFeed(self._make, self._end_program, bounds)

    @property
    def samples_lost(self) -> int:
        """Samples that were discarded, since too many waited."""
        return self._feed.samples_lost

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
        self._feed.is_over = self.is_over
        self._feed.feed(emission, piece)

    def advance(self, seconds: float) -> None:
        """Adds silence as far as nothing came until then, s since the first sample of the
        receiver."""
        self._feed.is_over = self.is_over
        self._feed.advance(seconds)

    def end(self) -> None:
        """Ends the program's stdin, once it has taken what waits, for which it has a while."""
        self._feed.end(_TAIL_S)
        self._program.end_soon()

    def wait(self, until: float = math.inf) -> bool:
        """Waits for the program's end, after `end`, until this time of `time.monotonic`; returns
        whether it has ended."""
        return self._feed.wait(until)

    def kill(self) -> None:
        """Ends it at once, without what waits."""
        self._feed.close()
        self._program.kill("it was not done at the end of the flowgraph")

    def _make(self, queue, emission: Emission, piece: Piece) -> Demodulator:
        return Demodulator(
            self._decoder,
            queue,
            self._program.write,
            piece.rate,
            emission.middle - piece.middle,
            max(emission.width, piece.rate * _LEAST_SHARE),
            self._level,
        )

    def _end_program(self) -> None:
        if self._feed.error is not None:
            self._program.kill(f"its demodulator failed: {text_of(self._feed.error)}")
        self._program.end_input()
        self._program.wait()

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds the samples of an emission, with its pauses, to a flowgraph for each of its channels."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import numpy as np

from ..messages.emission import Emission
from .demodulator import ChannelFlowgraph, ChannelQueue
from .held_samples import Piece

_SILENCE = np.zeros(65536, np.complex64)
_SAMPLE_BYTES = 8

MakeFlowgraph = Callable[[ChannelQueue, Emission, Piece, int], ChannelFlowgraph]


class ChannelFeed:
    """A thread of its own runs the flowgraphs, one after the other.

    Args:
        make: returns the flowgraph of a channel, from a queue, the latest message of the emission,
            the first samples of the channel, and the number of the first sample that the queue
            gets, which is silence.
        on_end: called in the thread when the last flowgraph has ended, after `end`.
        waits: whether `feed` waits while samples are not taken; else they are discarded.
        most_bytes, most_s: of samples that wait.
        lead_s: silence before the first sample.
        most_pause_s: longer pauses are shortened.
        on_skip: called with the samples that a channel has got, with silence, and the number of
            those that follow and are left out, of its rate; a negative one where samples come
            twice.

    Attributes:
        samples_lost: number of samples that were discarded, since too many waited.
        is_over: whether nobody takes samples any more, so that none counts as lost.
    """

    def __init__(
        self,
        make: MakeFlowgraph,
        on_end: Callable[[], None],
        waits: bool,
        most_bytes: int,
        most_s: float,
        lead_s: float,
        most_pause_s: float,
        on_skip: Callable[[int, int], None] = lambda count, skipped: None,
    ):
        self._make, self._on_end, self._waits = make, on_end, waits
        self._most_bytes, self._most_s = most_bytes, most_s
        self._lead_s, self._most_pause_s = lead_s, most_pause_s
        self._on_skip = on_skip
        self.samples_lost, self.is_over = 0, False
        self._rate = self._middle = 0.0
        self._next = self._fed = 0  # samples of the channel: with silence, without it
        self._put = 0  # samples that the channel has got
        self._queue: ChannelQueue | None = None
        self._channels: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def feed(self, emission: Emission, piece: Piece) -> None:
        """Takes samples of the channel; a pause before them becomes silence.

        Args:
            emission: its latest message.
        """
        if (piece.rate, piece.middle) != (self._rate, self._middle):
            self._begin_channel(emission, piece)
        self._add_silence(piece.start - self._next)
        samples = piece.samples[max(0, self._fed - piece.start) :]
        begin = piece.start + len(piece.samples) - len(samples)
        if begin < self._next:  # it was not silent, after all
            self._skip(begin - self._next)
        self._add(samples)
        self._fed = max(self._fed, piece.start + len(piece.samples))
        self._next = max(self._next, self._fed)

    def advance(self, seconds: float) -> None:
        """Adds silence as far as nothing came until then, s since the first sample of the
        receiver."""
        count = round(seconds * self._rate) - self._next
        if self._queue is not None and count > 0:
            self._add_silence(count)

    def end(self, tail_s: float) -> None:
        """Ends the samples, behind so much silence; what waits is still taken."""
        self._add_silence(round(tail_s * self._rate))
        if self._queue is not None:
            self._queue.end()
        self._channels.put(None)

    def close(self) -> None:
        """Ends without what waits."""
        self.is_over = True
        if self._queue is not None:
            self._queue.close()
        self._channels.put(None)

    def wait(self) -> None:
        """Waits for the end of the thread, after `end` or `close`."""
        self._thread.join()

    def _begin_channel(self, emission: Emission, piece: Piece) -> None:
        if self._queue is None:
            self._next = piece.start - round(self._lead_s * piece.rate)
        else:
            self._queue.end()
            self._next = round(self._next / self._rate * piece.rate)
            self._fed = round(self._fed / self._rate * piece.rate)
        self._rate, self._middle, self._put = piece.rate, piece.middle, 0
        most = min(self._most_bytes, _SAMPLE_BYTES * self._most_s * piece.rate)
        self._queue = ChannelQueue(most)
        self._channels.put(self._make(self._queue, emission, piece, self._next))

    def _add_silence(self, count: int) -> None:
        """Adds zeros for a pause of ``count`` samples, and moves on to its end."""
        left = min(count, round(self._most_pause_s * self._rate))
        skipped = count - max(0, left)
        while left > 0:
            self._add(_SILENCE[:left])
            left -= len(_SILENCE)
        if count > 0:
            self._skip(skipped)
            self._next += count

    def _add(self, samples) -> None:
        if self._queue.put(samples, self._waits):
            self._put += len(samples)
        elif not self.is_over:
            self.samples_lost += len(samples)
            self._skip(len(samples))

    def _skip(self, count: int) -> None:
        if count:
            self._on_skip(self._put, count)

    def _run(self) -> None:
        while (flowgraph := self._channels.get()) is not None:
            flowgraph.start()
            flowgraph.wait()
        self._on_end()

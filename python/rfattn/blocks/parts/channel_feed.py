# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds the samples of an emission, with its pauses, to a flowgraph for each of its channels."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...messages.emission import Emission
from .demodulator import ChannelFlowgraph, ChannelQueue
from .held_samples import Piece

_SILENCE = np.zeros(65536, np.complex64)
_SAMPLE_BYTES = 8
_MOST_AMPLITUDE = 1e9
"""What is larger, or is no number, is no sample: it counts as zero."""

MakeFlowgraph = Callable[[ChannelQueue, Emission, Piece], ChannelFlowgraph]


@dataclass(frozen=True)
class FeedLimits:
    """What waits, and what is left out.

    Attributes:
        waits: whether `ChannelFeed.feed` waits while samples are not taken; else they are
            discarded.
        most_bytes, most_s: of samples that wait.
        lead_s: silence before the first sample.
        most_pause_s: longer pauses are shortened.
    """

    waits: bool
    most_bytes: int
    most_s: float
    lead_s: float
    most_pause_s: float


class ChannelFeed:
    """A thread of its own runs the flowgraphs, one after the other. One thread feeds them.

    No sample is fed twice; one for which silence was fed before is late, and not lost. An exception
    in `feed` or in a flowgraph ends the feed.

    Args:
        make: returns the flowgraph of a channel, from a queue, the latest message of the emission
            and the first samples of the channel.
        on_end: called in the thread when the last flowgraph has ended.
        limits: see `FeedLimits`.
        on_place: called before samples that do not follow those before: with how many samples the
            channel has got, with silence, and the number of the next one, at the channel's rate.

    Attributes:
        samples_lost: number of samples that were discarded, since too many waited.
        is_over: whether nobody takes samples any more, so that none counts as lost.
        error: None, or the exception that ended the feed.
    """

    def __init__(
        self,
        make: MakeFlowgraph,
        on_end: Callable[[], None],
        limits: FeedLimits,
        on_place: Callable[[int, int], None] = lambda count, number: None,
    ):
        self._make, self._on_end, self._limits, self._on_place = make, on_end, limits, on_place
        self.samples_lost, self.is_over = 0, False
        self.error: Exception | None = None
        self._rate = self._middle = 0.0
        self._next = self._fed = 0  # samples of the channel: with silence, without it
        self._pause = 0  # samples of silence since the last one
        self._put = 0  # samples that the channel has got
        self._follows: int | None = None  # number of the sample that follows these
        self._queue: ChannelQueue | None = None
        self._flowgraph: ChannelFlowgraph | None = None
        self._channels: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def feed(self, emission: Emission, piece: Piece) -> None:
        """Takes samples of the channel; a pause before them becomes silence.

        Args:
            emission: its latest message.
        """
        if self.is_over:
            return
        try:
            self._feed(emission, piece)
        except Exception as error:
            self._fail(error)

    def advance(self, seconds: float) -> None:
        """Adds silence as far as nothing came until then, s since the first sample of the
        receiver."""
        if self._queue is not None and not self.is_over:
            self._add_silence(round(seconds * self._rate) - self._next)

    def end(self, tail_s: float) -> None:
        """Ends the samples, behind so much silence; what waits is still taken."""
        self._pause = 0
        if self._queue is not None:
            self._add_silence(round(tail_s * self._rate))
            self._queue.end()
        self._channels.put(None)

    def close(self) -> None:
        """Ends without what waits, which counts as lost unless `is_over`."""
        was_over, self.is_over = self.is_over, True
        if self._queue is not None:
            left = self._queue.close()
            self.samples_lost += 0 if was_over else left
        self._channels.put(None)
        if self._flowgraph is not None:
            self._flowgraph.stop()

    def wait(self, until: float = math.inf) -> bool:
        """Waits for the end of the thread, after `end` or `close`, until this time of
        `time.monotonic`; returns whether it has ended."""
        self._thread.join(max(0.0, min(until - time.monotonic(), threading.TIMEOUT_MAX)))
        return not self._thread.is_alive()

    def _feed(self, emission: Emission, piece: Piece) -> None:
        if (piece.rate, piece.middle) != (self._rate, self._middle):
            self._begin_channel(emission, piece)
        begin, end = max(piece.start, self._fed), piece.start + len(piece.samples)
        if end <= begin:
            return
        self._add_silence(begin - self._next)
        samples = piece.samples[begin - piece.start :]
        self._add(np.where(np.abs(samples) < _MOST_AMPLITUDE, samples, np.complex64(0)), begin)
        self._fed, self._next, self._pause = end, max(self._next, end), 0

    def _begin_channel(self, emission: Emission, piece: Piece) -> None:
        if self._queue is None:
            self._next = self._fed = piece.start - round(self._limits.lead_s * piece.rate)
        else:
            self._queue.end()
            self._next = round(self._next / self._rate * piece.rate)
            self._fed = round(self._fed / self._rate * piece.rate)
        self._rate, self._middle = piece.rate, piece.middle
        self._put, self._follows = 0, None
        most = min(self._limits.most_bytes, _SAMPLE_BYTES * self._limits.most_s * piece.rate)
        channel = ChannelQueue(most)
        flowgraph = self._make(channel, emission, piece)
        self._queue = channel
        self._channels.put(flowgraph)

    def _add_silence(self, count: int) -> None:
        """Adds zeros for so many samples of a pause, as far as it is not longer than may be."""
        left = min(count, round(self._limits.most_pause_s * self._rate) - self._pause)
        while left > 0:
            part = _SILENCE[:left]
            self._add(part, self._next)
            self._next += len(part)
            self._pause += len(part)
            left -= len(part)

    def _add(self, samples: np.ndarray, number: int) -> None:
        """Puts samples into the channel, of which the first has this number."""
        if number != self._follows:
            self._on_place(self._put, number)
        if self._queue.put(samples, self._limits.waits):
            self._put += len(samples)
            self._follows = number + len(samples)
        elif not self.is_over:
            self.samples_lost += len(samples)

    def _fail(self, error: Exception) -> None:
        self.error = self.error or error
        self.is_over = True
        self.close()

    def _run(self) -> None:
        while (flowgraph := self._channels.get()) is not None:
            if self.error is not None:
                continue
            self._flowgraph = flowgraph
            try:
                flowgraph.run_to_end()
            except Exception as error:
                self._fail(error)
        self._flowgraph = None
        self._on_end()

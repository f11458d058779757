# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emission that somebody listens to: its samples become numbered pieces of sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...catalogue.class_row import sideband_middle
from ...messages.audio import AUDIO_RATE
from ...messages.emission import Emission
from .audio_demodulator import AudioDemodulator
from .channel_feed import ChannelFeed, FeedLimits
from .held_samples import Piece

_PIECE = round(0.02 * AUDIO_RATE)
"""Samples of sound that leave together at least."""
_LIMITS = FeedLimits(waits=False, most_bytes=2**24, most_s=1.0, lead_s=0.0, most_pause_s=0.06)
"""What the filters still have comes out in `most_pause_s`; the rest of a pause is left out."""
_LEAST_LEVEL = 1e-9


@dataclass(frozen=True)
class Tuning:
    """What is demodulated, and how; equal ones share a demodulator.

    Attributes:
        id: of the emission.
        demodulation: one of `DEMODULATIONS`.
        carrier: of a sideband, Hz, where the listener knows it.
    """

    id: int
    demodulation: str
    carrier: int | None = None

    def middle_of(self, emission: Emission) -> float:
        """What the demodulator takes for the middle of the emission, Hz."""
        if self.carrier is None:
            return emission.middle
        return self.carrier + sideband_middle(self.demodulation)


_LEAST_WIDTH_HZ = {"fm": 10e3, "am": 8e3, "usb": 3e3, "lsb": 3e3}
"""What is heard at least: an emission may be measured when it has hardly begun to speak. A sideband
has no more."""
_MOVED = 0.25
"""Of the width: another channel, as `emission_extractor` has it."""


class AudioRun(ChannelFeed):
    """A demodulator of one emission.

    Args:
        tuning: how it is demodulated.
        emission: its latest message.
        send: called with the position and the samples of a piece of sound, int16 [n], in another
            thread. Positions count all samples since the first one of the receiver, at
            `AUDIO_RATE`; they rise, and where they leave out some, there was a pause.
        limits: what may wait.
    """

    def __init__(
        self,
        tuning: Tuning,
        emission: Emission,
        send: Callable[[int, np.ndarray], None],
        limits: FeedLimits = _LIMITS,
    ):
        self._tuning, self._send = tuning, send
        self._level = max(_LEAST_LEVEL, 10 ** (emission.power_db / 20))
        self._sound: _Sound | None = None
        self._edges = self._edges_of(emission)
        super().__init__(self._demodulator, lambda: None, limits, self._place)

    def edges(self, emission: Emission) -> tuple[float, float]:
        """What the extractor cuts out, Hz: what was heard so far, unless the emission is another by
        now."""
        wanted = self._edges_of(emission)
        width = self._edges[1] - self._edges[0]
        moved = max(abs(new - old) for new, old in zip(wanted, self._edges, strict=True))
        if moved > _MOVED * width:
            self._edges = wanted
        return self._edges

    def _edges_of(self, emission: Emission) -> tuple[float, float]:
        kind = self._tuning.demodulation
        least, middle = _LEAST_WIDTH_HZ[kind], self._tuning.middle_of(emission)
        width = least if kind in ("usb", "lsb") else max(least, emission.width)
        low, high = middle - width / 2, middle + width / 2
        if emission.rx_rate:  # no more than the band has
            centre, half = emission.rx_freq or 0.0, emission.rx_rate / 2
            low, high = max(low, centre - half), min(high, centre + half)
        return low, high

    def end(self, tail_s: float = _LIMITS.most_pause_s) -> None:
        """Ends behind what waits, and what the filters still have."""
        super().end(tail_s)

    def _demodulator(self, queue, emission: Emission, piece: Piece) -> AudioDemodulator:
        self._sound = _Sound(piece.rate, self._send)
        return AudioDemodulator(
            self._tuning.demodulation,
            queue,
            self._sound.take,
            piece.rate,
            sum(self._edges) / 2 - piece.middle,
            self._edges[1] - self._edges[0],
            self._level,
        )

    def _place(self, count: int, number: int) -> None:
        self._sound.place(count, number)


class _Sound:
    """Numbers the sound of one channel.

    Args:
        rate: of the channel, Hz.
        send: see `AudioRun`.
    """

    def __init__(self, rate: float, send: Callable[[int, np.ndarray], None]):
        self._ratio, self._send = AUDIO_RATE / rate, send
        self._position = self._written = 0  # of the next sample: in the receiver's time, from 0
        self._places: deque[tuple[int, int]] = deque()  # where positions jump, and where to
        self._piece: list[np.ndarray] = []

    def place(self, count: int, number: int) -> None:
        """Behind ``count`` samples of the channel comes that of this number; from any thread."""
        self._places.append((round(count * self._ratio), round(number * self._ratio)))

    def take(self, data: bytes) -> bool:
        """Takes sound, and sends what is long enough, or stands before a pause."""
        samples = np.frombuffer(data, np.int16)
        while self._places and self._places[0][0] <= self._written + len(samples):
            count, position = self._places.popleft()
            before = max(0, count - self._written)
            self._add(samples[:before])
            self._flush()
            # What comes later than silence in its place is not moved back.
            self._position = max(self._position, position)
            samples = samples[before:]
        self._add(samples)
        if sum(map(len, self._piece)) >= _PIECE:
            self._flush()
        return True

    def _add(self, samples: np.ndarray) -> None:
        self._piece.append(samples)
        self._written += len(samples)

    def _flush(self) -> None:
        samples = np.concatenate(self._piece) if self._piece else np.empty(0, np.int16)
        if len(samples):
            self._send(self._position, samples)
        self._position += len(samples)
        self._piece = []

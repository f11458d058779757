# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio of a receiver on a carrier again, as it was on the air.

It is modulated as training modulates recordings from behind a detector, but nothing is known of the
transmitter: the deviation is a usual one, and what an open squelch lets through between
transmissions is modulated, too. Samples are made when they are asked for, in pieces, so that long
recordings need little memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

import numpy as np

from ..recordings.audio import DEVIATION_HZ, KINDS
from ..recordings.recording import Capture, DataType, Facts, RecordingError
from ..recordings.stream import SampleStream
from .modulate import AM, FM, amplitude_of, finer, frequency_of, limit, measure, measure_peak
from .waveform import carrier, resample, white

_TOP_HZ = 10000.0
"""Highest frequency of a modulation that is kept."""
_DEPTH, _AM_TOP_HZ = 0.80, 12000.0
"""Modulation depth of the loudest half percent; the highest frequency is that of a VOR."""
_PIECE, _MARGIN = 1 << 16, 1 << 12
"""Samples of audio that are modulated at a time, and those on each side that filters need."""
_MOST_MEASURED = 1 << 22
"""Samples of audio of which the loudness is measured."""
_LEVEL = 0.5
"""Amplitude of the carrier, which leaves room for its modulation."""
_NOISE_DB = -20.0
"""Power of the noise in the band over that of the signal, whose SNR in its own width is then some
28 dB, within what the benchmark draws."""


@dataclass(frozen=True, kw_only=True)
class CarriedAudio(Facts):
    """A recording of audio on a carrier at 0 Hz. ``n_samples`` are those of the carrier."""

    n_samples: int
    pieces: _Pieces = field(repr=False)

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64."""
        end = self.n_samples if count is None else start + count
        size = _PIECE * self.pieces.times
        parts = [
            self.pieces.make(number)[max(0, start - number * size) : end - number * size]
            for number in range(start // size, -(-end // size))
        ]
        return np.concatenate([np.empty(0, np.complex64), *parts])


@dataclass(frozen=True, kw_only=True)
class MirroredAudio(Facts):
    """A recording of real audio whose spectrum is turned over, as that of a lower sideband.

    Half the sample rate becomes 0 Hz, so its frequency is that much below the carrier's, which
    counts as 0 Hz where it is unknown.
    """

    n_samples: int
    audio: Facts = field(repr=False)

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64."""
        samples = self.audio.samples(start, count).copy()
        samples[1 - start % 2 :: 2] *= -1
        return samples


def put_on_carrier(audio: Facts, kind: str, deviation_hz: float = DEVIATION_HZ) -> Facts:
    """The recording as it was on the air.

    Args:
        audio: real samples; a `Recording` or a `SampleArray`.
        kind: one of `KINDS`. With "usb" it stays as it is: that audio is the band above a carrier.
        deviation_hz: with "fm", the deviation where the audio is loudest, in half a percent of it.

    Raises:
        RecordingError: it is no real-valued file, states no rate, or is silent.
        ValueError: naming the argument that is wrong.
    """
    if kind not in KINDS:
        raise ValueError(f"audio must be one of {', '.join(KINDS)}, got {kind!r}")
    if not 0 < deviation_hz < float("inf"):
        raise ValueError(f"deviation must be > 0 Hz, got {deviation_hz:g}")
    if isinstance(audio, SampleStream):
        raise RecordingError(f"{audio.path}: audio must be a file, got standard input")
    if not audio.is_real:
        raise RecordingError(
            f"{audio.path}: audio must be real, as in a WAV file of one channel, got I and Q"
        )
    rate = audio.require_rate()
    if kind == "usb":
        return audio
    if kind == "lsb":
        return _mirrored(audio)
    pieces = _Amplitude(audio) if kind == "am" else _Frequency(deviation_hz, audio)
    times = pieces.times
    return CarriedAudio(
        audio.path,
        DataType.parse("cf32_le"),
        times * rate,
        tuple(replace(capture, start=capture.start * times) for capture in audio.captures),
        audio.origin,
        n_samples=audio.n_samples * times,
        pieces=pieces,
    )


def _mirrored(audio: Facts) -> MirroredAudio:
    half = audio.sample_rate / 2
    captures = tuple(replace(c, frequency=(c.frequency or 0.0) - half) for c in audio.captures)
    return MirroredAudio(
        audio.path,
        audio.datatype,
        audio.sample_rate,
        captures or (Capture(0, -half),),
        audio.origin,
        n_samples=audio.n_samples,
        audio=audio,
    )


class _Pieces(ABC):
    """Makes the pieces of a modulated carrier; the last one is kept, since it is read in parts."""

    times = 1

    def __init__(self, audio: Facts):
        self._audio, self._rate = audio, audio.sample_rate
        self._count = -(-audio.n_samples // _PIECE)
        self._last: tuple[int, np.ndarray] | None = None

    def make(self, number: int) -> np.ndarray:
        """The samples of a piece: complex64 [`_PIECE` * times], fewer at the end."""
        if self._last is None or self._last[0] != number:
            self._last = number, self._make(number).astype(np.complex64)
        return self._last[1]

    @abstractmethod
    def _make(self, number: int) -> np.ndarray:
        """The samples of a piece."""

    def _read(self, number: int) -> np.ndarray:
        """The audio of a piece with a margin on both sides, mirrored at the ends."""
        first, n = number * _PIECE, self._audio.n_samples
        start, end = max(0, first - _MARGIN), min(n, first + _PIECE + _MARGIN)
        after = min(n, first + _PIECE) + _MARGIN - end
        audio = self._audio.samples(start, end - start).real
        return np.pad(audio, (start - (first - _MARGIN), after), mode="symmetric")

    def _middle(self, samples: np.ndarray) -> np.ndarray:
        """Without the margins."""
        margin = _MARGIN * self.times
        return samples[margin : len(samples) - margin]

    def _measured(self, top_hz: float) -> np.ndarray:
        """Samples from all of the audio below ``top_hz``, for its loudness."""
        step = -(-self._audio.n_samples // _MOST_MEASURED)
        parts = (limit(self._read(k), self._rate, top_hz) for k in range(self._count))
        values = np.concatenate([part[_MARGIN : len(part) - _MARGIN : step] for part in parts])
        if not np.ptp(values):
            raise RecordingError(f"{self._audio.path}: nothing changes in its audio")
        return values

    def _with_noise(self, number: int, wave: np.ndarray) -> np.ndarray:
        noise = white(np.random.default_rng(number), len(wave))
        return _LEVEL * (wave + np.float32(10 ** (_NOISE_DB / 20)) * noise)


class _Frequency(_Pieces):
    """A carrier whose frequency follows the audio."""

    def __init__(self, deviation_hz: float, audio: Facts):
        super().__init__(audio)
        self._detector = FM(deviation_hz, _TOP_HZ, "peak")
        self.times = finer(self._detector, self._rate)
        self._scale = measure(self._detector, self._measured(_TOP_HZ))
        turned = [0.0]  # until each piece begins, in turns
        for number in range(self._count - 1):
            turned.append((turned[-1] + self._turns(number).sum()) % 1.0)
        self._turned = turned

    def _make(self, number: int) -> np.ndarray:
        wave = carrier(self._turns(number), phase=self._turned[number])
        return self._with_noise(number, wave)

    def _turns(self, number: int) -> np.ndarray:
        """How far the carrier turns at each sample of a piece, in turns."""
        audio = limit(self._read(number), self._rate, _TOP_HZ)
        frequency = frequency_of(self._detector, audio, self._rate, self._scale)
        return self._middle(frequency) / (self.times * self._rate)


class _Amplitude(_Pieces):
    """A carrier whose amplitude follows the audio."""

    def __init__(self, audio: Facts):
        super().__init__(audio)
        self.times = finer(AM(_DEPTH, 0.0, _AM_TOP_HZ, _AM_TOP_HZ), self._rate)
        self._centre, self._peak = measure_peak(self._measured(_AM_TOP_HZ))

    def _make(self, number: int) -> np.ndarray:
        audio = limit(self._read(number), self._rate, _AM_TOP_HZ)
        audio = resample(audio, self.times).real
        modulation = (self._middle(audio) - self._centre) * (_DEPTH / self._peak)
        return self._with_noise(number, amplitude_of(modulation))

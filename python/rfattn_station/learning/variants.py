# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes variants of a recording, as other receivers and channels would give, from its I/Q.

One long Fourier transform resamples, retunes and filters. Where the new band exceeds that of the
recording, noise as strong as at the recording's edge fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gnuradio.rfattn.checked import CheckedDataclass
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.recording import Recording

_GRAIN = 1024
"""Lengths are multiples of this, so that transforms are fast and ratios fine enough."""
_MAX_LOSS = 0.1
"""Share of a signal's power that retuning may push out of the band."""


@dataclass(frozen=True)
class Augmentation(CheckedDataclass):
    """How far variants differ from the recording. Each value is drawn uniformly, the resampling
    uniformly in octaves."""

    title: ClassVar[str] = "augmentation"

    variants: int = 64
    """Augmented variants of each recording."""
    max_tokens: int = 4096
    """Tokens of a variant, at most."""
    resample_min: float = 0.7
    """Lowest sample rate of a variant, over that of the recording."""
    resample_max: float = 1.4
    """Highest sample rate of a variant, over that of the recording."""
    shift_max: float = 0.25
    """Largest change of frequency to either side, as a share of the sample rate."""
    snr_min_db: float = 6.0
    """Strongest bin of the signal over the white noise that is added, at least, in dB."""
    snr_max_db: float = 60.0
    """Strongest bin of the signal over the white noise that is added, at most, in dB."""
    ripple_db: float = 8.0
    """Tilt and ripple of the filter, peak, in dB."""
    fading_db: float = 3.0
    """Largest change of gain from the start to the end, in dB."""
    imbalance: float = 0.05
    """Largest relative amplitude of the mirror image that unequal I and Q make."""
    spike_db: float = -6.0
    """Highest power of the DC offset over the mean power, in dB."""
    synthetic_noise: int = 4
    """Synthetic recordings that join the class 'noise', if there is one."""
    extra_variants: int = 2
    """Augmented variants of each recording of the extra folders."""
    noisy: float = 0.4
    """Share of the drawn sequences to which white noise is added once more."""
    noise_max_db: float = 30.0
    """How far that noise lies below the strongest bin, at most, in dB."""
    tilted: float = 0.5
    """Share of the drawn sequences that pass another filter."""


@dataclass(frozen=True)
class Baseband:
    """Complex samples and the annotations on them."""

    samples: np.ndarray
    annotations: tuple[Annotation, ...]

    @classmethod
    def from_recording(cls, recording: Recording) -> Baseband:
        """The complex baseband of a recording: of a real-valued one the positive frequencies, at
        half the rate."""
        samples, annotations = recording.samples(), recording.annotations
        if not recording.is_real:
            return cls(samples, annotations)
        samples = samples[: len(samples) // 4 * 4]
        half = np.fft.fft(samples)[: len(samples) // 2]
        # 1/2 for the shorter transform, sqrt(2) for the power of the other half.
        analytic = np.fft.ifft(np.fft.ifftshift(half)) / np.sqrt(2.0)
        return cls(analytic.astype(np.complex64), _scale(annotations, 0.5))


def crop(baseband: Baseband, length: int, rng: np.random.Generator) -> Baseband:
    """Cuts out at most ``length`` samples that hold a part of an annotation."""
    excess = len(baseband.samples) - length
    if excess <= 0:
        return baseband
    annotation = baseband.annotations[rng.integers(len(baseband.annotations))]
    place = rng.integers(annotation.start, max(annotation.end, annotation.start + 1))
    start = int(np.clip(place - rng.integers(length), 0, excess))
    kept = [
        Annotation(
            max(0, a.start - start), min(length, a.end - start) - max(0, a.start - start), a.label
        )
        for a in baseband.annotations
        if a.end > start and a.start < start + length
    ]
    return Baseband(baseband.samples[start : start + length], tuple(kept))


def augment(baseband: Baseband, settings: Augmentation, rng: np.random.Generator) -> Baseband:
    """Makes one variant: other sample rate, frequency, sideband, filter, gain, noise and mixer."""
    ratio = np.exp(rng.uniform(np.log(settings.resample_min), np.log(settings.resample_max)))
    shift = rng.uniform(-settings.shift_max, settings.shift_max)
    samples, ratio = resample(baseband.samples, ratio, shift, settings.ripple_db, rng)
    annotations = _scale(baseband.annotations, ratio)
    samples = samples.conj() if rng.random() < 0.5 else samples
    snr_db = rng.uniform(settings.snr_min_db, settings.snr_max_db)
    power = peak_density(samples, annotations) / 10 ** (snr_db / 10)
    samples = samples + white_noise(rng, len(samples)) * np.sqrt(power)
    samples = samples * _ramp(len(samples), rng.uniform(-1, 1) * settings.fading_db)
    image = settings.imbalance * rng.uniform(0, 1) * np.exp(2j * np.pi * rng.random())
    samples = samples + image * samples.conj()
    if rng.random() < 0.3:
        level = np.mean(np.abs(samples) ** 2) * 10 ** (
            (settings.spike_db - rng.uniform(0, 20)) / 10
        )
        samples = samples + np.sqrt(level) * np.exp(2j * np.pi * rng.random())
    return Baseband(samples.astype(np.complex64), annotations)


def resample(
    samples: np.ndarray, ratio: float, shift: float, ripple_db: float, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Resamples to ``ratio`` times the rate, retunes by ``shift`` of the new rate, and filters.

    The shift is halved until less than a tenth of the power leaves the band.

    Returns:
        The complex samples and the exact ratio, a quotient of two multiples of 1024.
    """
    grains = max(1, len(samples) // _GRAIN)
    samples = samples[: grains * _GRAIN]
    n = len(samples)
    new_grains = max(1, round(grains * ratio))
    n_new = n if n < _GRAIN else new_grains * _GRAIN
    spectrum = np.fft.fftshift(np.fft.fft(samples))
    spectrum *= 10 ** (ripple(n, ripple_db, rng) / 20)
    power = np.abs(spectrum) ** 2
    offset = _fitting_offset(power, n_new, shift)
    kept = _kept(n, n_new, offset)
    first = kept.start - n // 2 + n_new // 2 + offset
    out = white_noise(rng, n_new)
    out[:first] *= np.sqrt(_edge(power[kept][: max(1, n // 64)]))
    out[first:] *= np.sqrt(_edge(power[kept][-max(1, n // 64) :]))
    out[first : first + kept.stop - kept.start] = spectrum[kept]
    return np.fft.ifft(np.fft.ifftshift(out)) * (n_new / n), n_new / n


def fitting_shift(samples: np.ndarray, shift: float) -> float:
    """The shift that `resample` makes where one of ``shift`` is asked for, at the same rate."""
    n = max(1, len(samples) // _GRAIN) * _GRAIN
    power = np.abs(np.fft.fftshift(np.fft.fft(samples[:n]))) ** 2
    return _fitting_offset(power, len(power), shift) / len(power)


def _fitting_offset(power: np.ndarray, n_new: int, shift: float) -> int:
    """Bins of the move by ``shift`` of the new rate, halved as `resample` explains."""
    offset = round(shift * n_new)
    wanted = (1 - _MAX_LOSS) * power[_kept(len(power), n_new, 0)].sum()
    while offset and power[_kept(len(power), n_new, offset)].sum() < wanted:
        offset = int(offset / 2)
    return offset


def peak_density(samples: np.ndarray, annotations) -> float:
    """Power of white noise as strong as the strongest of 64 bins of the annotated signal."""
    active = [samples[a.start : a.end] for a in annotations]
    active = np.concatenate(active) if active else samples
    frames = active[: len(active) // 64 * 64].reshape(-1, 64)
    if len(frames) == 0:
        return float(np.mean(np.abs(samples) ** 2))
    return float((np.abs(np.fft.fft(frames, axis=1)) ** 2).mean(axis=0).max() / 64)


def _kept(n: int, n_new: int, offset: int) -> slice:
    """Bins of the old centred spectrum that lie in the new one after a move by ``offset``."""
    low = n // 2 - n_new // 2 - offset
    return slice(max(0, low), min(n, low + n_new))


def _edge(power: np.ndarray) -> float:
    """Mean of exponentially distributed powers, from their median, which ignores strong lines."""
    return float(np.median(power) / np.log(2))


def white_noise(rng: np.random.Generator, n: int) -> np.ndarray:
    """Complex white noise of power 1."""
    return rng.standard_normal(2 * n, np.float32).view(np.complex64) * np.float32(np.sqrt(0.5))


def ripple(n: int, peak_db: float, rng: np.random.Generator) -> np.ndarray:
    """Gain in dB of a filter with a slope and a cosine ripple, for ``n`` bins."""
    f = np.linspace(-1, 1, n)
    tilt, wave = rng.uniform(-1, 1), rng.uniform(-1, 1)
    turns, phase = rng.uniform(0, 2), rng.random()
    return peak_db * (tilt * f + wave * np.cos(2 * np.pi * (turns * f + phase))) / 2


def _ramp(n: int, change_db: float) -> np.ndarray:
    """Amplitude that changes by ``change_db`` from the first of ``n`` samples to the last."""
    return (10 ** (np.linspace(-0.5, 0.5, n) * change_db / 20)).astype(np.float32)


def _scale(annotations, ratio: float) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(int(a.start * ratio), max(1, round(a.count * ratio)), a.label)
        for a in annotations
    )

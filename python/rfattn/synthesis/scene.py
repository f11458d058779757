# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a band with many emissions in Hz and seconds, and renders it at any receiver's rate.

A `Scene` is small: kinds, seeds, centres and levels. `render` turns it into samples. All rates show
the same signals and, where their bands meet, the same noise, and `truth` does not depend on the
rate: this is what a detector is tested with.

A scene is built as one spectrum, which holds every emission, band-limited and shifted exactly,
without a filter or a resampler for each of them; one inverse FFT gives the samples.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.ndimage

from ..emissions.boxes import Box, edges, shared_areas
from .scene_noise import Receiver, add_receiver, draw_noise
from .transmitters import TRANSMITTERS, Signal
from .waveform import Rng, band

BAND_HZ = 2.16e6
"""The band that emissions lie in: 90 % of a receiver at 2.4 MS/s."""
LEAST_WIDTH_HZ = 500.0
"""The least width of a true box; narrower signals are lines to a detector."""
LEAD_S = 0.02
"""What is rendered before the scene begins and cut off, since a spectrum has no ends."""
GRID_S = 0.04
"""The rendered length is a multiple of this, so that every rate has a whole number of samples."""
_ATTEMPTS = 6
"""Kinds that are drawn for an emission until one finds room, and is left out otherwise."""
MOST_SAMPLES = 1 << 28
"""Samples of the longest rendering; above that memory ends."""


@dataclass(frozen=True)
class Emission:
    """A transmitter of a scene."""

    kind: str
    """One of `transmitters.TRANSMITTERS`, or the label of a recording."""
    seed: int
    """Decides everything about the signal but its place and level."""
    centre_hz: float
    """Shift of the signal in Hz, relative to the middle of the band."""
    snr_db: float
    """Power during bursts over the noise in the occupied (99 %) band, at least 500 Hz."""
    recording: str = ""
    """Stem of the recording that the signal is cut from, with the first sample of the cut."""


@dataclass(frozen=True)
class Scene:
    """A band with its emissions."""

    duration_s: float
    seed: int
    emissions: tuple[Emission, ...]
    receiver: Receiver = Receiver()
    left_out: int = 0
    """Emissions that found no room."""


@dataclass(frozen=True)
class Burst:
    """The truth of one burst, in seconds from the start and Hz from the middle of the band."""

    emission: int
    """Place of the emission in the scene."""
    kind: str
    snr_db: float
    start_s: float
    duration_s: float
    freq_lower: float
    freq_upper: float

    @property
    def time_bandwidth(self) -> float:
        """Duration times width, without a unit."""
        return self.duration_s * (self.freq_upper - self.freq_lower)

    def box(self, sample_rate: float) -> Box:
        """The burst in samples of a rate."""
        return Box(
            self.start_s * sample_rate,
            self.duration_s * sample_rate,
            self.freq_lower,
            self.freq_upper,
            self.emission,
        )


def padded_s(duration_s: float) -> float:
    """The rendered length: a multiple of `GRID_S` whose factors are small, for fast FFTs."""
    return GRID_S * scipy.fft.next_fast_len(int(np.ceil((duration_s + 2 * LEAD_S) / GRID_S)), True)


@functools.lru_cache(maxsize=256)
def _signal(kind: str, seed: int, duration_s: float, recording: str) -> _Prepared:
    rng = np.random.default_rng([seed, 7])
    if recording:
        from .scene_recordings import cut

        return _prepare(cut(recording, rng, padded_s(duration_s)))
    return _prepare(TRANSMITTERS[kind](rng, padded_s(duration_s)))


@dataclass(frozen=True)
class _Prepared:
    """A signal with what does not depend on its level."""

    signal: Signal
    density: np.ndarray
    """Smoothed power spectral density of the bursts at power 1, in 1/Hz, bins from low to high."""
    step_hz: float
    """Width of a bin of the density."""
    low_hz: float
    high_hz: float
    """The 99 % band, in Hz from the centre."""
    bursts_s: tuple[tuple[float, float], ...]
    """Start and end of each burst, by its envelope, in s from the start of the scene."""

    @property
    def width_hz(self) -> float:
        return max(self.high_hz - self.low_hz, LEAST_WIDTH_HZ)


def _prepare(signal: Signal) -> _Prepared:
    samples, rate = signal.samples, signal.rate
    on = sum(b - a for a, b in signal.spans)
    power = sum(float(np.sum(np.abs(samples[a:b]) ** 2)) for a, b in signal.spans) / max(on, 1)
    samples = samples / np.sqrt(power + 1e-30)
    still = samples.copy() if signal.centres else samples
    for (a, b), centre in zip(signal.spans, signal.centres, strict=False):
        still[a:b] *= np.exp(-2j * np.pi * centre / rate * np.arange(b - a))
    n = len(still)
    energy = np.abs(np.fft.fftshift(scipy.fft.fft(still))) ** 2
    total = np.cumsum(energy) / energy.sum()
    step = rate / n
    low = (np.searchsorted(total, 0.005) - n // 2) * step
    high = (np.searchsorted(total, 0.995) + 1 - n // 2) * step
    smoothing = max(1, int(max(high - low, LEAST_WIDTH_HZ) / 32 / step))
    density = scipy.ndimage.uniform_filter1d(energy / (rate * on), smoothing, mode="constant")
    width = max(high - low, LEAST_WIDTH_HZ)
    times = [_trim(samples, a, b, max(1, int(rate / width))) for a, b in signal.spans]
    bursts = tuple((a / rate - LEAD_S, b / rate - LEAD_S) for a, b in times)
    return _Prepared(replace(signal, samples=samples), density, step, low, high, bursts)


def _trim(samples: np.ndarray, first: int, end: int, smoothing: int) -> tuple[int, int]:
    """The part of a burst from the first to the last sample above a tenth of its mean power."""
    power = np.abs(samples[first:end]) ** 2
    if smoothing > 1:
        power = scipy.ndimage.uniform_filter1d(power, smoothing, mode="constant")
    above = np.flatnonzero(power > 0.1 * power.mean())
    return (first + int(above[0]), first + int(above[-1]) + 1) if len(above) else (first, end)


def _visible_band(prepared: _Prepared, snr_db: float) -> tuple[float, float]:
    """Where the density exceeds half the noise's, or half its own peak where that is less, within
    the 99 % band: lower and upper edge in Hz from the centre."""
    density = prepared.density * 10 ** (snr_db / 10) * prepared.width_hz
    seen = np.flatnonzero(density >= min(0.5, 0.5 * density.max()))
    middle = len(density) // 2
    low = max((seen[0] - middle) * prepared.step_hz, prepared.low_hz)
    high = min((seen[-1] + 1 - middle) * prepared.step_hz, prepared.high_hz)
    missing = max(0.0, LEAST_WIDTH_HZ - (high - low)) / 2
    return low - missing, high + missing


def bursts_of(emission: Emission, number: int, duration_s: float) -> list[Burst]:
    """The true bursts of an emission within the scene."""
    prepared = _signal(emission.kind, emission.seed, duration_s, emission.recording)
    low, high = _visible_band(prepared, emission.snr_db)
    centres = prepared.signal.centres or (0.0,) * len(prepared.bursts_s)
    found = []
    for (start, end), centre in zip(prepared.bursts_s, centres, strict=True):
        start, end = max(start, 0.0), min(end, duration_s)
        if end > start:
            at = emission.centre_hz + centre
            found.append(
                Burst(
                    number,
                    emission.kind,
                    emission.snr_db,
                    start,
                    end - start,
                    at + low,
                    at + high,
                )
            )
    return found


def truth(scene: Scene) -> list[Burst]:
    """The true bursts of a scene, in Hz and seconds, the same at every rate."""
    return [
        burst
        for number, emission in enumerate(scene.emissions)
        for burst in bursts_of(emission, number, scene.duration_s)
    ]


def render(scene: Scene, sample_rate: float) -> tuple[np.ndarray, list[Burst]]:
    """The samples of a scene at a receiver's rate, and its truth.

    Args:
        sample_rate: samples per second, a multiple of 25.

    Returns:
        complex64 [duration_s * sample_rate], peak 0.7, and the true bursts. What lies outside the
        receiver's band is lost, but stays in the truth.

    Raises:
        ValueError: the rate is no multiple of 25, or the scene is too long for the memory.
    """
    length_s = padded_s(scene.duration_s)
    n = round(sample_rate * length_s)
    if sample_rate <= 0 or sample_rate % 25:
        raise ValueError(f"scene: sample_rate must be a multiple of 25, got {sample_rate}")
    if n > MOST_SAMPLES:
        raise ValueError(
            f"scene: duration times sample_rate must be at most {MOST_SAMPLES} samples, got {n}"
        )
    spectrum = draw_noise(np.random.default_rng([scene.seed, 11]), n, length_s)
    for emission in scene.emissions:
        _add(spectrum, emission, scene.duration_s, length_s)
    add_receiver(spectrum, scene.receiver, sample_rate)
    samples = scipy.fft.ifft(np.fft.ifftshift(spectrum), norm="forward", overwrite_x=True)
    first = round(LEAD_S * sample_rate)
    samples = samples[first : first + round(scene.duration_s * sample_rate)]
    peak = max(float(np.abs(samples.real).max()), float(np.abs(samples.imag).max()))
    return samples * np.float32(0.7 / peak), truth(scene)


def _add(spectrum: np.ndarray, emission: Emission, duration_s: float, length_s: float) -> None:
    """Adds an emission to the spectrum of the scene, whose DC is in the middle."""
    prepared = _signal(emission.kind, emission.seed, duration_s, emission.recording)
    signal = prepared.signal
    n = len(signal.samples)
    # The bins of both spectra are 1 / length_s apart; what is left of the shift is made in time.
    shift = round(emission.centre_hz * length_s)
    rest = emission.centre_hz * length_s - shift
    turned = signal.samples * np.exp(2j * np.pi * rest * np.arange(n) / n).astype(np.complex64)
    own = np.fft.fftshift(scipy.fft.fft(turned, norm="forward", overwrite_x=True))
    own *= band(-0.475, 0.475, 0.05)((np.arange(n) - n // 2) / n).astype(np.float32)
    own *= np.float32(np.sqrt(10 ** (emission.snr_db / 10) * prepared.width_hz))
    first = len(spectrum) // 2 + shift - n // 2
    a, b = max(first, 0), min(first + n, len(spectrum))
    if b > a:
        spectrum[a:b] += own[a - first : b - first]


def draw_scene(
    seed: int,
    duration_s: float = 2.0,
    emissions: int | None = None,
    density: float = 3.0,
    snr_db: float | tuple[float, float] = (0.0, 30.0),
    kinds: Sequence[str] = tuple(TRANSMITTERS),
    overlap: float = 0.0,
    strong: bool = False,
    receiver: bool = True,
    recordings: Sequence[Path] = (),
) -> Scene:
    """Draws a scene; the same arguments give the same scene.

    Args:
        emissions: number of emissions (default: from the density).
        density: emissions per MHz and second.
        snr_db: of every emission, or the range that each is drawn from.
        kinds: of `transmitters.TRANSMITTERS`.
        overlap: share of the emissions that may overlap others.
        strong: one emission, the first, is 40 dB stronger.
        receiver: the noise has the faults of a receiver; otherwise it is white.
        recordings: real recordings, see `scene_recordings.usable`; half of the emissions are cut
            from them.

    Raises:
        ValueError: a parameter breaks a rule.
    """
    unknown = [kind for kind in kinds if kind not in TRANSMITTERS]
    if unknown or not kinds:
        raise ValueError(
            f"scene: kinds must be of {', '.join(TRANSMITTERS)}, got {', '.join(unknown) or 'none'}"
        )
    if not duration_s > 0:
        raise ValueError(f"scene: duration must be > 0 s, got {duration_s:g}")
    rng = np.random.default_rng([seed, 3])
    count = emissions if emissions is not None else round(density * BAND_HZ / 1e6 * duration_s)
    if np.ndim(snr_db) and snr_db[0] > snr_db[1]:
        raise ValueError(f"scene: the lowest SNR must come first, got {snr_db[0]:g} {snr_db[1]:g}")
    if count < 0:
        raise ValueError(f"scene: emissions must be >= 0, got {count}")
    drawn = [_draw_emission(rng, kinds, snr_db, recordings) for _ in range(count)]
    if strong and drawn:
        drawn[0] = replace(drawn[0], snr_db=drawn[0].snr_db + 40)
    free = set(rng.permutation(count)[: round(overlap * count)].tolist())
    placed, kept = _Placed(), {}
    # The widest come first, as long as there is room for them.
    order = sorted(range(count), key=lambda i: -_span(bursts_of(drawn[i], i, duration_s)))
    for i in order:
        for _ in range(_ATTEMPTS):
            found = placed.find_room(rng, drawn[i], duration_s, i in free)
            if found:
                kept[i] = found
                break
            drawn[i] = replace(
                _draw_emission(rng, kinds, snr_db, recordings), snr_db=drawn[i].snr_db
            )
    return Scene(
        duration_s,
        seed,
        tuple(kept[i] for i in sorted(kept)),
        Receiver.draw(rng) if receiver else Receiver(),
        count - len(kept),
    )


def _draw_emission(rng: Rng, kinds, snr_db, recordings) -> Emission:
    kind, seed = str(kinds[int(rng.integers(len(kinds)))]), int(rng.integers(2**31))
    snr = float(snr_db) if np.isscalar(snr_db) else float(rng.uniform(*snr_db))
    if recordings and rng.random() < 0.5:
        from .scene_recordings import draw

        return draw(rng, recordings, seed, snr)
    return Emission(kind, seed, 0.0, snr)


def _span(bursts: list[Burst]) -> float:
    """Width of the band that all bursts together take, in Hz."""
    if not bursts:
        return 0.0
    return max(b.freq_upper for b in bursts) - min(b.freq_lower for b in bursts)


class _Placed:
    """The places that are taken."""

    def __init__(self):
        self._taken = np.zeros((0, 4))

    def find_room(self, rng: Rng, emission: Emission, duration_s: float, free: bool):
        """The emission at a centre where its bursts overlap none, or None after 40 attempts."""
        bursts = bursts_of(emission, 0, duration_s)
        if not bursts:
            return None
        boxes = edges([b.box(1.0) for b in bursts])
        low, high = boxes[:, 2].min(), boxes[:, 3].max()
        room = BAND_HZ - (high - low)
        for _ in range(40 if room > 0 else 0):
            # The middle of the extent is placed, so that it stays in the band.
            shift = float(rng.uniform(-room / 2, room / 2)) - (low + high) / 2
            moved = boxes + (0, 0, shift, shift)
            if not _clear_of_dc(moved) or (not free and self._meets(moved)):
                continue
            self._taken = np.concatenate([self._taken, moved])
            return replace(emission, centre_hz=shift)
        return None

    def _meets(self, boxes: np.ndarray) -> bool:
        """True if a box, with a guard around it, shares time and frequency with a taken one."""
        width = boxes[:, 3] - boxes[:, 2]
        guard = (0.25 * width + 1e3)[:, None] * (0, 0, -1, 1) + (-0.01, 0.01, 0, 0)
        return bool(np.any(shared_areas(boxes + guard, self._taken) > 0))


def _clear_of_dc(boxes: np.ndarray) -> bool:
    """True unless a narrow box lies within 5 kHz of the receiver's spike at 0 Hz."""
    narrow = boxes[:, 3] - boxes[:, 2] < 50e3
    return not np.any(narrow & (boxes[:, 2] < 5e3) & (boxes[:, 3] > -5e3))

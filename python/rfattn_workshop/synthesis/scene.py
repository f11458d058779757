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

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.fft
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.checked import suggestion
from gnuradio.rfattn.signals.waveform import band
from gnuradio.rfattn_station.learning.boxes import edges, shared_areas

from . import scene_recordings
from .scene_noise import Receiver, add_receiver, draw_noise, read_noise
from .scene_signal import LEAD_S, SERVICE, is_kind, known_kinds, padded_s, prepared_signal
from .scene_truth import Burst, Emission, Scene, bursts_of, truth
from .waves.waveform import Rng

BAND_HZ = 2.16e6
"""The band that emissions lie in unless it is stated: 90 % of a receiver at 2.4 MS/s."""
WIDE_HZ = 150e3
"""Emissions wider than this are wide."""
_ATTEMPTS = 6
"""Kinds that are drawn for an emission until one finds room; without room it is left out."""
MOST_SAMPLES = 1 << 28
"""Samples of the longest rendering; above that memory ends."""


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
    rng = np.random.default_rng([scene.seed, 11])
    if scene.noise:
        spectrum = read_noise(scene.noise, rng, n, length_s)
    else:
        spectrum = draw_noise(rng, n, length_s)
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
    prepared = prepared_signal(emission.kind, emission.seed, duration_s, emission.recording)
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
    kinds: Sequence[str] | None = None,
    overlap: float = 0.0,
    strong: bool = False,
    receiver: bool = True,
    recordings: Sequence[str] = (),
    noise: Sequence[str] = (),
    band_hz: float = BAND_HZ,
) -> Scene:
    """Draws a scene; the same arguments give the same scene.

    Args:
        emissions: number of emissions (default: from the density).
        density: emissions per MHz and second.
        snr_db: of every emission, or the range that each is drawn from.
        kinds: "service:" and the name of one of `services`, or those of `scene_signal.add_kinds`
            (default: the classes of emissions that are usually no wider than the band).
        overlap: share of the emissions that may overlap others.
        strong: one emission, the first that is not wide, is 40 dB stronger.
        receiver: the noise has the faults of a receiver; otherwise it is white.
        recordings: real recordings, from `scene_recordings.usable`. Half of the emissions are cut
            from them, as far as their own SNR suffices.
        noise: recordings of noise, from `scene_recordings.usable_noise`; one is played instead of
            made noise.
        band_hz: width of the band around 0 Hz that all emissions lie in.

    Raises:
        ValueError: a parameter breaks a rule.
    """
    if kinds is None:
        kinds = [SERVICE + c.name for c in classes() if c.usual_width_hz <= band_hz]
    unknown = [kind for kind in kinds if not is_kind(kind)]
    if unknown or not kinds:
        raise ValueError(
            f"scene: kinds must be of {', '.join(known_kinds())}, got "
            f"{', '.join(unknown) or 'none'}"
            f"{suggestion(''.join(unknown[:1]), known_kinds())}"
        )
    if not duration_s > 0:
        raise ValueError(f"scene: duration must be > 0 s, got {duration_s:g}")
    rng = np.random.default_rng([seed, 3])
    count = emissions if emissions is not None else round(density * band_hz / 1e6 * duration_s)
    if np.ndim(snr_db) and snr_db[0] > snr_db[1]:
        raise ValueError(f"scene: the lowest SNR must come first, got {snr_db[0]:g} {snr_db[1]:g}")
    if count < 0:
        raise ValueError(f"scene: emissions must be >= 0, got {count}")
    drawn = [_draw_emission(rng, kinds, snr_db, recordings) for _ in range(count)]
    if strong and drawn:
        first = next((i for i in range(count) if not _is_wide(drawn[i], duration_s)), 0)
        drawn[first] = replace(drawn[first], snr_db=drawn[first].snr_db + 40)
    free = set(rng.permutation(count)[: round(overlap * count)].tolist())
    placed, kept = _Placed(band_hz), {}
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
    quiet = str(noise[int(rng.integers(len(noise)))]) if noise else ""
    return Scene(
        duration_s,
        seed,
        tuple(kept[i] for i in sorted(kept)),
        Receiver.draw(rng) if receiver and not quiet else Receiver(),
        quiet,
        count - len(kept),
    )


def _draw_emission(rng: Rng, kinds, snr_db, recordings) -> Emission:
    kind, seed = str(kinds[int(rng.integers(len(kinds)))]), int(rng.integers(2**31))
    snr = float(snr_db) if np.isscalar(snr_db) else float(rng.uniform(*snr_db))
    path = (
        scene_recordings.draw(rng, recordings, snr) if recordings and rng.random() < 0.5 else None
    )
    if path:
        return Emission(scene_recordings.read_cut(path).label, seed, 0.0, snr, path)
    return Emission(kind, seed, 0.0, snr)


def _is_wide(emission: Emission, duration_s: float) -> bool:
    return _span(bursts_of(emission, 0, duration_s)) > WIDE_HZ


def _span(bursts: list[Burst]) -> float:
    """Width of the band that all bursts together take, in Hz."""
    if not bursts:
        return 0.0
    return max(b.freq_upper for b in bursts) - min(b.freq_lower for b in bursts)


class _Placed:
    """The places that are taken. Wide emissions together take at most half of the band."""

    def __init__(self, band_hz: float):
        self._band_hz = band_hz
        self._taken = np.zeros((0, 4))
        self._wide_hz = 0.0

    def find_room(self, rng: Rng, emission: Emission, duration_s: float, free: bool):
        """The emission at a centre where its bursts overlap none, or None after 40 attempts."""
        bursts = bursts_of(emission, 0, duration_s)
        if not bursts:
            return None
        boxes = edges([b.box(1.0) for b in bursts])
        low, high = boxes[:, 2].min(), boxes[:, 3].max()
        room = self._band_hz - (high - low)
        width = float((boxes[:, 3] - boxes[:, 2]).max())
        wide_hz = width if width > WIDE_HZ else 0.0
        if wide_hz and self._wide_hz and self._wide_hz + wide_hz > self._band_hz / 2:
            return None
        for _ in range(40 if room > 0 else 0):
            # The middle of the extent is placed, so that it stays in the band.
            shift = float(rng.uniform(-room / 2, room / 2)) - (low + high) / 2
            moved = boxes + (0, 0, shift, shift)
            if not _clear_of_dc(moved) or (not free and self._meets(moved)):
                continue
            self._taken = np.concatenate([self._taken, moved])
            self._wide_hz += wide_hz
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

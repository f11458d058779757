# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The noise and the faults of a scene's receiver, made in the spectrum of the scene.

The noise has density 1 per Hz. In a spectrum that was divided by its length, a bin then has the
mean power 1 / length in s, whatever the rate, so that the bins of all rates can be the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.signals.waveform import white

from .waves.waveform import Rng

_PARTS = 1024
"""Parts of the band in which the density of recorded noise is averaged."""


@dataclass(frozen=True)
class Receiver:
    """The faults of a receiver; those of the default are none, so that its noise is white."""

    tilt_db: float = 0.0
    """Rise of the gain from the lowest to the highest frequency."""
    ripple_db: float = 0.0
    """Swing of the gain, with two turns over the band."""
    edge_db: float = 0.0
    """Loss at the edges of the band, within its outer 4 %."""
    dc_db: float | None = None
    """Power of the spike at 0 Hz over the noise in 1 kHz."""
    image_db: float | None = None
    """Power of the mirrored band."""
    spurs: tuple[tuple[float, float], ...] = ()
    """Lines: frequency as a share of the rate, from -0.5 to 0.5, and power over noise in 1 kHz."""

    @classmethod
    def draw(cls, rng: Rng) -> Receiver:
        return cls(
            rng.uniform(-2, 2),
            rng.uniform(0, 0.7),
            rng.uniform(3, 25),
            rng.uniform(5, 25) if rng.random() < 0.8 else None,
            -45.0,
        )


def draw_noise(rng: Rng, bins: int, length_s: float) -> np.ndarray:
    """The spectrum of white noise, DC in the middle: complex64 [bins].

    It comes from the generator from the middle outwards, a bin of either side in turn, so that the
    bins that two rates share are equal.
    """
    middle = bins // 2
    drawn = white(rng, 2 * (bins - middle)) * np.float32(np.sqrt(1 / length_s))
    spectrum = np.empty(bins, np.complex64)
    spectrum[middle:] = drawn[::2]
    spectrum[:middle] = drawn[1 : 2 * middle : 2][::-1]
    return spectrum


def read_noise(path: str, rng: Rng, bins: int, length_s: float) -> np.ndarray:
    """The spectrum of a recording of noise, DC in the middle: complex64 [bins].

    The recording is played at the scene's rate, in random pieces of half its length, so that the
    shape, the spurs and the spike of a real receiver fill the band and nothing repeats. The median
    of its density over frequency is that of the scene's noise.
    """
    samples = open_recording(path).samples()
    length = max(1, len(samples) // 2)
    starts = rng.integers(len(samples) - length + 1, size=-(-bins // length))
    played = np.concatenate([samples[a : a + length] for a in starts])[:bins]
    spectrum = np.fft.fftshift(scipy.fft.fft(played, norm="forward"))
    part = bins // min(_PARTS, bins)
    power = np.abs(spectrum[: bins // part * part].reshape(-1, part)) ** 2
    density = float(np.median(power.mean(axis=1)))
    return spectrum * np.float32(np.sqrt(1 / length_s / density))


def add_receiver(spectrum: np.ndarray, receiver: Receiver, sample_rate: float) -> None:
    """Applies the receiver's response and adds its image, spike and spurs, in place."""
    n = len(spectrum)
    if receiver != Receiver():
        spectrum *= _response(receiver, n)
    if receiver.image_db is not None:
        # Bin k mirrors to bin -k; with an even number of bins the lowest has no partner.
        image = np.conj(np.roll(spectrum[::-1], 1 - n % 2))
        spectrum += np.float32(10 ** (receiver.image_db / 20)) * image
    if receiver.dc_db is not None:
        spectrum[n // 2] += np.sqrt(1e3 * 10 ** (receiver.dc_db / 10))
    for place, level_db in receiver.spurs:
        spectrum[round((place + 0.5) * (n - 1))] += np.sqrt(1e3 * 10 ** (level_db / 10))


def _response(receiver: Receiver, n: int) -> np.ndarray:
    """Amplitude of every bin, float32 [n], interpolated between 4001 places."""
    f = np.linspace(-0.5, 0.5, 4001)
    edge = np.clip((np.abs(f) - 0.46) / 0.04, 0, 1) ** 2
    gain_db = receiver.tilt_db * f + receiver.ripple_db * np.cos(4 * np.pi * f)
    gain = 10 ** ((gain_db - receiver.edge_db * edge) / 20)
    return np.interp(np.linspace(-0.5, 0.5, n, endpoint=False), f, gain).astype(np.float32)

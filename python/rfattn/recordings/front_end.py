# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples to tokens in numpy: what ``power_spectrum`` computes, for training and as its oracle.

A *token* is one power spectrum of ``n_bins`` values. Power is divided by the window's coherent gain
``(sum w)**2``, so a full-scale complex tone on a bin centre reads 0 dB there before pooling, and
white noise of power P reads ``P * sum(w**2) / (sum w)**2`` in every bin (see
:attr:`FrontEnd.noise_gain`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

# Cosine-sum coefficients of gr::fft::window, which builds symmetric windows (first sample = last
# sample).
_FLATTOP_SCALE = 4.63867
_COSINE_SUMS = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": tuple(a / _FLATTOP_SCALE for a in (1.0, 1.93, 1.29, 0.388, 0.028)),
    "rectangular": (1.0,),
}
WINDOWS = tuple(_COSINE_SUMS)
SCALES = ("db", "linear")
DC = ("keep", "remove")
SIDES = ("two", "one")
POWER_FLOOR = 1e-20
"""Powers below this (-200 dB) read as this on the dB scale."""
_CHUNK_FRAMES = 8192


def window_taps(window: str, n: int) -> np.ndarray:
    """The symmetric window of ``n`` taps, float64, as ``gr::fft::window`` builds it."""
    phase = 2.0 * np.pi * np.arange(n) / (n - 1)
    return sum(
        (-1) ** k * a * np.cos(k * phase) for k, a in enumerate(_COSINE_SUMS[window])
    ) + np.zeros(n)


@dataclass(frozen=True)
class FrontEnd:
    """How samples become tokens; the parameters are those of ``power_spectrum``.

    Frame ``i`` starts at sample ``i * hop``. ``averaging`` consecutive frames are one token (mean
    of linear power), ``n_bins`` the number of values left after pooling neighbouring bins (mean of
    linear power). ``sides="two"`` puts DC in the middle. ``sides="one"`` is for real signals
    carried as complex with a zero imaginary part: it keeps bins 0 to ``fft_size / 2 - 1``, DC
    first, with doubled power except in bin 0, so that a full-scale real tone reads -3.01 dB.
    ``dc="remove"`` puts the mean of bins -2 and 2 in place of bins -1, 0 and 1 (one-sided: bin 2 in
    place of bins 0 and 1) before pooling.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    fft_size: int = 128
    hop: int = 64
    n_bins: int = 128
    window: str = "hann"
    averaging: int = 1
    scale: str = "db"
    dc: str = "keep"
    sides: str = "two"

    def __post_init__(self):
        _require(
            _is_power_of_two(self.fft_size) and 8 <= self.fft_size <= 65536,
            "fft_size",
            "a power of two from 8 to 65536",
            self.fft_size,
        )
        _require(self.hop >= 1, "hop", ">= 1", self.hop)
        _require(self.sides in SIDES, "sides", f"one of {', '.join(SIDES)}", self.sides)
        _require(
            _is_power_of_two(self.n_bins) and self.n_bins <= self.kept_bins,
            "n_bins",
            f"a power of two from 1 to {self.kept_bins}",
            self.n_bins,
        )
        _require(self.window in WINDOWS, "window", f"one of {', '.join(WINDOWS)}", self.window)
        _require(self.averaging >= 1, "averaging", ">= 1", self.averaging)
        _require(self.scale in SCALES, "scale", f"one of {', '.join(SCALES)}", self.scale)
        _require(self.dc in DC, "dc", f"one of {', '.join(DC)}", self.dc)

    @property
    def kept_bins(self) -> int:
        """Bins before pooling."""
        return self.fft_size if self.sides == "two" else self.fft_size // 2

    @property
    def samples_per_token(self) -> int:
        """Samples from the start of one token to the start of the next."""
        return self.hop * self.averaging

    @property
    def token_samples(self) -> int:
        """Samples that one token looks at."""
        return self.fft_size + (self.averaging - 1) * self.hop

    @property
    def noise_gain(self) -> float:
        """What complex white noise of power 1 reads in a two-sided bin, linear."""
        taps = window_taps(self.window, self.fft_size)
        return float(np.sum(taps**2) / np.sum(taps) ** 2)

    def token_count(self, n_samples: int) -> int:
        """Whole tokens in ``n_samples`` samples."""
        return max(0, (n_samples - self.token_samples) // self.samples_per_token + 1)

    def for_real(self) -> FrontEnd:
        """The same view of a real-valued recording: its rate fs holds the band of a complex fs/2.

        Twice the FFT and the hop, one-sided: the number of bins and of tokens per bandwidth stay.
        """
        _require(self.sides == "two", "sides", "two for for_real()", self.sides)
        return dataclasses.replace(self, fft_size=2 * self.fft_size, hop=2 * self.hop, sides="one")

    def tokens(self, samples: np.ndarray) -> np.ndarray:
        """Spectra of ``samples``, one dimension, complex or real, full scale 1.0.

        Returns:
            float32 ``[token_count(len(samples)), n_bins]``, dB or linear power.
        """
        samples = np.ascontiguousarray(samples)
        if samples.ndim != 1:
            raise ValueError(
                f"front_end: samples must have one dimension, got shape {samples.shape}"
            )
        tokens = np.empty((self.token_count(len(samples)), self.n_bins), np.float32)
        step = max(1, _CHUNK_FRAMES // self.averaging)
        for first in range(0, len(tokens), step):
            chunk = tokens[first : first + step]
            power = self._frame_power(samples, first * self.averaging, len(chunk) * self.averaging)
            power = power.reshape(len(chunk), self.averaging, self.kept_bins).mean(axis=1)
            chunk[:] = self._scaled(self._pooled(power))
        return tokens

    def _frame_power(self, samples: np.ndarray, first: int, count: int) -> np.ndarray:
        """Linear power of ``count`` frames from frame ``first``: float64 [count, kept_bins]."""
        part = samples[first * self.hop : (first + count - 1) * self.hop + self.fft_size]
        frames = np.lib.stride_tricks.sliding_window_view(part, self.fft_size)[:: self.hop]
        taps = window_taps(self.window, self.fft_size)
        spectra = np.fft.fft(frames * taps, axis=1)
        power = (spectra.real**2 + spectra.imag**2) / np.sum(taps) ** 2
        if self.sides == "two":
            return np.fft.fftshift(power, axes=1)
        power = power[:, : self.kept_bins]
        power[:, 1:] *= 2.0
        return power

    def _pooled(self, power: np.ndarray) -> np.ndarray:
        if self.dc == "remove":
            centre = self.fft_size // 2 if self.sides == "two" else 0
            outside = (
                power[:, centre + 2]
                if centre == 0
                else (power[:, centre - 2] + power[:, centre + 2]) / 2
            )
            power[:, max(0, centre - 1) : centre + 2] = outside[:, None]
        return power.reshape(len(power), self.n_bins, -1).mean(axis=2)

    def _scaled(self, power: np.ndarray) -> np.ndarray:
        return 10.0 * np.log10(np.maximum(power, POWER_FLOOR)) if self.scale == "db" else power


def _is_power_of_two(n: int) -> bool:
    return n >= 1 and n & (n - 1) == 0


def _require(holds: bool, name: str, rule: str, value) -> None:
    if not holds:
        raise ValueError(f"front_end: {name} must be {rule}, got {value!r}")

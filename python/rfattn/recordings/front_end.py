# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes tokens from samples in numpy, as the block ``power_spectrum`` does.

Training uses it, and the block is tested against it. A *token* is one power spectrum of ``n_bins``
values. Power is divided by the window's coherent gain ``(sum w)**2``. Therefore a full-scale
complex tone on a bin centre reads 0 dB there before pooling, and white noise of power P reads
``P * sum(w**2) / (sum w)**2`` in every bin.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ..checked import CheckedDataclass

# Cosine-sum coefficients of gr::fft::window, which builds symmetric windows (the first sample
# equals the last).
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
POWER_FLOOR, MOST_POWER = 1e-20, 1e25
"""The lowest power on the dB scale, -200 dB."""
_CHUNK_FRAMES = 8192
"""Frames that are transformed together, which bounds the memory."""


def window_taps(window: str, n: int) -> np.ndarray:
    """The symmetric window of ``n`` taps, float64, as ``gr::fft::window`` builds it."""
    phase = 2.0 * np.pi * np.arange(n) / (n - 1)
    return sum(
        (-1) ** k * a * np.cos(k * phase) for k, a in enumerate(_COSINE_SUMS[window])
    ) + np.zeros(n)


@dataclass(frozen=True)
class FrontEnd(CheckedDataclass):
    """How samples become tokens. The parameters and their defaults are those of the shipped models;
    the block ``power_spectrum`` has the same.

    Frame ``i`` starts at sample ``i * hop``. ``averaging`` consecutive frames are one token (the
    mean of linear power). ``n_bins`` values are left after neighbouring bins are pooled (the mean
    of linear power).

    ``sides="two"`` puts DC in the middle. ``sides="one"`` is for real signals carried as complex
    with a zero imaginary part: it keeps bins 0 to ``fft_size / 2 - 1``, DC first, and doubles the
    power except in bin 0, so that a full-scale real tone reads -3.01 dB.

    ``dc="remove"`` replaces bins -1, 0 and 1 by the mean of bins -2 and 2 before pooling
    (one-sided: bins 0 and 1 by bin 2).

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    title: ClassVar[str] = "front_end"

    fft_size: int = 128
    """Samples of one FFT frame."""
    hop: int = 64
    """Samples from the start of one frame to the start of the next."""
    n_bins: int = 128
    """Values of a token."""
    window: str = "hann"
    """Window of the FFT: hann, hamming, blackman, blackmanharris, flattop or rectangular."""
    averaging: int = 1
    """Frames averaged to one token."""
    scale: str = "db"
    """Scale of a token's values: "db" or "linear"."""
    dc: str = "keep"
    """What happens to the bins around 0 Hz: "keep" or "remove"."""
    sides: str = "two"
    """Sides of the spectrum: "two" for complex signals, "one" for real ones."""
    max_snr_db: float = 0.0
    """SNR in dB that the tokens of a stronger emission show, by noise that `emission_extractor`
    adds to its channel; 0: none is added. `tokens` adds none."""

    def __post_init__(self):
        self.require(
            _is_power_of_two(self.fft_size) and 8 <= self.fft_size <= 65536,
            "fft_size",
            "a power of two from 8 to 65536",
        )
        self.require(self.hop >= 1, "hop", ">= 1")
        self.require_one_of("sides", SIDES)
        self.require(
            _is_power_of_two(self.n_bins) and self.n_bins <= self.kept_bins,
            "n_bins",
            f"a power of two from 1 to {self.kept_bins}",
        )
        self.require_one_of("window", WINDOWS)
        self.require(self.averaging >= 1, "averaging", ">= 1")
        self.require_one_of("scale", SCALES)
        self.require_one_of("dc", DC)
        self.require(0.0 <= self.max_snr_db <= 200.0, "max_snr_db", "from 0 to 200")

    @classmethod
    def from_dict(cls, values: dict, complete: bool = False) -> Self:
        """Inverse of `to_dict`. Parameters that ``values`` lacks have their defaults.

        Args:
            complete: refuse ``values`` that lack a parameter.

        Raises:
            ValueError: an unknown parameter, or a value that breaks a rule or has another type.
        """
        missing = [name for name in cls().to_dict() if name not in values]
        if complete and missing:
            raise ValueError(f"{cls.title}: {', '.join(missing)} must be stated")
        return super().from_dict(values)

    def to_dict(self) -> dict:
        """The fields as plain values; ``max_snr_db`` only where it is not 0."""
        values = super().to_dict()
        return values if self.max_snr_db else {k: v for k, v in values.items() if k != "max_snr_db"}

    def differences(self, needed: FrontEnd, by: str = "the model") -> list[str]:
        """What keeps this front end from being the ``needed`` one; empty if they are equal.

        Returns:
            One text for each field that differs, with both values, such as "window hann, the model
            needs hamming".
        """
        have, want = dataclasses.asdict(self), dataclasses.asdict(needed)
        return [
            f"{name} {have[name]}, {by} needs {want[name]}"
            for name in have
            if have[name] != want[name]
        ]

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
        """Samples that one token is computed from."""
        return self.fft_size + (self.averaging - 1) * self.hop

    def token_count(self, n_samples: int) -> int:
        """Whole tokens in ``n_samples`` samples."""
        return max(0, (n_samples - self.token_samples) // self.samples_per_token + 1)

    def for_real(self) -> FrontEnd:
        """The front end that shows a real-valued recording as this one shows a complex recording.

        A real signal at rate fs has the bandwidth of a complex one at fs/2. Twice the FFT size and
        hop, one-sided, give the same bins and the same number of tokens per second and bandwidth.
        """
        self.require(self.sides == "two", "sides", "two for for_real()")
        return dataclasses.replace(self, fft_size=2 * self.fft_size, hop=2 * self.hop, sides="one")

    def tokens(self, samples: np.ndarray) -> np.ndarray:
        """The tokens of ``samples``: one dimension, complex or real, full scale 1.0.

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
            chunk[:] = self._scale(self._pool(power))
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

    def _pool(self, power: np.ndarray) -> np.ndarray:
        if self.dc == "remove":
            centre = self.fft_size // 2 if self.sides == "two" else 0
            outside = (
                power[:, centre + 2]
                if centre == 0
                else (power[:, centre - 2] + power[:, centre + 2]) / 2
            )
            power[:, max(0, centre - 1) : centre + 2] = outside[:, None]
        return power.reshape(len(power), self.n_bins, -1).mean(axis=2)

    def _scale(self, power: np.ndarray) -> np.ndarray:
        """A NaN becomes the floor, as in lib/spectra/spectrum.cc."""
        if self.scale == "db":
            return 10.0 * np.log10(np.fmax(power, POWER_FLOOR))
        return np.where(power <= MOST_POWER, power, 0.0)


def _is_power_of_two(n: int) -> bool:
    return n >= 1 and n & (n - 1) == 0


CHANNEL_FRONT_END = FrontEnd(fft_size=64, hop=32, n_bins=64, max_snr_db=25.0)
"""The front end of the channels of emissions, in cut sets and in models that learn from them."""

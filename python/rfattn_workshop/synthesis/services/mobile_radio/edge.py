# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modulates EDGE bursts (3GPP TS 45.004, clause 3): 8-PSK at GSM's symbol rate and width."""

from __future__ import annotations

import functools

import numpy as np
import scipy.signal
import scipy.special

from ...waves.waveform import Rng

_PER_SYMBOL = 8


@functools.cache
def linear_pulse() -> np.ndarray:
    """The main pulse of GMSK's linear form, which shapes EDGE's symbols (clause 3.5): float64 [40]
    over five symbols."""
    t = (np.arange(4 * _PER_SYMBOL) + 0.5) / _PER_SYMBOL
    scale = 2 * np.pi * 0.3 / np.sqrt(np.log(2))
    # The pulse of GMSK's frequency lasts four symbols and turns the phase by a quarter turn.
    frequency = 0.5 * (
        scipy.special.ndtr(scale * (t - 1.5)) - scipy.special.ndtr(scale * (t - 2.5))
    )
    phase = np.pi * np.cumsum(frequency) / _PER_SYMBOL
    s = np.concatenate([np.sin(phase), np.cos(phase), np.zeros(4 * _PER_SYMBOL)])
    return np.prod([s[k * _PER_SYMBOL :][: 5 * _PER_SYMBOL] for k in range(4)], axis=0)


def modulate(rng: Rng, count: int, samples: int, period: float) -> np.ndarray:
    """``count`` random symbols of ``period`` samples each: complex64 [samples], power 1."""
    turns = rng.integers(0, 8, count) / 8 + 3 / 16 * np.arange(count)
    symbols = np.exp(2j * np.pi * turns)
    wave = scipy.signal.upfirdn(linear_pulse(), symbols, _PER_SYMBOL)
    place = np.arange(samples) / period * _PER_SYMBOL + 2 * _PER_SYMBOL
    grid = np.arange(len(wave))
    out = np.interp(place, grid, wave.real) + 1j * np.interp(place, grid, wave.imag)
    return (out / np.sqrt(np.mean(np.abs(out) ** 2))).astype(np.complex64)

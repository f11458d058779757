# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes digital signals that belong to no class.

Each function returns the samples, the occupied bandwidth as a share of the rate, and the spans; its
name is the technology.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier, resample

from ..waves.waveform import (
    Rng,
    bits,
    bursts,
    choice,
    full_span,
    gaussian_fsk,
    log_uniform,
    shape_symbols,
)


def rtty(rng: Rng, count: int):
    period = log_uniform(rng, 150, 3000)
    symbols = np.concatenate(
        [[-1, *(2.0 * bits(rng, 5) - 1), 1, 1] for _ in range(int(count / period / 8) + 1)]
    )
    shift = rng.uniform(1.8, 9.0) / period
    return (
        gaussian_fsk(symbols, period, shift, None)[:count],
        2 * shift + 2 / period,
        full_span(count),
    )


def psk31(rng: Rng, count: int):
    period = int(log_uniform(rng, 60, 1500))
    symbols = np.cumprod(2.0 * bits(rng, count // period + 3) - 1)
    pulse = np.cos(np.pi * np.linspace(-0.5, 0.5, 2 * period))
    up = np.zeros(len(symbols) * period, np.complex64)
    up[::period] = symbols
    return (
        scipy.signal.fftconvolve(up, pulse)[:count].astype(np.complex64),
        2 / period,
        full_span(count),
    )


def four_level(rng: Rng, count: int):
    """FSK of four levels, continuous (C4FM) or in every other time slot (DMR)."""
    period = log_uniform(rng, 4, 80)
    symbols = _four_levels(rng, int(count / period) + 2)
    wave = gaussian_fsk(symbols, period, 0.75 * rng.uniform(0.5, 1) / period, 0.5)[:count]
    if rng.random() < 0.5:
        return _slotted(wave, period * 144, 0.92, 2.2 / period)
    return wave, 2.2 / period, full_span(count)


def _four_levels(rng: Rng, count: int) -> np.ndarray:
    return np.array([-1.0, -1 / 3, 1 / 3, 1.0])[rng.integers(0, 4, count)]


def _slotted(wave: np.ndarray, slot: float, fill: float, width: float):
    """Keeps every other slot on, for the share ``fill`` of its length."""
    place = np.arange(len(wave)) / slot % 2
    on = place < fill
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return wave * on, width, tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))


def gmsk_tdma(rng: Rng, count: int):
    """GSM-like bursts: 148 bits in slots of 156.25, in some or all of eight slots."""
    period = log_uniform(rng, 2.2, 40)
    symbols = 2.0 * bits(rng, int(count / period) + 2) - 1
    wave = gaussian_fsk(symbols, period, 0.25 / period, 0.3)[:count]
    slot = np.floor(np.arange(count) / (156.25 * period)).astype(int) % 8
    used = rng.random(8) < rng.uniform(0.2, 1)
    used[0] = True
    inside = np.arange(count) / (156.25 * period) % 1 < 148 / 156.25
    return wave * (used[slot] & inside), 1.1 / period, full_span(count)


def lora(rng: Rng, count: int):
    factor, width = int(rng.integers(6, 12)), log_uniform(rng, 0.05, 0.8)
    n = int(2**factor / width)

    def packet():
        symbols = int(min(count / n + 1, rng.integers(20, 80)))
        starts = rng.integers(0, 2**factor, symbols) / 2**factor
        starts[: min(10, symbols)] = 0.0
        place = (np.arange(n) / n)[None, :] + starts[:, None]
        return carrier(((place % 1.0) - 0.5).ravel() * width)

    gap = log_uniform(rng, 2000, 50000)
    samples, spans = bursts(
        rng, count, packet, lambda: gap * rng.uniform(0.5, 2), rng.uniform(0, 0.3) * count
    )
    return samples, width, spans


def ofdm(rng: Rng, count: int):
    """OFDM in shapes such as DVB-T, DAB with its null symbol, DRM, power line or 5G at 30 kHz."""
    fft_size = int(choice(rng, (64, 256, 512, 1024, 2048, 4096)))
    fill, guard = rng.uniform(0.6, 0.95), choice(rng, (1 / 4, 1 / 8, 1 / 16, 1 / 32))
    used = int(fft_size * fill) // 2
    symbols = int(count / fft_size) + 2
    grid = np.zeros((symbols, fft_size), np.complex64)
    qpsk = np.exp(0.5j * np.pi * (rng.integers(0, 4, (symbols, 2 * used)) + 0.5))
    if rng.random() < 0.5:
        qpsk[:, :: int(choice(rng, (3, 12)))] *= 4 / 3
    grid[:, 1 : used + 1], grid[:, -used:] = qpsk[:, :used], qpsk[:, used:]
    if rng.random() < 0.4:
        grid[:: int(rng.integers(8, 77))] = 0
    wave = scipy.fft.ifft(grid, axis=1) * np.sqrt(fft_size)
    wave = np.concatenate([wave[:, -int(guard * fft_size) :], wave], axis=1).ravel()
    ratio = log_uniform(rng, 0.8, 6)
    wave = resample(wave[: int(count / ratio) + 64], ratio)[:count]
    return np.pad(wave, (0, count - len(wave))), min(1.0, fill / ratio), full_span(count)


def narrow_band_ofdm(rng: Rng, count: int):
    """Twelve subcarriers with periodic reference and synchronisation symbols, as NB-IoT."""
    grid = np.exp(0.5j * np.pi * rng.integers(0, 4, (int(count / 16) + 14, 12)))
    subframe = np.arange(len(grid)) // 14
    grid *= np.where(rng.random(subframe[-1] + 1) < rng.uniform(0.2, 1), 1.0, 0.0)[subframe][
        :, None
    ]
    grid[np.arange(len(grid)) % 7 >= 5, ::6] = 1.0
    full = np.zeros((len(grid), 16), np.complex64)
    full[:, :6], full[:, -6:] = grid[:, :6], grid[:, 6:]
    wave = scipy.fft.ifft(full, axis=1).ravel() * 4
    ratio = log_uniform(rng, 1.0, 10)
    wave = resample(wave[: int(count / ratio) + 32], ratio)[:count]
    return wave, min(1.0, 0.75 / ratio), full_span(len(wave))


def qam(rng: Rng, count: int):
    """Linear modulation with many points, as DVB-C, DVB-S, microwave links, P25 or TETRA."""
    period, rolloff = log_uniform(rng, 1.25, 60), rng.uniform(0.1, 0.5)
    n = int(count / period) + 32
    side = int(choice(rng, (2, 4, 8)))
    symbols = (2.0 * rng.integers(0, side, n) - side + 1) + 1j * (
        2.0 * rng.integers(0, side, n) - side + 1
    )
    wave = shape_symbols(symbols, period, rolloff)[:count]
    return wave, min(1.0, (1 + rolloff) / period), full_span(len(wave))


def spread(rng: Rng, count: int):
    """Direct sequence, as UMTS, GPS or bursts of 802.11b."""
    period = log_uniform(rng, 1.2, 12)
    n = int(count / period) + 32
    wave = shape_symbols((2.0 * bits(rng, n) - 1) + 1j * (2.0 * bits(rng, n) - 1), period, 0.22)[
        :count
    ]
    if rng.random() < 0.5:
        return wave, min(1.0, 1.22 / period), full_span(len(wave))
    return _slotted(
        wave, log_uniform(rng, 1000, 40000), rng.uniform(0.2, 0.95), min(1.0, 1.22 / period)
    )


def hopping(rng: Rng, count: int):
    """GFSK bursts, each on another frequency, as Bluetooth."""
    period = log_uniform(rng, 3, 30)
    length = int(rng.integers(60, 400))

    def hop():
        wave = gaussian_fsk(2.0 * bits(rng, length) - 1, period, 0.16 / period, 0.5)
        return wave * carrier(rng.uniform(-0.4, 0.4), len(wave))

    gap = log_uniform(rng, 100, 5000)
    samples, spans = bursts(rng, count, hop, lambda: gap, 0)
    return samples, 0.9, spans


def multi_tone(rng: Rng, count: int):
    """Many tones, one at a time, as Olivia, MFSK or ALE."""
    period, tones = log_uniform(rng, 60, 3000), int(choice(rng, (4, 8, 16, 32)))
    symbols = 2.0 * rng.integers(0, tones, int(count / period) + 2) / (tones - 1) - 1
    deviation = min(0.4, tones / period * rng.uniform(0.5, 2))
    return (
        gaussian_fsk(symbols, period, deviation, None)[:count],
        2 * deviation + 2 / period,
        full_span(count),
    )


TECHNOLOGIES = (
    rtty,
    psk31,
    four_level,
    gmsk_tdma,
    lora,
    ofdm,
    narrow_band_ofdm,
    qam,
    spread,
    hopping,
    multi_tone,
)

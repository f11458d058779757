# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes symbols, puts them on the air in bursts, and moves them by Doppler, in Hz and seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import scipy.fft
import scipy.signal
import scipy.special
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps, wander
from ...waves.waveform import Rng

Pulse = Callable[[np.ndarray], np.ndarray]
"""Amplitude of a symbol's pulse at times in symbols from its centre."""

LIGHT_KM_S = 299792.458


def smooth_rate(least_hz: float) -> float:
    """The lowest rate of at least ``least_hz`` that is 25 Hz times factors of 2, 3 and 5."""
    return 25.0 * scipy.fft.next_fast_len(int(np.ceil(least_hz / 25)), True)


def shape(symbols: np.ndarray, baud: float, rate: float, pulse: Pulse, reach: int) -> np.ndarray:
    """Sends a pulse for each symbol.

    Args:
        symbols: real or complex [n].
        baud: symbols per second; off by at most 1e-5 of it.
        pulse: pulse that is 0 beyond ``reach`` symbols from its centre.

    Returns:
        complex64 or float32 [n · rate / baud], the first pulse centred half a symbol after the
        start.
    """
    ratio = Fraction(rate / baud).limit_denominator(300)
    up, down = ratio.numerator, ratio.denominator
    taps = pulse(np.arange(-reach * up, reach * up + 1) / up)
    single = np.complex64 if np.iscomplexobj(symbols) or np.iscomplexobj(taps) else np.float32
    wave = scipy.signal.upfirdn(taps.astype(single), np.asarray(symbols, single), up, down)
    first = int((reach - 0.5) * up / down)
    return wave[first : first + int(len(symbols) * up / down)]


def cosine(rolloff: float) -> Pulse:
    """The pulse of a root-raised-cosine filter."""

    def pulse(t: np.ndarray) -> np.ndarray:
        t = np.asarray(t, np.float64) + 1e-7
        lobes = np.sin(np.pi * t * (1 - rolloff))
        lobes += 4 * rolloff * t * np.cos(np.pi * t * (1 + rolloff))
        return lobes / (np.pi * t * (1 - (4 * rolloff * t) ** 2))

    return pulse


def square(bt: float) -> Pulse:
    """A rectangle of one symbol through a Gaussian filter of bandwidth-time product ``bt``."""
    scale = np.pi * bt * np.sqrt(2 / np.log(2))

    def pulse(t: np.ndarray) -> np.ndarray:
        return 0.5 * (scipy.special.erf(scale * (t + 0.5)) - scipy.special.erf(scale * (t - 0.5)))

    return pulse


def offset_qpsk(symbols: np.ndarray, baud: float, rate: float, rolloff: float) -> np.ndarray:
    """QPSK whose imaginary part comes half a symbol later; root-raised cosine."""
    halves = np.zeros(2 * len(symbols), np.complex64)
    halves[::2], halves[1::2] = symbols.real, 1j * symbols.imag
    pulse = cosine(rolloff)
    return shape(halves, 2 * baud, rate, lambda t: pulse(t / 2), 16)


def saturate(wave: np.ndarray, limit_db: float) -> np.ndarray:
    """Limits the amplitude, softly, at so many dB over the mean power, as amplifiers do."""
    limit = np.sqrt(np.mean(np.abs(wave) ** 2)) * 10 ** (limit_db / 20)
    return wave / np.sqrt(1 + (np.abs(wave) / limit) ** 2)


def split_phase(symbols: np.ndarray) -> np.ndarray:
    """Manchester code: each symbol and its opposite, at twice the rate."""
    return np.column_stack([symbols, -symbols]).ravel()


def unit_power(wave: np.ndarray) -> np.ndarray:
    """Scales to mean power 1."""
    return (wave / np.sqrt(np.mean(np.abs(wave) ** 2) + 1e-20)).astype(np.complex64)


def continuous(wave: np.ndarray, seconds: float, rate: float) -> Signal:
    """A transmitter that is always on; the wave is at least so long."""
    n = round(seconds * rate)
    return Signal(unit_power(wave[:n]), rate, ((0, n),))


def level_out(signal: Signal) -> Signal:
    """Scales to mean power 1 over the bursts."""
    on = sum(b - a for a, b in signal.spans)
    energy = sum(float(np.sum(np.abs(signal.samples[a:b]) ** 2)) for a, b in signal.spans)
    scale = np.float32(np.sqrt(on / (energy + 1e-20)))
    return replace(signal, samples=signal.samples * scale)


def transmit(
    rng: Rng,
    seconds: float,
    rate: float,
    burst: Callable[[], np.ndarray],
    gap: Callable[[], float],
    ramp_s: float,
) -> Signal:
    """Sends bursts with pauses of ``gap()`` seconds; the first one may have begun before.

    A burst longer than the scene fills at least half of it. Ramps take ``ramp_s`` seconds.
    """
    n = round(seconds * rate)
    wave, out, spans = burst(), np.zeros(n, np.complex64), []
    early = len(wave) / 2 if len(wave) < n else len(wave) - n / 2
    place = round(rng.uniform(-early, max(1.0, min(n - len(wave), gap() * rate))))
    while place < n:
        wave = wave * ramps(len(wave), ramp_s * rate)
        first, part = max(place, 0), wave[max(-place, 0) : n - place]
        out[first : first + len(part)] = part
        if len(part):
            spans.append((first, first + len(part)))
        place += len(wave) + max(1, round(gap() * rate))
        wave = burst()
    return level_out(Signal(out, rate, tuple(spans)))


def detune(signal: Signal, hz: np.ndarray | float) -> Signal:
    """Shifts the signal by a frequency in Hz, one number or one a sample.

    The shift is reduced to a tenth of the rate where it is larger, so that the signal stays in its
    band.
    """
    hz = np.broadcast_to(np.asarray(hz, np.float64), signal.samples.shape)
    hz = hz * min(1.0, 0.1 * signal.rate / (np.abs(hz).max() + 1e-9))
    return replace(signal, samples=signal.samples * carrier(hz / signal.rate))


def follow_pass(rng: Rng, signal: Signal, carrier_hz: float, ppm: float = 1.5) -> Signal:
    """Adds the oscillator's error and the Doppler shift of a low orbit, as received.

    Half of the receivers correct the shift, in steps or with a rest. The others centre it in the
    middle of the scene.
    """
    n = len(signal.samples)
    seconds = n / signal.rate
    hz = rng.normal(0, ppm * 1e-6) * carrier_hz
    fastest = rng.uniform(4, 7) / LIGHT_KM_S * carrier_hz
    time, closest = np.arange(n) / signal.rate, rng.uniform(-300, 300)
    turn = rng.uniform(50, 150)
    slope = (time - seconds / 2 + closest) / turn
    shift = -fastest * slope / np.hypot(slope, 1)
    if rng.random() < 0.5:
        step = rng.uniform(0.2, 2) * signal.rate
        shift = shift - shift[(np.arange(n) // step * step).astype(int)]
        hz = hz + wander(rng, seconds, signal.rate, 2e-7 * carrier_hz)
    else:
        shift = shift - shift[n // 2]
    return detune(signal, hz + shift)

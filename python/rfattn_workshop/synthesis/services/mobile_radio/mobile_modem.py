# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modulates the symbols of mobile radio, and keys its transmitters.

Symbols of four-level FSK are the odd levels -3 to 3, as the standards write them. A transmitter has
an oscillator, a modulator and a user who talks; what differs between transmitters is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps, wander
from ...waves.waveform import Rng, Spans, log_uniform, smooth

_LEVELS = np.array([1.0, 3.0, -1.0, -3.0])
"""The levels of the dibits 00, 01, 10, 11: the Gray code that all these standards share."""

Response = Callable[[np.ndarray], np.ndarray]
"""The amplitude of a pulse's spectrum at a frequency in symbol rates, from 0 up."""


def hex_bits(text: str) -> np.ndarray:
    """The bits of a hexadecimal number, first bit first: int64 [4 * digits]."""
    return np.array([int(bit) for digit in text for bit in f"{int(digit, 16):04b}"])


def levels(bits: np.ndarray) -> np.ndarray:
    """The symbols of pairs of bits: float64 [bits / 2], from -3 to 3."""
    pairs = np.asarray(bits).reshape(-1, 2)
    return _LEVELS[2 * pairs[:, 0] + pairs[:, 1]]


def raised_cosine(rolloff: float) -> Response:
    """The spectrum of a raised cosine."""

    def response(f):
        place = np.clip((f - (1 - rolloff) / 2) / max(rolloff, 1e-6), 0, 1)
        return 0.5 + 0.5 * np.cos(np.pi * place)

    return response


def root_raised_cosine(rolloff: float) -> Response:
    """The spectrum of a root-raised cosine."""
    square = raised_cosine(rolloff)
    return lambda f: np.sqrt(square(f))


def make_pulse(response: Response, per_symbol: int, symbols: int = 8) -> np.ndarray:
    """The pulse with a spectrum: float64 [2 * symbols * per_symbol + 1].

    Its sum is ``per_symbol``: a run of equal symbols reaches the symbol's level.
    """
    f = np.fft.rfftfreq(64 * per_symbol, 1 / per_symbol)
    wave = np.fft.fftshift(np.fft.irfft(response(f)))
    middle, half = len(wave) // 2, symbols * per_symbol
    taps = wave[middle - half : middle + half + 1]
    return taps * per_symbol / taps.sum()


def shape(symbols: np.ndarray, pulse: np.ndarray, per_symbol: int) -> np.ndarray:
    """Filters symbols with a pulse: [symbols * per_symbol]; a symbol's middle is its first sample
    plus half a symbol."""
    delay = len(pulse) // 2 - per_symbol // 2
    wave = scipy.signal.upfirdn(pulse, symbols, per_symbol)
    return wave[delay : delay + len(symbols) * per_symbol]


def modulate_frequency(
    rng: Rng, symbols: np.ndarray, pulse: np.ndarray, per_symbol: int, step: float
) -> np.ndarray:
    """Shifts a carrier's frequency: complex64 [symbols * per_symbol].

    Args:
        step: frequency of the symbol 1, as a share of the rate.
    """
    frequency = step * shape(symbols, pulse, per_symbol)
    return carrier(_couple(rng, frequency, per_symbol), None, rng.random())


def modulate_gaussian(
    rng: Rng, symbols: np.ndarray, per_symbol: int, step: float, bt: float
) -> np.ndarray:
    """Shifts a carrier's frequency by symbols from -1 to 1 behind a Gaussian filter: complex64
    [symbols * per_symbol]; ``step`` as for `modulate_frequency`."""
    width = np.sqrt(np.log(2)) / (2 * np.pi) * per_symbol / bt
    frequency = step * smooth(np.repeat(symbols, per_symbol), width)
    return carrier(_couple(rng, frequency, per_symbol), None, rng.random())


def _couple(rng: Rng, frequency: np.ndarray, per_symbol: int) -> np.ndarray:
    """The path into the oscillator: a third of transmitters are coupled above 1 to 30 Hz or so, or
    lose the highest frequencies."""
    kind = rng.random()
    if kind < 0.15:
        pole = np.exp(-2 * np.pi * log_uniform(rng, 2e-4, 5e-3) / per_symbol)
        return scipy.signal.lfilter([1, -1], [1, -pole], frequency)
    if kind < 0.35:
        pole = np.exp(-2 * np.pi * rng.uniform(0.7, 2.0) / per_symbol)
        return scipy.signal.lfilter([1 - pole], [1, -pole], frequency)
    return frequency


def modulate_phase(
    symbols: np.ndarray, pulse: np.ndarray, per_symbol: int, start: float = 0.0
) -> np.ndarray:
    """Turns the phase by 45 degrees times the symbol (pi/4-DQPSK for odd ones): complex64
    [symbols * per_symbol]."""
    turned = np.exp(1j * (np.pi / 4 * np.cumsum(symbols) + start))
    return shape(turned, pulse, per_symbol).astype(np.complex64)


def deviate(rng: Rng) -> float:
    """What a transmitter's deviation is multiplied by: 1 within a tenth, rarely a fifth."""
    return float(rng.uniform(0.9, 1.1) if rng.random() < 0.85 else rng.uniform(0.8, 1.2))


def nonzero_spans(wave: np.ndarray) -> Spans:
    """The stretches in which a wave is not zero."""
    on = np.concatenate([[0], wave != 0, [0]]).astype(np.int8)
    runs = np.flatnonzero(np.diff(on)).reshape(-1, 2)
    return tuple((int(a), int(b)) for a, b in runs)


def on_air(
    rng: Rng, wave: np.ndarray, rate: float, error_hz: float, spans: Spans | None = None
) -> Signal:
    """The signal of a transmitter with an oscillator's error: offset, drift, power 1 while on.

    Args:
        error_hz: greatest offset of the carrier.
        spans: default: where the wave is not zero.
    """
    spans = nonzero_spans(wave) if spans is None else spans
    offset = rng.uniform(-error_hz, error_hz)
    drift = wander(rng, len(wave) / rate, rate, 0.05 * error_hz)
    wave = wave * carrier((offset + np.resize(drift, len(wave))) / rate)
    return at_power_one(wave, rate, spans)


def at_power_one(wave: np.ndarray, rate: float, spans: Spans) -> Signal:
    """The signal of a wave that is on in the spans."""
    power = sum(float(np.sum(np.abs(wave[a:b]) ** 2)) for a, b in spans)
    scale = np.sqrt(sum(b - a for a, b in spans) / (power + 1e-30))
    return Signal((wave * np.float32(scale)).astype(np.complex64), rate, spans)


def all_the_time(rng: Rng, seconds: float) -> list[tuple[float, float]]:
    """The (start, end) in s of a transmission that begins before and ends after ``seconds``."""
    return [(-rng.uniform(0.5, 2.0), seconds + 0.1)]


def draw_overs(rng: Rng, seconds: float) -> list[tuple[float, float]]:
    """Draws when a user talks: (start, end) in s. A start below 0 is talk in progress."""
    overs, shortest = [], min(0.4, 0.3 * seconds)
    start = -rng.uniform(0.5, 1.5) if rng.random() < 0.7 else rng.uniform(0, 0.5) * seconds
    while start < seconds:
        end = max(start, 0.0) + shortest + float(rng.exponential(4.0))
        overs.append((float(start), end))
        start = end + log_uniform(rng, 0.3, 8.0)
    return overs


def send_overs(
    rng: Rng,
    seconds: float,
    rate: float,
    over: Callable[[float], np.ndarray],
    ramp_s: float,
    times: list[tuple[float, float]] | None = None,
) -> np.ndarray:
    """Sends what a user says: complex64 [seconds * rate], zero between.

    Args:
        over: makes the wave of an over of so many s, with its header and its end.
        ramp_s: 0 for a wave of bursts, which have their own ramps.
        times: see `draw_overs`, which gives the default.
    """
    out = np.zeros(round(seconds * rate), np.complex64)
    for start, end in times or draw_overs(rng, seconds):
        wave = over(min(end, seconds + 0.5) - start)
        if ramp_s:
            wave = _key_up(rng, wave, rate)
        wave = wave * ramps(len(wave), ramp_s * rate)
        place = round(start * rate)
        wave = wave[max(0, -place) :][: len(out) - max(0, place)]
        out[max(0, place) : max(0, place) + len(wave)] = wave
    return out


def _key_up(rng: Rng, wave: np.ndarray, rate: float) -> np.ndarray:
    """The first and last moments of many transmitters: a carrier without modulation for some 10 ms,
    and an oscillator that swings while it settles."""
    if rng.random() < 0.5 and abs(wave[0]) > 0.5:
        lead, tail = (rng.exponential(0.03, 2) * rate).astype(int)
        wave = np.concatenate([np.full(lead, wave[0]), wave, np.full(tail, wave[-1])])
    if rng.random() < 0.5:
        pull, settle = rng.uniform(-0.08, 0.08), log_uniform(rng, 1e-3, 15e-3) * rate
        t = np.arange(len(wave)) / settle
        wave = wave * carrier(pull * np.exp(-t) * np.cos(rng.uniform(0, 4) * t))
    return wave


def crop(rng: Rng, symbols: np.ndarray, count: int) -> np.ndarray:
    """``count`` symbols of a transmission that has begun at a random time before."""
    first = int(rng.integers(0, max(1, len(symbols) - count)))
    return symbols[first : first + count]

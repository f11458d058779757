# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes short-range devices: remotes and sensors with OOK, and FSK telegrams."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ..waves.waveform import (
    Emission,
    Rng,
    bits,
    bursts,
    choice,
    gaussian_fsk,
    log_uniform,
    merge_spans,
    nrz,
    smooth,
)

RATES = (250e3, 500e3, 1e6, 1.024e6, 2e6, 2.4e6)


def ook(rng: Rng, count: int) -> Emission:
    """Repeated telegrams of remotes: pulse width, pulse distance, Manchester or plain bits."""
    unit = log_uniform(rng, 6, 500)
    code = choice(rng, (pulse_width, pulse_distance, manchester, plain, tri_state))
    preamble = choice(
        rng, ((), (1, 0) * 4, (1, 0) * 12, (1,) * 12 + (0,) * 10, (1,) * 8 + (0,) * 4)
    )
    fixed = bits(rng, int(rng.integers(12, 67)))
    rolling = rng.random() < 0.3
    pause = unit * choice(rng, (8, 16, 31, 60)) * rng.uniform(0.7, 1.3)
    repeats = int(rng.integers(1, 12))
    tone = draw_keyer(rng, unit)

    def telegram():
        payload = bits(rng, len(fixed)) if rolling else fixed
        return np.array([*preamble, *code(payload)], float)

    def press():
        parts = []
        for _ in range(repeats):
            parts += [nrz(telegram(), unit), np.zeros(int(pause))]
            if sum(map(len, parts)) > count:
                break
        return tone(np.concatenate(parts[:-1]))

    gap = log_uniform(rng, 1000, 60000)
    samples, spans = bursts(
        rng, count, press, lambda: gap * rng.uniform(0.5, 2), rng.uniform(0, 0.4) * count
    )
    name = f"{code.__name__}_{'rolling' if rolling else 'fixed'}"
    return Emission(samples, choice(rng, RATES), min(1.0, 2.0 / unit), spans, name)


def draw_keyer(rng: Rng, unit: float):
    """Draws a keyer: a function from levels to a carrier with rise time, leakage and pulling."""
    rise = log_uniform(rng, 0.002, 0.08) * unit
    leak = 0.0 if rng.random() < 0.5 else 10 ** (rng.uniform(-50, -15) / 20)
    pull = 0.0 if rng.random() < 0.5 else rng.uniform(-0.1, 0.1) / unit

    def keyed_carrier(levels: np.ndarray) -> np.ndarray:
        envelope = smooth(leak + (1 - leak) * levels, rise)
        wander = smooth(levels - 0.5, 2 * unit) * pull
        return (envelope * carrier(wander)).astype(np.complex64)

    return keyed_carrier


def pulse_width(payload):
    """A short or long pulse in a fixed time: 1000 or 1110."""
    return np.concatenate([((1, 1, 1, 0) if b else (1, 0, 0, 0)) for b in payload] + [[1]])


def tri_state(payload):
    """Two pulses a digit, as PT2262 and EV1527 send."""
    return np.concatenate([pulse_width(np.repeat(payload, 1 + (len(payload) < 20)))])


def pulse_distance(payload):
    """A pulse and a short or long pause."""
    return np.concatenate([((1, 0, 0, 0) if b else (1, 0)) for b in payload] + [[1]])


def manchester(payload):
    """Half a bit on, half a bit off; the order is the bit."""
    return np.concatenate([((1, 0) if b else (0, 1)) for b in payload])


def plain(payload):
    """Plain bits after 16 of preamble, with their reverse, which avoids long runs of one value."""
    return np.concatenate([(1, 0) * 8, payload, payload[::-1]])


def fsk(rng: Rng, count: int) -> Emission:
    """Telegrams of sensors, meters and toys: preamble, synchronisation word, whitened data."""
    # 2.4 GHz toys and keyboards fill most of the band with short bursts, sensors a few bins.
    wide = rng.random() < 0.3
    period = log_uniform(rng, 1.6, 8) if wide else log_uniform(rng, 6, 300)
    index = log_uniform(rng, 0.45, 2 if wide else 8)
    # With less deviation, spectra of some hundred bins show an unmodulated carrier.
    least, most = log_uniform(rng, 0.002, 0.04), rng.uniform(0.04, 0.3)
    deviation = float(np.clip(index / 2 / period, least, most))
    bt = choice(rng, (None, None, 0.3, 0.5, 0.7, 1.0))
    coded = rng.random() < 0.25
    levels = 4 if rng.random() < 0.08 else 2
    sync = bits(rng, int(rng.integers(16, 33)))
    preamble = int(log_uniform(rng, 8, 200))
    length = int(log_uniform(rng, 32, 800))

    def telegram():
        body = bits(rng, length)
        body = manchester(body) if coded else body
        symbols = 2.0 * np.concatenate([np.arange(preamble) % 2, sync, body]) - 1
        if levels == 4:
            symbols[len(symbols) // 4 :] *= draw_levels(rng, len(symbols) - len(symbols) // 4)
        most = int(count / period) + 2
        return ramp_ends(rng, gaussian_fsk(symbols[:most], period, deviation, bt), period)

    gap = log_uniform(rng, 200, 3000 if wide else 60000)
    samples, spans = bursts(
        rng, count, telegram, lambda: gap * rng.uniform(0.5, 2), rng.uniform(0, 0.4) * count
    )
    width = min(1.0, 2 * deviation + 1.0 / period)
    spans = merge_spans(spans, 1500)
    return Emission(samples, choice(rng, RATES), width, spans, "gfsk" if bt else "fsk")


def draw_levels(rng: Rng, count: int) -> np.ndarray:
    return np.where(rng.random(count) < 0.5, 1.0, 1 / 3)


def ramp_ends(rng: Rng, burst: np.ndarray, period: float) -> np.ndarray:
    """Adds the rise and fall of the power amplifier to the ends of a burst."""
    n = int(np.clip(rng.uniform(0.1, 4) * period, 2, len(burst) // 2))
    ramp = np.sin(np.pi / 2 * np.arange(1, n + 1) / n) ** 2
    burst[:n] *= ramp
    burst[-n:] *= ramp[::-1]
    return burst

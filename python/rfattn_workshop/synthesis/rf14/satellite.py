# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the telemetry of satellites, FSK and BPSK, as FM or SSB audio near 48 kHz or as I/Q."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier, resample

from ..receiver import Received, receive
from ..waves.waveform import (
    Emission,
    Rng,
    bits,
    bursts,
    choice,
    gaussian_fsk,
    log_uniform,
    nrz,
    shape_symbols,
    smooth,
)
from .audio import fm_discriminator, record_audio, ssb

BAUDS = (500, 625, 1200, 1250, 2400, 4800, 4800, 9600, 9600, 9600)


def sat_fsk(rng: Rng, count: int) -> Received:
    """FSK as FM audio, SSB audio or I/Q."""
    rate = 48e3 * log_uniform(rng, 0.6, 1.6)
    baud = choice(rng, BAUDS)
    kind = rng.random()
    if kind < 0.55:
        return _fm_audio(rng, count, rate, baud)
    if kind < 0.75:
        return _ssb_fsk(rng, count, rate, baud)
    return receive(rng, _fsk_emission(rng, count, rate, baud), rng.uniform(0, 30))


def sat_bpsk(rng: Rng, count: int) -> Received:
    """BPSK as SSB audio or I/Q."""
    rate = 48e3 * log_uniform(rng, 0.6, 1.6)
    kind = rng.random()
    if kind < 0.4:
        return _ssb_bpsk(rng, count, rate, 1200)
    if kind < 0.8:
        return _ssb_bpsk(rng, count, rate, choice(rng, (2400, 4800, 9600, 9600)))
    baud = choice(rng, (1200, 2400, 4800, 9600, 9600))
    rate = max(baud * rng.uniform(1.3, 8), 8e3)
    samples, spans, width = _bpsk(rng, count, rate, baud)
    emission = Emission(samples, rate, min(1.0, width), spans, f"bpsk{baud}_iq")
    return receive(rng, emission, rng.uniform(0, 28))


def _frames(rng: Rng, count: int, baud: float, rate: float, modulate) -> tuple:
    """Bursts of ``modulate(symbols)``: flags or alternating bits, then data."""
    endless = rng.random() < 0.25
    length = log_uniform(rng, 0.05, 1.0) * count * baud / rate
    flag = choice(rng, ((1, 0), (0, 1, 1, 1, 1, 1, 1, 0), (1, 1, 0, 0)))

    def burst():
        n = int(count * baud / rate) + 8 if endless else int(length * rng.uniform(0.8, 1.25)) + 32
        lead = min(n // 2, int(rng.choice([16, 64, 300]) * rng.uniform(0.3, 1.5)))
        symbols = np.concatenate([np.resize(flag, lead), bits(rng, n - lead)])
        return modulate(2.0 * symbols - 1)

    gap = log_uniform(rng, 0.05, 0.6) * count
    first = 0.0 if endless else rng.uniform(0.02, 0.5) * count
    return bursts(rng, count, burst, lambda: gap * rng.uniform(0.6, 1.5), first)


def _fm_audio(rng: Rng, count: int, rate: float, baud: int) -> Received:
    """Plain FSK through a discriminator, or tones in the audio of an FM voice radio."""
    wide = max(1, int(np.ceil(2.4 * max(baud, 9600) / rate)))
    inner_rate = rate * wide * (2 if baud < 9600 and rate < 60e3 else 1)
    ratio = inner_rate / rate
    tones = baud <= 4800 and rng.random() < 0.45
    n = int(count * ratio) + 16
    index = rng.uniform(0.5, 1.1)
    deviation = baud * index / 2 / inner_rate
    centre = rng.normal(0, 0.1) * baud / inner_rate
    bt = choice(rng, (None, 0.5, 0.5, 1.0))

    def modulate(symbols):
        lead = np.zeros(int(rng.choice([0, 0, 0.02, 0.1]) * n * rng.random()))
        if tones:
            data = _audio_tones(symbols, baud, inner_rate) * rng.uniform(2e3, 4e3) / inner_rate
        else:
            data = _levels(symbols, inner_rate / baud, bt) * deviation
        return carrier(np.concatenate([lead, data]) + centre)

    samples, spans = _frames(rng, n, baud, inner_rate, modulate)
    width = min(0.98, rng.uniform(1.0, 1.7) * max(2 * baud * (1 + index) / 2, 11e3) / inner_rate)
    audio_width = rng.uniform(0.6, 1.6) * max(baud, 3500)
    if rng.random() < 0.35:
        audio_width = rng.uniform(0.3, 0.48) * rate
    audio_width = min(0.48 * rate, audio_width) / inner_rate
    audio = fm_discriminator(rng, samples, spans, width, audio_width, rng.triangular(3, 12, 60))
    if ratio > 1:
        audio = resample(audio.astype(np.complex64), 1 / ratio).real
    spans = tuple((int(a / ratio), min(count, int(b / ratio))) for a, b in spans)
    return record_audio(rng, audio[:count], rate, spans, f"{'afsk' if tones else 'fsk'}{baud}_fm")


def _levels(symbols: np.ndarray, period: float, bt: float | None) -> np.ndarray:
    levels = nrz(symbols, period)
    return levels if bt is None else smooth(levels, 0.1325 * period / bt)


def _audio_tones(symbols: np.ndarray, baud: int, rate: float) -> np.ndarray:
    """Audio FSK: 1200 and 2200 Hz up to 1200 Bd, minimum-shift keying at higher rates."""
    middle, shift = (1700, 500) if baud <= 1200 else (0.75 * baud, baud / 4)
    return carrier((middle + shift * nrz(symbols, rate / baud)) / rate).real


def _ssb_fsk(rng: Rng, count: int, rate: float, baud: int) -> Received:
    """FSK around an audio carrier, as a wide SSB receiver or a frequency converter gives it."""
    baud = baud if baud < 0.22 * rate else 4800
    deviation = baud * rng.uniform(0.5, 1.2) / 2 / rate
    bt = choice(rng, (None, 0.5, 1.0))
    half = deviation + 0.6 * baud / rate
    centre = rng.uniform(half + 0.01, max(half + 0.02, 0.48 - half))
    samples, spans = _frames(
        rng, count, baud, rate, lambda s: gaussian_fsk(s, rate / baud, deviation, bt)
    )
    samples = samples * carrier(centre + rng.normal(0, 0.02) * np.linspace(-0.5, 0.5, count))
    low = max(0.003, centre - half * rng.uniform(0.9, 4))
    high = min(0.495, centre + half * rng.uniform(0.9, 4))
    audio = ssb(rng, samples, spans, low, high, rng.uniform(-2, 28))
    return record_audio(rng, audio, rate, spans, f"fsk{baud}_ssb")


def _fsk_emission(rng: Rng, count: int, rate: float, baud: int) -> Emission:
    rate = max(baud * log_uniform(rng, 2.0, 24), 8e3)
    deviation = baud * rng.uniform(0.5, 1.2) / 2 / rate
    bt = choice(rng, (None, 0.5, 0.5, 1.0))
    samples, spans = _frames(
        rng, count, baud, rate, lambda s: gaussian_fsk(s, rate / baud, deviation, bt)
    )
    samples = samples * carrier(_pass(rng, count) * baud / rate)
    return Emission(samples, rate, min(1.0, 2 * deviation + baud / rate), spans, f"fsk{baud}_iq")


def _pass(rng: Rng, count: int) -> np.ndarray:
    """The Doppler shift of a low orbit over a part of a pass, in baud."""
    middle, speed = rng.normal(0, 0.5), rng.uniform(0, 2)
    return 0.3 * np.tanh(speed * (np.linspace(-0.5, 0.5, count) - middle))


def _bpsk(rng: Rng, count: int, rate: float, baud: int) -> tuple:
    rolloff = rng.uniform(0.2, 1.0)
    if rng.random() < 0.1:
        return *_manchester(rng, count, rate, baud), 4.0 * baud / rate
    samples, spans = _frames(
        rng, count, baud, rate, lambda s: shape_symbols(s, rate / baud, rolloff)
    )
    return samples, spans, (1 + rolloff) * baud / rate


def _manchester(rng: Rng, count: int, rate: float, baud: int) -> tuple:
    """Bi-phase bits, unfiltered."""

    def modulate(symbols):
        halves = np.column_stack([symbols, -symbols]).ravel()
        return nrz(halves, rate / baud / 2).astype(np.complex64)

    return _frames(rng, count, baud, rate, modulate)


def _ssb_bpsk(rng: Rng, count: int, rate: float, baud: int) -> Received:
    """BPSK around an audio carrier, 1500 Hz for 1200 Bd, in the receiver's filter."""
    baud = min(baud, int(0.22 * rate))
    samples, spans, width = _bpsk(rng, count, rate, baud)
    if baud == 1200:
        centre = rng.uniform(1300, 1900) / rate
        low, high = rng.uniform(50, 400) / rate, rng.uniform(2400, 3500) / rate
        if rng.random() < 0.45:
            high = min(0.49, rng.uniform(3000, 12000) / rate)
    else:
        room = min(0.24, 0.6 * baud / rate)
        centre = rng.uniform(room, 0.49 - room)
        low = max(0.003, centre - rng.uniform(1, 3) * room)
        high = min(0.495, centre + rng.uniform(1, 3) * room)
        if rng.random() < 0.5:
            # The whole band of a sound card except its edges.
            low, high = rng.uniform(0.005, 0.06), rng.uniform(0.42, 0.495)
    drift = rng.normal(0, 0.1) * min(baud, 1200) / rate * np.linspace(-0.5, 0.5, count)
    samples = samples * carrier(centre + drift)
    audio = ssb(rng, samples, spans, low, high, rng.uniform(0, 28))
    return record_audio(rng, audio, rate, spans, f"bpsk{baud}_ssb")

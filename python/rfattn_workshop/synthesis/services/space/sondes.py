# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes radiosondes and the telemetry of amateur balloons."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, wander
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
    nrz,
)
from ..parts.framing import payload
from ..parts.packets import number_bits
from ..parts.shaping import continuous, detune, smooth_rate, split_phase, transmit


def radiosonde(rng: Rng, seconds: float) -> Signal:
    """A weather balloon's sonde of one of the common makes, with a drifting oscillator."""
    make = choice(rng, (_rs41, _rs41, _rs41, _dfm, _dfm, _m10, _m10, _imet, _lms, _rs92))
    signal = make(rng, seconds)
    drift = rng.normal(0, 15) * np.arange(len(signal.samples)) / signal.rate
    drift = drift - drift.mean() + wander(rng, seconds, signal.rate, rng.exponential(40))
    return detune(signal, drift + rng.normal(0, 400))


def _rs41(rng: Rng, seconds: float) -> Signal:
    """RS41: GFSK of 4800 Bd, BT 0.5; a frame of 320 or 518 bytes each second.

    40 bytes of preamble come first. The frame is whitened after its 8 bytes of header. The
    transmitter pauses until the next second.
    """
    baud, deviation = 4800.0, rng.uniform(2.1, 2.7) * 1e3
    rate, bt = smooth_rate(rng.uniform(2, 4) * 8e3), rng.uniform(0.45, 0.6)
    length = (518 if rng.random() < 0.25 else 320) - 8
    mask = np.random.default_rng(41).integers(0, 2, 512)
    carry = rng.random() < 0.1

    def burst():
        data = payload(rng, length) ^ np.resize(mask, 8 * length)
        symbols = np.concatenate([np.arange(320) % 2, number_bits(0x086D53884469481F, 64), data])
        wave = gaussian_fsk(2.0 * symbols - 1, rate / baud, deviation / rate, bt)
        rest = round(rate) - len(wave)
        return np.pad(wave, (0, rest), constant_values=wave[-1]) if carry else wave

    frame_s = len(burst()) / rate
    gap_s = max(0.0, 1 - frame_s)
    return transmit(rng, seconds, rate, burst, lambda: gap_s, log_uniform(rng, 5e-5, 1e-3))


def _dfm(rng: Rng, seconds: float) -> Signal:
    """DFM-06 to 17: 2500 chips/s Manchester without pause.

    Frames of 280 bits, of which 40 to 140 differ from those of the frame before.
    """
    deviation, chips = rng.uniform(2.0, 3.6) * 1e3, 2500.0
    rate = smooth_rate(rng.uniform(2, 4) * (2 * deviation + 2 * chips))
    fixed = bits(rng, 280)
    fixed[:16] = number_bits(0x45CF, 16)

    def frame():
        data = fixed.copy()
        varied = 16 + rng.permutation(264)[: int(rng.integers(40, 140))]
        data[varied] = bits(rng, len(varied))
        return data

    data = np.concatenate([frame() for _ in range(int(chips / 2 * seconds) // 280 + 3)])
    data = data[int(rng.integers(280)) :][: int(chips / 2 * seconds) + 40]
    bt = choice(rng, (0.5, 1.0, 2.0, None))
    wave = gaussian_fsk(split_phase(2.0 * data - 1), rate / chips, deviation / rate, bt)
    return continuous(wave, seconds, rate)


def _m10(rng: Rng, seconds: float) -> Signal:
    """M10 and M20: 9600 chips/s Manchester; a frame of 101 or 70 bytes each second.

    Between frames the carrier stays, silent or with alternating bits, or the transmitter is off.
    """
    rate, chips = smooth_rate(rng.uniform(2, 3.5) * 20e3), rng.uniform(9590, 9620)
    length, deviation = choice(rng, (101, 70)), rng.uniform(3.0, 6.0) * 1e3
    between = choice(rng, ("off", "carrier", "bits"))
    lead = int(rng.integers(4, 20))

    def burst():
        data = np.concatenate([number_bits(0x99, 8)] * lead + [payload(rng, length)])
        if between == "bits":
            data = np.concatenate([data, np.arange(max(0, int(chips / 2) - len(data))) % 2])
        # Differential Manchester: the level turns in the middle of a bit, for a 0 also before it.
        turns = np.column_stack([1 - data, np.ones_like(data)]).ravel()
        levels = 1.0 - 2.0 * (np.cumsum(turns) % 2)
        wave = gaussian_fsk(levels, rate / chips, deviation / rate, 1.0)
        rest = max(0, round(rate) - len(wave))
        if between == "carrier":
            wave = np.concatenate([wave, carrier(0.0, rest)])
        return wave[: round(rate)]

    gap_s = max(0.0, 1 - len(burst()) / rate)
    if between == "off":
        return transmit(rng, seconds, rate, burst, lambda: gap_s, 3e-4)
    wave = np.concatenate([burst() for _ in range(int(seconds) + 2)])
    return continuous(wave[int(rng.integers(round(rate))) :], seconds, rate)


def _imet(rng: Rng, seconds: float) -> Signal:
    """iMet-1 and 4: AFSK of 1200 Bd, 1200 and 2200 Hz, on FM; packets of 14 and 18 bytes."""
    rate = smooth_rate(rng.uniform(2, 3.5) * 14e3)
    deviation, n = rng.uniform(2.5, 4.5) * 1e3, round((seconds + 1.1) * rate)
    frequency = np.full(n, 1200.0 if rng.random() < 0.5 else 2200.0)
    at = 0
    while at < n:
        for length in (14, 18, *([20] if rng.random() < 0.3 else [])):
            frame = _start_stop(payload(rng, length).reshape(-1, 8))
            tones = nrz(2200 - 1000 * frame, rate / 1200)[: max(0, n - at)]
            frequency[at : at + len(tones)] = tones
            at += len(tones) + round(rng.uniform(0.01, 0.06) * rate)
        at += round(rng.uniform(0.5, 0.7) * rate)
    audio = np.sin(2 * np.pi * np.cumsum(frequency) / rate)
    wave = carrier(deviation / rate * audio)
    return continuous(wave[int(rng.integers(round(rate))) :], seconds, rate)


def _lms(rng: Rng, seconds: float) -> Signal:
    """LMS6, Meisei, MRZ: continuous frames of 2400 to 4800 bit/s, GFSK or Manchester."""
    chips, code = choice(rng, ((4800.0, False), (2400.0, True), (4800.0, True)))
    deviation = rng.uniform(2.0, 3.5) * 1e3
    rate = smooth_rate(rng.uniform(2, 4) * (2 * deviation + 1.5 * chips))
    count = int(seconds * chips) + 64
    data = np.concatenate([payload(rng, 240) ^ bits(rng, 1920) * (rng.random() < 0.7)] * 2)
    levels = np.resize(2.0 * data - 1, count)
    levels = split_phase(levels[: count // 2 + 1]) if code else levels
    wave = gaussian_fsk(levels, rate / chips, deviation / rate, choice(rng, (0.5, 1.0)))
    return continuous(wave, seconds, rate)


def _rs92(rng: Rng, seconds: float) -> Signal:
    """RS92: 2400 bit/s Manchester without pause, GFSK."""
    rate, baud = smooth_rate(rng.uniform(2, 4) * 11e3), 4800.0
    count = int(2400 * seconds) + 300
    parts = []
    while sum(map(len, parts)) < count:
        data = np.concatenate([np.tile(number_bits(0x2A, 8), 6), payload(rng, 234)])
        parts.append(data)
    levels = split_phase(2.0 * np.concatenate(parts)[int(rng.integers(200)) :] - 1)
    wave = gaussian_fsk(levels, rate / baud, rng.uniform(2.0, 2.8) * 1e3 / rate, 0.5)
    return continuous(wave[: round(seconds * rate) + 100], seconds, rate)


def wenet(rng: Rng, seconds: float) -> Signal:
    """Images from a balloon: FSK of 96 or 115.2 kBd without pause, packets of 256 bytes coded.

    The older version sends bytes between a start and a stop bit.
    """
    baud = choice(rng, (115177.0, 96000.0))
    deviation = baud * rng.uniform(0.45, 0.75)
    rate = smooth_rate(rng.uniform(1.9, 3) * (2 * deviation + baud))
    count, parts, have = int(seconds * baud) + 64, [], 0
    while have < count:
        data = np.concatenate(
            [np.tile([0, 1], 64), number_bits(0xABCDEF01, 32), bits(rng, 8 * 323)]
        )
        if baud > 1e5:
            data = _start_stop(data.reshape(-1, 8))
        parts.append(data)
        have += len(data)
    levels = 2.0 * np.concatenate(parts)[:count] - 1
    return continuous(gaussian_fsk(levels, rate / baud, deviation / rate, None), seconds, rate)


def _start_stop(data: np.ndarray) -> np.ndarray:
    """Bytes [n, 8], sent from the lowest bit on between a 0 and a 1."""
    zeros, ones = np.zeros(len(data), np.int64), np.ones(len(data), np.int64)
    return np.column_stack([zeros, data[:, ::-1], ones]).ravel()


def horus(rng: Rng, seconds: float) -> Signal:
    """Position packets of a balloon: four tones 270 Hz apart (or 2 of RTTY), 50 or 100 Bd."""
    baud, spacing = float(choice(rng, (100, 100, 50))), choice(rng, (270.0, 244.0, 400.0))
    rate = smooth_rate(rng.uniform(2, 4) * 4 * spacing)
    levels, fixed = choice(rng, (4, 4, 4, 2)), bits(rng, 200)

    def burst():
        data = np.concatenate([np.tile([0, 0, 1, 1], 8), fixed, payload(rng, 30)])
        symbols = (2 * data[::2] + data[1::2]) if levels == 4 else data * 3
        return gaussian_fsk(symbols / 1.5 - 1, rate / baud, 1.5 * spacing / rate, None)

    gap_s = choice(rng, (0.0, 0.2, 3.0))
    return transmit(rng, seconds, rate, burst, lambda: gap_s, 1e-3)


SERVICES = {"radiosonde": radiosonde}
OTHERS = {"wenet": wenet, "horus": horus}

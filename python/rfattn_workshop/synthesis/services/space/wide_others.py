# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals of satellites and spread spectrum that are no class."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.framing import payload
from ..parts.ofdm import limit_band, qam
from ..parts.packets import number_bits
from ..parts.shaping import (
    continuous,
    cosine,
    follow_pass,
    saturate,
    shape,
    smooth_rate,
    split_phase,
    square,
    transmit,
)


def goes_hrit(rng: Rng, seconds: float) -> Signal:
    """Weather satellites' HRIT of 927 kBd or LRIT of 294 kBd: BPSK, root-raised cosine."""
    baud, rolloff = choice(rng, ((927e3, 0.3), (293.883e3, 0.5), (293.883e3, 0.35)))
    rate = smooth_rate(rng.uniform(1.8, 2.6) * baud * (1 + rolloff))
    levels = 2.0 * bits(rng, int(seconds * baud) + 64) - 1
    wave = shape(levels, baud, rate, cosine(rolloff), 10).astype(np.complex64)
    return continuous(saturate(wave, rng.uniform(-3, 10)), seconds, rate)


def dvbs(rng: Rng, seconds: float) -> Signal:
    """DVB-S and S2: QPSK, 8PSK or 16APSK of 0.3 to 5 MBd, roll-off 0.2 to 0.35."""
    baud, rolloff = 1e3 * round(log_uniform(rng, 333, 5000)), choice(rng, (0.2, 0.25, 0.35, 0.35))
    rate = smooth_rate(1.9 * baud * (1 + rolloff))
    count = int(seconds * baud) + 64
    points = choice(rng, (4, 4, 8, 16))
    if points == 16:
        symbols = qam(rng, (count,), 4)
    else:
        symbols = np.exp(2j * np.pi * rng.integers(0, points, count) / points)
    return continuous(shape(symbols, baud, rate, cosine(rolloff), 10), seconds, rate)


def hrpt(rng: Rng, seconds: float) -> Signal:
    """HRPT: split-phase bits of 665.4 kbit/s, 67° about a carrier that remains."""
    baud = 665.4e3
    rate = smooth_rate(rng.uniform(1.7, 2.3) * 4e6)
    line = np.concatenate([number_bits(0x284016F, 30), bits(rng, 1000)])
    data = bits(rng, int(seconds * baud) + 64)
    for at in range(int(rng.integers(110900)), len(data) - len(line), 110900):
        data[at : at + len(line)] = line
    levels = shape(split_phase(2.0 * data - 1), 2 * baud, rate, square(0.7), 2)
    wave = np.exp(1j * np.deg2rad(rng.uniform(60, 70)) * levels)
    return follow_pass(rng, continuous(wave, seconds, rate), 1.7e9)


def beacon_406(rng: Rng, seconds: float) -> Signal:
    """Distress beacons and Argos platforms: 160 ms of carrier, then split-phase bits of 400 bit/s.

    The phase deviates by 1.1 radians. A beacon sends 112 or 144 bits, a platform up to 300.
    """
    rate = smooth_rate(rng.uniform(3, 6) * 2.4e3)
    argos = rng.random() < 0.5
    index, period = rng.normal(1.1, 0.05), log_uniform(rng, 2, 20) if argos else 50.0

    def burst():
        count = int(rng.integers(3, 9)) * 32 + 24 if argos else choice(rng, (112, 144))
        sync = number_bits(0b111111111111111000101111, 24)
        data = np.concatenate([sync, payload(rng, count // 8)])[:count]
        levels = shape(split_phase(2.0 * data - 1), 800.0, rate, square(2.0), 2)
        wave = np.exp(1j * index * levels)
        wave = np.concatenate([np.ones(round(0.16 * rate)), wave])
        return wave * carrier(rng.normal(0, 300) * argos / rate, len(wave))

    signal = transmit(rng, seconds, rate, burst, lambda: period * rng.uniform(0.9, 1.1), 2e-3)
    return follow_pass(rng, signal, 4e8 if argos else 1e5)


def cdma(rng: Rng, seconds: float) -> Signal:
    """The downlink of WCDMA (3.84 Mchip/s) or IS-95 (1.2288 Mchip/s) with some users.

    Codes of many users add up; the power follows the users' slots. WCDMA sends a synchronisation
    code in the first 256 of each 2560 chips.
    """
    chips, rolloff = choice(rng, ((3.84e6, 0.22), (1.2288e6, 0.16)))
    rate = smooth_rate(1.9 * chips * (1 + rolloff))
    count = int(seconds * chips) // 2560 * 2560 + 5120
    users = int(rng.integers(1, 12))
    total = 0.4 * qam(rng, (count,), 2)
    code = 2.0 * np.random.default_rng(5).integers(0, 2, 256) - 1
    if chips > 3e6:
        total.reshape(-1, 2560)[:, :256] += (0.3 * (1 + 1j) * code).astype(np.complex64)
    for _ in range(users):
        on = rng.random(count // 2560) < rng.uniform(0.3, 1)
        level = 10 ** (rng.uniform(-15, 0) / 20) * np.repeat(on, 2560).astype(np.float32)
        total += level * qam(rng, (count,), 2)
    return continuous(shape(total, chips, rate, cosine(rolloff), 10), seconds, rate)


def spread(rng: Rng, seconds: float) -> Signal:
    """Direct sequence as satellite navigation: a repeated code of 1023 chips, BPSK or BOC(1,1)."""
    chips, offset_carrier = 1.023e6 * choice(rng, (1, 1, 0.5, 2)), rng.random() < 0.3
    halves = 2 if offset_carrier else 1
    rate = smooth_rate(rng.uniform(3.4, 4) * chips * halves)
    code = 2.0 * np.random.default_rng(int(rng.integers(32))).integers(0, 2, 1023) - 1
    count = int(seconds * chips) // 1023 + 2
    data = np.repeat(2.0 * bits(rng, count // 20 + 1) - 1, 20)[:count]
    levels = (data[:, None] * code).ravel()
    levels = split_phase(levels) if offset_carrier else levels
    wave = shape(levels, halves * chips, rate, square(rng.uniform(0.7, 2)), 2)
    # Narrow receivers and some transmitters pass the main lobe only.
    wave = limit_band(wave.astype(np.complex64), rate, 1.8 * halves * chips, 0.2 * halves * chips)
    return continuous(wave, seconds, rate)


def thuraya(rng: Rng, seconds: float) -> Signal:
    """A channel of GMR-1: pi/4-QPSK of 23.4 kBd, bursts of 3 to 9 slots of 5/3 ms in 40 ms."""
    baud, rate = 23.4e3, smooth_rate(rng.uniform(1.9, 3) * 31.6e3)
    slots = int(choice(rng, (3, 3, 6, 8, 9, 24)))

    def burst():
        count = slots * 39 - 5
        turns = np.cumsum(2 * rng.integers(0, 4, count) + 1)
        return shape(np.exp(0.25j * np.pi * turns), baud, rate, cosine(0.35), 10)

    frames = choice(rng, (1, 1, 2, 4)) if slots < 24 else 1
    gap_s = max(0.0, 0.04 * frames - slots * 5e-3 / 3)
    return transmit(rng, seconds, rate, burst, lambda: gap_s + 5 / baud, 1e-4)


OTHERS = {
    "thuraya": thuraya,
    "goes_hrit": goes_hrit,
    "dvbs": dvbs,
    "hrpt": hrpt,
    "beacon_406": beacon_406,
    "cdma": cdma,
    "gps_like_dsss": spread,
}

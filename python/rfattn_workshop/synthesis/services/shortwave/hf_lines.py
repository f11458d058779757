# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the modems of services on shortwave that fill a voice channel, which are no class.

Sources: STANAG 4285, MIL-STD-188-110B, ARINC 635 (HF data link), ITU-R recommendation F.436
(multichannel telegraphy), MIL-STD-188-203-1A (Link 11).
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.air import smooth_rate
from ..parts.hf_air import (
    Air,
    send_bursts,
    send_cycles,
    send_overs,
    shape,
    shift_keying,
    transmit,
)
from ..parts.packets import seeded_period
from .hf_modems import parallel, random_turns

RATE = 6000.0


def shift_register(taps: tuple[int, ...], length: int) -> np.ndarray:
    """That of a shift register full of ones: zeros and ones [2**length - 1]."""
    return seeded_period(taps, length, 2**length - 1)


def _points(rng: Rng, phases: int, count: int) -> np.ndarray:
    return np.exp(2j * np.pi * rng.integers(0, phases, count) / phases)


def _modem(rng: Rng, seconds: float, baud: float, rolloff: float, make, usual_s: float) -> Signal:
    """Sends overs of the symbols that ``make(count)`` returns."""
    air = Air(seconds, RATE)

    def over(length: float):
        wave = shape(make(max(64, int(length * baud))), RATE / baud, rolloff)
        return transmit(rng, wave, RATE, 1.0, 0.005)

    send_overs(rng, air, over, usual_s, 5.0)
    return air.signal()


def stanag4285(rng: Rng, seconds: float) -> Signal:
    """STANAG 4285: 2400 Bd, frames of 256 symbols: 80 of sync, four times 32 of data, 16 known."""
    sync = 1 - 2.0 * np.resize(shift_register((5, 3), 5), 80)
    scramble, phases = _points(rng, 8, 176), int(choice(rng, (2, 4, 8)))
    known = np.zeros(176, bool)
    for first in (32, 80, 128):
        known[first : first + 16] = True

    def make(count):
        frames = count // 256 + 1
        body = _points(rng, phases, frames * 176).reshape(frames, 176)
        body[:, known] = 1
        return np.concatenate([np.tile(sync, (frames, 1)), body * scramble], axis=1).ravel()

    return _modem(rng, seconds, 2400.0, 0.2, make, 60)


def mil110(rng: Rng, seconds: float) -> Signal:
    """MIL-STD-188-110: 2400 Bd, 8 phases after scrambling; known symbols among the data.

    Serial tone up to 2400 b/s, or 3200 to 9600 b/s with 16 to 64 points.
    """
    data, known = choice(rng, ((20, 20), (32, 16), (256, 31)))
    scramble = _points(rng, 8, 160)
    side = np.arange(-7, 8, 2.0)
    square = (side[:, None] + 1j * side).ravel() / np.sqrt(42)
    lead = np.repeat(_points(rng, 8, 15), 32) * np.resize(_points(rng, 8, 32), 480)

    def make(count):
        frames = count // (data + known) + 1
        body = _points(rng, 4 if known == 20 else 8, frames * data).reshape(frames, data)
        if known == 31 and rng.random() < 0.6:
            body = square[rng.integers(0, 64, (frames, data))]
        body = np.concatenate([body, np.ones((frames, known))], axis=1).ravel()
        if known == 31:
            body.reshape(frames, -1)[:, data:] = np.resize([1, 1, -1, 1j], 31)
        else:
            body = body * np.resize(scramble, len(body))
        return np.concatenate([np.tile(lead, int(choice(rng, (3, 24)))), body])

    return _modem(rng, seconds, 2400.0, float(choice(rng, (0.2, 0.25, 0.35))), make, 20)


def hfdl(rng: Rng, seconds: float) -> Signal:
    """HF data link: bursts of 1.8 or 4.2 s in slots of 2.46 s; 1800 Bd.

    A steady tone and known sequences begin a burst; 15 known symbols follow each 30 of data.
    """
    air = Air(seconds, RATE)
    a, known = 1 - 2.0 * shift_register((7, 6), 7), 1 - 2.0 * shift_register((4, 3), 4)
    rare = rng.random() < 0.7

    def burst():
        phases, segments = int(choice(rng, (2, 4, 8))), int(rng.choice([72, 168], p=[0.8, 0.2]))
        body = np.concatenate(
            [_points(rng, phases, segments * 30).reshape(-1, 30), np.tile(known, (segments, 1))],
            axis=1,
        )
        turned = np.roll(a, int(rng.integers(127)))
        parts = [np.ones(448), a, a, turned, body.ravel()[: segments * 45]]
        return transmit(rng, shape(np.concatenate(parts), RATE / 1800, 0.31), RATE, 3.0, 0.004)

    def gap():
        return 2.46 * (int(rng.exponential(4)) + 1) - 2.2 if rare else 0.4

    send_bursts(rng, air, burst, gap)
    return air.signal()


def cis12(rng: Rng, seconds: float) -> Signal:
    """Parallel modems: 12 carriers of 120 Bd with a pilot; 16 of Link 11; 20 to 93 of others."""
    tones, spacing, baud = choice(
        rng,
        (
            (12, 200.0, 120.0),
            (12, 200.0, 120.0),
            (15, 110.0, 75.0),
            (20, 120.0, 75.0),
            (45, 62.5, 40.0),
            (60, 44.44, 30.0),
            (93, 31.25, 22.05),
        ),
    )
    air = Air(seconds, RATE)
    places = (np.arange(tones) - (tones - 1) / 2) * spacing / RATE
    phases, pilot = int(choice(rng, (2, 4))), rng.random() < 0.7
    soft = rng.uniform(0.5, 1.0)

    def over(length: float):
        count = max(16, int(length * baud))
        wave = parallel(random_turns(rng, count, tones, phases), round(RATE / baud), places, soft)
        if pilot:
            high = places[-1] + spacing / RATE
            wave = wave + carrier(high, len(wave)) * rng.uniform(0.1, 0.5)
        return transmit(rng, wave, air.rate, 1.0, 0.005)

    send_overs(rng, air, over, 30 if baud == 75 else 90, 10)
    return air.signal()


def vft(rng: Rng, seconds: float) -> Signal:
    """Multichannel telegraphy: 3 to 24 channels of FSK, 50 to 200 Bd, 120 to 480 Hz apart."""
    spacing = float(choice(rng, (120, 170, 240, 360, 480)))
    channels = int(rng.integers(3, min(24, int(3000 / spacing)) + 1))
    shift, baud = spacing * rng.uniform(0.4, 0.55), spacing / 120 * float(choice(rng, (50, 50, 75)))
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * (channels + 1) * spacing)))
    wave = np.zeros(air.count, np.complex64)
    for k in range(channels):
        data = bits(rng, int(seconds * baud) + 2)
        if rng.random() < 0.15:
            data[:] = int(rng.integers(2))  # nothing to send
        part = shift_keying(data - 0.5, air.rate, baud, shift, 1.0)[: air.count]
        place = (k - (channels - 1) / 2) * spacing / air.rate
        wave += part * carrier(place, air.count, rng.random()) * 10 ** (rng.uniform(-4, 0) / 20)
    air.add(wave, 0.0)
    return air.signal()


def burst_modem(rng: Rng, seconds: float) -> Signal:
    """Short bursts of 8-PSK or FSK that services repeat: 0.1 to 1.5 s, with a known beginning."""
    air = Air(seconds, RATE)
    baud = float(choice(rng, (1200, 2400, 2400, 600)))
    lead, phases = _points(rng, 8, int(rng.integers(30, 400))), int(choice(rng, (2, 4, 8)))
    length = log_uniform(rng, 0.1, 1.5)
    period = length * rng.uniform(1.3, 6)

    def burst():
        body = _points(rng, phases, int(length * baud))
        wave = shape(np.concatenate([lead, body])[: int(length * baud)], RATE / baud, 0.3)
        return transmit(rng, wave, RATE, 1.0, 0.004)

    send_cycles(rng, air, burst, period)
    return air.signal()


OTHERS = {
    "burst_modem": burst_modem,
    "cis12": cis12,
    "hfdl": hfdl,
    "mil110": mil110,
    "stanag4285": stanag4285,
    "vft": vft,
}

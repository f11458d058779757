# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the modes for weak signals: messages of many tones with known symbols, in time slots.

Sources: S. Franke, W. Somerville, J. Taylor, "The FT4 and FT8 communication protocols", QEX 2020;
J. Taylor, "The JT65 communications protocol", QEX 2005; the WSJT-X user guide (appendix B); the
JS8Call documentation. Forward error correction makes nearly random symbols, so its bits are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.air import smooth_rate
from ..parts.hf_air import Air, draw_start, send_in_slots, shift_keying, transmit


def _vector(digits: str) -> np.ndarray:
    return np.array([int(digit) for digit in digits])


GRAY8 = np.array([0, 1, 3, 2, 5, 6, 4, 7])
FT8_COSTAS = (3, 1, 4, 0, 6, 5, 2)
JS8_COSTAS = ((4, 2, 5, 6, 1, 3, 0),) * 3
JS8_COSTAS_FAST = ((0, 6, 2, 3, 5, 4, 1), (1, 5, 0, 2, 3, 6, 4), (2, 5, 0, 6, 4, 1, 3))
FT4_COSTAS = ((0, 1, 3, 2), (1, 0, 2, 3), (2, 3, 1, 0), (3, 2, 0, 1))
FST4_SYNC = ((0, 1, 3, 2, 1, 0, 2, 3), (2, 3, 1, 0, 3, 2, 0, 1))
WSPR_SYNC = _vector(
    "110000001000111000100101111000000010010100000010110011010001101000011010101010010010110001"
    "101010001000001001001110110011010001110000010100110000000110101100011000"
)
JT65_SYNC = _vector(
    "100110001111110101000101100100011100111101101111000110101011001101010100100000011000000011"
    "010010110101010011001001000011111111"
)
JT9_SYNC = [0, 1, 4, 9, 15, 22, 32, 34, 50, 51, 54, 59, 65, 72, 82, 84]
Q65_SYNC = [0, 8, 11, 12, 14, 21, 22, 25, 26, 32, 34, 37, 45, 49, 54, 59, 61, 65, 68, 73, 75, 84]


@dataclass(frozen=True)
class Mode:
    """How a mode sends its tones."""

    baud: float
    spacing: float
    """Hz between tones."""
    tones: int
    slot_s: float
    bt: float | None = None
    """Bandwidth-time product of the Gaussian filter; None for abrupt changes."""
    ramp: float = 0.1
    """Longest rise of a transmission, in symbols."""
    drift_hz: float = 0.5

    @property
    def width(self) -> float:
        """Hz from the lower edge of the lowest tone to the upper of the highest."""
        return (self.tones - 1) * self.spacing + 2 * self.baud


def send(
    rng: Rng,
    seconds: float,
    mode: Mode,
    message: Callable[[], np.ndarray],
    band_hz: float = 2500.0,
) -> Signal:
    """Sends messages of one station, or of a crowd within up to ``band_hz``, in common slots."""
    stations, spread = _crowd(rng, mode, min(band_hz, 400 * mode.baud))
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * (spread + mode.width))))
    length = len(message()) / mode.baud
    first = draw_start(rng, seconds, length)
    for k in range(stations):
        place = rng.uniform(-0.5, 0.5) * spread
        level = 1.0 if stations == 1 else 10 ** (rng.uniform(-25, 0) / 20)
        make = _station(rng, mode, air.rate, place, level, message)
        # Clocks of stations differ; some of them answer in the other slots.
        late = rng.normal(0, 0.3) - mode.slot_s * (rng.random() < 0.4) if k else 0.0
        send_in_slots(rng, air, make, mode.slot_s, first + late)
    return air.signal()


def _crowd(rng: Rng, mode: Mode, band_hz: float) -> tuple[int, float]:
    """Draws how many stations send, and within how many Hz: one, some near each other, or many.

    A detector's finest channel of some 500 Hz holds several, and it finds a busy band as one.
    """
    kind = rng.random()
    if kind < 0.55:
        return 1, 0.0
    if kind < 0.8:
        stations = int(log_uniform(rng, 2, 8))
        return stations, min(500.0, band_hz, mode.width * rng.uniform(0.8, 2.5) * stations)
    return int(log_uniform(rng, 5, 40)), band_hz * rng.uniform(0.25, 1.0)


def _station(rng: Rng, mode: Mode, rate: float, place: float, level: float, message):
    """Draws a transmitter; returns what makes its transmissions, ``place`` Hz from the centre."""
    spacing = mode.spacing * (1 + 0.002 * rng.standard_normal())
    ramp_s = rng.uniform(0.005, max(0.005, mode.ramp)) / mode.baud
    baud = mode.baud * (1 + 2e-5 * rng.standard_normal())
    repeat = rng.random() < 0.4
    first = message()

    def make():
        tones = first if repeat else message()
        wave = shift_keying(tones - (mode.tones - 1) / 2, rate, baud, spacing, mode.bt)
        if place:
            wave = wave * carrier(place / rate, len(wave))
        return level * transmit(rng, wave, rate, mode.drift_hz * rng.random() ** 2, ramp_s)

    return make


def _octal(data: np.ndarray) -> np.ndarray:
    return data.reshape(-1, 3) @ np.array([4, 2, 1])


def ft8_tones(rng: Rng) -> np.ndarray:
    """Draws the 79 tones of a message: CQ, two call signs with a report, or free text."""
    data = bits(rng, 174)
    kind = rng.random()
    if kind < 0.35:  # CQ is the number 2 in 28 bits.
        data[:29], data[26] = 0, 1
    if kind < 0.9:
        data[57:59], data[74:77] = (0, 0) if rng.random() < 0.5 else (0, 1), (0, 0, 1)
        if rng.random() < 0.6:  # Reports are the numbers above all locators.
            data[59:65] = (1, 1, 1, 1, 1, 0)
    else:
        data[71:77] = 0
    symbols = GRAY8[_octal(data)]
    return np.concatenate([FT8_COSTAS, symbols[:29], FT8_COSTAS, symbols[29:], FT8_COSTAS])


def ft8(rng: Rng, seconds: float) -> Signal:
    """FT8: 8 tones 6.25 Hz apart, 79 symbols of 0.16 s, in slots of 15 s."""
    # Programs before 2019 changed tones abruptly.
    mode = Mode(6.25, 6.25, 8, 15.0, 2.0 if rng.random() < 0.92 else None, 0.125)
    return send(rng, seconds, mode, lambda: ft8_tones(rng))


def ft4(rng: Rng, seconds: float) -> Signal:
    """FT4: 4 tones 20.83 Hz apart, 103 symbols and two ramps of 48 ms, in slots of 7.5 s."""

    def message():
        symbols = np.array([0, 1, 3, 2])[rng.integers(0, 4, 87)]
        a, b, c, d = FT4_COSTAS
        parts = [a, symbols[:29], b, symbols[29:58], c, symbols[58:], d]
        return np.concatenate([[0], *parts, [0]])

    mode = Mode(12000 / 576, 12000 / 576, 4, 7.5, 1.0, 1.0)
    return send(rng, seconds, mode, message)


def js8(rng: Rng, seconds: float) -> Signal:
    """JS8Call: 8 tones without smoothing, at 6.25, 10, 20, 3.125 or 31.25 Bd."""
    speeds = ((6.25, 15.0), (10.0, 10.0), (20.0, 6.0), (3.125, 30.0), (31.25, 4.0))
    baud, slot_s = speeds[int(rng.choice(5, p=[0.5, 0.18, 0.14, 0.14, 0.04]))]
    costas = JS8_COSTAS if baud == 6.25 else JS8_COSTAS_FAST

    def message():
        a, b, c = costas
        symbols = _octal(bits(rng, 174))
        return np.concatenate([a, symbols[:29], b, symbols[29:], c])

    return send(rng, seconds, Mode(baud, baud, 8, slot_s), message)


def wspr(rng: Rng, seconds: float) -> Signal:
    """WSPR: 4 tones 1.4648 Hz apart, 162 symbols of 0.683 s, each with a bit of the sync vector."""
    data = bits(rng, 162)  # Beacons repeat their message.
    baud = 12000 / 8192
    mode = Mode(baud, baud, 4, 120.0, drift_hz=float(choice(rng, (0.2, 1.0, 4.0))), ramp=0.03)
    return send(rng, seconds, mode, lambda: WSPR_SYNC + 2 * data, 200.0)


def jt65(rng: Rng, seconds: float) -> Signal:
    """JT65 A, B, C: a tone at every second symbol, 64 tones above it; 126 symbols of 0.37 s."""
    baud = 11025 / 4096
    spacing = baud * int(rng.choice([1, 2, 4], p=[0.6, 0.25, 0.15]))

    def message():
        if rng.random() < 0.06:  # Shorthand: two tones take turns every four symbols.
            return np.tile(np.repeat([0, 10 * int(rng.integers(2, 5))], 4), 16)[:126]
        tones = np.zeros(126, int)
        tones[JT65_SYNC == 0] = rng.integers(2, 66, 63)
        return tones

    return send(rng, seconds, Mode(baud, spacing, 66, 60.0, drift_hz=2.0), message)


def jt9(rng: Rng, seconds: float) -> Signal:
    """JT9: 9 tones 1.736 Hz apart, the lowest for sync; 85 symbols of 0.576 s."""
    baud = 12000 / 6912

    def message():
        tones = rng.integers(1, 9, 85)
        tones[JT9_SYNC] = 0
        return tones

    return send(rng, seconds, Mode(baud, baud, 9, 60.0), message)


def fst4(rng: Rng, seconds: float) -> Signal:
    """FST4 and FST4W: 4 tones, 160 symbols, five sync words; periods of 15 to 300 s."""
    periods = ((15.0, 720), (30.0, 1680), (60.0, 3888), (120.0, 8200), (300.0, 21504))
    slot_s, length = choice(rng, periods)
    baud = 12000 / length

    def message():
        symbols, (a, b) = rng.integers(0, 4, (4, 30)), FST4_SYNC
        parts = [a, symbols[0], b, symbols[1], a, symbols[2], b, symbols[3], a]
        return np.concatenate(parts)

    return send(rng, seconds, Mode(baud, baud, 4, slot_s, 2.0, 0.5), message)


def q65(rng: Rng, seconds: float) -> Signal:
    """Q65 A to E: 65 tones, the lowest at 22 known symbols of 85; periods of 15 to 120 s."""
    periods = ((15.0, 1800), (30.0, 3600), (60.0, 7200), (120.0, 16000))
    slot_s, length = choice(rng, periods)
    baud = 12000 / length
    spacing = baud * float(choice(rng, [f for f in (1, 2, 4, 8, 16) if f * baud * 66 < 2500]))

    def message():
        tones = rng.integers(1, 65, 85)
        tones[Q65_SYNC] = 0
        return tones

    return send(rng, seconds, Mode(baud, spacing, 65, slot_s, drift_hz=2.0), message)


SERVICES = {"ft8": ft8, "js8": js8, "jt65": jt65, "wspr": wspr}

OTHERS = {"fst4": fst4, "ft4": ft4, "jt9": jt9, "q65": q65}

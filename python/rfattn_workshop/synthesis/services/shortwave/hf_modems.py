# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes other modes of amateurs and services on shortwave, which are no class.

Sources: the signal descriptions of fldigi's and WSJT-X's documentation, of codec2 (FreeDV), the
PACTOR-I to III protocol descriptions, MIL-STD-188-141B appendix A (automatic link establishment).
"""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    root_raised_cosine,
    smooth,
)
from ..parts.air import smooth_rate
from ..parts.hf_air import Air, send_bursts, send_cycles, send_overs, shift_keying, transmit


def _level(wave: np.ndarray) -> np.ndarray:
    """Brings the power to 1."""
    return wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-12)


def soft_tones(rng: Rng, tones: np.ndarray, rate: float, baud: float, spacing: float):
    """Sends tones with raised-cosine windows of two symbols, each with a phase of its own."""
    count = int((len(tones) + 1) * rate / baud)
    t = np.arange(count) / rate
    place = t * baud
    wave = np.zeros(count, np.complex64)
    phases = 2 * np.pi * rng.integers(0, 4, len(tones)) / 4
    for late in (0, 1):
        at = np.floor(place).astype(int) - late
        inside = (at >= 0) & (at < len(tones))
        at = np.clip(at, 0, len(tones) - 1)
        window = np.sin(np.pi * (place - at) / 2) ** 2 * inside
        wave += window * np.exp(1j * (2 * np.pi * tones[at] * spacing * t + phases[at]))
    return wave


def olivia(rng: Rng, seconds: float) -> Signal:
    """Olivia and Contestia: 4 to 64 tones in 125 to 2000 Hz with soft edges, blocks of 64 or 32."""
    tones, width = choice(
        rng,
        (
            (8, 250),
            (4, 125),
            (4, 250),
            (8, 500),
            (16, 500),
            (8, 1000),
            (16, 1000),
            (32, 1000),
            (64, 2000),
        ),
    )
    baud = width / tones
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * width)))

    def over(length: float):
        block = int(choice(rng, (32, 64)))
        count = block * max(1, int(length * baud / block))
        numbers = rng.integers(0, tones, count) - (tones - 1) / 2
        wave = _level(soft_tones(rng, numbers, air.rate, baud, baud))
        if rng.random() < 0.5:  # Two tones at the edges announce the over.
            edge = shift_keying(np.array([-0.5, 0.5, -0.5, 0.5]), air.rate, 4.0, width)
            wave = np.concatenate([edge, wave])
        return transmit(rng, wave, air.rate, 2 * rng.random() ** 2, 0.01)

    send_overs(rng, air, over, 25, 8)
    return air.signal()


MFSK = (
    (32, 3.90625), (32, 7.8125), (16, 10.7666), (16, 15.625), (16, 15.625), (16, 21.533),
    (8, 31.25), (16, 31.25), (16, 62.5),
)  # fmt: skip


def mfsk16(rng: Rng, seconds: float) -> Signal:
    """MFSK4 to MFSK64: 8 to 32 tones with continuous phase; the lowest tone begins an over."""
    tones, baud = choice(rng, MFSK)
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * (tones + 2) * baud)))
    idle = rng.integers(0, tones, int(rng.integers(4, 20)))

    def over(length: float):
        numbers = rng.integers(0, tones, int(length * baud) + 1)
        numbers[: int(rng.integers(2, 16))] = 0
        if rng.random() < 0.4:
            at = int(rng.integers(len(numbers)))
            numbers[at:] = np.resize(idle, len(numbers) - at)
        wave = shift_keying(numbers - (tones - 1) / 2, air.rate, baud, baud)
        return transmit(rng, wave, air.rate, 2 * rng.random() ** 2, 0.3 / baud)

    send_overs(rng, air, over, 25, 8)
    return air.signal()


DOMINO = (
    (3.90625, 2),
    (5.3833, 2),
    (7.8125, 2),
    (10.7666, 1),
    (15.625, 1),
    (21.533, 1),
    (43.066, 1),
)


def thor(rng: Rng, seconds: float) -> Signal:
    """THOR and DominoEX: each of 18 tones is 2 to 17 steps above the one before."""
    baud, double = choice(rng, DOMINO)
    spacing = baud * double
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * 20 * spacing)))
    few = rng.random() < 0.3

    def over(length: float):
        nibbles = rng.integers(0, 8 if few else 16, int(length * baud) + 2)
        numbers = np.cumsum(nibbles + 2) % 18
        wave = shift_keying(numbers - 8.5, air.rate, baud, spacing)
        return transmit(rng, wave, air.rate, 2 * rng.random() ** 2, 0.2 / baud)

    send_overs(rng, air, over, 25, 8)
    return air.signal()


def hell(rng: Rng, seconds: float) -> Signal:
    """Feld-Hell: letters of 7 columns with 14 half pixels, 245 a second, keyed or shifted."""
    glyphs = _glyphs(rng)
    speed = 245.0 * float(rng.choice([1, 0.5, 2], p=[0.8, 0.1, 0.1]))
    shift = float(choice(rng, (122.5, 245.0))) if rng.random() < 0.2 else 0.0
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * (shift + 3 * speed))))
    soft = rng.uniform(0.1, 0.5) * air.rate / speed

    def over(length: float):
        count = int(length * speed / 98) + 2
        pixels = glyphs[rng.integers(0, len(glyphs), count)].ravel()
        if shift:
            wave = shift_keying(pixels - 0.5, air.rate, speed, shift, 1.0)
        else:
            samples = int(len(pixels) * air.rate / speed)
            place = (np.arange(samples) * speed / air.rate).astype(int)
            wave = smooth(pixels[place].astype(float), soft).clip(0)
        return transmit(rng, wave, air.rate, 1.0, 0.005)

    while not np.any(np.abs(air.samples) > 0.1):  # A short scene may lie between letters.
        air.spans.clear()
        send_overs(rng, air, over, 20, 6)
    return air.signal()


def _glyphs(rng: Rng) -> np.ndarray:
    """Draws 30 letter shapes of strokes and a blank: zeros and ones [n, 7 columns, 14]."""
    out = np.zeros((36, 7, 14), int)
    for glyph in out[:30]:
        for _ in range(int(rng.integers(2, 5))):
            column, row = int(rng.integers(1, 6)), 2 * int(rng.integers(1, 6))
            if rng.random() < 0.5:
                glyph[column, 2:12] = 1
            else:
                glyph[1:6, row : row + 2] = 1
    return out


def pactor(rng: Rng, seconds: float) -> Signal:
    """PACTOR I to III: packets every 1.25 or 3.75 s; FSK of 200 Hz, or 2 to 18 carriers of DPSK."""
    tones = int(rng.choice([1, 2, 6, 14, 16, 18], p=[0.45, 0.25, 0.06, 0.08, 0.06, 0.1]))
    baud = float(choice(rng, (100, 200))) if tones == 1 else 100.0
    long = tones > 1 and rng.random() < 0.5
    spacing = 200.0 if tones == 2 else 120.0
    places = (np.arange(tones) - (tones - 1) / 2) * spacing
    air = Air(seconds, 1200.0 if tones <= 2 else 2400.0 if tones < 8 else 6000.0)
    answers, level = rng.random() < 0.35, rng.uniform(0.2, 1.0)

    def send(length: float):
        symbols = int(length * baud)
        if tones == 1:
            wave = shift_keying(bits(rng, symbols) - 0.5, air.rate, baud, 200.0)
        else:
            points = random_turns(rng, symbols, tones, 4)
            wave = parallel(points, round(air.rate / 100), places / air.rate, 0.5)
        return transmit(rng, wave, air.rate, 0.5, 0.004)

    def burst():
        packet = send((3.25 if long else 0.96) if tones == 1 or long else 0.83)
        if not answers:
            return packet
        pause = np.zeros(int(0.08 * air.rate))
        return np.concatenate([packet, pause, level * send(0.12)])

    send_cycles(rng, air, burst, 3.75 if long else 1.25)
    return air.signal()


def parallel(points: np.ndarray, period: int, places: np.ndarray, rolloff: float) -> np.ndarray:
    """Sends symbols on parallel carriers, shaped by a root-raised cosine; power 1.

    Args:
        points: complex [symbols, carriers].
        period: samples of a symbol.
        places: frequencies of the carriers as shares of the rate.
    """
    reach = 4
    t = np.arange(2 * reach * period) - reach * period
    pulse = root_raised_cosine(rolloff, period, reach)[:-1]
    basis = pulse[:, None] * np.exp(2j * np.pi * t[:, None] * places)
    turn = np.exp(2j * np.pi * np.arange(len(points))[:, None] * (period * places))
    blocks = (points * turn).astype(np.complex64) @ basis.T.astype(np.complex64)
    out = np.zeros((len(points) + 2 * reach, period), np.complex64)
    for k, part in enumerate(np.split(blocks, 2 * reach, axis=1)):
        out[k : k + len(points)] += part
    return _level(out[reach:-reach].ravel())


def random_turns(rng: Rng, symbols: int, tones: int, phases: int) -> np.ndarray:
    """Draws differential phase keying: complex [symbols, tones]."""
    turns = rng.integers(0, phases, (symbols, tones))
    return np.exp(2j * np.pi * np.cumsum(turns, axis=0) / phases)


def ale2g(rng: Rng, seconds: float) -> Signal:
    """Automatic link establishment: 8 tones 250 Hz apart at 125 Bd; words of 49 symbols repeat."""
    air = Air(seconds, 4500.0)

    def burst():
        words = rng.integers(0, 8, (int(rng.integers(1, 3)), 49))
        calls = np.tile(words.ravel(), int(log_uniform(rng, 2, 25)))
        end = rng.integers(0, 8, 49 * int(rng.integers(1, 4)))
        wave = shift_keying(np.concatenate([calls, end]) - 3.5, air.rate, 125.0, 250.0)
        return transmit(rng, wave, air.rate, 2.0, 0.003)

    send_bursts(rng, air, burst, lambda: log_uniform(rng, 0.5, 10))
    return air.signal()


def _pings(rng: Rng, air: Air, wave: np.ndarray) -> None:
    """Adds what meteor trails reflect of a wave: pings of 0.05 to 2 s that fade; or all of it."""
    seconds = air.count / air.rate
    if rng.random() < 0.3:
        air.add(wave, 0.0)
        return

    def burst():
        count = int(log_uniform(rng, 0.05, 2.0) * air.rate)
        at = int(rng.integers(max(1, len(wave) - count)))
        part = wave[at : at + count]
        t = np.arange(len(part)) / max(1, len(part))
        return part * np.minimum(1, t * 30) * np.exp(-t * rng.uniform(0.5, 4)) * 1.6

    send_bursts(rng, air, burst, lambda: log_uniform(rng, 0.1, max(0.2, seconds)))


def msk144(rng: Rng, seconds: float) -> Signal:
    """MSK144: 2000 Bd of minimum shift keying; a frame of 72 ms repeats; seen in pings."""
    air = Air(seconds, 6000.0)
    frame = bits(rng, 40 if rng.random() < 0.15 else 144)
    wave = shift_keying(
        np.resize(frame, int(2000 * max(seconds, 3.0)) + 2) - 0.5, 6000.0, 2000.0, 1000.0
    )
    _pings(rng, air, transmit(rng, wave, air.rate, 5.0, 0.01))
    return air.signal()


def fsk441(rng: Rng, seconds: float) -> Signal:
    """FSK441: 4 tones 441 Hz apart at 441 Bd, three a letter; a message repeats; seen in pings."""
    air = Air(seconds, 5250.0)
    letters = rng.integers(0, 4, (int(rng.integers(8, 28)), 3))
    letters[:, 0] %= 3
    letters[-1] = 0, 3, 3  # space
    tones = np.resize(letters.ravel(), int(441 * max(seconds, 3.0)) + 2)
    wave = shift_keying(tones - 1.5, air.rate, 441.0, 441.0)
    _pings(rng, air, transmit(rng, wave, air.rate, 5.0, 0.01))
    return air.signal()


FREEDV_OFDM = ((17, 18.0, 2.0, 8), (21, 14.0, 6.0, 4), (31, 20.5, 2.5, 5), (9, 16.0, 6.0, 5))
"""Carriers, symbol in ms, guard in ms, symbols from pilot to pilot of 700D, 700E, 2020, data."""


def freedv(rng: Rng, seconds: float) -> Signal:
    """FreeDV: 14 or 16 carriers of 50 Bd and a pilot, 14 of 75 Bd, OFDM, or 4-FSK of 400 Bd."""
    kind = int(rng.choice(4, p=[0.4, 0.2, 0.3, 0.1]))
    air = Air(seconds, 4500.0)
    tones, symbol_ms, guard_ms, every = choice(rng, FREEDV_OFDM)
    half = int(choice(rng, (7, 8)))

    def over(length: float):
        if kind == 0:
            points = random_turns(rng, int(length * 50) + 2, 2 * half + 1, 4)
            points[:, half] = np.sqrt(2) * (2.0 * (np.arange(len(points)) % 2) - 1)
            wave = parallel(points, 90, np.arange(-half, half + 1) * 75.0 / air.rate, 0.5)
        elif kind == 1:
            points = np.tile(random_turns(rng, int(length * 75) + 2, 7, 4), 2)
            wave = parallel(points, 60, (np.arange(14) - 6.5) * 105.0 / air.rate, 0.5)
        elif kind == 2:
            wave = _ofdm(rng, length, air.rate, tones, symbol_ms, guard_ms, every)
        else:
            wave = shift_keying(
                rng.integers(0, 4, int(length * 400) + 2) - 1.5, air.rate, 400.0, 400.0
            )
        return transmit(rng, _level(wave), air.rate, 1.0, 0.01)

    send_overs(rng, air, over, 20, 6)
    return air.signal()


def _ofdm(rng: Rng, length: float, rate: float, tones: int, symbol_ms, guard_ms, every: int):
    """Makes QPSK on carriers, all of them pilots in one symbol of ``every``."""
    size, guard = round(symbol_ms * rate / 1000), round(guard_ms * rate / 1000)
    count = int(length * rate / (size + guard)) + 2
    points = 1j ** rng.integers(0, 4, (count, tones))
    points[::every] = 2.0 * bits(rng, tones) - 1
    place = np.arange(size)[:, None] / size * (np.arange(tones) - (tones - 1) / 2)
    wave = points @ np.exp(2j * np.pi * place).T
    return np.concatenate([wave[:, size - guard :], wave], axis=1).ravel()


OTHERS = {
    "ale2g": ale2g,
    "freedv": freedv,
    "fsk441": fsk441,
    "hell": hell,
    "mfsk16": mfsk16,
    "msk144": msk144,
    "olivia": olivia,
    "pactor": pactor,
    "thor": thor,
}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes teleprinters: RTTY, PSK31 and its relatives, NAVTEX, SITOR-A, digital selective calling.

Sources: ITU-R recommendations M.476 and M.625 (SITOR), M.540 (NAVTEX), M.493 (selective calling),
M.823 (corrections for GPS), P. Martinez's description of PSK31.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.air import smooth_rate
from ..parts.hf_air import Air, send_cycles, send_overs, shift_keying, transmit
from .hf_text import (
    ALPHA,
    BETA,
    LETTERS,
    RQ,
    VARICODE,
    ham_text,
    ita2,
    low_bits_first,
    sea_text,
    sitor,
    weather_text,
)

ANSWERS = (0x65, 0x56, 0x4D, 0x2E)
"""Control signals of SITOR-A."""


def _bt(rng: Rng) -> float | None:
    """Draws how a transmitter rounds its shifts: not at all, or by a filter."""
    return None if rng.random() < 0.4 else log_uniform(rng, 0.6, 3.0)


def rtty(rng: Rng, seconds: float) -> Signal:
    """RTTY: 5 bits between a start and 1 to 2 stop bits, 45.45 to 100 Bd, 85 to 850 Hz of shift.

    Amateurs type or send macros and idle with letter shifts; services send weather and test loops,
    or encrypted bits without a pause.
    """
    ham = rng.random() < 0.55
    baud, shift = _speed_and_shift(rng, ham)
    baud *= 1 + 1e-4 * rng.standard_normal()
    air = Air(seconds, smooth_rate(max(600.0, 2.2 * (shift + 3 * baud))))
    stream = _rtty_stream(rng, ham)
    mark, bt = (1 if rng.random() < 0.8 else -1), _bt(rng)
    ramp_s = rng.uniform(0.001, 0.01)

    def over(length: float):
        tones = mark * (stream(2 * length * baud) - 0.5)
        wave = shift_keying(tones, air.rate, 2 * baud, shift, bt)
        return transmit(rng, wave, air.rate, 5 * rng.random() ** 3, ramp_s)

    send_overs(rng, air, over, 15 if ham else 100, 5)
    return air.signal()


def _speed_and_shift(rng: Rng, ham: bool) -> tuple[float, float]:
    """Draws Bd and Hz."""
    if not ham:
        baud = float(rng.choice([50, 75, 100], p=[0.65, 0.25, 0.1]))
        shift = float(choice(rng, (85, 170, 200, 400, 425, 450, 500, 850)))
    elif rng.random() < 0.25:
        baud, shift = float(choice(rng, (50, 75, 45.45))), float(choice(rng, (170, 200, 425)))
    else:
        baud, shift = 1000 / 22, 170.0
    return baud, shift * (1 + 0.01 * rng.standard_normal())


def _rtty_stream(rng: Rng, ham: bool):
    """Returns what makes so many half bits of a station's stream; 1 is mark."""
    kind = rng.random()
    if not ham and kind < 0.15:
        return lambda count: np.repeat(bits(rng, int(count / 2) + 1), 2)
    stop = int(rng.choice([3, 2, 4], p=[0.7, 0.1, 0.2]))
    busy = 1.0 if rng.random() < 0.5 else rng.uniform(0.2, 0.95)
    idle = LETTERS if rng.random() < 0.7 else (0 if rng.random() < 0.3 else None)
    preamble = int(rng.integers(0, 6))

    def stream(count: float):
        length = int(count / (12 + stop)) + 2
        if ham:
            codes = [LETTERS] * preamble + ita2(ham_text(rng, length))
        elif kind < 0.35:
            codes = ita2(choice(rng, ("RYRYRYRYRY", "RYRYRYRYRY CQ CQ DE DDK2 DDH7\r\n")) * length)
        else:
            codes = ita2((weather_text if kind < 0.75 else sea_text)(rng, length))
        return _frame(rng, codes[:length], stop, busy, idle)

    return stream


def _frame(rng: Rng, codes, stop: int, busy: float, idle: int | None) -> np.ndarray:
    """Frames characters, with idling as long as a typist pauses: half bits."""
    pause = np.ones(12, int) if idle is None else _character(idle, stop)
    half = []
    for code in codes:
        if busy < 1 and rng.random() < 0.3:
            half += [pause] * rng.poisson(3.3 * (1 / busy - 1))
        half.append(_character(code, stop))
    return np.concatenate(half)


def _character(code: int, stop: int) -> np.ndarray:
    """Returns start, 5 data bits and ``stop`` halves of stop bits: half bits."""
    data = low_bits_first([code], 5).repeat(2)
    return np.concatenate([[0, 0], data, np.ones(stop, int)])


def psk31(rng: Rng, seconds: float) -> Signal:
    """PSK31: text in Varicode by phase reversals that pass through zero; also QPSK31 and PSK63.

    Without text the phase is reversed at every symbol. Amplifiers that limit flatten the envelope.
    """
    air = Air(seconds, 1000.0)
    stations = 1 if rng.random() < 0.8 else int(rng.integers(2, 5))
    for k in range(stations):
        place = rng.uniform(-200, 200) if k else 0.0
        send_overs(rng, air, _psk_station(rng, air.rate, place), 25, 8)
    return air.signal()


def _psk_station(rng: Rng, rate: float, place: float):
    """Draws a station ``place`` Hz from the centre; returns what makes its overs."""
    baud = 31.25 * int(rng.choice([1, 2, 4], p=[0.72, 0.2, 0.08]))
    four = baud < 100 and rng.random() < 0.15
    drive = rng.uniform(0.8, 2.5) if rng.random() < 0.25 else 0.0
    busy = 1.0 if rng.random() < 0.4 else rng.uniform(0.15, 0.9)
    level = 10 ** (rng.uniform(-20, 0) / 20) if place else 1.0

    def over(length: float):
        data = _varicode_bits(rng, int(length * baud) + 1, busy)
        lead = np.zeros(int(rng.uniform(16, 64)), int)
        data = np.concatenate([lead, data, np.ones(int(rng.uniform(8, 40)), int)])
        turns = _four_phases(data) if four else 2 * (1 - data)
        wave = _raised_cosine(1j ** np.cumsum(turns), round(rate / baud))
        if drive:
            height = np.abs(wave) + 1e-9
            wave = wave / height * np.tanh(drive * height) / np.tanh(drive)
        wave = wave * carrier(place / rate, len(wave)) * level
        return transmit(rng, wave, rate, 3 * rng.random() ** 3, 0.5 / baud)

    return over


def _raised_cosine(symbols: np.ndarray, period: int) -> np.ndarray:
    """Moves from symbol to symbol along a cosine: complex128 [len(symbols) * period]."""
    blend = 0.5 - 0.5 * np.cos(np.pi * (np.arange(period) + 0.5) / period)
    after = np.append(symbols[1:], symbols[-1])
    return (symbols[:, None] * (1 - blend) + after[:, None] * blend).ravel()


def _varicode_bits(rng: Rng, count: int, busy: float) -> np.ndarray:
    """Returns text in Varicode, two zeros between characters and more while nobody types."""
    out: list[str] = []
    length = 0
    for c in ham_text(rng, count // 5 + 1):
        out.append(VARICODE.get(c, "101") + "00")
        if busy < 1 and rng.random() < 0.3:
            out.append("0" * rng.poisson(26 * (1 / busy - 1)))
        length += len(out[-1])
        if length > count:
            break
    return np.array(list("".join(out)[:count])).astype(int)


def _four_phases(data: np.ndarray) -> np.ndarray:
    """Encodes by the convolutional code of QPSK31 (rate 1/2, length 5): quarter turns."""
    first = np.convolve(data, [1, 1, 0, 0, 1])[: len(data)] % 2
    second = np.convolve(data, [1, 0, 1, 1, 1])[: len(data)] % 2
    return (2 - np.array([0, 1, 3, 2])[2 * first + second]) % 4


def navtex(rng: Rng, seconds: float) -> Signal:
    """NAVTEX (SITOR-B): 100 Bd, 170 Hz; each signal twice, 280 ms apart; phasing before and after.

    A station sends for minutes, so that most scenes lie within a message.
    """
    shift = 170 * (1 + 0.01 * rng.standard_normal())
    air = Air(seconds, 750.0)
    bt, turn = _bt(rng), 1 if rng.random() < 0.8 else -1
    ramp_s = rng.uniform(0.001, 0.01)

    def over(length: float):
        tones = turn * (fec_bits(rng, length) - 0.5)
        wave = shift_keying(tones, air.rate, 100.0, shift, bt)
        return transmit(rng, wave, air.rate, 2 * rng.random() ** 2, ramp_s)

    send_overs(rng, air, over, 120 if rng.random() < 0.7 else 30, 20)
    return air.signal()


def fec_bits(rng: Rng, length: float) -> np.ndarray:
    """Makes SITOR-B of about ``length`` s: phasing, text, phasing; bits of 10 ms."""
    lead = int(rng.uniform(10, 20) / 0.14)
    count = max(20, int(length / 0.14) - lead)
    text = sitor(sea_text(rng, min(count, 1500)))[:count]
    direct = np.array([RQ] * lead + text + [RQ] * int(rng.integers(15, 40)))
    # Phasing sends 1 and 2 in turn; a signal is repeated after four others.
    repeated = np.array([ALPHA] * lead + text)
    late = np.full(len(direct), ALPHA)
    late[2:] = np.append(repeated, np.full(len(direct), ALPHA))[: len(direct) - 2]
    return low_bits_first(np.stack([direct, late], axis=1).ravel(), 7)


def sitor_a(rng: Rng, seconds: float) -> Signal:
    """SITOR-A: a block of 210 ms or an answer of 70 ms every 450 ms, or both stations."""
    shift = 170 * (1 + 0.01 * rng.standard_normal())
    air = Air(seconds, 1000.0)
    bt, kind = _bt(rng), rng.random()
    text = sitor(sea_text(rng, 300))
    level, wait_s = rng.uniform(0.1, 1.0), rng.uniform(0.03, 0.1)

    def send(codes):
        tones = low_bits_first(codes, 7) - 0.5
        wave = shift_keying(tones, air.rate, 100.0, shift, bt)
        return transmit(rng, wave, air.rate, 0.5, 0.003)

    def burst():
        answer = send([choice(rng, ANSWERS)])
        if kind < 0.3:
            return answer
        place = int(rng.integers(len(text) - 3))
        block = send(text[place : place + 3] if rng.random() < 0.8 else [ALPHA, BETA, BETA])
        if kind < 0.7:
            return block
        return np.concatenate([block, np.zeros(round(wait_s * air.rate)), level * answer])

    send_cycles(rng, air, burst, 0.45)
    return air.signal()


def dgps_msk(rng: Rng, seconds: float) -> Signal:
    """Corrections for satellite navigation at 300 kHz: MSK of 50, 100 or 200 Bd, always on."""
    baud = float(rng.choice([50, 100, 200], p=[0.1, 0.35, 0.55]))
    air = Air(seconds, max(600.0, 4 * baud))
    data = bits(rng, int(seconds * baud) + 20)
    wave = shift_keying(data - 0.5, air.rate, baud, baud / 2)
    air.add(transmit(rng, wave, air.rate, 0.1, 0.001), -4 / baud)
    return air.signal()


SERVICES = {"navtex": navtex, "psk31": psk31, "rtty": rtty}

OTHERS = {"dgps_msk": dgps_msk, "sitor_a": sitor_a}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the PSK downlinks of satellites: LRPT, ORBCOMM, Inmarsat, small satellites.

Coded and scrambled data are as good as random; what repeats are sync words, fill and framing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, wander
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.framing import (
    callsign_header,
    ccsds_randomizer,
    convolve,
    g3ruh,
    hdlc,
    nrzi,
    payload,
)
from ..parts.packets import number_bits
from ..parts.shaping import (
    continuous,
    cosine,
    detune,
    follow_pass,
    offset_qpsk,
    saturate,
    shape,
    smooth_rate,
    split_phase,
    square,
    transmit,
)

_REACH = 10
"""Symbols to either side over which a root-raised cosine extends."""
_UNIQUE = 0xE15AE893
"""The unique word of Inmarsat Aero, as turns of the phase."""


def quarter_turns(turns: np.ndarray) -> np.ndarray:
    """Points of QPSK or BPSK on the axes."""
    return (1j ** (turns % 4)).astype(np.complex64)


def lrpt(rng: Rng, seconds: float) -> Signal:
    """Meteor-M: QPSK or offset QPSK of 72 or 80 kBd, root-raised cosine 0.6.

    Frames of 1024 bytes with a sync word, randomised (CCSDS) and convolutionally coded.
    """
    offset = rng.random() < 0.5
    baud = float(choice(rng, (72e3, 80e3))) if offset else 72e3
    rate = smooth_rate(rng.uniform(1.9, 3.2) * 1.6 * baud)
    count = int(seconds * baud) + 64
    frames = [
        np.concatenate([number_bits(0x1ACFFC1D, 32), bits(rng, 8160) ^ ccsds_randomizer(8160)])
        for _ in range(count // 8192 + 2)
    ]
    coded = convolve(np.concatenate(frames))[2 * int(rng.integers(8192)) :][: 2 * count]
    symbols = ((2.0 * coded[::2] - 1) + 1j * (2.0 * coded[1::2] - 1)).astype(np.complex64)
    if offset:
        wave = offset_qpsk(symbols, baud, rate, 0.6)
    else:
        wave = shape(symbols, baud, rate, cosine(0.6), _REACH)
    signal = continuous(saturate(wave, rng.uniform(-3, 10)), seconds, rate)
    return follow_pass(rng, signal, choice(rng, (137.1e6, 137.9e6)))


def orbcomm(rng: Rng, seconds: float) -> Signal:
    """ORBCOMM's subscriber downlink: symmetric DPSK of 4800 Bd, root-raised cosine 0.4.

    Minor frames of a second: a packet with the sync word 65A8F9, then 49 packets of 12 bytes, of
    which many repeat or are fill. The lowest bit of a byte is sent first.
    """
    rate, baud = smooth_rate(rng.uniform(1.9, 4) * 6700), 4800.0
    count = int(seconds * baud) + 64
    fill, load = payload(rng, 12), rng.random()
    packets = []
    for number in range(int(rng.integers(50)), count // 96 + 52):
        if number % 50 == 0:
            packets.append(np.concatenate([number_bits(0xA6159F, 24), bits(rng, 72)]))
        else:
            packets.append(bits(rng, 96) if rng.random() < load else fill)
    data = np.concatenate(packets)[int(rng.integers(96)) :][:count]
    symbols = quarter_turns(np.cumsum(2 * data - 1))
    signal = continuous(shape(symbols, baud, rate, cosine(0.4), _REACH), seconds, rate)
    return follow_pass(rng, signal, 137.5e6)


def inmarsat(rng: Rng, seconds: float) -> Signal:
    """Inmarsat-C and Aero channels, continuous, or bursts from terminals.

    C: BPSK of 1200 Bd in frames of 64 rows of 162 symbols, each after two of the unique word.
    Aero: differential BPSK of 600 or 1200 Bd whose axis turns each symbol (0.4), continuous in
    frames of 1200 bits behind the unique word; and offset QPSK of 8400 (0.6) and 10500 Bd (1.0).
    """
    kind = choice(rng, ("c", "c", 600, 1200, 8400, 10500))
    baud = 1200.0 if kind == "c" else float(kind)
    rolloff = {600: 0.4, 1200: 0.4, 8400: 0.6, 10500: 1.0}.get(kind, rng.uniform(0.4, 1.0))
    rate = smooth_rate(rng.uniform(2, 4) * (1 + rolloff) * baud)
    burst = kind != "c" and kind != 8400 and rng.random() < 0.3

    def modulate(data: np.ndarray) -> np.ndarray:
        if baud > 2000:
            pairs = data[: len(data) // 2 * 2].reshape(-1, 2)
            points = (2.0 * pairs[:, 0] - 1) + 1j * (2.0 * pairs[:, 1] - 1)
            return offset_qpsk(points.astype(np.complex64), baud, rate, rolloff)
        turns = 2 * data if kind == "c" else 2 * np.cumsum(data) + np.arange(len(data))
        return shape(quarter_turns(turns), baud, rate, cosine(rolloff), _REACH)

    per_symbol = 2 if baud > 2000 else 1
    if burst:
        signal = _terminal(rng, seconds, rate, baud * per_symbol, modulate)
    else:
        data = bits(rng, per_symbol * (int(seconds * baud) + 64))
        if kind == "c":
            data = _rows(rng, len(data))
        elif per_symbol == 1:
            data = _frames(rng, len(data))
        signal = continuous(modulate(data), seconds, rate)
    drift = wander(rng, seconds, rate, log_uniform(rng, 1, 60))
    return detune(signal, rng.normal(0, 0.02) * baud + drift)


def _rows(rng: Rng, count: int) -> np.ndarray:
    rows = bits(rng, (count // 162 + 2) * 162).reshape(-1, 162)
    unique = np.random.default_rng(7).integers(0, 2, 64)
    rows[:, :2] = unique[(np.arange(len(rows)) + int(rng.integers(64))) % 64, None]
    return rows.ravel()[int(rng.integers(162)) :][:count]


def _frames(rng: Rng, count: int) -> np.ndarray:
    frames = bits(rng, (count // 1200 + 2) * 1200).reshape(-1, 1200)
    frames[:, :32] = number_bits(_UNIQUE, 32)
    return frames.ravel()[int(rng.integers(1200)) :][:count]


def _terminal(rng: Rng, seconds: float, rate: float, bit_rate: float, modulate) -> Signal:
    """Bursts from aircraft: alternating bits, a unique word, coded data; each at its level."""
    unique, gap = number_bits(_UNIQUE, 32), log_uniform(rng, 0.2, 8)
    lead = int(rng.uniform(0.05, 0.15) * bit_rate)

    def burst():
        length = int(log_uniform(rng, 0.2, 3.0) * bit_rate)
        data = np.concatenate([np.arange(lead) % 2, unique, bits(rng, length)])
        tone = np.zeros(int(0.02 * rng.integers(4) * bit_rate), np.int64)
        wave = modulate(np.concatenate([tone, data]))
        offset = carrier(rng.normal(0, 0.02) * bit_rate / rate, len(wave))
        return wave * offset * 10 ** (rng.normal(0, 2) / 20)

    return transmit(rng, seconds, rate, burst, lambda: rng.exponential(gap), 2 / bit_rate)


@dataclass(frozen=True)
class Bpsk:
    """A small satellite's modulation."""

    baud: float
    kind: str
    """Pulses: cosine, square, manchester; or residual, phase modulation of a carrier."""
    rolloff: float
    bt: float
    index: float
    """Peak phase of a modulated carrier, in radians."""
    subcarrier: int
    """Frequency of a keyed subcarrier in halves of the symbol rate; 0: none."""
    differential: bool
    framing: str
    header: np.ndarray
    limit_db: float
    """Where the amplifier limits, over the mean power."""

    @classmethod
    def draw(cls, rng: Rng) -> Bpsk:
        return cls(
            float(choice(rng, (400, 1200, 1200, 1200, 2400, 4800, 9600, 9600, 9600, 19200, 50e3))),
            choice(rng, ("cosine", "cosine", "cosine", "square", "manchester", "residual")),
            rng.uniform(0.3, 1.0),
            log_uniform(rng, 0.4, 1.2),
            rng.uniform(0.7, 1.3),
            choice(rng, (0, 0, 2, 3)),
            rng.random() < 0.5,
            choice(rng, ("coded", "coded", "coded", "scrambled", "scrambled", "ax25", "plain")),
            callsign_header(rng),
            rng.uniform(-3, 10),
        )

    @property
    def width_hz(self) -> float:
        widths = {"cosine": 2.0, "square": 4.0, "manchester": 7.0, "residual": 11.0}
        return widths[self.kind] * self.baud

    def wave(self, rng: Rng, seconds: float, rate: float) -> np.ndarray:
        data = _telemetry(rng, int(seconds * self.baud) + 32, self.header, self.framing)
        levels = 2.0 * (np.cumsum(data) % 2 if self.differential else data) - 1
        if self.kind == "cosine":
            wave = shape(levels + 0j, self.baud, rate, cosine(self.rolloff), _REACH)
            return saturate(wave, self.limit_db)
        if self.kind == "square":
            return shape(levels + 0j, self.baud, rate, square(self.bt), 2)
        if self.kind == "manchester":
            return shape(split_phase(levels) + 0j, 2 * self.baud, rate, square(self.bt), 2)
        return self._residual(levels, rate)

    def _residual(self, levels: np.ndarray, rate: float) -> np.ndarray:
        """Phase modulation by split-phase bits or by a keyed subcarrier."""
        if self.subcarrier:
            data = shape(levels, self.baud, rate, square(1.0), 2)
            turns = self.subcarrier * self.baud / 2 / rate * np.arange(len(data))
            data = data * np.sin(2 * np.pi * turns)
        else:
            data = shape(split_phase(levels), 2 * self.baud, rate, square(0.6), 2)
        return np.exp(1j * self.index * data).astype(np.complex64)


def sat_bpsk(rng: Rng, seconds: float) -> Signal:
    """A small satellite: BPSK of 400 to 50 kBd, often 1200 or 9600, continuous or in packets."""
    modem = Bpsk.draw(rng)
    rate = smooth_rate(max(1000.0, modem.width_hz * rng.uniform(1.6, 2.4)))
    if rng.random() < 0.6:
        wave = modem.wave(rng, seconds + 64 / modem.baud, rate)
        signal = continuous(wave, seconds, rate)
    else:
        length = max(log_uniform(rng, 0.06, 6), 300 / modem.baud)
        gap, ramp_s = log_uniform(rng, 0.1, 8), log_uniform(rng, 2e-4, 5e-3)

        def burst():
            return modem.wave(rng, length * rng.uniform(0.7, 1.4), rate)

        signal = transmit(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 2), ramp_s)
    orbit = choice(rng, (145.9e6, 436e6, 436e6)) * min(1.0, modem.baud / 1200)
    return follow_pass(rng, signal, orbit)


def _telemetry(rng: Rng, count: int, fixed: np.ndarray, framing: str) -> np.ndarray:
    """Frames of 32 to 256 bytes: coded, in AX.25 with flags between them, or plain."""
    parts, have = [], 0
    while have < count:
        size = int(rng.integers(32, 257))
        body = np.concatenate([fixed, payload(rng, size)])
        if framing == "coded":
            data = np.concatenate([number_bits(0x1ACFFC1D, 32), convolve(bits(rng, 8 * size))])
        elif framing == "plain":
            data = np.concatenate([number_bits(0x1ACFFC1D, 32), body])
        else:
            data = nrzi(hdlc(body, int(rng.integers(1, 20))))
        parts.append(g3ruh(data) if framing == "scrambled" else data)
        have += len(data)
    return np.concatenate(parts)[:count]


SERVICES = {
    "lrpt": lrpt,
    "orbcomm": orbcomm,
    "inmarsat": inmarsat,
    "sat_bpsk": sat_bpsk,
}

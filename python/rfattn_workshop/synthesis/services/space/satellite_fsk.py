# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the FSK telemetry of small satellites: packets or continuous frames, with Doppler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
)
from ..parts.framing import (
    callsign_header,
    ccsds_randomizer,
    convolve,
    g3ruh,
    hdlc,
    nrzi,
    payload,
    pn9,
)
from ..parts.packets import number_bits
from ..parts.shaping import continuous, follow_pass, smooth_rate, transmit

_BAUDS = (
    500,
    625,
    1200,
    1200,
    1250,
    2400,
    2400,
    4800,
    4800,
    4800,
    9600,
    9600,
    9600,
    9600,
    19200,
    40e3,
)


@dataclass(frozen=True)
class Modem:
    """A transmitter's modulation."""

    baud: float
    index: float
    """Shift between the tones over the symbol rate; 0.5 is minimum-shift keying."""
    bt: float | None
    tones: bool
    """FM of a voice radio by audio tones around 3.6 kHz instead of FSK."""

    @classmethod
    def draw(cls, rng: Rng) -> Modem:
        if rng.random() < 0.2:  # as the AX100 radio sends, which many of them carry
            return cls(float(choice(rng, (4800, 9600))), 0.5 * rng.uniform(0.97, 1.03), 0.5, False)
        baud = float(choice(rng, _BAUDS))
        # Slow signals of wide radios: deviations of 1 to 5 kHz at 500 to 2400 Bd.
        wide = baud < 3000 and rng.random() < 0.3
        index = 2 * rng.uniform(1e3, 4e3) / baud if wide else choice(rng, (0.5, 0.5, 0.66, 1.0))
        index *= rng.uniform(0.9, 1.15)
        bt = choice(rng, (None, 0.3, 0.5, 0.5, 0.5, 1.0))
        tones = baud in (2400, 4800) and rng.random() < 0.15
        return cls(baud, index, bt, tones)

    @property
    def width_hz(self) -> float:
        return 15e3 if self.tones else self.baud * (1.3 + self.index)

    def wave(self, data: np.ndarray, rate: float) -> np.ndarray:
        levels = 2.0 * data - 1
        if not self.tones:
            deviation = self.index * self.baud / 2 / rate
            return gaussian_fsk(levels, rate / self.baud, deviation, self.bt)
        audio = gaussian_fsk(levels, rate / self.baud, self.baud / 4 / rate, self.bt)
        audio = (audio * carrier(0.75 * self.baud / rate, len(audio))).real
        return carrier(3e3 / rate * audio)


def sat_fsk(rng: Rng, seconds: float) -> Signal:
    """A small satellite: FSK, GFSK or GMSK of 500 Bd to 40 kBd, in packets or continuous.

    Framing: AX.25 with or without the G3RUH scrambler, AX100 or radio chips with preamble and
    whitening, CCSDS frames, with or without convolutional code.
    """
    modem = Modem.draw(rng)
    rate = smooth_rate(max(2e3, modem.width_hz * rng.uniform(2, 4)))
    frame = choice(rng, (_ax25, _ax25, _plain_ax25, _ax100, _ax100, _chip, _ccsds, _ccsds))(rng)
    orbit = choice(rng, (145.9e6, 401.5e6, 436.5e6, 436.5e6)) * min(1.0, modem.baud / 1200)
    if rng.random() < 0.25:
        count, parts = int(seconds * modem.baud) + 32, []
        while sum(map(len, parts)) < count:
            parts.append(frame())
        signal = continuous(modem.wave(np.concatenate(parts), rate), seconds, rate)
        return follow_pass(rng, signal, orbit)
    lead_s, tail_s = rng.exponential(0.01, 2) * (rng.random(2) < 0.4)
    several, gap = rng.random() < 0.3, log_uniform(rng, 0.05, 10)
    settling = rng.normal(0, 0.15) * modem.baud * (rng.random() < 0.3)

    def burst():
        data = np.concatenate([frame() for _ in range(int(rng.geometric(0.4)) if several else 1)])
        wave = modem.wave(data[: int(10 * modem.baud)], rate)
        lead, tail = np.ones(int(lead_s * rate)), np.ones(int(tail_s * rate))
        wave = np.concatenate([lead, wave, wave[-1] * tail])
        # The oscillator settles within some 10 ms after the transmitter is keyed.
        hz = settling * np.exp(-np.arange(len(wave)) / (0.01 * rate))
        return wave * carrier(hz / rate)

    ramp_s = log_uniform(rng, 1e-4, 4e-3)
    signal = transmit(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 1.6), ramp_s)
    return follow_pass(rng, signal, orbit)


Frame = Callable[[], np.ndarray]


def _ax25(rng: Rng) -> Frame:
    """AX.25, NRZI and G3RUH, after some hundred ms of flags."""
    plain = _plain_ax25(rng)
    return lambda: g3ruh(plain())


def _plain_ax25(rng: Rng) -> Frame:
    header, flags = callsign_header(rng), int(log_uniform(rng, 8, 200))
    length = int(log_uniform(rng, 20, 250))

    def frame():
        data = np.concatenate([header, payload(rng, int(length * rng.uniform(0.7, 1.3)))])
        return nrzi(hdlc(data, flags))

    return frame


def _ax100(rng: Rng) -> Frame:
    """Preamble, sync 930B51DE, length in a Golay code, randomised Reed-Solomon block."""
    preamble, length = int(log_uniform(rng, 16, 400)), int(rng.integers(50, 256))

    def frame():
        data = payload(rng, length) ^ ccsds_randomizer(8 * length)
        sync = [number_bits(0x930B51DE, 32), bits(rng, 24)]
        return np.concatenate([np.arange(preamble) % 2, *sync, data, bits(rng, 256)])

    return frame


def _chip(rng: Rng) -> Frame:
    """A radio chip's packet: preamble, two sync words, data whitened or not."""
    preamble, white = 8 * int(log_uniform(rng, 2, 50)), rng.random() < 0.7
    sync, length = (
        number_bits(choice(rng, (0xD391D391, 0x2DD42DD4, 0x7E7E5A5A)), 32),
        rng.integers(16, 250),
    )

    def frame():
        data = payload(rng, int(length))
        data = data ^ pn9(len(data)) if white else data
        return np.concatenate([np.arange(preamble) % 2, sync, data])

    return frame


def _ccsds(rng: Rng) -> Frame:
    """Attached sync marker and a randomised frame, plain or with the code of rate 1/2."""
    length, coded = int(choice(rng, (126, 223, 255, 446))), rng.random() < 0.4
    preamble = int(choice(rng, (0, 0, 64, 512)))

    def frame():
        data = np.concatenate([payload(rng, length), bits(rng, 256)])
        data = np.concatenate([number_bits(0x1ACFFC1D, 32), data ^ ccsds_randomizer(len(data))])
        return np.concatenate([np.arange(preamble) % 2, convolve(data) if coded else data])

    return frame


SERVICES = {"sat_fsk": sat_fsk}

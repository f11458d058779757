# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes AIS (ITU-R M.1371): ships of classes A and B and base stations in slots of 26.67 ms."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
)
from ..parts.air import Air, crystal_hz, first_start, level, octet_bits, smooth_rate
from ..parts.packets import crc16, number_bits, stuff

BAUD = 9600.0
SLOT_S = 256 / BAUD
FLAG = octet_bits([0x7E])
POSITION, STATIC, BASE, CLASS_B, BINARY = 168, 424, 168, 168, 360
"""Bits of messages 1 to 3, 5, 4, 18 and some others."""


def ais(rng: Rng, seconds: float) -> Signal:
    """One of the two channels, with 1 to 40 ships at other levels and a load of 1 to 60 %.

    A ship sends in slots that it reserved; class B listens first and may begin within a slot.
    """
    rate = smooth_rate(rng.uniform(2.2, 4.0) * 16e3)
    air = Air(seconds, rate)
    spread = rng.uniform(0, 25)
    ships = [_Ship(rng, rate, spread if i else 0.0) for i in range(int(log_uniform(rng, 1, 40)))]
    load = log_uniform(rng, 0.01, 0.6)
    phase = rng.uniform(0, SLOT_S)
    wave = ships[0].message(rng)
    slot = round((first_start(rng, seconds, len(wave) / rate) - phase) / SLOT_S)
    while True:
        slots, ship = int(np.ceil(len(wave) / rate / SLOT_S)), choice(rng, ships)
        air.add(phase + slot * SLOT_S + ship.delay_s, wave)
        slot += slots + int(rng.geometric(load)) - 1
        if phase + slot * SLOT_S > seconds:
            break
        wave = ship.message(rng)
    return air.signal() if air.signal().spans else ais(rng, seconds)


class _Ship:
    """A transponder: identity, level, frequency error, filter and ramps."""

    def __init__(self, rng: Rng, rate: float, range_db: float):
        self._rate = rate
        self._level = level(rng, range_db)
        self._offset = crystal_hz(rng, 162e6, 5, 900.0)
        self._bt = rng.uniform(0.35, 0.5)
        self._deviation = 2400 * rng.uniform(0.95, 1.05)
        self._ramp = rng.uniform(1.5e-4, 9e-4)
        self._identity = bits(rng, 30)
        self._kinds = choice(
            rng, ((POSITION,), (POSITION, POSITION, STATIC), (CLASS_B,), (BASE,), (BINARY,))
        )
        self.delay_s = rng.normal(0, 5e-5) + (rng.uniform(0, 2e-3) if rng.random() < 0.15 else 0)

    def message(self, rng: Rng) -> np.ndarray:
        """Training, flag, stuffed data with checksum, flag; ones keep the level (NRZI)."""
        count = int(choice(rng, self._kinds))
        head = np.concatenate([number_bits(int(rng.integers(1, 28)), 6), [0, 0], self._identity])
        data = np.concatenate([head, bits(rng, count - len(head))])
        # Octets go out with their lowest bit first, the inverted checksum with its highest.
        data = data.reshape(-1, 8)[:, ::-1].ravel()
        body = stuff(np.concatenate([data, 1 - crc16(data)]))
        training = np.arange(24) % 2
        # The ramp takes 8 bits before the training; a few bits of the end are still on the air.
        out = np.concatenate([[0] * 6, training, FLAG, body, FLAG, [0]])
        levels = np.cumsum(1 - out) % 2
        wave = gaussian_fsk(
            2.0 * levels - 1, self._rate / BAUD, self._deviation / self._rate, self._bt
        )
        wave = wave * ramps(len(wave), self._ramp * self._rate)
        return self._level * wave * carrier(self._offset / self._rate, len(wave), rng.random())


SERVICES = {"ais": ais}

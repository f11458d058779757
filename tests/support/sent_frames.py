# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals whose frames are known: what the services of `synthesis` send, noted while they do.

Each function returns the signal, and the bits with the checksum of the frames in it that can be
read, as hexadecimal digits, first bit first.
"""

import numpy as np
from gnuradio.rfattn_workshop.synthesis.services.analogue_radio import afsk_packets
from gnuradio.rfattn_workshop.synthesis.services.craft import ships, transponders
from gnuradio.rfattn_workshop.synthesis.services.short_range import short_range_fsk

_SQUITTERS = (11, 17, 18)


def hexadecimal(bits):
    return np.packbits(np.asarray(bits, np.uint8)).tobytes().hex()


def ais(monkeypatch, seed=1, seconds=4.0):
    sent, checksum = [], ships.crc16

    def note(data):
        sent.append(hexadecimal([*data, *(1 - checksum(data))]))
        return checksum(data)

    monkeypatch.setattr(ships, "crc16", note)
    return ships.ais(np.random.default_rng(seed), seconds), sent


def afsk1200(monkeypatch, seed=3, seconds=6.0):
    sent, make = [], afsk_packets._ax25_frame

    def note(rng):
        frame = make(rng)
        sent.append(hexadecimal(afsk_packets.to_bits(frame)))
        return frame

    monkeypatch.setattr(afsk_packets, "_ax25_frame", note)
    return afsk_packets.afsk1200(np.random.default_rng(seed), seconds), sent


def mode_s(monkeypatch, seed=1, seconds=0.2):
    sent, parity = [], transponders.parity

    def note(data):
        if int("".join(map(str, data[:5])), 2) in _SQUITTERS:
            sent.append(hexadecimal([*data, *parity(data)]))
        return parity(data)

    monkeypatch.setattr(transponders, "parity", note)
    return transponders.mode_s(np.random.default_rng(seed), seconds), sent


class _Noted:
    """An `FskTransmitter` whose symbols are noted, as bits from the home id on."""

    def __init__(self, transmitter, kind, sent):
        self._transmitter, self._kind, self._sent = transmitter, kind, sent

    def burst(self, symbols):
        bits = (symbols > 0).astype(np.uint8)[:: 2 if self._kind == "9.6k" else 1]
        start = "".join(map(str, bits)).index("11110000") + 8
        self._sent.append(hexadecimal(bits[start:]))
        return self._transmitter.burst(symbols)


def zwave(monkeypatch, seed=0, seconds=2.0):
    sent, make = [], short_range_fsk.zwave_frame

    def note(rng, transmitter, kind, *content):
        return make(rng, _Noted(transmitter, kind, sent), kind, *content)

    monkeypatch.setattr(short_range_fsk, "zwave_frame", note)
    return short_range_fsk.zwave(np.random.default_rng(seed), seconds), sent

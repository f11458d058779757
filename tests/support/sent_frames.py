# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals whose frames are known: what the services of `synthesis` send, noted while they do.

Each function returns the signal, and the bits with the checksum of the frames in it that can be
read, as hexadecimal digits, first bit first.
"""

import numpy as np
from gnuradio.rfattn_workshop.synthesis.services import BY_FORMAT
from gnuradio.rfattn_workshop.synthesis.services.analogue_radio import afsk_packets
from gnuradio.rfattn_workshop.synthesis.services.craft import ships, transponders
from gnuradio.rfattn_workshop.synthesis.services.rows.bit_parts import BitParts

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


def zwave(monkeypatch, seed=3, seconds=2.0):
    sent, checked = [], BitParts._checked

    def note(parts, data):
        sent.append(hexadecimal(checked(parts, data)))
        return checked(parts, data)

    monkeypatch.setattr(BitParts, "_checked", note)
    return BY_FORMAT["Z-Wave"](np.random.default_rng(seed), seconds), sent

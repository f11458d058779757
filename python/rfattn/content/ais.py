# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of AIS (ITU-R M.1371-5, annex 8): who, where, how fast. `pyais` shows the rest."""

from __future__ import annotations

from .bit_fields import BitFields, reversed_octets
from .libraries import library, plain
from .places import place_text

_ALPHABET = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"
_CHECKSUM_OCTETS = 2
_PER_DEGREE = 600_000  # ten-thousandths of a minute
_PLACES = {
    **dict.fromkeys((1, 2, 3, 9), (61, 89)),
    **dict.fromkeys((4, 11), (79, 107)),
    **dict.fromkeys((18, 19), (57, 85)),
    21: (164, 192),
}
"""First bits of longitude (28 bits) and latitude (27 bits) by type of message."""
_SPEEDS = {**dict.fromkeys((1, 2, 3), 50), **dict.fromkeys((18, 19), 46)}
"""First of ten bits, tenths of a knot."""
_NAMES = {5: (112, 20), 19: (143, 20), 21: (43, 20)}
"""First bit and characters of the name."""
_UNKNOWN_SPEED = 1023
_MAY_LACK = {"lat", "lon", "x", "y"}


def read(octets: bytes) -> tuple[str, dict]:
    """The line of text and the fields of a frame with its checksum."""
    data = reversed_octets(octets)[:-_CHECKSUM_OCTETS]
    bits = BitFields(data)
    kind, mmsi = bits.unsigned(0, 6), bits.unsigned(8, 30)
    fields = {"type": kind, "mmsi": mmsi, **_place(bits, kind)}
    name = _name(bits, kind)
    if name:
        fields["name"] = name
    if kind in _SPEEDS:
        speed = bits.unsigned(_SPEEDS[kind], 10)
        if speed != _UNKNOWN_SPEED:
            fields["speed_kn"] = speed / 10
    text = [f"type {kind}", f"MMSI {mmsi:09d}", *([name] if name else [])]
    if "latitude" in fields:
        text.append(place_text(fields["latitude"], fields["longitude"]))
    if "speed_kn" in fields:
        text.append(f"{fields['speed_kn']:.1f} kn")
    return ", ".join(text), fields | _more(data, fields)


def _place(bits: BitFields, kind: int) -> dict:
    if kind not in _PLACES:
        return {}
    at_longitude, at_latitude = _PLACES[kind]
    longitude = bits.signed(at_longitude, 28) / _PER_DEGREE
    latitude = bits.signed(at_latitude, 27) / _PER_DEGREE
    if abs(longitude) > 180 or abs(latitude) > 90:  # 181 and 91 stand for unknown
        return {}
    return {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}


def _name(bits: BitFields, kind: int) -> str:
    is_part_a = kind == 24 and bits.unsigned(38, 2) == 0
    if kind not in _NAMES and not is_part_a:
        return ""
    return bits.text(*(_NAMES.get(kind, (40, 20))), _ALPHABET).partition("@")[0].strip()


def _more(data: bytes, known: dict) -> dict:
    """What `pyais` reads, under its names, where nothing here has the same."""
    pyais = library("pyais")
    if pyais is None:
        return {}
    try:
        found = plain(pyais.decode(_sentence(data)).asdict())
    except Exception:  # it raises errors of many kinds for content of no standard
        return {}
    same = {"msg_type", "shipname", "speed"} | _MAY_LACK
    return {name: value for name, value in found.items() if name not in known.keys() | same}


def _sentence(data: bytes) -> str:
    """The sentence of NMEA 0183 with which receivers pass a frame on."""
    padding = -8 * len(data) % 6
    bits = BitFields(data)
    codes = [bits.unsigned(6 * k, 6) for k in range((8 * len(data) + padding) // 6)]
    payload = "".join(chr(code + (48 if code < 40 else 56)) for code in codes)
    body = f"AIVDM,1,1,,A,{payload},{padding}"
    checksum = 0
    for character in body:
        checksum ^= ord(character)
    return f"!{body}*{checksum:02X}"

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Squitters of Mode S (ICAO Annex 10, volume IV, and Doc 9871): who, what, callsign and altitude.

`pyModeS` shows the rest. A position takes two squitters of an aircraft, and is not read.
"""

from __future__ import annotations

from .bit_fields import BitFields
from .libraries import library, plain

_ALPHABET = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
_KINDS = (
    (range(1, 5), "identification"),
    (range(5, 9), "surface position"),
    (range(9, 19), "airborne position"),
    (range(19, 20), "velocity"),
    (range(20, 23), "airborne position"),
    (range(28, 29), "status"),
    (range(29, 30), "target state"),
    (range(31, 32), "operational status"),
)
"""Type codes of extended squitters."""
_BAROMETRIC = range(9, 19)
_ALL_CALL = 11
_LEAST_FT, _STEP_FT = -1000, 25


def read(octets: bytes) -> tuple[str, dict]:
    """The line of text and the fields of a frame of format 11, 17 or 18."""
    bits = BitFields(octets)
    downlink, address = bits.unsigned(0, 5), f"{bits.unsigned(8, 24):06X}"
    fields = {"address": address, "downlink_format": downlink}
    if downlink == _ALL_CALL:
        return f"{address} all-call reply", fields | {"kind": "all-call reply"}
    code = bits.unsigned(32, 5)
    kind = next((name for codes, name in _KINDS if code in codes), f"type code {code}")
    fields |= {"kind": kind, "type_code": code}
    text = f"{address} {kind}"
    if kind == "identification":
        fields["callsign"] = bits.text(40, 8, _ALPHABET).replace("#", "").strip()
        text += f" {fields['callsign']}"
    if code in _BAROMETRIC and (altitude := _altitude(bits.unsigned(40, 12))) is not None:
        fields["altitude_ft"] = altitude
        text += f", {altitude} ft"
    return text, fields | _more(octets, fields)


def _altitude(code: int) -> int | None:
    """Steps of 25 ft; None where it is not known, or has the older code in steps of 100 ft."""
    has_steps = code >> 4 & 1
    steps = code >> 5 << 4 | code & 0xF
    return steps * _STEP_FT + _LEAST_FT if has_steps else None


def _more(octets: bytes, known: dict) -> dict:
    """What `pyModeS` reads, under its names, where nothing here has the same."""
    modes = library("pyModeS")
    if modes is None:
        return {}
    try:
        found = plain(dict(modes.decode(octets.hex().upper())))
    except Exception:  # it raises errors of many kinds for content of no standard
        return {}
    same = {"df", "icao", "crc_valid", "typecode", "altitude"}
    return {name: value for name, value in found.items() if name not in known.keys() | same}

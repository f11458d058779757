# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of AX.25 (version 2.2), which packet radio, APRS and many satellites send."""

from __future__ import annotations

from .bit_fields import reversed_octets

_CHECKSUM_OCTETS = 2
_ADDRESS_OCTETS = 7
_LEAST, _MOST = 2, 10  # addresses: destination, source, digipeaters
_UNNUMBERED_INFORMATION, _POLL = 0x03, 0x10
_NO_LAYER_3 = 0xF0


def read(octets: bytes) -> tuple[str, dict]:
    """The line of text and the fields of a frame with its checksum. HDLC also carries what is no
    AX.25, of which only the length is shown."""
    data = reversed_octets(octets)[:-_CHECKSUM_OCTETS]
    addresses = _addresses(data)
    if addresses is None:
        return f"{len(data)} octets", {"octets": len(data)}
    destination, source, *path = addresses
    fields = {"source": source, "destination": destination}
    if path:
        fields["path"] = ",".join(path)
    head = f"{source}>{','.join((destination, *path))}"
    rest = data[_ADDRESS_OCTETS * len(addresses) :]
    is_text = rest[:1] and rest[0] & ~_POLL == _UNNUMBERED_INFORMATION
    information = rest[2:] if is_text else b""
    fields["octets"] = len(information)
    if not is_text:
        return f"{head} control {rest[:1].hex()}", fields
    if rest[1:2] == bytes([_NO_LAYER_3]) and _is_readable(information):
        fields["text"] = information.decode("utf-8", "replace").strip()
        return f"{head}: {fields['text']}", fields
    return f"{head}: {len(information)} octets", fields


def _addresses(data: bytes) -> list[str] | None:
    """Destination, source and path; None where the octets are no addresses."""
    found = []
    for first in range(0, _ADDRESS_OCTETS * _MOST, _ADDRESS_OCTETS):
        octets = data[first : first + _ADDRESS_OCTETS]
        name = bytes(octet >> 1 for octet in octets[:-1]).decode("ascii", "replace").rstrip()
        is_name = name.isascii() and name.isalnum() and name.upper() == name
        if len(octets) < _ADDRESS_OCTETS or any(octet & 1 for octet in octets[:-1]) or not is_name:
            return None
        number, was_repeated = octets[-1] >> 1 & 0xF, octets[-1] >> 7 and len(found) >= _LEAST
        found.append(name + (f"-{number}" if number else "") + ("*" if was_repeated else ""))
        if octets[-1] & 1:
            return found if len(found) >= _LEAST else None
    return None


def _is_readable(octets: bytes) -> bool:
    """Whether most of it is text, and not telemetry in binary numbers."""
    shown = sum(octet >= 0x20 and octet != 0x7F for octet in octets)
    return 10 * shown >= 9 * len(octets)

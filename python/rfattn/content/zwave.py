# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of Z-Wave (ITU-T G.9959, 8.1): which network and which nodes.

What the nodes tell each other is not shown; newer ones encrypt it.
"""

from __future__ import annotations

_KINDS = {1: "singlecast", 2: "multicast", 3: "acknowledgement", 8: "routed"}
_BROADCAST = 0xFF
_LEAST_OCTETS = 6
"""To the control field."""


def read(octets: bytes) -> tuple[str, dict]:
    """The line of text and the fields of a frame with its checksum; of one that is too short only
    its length."""
    if len(octets) < _LEAST_OCTETS:
        return f"{len(octets)} octets", {"octets": len(octets)}
    home, source, control = octets[:4].hex().upper(), octets[4], octets[5]
    kind = _KINDS.get(control & 0xF, f"type {control & 0xF}")
    destination = octets[8] if len(octets) > 9 else None
    fields = {"home": home, "source": source, "kind": kind, "octets": len(octets)}
    to = ""
    if destination is not None and control & 0xF != 2:  # of several there is a mask
        fields["destination"] = destination
        to = " to all" if destination == _BROADCAST else f" to {destination}"
    return f"home {home}, node {source}{to}, {kind}, {len(octets)} octets", fields

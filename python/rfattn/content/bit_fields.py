# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in a row of bits."""

from __future__ import annotations

_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def reversed_octets(octets: bytes) -> bytes:
    """The octets with the bits of each in the other order, as HDLC sends them."""
    return octets.translate(_REVERSED)


class BitFields:
    """Octets as a row of bits, the highest one of the first octet first.

    A field that lies behind the end has the value 0.
    """

    def __init__(self, octets: bytes):
        self.count = 8 * len(octets)
        self._value = int.from_bytes(octets)

    def unsigned(self, first: int, count: int) -> int:
        behind = self.count - first - count
        value = self._value >> behind if behind >= 0 else self._value << -behind
        return value & ((1 << count) - 1)

    def signed(self, first: int, count: int) -> int:
        value = self.unsigned(first, count)
        return value - (1 << count) if value >> (count - 1) else value

    def text(self, first: int, characters: int, alphabet: str) -> str:
        """Six bits a character."""
        codes = (self.unsigned(first + 6 * k, 6) for k in range(characters))
        return "".join(alphabet[code] for code in codes)

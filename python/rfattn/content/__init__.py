# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames state: the bits that `emission_extractor` read become fields and a line of text.

Each format has a file. A field is a number, a truth value or a text; what the standard calls
unknown is left out. `libraries` has the optional packages that show more.
"""

from __future__ import annotations

from ..messages.decoded import MOST_FIELDS, MOST_TEXT, Decoded
from ..messages.frame import Frame
from ..printable import printable, shortened
from . import ais, ax25, mode_s, zwave

READERS = {
    "AIS": ais.read,
    "AFSK HDLC": ax25.read,
    "HDLC FSK": ax25.read,
    "HDLC PSK": ax25.read,
    "Mode S": mode_s.read,
    "Z-Wave": zwave.read,
}
"""A function of the octets of a frame, with its checksum: the text and the fields."""
_MOST_FIELD_TEXT = 400


def read_frame(frame: Frame, most_text: int = MOST_TEXT) -> Decoded:
    """What a frame states, in a text of at most so many characters; of a format that is not read
    here, which only a hostile edge sends, its length."""
    octets = bytes.fromhex(frame.bits)
    text, fields = READERS.get(frame.format, _length)(octets)
    shown = {
        name: _cut(value, _MOST_FIELD_TEXT) if isinstance(value, str) else value
        for name, value in list(fields.items())[:MOST_FIELDS]
    }
    return Decoded(
        id=frame.id,
        source=frame.format,
        text=_cut(text, most_text),
        sample_start=frame.sample_start,
        is_right=True,
        bits=frame.bits,
        fields=shown,
    )


def _length(octets: bytes) -> tuple[str, dict]:
    return f"{len(octets)} octets", {"octets": len(octets)}


def _cut(text: str, most: int) -> str:
    """Text in one line, without control characters, of so many characters."""
    return shortened(printable(text), most)

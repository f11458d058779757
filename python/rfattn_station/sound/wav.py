# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a WAV file of sound as `emission_demodulator` sends it."""

from __future__ import annotations

import struct

from gnuradio.rfattn.messages.audio import AUDIO_RATE

ENDLESS = 0xFFFFFFFF - 64
"""Length in the head of a WAV whose end is not known."""


def wav_head(length: int = ENDLESS) -> bytes:
    """The head of a WAV of 16 bits, one channel, and so many bytes of samples."""
    form = struct.pack("<HHIIHH", 1, 1, AUDIO_RATE, 2 * AUDIO_RATE, 2, 16)
    riff = b"RIFF" + struct.pack("<I", length + 36) + b"WAVE"
    return (
        riff + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", length)
    )

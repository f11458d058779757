# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists the analogue services and those that analogue audio carries."""

from __future__ import annotations

from ..craft import navigation
from . import (
    afsk_packets,
    broadcast,
    carriers,
    morse,
    satellite_picture,
    television,
    tone_radio,
    voice_radio,
)

SERVICES = {
    **broadcast.SERVICES,
    **voice_radio.SERVICES,
    "cw": morse.cw,
    **carriers.SERVICES,
    **navigation.SERVICES,
    **satellite_picture.SERVICES,
    "afsk1200": afsk_packets.afsk1200,
    "acars": afsk_packets.acars,
}
OTHERS = {**carriers.OTHERS, **navigation.OTHERS, **television.OTHERS, **tone_radio.OTHERS}

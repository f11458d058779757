# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places on the earth as text."""


def place_text(latitude: float, longitude: float) -> str:
    """Degrees with four decimals, 11 m or less."""
    north, east = "NS"[latitude < 0], "EW"[longitude < 0]
    return f"{abs(latitude):.4f} {north} {abs(longitude):.4f} {east}"

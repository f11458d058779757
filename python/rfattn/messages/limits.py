# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of numbers in messages, as arguments of `entries.entry`, and of lists."""

from __future__ import annotations

SHARE = {"least": 0.0, "most": 1.0 + 1e-6}  # rounding may add a little to a probability
SECONDS = {"least": 0.0, "most": 1e11}  # 3000 years, which a calendar shows
TIME = {"least": -1e11, "most": 1e11}
DECIBELS = {"least": -1000.0, "most": 1000.0}
RATE = {"least": 1e-3, "most": 1e15}
HERTZ = {"least": -1e15, "most": 1e15}
MAX_CLASSES = 4096


def check_length(where: str, values, most: int) -> None:
    if values is not None and len(values) > most:
        raise ValueError(f"{where} must have at most {most} entries, got {len(values)}")

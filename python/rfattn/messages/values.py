# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of what a message may hold, whichever topic it has; no GNU Radio here.

They bound the memory and the time that a message from elsewhere takes, and the sums and the texts
that are made of it.
"""

from __future__ import annotations

import math

import numpy as np

MAX_DEPTH = 8
"""Dictionaries and lists within each other."""
MAX_ITEMS = 2**17
"""Of a list or a dictionary; a row of a waterfall has one a bin."""
MAX_TEXT = 4096
"""Characters."""
MAX_NUMBER = 1e18
"""Largest amount of a number with a fraction; whole numbers may have 64 bits."""


def check_values(value, where: str, depth: int = 0) -> None:
    """Checks the size, depth, numbers and texts of a message or of a part of it.

    Args:
        where: begins the text of an error, as ``stats: wait_seconds``.

    Raises:
        ValueError: naming the field, the rule and the value.
    """
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, np.ndarray):
        _check_items(value, where, depth)
        if value.dtype.kind not in "iufb":
            raise ValueError(f"{where} must hold numbers, got an array of {value.dtype}")
    elif isinstance(value, dict):
        _check_items(value, where, depth)
        for name, item in value.items():
            _check_text(name, f"{where}: a name")
            check_values(item, f"{where}: {name:.60}", depth + 1)
    elif isinstance(value, list | tuple):
        _check_items(value, where, depth)
        # A row of a waterfall has a thousand numbers. A sum that is too large may be of right ones.
        if set(map(type, value)) != {float} or not sum(map(abs, value)) <= MAX_NUMBER:
            for item in value:
                check_values(item, where, depth + 1)
    elif value is not None and not isinstance(value, bool):
        _check_number(value, where)


def _check_items(value, where: str, depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise ValueError(f"{where} must not be nested deeper than {MAX_DEPTH} levels")
    if len(value) > MAX_ITEMS:
        raise ValueError(f"{where} must have at most {MAX_ITEMS} entries, got {len(value)}")


def _check_text(value, where: str) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{where} must be text, got {value!r:.60}")
    if len(value) > MAX_TEXT:
        raise ValueError(f"{where} must have at most {MAX_TEXT} characters, got {len(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair of UTF-16
        raise ValueError(f"{where} must be text in Unicode, got {value!r:.60}") from None


def _check_number(value, where: str) -> None:
    if isinstance(value, int | np.integer):
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{where} must be a number of 64 bits, got {_digits(value)} digits")
    elif not isinstance(value, float | np.floating):
        raise ValueError(f"{where} must be a plain value, got {type(value).__name__}")
    elif not math.isfinite(value):
        raise ValueError(f"{where} must be a finite number, got {value!r}")
    elif abs(value) > MAX_NUMBER:
        raise ValueError(f"{where} must be at most {MAX_NUMBER:g}, got {value!r}")


def _digits(value: int) -> int:
    return math.ceil(abs(value).bit_length() * math.log10(2))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds rows of a report and divides their times."""

from __future__ import annotations

from collections.abc import Iterable

from .intervals import ratio_interval

Ratio = tuple[float, float | None, float | None]
"""A value and the ends of its 95 % interval."""


def find(rows: Iterable[dict], **wanted) -> dict | None:
    """The first row that was timed and has these values; None without one."""
    for row in rows:
        if "ns" in row and all(row.get(name) == value for name, value in wanted.items()):
            return row
    return None


def ratio(over: dict | None, under: dict | None) -> Ratio | None:
    """Step time of one row over that of another from the same rounds; None if one is missing."""
    if over is None or under is None:
        return None
    return ratio_interval(over["ns"], under["ns"])

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds rows of a report, and takes the clock by which two of them are compared."""

from __future__ import annotations

from collections.abc import Iterable

from ..attention import ATTENTIONS, stored_as
from .intervals import ratio_interval

SCHEMA = 2
"""The version of report.json; docs/benchmark.md lists what is in it."""
Ratio = tuple[float, float | None, float | None]
"""A value and the ends of its 95 % interval."""


def find(rows: Iterable[dict], **wanted) -> dict | None:
    """The first row that was timed and has these values; None without one."""
    for row in rows:
        if "ns" in row and all(row.get(name) == value for name, value in wanted.items()):
            return row
    return None


def operators_of(row: dict, rows: Iterable[dict]) -> dict | None:
    """The row of torch's operators alone that belongs to a row of a model."""
    attention = stored_as(row["attention"]) if row["attention"] in ATTENTIONS else row["attention"]
    same = {key: row[key] for key in ("mode", "window", "block_size", "batch")}
    return find(rows, kind="operators", attention=attention, **same)


def is_by_cpu(row: dict) -> bool:
    """Whether the CPU time of a row counts: one thread of the processor computes, so all that the
    clock adds is what other programs took."""
    return row["device"] == "cpu" and row["threads"] == 1


def step_times(row: dict) -> list[list[int]]:
    """Nanoseconds of each step, by round."""
    return row["cpu_ns" if is_by_cpu(row) else "ns"]


def ratio(over: dict | None, under: dict | None) -> Ratio | None:
    """Step time of one row over that of another from the same rounds; None if one is missing."""
    if over is None or under is None:
        return None
    return ratio_interval(step_times(over), step_times(under))

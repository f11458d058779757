# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the emissions of JSON Lines that `label` and `live` wrote, one at a time."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import BinaryIO

from ...checked import shown
from ...recordings.formats import STDIN

MOST_BYTES = 2**26
"""A line that is read is at most as long; an emission with a million bursts is shorter."""

_LATEST_S = 253_402_300_800
"""The year 10000 begins, which no date has."""


def _is_time(value) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value < _LATEST_S


_FIELDS = {
    "burst_count": ("a whole number", lambda v: type(v) is int),
    "flags": (
        "a list of texts",
        lambda v: isinstance(v, list) and all(isinstance(one, str) for one in v),
    ),
    "sideband_of": ("a whole number or null", lambda v: v is None or type(v) is int),
    "time_unix_s": ("seconds since 1970 or null", lambda v: v is None or _is_time(v)),
    **dict.fromkeys(
        ("label", "sync", "label_without_frames"),
        ("text or null", lambda v: v is None or isinstance(v, str)),
    ),
}
"""What is read of an emission: a rule, and whether a value keeps it."""


def read_emissions(
    name: str,
    note: Callable[[str], object],
    more: Mapping[str, tuple] | None = None,
    others: Mapping[str, Mapping[str, tuple]] | None = None,
) -> Iterator[dict]:
    """The emissions of a file, one by one.

    Args:
        note: called with a text where the last line is cut off, as while `live` writes it.
        more: what else is read of an emission: by name a rule, and whether a value keeps it.
        others: lines of other types that are wanted, too, and what is read of these.

    Raises:
        ValueError: in one line that names the file and the line.
    """
    kinds = {**(others or {}), "emission": {**_FIELDS, **(more or {})}}
    source = nullcontext(sys.stdin.buffer) if name == STDIN else open(name, "rb")
    with source as file:
        for number, line in enumerate(_lines(file, name), 1):
            where = f"{name}: line {number}"
            value = _parse(line)
            if value is None and not line.endswith(b"\n"):
                note(f"gr-rfattn: {where} is cut off, and left out")
                return
            if value is None or not isinstance(value.get("type"), str):
                raise ValueError(
                    f"{where} is no line that label or live writes with --json FILE.jsonl"
                )
            if (fields := kinds.get(value["type"])) is not None:
                yield _checked(value, where, fields)


def _lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    while line := file.readline(MOST_BYTES):
        if len(line) == MOST_BYTES:
            raise ValueError(f"{name}: a line must have less than {MOST_BYTES} bytes")
        yield line


def _parse(line: bytes) -> dict | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _checked(emission: dict, where: str, fields: Mapping[str, tuple]) -> dict:
    for name, (rule, holds) in fields.items():
        if name not in emission:
            raise ValueError(f"{where}: {name} is missing: an earlier gr-rfattn wrote it")
        if not holds(emission[name]):
            raise ValueError(f"{where}: {name} must be {rule}, got {shown(emission[name])}")
    return {name: emission[name] for name in fields}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that SigMF metadata must follow before anything of them is used.

They cover the fields that gr-rfattn reads. Other fields may hold anything that JSON can.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..checked import shown
from ..json_files import read_json
from . import sigmf_keys as keys

MAX_BYTES = 256 * 2**20
"""A file of metadata is at most as long, which is about a million annotations."""
LEAST_RATE, MOST_HZ = 1e-3, 1e12
_MOST_SAMPLES = 2**62


@dataclass(frozen=True)
class _Rule:
    """What a field must be, in words and as a function."""

    text: str
    holds: Callable[[object], bool]


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value) -> bool:
    whole = isinstance(value, int) or isinstance(value, float) and value.is_integer()
    return _is_number(value) and whole and 0 <= value <= _MOST_SAMPLES


_TEXT = _Rule("text", lambda value: isinstance(value, str))
_TRUTH = _Rule("true or false", lambda value: isinstance(value, bool))
_COUNT = _Rule("a whole number from 0 to 2^62", _is_count)
_HZ = _Rule("a number from -1e12 to 1e12", lambda v: _is_number(v) and abs(v) <= MOST_HZ)
_RATE = _Rule(
    "0 or null where it is not known, or from 0.001 to 1e12",
    lambda v: v is None or (_is_number(v) and (v == 0 or LEAST_RATE <= v <= MOST_HZ)),
)
_NAMES = _Rule(
    "a list of objects with a name",
    lambda v: (
        isinstance(v, list)
        and all(isinstance(e, dict) and isinstance(e.get("name"), str) for e in v)
    ),
)
_GLOBAL = {
    keys.DATATYPE: _TEXT,
    keys.SAMPLE_RATE: _RATE,
    keys.NUM_CHANNELS: _COUNT,
    keys.METADATA_ONLY: _TRUTH,
    keys.EXTENSIONS: _NAMES,
    "core:dataset": _TEXT,
    "core:trailing_bytes": _COUNT,
}
_CAPTURE = {
    keys.SAMPLE_START: _COUNT,
    keys.FREQUENCY: _HZ,
    keys.DATETIME: _TEXT,
    keys.HEADER_BYTES: _COUNT,
}
_ANNOTATION = {
    keys.SAMPLE_START: _COUNT,
    keys.SAMPLE_COUNT: _COUNT,
    keys.FREQ_LOWER_EDGE: _HZ,
    keys.FREQ_UPPER_EDGE: _HZ,
    keys.LABEL: _TEXT,
    keys.COMMENT: _TEXT,
    keys.GENERATOR: _TEXT,
}


def read_metadata(path: str | os.PathLike) -> dict:
    """The metadata in a file, checked.

    Raises:
        OSError: the file cannot be read.
        ValueError: in one line without the name of the file.
    """
    try:
        meta = read_json(path, MAX_BYTES)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    check_metadata(meta)
    return meta


def check_metadata(meta) -> None:
    """Refuses metadata that break a rule.

    Raises:
        ValueError: naming the field, the rule and the value.
    """
    if not isinstance(meta, dict) or not isinstance(meta.get(keys.GLOBAL), dict):
        raise ValueError("no global object in it")
    _check_object(keys.GLOBAL, meta[keys.GLOBAL], _GLOBAL, ())
    for part, rules in ((keys.CAPTURES, _CAPTURE), (keys.ANNOTATIONS, _ANNOTATION)):
        entries = meta.get(part, [])
        if not isinstance(entries, list):
            raise ValueError(f"{part} must be a list, got {shown(entries)}")
        for i, entry in enumerate(entries):
            _check_object(f"{part}[{i}]", entry, rules, (keys.SAMPLE_START,))


def _check_object(name: str, entry, rules: dict[str, _Rule], needed: Iterable[str]) -> None:
    if not isinstance(entry, dict):
        raise ValueError(f"{name} must be an object, got {shown(entry)}")
    for field in needed:
        if field not in entry:
            raise ValueError(f"{name}: {field} is missing")
    for field, rule in rules.items():
        if field in entry and not rule.holds(entry[field]):
            raise ValueError(f"{name}: {field} must be {rule.text}, got {shown(entry[field])}")

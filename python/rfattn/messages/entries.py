# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of messages as fields of dataclasses: what they mean, and checks by their types."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, asdict, field, fields, is_dataclass
from functools import cache
from typing import NewType, get_args, get_origin, get_type_hints

import numpy as np

Text = NewType("Text", str)
"""Text that comes from the air. At a port it is a u8vector of UTF-8, since symbols of GNU Radio are
never freed."""
Octets = NewType("Octets", str)
"""Octets as hexadecimal digits; at a port a u8vector."""
Fields = NewType("Fields", dict)
"""Numbers, truth values and `Text` by name."""


def entry(
    text: str,
    metric: str = "",
    counts: bool = False,
    default=MISSING,
    least: float | None = None,
    most: float | None = None,
    views: str = "",
    digits: int | None = None,
    note: int | None = None,
):
    """A field of a message.

    Args:
        text: what the field means.
        metric: name for Prometheus, without ``_total``; "" for none.
        counts: the value only grows during a run, so Prometheus calls it a counter.
        default: None where the field may be absent.
        least, most: limits of the number, or of each number in a list or a dictionary;
            both or none.
        views: what shows the field by itself, words of `messages.emission`.
        digits: decimals in text that programs read; None: as the unit in its name has them.
        note: decimals in annotations; None: all.
    """
    metadata = {"text": text, "metric": metric, "counts": counts, "limits": (least, most)}
    metadata |= {"views": views.split(), "digits": digits, "note": note}
    return field(default=default, metadata=metadata)


def read_as(kind: type, message: dict, where: str):
    """The dictionary ``message`` as an object of ``kind``; unknown names in it are ignored.

    Args:
        where: begins the text of an error.

    Raises:
        ValueError: naming the field and its rule, when a field is missing or wrong.
    """
    if not isinstance(message, dict):
        raise ValueError(f"{where}: must be a dictionary, got {message!r:.60}")
    values = {}
    for name, read, is_required in _fields(kind):
        value = message.get(name)
        if value is not None:
            values[name] = read(value, where)
        elif is_required:
            raise ValueError(f"{where}: {name} is missing")
    return kind(**values)


def to_dict(message) -> dict:
    """The fields of a message in plain values, without those that are None."""
    return {name: value for name, value in asdict(message).items() if value is not None}


@cache
def _fields(kind: type) -> list[tuple[str, Callable, bool]]:
    """Name of each field, what reads it, and whether it must be there."""
    types = get_type_hints(kind)
    return [
        (
            f.name,
            _reader(f.name, without_none(types[f.name]), f.metadata["limits"]),
            f.default is MISSING,
        )
        for f in fields(kind)
    ]


def without_none(annotation) -> type:
    """``annotation`` without ``| None``."""
    given = [option for option in get_args(annotation) if option is not type(None)]
    is_optional = type(None) in get_args(annotation)
    return given[0] if is_optional else annotation


# As tuples, since a union is made anew in each call.
_INTEGERS, _LISTS = (int, np.integer), (list, tuple, np.ndarray)


def _is_count(value) -> bool:
    return isinstance(value, _INTEGERS) and not isinstance(value, bool) and value >= 0


def _is_number(value) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, np.number) and math.isfinite(value)


def _is_list(value) -> bool:
    return isinstance(value, _LISTS)


def _as_bytes(value) -> bytes | None:
    return value.tobytes() if isinstance(value, np.ndarray) and value.dtype == np.uint8 else None


def read_text(value) -> str | None:
    """Text, or the u8vector that it is at a port; None where it is neither."""
    octets = _as_bytes(value)
    if octets is not None:
        return octets.decode(errors="replace")
    return value if isinstance(value, str) else None


def _read_octets(value) -> str | None:
    octets = _as_bytes(value)
    if octets is not None:
        return octets.hex()
    try:
        return bytes.fromhex(value).hex()
    except (TypeError, ValueError):
        return None


def _read_fields(value) -> dict | None:
    if not isinstance(value, dict):
        return None
    found = {
        name: item if isinstance(item, bool) or _is_number(item) else read_text(item)
        for name, item in value.items()
    }
    is_right = all(isinstance(name, str) for name in found) and None not in found.values()
    return found if is_right else None


_CONVERTERS = {
    Text: (read_text, "text"),
    Octets: (_read_octets, "hexadecimal digits of octets"),
    Fields: (_read_fields, "texts, numbers and truth values by name"),
}
"""Of types that a port has otherwise: a function that returns the value, or None."""

_RULES = {
    int: (_is_count, "a whole number >= 0"),
    float: (_is_number, "a finite number"),
    str: (lambda value: isinstance(value, str), "text"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    dict: (lambda value: isinstance(value, dict), "a dictionary"),
    dict[str, float]: (
        lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
        "finite numbers by name",
    ),
    list[int]: (
        lambda value: _is_list(value) and all(map(_is_count, value)),
        "a list of whole numbers >= 0",
    ),
    list[float]: (
        lambda value: _is_list(value) and all(map(_is_number, value)),
        "a list of finite numbers",
    ),
    list[str]: (
        lambda value: _is_list(value) and all(isinstance(text, str) for text in value),
        "a list of texts",
    ),
    list[float | None]: (
        lambda value: _is_list(value) and all(v is None or _is_number(v) for v in value),
        "a list of numbers",
    ),
}


def _reader(name: str, kind, limits: tuple) -> Callable:
    """A function of a value and of what its message is called, for a field of this type: returns
    the value, or raises a ValueError."""
    if is_dataclass(kind):
        return lambda value, where: read_as(kind, value, f"{where}: {name}")
    if get_origin(kind) is list and is_dataclass(get_args(kind)[0]):
        return lambda value, where: _read_list(get_args(kind)[0], value, f"{where}: {name}")
    if kind in _CONVERTERS:
        return _converter(name, *_CONVERTERS[kind])
    holds, rule = _RULES[kind]
    has_limits = limits != (None, None)

    def read(value, where: str):
        if not holds(value):
            raise ValueError(f"{where}: {name} must be {rule}, got {value!r:.60}")
        if has_limits:
            _check_limits(value, limits, where, name)
        return value

    return read


def _converter(name: str, convert: Callable, rule: str) -> Callable:
    def read(value, where: str):
        found = convert(value)
        if found is None:
            raise ValueError(f"{where}: {name} must be {rule}, got {value!r:.60}")
        return found

    return read


def _check_limits(value, limits: tuple, where: str, name: str) -> None:
    """Raises a ValueError unless all numbers of ``value`` are within the limits (least, most)."""
    least, most = limits
    numbers = value.values() if isinstance(value, dict) else value if _is_list(value) else (value,)
    for number in numbers:
        if number is None or least <= number <= most:
            continue
        raise ValueError(f"{where}: {name} must be from {least:g} to {most:g}, got {number!r:.60}")


def _read_list(kind, value, where: str) -> list:
    if not _is_list(value):
        raise ValueError(f"{where} must be a list, got {value!r:.60}")
    return [read_as(kind, item, where) for item in value]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of the catalogue of classes, and the rules of its keys."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..checked import shown, suggestion
from .signal_table import Range

LISTEN_MODES = ("fm", "wfm", "am", "usb", "lsb", "cw")
"""Demodulations of receivers: narrow FM, FM of broadcasting, AM, a sideband, Morse code."""
SIDEBAND_MIDDLE_HZ = 1500.0
"""Where the middle of an emission lies in the sound of a sideband."""


def sideband_middle(mode: str) -> float:
    """From the suppressed carrier to the middle of the emission, Hz; 0 for modes that have none."""
    return {"usb": SIDEBAND_MIDDLE_HZ, "lsb": -SIDEBAND_MIDDLE_HZ}.get(mode, 0.0)


@dataclass(frozen=True)
class _Rule:
    """What the value of a key must be, in words and as a function that returns it as a row has it.

    The function raises a ValueError or a TypeError where the value is another.
    """

    words: str
    read: Callable


def _text(value) -> str:
    _hold(isinstance(value, str) and value != "" and value.isprintable())
    return value


def _flag(value) -> bool:
    _hold(isinstance(value, bool))
    return value


def _mode(value) -> str:
    _hold(value in LISTEN_MODES)
    return value


def _number(value) -> float:
    _hold(isinstance(value, int | float) and not isinstance(value, bool) and value >= 0)
    return float(value)


def _positive(value) -> float:
    _hold(0 < _number(value) < math.inf)
    return float(value)


def _band(value) -> Range:
    low, high = map(_positive, _list(value))
    _hold(low < high)
    return low, high


def _list(value) -> list:
    _hold(isinstance(value, list) and value)
    return value


def _list_of(read: Callable) -> Callable:
    return lambda value: tuple(map(read, _list(value)))


def _hold(rule) -> None:
    if not rule:
        raise ValueError


_TEXT = _Rule("text in one line", _text)
_TEXTS = _Rule("a list of texts", _list_of(_text))
_FLAG = _Rule("true or false", _flag)
_MODE = _Rule(f"one of {', '.join(LISTEN_MODES)}", _mode)
_POSITIVE = _Rule("a number > 0", _positive)
_POSITIVES = _Rule("a list of numbers > 0", _list_of(_positive))
_BANDS = _Rule("a list of ranges [low, high] with 0 < low < high", _list_of(_band))


def _key(rule: _Rule, default=dataclasses.MISSING):
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class EmissionClass:
    """A row of the catalogue. Frequencies and widths are in Hz, times in s, rates in Bd.

    Attributes:
        name: of the class, as models label it.
        family: of classes that look alike.
        words: what it is.
        source: of its figures; "" where they are not from a document.
        bands_hz: where it transmits; none: anywhere.
        usual_width_hz, shows_in_s: what a band for training needs, so that it shows the class.
        least_width_hz, most_width_hz: of an emission. The least is about a third of the channel, of
            which the rest may be lost in fades or noise; the most has what a strong emission
            spills.
        least_burst_s, most_burst_s: of a burst.
        rates_bd: symbol rates; none: any.
        frames: formats that `emission_extractor` may find in it.
        checked_frames: those of them whose frames have a checksum that is computed.
        has_symbols: whether what looks like a symbol rate is one.
        listen: how a receiver demodulates it, where a person or a program can use the sound; "":
            its sound is of no use.
        lsb_bands_hz: where it is on the lower sideband instead.
    """

    name: str
    family: str = _key(_TEXT)
    words: str = _key(_TEXT)
    source: str = _key(_TEXT, "")
    bands_hz: tuple[Range, ...] = _key(_BANDS, ())
    usual_width_hz: float = _key(_POSITIVE)
    shows_in_s: float = _key(_POSITIVE)
    least_width_hz: float | None = _key(_POSITIVE, None)
    most_width_hz: float | None = _key(_POSITIVE, None)
    least_burst_s: float | None = _key(_POSITIVE, None)
    most_burst_s: float | None = _key(_POSITIVE, None)
    rates_bd: tuple[float, ...] = _key(_POSITIVES, ())
    frames: tuple[str, ...] = _key(_TEXTS, ())
    checked_frames: tuple[str, ...] = _key(_TEXTS, ())
    has_symbols: bool = _key(_FLAG, True)
    listen: str = _key(_MODE, "")
    lsb_bands_hz: tuple[Range, ...] = _key(_BANDS, ())

    def listen_at(self, frequency: float | None) -> str:
        """How a receiver demodulates it at a frequency, Hz; None: not known. See `listen`."""
        is_low = frequency is not None and any(
            low <= frequency <= high for low, high in self.lsb_bands_hz
        )
        return "lsb" if is_low else self.listen

    @classmethod
    def from_table(cls, name: str, table) -> EmissionClass:
        """The row of a class, from its table in the file.

        Raises:
            ValueError: naming the class, the key, the rule and the value.
        """
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise ValueError(f"{shown(name)} must be lower-case letters, digits and _")
        if not isinstance(table, dict):
            raise ValueError(f"{name} must be a table, got {shown(table)}")
        for key in table:
            if key not in KEYS:
                raise ValueError(f"{name}: unknown key {key}{suggestion(key, KEYS)}")
        for key, about in KEYS.items():
            if about.default is dataclasses.MISSING and key not in table:
                raise ValueError(f"{name}: {key} is missing")
        row = cls(name=name, **{key: _value(name, key, table[key]) for key in table})
        _check_pairs(row)
        return row


KEYS = {f.name: f for f in dataclasses.fields(EmissionClass) if "rule" in f.metadata}
"""The fields that a table may state."""


def _value(name: str, key: str, value):
    rule = KEYS[key].metadata["rule"]
    try:
        return rule.read(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {key} must be {rule.words}, got {shown(value)}") from None


def _check_pairs(row: EmissionClass) -> None:
    for least, most in (("least_width_hz", "most_width_hz"), ("least_burst_s", "most_burst_s")):
        low, high = getattr(row, least), getattr(row, most)
        if low is not None and high is not None and low >= high:
            raise ValueError(f"{row.name}: {least} must be less than {most}, got {low} and {high}")
    strange = [name for name in row.checked_frames if name not in row.frames]
    if strange:
        raise ValueError(f"{row.name}: checked_frames: {strange[0]} must be among its frames")
    if row.lsb_bands_hz and row.listen != "usb":
        raise ValueError(f'{row.name}: lsb_bands_hz goes with listen = "usb"')

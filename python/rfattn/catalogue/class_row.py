# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of the catalogue of classes, and the rules of its keys."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..checked import FLAG, LINE, Rule, is_number, key, keys_of, list_of, one_of, read_table, shown
from .signal_table import Range

LISTEN_MODES = ("fm", "wfm", "am", "usb", "lsb", "cw")
"""Demodulations of receivers: narrow FM, FM of broadcasting, AM, a sideband, Morse code."""
SIDEBAND_MIDDLE_HZ = 1500.0
"""Where the middle of an emission lies in the sound of a sideband."""


def sideband_middle(mode: str) -> float:
    """From the suppressed carrier to the middle of the emission, Hz; 0 for modes that have none."""
    return {"usb": SIDEBAND_MIDDLE_HZ, "lsb": -SIDEBAND_MIDDLE_HZ}.get(mode, 0.0)


def _positive(value) -> float:
    if not is_number(value, 0.0, math.inf) or not 0 < value < math.inf:
        raise ValueError
    return float(value)


def _band(value) -> Range:
    low, high = map(_positive, value)
    if low >= high:
        raise ValueError
    return low, high


_POSITIVE = Rule("a number > 0", _positive)
_POSITIVES = list_of(_POSITIVE, "a list of numbers > 0")
_BANDS = list_of(Rule("", _band), "a list of ranges [low, high] with 0 < low < high")


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
        has_symbols: whether what looks like a symbol rate is one.
        listen: how a receiver demodulates it, where a person or a program can use the sound; "":
            its sound is of no use.
        lsb_bands_hz: where it is on the lower sideband instead.
    """

    name: str
    family: str = key(LINE)
    words: str = key(LINE)
    source: str = key(LINE, "")
    bands_hz: tuple[Range, ...] = key(_BANDS, ())
    usual_width_hz: float = key(_POSITIVE)
    shows_in_s: float = key(_POSITIVE)
    least_width_hz: float | None = key(_POSITIVE, None)
    most_width_hz: float | None = key(_POSITIVE, None)
    least_burst_s: float | None = key(_POSITIVE, None)
    most_burst_s: float | None = key(_POSITIVE, None)
    rates_bd: tuple[float, ...] = key(_POSITIVES, ())
    has_symbols: bool = key(FLAG, True)
    listen: str = key(one_of(LISTEN_MODES), "")
    lsb_bands_hz: tuple[Range, ...] = key(_BANDS, ())

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
        row = read_table(cls, name, table)
        _check_pairs(row)
        return row


KEYS = keys_of(EmissionClass)


def _check_pairs(row: EmissionClass) -> None:
    for least, most in (("least_width_hz", "most_width_hz"), ("least_burst_s", "most_burst_s")):
        low, high = getattr(row, least), getattr(row, most)
        if low is not None and high is not None and low >= high:
            raise ValueError(f"{row.name}: {least} must be less than {most}, got {low} and {high}")
    if row.lsb_bands_hz and row.listen != "usb":
        raise ValueError(f'{row.name}: lsb_bands_hz goes with listen = "usb"')

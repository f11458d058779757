# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many digits JSON, MQTT and commands get of what was measured."""

from __future__ import annotations

from dataclasses import fields

from ..messages.emission import Emission

_HERTZ, _DECIBELS, _PROBABILITY, _SECONDS = 0, 1, 4, 6
_STATED = {f.name: f.metadata["digits"] for f in fields(Emission)}
_DECIMALS = {
    **{name: digits for name, digits in _STATED.items() if digits is not None},
    "frequency": _HERTZ,
    "width": _HERTZ,
    "score": _PROBABILITY,
    "time": _SECONDS,
    "seconds": _SECONDS,
}
"""Decimals by name."""
_DECIMALS_OF_UNITS = {"_hz": _HERTZ, "_db": _DECIBELS, "_s": _SECONDS, "_seconds": _SECONDS}
"""Decimals by the end of a name, which is the unit."""
_LEAST_PROBABILITY = 0.001


def rounded(values, decimals: int | None = None):
    """``values`` with the digits that mean something, for text that programs read.

    Frequencies and widths become whole Hz, levels have 0.1 dB, probabilities four decimals, and
    times microseconds. Probabilities by class that are below 0.001 are left out. The numbers in a
    dictionary or a list have the digits of its name, and all other values stay.

    Args:
        values: a dictionary of plain values by name; or a part of one.
        decimals: of all numbers with a fraction in ``values``; None: by their names.
    """
    if isinstance(values, dict):
        if values.get("probabilities"):
            shown = {k: p for k, p in values["probabilities"].items() if p >= _LEAST_PROBABILITY}
            values = {**values, "probabilities": shown}
        return {
            name: rounded(value, _decimals(name) if decimals is None else decimals)
            for name, value in values.items()
        }
    if isinstance(values, list | tuple):
        return [rounded(value, decimals) for value in values]
    if decimals is None or not isinstance(values, float):
        return values
    return round(values, decimals or None) + 0  # which makes 0.0 of -0.0


def _decimals(name: str) -> int | None:
    by_unit = (n for unit, n in _DECIMALS_OF_UNITS.items() if name.endswith(unit))
    return _DECIMALS.get(name, next(by_unit, None))

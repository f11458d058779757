# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Symbol rates of classes whose standard fixes them, beside what the model says of the shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from .class_bursts import may_have_bursts
from .classes import known_of
from .weights import Names, Weighing, unchanged, weighted

SYMBOL_RATES = known_of("symbol_rates_bd")
"""In Bd, of classes that mostly show their symbol rate. Others have any rate, or show another line
more often, such as a preamble's."""
USUAL_RATES = known_of("usual_rates_bd")
PREAMBLE_RATES = known_of("preamble_rates_bd")
RUN_RATES = SYMBOL_RATES | known_of("run_rates_bd")
"""In Bd, of two levels of the frequency; twice the symbol rate in Manchester code."""
OF_TWO_LEVELS = frozenset({*known_of("has_two_levels"), "unknown"})
_SAME_PREAMBLE = 0.03
_SAME = 0.05
"""Relative difference of equal rates: sample rates are often stated wrongly by some percent."""
_MATCH, _UNUSUAL, _MISMATCH = 2.0, 0.1, 0.05
"""Weight of a class with the rate that was measured, with others than the usual ones, and with
others than those of its standard; without rates it is 1. Not 0: a line may be something else than
the symbol rate."""
_VOICES = known_of("is_voice")
_RARE = 4.0
"""Weight of `fsk_srd` with a preamble of a rate that no other class has."""
LEAST, _UNKNOWN = 0.03, 0.3
"""Least probability of `fsk_srd` before it is weighed, and weight of `unknown`, with such a rate:
most packets with it are of short range devices."""
LEAST_PREAMBLE, MOST_SYMBOLS = 600.0, 1500
"""In Bd, and symbols of a burst. What is slower, or lasts longer, is a tone of something else,
as in a voice."""


@lru_cache(maxsize=256)
def weigh_by_rate(names: Names, symbol_rate: float | None) -> Weighing:
    """What the symbol rate of an emission changes of the probabilities of classes.

    Args:
        names: of the classes.
        symbol_rate: in Bd; None, where it was not measured, changes nothing.
    """
    if symbol_rate is None:
        return unchanged(names)
    return weighted(names, _weights(names, symbol_rate, SYMBOL_RATES, _SAME))


@lru_cache(maxsize=256)
def weigh_by_run_rate(names: Names, run_rate: float | None) -> Weighing:
    """What the symbol rate of two levels of the frequency changes of the probabilities of classes.

    Classes without such levels lose as much as those with an unusual rate.

    Args:
        names: of the classes.
        run_rate: in Bd; None, where there are no two levels, changes nothing.
    """
    if run_rate is None:
        return unchanged(names)
    weights = _weights(names, run_rate, RUN_RATES, _SAME)
    others = {name: _UNUSUAL for name in names if name not in OF_TWO_LEVELS}
    return weighted(names, weights | others)


def weigh_by_preamble(
    names: Names, preamble_rate: float | None, burst_s: float | None, burst_count: int
) -> Weighing:
    """What the symbol rate of the preamble of an emission changes of the probabilities of classes.

    Devices of `fsk_srd` have a preamble always, and any rate. So they gain, and most where no other
    class with such bursts has that rate: then `unknown` loses where bursts are packets. Voices have
    none, unless it is a tone in a longer burst.

    Args:
        names: of the classes.
        preamble_rate: in Bd; None, where there is no preamble, changes nothing.
        burst_s: median duration of a burst, in s; None where it is not known.
        burst_count: how many have ended.
    """
    if preamble_rate is None:
        return unchanged(names)
    weights = _weights(names, preamble_rate, PREAMBLE_RATES, _SAME_PREAMBLE)
    is_rare = not any(
        weight == _MATCH and (burst_s is None or may_have_bursts(name, burst_s, burst_count))
        for name, weight in weights.items()
    )
    symbols = math.inf if burst_s is None else preamble_rate * burst_s
    if not is_rare or symbols <= MOST_SYMBOLS:
        weights |= {name: _UNUSUAL for name in names if name in _VOICES}
    weights["fsk_srd"] = _RARE if is_rare else _MATCH
    if not is_rare or symbols > MOST_SYMBOLS or preamble_rate < LEAST_PREAMBLE:
        return weighted(names, weights)
    return weighted(names, weights | {"unknown": _UNKNOWN}, {"fsk_srd": LEAST})


def _weights(
    names: Names, rate: float, fixed: Mapping[str, tuple[float, ...]], same: float
) -> dict[str, float]:
    """By class: those in ``fixed`` have no other rates, all others those of the tables."""
    rates = SYMBOL_RATES | USUAL_RATES | fixed
    return {name: _weight(rate, rates.get(name, ()), same, name in fixed) for name in names}


def _weight(rate: float, rates: tuple[float, ...], same: float, is_fixed: bool) -> float:
    """Of a class with ``rates``, where no others than these may come if they are fixed."""
    if any(abs(rate - r) <= same * r for r in rates):
        return _MATCH
    if not rates:
        return 1.0
    return _MISMATCH if is_fixed else _UNUSUAL

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the widths of pulses and gaps mean, as the general decoder of `rtl_433 -X` takes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .channel import LEAST_SHARE, Pulses

_STEP = 1.35
"""Widths of two groups differ by this factor at least."""
_LONG = 6.0
"""A gap longer than so many of the shortest ones is between two messages."""
_SAME = 0.15
"""Relative deviation of periods that are equal."""


@dataclass(frozen=True)
class Group:
    """Widths that are about the same, s, and how many there are."""

    width: float
    count: int


def groups(widths: np.ndarray) -> list[Group]:
    """The groups of widths, the shortest first; rare ones are left out."""
    ordered = np.sort(widths)
    cuts = np.flatnonzero(ordered[1:] > _STEP * ordered[:-1]) + 1
    parts = [part for part in np.split(ordered, cuts) if len(part)]
    least = max(2, LEAST_SHARE * len(widths))
    return [Group(float(np.median(part)), len(part)) for part in parts if len(part) >= least]


@dataclass(frozen=True)
class Flex:
    """A decoder.

    Attributes:
        modulation: as rtl_433 names it.
        short, long: widths, s; what they are depends on the modulation.
        gap: longest one within a row, s; 0: rows are not parted.
        reset: longest one within a message, s.
    """

    modulation: str
    short: float
    long: float
    gap: float
    reset: float

    def spec(self, name: str = "device") -> str:
        """The argument of ``rtl_433 -X``."""
        parts = [f"n={name}", f"m={self.modulation}", f"s={_us(self.short)}", f"l={_us(self.long)}"]
        parts += [f"g={_us(self.gap)}"] if self.gap else []
        return ",".join([*parts, f"r={_us(self.reset)}"])


def flex_of(found: Pulses) -> Flex:
    """The decoder for these pulses.

    Raises:
        ValueError: their widths form no groups.
    """
    if found.keying == "FSK":
        return _of_fsk(found)
    inner, outer = _parted(found.gaps)
    pulses, gaps = groups(found.pulses), groups(inner)
    if not pulses or not gaps:
        raise ValueError("the widths of its pulses and gaps form no groups")
    gap, reset = _ends(inner, outer)
    if len(pulses) == 1 and len(gaps) >= 2:
        return Flex("OOK_PPM", gaps[0].width, gaps[1].width, gap, reset)
    unit = pulses[0].width
    if len(pulses) == 2 and _is_about(pulses[1].width, 2 * unit) and _halves(found, outer, unit):
        return Flex("OOK_MC_ZEROBIT", unit, 0.0, gap, reset)
    if len(pulses) >= 3:
        unit = _unit(np.concatenate([found.pulses, inner]), unit)
        return Flex("OOK_PCM", unit, unit, gap, reset)
    return Flex("OOK_PWM", unit, pulses[-1].width, gap, reset)


def _of_fsk(found: Pulses) -> Flex:
    both = np.concatenate([found.pulses, found.gaps])
    first = groups(both)
    if not first:
        raise ValueError("the times on its frequencies form no groups")
    unit = _unit(both, first[0].width)
    return Flex("FSK_PCM", unit, unit, 0.0, max(20 * unit, 1.5 * float(both.max())))


def _unit(widths: np.ndarray, first: float) -> float:
    """The width of which all are multiples, as the data have it that lie near one."""
    for _ in range(3):
        counts = np.maximum(1, np.round(widths / first))
        near = (np.abs(widths / first - counts) < 0.3) & (counts <= 8)
        first = float(widths[near].sum() / counts[near].sum())
    return first


def _parted(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gaps within a message, and those between two."""
    usual = np.percentile(gaps, 25) if len(gaps) else 0.0
    return gaps[gaps <= _LONG * usual], gaps[gaps > _LONG * usual]


def _ends(inner: np.ndarray, outer: np.ndarray) -> tuple[float, float]:
    """What parts rows, and what ends a message."""
    longest = float(inner.max())
    if not len(outer):
        return 0.0, 3 * longest
    nearest = float(outer.min())
    rows = outer[outer < 2 * nearest]
    return (longest * nearest) ** 0.5, 1.2 * float(rows.max())


def _halves(found: Pulses, outer: np.ndarray, unit: float) -> bool:
    """Whether gaps are as long as pulses, one or two units, and periods differ: Manchester."""
    count = min(len(found.pulses) - 1, len(found.gaps))
    pulses, gaps = found.pulses[:count], found.gaps[:count]
    within = ~np.isin(gaps, outer)
    periods = pulses[within] + gaps[within]
    is_halves = np.mean(gaps[within] < 2.5 * unit) > 0.95
    return bool(is_halves and periods.std() > _SAME * periods.mean())


def _is_about(one: float, other: float) -> bool:
    return abs(one - other) < 0.2 * other


def _us(seconds: float) -> str:
    """Whole µs, as rtl_433 takes them."""
    return str(round(seconds * 1e6))

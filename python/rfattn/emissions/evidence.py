# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence for and against classes, beside what a model says of the shape of a signal.

Each kind of evidence is one number for each class, 0 where it tells nothing. What a class may be is
in the catalogue; how much a kind counts is fitted (`fit_decision`) and stated in the file of a
model, see `Decision`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..catalogue.band_plan import BandPlan
from ..catalogue.classes import Names, known_of
from ..catalogue.formats import formats
from ..catalogue.frames_found import frames_found
from ..checked import shown

FRAMES, NO_FRAMES = "frames", "no_frames"
IN_FULL = (FRAMES, NO_FRAMES)
"""These kinds are logarithms of probabilities, and count in full; the others have weights."""
KINDS: dict[str, str] = {
    FRAMES: "frames of it were found: -logarithm of how improbable they are of others",
    NO_FRAMES: "its frames were not found: logarithm of how probable that is",
    "other_rate": "the symbol rate is none of its rates",
    "out_of_range": "its signals are never as wide or narrow, or its bursts as long or short",
    "outside_band": "it does not transmit at this frequency",
}
"""What each kind of evidence says of a class."""

LEAST_PROOF = 20.0 * math.log(2.0)
"""What frames are worth at least, in nats: the bits that lib/words/proof.h asks of a proof."""
SAME_RATE = 0.05
"""Relative difference of equal rates: sample rates are often stated wrongly by some percent."""
CERTAIN_SNR_DB = 12.0
"""SNR in its own band from which on bursts are whole."""
LEAST_BURSTS = 2
"""So many must have ended before they are too short: the first may have begun before the receiver.
"""


@dataclass(frozen=True)
class Facts:
    """What was measured of an emission.

    Attributes:
        width_hz: upper minus lower edge.
        is_cut: part of it may lie outside the receiver's band, so it may be wider.
        snr_db: during its bursts.
        burst_s: median duration of a burst; None where it is not known.
        burst_count: how many have ended.
        frequency_hz: middle between the edges; None where the receiver's frequency is not known.
        symbol_rate: in Bd, that most steps show; None without one.
        frames: format whose frames were found; None: none were.
    """

    width_hz: float
    is_cut: bool = False
    snr_db: float = 0.0
    burst_s: float | None = None
    burst_count: int = 0
    frequency_hz: float | None = None
    symbol_rate: float | None = None
    frames: str | None = None

    @property
    def on_air_s(self) -> float | None:
        """Time on the air so far; None where it is not known."""
        return None if self.burst_s is None else self.burst_s * max(1, self.burst_count)

    def to_dict(self) -> dict:
        """The evidence as JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping) -> Facts:
        """Inverse of `to_dict`.

        Raises:
            ValueError: a key is missing or unknown, or a value is of another type.
        """
        kinds = {"is_cut": bool, "burst_count": int, "frames": str}
        optional = ("burst_s", "frequency_hz", "symbol_rate", "frames")
        names = [f.name for f in dataclasses.fields(cls)]
        if set(values) != set(names):
            raise ValueError(f"facts must have the keys {', '.join(names)}, got {shown(values)}")
        for name, value in values.items():
            kind = kinds.get(name, float)
            is_number = kind is float and type(value) is int and abs(value) < 2**63
            if not (type(value) is kind or is_number or (value is None and name in optional)):
                raise ValueError(f"facts: {name} must be {kind.__name__}, got {shown(value)}")
        return cls(**values)


def evidence(
    names: Names,
    facts: Facts,
    plan: BandPlan | None = None,
    was_searched: bool = True,
) -> np.ndarray:
    """What the facts say of each class: float64 [kinds, classes], in the order of `KINDS`.

    Args:
        names: of the classes; those that are not in the catalogue, such as `unknown`, have 0.
        plan: of the bands; None: they do not count.
        was_searched: frames were looked for.
    """
    table, rows = _Table.of(names), np.zeros((len(KINDS), len(names)))
    by_kind = dict(zip(KINDS, rows, strict=True))
    if facts.frames is not None:
        by_kind[FRAMES][:] = LEAST_PROOF * table.has_format.get(facts.frames, 0.0)
    elif was_searched and facts.on_air_s is not None:
        chance = frames_found().least_shares(names, facts.snr_db, facts.on_air_s)
        by_kind[NO_FRAMES][:] = np.log1p(-chance)
    if facts.symbol_rate is not None:
        by_kind["other_rate"][:] = table.has_rates & ~_is_near(table.rates, facts.symbol_rate)
    by_kind["out_of_range"][:] = _out_of_range(table, facts)
    if plan is not None and facts.frequency_hz is not None:
        by_kind["outside_band"][:] = ~plan.fits(names, facts.frequency_hz)
    return rows


def has_rate(name: str, symbol_rate: float) -> bool:
    """Whether a symbol rate, in Bd, is one of those of a class."""
    rates = np.array(known_of("rates_bd").get(name, ()))
    return bool(_is_near(rates.reshape(1, -1), symbol_rate)[0])


def _is_near(rates: np.ndarray, rate: float) -> np.ndarray:
    return (np.abs(rates - rate) <= SAME_RATE * rates).any(axis=1)


def _out_of_range(table: _Table, facts: Facts) -> np.ndarray:
    out = facts.width_hz > table.most_width
    if not facts.is_cut:
        out |= facts.width_hz < table.least_width
    if facts.burst_s is not None and facts.snr_db >= CERTAIN_SNR_DB:
        out |= facts.burst_s > table.most_burst
        if facts.burst_count >= LEAST_BURSTS:
            out |= facts.burst_s < table.least_burst
    return out


@dataclass(frozen=True, eq=False)
class _Table:
    """What the catalogue states, by class: arrays [classes], ``rates`` [classes, most rates].

    Where it states nothing, limits are 0 and infinite, and rates not numbers.
    """

    has_format: Mapping[str, np.ndarray]
    rates: np.ndarray
    has_rates: np.ndarray
    least_width: np.ndarray
    most_width: np.ndarray
    least_burst: np.ndarray
    most_burst: np.ndarray

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, names: Names) -> _Table:
        rates = [known_of("rates_bd").get(name, ()) for name in names]
        most = max(map(len, rates), default=0)
        padded = np.array([[*found, *[math.nan] * (most - len(found))] for found in rates])
        return cls(
            {name: np.array([owner == n for n in names]) for name, owner in formats().items()},
            padded.reshape(len(names), most),
            np.array([bool(found) for found in rates]),
            _values(names, "least_width_hz", 0.0),
            _values(names, "most_width_hz", math.inf),
            _values(names, "least_burst_s", 0.0),
            _values(names, "most_burst_s", math.inf),
        )


def _values(names: Sequence[str], key: str, absent: float) -> np.ndarray:
    known = known_of(key)
    return np.array([known.get(name, absent) for name in names])

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that people receive, and which of them an emission's measurements are compatible with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..json_files import read_settings

DEFAULT_TABLE = Path(__file__).with_name("signals.json")
N_NEAREST = 3
MIN_SCORE = 0.1
"""A signal that scores less is not compatible."""

_OUTSIDE = 0.05
_UNKNOWN_FREQUENCY, _UNKNOWN_TIME = 0.5, 0.7
_LEAST_TIME = 0.1
_WIDTH_OCTAVES, _TIME_OCTAVES = 0.5, 1.5
"""How far a width and a time may be off: the factor is then exp(-1/2)."""
_REACH = 2 ** (_WIDTH_OCTAVES * math.sqrt(-2 * math.log(MIN_SCORE)))
"""Ratio of widths from which on the score is below the least: most signals are left out by it."""
_NARROW_HZ = 100e3
_CONTINUOUS_S = 0.5

Range = tuple[float, float]


@dataclass(frozen=True)
class Signal:
    """One kind of signal. All ranges are from the least to the largest value.

    Attributes:
        name, family, modulation: in words.
        frequency_hz: where it is transmitted.
        width_hz: occupied widths.
        continuous: whether it stays on the air.
        burst_s: duration of its bursts, or None.
        period_s: time from burst to burst, or after which a continuous signal repeats its frame;
            None where it has none.
    """

    name: str
    family: str
    modulation: str
    frequency_hz: tuple[Range, ...]
    width_hz: tuple[Range, ...]
    continuous: bool
    burst_s: Range | None
    period_s: Range | None

    @classmethod
    def from_dict(cls, values: dict) -> Signal:
        """Makes a signal from its JSON.

        Raises:
            ValueError: naming the key, its rule and the value.
        """
        if not isinstance(values, dict) or values.keys() != cls.__dataclass_fields__.keys():
            given = list(values) if isinstance(values, dict) else values
            names = ", ".join(cls.__dataclass_fields__)
            raise ValueError(f"a signal must have the keys {names}, got {given!r:.200}")
        for name in ("name", "family", "modulation"):
            _require(isinstance(values[name], str) and values[name], name, "text", values)
        _require(isinstance(values["continuous"], bool), "continuous", "true or false", values)
        _require(values["continuous"] or values["burst_s"], "burst_s", "a range", values)
        checked = {name: _ranges(name, values) for name in ("frequency_hz", "width_hz")}
        checked |= {name: _optional_range(name, values) for name in ("burst_s", "period_s")}
        return cls(**{**values, **checked})

    def score(
        self,
        frequency_hz: float | None,
        width_hz: float,
        burst_s: float | None,
        period_s: float | None,
        duty: float | None,
        is_on_air: bool,
    ) -> float:
        """Returns how well the measurements fit, 0 to 1; see `SignalTable.nearest`."""
        score = self._width_score(width_hz) * self._frequency_score(frequency_hz)
        if score < MIN_SCORE:
            return score  # the time, at most 1, does not matter any more
        return score * self._time_score(burst_s, period_s, duty, is_on_air)

    def _width_score(self, width_hz: float) -> float:
        return max(
            _fit(_octaves_off(width_hz, (low, high)), _WIDTH_OCTAVES)
            * max(0.0, 1 - 0.05 * math.log2(high / low))
            for low, high in self.width_hz
        )

    def _frequency_score(self, frequency_hz: float | None) -> float:
        if frequency_hz is None:
            return _UNKNOWN_FREQUENCY
        inside = [b - a for a, b in self.frequency_hz if a <= frequency_hz <= b]
        if not inside:
            return _OUTSIDE
        return 1 - 0.1 * max(0.0, math.log10(min(inside) / _NARROW_HZ))

    def _time_score(self, burst_s, period_s, duty, is_on_air: bool) -> float:
        if burst_s is None:
            return _UNKNOWN_TIME
        scores = [_LEAST_TIME]
        if self.continuous:
            below = 0.0 if is_on_air else max(0.0, math.log2(_CONTINUOUS_S / burst_s))
            scores.append(_fit(below, _TIME_OCTAVES) * (1.0 if duty is None else duty))
        if self.burst_s is not None:
            is_short = is_on_air and burst_s < self.burst_s[1]
            burst = 0.0 if is_short else _octaves_off(burst_s, self.burst_s)
            has_periods = period_s is not None and self.period_s is not None
            period = _octaves_off(period_s, self.period_s) if has_periods else 0.0
            scores.append(_fit(math.hypot(burst, period), _TIME_OCTAVES))
        return max(scores)


@dataclass(frozen=True)
class SignalTable:
    """Kinds of signals, the commonest first."""

    signals: tuple[Signal, ...]

    @classmethod
    def load(cls, path: str | Path = DEFAULT_TABLE) -> SignalTable:
        """Reads a table from a JSON file, a list of objects with the keys of `Signal`.

        Raises:
            ValueError: naming the file, the entry, its key, the rule and the value.
        """
        entries = read_settings("signal table", path)
        if not isinstance(entries, list) or not entries:
            raise ValueError(f"signal table: {path}: must be a list of signals")
        signals = tuple(_read(path, number, entry) for number, entry in enumerate(entries))
        names = [signal.name for signal in signals]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"signal table: {path}: {name} must be there once")
        return cls(signals)

    def nearest(
        self,
        frequency_hz: float | None,
        width_hz: float,
        burst_s: float | None = None,
        period_s: float | None = None,
        duty: float | None = None,
        is_on_air: bool = False,
    ) -> list[tuple[str, float]]:
        """Returns name and score of the signals that fit best: at most 3, the best first.

        They are what the measurements are compatible with, and no label. The score is the product
        of three factors from 0 to 1:

        - width: exp(-(d/0.5)²/2), where d is the distance in octaves from a width of the signal. A
          range of widths tells less than one width: less by 0.05 for each octave.
        - frequency: 0.05 outside of where the signal is transmitted. Inside, a narrow allocation
          tells more than a wide one: 1 for up to 100 kHz, less by 0.1 for each tenfold. 0.5 where
          the frequency is not known.
        - time: exp(-(d/1.5)²/2) with d from the durations of the bursts, and from the periods where
          both are known; at least 0.1. A signal that stays on the air must last half a second, and
          the factor is multiplied by the duty. 0.7 where no duration is known.

        What scores below 0.1 is left out. Equal scores are in the order of the table.

        Args:
            frequency_hz: middle of the emission, Hz; None where the receiver's is not known.
            width_hz: occupied width, Hz, > 0.
            burst_s: duration of a burst, s, > 0.
            period_s: from burst to burst, s, > 0.
            duty: share of the time on the air, 0 to 1.
            is_on_air: the burst has not ended, so that ``burst_s`` is the least it will be.
        """
        measured = (frequency_hz, width_hz, burst_s, period_s, duty, is_on_air)
        scores = [(signal.name, signal.score(*measured)) for signal in self._as_wide(width_hz)]
        fitting = [(name, score) for name, score in scores if score >= MIN_SCORE]
        return sorted(fitting, key=lambda entry: -entry[1])[:N_NEAREST]

    def _as_wide(self, width_hz: float) -> list[Signal]:
        """The signals whose width alone does not leave them out."""
        numbers, least, most = self._widths
        fits = (least < width_hz * _REACH) & (width_hz < most * _REACH)
        return [self.signals[n] for n in dict.fromkeys(numbers[fits].tolist())]

    @cached_property
    def _widths(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The number of the signal of each range of widths, and its ends in Hz."""
        ranges = [(n, *ends) for n, signal in enumerate(self.signals) for ends in signal.width_hz]
        numbers, least, most = np.array(ranges).T
        return numbers.astype(int), least, most


def _fit(octaves: float, scale: float) -> float:
    return math.exp(-((octaves / scale) ** 2) / 2)


def _octaves_off(value: float, bounds: Range) -> float:
    """Distance in octaves from a range; 0 inside."""
    low, high = bounds
    return max(0.0, math.log2(low / value), math.log2(value / high))


def _read(path, number: int, entry) -> Signal:
    try:
        return Signal.from_dict(entry)
    except ValueError as error:
        raise ValueError(f"signal table: {path}: entry {number}: {error}") from None


def _require(holds, name: str, rule: str, values: dict) -> None:
    if not holds:
        raise ValueError(f"{name} must be {rule}, got {values[name]!r:.60}")


def _ranges(name: str, values: dict) -> tuple[Range, ...]:
    given = values[name]
    holds = isinstance(given, list) and given and all(map(is_range, given))
    _require(holds, name, "a list of ranges [low, high] with 0 < low <= high", values)
    return tuple(tuple(map(float, bounds)) for bounds in given)


def _optional_range(name: str, values: dict) -> Range | None:
    given = values[name]
    holds = given is None or is_range(given)
    _require(holds, name, "null or a range [low, high] with 0 < low <= high", values)
    return None if given is None else tuple(map(float, given))


def is_range(value) -> bool:
    """Whether a JSON value is a range [low, high] with 0 < low <= high."""
    is_pair = isinstance(value, list) and len(value) == 2
    if not is_pair or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
        return False
    return 0 < value[0] <= value[1] < math.inf

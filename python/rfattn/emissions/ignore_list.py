# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which emissions a user does not want to see: bands, and classes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..catalogue.classes import giver_and_labels
from ..checked import is_number, plain_name, shown, suggestion
from ..json_files import parse_json, read_bytes
from ..messages.emission import Emission
from ..messages.limits import HERTZ

MOST_BYTES = 2**24
"""A file that is read is at most as long, which is more than 100,000 lines."""
NOTHING = "none"
"""Stands in the place of a file: what is weak and has no name is not ignored either."""
_KEYS = ("low", "high", "class", "note")


@dataclass(frozen=True)
class Rule:
    """A line of the file: the emissions of a band, of a class, or of a class in a band.

    Attributes:
        low, high: edges of the band, Hz; None: any.
        label: the class; None: any.
        note: why, for people.
    """

    low: float | None = None
    high: float | None = None
    label: str | None = None
    note: str = ""

    @classmethod
    def parse(cls, line: bytes) -> Rule:
        """The rule of a line.

        Raises:
            ValueError: naming the key, the rule and the value.
        """
        value = parse_json(line)
        if not isinstance(value, dict):
            raise ValueError(f"must be an object, got {shown(value)}")
        for key in value:
            if key not in _KEYS:
                raise ValueError(f"unknown key {plain_name(key)}{suggestion(key, _KEYS)}")
        low, high, label, note = (value.get(key) for key in _KEYS)
        for key, edge in (("low", low), ("high", high)):
            if edge is not None and not is_number(edge, **HERTZ):
                raise ValueError(f"{key} must be a number of Hz, got {shown(edge)}")
        for key, text in (("class", label), ("note", note)):
            if text is not None and not isinstance(text, str):
                raise ValueError(f"{key} must be text, got {shown(text)}")
        if (low is None) != (high is None):
            raise ValueError("low and high must come together")
        if low is None and not label:
            raise ValueError(f"must have a band or a class, got {shown(value)}")
        if low is not None and not low < high:
            raise ValueError(f"low must be < high, got {shown(low)} and {shown(high)}")
        return cls(low, high, label or None, note or "")

    def to_line(self) -> str:
        """The line that `parse` takes, without its end."""
        values = zip(_KEYS, (self.low, self.high, self.label, self.note or None), strict=True)
        return json.dumps({key: value for key, value in values if value is not None})


@dataclass(frozen=True)
class IgnoreList:
    """The rules of a file; an emission that one of them holds for is ignored.

    The file is JSON Lines: an object a line with ``low`` and ``high`` (Hz), ``class`` or all of
    these, and a ``note`` for people. Lines may be empty.

    Attributes:
        rules: the lines.
        has_weak: whether emissions without a name and with an SNR below 0 dB are ignored, too.
    """

    rules: tuple[Rule, ...] = ()
    has_weak: bool = True

    @classmethod
    def load(cls, path: str | Path) -> IgnoreList:
        """Reads a file; "": no rules; `NOTHING`: ignores nothing.

        Raises:
            ValueError: in one line that names the file, the line, the rule and the value.
        """
        if not path or path == NOTHING:
            return cls(has_weak=not path)
        try:
            data = read_bytes(path, MOST_BYTES)
        except OSError as error:
            raise ValueError(f"ignore: {path}: {error.strerror}") from None
        except ValueError as error:
            raise ValueError(f"ignore: {path}: {error}") from None
        rules = []
        for number, line in enumerate(data.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                rules.append(Rule.parse(line))
            except ValueError as error:
                raise ValueError(f"ignore: {path}: line {number}: {error}") from None
        return cls(tuple(rules))

    @cached_property
    def bands(self) -> list[tuple[float, float]]:
        """Lower and upper edge, Hz, of the bands in which every class is ignored."""
        return [(r.low, r.high) for r in self.rules if r.low is not None and r.label is None]

    @cached_property
    def _of_labels(self) -> dict[str, list[Rule]]:
        of_labels: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.label is not None:
                of_labels.setdefault(rule.label, []).append(rule)
        return of_labels

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that the rules name."""
        return tuple(self._of_labels)

    def check_labels(self, contract: Mapping, path: str | Path) -> None:
        """Refuses classes that a model with this contract cannot give, or frames where it is
        theirs.

        Raises:
            ValueError: naming the file and the class.
        """
        giver, known = giver_and_labels(contract)
        for label in self.labels:
            if label not in known:
                raise ValueError(
                    f"ignore: {path}: class must be one that {giver} gives, got {shown(label)}"
                    f"{suggestion(label, known)}"
                )

    def holds(self, emission: Emission) -> bool:
        """Whether the emission is ignored: as it is labelled now, and with more than half of its
        width in bands."""
        return self.has(emission.freq_lower, emission.freq_upper, emission.label)

    def has(self, low: float, high: float, label: str | None = None) -> bool:
        """The same of an emission between two edges, Hz."""
        rules = self._of_labels.get(label, ())
        bands = [(rule.low, rule.high) for rule in rules if rule.low is not None]
        return len(bands) < len(rules) or have_most_of(self.bands + bands, low, high)


def have_most_of(bands: Iterable[tuple[float, float]], low: float, high: float) -> bool:
    """Whether more than half of what lies between two edges is in the bands, which may overlap;
    `lib/base/band_list.cc` computes the same."""
    shared, reached = 0.0, low
    for lower, upper in sorted(bands):
        lower, upper = max(lower, reached), min(upper, high)
        if upper > lower:
            shared += upper - lower
            reached = upper
    return shared > 0.5 * (high - low)

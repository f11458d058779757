# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an emission gets the name of a class, when that of a family, and when none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..checked import shown
from ..messages.label_text import UNKNOWN

_NAMELESS = (UNKNOWN, "noise")
FAMILY_KEY = "family:"
"""Before the name of a family in the thresholds of a model."""


@dataclass(frozen=True)
class Verdict:
    """What an emission is called.

    Attributes:
        label: a class, or "unknown".
        family: that of the class; where the label is unknown, the family that is certain; None:
            none.
        guess: the most probable class other than "unknown".
        confidence: probability of the guess.
    """

    label: str
    family: str | None
    guess: str
    confidence: float


@dataclass(frozen=True)
class Doubt:
    """Decides by the least confidence that each class and each family needs.

    The most probable class is the label where its probability reaches its threshold. Otherwise the
    family with the largest sum of probabilities is named where the sum reaches that of the family.
    The classes "unknown" and "noise" are no part of a family.

    Attributes:
        families: family by class.
        thresholds: least confidence by class, or by "family:" and the name of a family; a class
            without one needs none.
        family_threshold: of families without one of their own; None: these are never named.
        min_confidence: replaces all thresholds; None: it does not.
    """

    families: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    family_threshold: float | None = None
    min_confidence: float | None = None

    @classmethod
    def of_contract(cls, contract: Mapping, min_confidence: float | None = None) -> Doubt:
        """That of a model, by its contract (see inference/files.py)."""
        return cls(
            contract.get("families", {}),
            contract.get("thresholds", {}),
            contract.get("family_threshold"),
            min_confidence,
        )

    def decide(self, probabilities: Mapping[str, float]) -> Verdict:
        """The verdict on an emission with these probabilities by class."""
        best = max(probabilities, key=probabilities.__getitem__)
        guess = best
        if best == UNKNOWN:
            named = (name for name in probabilities if name != UNKNOWN)
            guess = max(named, key=probabilities.__getitem__, default=best)
        confidence = probabilities[guess]
        if best != UNKNOWN and confidence >= self._least(best, 0.0):
            return Verdict(best, self.families.get(best), guess, confidence)
        return Verdict(UNKNOWN, self._certain_family(probabilities), guess, confidence)

    def _certain_family(self, probabilities: Mapping[str, float]) -> str | None:
        sums: dict[str, float] = {}
        for name, probability in probabilities.items():
            if name in self.families and name not in _NAMELESS:
                family = self.families[name]
                sums[family] = sums.get(family, 0.0) + probability
        if not sums:
            return None
        best = max(sums, key=sums.__getitem__)
        least = self._least(FAMILY_KEY + best, self.family_threshold)
        return best if least is not None and sums[best] >= least else None

    def _least(self, key: str, absent: float | None) -> float | None:
        if self.min_confidence is not None:
            return self.min_confidence
        return self.thresholds.get(key, absent)


def check_doubt(contract: Mapping, classes: list[str]) -> str | None:
    """What is wrong with families and thresholds of a contract, in one line; None: nothing."""
    families, thresholds = contract.get("families", {}), contract.get("thresholds", {})
    for name, values, is_right, rule in (
        ("families", families, _is_name, "a name"),
        ("thresholds", thresholds, _is_probability, "from 0 to 1"),
    ):
        if not isinstance(values, dict):
            return f"{name} must be an object, got {shown(values)}"
        for key, value in values.items():
            if not is_right(value):
                return f"{name}: {key[:100]} must be {rule}, got {shown(value)}"
    known = [*classes, *(FAMILY_KEY + family for family in families.values())]
    for name, keys, names in (("families", families, classes), ("thresholds", thresholds, known)):
        strangers = [key for key in keys if key not in names]
        if strangers:
            return f"{name}: the model has no {strangers[0][:100]}"
    common = contract.get("family_threshold")
    if common is not None and not _is_probability(common):
        return f"family_threshold must be from 0 to 1, got {shown(common)}"
    return None


def _is_name(value) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()


def _is_probability(value) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0.0 <= value <= 1.0

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes that a user taught a trained model: how they are recognised beside its own classes.

The network stays as it is. A taught class has a score, which is linear in the logarithms of the
probabilities of the model's classes, and in how far width, bursts and symbol rate are from those of
the nearest example. Where the class is in the catalogue, what is known of it counts as for the
model's classes. The logistic function of the score is the probability of the class.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..catalogue.classes import Names
from ..checked import is_number, shown
from .evidence import KINDS, Facts

MEASURES = {"width_hz": "width", "burst_s": "bursts", "symbol_rate": "symbol rate"}
"""The measurements that tell a taught class apart, fields of `Facts`, and what they are called."""
_MOST = 1e6


@dataclass(frozen=True)
class Near:
    """How a measurement counts: by its distance from that of the nearest example.

    Attributes:
        middle: of each example, or the middle of all, in the unit of the measurement.
        octaves: the distance that counts half of what a large one does.
        weight: of the distance, which is -2 for none, 0 for ``octaves`` or where the measurement is
            missing, and 2 for a large one.
    """

    middle: Sequence[float] | float
    octaves: float
    weight: float

    def distance(self, apart: np.ndarray) -> np.ndarray:
        """The distance where the nearest one is so many octaves apart; nan where one is missing."""
        ratio = (apart / self.octaves) ** 2
        return np.where(np.isfinite(ratio), 4.0 * (ratio / (1.0 + ratio) - 0.5), 0.0)


@dataclass(frozen=True)
class TaughtClass:
    """One class that a user taught.

    Attributes:
        name: its label.
        parents: what the model called the examples: some of its classes, `unknown` may be one.
        weights: of the logarithms of the probabilities, by class of the model.
        near: by the measurements that the examples have, names of `MEASURES`.
        bias: the score where all else is 0.
        evidence: kinds of it that count where the class is in the catalogue, some of
            `evidence.KINDS`: those that most of the examples do not contradict.
    """

    name: str
    parents: tuple[str, ...]
    weights: Mapping[str, float]
    near: Mapping[str, Near]
    bias: float
    evidence: tuple[str, ...]

    @classmethod
    def from_dict(cls, values: Mapping) -> TaughtClass:
        """The class in an entry of a contract that `check_taught` found right."""
        near = {name: Near(**parts) for name, parts in values["near"].items()}
        tuples = {key: tuple(values[key]) for key in ("parents", "evidence")}
        return cls(**{**values, **tuples, "near": near})

    def to_dict(self) -> dict:
        """What the contract of a model states, as JSON."""
        near = {name: vars(parts) for name, parts in self.near.items()}
        lists = {"parents": list(self.parents), "evidence": list(self.evidence)}
        return {**vars(self), **lists, "near": near}

    def scores(self, names: Names, logs: np.ndarray, octaves: np.ndarray) -> np.ndarray:
        """Float64 [emissions].

        Args:
            names: of the model's classes.
            logs: logarithms of their probabilities, [emissions, classes].
            octaves: see `in_octaves`.
        """
        found = logs @ np.array([self.weights[name] for name in names]) + self.bias
        for name, near in self.near.items():
            values = octaves[:, [list(MEASURES).index(name)]]
            apart = np.abs(values - np.log2(near.middle)).min(axis=1)
            found = found + near.weight * near.distance(apart)
        return found

    def probability(
        self, names: Names, logs: np.ndarray, facts: Facts, added: float = 0.0
    ) -> float:
        """The probability that an emission is of this class.

        Args:
            added: to the score, by what else is known, see `Decision.evidence_of_taught`.
        """
        score = float(self.scores(names, logs[None], in_octaves([facts]))[0]) + added
        return 1.0 / (1.0 + math.exp(-min(max(score, -500.0), 500.0)))


def in_octaves(facts: Iterable[Facts]) -> np.ndarray:
    """The measurements `MEASURES` of emissions, log2 of their values: float64 [emissions, 3], nan
    where one is missing. A burst counts when one has ended."""
    rows = [
        (one.width_hz, one.burst_s if one.burst_count else None, one.symbol_rate) for one in facts
    ]
    values = np.array(rows, np.float64).reshape(-1, len(MEASURES))
    return np.log2(np.where(values > 0.0, values, np.nan))


def check_taught(contract: Mapping, classes: Sequence[str]) -> str | None:
    """What is wrong with the taught classes of a contract, in one line; None: nothing."""
    taught = contract.get("taught", [])
    if not isinstance(taught, list):
        return f"taught must be a list, got {shown(taught)}"
    for one in taught:
        wrong = _check_one(one, classes)
        if wrong:
            return f"taught: {wrong}"
    names = [one["name"] for one in taught]
    return None if len(set(names)) == len(names) else "taught: names must be different"


def _check_one(one, classes: Sequence[str]) -> str | None:
    keys = set(TaughtClass.__dataclass_fields__)
    if not isinstance(one, dict) or set(one) != keys:
        return f"a class must have the keys {', '.join(sorted(keys))}, got {shown(one)}"
    name, parents, weights, near = (one[key] for key in ("name", "parents", "weights", "near"))
    kinds = one["evidence"]
    if not isinstance(kinds, list) or any(kind not in KINDS for kind in kinds):
        return f"evidence must be of {', '.join(KINDS)}, got {shown(kinds)}"
    if not (isinstance(name, str) and 0 < len(name) <= 100 and name.isprintable()):
        return f"name must be printable text of at most 100 characters, got {shown(name)}"
    if not isinstance(parents, list) or any(parent not in classes for parent in parents):
        return f"parents must be classes of the model, got {shown(parents)}"
    if not isinstance(weights, dict) or set(weights) != set(classes):
        return f"weights must have a number for each class of the model, got {shown(weights)}"
    if not isinstance(near, dict) or not set(near) <= set(MEASURES):
        return f"near must be of {', '.join(MEASURES)}, got {shown(near)}"
    for key, parts in near.items():
        if not isinstance(parts, dict) or set(parts) != set(Near.__dataclass_fields__):
            return f"near: {key} must have middle, octaves and weight, got {shown(parts)}"
        middle = parts["middle"]
        all_middle = middle if isinstance(middle, list) and middle else [middle]
        are_right = [is_number(value, 1e-9, 1e12) for value in all_middle]
        if not (all(are_right) and is_number(parts["octaves"], 1e-6, _MOST)):
            return f"near: middle and octaves of {key} must be above 0, got {shown(parts)}"
    numbers = [one["bias"], *weights.values(), *(parts["weight"] for parts in near.values())]
    wrong = [number for number in numbers if not is_number(number, -_MOST, _MOST)]
    return f"weights and bias must be finite numbers, got {shown(wrong[0])}" if wrong else None

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which labels many emissions get with any of some taught classes, and how many are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import scipy.special
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.emissions.decision import Decision, basis
from gnuradio.rfattn.emissions.taught import TaughtClass, in_octaves
from gnuradio.rfattn.messages.label_text import PROVED, UNKNOWN
from gnuradio.rfattn.recordings.labelled_folder import OTHER

from .fit_decision import Observed
from .teach import band_plan, by_model


@dataclass(frozen=True)
class Counts:
    """How many emissions got their label, none, and another one."""

    right: int
    unnamed: int
    wrong: int

    @classmethod
    def of(cls, labels: Sequence[str], found: Sequence[str]) -> Counts:
        """Those of the true labels, where `OTHER` and "unknown" are no classes, and of the labels
        that were found."""
        right = unnamed = 0
        for label, name in zip(labels, found, strict=True):
            is_right = name == (UNKNOWN if label == OTHER else label)
            right += is_right
            unnamed += name == UNKNOWN and not is_right
        return cls(right, unnamed, len(labels) - right - unnamed)

    @classmethod
    def of_label(cls, label: str, labels: Sequence[str], found: Sequence[str]) -> Counts:
        """Those of the emissions of one label."""
        those = [name for true, name in zip(labels, found, strict=True) if true == label]
        return cls.of([label] * len(those), those)

    @property
    def gain(self) -> int:
        """What is won: a wrong label takes away a right one."""
        return self.right - self.wrong

    def __str__(self) -> str:
        return f"{self.right} right, {self.unnamed} without a label, {self.wrong} wrong"


@dataclass(frozen=True)
class Judged:
    """Emissions with the labels that a model gives them, with any of some taught classes.

    Attributes:
        labels: the true ones.
        base: by the model without taught classes.
        names: of the taught classes.
        probabilities: of these, float64 [emissions, taught]; 0 where they may not replace the
            model's label, see `Decision.refine`.
        threshold: see `Decision`.
    """

    labels: list[str]
    base: list[str]
    names: list[str]
    probabilities: np.ndarray
    threshold: float

    @classmethod
    def of(
        cls,
        names: Names,
        decision: Decision,
        observed: Sequence[Observed],
        taught: Sequence[TaughtClass],
        base: list[str] | None = None,
    ) -> Judged:
        """Those that were observed.

        Args:
            base: by the model, where that is known already.
        """
        if base is None:
            base = [by_model(names, decision, one).label for one in observed]
        logs = np.array([one.logs for one in observed]).reshape(-1, len(names))
        octaves = in_octaves(one.facts for one in observed)
        probabilities = np.zeros((len(observed), len(taught)))
        exact = np.array(
            [basis(label, one.facts) == PROVED for label, one in zip(base, observed, strict=True)],
            bool,
        )
        with_taught = replace(decision, taught=tuple(taught))
        added = np.array(
            [with_taught.evidence_of_taught(one.facts, band_plan()) for one in observed]
        ).reshape(probabilities.shape)
        for column, one in enumerate(taught):
            found = scipy.special.expit(one.scores(names, logs, octaves) + added[:, column])
            is_parent = np.array([label in one.parents for label in base], bool)
            probabilities[:, column] = np.where(~exact | is_parent, found, 0.0)
        labels = [one.label for one in observed]
        return cls(labels, base, [one.name for one in taught], probabilities, decision.threshold)

    def found(self, chosen: Sequence[str]) -> list[str]:
        """The label of each emission with some of the taught classes."""
        columns = [self.names.index(name) for name in chosen]
        if not columns or not self.labels:
            return list(self.base)
        values = self.probabilities[:, columns]
        best, most = values.argmax(axis=1), values.max(axis=1)
        return [
            chosen[k] if value >= self.threshold and value > 0.0 else label
            for k, value, label in zip(best, most, self.base, strict=True)
        ]

    def counts(
        self, chosen: Sequence[str] | None = None, only: Sequence[bool] | None = None
    ) -> Counts:
        """The same counted, of some emissions; None: with all taught classes, of all."""
        found = self.found(self.names if chosen is None else chosen)
        only = [True] * len(found) if only is None else only
        return Counts.of(list(compress(self.labels, only)), list(compress(found, only)))

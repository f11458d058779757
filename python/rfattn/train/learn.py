# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station learns from its own air: which labels an own model gains, and whether it is kept.

Labels come from frames with a right checksum and from persons, so some are wrong. Four fifths of
the examples teach. On the other fifth, and on the kept emissions of all classes, each label must
show that it makes more labels right than wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.special

from ..emissions.classes import Names
from ..emissions.decision import Decision, basis, fingerprint
from ..emissions.example_store import StoredExample
from ..emissions.taught import TaughtClass, in_octaves
from ..messages.label_text import UNKNOWN
from ..recordings.labelled_folder import OTHER
from .fit_decision import Observed
from .own_model import OwnModel, examples_of, is_learned, labels_of, to_dict
from .rehearsal import States
from .teach import Example, band_plan, by_model, fit_class

TOLERANCE = 0.01
"""Share of the kept emissions by which their right labels less wrong ones may become fewer, and
their wrong ones more."""


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

    @property
    def gain(self) -> int:
        """What is won: a wrong label takes away a right one."""
        return self.right - self.wrong

    def __str__(self) -> str:
        return f"{self.right} right, {self.unnamed} without a label, {self.wrong} wrong"


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        is_kept: whether the own model is another now.
        reason: why, in a few words.
        examples: of each label, how many taught and how many judged.
        left_out: labels that are no taught classes of the new model, and why.
        others: stored examples that another model looked at, which cannot be used.
        tested: labels of the judging examples by the own model as it was, and by the new one.
        kept: those of the kept emissions of all classes without what was learned, and by the new
            own model.
    """

    is_kept: bool
    reason: str
    examples: dict[str, tuple[int, int]]
    left_out: dict[str, str]
    others: int
    tested: tuple[Counts, Counts]
    kept: tuple[Counts, Counts]


def learn(
    own: OwnModel,
    folder: str,
    stored: Sequence[StoredExample],
    show: Callable[[str, int], None] = lambda label, number: None,
) -> Learned:
    """Teaches an own model what its station collected, and keeps the result where it is better.

    Args:
        own: as `OwnModel.open` gives it.
        folder: of the examples, as it is listed.
        stored: all of them, see `ExampleStore.examples`.
        show: called with each label and its number before it is fitted.

    Raises:
        ValueError: in one line: no example is of this model.
    """
    mine = fingerprint(own.network.contract)
    usable = [one for one in stored if one.observation.model == mine]
    if not usable:
        raise ValueError(f"{folder}: no example of this model in it, {len(stored)} of others")
    names = own.network.names
    teaching = _teaching(folder, names, [one for one in usable if not one.is_test])
    tests = [_observed(names, one) for one in usable if one.is_test]
    counts = _examples(usable)
    by_hand = [one for one in own.teachings if not is_learned(one)]
    fixed = sorted(set().union(*map(labels_of, by_hand)))
    left_out = {
        label: "no class" if label in (OTHER, UNKNOWN) else "fewer than 3 examples"
        for label, (_, n) in counts.items()
        if label not in fixed and (not n or label in (OTHER, UNKNOWN))
    }
    wanted = sorted(set(counts) - {*left_out, *fixed})
    examples = examples_of([*by_hand, teaching])
    classes = []
    for number, label in enumerate([*fixed, *wanted], 1):
        show(label, number)
        is_rare = label not in fixed
        classes.append(fit_class(names, own.decision, own.kept, examples, label, is_rare))
    tested = Judged.of(names, own.decision, tests, classes)
    kept = Judged.of(names, own.decision, _of_states(own.kept), classes)
    left_out |= _choose(tested, kept, fixed, wanted)
    chosen = [one for one in classes if one.name not in left_out]
    now = Decision.of_contract(own.network.contract).taught
    before = Judged.of(names, own.decision, tests, now).counts()
    after = tested.counts([one.name for one in chosen])
    without, new = kept.counts(fixed), kept.counts([one.name for one in chosen])
    reason = _reason(before, after, without, new)
    if not reason:
        labels = [one.name for one in chosen if one.name not in fixed]
        own.replace_learned({**teaching, "labels": labels}, chosen)
    return Learned(
        not reason,
        reason or "better on the examples for judging",
        counts,
        left_out,
        len(stored) - len(usable),
        (before, after),
        (without, new),
    )


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
    ) -> Judged:
        base = [by_model(names, decision, one).label for one in observed]
        logs = np.array([one.logs for one in observed]).reshape(-1, len(names))
        octaves = in_octaves(one.facts for one in observed)
        probabilities = np.zeros((len(observed), len(taught)))
        exact = np.array(
            [
                basis(label, one.facts) in ("checksum", "frames")
                for label, one in zip(base, observed, strict=True)
            ],
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

    def counts(self, chosen: Sequence[str] | None = None) -> Counts:
        """The same counted; None: with all taught classes."""
        return Counts.of(self.labels, self.found(self.names if chosen is None else chosen))


def _choose(
    tested: Judged, kept: Judged, fixed: Sequence[str], wanted: Sequence[str]
) -> dict[str, str]:
    """Which labels are left out, and why: first those that do not make more labels right than wrong
    of the judging examples, then those with the most wrong labels of the kept emissions, until
    these are no worse."""
    left_out, chosen = {}, [*fixed, *wanted]
    for label in wanted:
        gain = tested.counts(chosen).gain - tested.counts(_without(chosen, label)).gain
        if gain <= 0:
            left_out[label] = "no gain on the examples for judging"
            chosen = _without(chosen, label)
    while not _is_no_worse(kept.counts(fixed), kept.counts(chosen)):
        wrong = {
            label: kept.counts(_without(chosen, label)).wrong for label in chosen if label in wanted
        }
        if not wrong:
            break
        worst = min(wrong, key=wrong.__getitem__)
        left_out[worst] = "too many emissions of other classes so called"
        chosen = _without(chosen, worst)
    return left_out


def _without(labels: Sequence[str], label: str) -> list[str]:
    return [one for one in labels if one != label]


def _is_no_worse(before: Counts, after: Counts) -> bool:
    """Whether the labels of the kept emissions are as good, up to `TOLERANCE`."""
    may_lose = TOLERANCE * (before.right + before.unnamed + before.wrong)
    return after.gain >= before.gain - may_lose and after.wrong <= before.wrong + may_lose


def _reason(before: Counts, after: Counts, without: Counts, new: Counts) -> str:
    """Why the new model is not kept; "": it is."""
    if before == Counts(0, 0, 0):
        return "no label has 3 examples"
    if after.gain <= before.gain:
        return "no better on the examples for judging"
    return "" if _is_no_worse(without, new) else "worse on the kept emissions of all classes"


def _examples(stored: Sequence[StoredExample]) -> dict[str, tuple[int, int]]:
    tests = Counter(one.label for one in stored if one.is_test)
    everything = Counter(one.label for one in stored)
    return {label: (n - tests[label], tests[label]) for label, n in sorted(everything.items())}


def _teaching(folder: str, names: Names, stored: Sequence[StoredExample]) -> dict:
    """As `OwnModel` keeps it."""
    examples = [to_dict(Example(one.source, _of_example(names, one))) for one in stored]
    return {"folder": folder, "examples": examples, "labels": []}


def _of_example(names: Names, one: StoredExample) -> Observed:
    logs = one.observation.log_probabilities
    return Observed(one.label, np.array([logs[name] for name in names]), one.facts)


def _observed(names: Names, one: StoredExample) -> Observed:
    """For judging: without its frames, which nearly always give the label."""
    observed = _of_example(names, one)
    return replace(observed, facts=replace(observed.facts, frames=None))


def _of_states(kept: States) -> list[Observed]:
    return [
        Observed(label, logs, facts)
        for label, logs, facts in zip(kept.labels, kept.logs, kept.facts(), strict=True)
    ]

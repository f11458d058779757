# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station learns from its own air: which labels an own model gains, and whether it is kept.

Labels come from frames with a right checksum and from persons, so some are wrong. Each fifth of the
examples is judged by what the other four fifths teach (cross-validation). So each label, and the
new model as a whole, must show that it makes more labels right than wrong; and of the kept
emissions of all classes no more may become wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.emissions.decision import Decision, fingerprint
from gnuradio.rfattn.emissions.example_store import StoredExample
from gnuradio.rfattn.emissions.taught import TaughtClass
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.labelled_folder import OTHER

from .fit_decision import Observed
from .judged import Counts, Judged
from .own_model import OwnModel, examples_of, is_learned, labels_of
from .rehearsal import States
from .teach import Example, fit_class

PARTS = 5
"""In which the examples of each label are divided, in turn."""
TOLERANCE = 0.01
"""Share of the kept emissions by which their right labels less wrong ones may become fewer, and
their wrong ones more."""


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        is_kept: whether the own model is another now.
        reason: why, in a few words.
        labels: of each label its examples, without what was learned before and with what is now.
        left_out: labels that are no taught classes of the new model, and why.
        others: stored examples that another model looked at, which cannot be used.
        judged: the examples that the own model was not taught, by it and by the new one.
        kept: the kept emissions of all classes, without what was learned and by the new model.
    """

    is_kept: bool
    reason: str
    labels: dict[str, tuple[Counts, Counts]]
    left_out: dict[str, str]
    others: int
    judged: tuple[Counts, Counts]
    kept: tuple[Counts, Counts]


def learn(
    own: OwnModel,
    folder: str,
    stored: Sequence[StoredExample],
    show: Callable[[str, int], None] = lambda text, number: None,
) -> Learned:
    """Teaches an own model what its station collected, and keeps the result where it is better.

    Args:
        own: as `OwnModel.open` gives it.
        folder: of the examples, as it is listed.
        stored: all of them, see `ExampleStore.examples`.
        show: called with a text of progress and the number of the part.

    Raises:
        ValueError: in one line: no example is of this model.
    """
    lesson = _Lesson.of(own, folder, stored)
    crossed = lesson.cross_validated(show)
    show("all examples", PARTS)
    classes = lesson.fit(lambda one: True)
    names = own.network.names
    kept = Judged.of(names, own.decision, _of_states(own.kept), classes)
    left_out = lesson.no_classes()
    left_out |= _choose(crossed, kept, lesson.fixed, lesson.wanted)
    chosen = [one for one in classes if one.name not in left_out]
    all_names = [one.name for one in chosen]
    after, without = crossed.found(all_names), crossed.found(lesson.fixed)
    now = Decision.of_contract(own.network.contract).taught
    new = lesson.new()
    judged = (
        Judged.of(names, own.decision, lesson.observed, now, crossed.base).counts(only=new),
        crossed.counts(all_names, new),
    )
    of_kept = kept.counts(lesson.fixed), kept.counts(all_names)
    reason = _reason(*judged, *of_kept)
    if not reason:
        learned = [name for name in all_names if name not in lesson.fixed]
        own.replace_learned({**lesson.teaching, "labels": learned}, chosen)
    return Learned(
        not reason,
        reason or "better on new examples",
        {
            label: tuple(Counts.of_label(label, crossed.labels, one) for one in (without, after))
            for label in sorted(set(crossed.labels))
        },
        left_out,
        len(stored) - len(lesson.usable),
        judged,
        of_kept,
    )


@dataclass(frozen=True)
class _Lesson:
    """What is there to learn from.

    Attributes:
        own: see `learn`.
        usable: the stored examples of its model; observed: the same as they are judged, without
            their frames, which nearly always give the label.
        teaching: all of them, as `OwnModel` keeps them.
        fixed: labels that were taught by hand; wanted: those that may be learned.
    """

    own: OwnModel
    usable: list[StoredExample]
    observed: list[Observed]
    teaching: dict
    fixed: list[str]
    wanted: list[str]

    @classmethod
    def of(cls, own: OwnModel, folder: str, stored: Sequence[StoredExample]) -> _Lesson:
        names, mine = own.network.names, fingerprint(own.network.contract)
        usable = [
            one
            for one in stored
            if one.observation.model == mine
            and one.observation.log_probabilities.keys() >= set(names)
        ]
        if not usable:
            raise ValueError(f"{folder}: no example of this model in it, {len(stored)} of others")
        seen = [_observed(names, one) for one in usable]
        examples = [
            Example(one.source, observed).to_dict()
            for one, observed in zip(usable, seen, strict=True)
        ]
        fixed = sorted(set().union(*map(labels_of, own.by_hand)))
        counts = Counter(one.label for one in usable)
        wanted = sorted(
            label for label, n in counts.items() if n > 1 and label not in (OTHER, UNKNOWN, *fixed)
        )
        without_frames = [replace(one, facts=replace(one.facts, frames=None)) for one in seen]
        teaching = {"folder": folder, "examples": examples, "labels": []}
        return cls(own, usable, without_frames, teaching, fixed, wanted)

    def no_classes(self) -> dict[str, str]:
        """Labels that cannot be learned, and why."""
        others = {one.label for one in self.usable} - {*self.fixed, *self.wanted}
        return {
            label: "no class" if label in (OTHER, UNKNOWN) else "a single example"
            for label in sorted(others)
        }

    def fit(self, is_taught: Callable[[StoredExample], bool]) -> list[TaughtClass]:
        """The classes of all labels, by some of the examples and by what was taught by hand."""
        own, taught = self.own, [is_taught(one) for one in self.usable]
        rows = zip(self.teaching["examples"], taught, strict=True)
        part = {**self.teaching, "examples": [row for row, is_in in rows if is_in]}
        examples = examples_of([*own.by_hand, part])
        present = {one.observed.label for one in examples}
        names, labels = own.network.names, [*self.fixed, *self.wanted]
        return [
            fit_class(names, own.decision, own.kept, examples, label, len(labels))
            for label in labels
            if label in present
        ]

    def cross_validated(self, show: Callable[[str, int], None]) -> Judged:
        """All examples, each judged by what those of the other parts teach."""
        names = [*self.fixed, *self.wanted]
        about = self.own.network.names, self.own.decision
        whole = Judged.of(*about, self.observed, ())
        probabilities = np.zeros((len(self.usable), len(names)))
        parts = np.array([one.number % PARTS for one in self.usable])
        for part in range(PARTS):
            show(f"part {part + 1} of {PARTS}", part)
            rows = np.flatnonzero(parts == part)
            if not len(rows):
                continue
            classes = self.fit(lambda one, part=part: one.number % PARTS != part)
            seen, base = ([those[row] for row in rows] for those in (self.observed, whole.base))
            judged = Judged.of(*about, seen, classes, base)
            columns = [names.index(name) for name in judged.names]
            probabilities[np.ix_(rows, columns)] = judged.probabilities
        return replace(whole, names=names, probabilities=probabilities)

    def new(self) -> list[bool]:
        """Which examples the own model was not taught."""
        known = {
            one["source"]
            for teaching in self.own.teachings
            if is_learned(teaching)
            for one in teaching["examples"]
        }
        return [one.source not in known for one in self.usable]


def _choose(
    crossed: Judged, kept: Judged, fixed: Sequence[str], wanted: Sequence[str]
) -> dict[str, str]:
    """Which labels are left out, and why: first those that do not make more labels of the examples
    right than wrong, then those with the most wrong labels of the kept emissions, until these are
    no worse."""
    left_out, chosen = {}, [*fixed, *wanted]
    for label in wanted:
        gain = crossed.counts(chosen).gain - crossed.counts(_without(chosen, label)).gain
        if gain <= 0:
            left_out[label] = "no gain"
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
        return "no new examples"
    if after.gain <= before.gain:
        return "no better on new examples"
    return "" if _is_no_worse(without, new) else "worse on the kept emissions of all classes"


def _observed(names: Names, one: StoredExample) -> Observed:
    logs = one.observation.log_probabilities
    return Observed(one.label, np.array([logs[name] for name in names]), one.facts)


def _of_states(kept: States) -> list[Observed]:
    return [
        Observed(label, logs, facts)
        for label, logs, facts in zip(kept.labels, kept.logs, kept.facts(), strict=True)
    ]

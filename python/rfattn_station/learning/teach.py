# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teaches a trained model for emissions a class from a few examples; the network stays as it is.

The class is told apart from the kept emissions of all others (`rehearsal`) and from the examples of
other labels, by logistic regression on the pooled probabilities of the model's classes and on the
distances of the measurements from those of the examples (see emissions/taught.py). What the
settings below decide was measured by judges/teach.py of commit 42d42c98.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress

import numpy as np
import scipy.optimize
import scipy.special
from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.checked import shown
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.emissions.evidence import KINDS, Facts, evidence
from gnuradio.rfattn.emissions.taught import MEASURES, Near, TaughtClass
from gnuradio.rfattn.inference.contract import is_name

from .fit_decision import Observed
from .rehearsal import States

_PRIOR = 1.2e-2
"""Weight of the sum of squares of the standardised weights beside the mean loss, if there were one
example; it is divided by their number."""
_ALIKE = 3.0
"""How much a class counts that the examples were called, and each other label of the folder."""
_NARROW = 0.2
"""Distance of a measurement that counts half, as a share of its spread over all classes; the spread
of the examples is added to it."""
_LEAST_SPREAD = 0.3
"""Added to the spread of the logarithms of a class's probability, in nats."""
_MOST_LEFT_OUT = 12
"""Parts that recordings are left out in, for `Lesson.left_out`."""


@dataclass(frozen=True)
class Example:
    """An emission that a user labelled.

    Attributes:
        source: the recording it is from; those of one recording count as one example.
    """

    source: str
    observed: Observed

    def to_dict(self) -> dict:
        """As JSON."""
        seen, rate = self.observed, self.observed.facts.symbol_rate
        facts = replace(seen.facts, symbol_rate=None if rate is None else float(rate))
        logs = [round(value, 4) for value in seen.logs.tolist()]
        return {
            "source": self.source,
            "label": seen.label,
            "logs": logs,
            "facts": facts.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: dict) -> Example:
        """Inverse of `to_dict`.

        Raises:
            ValueError, KeyError, TypeError or OverflowError: it is none of these.
        """
        source, label = stored["source"], stored["label"]
        if not (type(source) is str and is_name(label)):
            raise ValueError(f"source and label must be text, got {shown([source, label])}")
        logs = np.array(stored["logs"], np.float64)
        return cls(source, Observed(label, logs, Facts.from_dict(stored["facts"])))


@dataclass(frozen=True)
class Lesson:
    """What a class was taught, and how well it holds.

    Attributes:
        taught: the class.
        recordings, emissions: of the examples.
        left_out: recordings that got the name when taught without them, one by one or a twelfth at
            a time, by the main part of their emissions; None for a single one.
        others: kept emissions of other classes.
        called: how many of them get the name, by class.
    """

    taught: TaughtClass
    recordings: int
    emissions: int
    left_out: int | None
    others: int
    called: Mapping[str, int]


def teach(
    names: Names,
    decision: Decision,
    kept: States,
    examples: Sequence[Example],
    labels: Sequence[str],
) -> list[Lesson]:
    """Teaches labels, and says how well each holds.

    Args:
        names: of the model's classes.
        decision: of the model.
        kept: see `rehearsal`.
        examples: those of other labels only must not get the names.
        labels: each with an example.
    """
    count = len(labels)
    return [_lesson(names, decision, kept, examples, label, count) for label in labels]


def _lesson(
    names: Names,
    decision: Decision,
    kept: States,
    examples: Sequence[Example],
    label: str,
    count: int,
) -> Lesson:
    own = [one for one in examples if one.observed.label == label]
    rest = [one for one in examples if one.observed.label != label]
    foreign = kept.take([k for k, name in enumerate(kept.labels) if name != label])
    taught = _fit(names, decision, foreign, own, rest, count)
    sources = sorted({one.source for one in own})
    parts = [sources[k::_MOST_LEFT_OUT] for k in range(min(len(sources), _MOST_LEFT_OUT))]
    left_out = 0 if len(sources) > 1 else None
    for part in parts if len(sources) > 1 else ():
        others = [one for one in own if one.source not in part]
        without = _fit(names, decision, foreign, others, rest, count)
        for source in part:
            left = [one for one in own if one.source == source]
            found = [_verdict(names, decision, without, one.observed) == label for one in left]
            left_out += 2 * sum(found) > len(found)
    scores = taught.scores(names, foreign.logs, foreign.octaves)
    named = scipy.special.expit(scores) >= decision.threshold
    called = Counter(compress(foreign.labels, named))
    return Lesson(
        taught, len(sources), len(own), left_out, len(foreign), dict(called.most_common())
    )


def _verdict(names: Names, decision: Decision, taught: TaughtClass, one: Observed) -> str:
    verdict = _by_model(names, decision, one)
    refined = Decision(taught=(taught,), threshold=decision.threshold)
    return refined.refine(verdict, names, one.logs, one.facts, _band_plan()).label


def _by_model(names: Names, decision: Decision, one: Observed) -> Verdict:
    """What the model calls an emission, without taught classes."""
    return decision.judge(names, one.logs, one.facts, _band_plan())[1]


@cache
def _band_plan() -> BandPlan:
    """The plan that counts where labels are judged."""
    return BandPlan.load()


def _fit(
    names: Names,
    decision: Decision,
    kept: States,
    own: Sequence[Example],
    rest: Sequence[Example],
    count: int,
) -> TaughtClass:
    """The class of greatest posterior probability.

    Args:
        count: of labels that are taught; each of them, and all other emissions together, are taken
            to be equally frequent, since wrong names of many labels add up.
    """
    states = States.of([one.observed for one in own])
    against = kept.joined(States.of([one.observed for one in rest])) if rest else kept
    parents = Counter(_by_model(names, decision, one.observed).label for one in own)
    counts = _counts(kept, rest, set(parents))
    sources = Counter(one.source for one in own)
    positive = np.array([1.0 / sources[one.source] for one in own])
    share = 1.0 / (1 + count)
    weights = np.concatenate(
        [share * positive / positive.sum(), (1.0 - share) * counts / counts.sum()]
    )
    near = _near(states, kept)
    middle, spread = kept.logs.mean(axis=0), kept.logs.std(axis=0) + _LEAST_SPREAD
    found = _maximise(
        np.concatenate([_design(part, near, middle, spread) for part in (states, against)]),
        np.repeat([1.0, -1.0], [len(states), len(against)]),
        weights,
        _PRIOR / len(own),
    )
    by_class = found[: len(names)] / spread
    return TaughtClass(
        own[0].observed.label,
        tuple(sorted(parents)),
        dict(zip(names, by_class.round(6).tolist(), strict=True)),
        {
            name: Near(one.middle, one.octaves, round(float(weight), 6))
            for (name, one), weight in zip(near.items(), found[len(names) : -1], strict=True)
        },
        round(float(found[-1] - by_class @ middle), 6),
        _not_contradicted(own),
    )


def _not_contradicted(own: Sequence[Example]) -> tuple[str, ...]:
    """Kinds of evidence that speak against the label for less than half of its examples."""
    names = (own[0].observed.label,)
    facts = [replace(one.observed.facts, frames=None) for one in own]
    found = np.mean(
        [evidence(names, one, _band_plan(), was_searched=False) != 0.0 for one in facts], axis=0
    )
    return tuple(kind for kind, (share,) in zip(KINDS, found, strict=True) if share < 0.5)


def _counts(kept: States, rest: Sequence[Example], parents: set[str]) -> np.ndarray:
    """How much each emission counts that must not get the name: classes alike, parents more."""
    of_class, of_label = Counter(kept.labels), Counter(one.observed.label for one in rest)
    by_class = [(_ALIKE if name in parents else 1.0) / of_class[name] for name in kept.labels]
    return np.array(by_class + [_ALIKE / of_label[one.observed.label] for one in rest])


def _near(states: States, kept: States) -> dict[str, Near]:
    """The measurements that at least half of the examples have; their weights are not fitted."""
    found = {}
    for column, name in enumerate(MEASURES):
        values, all_values = (part.octaves[:, column] for part in (states, kept))
        values, all_values = values[np.isfinite(values)], all_values[np.isfinite(all_values)]
        if len(values) and 2 * len(values) >= len(states) and len(all_values) > 1:
            octaves = round(float(np.hypot(_NARROW * all_values.std(), values.std())), 4)
            if octaves > 0.0:
                found[name] = Near(round(float(2.0 ** np.median(values)), 9), octaves, 0.0)
    return found


def _design(
    states: States, near: Mapping[str, Near], middle: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """What the weights are multiplied by; the last column is that of the bias."""
    columns = [
        near[name].distance(states.octaves[:, column])
        for column, name in enumerate(MEASURES)
        if name in near
    ]
    return np.column_stack([(states.logs - middle) / spread, *columns, np.ones(len(states))])


def _maximise(
    design: np.ndarray, signs: np.ndarray, weights: np.ndarray, each_prior: float
) -> np.ndarray:
    """The weights of least mean loss; the bias has no prior."""
    prior = np.append(np.full(design.shape[1] - 1, each_prior), 0.0)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (design @ values)
        slopes = -signs * weights / (1.0 + np.exp(np.clip(margins, -500.0, 500.0)))
        cost = weights @ np.logaddexp(0.0, -margins) + prior @ values**2
        return float(cost), design.T @ slopes + 2.0 * prior * values

    start = np.zeros(design.shape[1])
    return scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x

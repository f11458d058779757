# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teaches a trained model for emissions a class from a few examples; the network stays as it is.

The class is told apart from the kept emissions of all others (`rehearsal`) and from the examples of
other labels, by logistic regression on the pooled probabilities of the model's classes. Whether a
measurement is that of an example or of any transmitter counts beside it as the logarithm of how
much more probable one is (naive Bayes), see emissions/taught.py. The score 0 is in the middle
between most examples and most strangers, which are the examples of other labels and those kept
emissions that the model calls as it calls the examples; at the latter where they overlap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache

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
_FINEST = {"width_hz": 0.2, "burst_s": 0.06, "symbol_rate": 0.014}
"""Octaves within which a measurement is that of an example: three in four widths of a made-up
device lie so near their median at 8 to 35 dB, a cheap clock warms by 4 %, and `SymbolRate` is right
to 1 %."""
_STRANGERS, _MISSED = 0.05, 0.1
"""Shares of the strangers that may get the name, and of the examples that may not."""
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
            a time, by the middle score of their emissions; None for a single one.
        strangers: kept emissions of other labels that the model calls as it calls the examples.
        called: how many of them get the name.
    """

    taught: TaughtClass
    recordings: int
    emissions: int
    left_out: int | None
    strangers: int
    called: int


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
    return [_lesson(names, decision, kept, examples, label) for label in labels]


def _lesson(
    names: Names,
    decision: Decision,
    kept: States,
    examples: Sequence[Example],
    label: str,
) -> Lesson:
    own = [one for one in examples if one.observed.label == label]
    rest = [one for one in examples if one.observed.label != label]
    foreign = kept.take([k for k, name in enumerate(kept.labels) if name != label])
    taught = _fit(names, decision, foreign, own, rest)
    sources = sorted({one.source for one in own})
    parts = [sources[k::_MOST_LEFT_OUT] for k in range(min(len(sources), _MOST_LEFT_OUT))]
    above: dict[str, float] = {}
    for part in parts if len(sources) > 1 else ():
        others = [one for one in own if one.source not in part]
        without = _fit(names, decision, foreign, others, rest)
        for source in part:
            left = States.of([one.observed for one in own if one.source == source])
            above[source] = float(np.median(without.scores(names, left.logs, left.octaves)))
    most = float(np.quantile(list(above.values()), _MISSED)) if above else 0.0
    half = max(0.0, most) / 2.0
    taught = replace(taught, bias=round(taught.bias - half, 6))
    strangers = _strangers(foreign, taught.parents)
    scores = taught.scores(names, strangers.logs, strangers.octaves)
    called = int(np.sum(scipy.special.expit(scores) >= decision.threshold))
    left_out = sum(score >= half for score in above.values()) if above else None
    return Lesson(taught, len(sources), len(own), left_out, len(strangers), called)


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
) -> TaughtClass:
    """The class of greatest posterior probability, with the score 0 where most strangers end.
    Emissions of it and all others together, and other classes and labels, are taken to be equally
    frequent."""
    states = States.of([one.observed for one in own])
    against = kept.joined(States.of([one.observed for one in rest])) if rest else kept
    parents = {_by_model(names, decision, one.observed).label for one in own}
    strangers = _strangers(against, parents | {one.observed.label for one in rest})
    sources = [one.source for one in own]
    middle, spread = kept.logs.mean(axis=0), kept.logs.std(axis=0) + _LEAST_SPREAD
    joined = states.joined(against)
    found = _maximise(
        np.column_stack([(joined.logs - middle) / spread, np.ones(len(joined))]),
        np.repeat([1.0, -1.0], [len(states), len(against)]),
        np.concatenate([_shares(sources), _shares(against.labels)]),
        _PRIOR / len(own),
    )
    by_class = found[:-1] / spread
    apart = _apart(states.octaves, sources)
    taught = TaughtClass(
        own[0].observed.label,
        tuple(sorted(parents)),
        dict(zip(names, by_class.round(6).tolist(), strict=True)),
        _near(states.octaves, apart, strangers.octaves),
        0.0,
        _not_contradicted(own),
    )
    theirs = taught.scores(names, strangers.logs, strangers.octaves)
    return replace(taught, bias=-float(np.quantile(theirs, 1.0 - _STRANGERS)))


def _shares(labels: Sequence[str]) -> np.ndarray:
    """What each counts where all labels count alike, and all together a half."""
    counts = Counter(labels)
    return np.array([0.5 / (len(counts) * counts[label]) for label in labels])


def _strangers(states: States, labels: Collection[str]) -> States:
    """Those with one of the labels; all where none has."""
    numbers = [k for k, label in enumerate(states.labels) if label in labels]
    return states.take(numbers) if numbers else states


def _not_contradicted(own: Sequence[Example]) -> tuple[str, ...]:
    """Kinds of evidence that speak against the label for less than half of its examples."""
    names = (own[0].observed.label,)
    facts = [replace(one.observed.facts, frames=None) for one in own]
    found = np.mean(
        [evidence(names, one, _band_plan(), was_searched=False) != 0.0 for one in facts], axis=0
    )
    return tuple(kind for kind, (share,) in zip(KINDS, found, strict=True) if share < 0.5)


def _apart(octaves: np.ndarray, sources: Sequence[str]) -> np.ndarray:
    """How far each measurement is from the nearest one of another recording, in octaves; 0 where
    there is none."""
    apart = np.abs(octaves[:, None] - octaves)
    apart[np.equal.outer(sources, sources)] = np.nan
    nearest = np.where(np.isnan(apart), np.inf, apart).min(axis=1)
    nearest[np.isinf(nearest)] = 0.0
    return np.where(np.isnan(octaves), np.nan, nearest)


def _near(octaves: np.ndarray, apart: np.ndarray, strangers: np.ndarray) -> dict[str, Near]:
    """The measurements that at least half of the examples have. A weight is that of even
    probabilities: over `Near.octaves` for the class, over their spread for strangers."""
    found = {}
    for column, name in enumerate(MEASURES):
        values, others = octaves[:, column], strangers[:, column]
        is_there, others = np.isfinite(values), others[np.isfinite(others)]
        if 2 * is_there.sum() < len(values) or len(others) < 2:
            continue
        within = float(np.hypot(_FINEST[name], np.median(apart[is_there, column])))
        if within < others.std():
            middle = (2.0 ** values[is_there]).round(9).tolist()
            weight = 0.5 * float(np.log(within / others.std()))
            found[name] = Near(middle, round(within, 4), round(weight, 6))
    return found


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

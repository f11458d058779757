# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits how evidence adds up to a label: the weights of a model's decision.

The probabilities of classes are a multinomial logit with one weight for each kind of evidence,
shared by all classes (McFadden 1974, "Conditional logit analysis of qualitative choice behavior").
The weights are those of the greatest likelihood on cuts that taught the model nothing, so that they
hold after all evidence. A piece of a signal may be called by its class or `unknown`: its likelihood
is the sum of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize
from gnuradio.rfattn.catalogue.band_plan import SHIPPED, BandPlan
from gnuradio.rfattn.catalogue.classes import Names
from gnuradio.rfattn.emissions.decision import (
    MODEL,
    MOST_UNFRAMED,
    Decision,
    has_frames,
    without_unframed,
)
from gnuradio.rfattn.emissions.evidence import FRAMES, IN_FULL, KINDS, Facts, evidence
from gnuradio.rfattn.messages.label_text import UNKNOWN

WRONG_COSTS = 1.0
"""How many labels that are right make up for a wrong one. From it follows how probable a class must
be to be named."""
PIECES = 0.3
"""What a piece of a signal counts beside a whole one."""
MISPLACED = 0.02
"""Share of the emissions that are drawn to be outside of the bands of their class: plans differ
between countries, receivers have images, and converters move bands."""
FOLDS = 5
"""Parts of the groups, each of which is left out once in `ablate`."""
PRIOR = 1e-4
"""Weight of the sum of squares of the weights beside the mean logarithm of the likelihood, so that
evidence that was never wrong gets no infinite weight."""
_COLUMNS = (MODEL, UNKNOWN, *KINDS)


@dataclass(frozen=True)
class Observed:
    """An emission whose class is known.

    Attributes:
        label: its class, or `UNKNOWN`.
        logs: logarithms of the probabilities by the model, float64 [classes].
        facts: what was measured of it.
        is_piece: it is a piece of such a signal.
        counts_as: so many emissions.
    """

    label: str
    logs: np.ndarray
    facts: Facts
    is_piece: bool = False
    counts_as: float = 1.0


def fit_decision(
    names: Names,
    observed: Sequence[Observed],
    kinds: Sequence[str] = tuple(KINDS),
    seed: int = 1,
) -> Decision:
    """The decision, without families, of the greatest likelihood. `IN_FULL` have no weights.

    All emissions of no class together count as much as those of the classes; without any, the
    weight of `UNKNOWN` is 0. A frequency is drawn for half of the emissions: of no class in the
    bands of any class.

    Args:
        names: of the classes of the model, with `UNKNOWN`.
        kinds: of evidence that may count.
        seed: of the frequencies.
    """
    scores, fits = design(names, observed, seed)
    has_unknown = any(one.label == UNKNOWN for one in observed)
    fitted = [MODEL, *([UNKNOWN] if has_unknown else []), *(k for k in kinds if k not in IN_FULL)]
    columns = [_COLUMNS.index(name) for name in fitted]
    most = MOST_UNFRAMED if has_unknown else 0.0
    whole = [kind for kind in kinds if kind in IN_FULL]
    in_full = scores[..., [_COLUMNS.index(kind) for kind in whole]].sum(axis=-1)
    with_frames = scores[..., _COLUMNS.index(FRAMES)].any(axis=1) & (FRAMES in kinds)
    *weights, unframed = _maximise(
        names, scores[..., columns], in_full, with_frames, fits, importance(observed), most
    ).tolist()
    found = {name: round(weight, 4) for name, weight in zip(fitted, weights, strict=True)}
    found |= dict.fromkeys(whole, 1.0)
    least = round(WRONG_COSTS / (1.0 + WRONG_COSTS), 4)
    return Decision(
        weights=found,
        unframed_share=round(unframed, 4),
        threshold=least,
        family_threshold=least,
    )


def design(names: Names, observed: Sequence[Observed], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What the weights are multiplied by, float64 [emissions, classes, 2 + kinds]: logarithms of
    the probabilities by the model, 1 for `UNKNOWN`, evidence; and which classes are right, bool
    [emissions, classes]."""
    rng, plan = np.random.default_rng([seed, 41]), BandPlan.load(SHIPPED)
    unknown = names.index(UNKNOWN)
    scores = np.zeros((len(observed), len(names), 2 + len(KINDS)))
    fits = np.zeros((len(observed), len(names)), bool)
    for one, row, fit in zip(observed, scores, fits, strict=True):
        frequency_hz = _draw_frequency(rng, one.label, plan) if rng.random() < 0.5 else None
        facts = replace(one.facts, frequency_hz=frequency_hz)
        row[:, 0] = one.logs
        row[unknown, 1] = 1.0
        row[:, 2:] = evidence(names, facts, plan).T
        fit[names.index(one.label)] = True
        fit[unknown] |= one.is_piece
    return scores, fits


def importance(observed: Sequence[Observed]) -> np.ndarray:
    """What each emission counts, float64 [emissions]; they add up to 1. Of a class with more
    emissions each counts less, so that the class counts as the square root of their number."""
    counts = Counter(one.label for one in observed)
    weights = np.array(
        [
            one.counts_as * (PIECES if one.is_piece else 1.0) / np.sqrt(counts[one.label])
            for one in observed
        ]
    )
    is_unknown = np.array([one.label == UNKNOWN for one in observed])
    for mine in (is_unknown, ~is_unknown):
        weights[mine] /= max(weights[mine].sum(), 1e-9)
    return weights / weights.sum()


def losses(
    decision: Decision, names: Names, observed: Sequence[Observed], seed: int = 1
) -> np.ndarray:
    """The negative logarithm of the likelihood of each emission, in nats: float64 [emissions]."""
    scores, fits = design(names, observed, seed)
    found = decision.probabilities(names, scores[..., 0], np.moveaxis(scores[..., 2:], 2, 1))
    return -np.log(np.maximum((found * fits).sum(axis=1), 1e-12))


def ablate(
    names: Names, observed: Sequence[Observed], groups: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """What leaving out each kind of evidence costs, fitted and measured on other groups.

    Returns:
        By kind the increase of the mean loss in nats and its standard error; under ``""`` the loss
        with all kinds and its standard error.
    """
    part = {group: k % FOLDS for k, group in enumerate(sorted(set(groups)))}
    folds = np.array([part[group] for group in groups])
    weights = importance(observed)

    def losses_without(left_out: str) -> np.ndarray:
        kinds, found = [kind for kind in KINDS if kind != left_out], np.zeros(len(observed))
        for fold in range(FOLDS):
            mine, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            if len(mine):
                decision = fit_decision(names, [observed[k] for k in others], kinds)
                found[mine] = losses(decision, names, [observed[k] for k in mine])
        return found

    full = losses_without("")
    found = {"": full} | {kind: losses_without(kind) - full for kind in KINDS}
    return {kind: _mean(values, weights) for kind, values in found.items()}


def _mean(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean, and its standard error."""
    mean = float(weights @ values)
    return mean, float(np.sqrt((weights**2) @ (values - mean) ** 2))


def _draw_frequency(rng: np.random.Generator, label: str, plan: BandPlan) -> float:
    """One in the bands of the class, or in those of any class."""
    bands = plan.bands.get(label)
    if bands is None or rng.random() < MISPLACED:
        bands = plan.bands[sorted(plan.bands)[rng.integers(len(plan.bands))]]
    return float(rng.uniform(*bands[rng.integers(len(bands))]))


def _maximise(
    names: Names,
    scores: np.ndarray,
    in_full: np.ndarray,
    with_frames: np.ndarray,
    fits: np.ndarray,
    weights: np.ndarray,
    most_unframed: float,
) -> np.ndarray:
    """The coefficients of the greatest likelihood, float64 [columns], of which the first is near 1,
    and behind them the share of `decision.without_unframed`.

    Args:
        scores, fits: see `design`.
        in_full: what is added to the scores without a weight, float64 [emissions, classes].
        with_frames: see `without_unframed`.
        most_unframed: the most that this share may be.
    """
    first = np.zeros(scores.shape[2] + 1)
    first[0] = 1.0
    excluded, logs = np.where(fits, 0.0, -np.inf), scores[..., 0]
    scores, framed, unknown = scores.copy(), has_frames(names), names.index(UNKNOWN)
    found = np.exp(logs)
    movable = np.where(with_frames, 0.0, found[:, framed].sum(axis=1))

    def value_and_slope(tried: np.ndarray) -> tuple[float, np.ndarray]:
        *_, share = tried
        scores[..., 0] = without_unframed(names, logs, share, with_frames)
        sums = scores @ tried[:-1] + in_full
        all_log = np.logaddexp.reduce(sums, axis=1)
        right_log = np.logaddexp.reduce(sums + excluded, axis=1)
        expected = np.exp(sums - all_log[:, None])
        right = np.exp(sums + excluded - right_log[:, None])
        excess = weights[:, None] * (expected - right)
        of_share = excess[:, unknown] @ (movable / (found[:, unknown] + share * movable))
        of_share -= excess[~with_frames][:, framed].sum() / (1.0 - share)
        slope = np.append(np.einsum("nc,nck->k", excess, scores), tried[0] * of_share)
        away = tried - first
        value = weights @ (all_log - right_log) + PRIOR * (away @ away)
        return float(value), slope + 2.0 * PRIOR * away

    bounds = [(None, None)] * scores.shape[2] + [(0.0, most_unframed)]
    return scipy.optimize.minimize(
        value_and_slope, first, jac=True, method="L-BFGS-B", bounds=bounds
    ).x

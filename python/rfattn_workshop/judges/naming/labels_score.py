# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an emission should be called, what it was called, and the shares of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn_station.learning.boxes import areas, edges

from .labels_path import boxes_of

OUTCOMES = ("right", "family", "unknown", "wrong family", "wrong", "missed")
"""What becomes of a true emission; the shares of all add up to 1. "family": no label but a right
family; "unknown": neither; "missed": the detector found nothing of it, or too little for a step."""
BINS = 15


@dataclass(frozen=True)
class Answer:
    """The answer for one true emission, or one recording."""

    name: str
    """The row that it belongs to."""
    right: frozenset[str]
    """Classes that are right; empty for what is of no class, which should be `unknown`."""
    families: frozenset[str]
    """Families that are right where there is no label."""
    verdict: Verdict | None
    """None where no model looked at it."""

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`; without right classes "right" is `unknown` without a family."""
        if self.verdict is None:
            return "missed"
        if self.verdict.label != UNKNOWN:
            return "right" if self.verdict.label in self.right else "wrong"
        if self.verdict.family is None:
            return "unknown" if self.right else "right"
        return "family" if self.verdict.family in self.families else "wrong family"

    @property
    def is_guessed(self) -> bool:
        """Whether the best guess is right, certain or not."""
        return self.verdict is not None and self.verdict.guess in self.right


def decide(
    records: Sequence[EmissionRecord],
    count: int,
    decision: Decision,
    plan: BandPlan | None = None,
    frequency: float | None = None,
) -> Verdict | None:
    """The verdict on what was found of one emission; None where the model saw nothing of it.

    Several found pieces count together: by the mean of their probabilities, weighted by their time
    on the air times their width.

    Args:
        count: samples that the bursts lie in.
        plan: of the band, which counts where the frequency is known.
        frequency: of the band's centre, Hz.
    """
    seen = [r for r in records if r.latest.probabilities]
    if not seen:
        return None
    weights = [max(1e-9, areas(edges(boxes_of(r, count))).sum()) for r in seen]
    rows = [list(r.latest.probabilities.values()) for r in seen]
    mean = np.average(rows, axis=0, weights=weights)
    names = tuple(seen[0].latest.probabilities)
    if plan is not None and frequency is not None:
        middles = [(r.latest.freq_lower + r.latest.freq_upper) / 2 for r in seen]
        middle = frequency + float(np.average(middles, weights=weights))
        outside = ~plan.fits(names, middle)
        mean *= np.exp(decision.weights.get("outside_band", 0.0) * outside)
        mean /= mean.sum()
    # A guess that reached the threshold and is no label lacks its frames.
    unnamed = [r.latest for r in seen if r.latest.label == UNKNOWN]
    absent = [one.guess for one in unnamed if one.confidence >= decision.threshold]
    return decision.decide(dict(zip(names, mean.tolist(), strict=True)), absent)


def figures(answers: Sequence[Answer]) -> dict:
    """The number of answers, the share of each outcome, and of right guesses; 0 of none."""
    outcomes, count = Counter(answer.outcome for answer in answers), max(1, len(answers))
    return {
        "count": len(answers),
        "found": 1 - outcomes["missed"] / count if answers else 0.0,
        **{name: outcomes[name] / count for name in OUTCOMES},
        "guess": sum(answer.is_guessed for answer in answers) / count,
    }


def mistaken(answers: Iterable[Answer]) -> dict[str, int]:
    """The wrong labels and how often each was given, the most frequent first."""
    found = Counter(a.verdict.label for a in answers if a.outcome == "wrong")
    return dict(found.most_common())


def by_name(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """The answers of each name, in the order of the names."""
    found: dict[str, list[Answer]] = {}
    for answer in sorted(answers, key=lambda a: a.name):
        found.setdefault(answer.name, []).append(answer)
    return found


def calibration_error(confidence: Sequence[float], is_right: Sequence[bool]) -> float | None:
    """Expected calibration error over `BINS` equal bins (Guo et al. 2017, arXiv 1706.04599): the
    mean distance of the share that is right from the mean confidence, weighted by the answers of
    each bin. None without answers."""
    if not len(confidence):
        return None
    sure, right = np.asarray(confidence, float), np.asarray(is_right, float)
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float((right[places == k] - sure[places == k]).sum())) for k in np.unique(places)]
    return sum(gaps) / len(sure)


def chance_error(confidence: Sequence[float]) -> float | None:
    """The mean calibration error of answers that are right as often as they state, by chance: few
    answers reach no less. Mean of 2000 draws. None without answers."""
    if not len(confidence):
        return None
    draws = np.random.default_rng(1).random((2000, len(confidence))) < np.asarray(confidence)
    return float(np.mean([calibration_error(confidence, draw) for draw in draws]))


def calibration(answers: Iterable[Answer]) -> dict:
    """Calibration of the best guesses and of the labels that were given.

    Emissions of no class are left out: no guess of theirs can be right.
    """
    known = [a for a in answers if a.verdict is not None and a.right]
    labelled = [a for a in known if a.verdict.label != UNKNOWN]
    sure = [a.verdict.confidence for a in known]
    sure_labels = [a.verdict.confidence for a in labelled]
    return {
        "guesses": len(known),
        "guess_error": calibration_error(sure, [a.is_guessed for a in known]),
        "guess_chance": chance_error(sure),
        "labels": len(labelled),
        "label_error": calibration_error(sure_labels, [a.outcome == "right" for a in labelled]),
        "label_chance": chance_error(sure_labels),
    }

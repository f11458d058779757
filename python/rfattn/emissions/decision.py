# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides on the label of an emission: one sum of evidence for each class, and two thresholds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import compress

import numpy as np

from ..catalogue.band_plan import BandPlan
from ..catalogue.classes import Names, is_of_frames, services
from ..catalogue.formats import formats
from ..catalogue.frames_found import frames_found
from ..checked import is_number, shown
from ..messages.label_text import PROVED, UNKNOWN
from .evidence import FRAMES, IN_FULL, KINDS, LEAST_PROOF, NO_FRAMES, Facts, evidence, has_rate
from .taught import TaughtClass

MOST_UNFRAMED = 0.9
"""A class with frames may lose at most this share to "unknown"."""
_NAMELESS = (UNKNOWN, "noise")
_FRAMES = list(KINDS).index(FRAMES)
_NO_FRAMES = list(KINDS).index(NO_FRAMES)
MODEL = "model"
"""Key of the weight of the model's logarithms of probabilities."""
LONG_ENOUGH = 0.8
"""A class that would have shown its frames with this probability, and did not, gives an emission
its family alone."""


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
class Decision:
    """How the evidence adds up, and how probable a class or a family must be to be named.

    The score of a class is the weight of `MODEL` times the logarithm of its probability by the
    model, see `without_unframed`, plus for each kind of evidence its weight times what `evidence`
    says of the class, but `IN_FULL` without one; that of "unknown" has its own weight added. The
    probabilities are the softmax of the scores. The most probable class is the label where its
    probability reaches the threshold, and its frames are not known to be missing. Otherwise the
    family with the largest sum of probabilities is named where the sum reaches that
    of families. The classes "unknown" and "noise" are no part of a family.

    Attributes:
        families: family by class.
        weights: by kind of evidence (`KINDS`), `MODEL` or "unknown"; absent kinds count nothing.
        unframed_share: see `without_unframed`.
        threshold: least probability of a class that is named.
        family_threshold: of a family; None: none is named.
        taught: classes that a user taught, see `refine`.
        is_of_frames: there is no model, and frames alone give labels.
    """

    families: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    unframed_share: float = 0.0
    threshold: float = 0.0
    family_threshold: float | None = None
    taught: tuple[TaughtClass, ...] = ()
    is_of_frames: bool = False

    @classmethod
    def of_contract(cls, contract: Mapping, min_confidence: float | None = None) -> Decision:
        """The decision of a model, by its contract (see inference/contract.py), or of frames alone.
        Where it states none, the model's most probable class is the label.

        Args:
            min_confidence: replaces both thresholds; None: it does not.
        """
        stated = {k: v for k, v in contract.get("decision", {}).items() if k in _KEYS}
        if min_confidence is not None:
            stated |= {"threshold": min_confidence, "family_threshold": min_confidence}
        taught = tuple(TaughtClass.from_dict(one) for one in contract.get("taught", ()))
        families = contract.get("families", {})
        return cls(families, **stated, taught=taught, is_of_frames=is_of_frames(contract))

    def to_dict(self) -> dict:
        """What the contract of a model states, without the families, as JSON."""
        return {key: getattr(self, key) for key in _KEYS}

    def probabilities(self, names: Names, logs: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Float64 [..., classes].

        Args:
            names: of the classes.
            logs: logarithms of their probabilities by the model, [..., classes].
            found: `evidence`, [..., kinds, classes].
        """
        weights = np.array([self.weight(kind) for kind in KINDS])
        with_frames = found[..., _FRAMES, :].any(axis=-1)
        logs = without_unframed(names, logs, self.unframed_share, with_frames)
        scores = self.weights.get(MODEL, 1.0) * logs + weights @ found
        if UNKNOWN in names:
            scores[..., names.index(UNKNOWN)] += self.weights.get(UNKNOWN, 0.0)
        values = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return values / values.sum(axis=-1, keepdims=True)

    def weight(self, kind: str) -> float:
        """The weight of a kind of evidence."""
        weight = self.weights.get(kind, 0.0)
        return float(weight != 0.0) if kind in IN_FULL else weight

    def judge(
        self,
        names: Names,
        logs: np.ndarray,
        facts: Facts,
        plan: BandPlan | None = None,
        was_searched: bool = True,
    ) -> tuple[np.ndarray, Verdict]:
        """The probabilities of the classes, float64 [classes], and the verdict, without taught
        classes.

        Args:
            names, logs: as for `probabilities`, of one emission.
            facts: what was measured of it.
            plan: of the bands; None: they do not count.
            was_searched: frames were looked for.
        """
        found = evidence(names, facts, plan, was_searched)
        values = self.probabilities(names, logs, found)
        service = formats().get(facts.frames)
        if service in services() and service not in names:
            certain = float(-np.expm1(-LEAST_PROOF))
            return values, Verdict(service, services()[service], service, certain)
        is_absent = self.weight(NO_FRAMES) * found[_NO_FRAMES] <= np.log1p(-LONG_ENOUGH)
        by_class = dict(zip(names, values.tolist(), strict=True))
        return values, self.decide(by_class, list(compress(names, is_absent)))

    def decide(self, probabilities: Mapping[str, float], absent: Collection[str] = ()) -> Verdict:
        """The verdict on an emission with these probabilities by class.

        Args:
            absent: classes whose frames were looked for long enough and not found.
        """
        best = max(probabilities, key=probabilities.__getitem__)
        guess = best
        if best == UNKNOWN:
            named = (name for name in probabilities if name != UNKNOWN)
            guess = max(named, key=probabilities.__getitem__, default=best)
        confidence = probabilities[guess]
        if best != UNKNOWN and confidence >= self.threshold:
            label = UNKNOWN if best in absent else best
            return Verdict(label, self.families.get(best), guess, confidence)
        return Verdict(UNKNOWN, self._certain_family(probabilities), guess, confidence)

    def by_frames(self, frames: str | None) -> dict[str, str]:
        """Label, family and basis by the format of frames alone; {} where a model decides, and
        where no frames of a class were found."""
        label = formats().get(frames)
        if not self.is_of_frames or label is None:
            return {}
        return {"label": label, "family": self.families[label], "basis": PROVED}

    def refine(
        self,
        verdict: Verdict,
        names: Names,
        logs: np.ndarray,
        facts: Facts,
        plan: BandPlan | None = None,
    ) -> Verdict:
        """The verdict with the name of a taught class whose probability reaches the threshold; the
        most probable one of several. A label that stands on frames is only replaced by a class
        whose examples the model called so, too.

        Args:
            verdict: by the classes of the model.
            names, logs: as for `probabilities`, of one emission.
            facts: what was measured of it.
            plan: of the bands; None: they do not count.
        """
        is_exact = basis(verdict.label, facts) == PROVED
        found = [
            (one.probability(names, logs, facts, added), one.name)
            for one, added in zip(self.taught, self.evidence_of_taught(facts, plan), strict=True)
            if not is_exact or verdict.label in one.parents
        ]
        probability, name = max(found, default=(0.0, ""))
        if not name or probability < self.threshold:
            return verdict
        return Verdict(name, verdict.family, name, probability)

    def evidence_of_taught(self, facts: Facts, plan: BandPlan | None = None) -> list[float]:
        """What is known of each taught class, as in the scores of the model's classes, but for
        frames; 0 where the class is not in the catalogue."""
        if not self.taught:
            return []
        names = tuple(one.name for one in self.taught)
        found = evidence(names, replace(facts, frames=None), plan, was_searched=False)
        weights = [
            [self.weight(kind) * (kind in one.evidence) for one in self.taught] for kind in KINDS
        ]
        return (np.array(weights) * found).sum(axis=0).tolist()

    def _certain_family(self, probabilities: Mapping[str, float]) -> str | None:
        sums: dict[str, float] = {}
        for name, probability in probabilities.items():
            if name in self.families and name not in _NAMELESS:
                family = self.families[name]
                sums[family] = sums.get(family, 0.0) + probability
        if not sums or self.family_threshold is None:
            return None
        best = max(sums, key=sums.__getitem__)
        return best if sums[best] >= self.family_threshold else None


def without_unframed(
    names: Names, logs: np.ndarray, share: float, with_frames: np.ndarray
) -> np.ndarray:
    """Moves a share of the probability of each class with frames to "unknown": others send the
    modulation of such a class without its frames, which a model does not see.

    Args:
        names, logs: as for `Decision.probabilities`.
        share: 0 to < 1.
        with_frames: bool [...], where frames were found, so that nothing is moved.
    """
    if share == 0.0 or UNKNOWN not in names:
        return logs
    framed, unknown = has_frames(names), names.index(UNKNOWN)
    moved = np.log(share) + np.logaddexp.reduce(logs[..., framed], axis=-1)
    rest = logs + np.log1p(-share * framed)
    rest[..., unknown] = np.logaddexp(rest[..., unknown], moved)
    return np.where(with_frames[..., None], logs, rest)


@lru_cache(maxsize=8)
def has_frames(names: Names) -> np.ndarray:
    """Whether it is known how often frames of each class are found: bool [classes]. A format that
    only some of a class send, as a user may add, does not speak against the others."""
    return np.array([name in frames_found().counts for name in names])


def basis(label: str, facts: Facts) -> str:
    """What the label of a class stands on, one of `BASES`."""
    if formats().get(facts.frames) == label:
        return PROVED
    is_measured = facts.symbol_rate is not None and has_rate(label, facts.symbol_rate)
    return "rate" if is_measured else "shape"


_KEYS = ("weights", "unframed_share", "threshold", "family_threshold")


def check_decision(contract: Mapping, classes: Sequence[str]) -> str | None:
    """What is wrong with families and decision of a contract, in one line; None: nothing."""
    families, decision = contract.get("families", {}), contract.get("decision", {})
    if "thresholds" in contract:
        return "thresholds by class are of an earlier version: train the model again"
    for name, value in (("families", families), ("decision", decision)):
        if not isinstance(value, dict):
            return f"{name} must be an object, got {shown(value)}"
    for name, family in families.items():
        if not _is_name(family):
            return f"families: {name[:100]} must be a name, got {shown(family)}"
    weights = decision.get("weights", {})
    if not isinstance(weights, dict):
        return f"decision: weights must be an object, got {shown(weights)}"
    for kind, weight in weights.items():
        if kind not in (*KINDS, MODEL, UNKNOWN):
            return f"decision: weights: there is no evidence {kind[:100]}"
        if not is_number(weight, -100.0, 100.0):
            return f"decision: weight of {kind} must be from -100 to 100, got {shown(weight)}"
    most = {"unframed_share": MOST_UNFRAMED, "threshold": 1.0, "family_threshold": 1.0}
    for name, limit in most.items():
        value = decision.get(name, 0.0)
        if not is_number(value, 0.0, limit):
            return f"decision: {name} must be from 0 to {limit:g}, got {shown(value)}"
    strangers = [name for name in families if name not in classes]
    return f"families: the model has no {strangers[0][:100]}" if strangers else None


def _is_name(value) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()

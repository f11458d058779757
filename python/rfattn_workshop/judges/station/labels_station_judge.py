# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels the takes of a station before and after it learned, and counts what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import Network
from gnuradio.rfattn_station.learning.rehearsal import read_rehearsal

from .labels_station_days import CONFIRMED, GROUPS, LABELLED, STRANGERS, ObservedTake, group_of

OUTCOMES = "right", "no label", "wrong", "not found"
ALL = "all classes"
WITH_EXAMPLES = "classes with examples"
WITHOUT_FRAMES = f"{CONFIRMED}, frames left out"
REHEARSAL = "shipped rehearsal"


class Judge:
    """A network, the takes that judge it, and its rehearsal.

    Attributes:
        before: the model as it is shipped.
    """

    def __init__(self, network: Network, judged: Sequence[ObservedTake]):
        self.before = replace(Decision.of_contract(network.contract), taught=())
        self._names, self._judged = network.names, judged
        self._kept = read_rehearsal(network.path, network.model, network.names)
        self._plan = BandPlan.load()

    def judge(self, model: Decision) -> dict[str, dict[str, int]]:
        """The counts of `OUTCOMES` in each group, of the classes together, and of the rehearsal."""
        found = {name: Counter() for name in (*GROUPS, WITHOUT_FRAMES, WITH_EXAMPLES, ALL)}
        for one in self._judged:
            group, outcome = group_of(one.take.sender), self._outcome(one, model)
            found[group][outcome] += 1
            if group in (CONFIRMED, LABELLED):
                found[WITH_EXAMPLES][outcome] += 1
            if group != STRANGERS:
                found[ALL][outcome] += 1
            if group == CONFIRMED:
                found[WITHOUT_FRAMES][self._outcome(one, model, with_frames=False)] += 1
        return _plain({**found, REHEARSAL: self._rehearse(model)})

    def of_class(self, label: str, model: Decision) -> dict[str, dict[str, int]]:
        """The counts of `OUTCOMES` of the takes of a class, before and with a model."""
        takes = [one for one in self._judged if label in one.take.sender.right[:1]]
        return _plain(
            {
                name: Counter(self._outcome(one, which) for one in takes)
                for name, which in (("before", self.before), ("after", model))
            }
        )

    def changes(self, model: Decision) -> list[tuple[str, str, str, int]]:
        """Sender, label before, label now, and how many of its takes, where a label changed."""
        found = Counter()
        for one in self._judged:
            if one.observed is None:
                continue
            labels = [self._label(one.observed, which) for which in (self.before, model)]
            if labels[0] != labels[1]:
                found[one.take.name, *labels] += 1
        return [(*names, count) for names, count in found.most_common()]

    def _outcome(self, one: ObservedTake, model: Decision, with_frames: bool = True) -> str:
        if one.observed is None:
            return "not found"
        label, right = self._label(one.observed, model, with_frames), one.take.sender.right
        if label == UNKNOWN:
            return "no label" if right else "right"
        return "right" if label in right else "wrong"

    def _label(self, seen: Observed, model: Decision, with_frames: bool = True) -> str:
        """The label as the running path gives it; see `KnownEmission`."""
        facts = seen.facts if with_frames else replace(seen.facts, frames=None)
        _, verdict = model.judge(self._names, seen.logs, facts, self._plan, with_frames)
        return model.refine(verdict, self._names, seen.logs, facts, self._plan).label

    def _rehearse(self, model: Decision) -> Counter:
        """The outcomes of the kept emissions."""
        rows = zip(self._kept.labels, self._kept.logs, self._kept.facts(), strict=True)
        return Counter(
            _outcome_of(true, self._label(Observed(true, logs, facts), model))
            for true, logs, facts in rows
        )


def _outcome_of(true: str, label: str) -> str:
    if true == label:
        return "right"
    return "no label" if label == UNKNOWN else "wrong"


def _plain(found: dict[str, Counter]) -> dict[str, dict[str, int]]:
    return {name: {key: counts[key] for key in OUTCOMES} for name, counts in found.items()}

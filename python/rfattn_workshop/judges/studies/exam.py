# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same questions for every model: held-out emissions, rows of a table, and steps before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.step_average import StepAverage
from gnuradio.rfattn.emissions.symbol_rate import SymbolRate, step_rates
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn_station.learning.cut_set import MADE, Cut
from gnuradio.rfattn_station.learning.fit_decision import Observed, fit_decision
from gnuradio.rfattn_station.learning.stream_logits import stream_logits
from scipy.special import softmax

from ...train.emission_data import cut_sets
from ...train.emissions import COUNTS_AS, fit_set
from ...train.metrics import balanced_accuracy
from ..naming.labels_rows import Row, RowCounts
from ..naming.labels_score import Answer as Answered
from .other_signals import OtherSignals, Scene
from .plan import StudyPlan
from .store import digest

FAMILY_OF = known_of("family")

Answer = Callable[[Sequence[Sequence[np.ndarray]]], list[np.ndarray]]
"""Maps the segments of each emission, tokens [T, n_bins + features], to logarithms of the
probabilities of its classes."""


@dataclass(frozen=True)
class Exam:
    """Everything that a model is asked.

    Attributes:
        classes: of all models; block_size: tokens of a step.
        sets: cuts that training did not see, to which the decision is fitted, by split.
        held: cuts of other rounds, made-up ones alone, without pieces.
        recordings: cuts of recordings of split `test`; there may be none.
        long: cuts of `held` that last for the steps of `contexts`.
        contexts: numbers of steps, the last one a window.
        signals: of the other generator.
        digest: of all cuts.
    """

    classes: tuple[str, ...]
    block_size: int
    sets: dict[str, list[Cut]]
    held: list[Cut]
    recordings: list[Cut]
    long: list[Cut]
    contexts: tuple[int, ...]
    signals: OtherSignals
    digest: str

    @classmethod
    def of(
        cls,
        plan: StudyPlan,
        classes: Sequence[str],
        cuts: Sequence[Cut],
        held: Sequence[Cut],
        signals: OtherSignals,
    ) -> Exam:
        """
        Args:
            cuts: of the training's folder; held: of the other one.

        Raises:
            ValueError: the folders have made-up cuts of the same emissions, or one has none.
        """
        shape = plan.training.model
        sets = cut_sets(cuts, plan.training.val_share, classes)
        asked = [cut for cut in held if cut.origin == MADE and not cut.is_piece]
        asked = [cut for cut in asked if cut.label in (*classes, OTHER)]
        both = {cut.group for cut in asked} & {cut.group for cut in cuts}
        if both or not asked:
            raise ValueError(
                "study: the held-out cuts must be of other rounds than those of the training, got "
                f"{len(asked)} made-up cuts, and {len(both)} groups that both have"
            )
        steps = shape.window // shape.block_size
        contexts = tuple(2**k for k in range(steps.bit_length()) if 2**k <= steps)
        return cls(
            tuple(classes),
            shape.block_size,
            {name: sets[name] for name in COUNTS_AS},
            asked,
            [cut for cut in sets.get("test", ()) if not cut.is_piece],
            [cut for cut in asked if len(cut.tokens) >= contexts[-1] * shape.block_size],
            contexts,
            signals,
            digest([*cuts, *asked, *signals.cuts]),
        )

    def judge(self, answer: Answer) -> dict:
        """All figures of one model but for those of its steps."""
        observed = fit_set({name: self._observe(answer, name) for name in self.sets})
        families = {name: FAMILY_OF[name] for name in self.classes if name in FAMILY_OF}
        decision = replace(fit_decision(self.classes, observed), families=families)
        return {
            "held": self._figures(answer, self.held),
            "recordings": self._figures(answer, self.recordings) if self.recordings else None,
            **self._rows(answer, decision),
        }

    def judge_steps(self, model: StreamingTransformer, shape: ModelConfig) -> dict:
        """Balanced accuracy of a network by how much it sees: `context`, that of one and the same
        step of the long cuts by the number of steps up to it; `alone`, that on the held-out cuts
        where no step sees another one, and their answers are averaged as usual."""
        alone = network(model, shape)([_steps_of(cut.tokens, self.block_size) for cut in self.held])
        return {
            "context": self._by_context(model, shape),
            "alone": self._accuracy([label_of(cut) for cut in self.held], alone),
        }

    def _by_context(self, model: StreamingTransformer, shape: ModelConfig) -> list[dict]:
        end, labels = self.contexts[-1] * self.block_size, [label_of(cut) for cut in self.long]
        found = []
        for steps in self.contexts:
            parts = [cut.tokens[end - steps * self.block_size : end] for cut in self.long]
            last = [logits[-1] for logits in stream_logits(model, shape, parts)]
            found.append({"steps": steps, "accuracy": self._accuracy(labels, last)})
        return found

    def _figures(self, answer: Answer, cuts: Sequence[Cut]) -> dict:
        """Balanced accuracy of the model alone, its mean loss in nats with each class counting the
        same, and for each cut whether it is right."""
        labels, logs = [label_of(cut) for cut in cuts], answer([[cut.tokens] for cut in cuts])
        losses: dict[str, list[float]] = {}
        right = []
        for row, label in zip(logs, labels, strict=True):
            right.append(self.classes[int(row.argmax())] == label)
            losses.setdefault(label, []).append(-float(row[self.classes.index(label)]))
        return {
            "count": len(cuts),
            "accuracy": self._accuracy(labels, logs),
            "loss": float(np.mean([np.mean(those) for those in losses.values()])),
            "right": "".join("01"[one] for one in right),
        }

    def accuracy(self, answer: Answer) -> float | None:
        """Balanced accuracy of the model alone on the held-out cuts."""
        return self._figures(answer, self.held)["accuracy"]

    def _accuracy(self, labels: Sequence[str], logs: Sequence[np.ndarray]) -> float | None:
        return balanced_accuracy(labels, [self.classes[int(row.argmax())] for row in logs])

    def _observe(self, answer: Answer, name: str) -> list[Observed]:
        cuts, weight = self.sets[name], COUNTS_AS[name]
        return [
            Observed(label_of(cut), logs, self._facts([cut]), cut.is_piece, weight)
            for cut, logs in zip(cuts, answer([[cut.tokens] for cut in cuts]), strict=True)
        ]

    def _rows(self, answer: Answer, decision: Decision) -> dict:
        """Counts of the rows of a table, of scenes with classes and of those with strangers."""
        cuts = self.signals.cuts
        rows = [[cuts[k] for k in row] for scene in self.signals.scenes for row in scene.rows]
        seen = [row for row in rows if row]
        logs = iter(answer([[cut.tokens for cut in row] for row in seen]))
        verdicts = iter([self._decide(decision, next(logs), row) if row else None for row in rows])
        counts = {True: RowCounts(), False: RowCounts()}
        for scene in self.signals.scenes:
            _count(counts[scene.has_classes], scene, [next(verdicts) for _ in scene.rows])
        return {
            "rows": counts[True].to_dict(),
            "strangers": counts[False].to_dict(),
            "signals_right": "".join("01"[a.outcome == "right"] for a in counts[True].answers),
        }

    def _decide(self, decision: Decision, logs: np.ndarray, row: Sequence[Cut]) -> Verdict:
        return decision.judge(self.classes, logs, self._facts(row))[1]

    def _facts(self, segments: Sequence[Cut]) -> Facts:
        """What was measured of an emission, with the symbol rate that its steps show."""
        n, rate = self.block_size, SymbolRate()
        for cut in segments:
            features = cut.tokens[n - 1 :: n, -len(FEATURES) :].astype(np.float32)
            rate.add(step_rates(features, FEATURES))
        return replace(Facts.from_dict(segments[0].facts), symbol_rate=rate.hertz)


def network(model: StreamingTransformer, shape: ModelConfig) -> Answer:
    """The answers of a network: the average of its steps, as a flowgraph takes it."""

    def answer(emissions: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
        logits = iter(stream_logits(model, shape, [part for parts in emissions for part in parts]))
        averages = [StepAverage() for _ in emissions]
        for average, parts in zip(averages, emissions, strict=True):
            for _ in parts:
                average.add(softmax(next(logits).astype(np.float64), axis=1))
        return [average.logs() for average in averages]

    return answer


def _steps_of(tokens: np.ndarray, block_size: int) -> list[np.ndarray]:
    """The whole steps of tokens."""
    ends = range(block_size, len(tokens) + 1, block_size)
    return [tokens[end - block_size : end] for end in ends]


def label_of(cut: Cut) -> str:
    """The class that a model should give a cut."""
    return UNKNOWN if cut.label == OTHER else cut.label


def _count(counts: RowCounts, scene: Scene, verdicts: Sequence[Verdict | None]) -> None:
    """Adds the rows of a scene, and the answer of the main row of each signal."""
    answers = [
        Answered(
            signal["name"],
            frozenset(signal["right"]),
            frozenset(signal["families"]),
            None if signal["main"] is None else verdicts[signal["main"]],
        )
        for signal in scene.signals
    ]
    there = {name for signal in scene.signals for name in signal["right"]}
    counts.add([Row(verdict, ()) for verdict in verdicts], there, answers)

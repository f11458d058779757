# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an emission: its measurements, and what the model made of its steps."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from ..catalogue.band_plan import BandPlan
from ..catalogue.classes import Names, known_of
from ..catalogue.formats import checked_formats, formats
from ..messages.emission import Emission
from ..messages.label_text import UNKNOWN
from .decision import Decision, Verdict, basis
from .evidence import Facts
from .step_average import StepAverage
from .symbol_rate import SymbolRate

_MAX_BURSTS = 32


@dataclass
class KnownEmission:
    """The last message of an emission, the durations of its bursts, and its average.

    Attributes:
        frames: format whose frames `emission_extractor` found; None: none.
        was_searched: `emission_extractor` looks for frames in it, so that their absence counts.
        verdict, probabilities: by all that is known, the latter float64 [classes]; None before the
            first step.
    """

    decision: Decision
    plan: BandPlan | None
    emission: Emission | None = None
    burst_samples: deque[int] = field(default_factory=lambda: deque(maxlen=_MAX_BURSTS))
    model: tuple = ()
    average: StepAverage = field(default_factory=StepAverage)
    steps_sent: int = 0
    looked_at_s: float = 0.0
    symbol_rate: SymbolRate = field(default_factory=SymbolRate)
    frames: str | None = None
    was_searched: bool = False
    verdict: Verdict | None = None
    probabilities: np.ndarray | None = None

    def add_emission(self, emission: Emission) -> None:
        self.emission = emission
        if emission.bursts:
            self.burst_samples.extend(emission.bursts[1::2])
        self._decide_again()

    def add_rates(self, rates: Iterable[float]) -> None:
        """Takes the symbol rates that steps show, as `step_rates` gives them."""
        self.symbol_rate.add(rates)

    def add_steps(self, model: tuple, probabilities: np.ndarray) -> bool:
        """Takes the probabilities of steps [K, classes]; returns whether the label is another now.

        Args:
            model: attention, norm and the names of the classes.
        """
        if model != self.model:
            self.model, self.average, self.steps_sent = model, StepAverage(), 0
        self.average.add(probabilities)
        return self._decide()

    def add_frames(self, frames: str | None) -> bool:
        """Takes the format whose frames `emission_extractor`, which looks for some, found by now;
        returns whether it or the label is another now."""
        is_other = frames != self.frames
        self.frames, self.was_searched = frames, True
        return self._decide_again() or is_other

    @property
    def names(self) -> Names:
        """The names of the classes."""
        return self.model[2:]

    def facts(self) -> Facts:
        """What was measured so far. There must have been a message of the detector."""
        emission = self.emission
        return Facts(
            emission.width,
            "edge" in emission.flags,
            emission.snr_db,
            self._burst_s()[0],
            emission.burst_count,
            self._frequency_hz(),
            self.symbol_rate.hertz,
            self.frames,
        )

    def labels(self) -> dict:
        """The verdict and the probabilities of all classes; before the first step at most what
        frames alone give."""
        if self.verdict is None:
            return {**self.decision.by_frames(self.frames), "sync": self.frames}
        label = self.verdict.label
        return {
            **vars(self.verdict),
            "basis": None if label == UNKNOWN else basis(label, self.facts()),
            "probabilities": self._by_class(self.probabilities),
            "label_without_frames": self._label_without_frames(),
            "looked_at": self._looked_at(),
            "symbol_rate": self._shown_rate(),
            "sync": self.frames,
        }

    def measurements(self) -> dict:
        """The arguments of `SignalTable.nearest`."""
        emission = self.emission
        burst_s, is_on_air = self._burst_s()
        return {
            "frequency_hz": self._frequency_hz(),
            "width_hz": max(emission.width, 1.0),
            "burst_s": burst_s,
            "period_s": emission.period_s or None,
            "duty": emission.duty,
            "is_on_air": is_on_air,
        }

    def _decide_again(self) -> bool:
        """Decides anew where a model looked: something else is another now."""
        return self.verdict is not None and self._decide()

    def _decide(self) -> bool:
        """Decides anew; returns whether the label is another now."""
        before = _name(self.verdict)
        self.probabilities, self.verdict = self._judged()
        return _name(self.verdict) != before

    def _label_without_frames(self) -> str | None:
        """The label by all but frames, those that were found and those that were not; None without
        a right checksum, which would prove or refute it."""
        if self.frames not in checked_formats():
            return None
        return self._judged(with_frames=False)[1].label

    def _judged(self, with_frames: bool = True) -> tuple[np.ndarray, Verdict]:
        """The probabilities by all that is known, and the verdict, with the name of a taught class
        where it has one."""
        logs = self.average.logs()
        if self.emission is None:
            values = np.exp(logs)
            return values, self.decision.decide(self._by_class(values))
        facts = self.facts() if with_frames else replace(self.facts(), frames=None)
        was_searched = with_frames and self.was_searched
        values, verdict = self.decision.judge(self.names, logs, facts, self.plan, was_searched)
        return values, self.decision.refine(verdict, self.names, logs, facts, self.plan)

    def _by_class(self, probabilities: np.ndarray) -> dict[str, float]:
        return dict(zip(self.names, probabilities.tolist(), strict=True))

    def _frequency_hz(self) -> float | None:
        """Middle of the emission; None where the receiver's frequency is not known."""
        emission = self.emission
        return None if emission is None or emission.rx_freq is None else emission.middle

    def _looked_at(self) -> float | None:
        """Share of the time on the air that the steps cover; None where the rate is not known.
        Frames of the first and the last token of a step reach a little beyond it."""
        duration_s = self.emission.duration_s
        air_s = self.emission.duty * duration_s if duration_s else 0.0
        return min(1.0, self.looked_at_s / air_s) if air_s > 0 else None

    def _burst_s(self) -> tuple[float | None, bool]:
        """Median duration of the bursts that ended, or that of the one on the air where it is
        longer; and whether it is on the air."""
        emission = self.emission
        if not emission.rx_rate:
            return None, False
        ended = statistics.median(self.burst_samples) if self.burst_samples else 0
        end = emission.sample_start + emission.sample_count
        current = 0 if emission.burst_start is None else end - emission.burst_start
        longest = max(ended, current)
        return (longest / emission.rx_rate if longest > 0 else None), current > ended

    def _shown_rate(self) -> float | None:
        """The symbol rate in Bd; None without one, and where what looks like one is a tone."""
        is_tone = formats().get(self.frames) in known_of("has_symbols")
        return None if is_tone else self.symbol_rate.hertz


def _name(verdict: Verdict | None) -> tuple:
    return () if verdict is None else (verdict.label, verdict.family)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an emission: its measurements, and what the model made of its steps."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..messages.emission import Emission
from .band_plan import BandPlan
from .class_bursts import weigh_by_bursts
from .class_codes import weigh_by_runs
from .class_frames import CERTAIN_SNR_DB, WITHOUT_SYMBOLS, weigh_by_sync
from .class_keying import weigh_by_keying
from .class_levels import has_levels, weigh_by_levels
from .class_rates import weigh_by_preamble, weigh_by_rate, weigh_by_run_rate
from .class_speech import is_pitch, weigh_by_speech
from .class_widths import weigh_by_width
from .doubt import Doubt, Verdict
from .step_average import StepAverage
from .symbol_rate import SymbolRate
from .weights import Names, Weighing

_MAX_BURSTS = 32


def _finding(name: str) -> property:
    """What was found under this name of `messages.findings.FINDINGS`; None where nothing was."""
    return property(lambda known: known.found.get(name))


@dataclass
class KnownEmission:
    """The last message of an emission, the durations of its bursts, and its average."""

    doubt: Doubt
    plan: BandPlan | None
    emission: Emission | None = None
    burst_samples: deque[int] = field(default_factory=lambda: deque(maxlen=_MAX_BURSTS))
    model: tuple = ()
    average: StepAverage = field(default_factory=StepAverage)
    steps_sent: int = 0
    looked_at_s: float = 0.0
    symbol_rate: SymbolRate = field(default_factory=SymbolRate)
    found: Mapping = field(default_factory=dict)
    verdict: Verdict | None = None
    _weighings: list[Weighing] | None = None
    _found: np.ndarray | None = None

    sync = _finding("frames")
    preamble_rate = _finding("preamble_rate")
    longest_run = _finding("longest_run")
    run_rate = _finding("run_rate")
    pulse_s = _finding("pulse_s")
    level_rate = _finding("level_rate")
    deviation = _finding("deviation")
    speech = _finding("speech")

    @property
    def sync_absent(self) -> tuple[str, ...]:
        """Formats that each burst of their class has, where a burst had none of any format."""
        return tuple(self.found.get("frames_absent", ()))

    def add_emission(self, emission: Emission) -> None:
        self.emission = emission
        self._forget()
        if self.verdict is not None and self.plan is not None:
            self._decide()  # the edges may have moved
        if emission.bursts:
            self.burst_samples.extend(emission.bursts[1::2])
            self._forget()

    def add_rates(self, rates: Iterable[float]) -> None:
        """Takes the symbol rates that steps show, as `step_rates` gives them."""
        before = self.symbol_rate.hertz
        self.symbol_rate.add(rates)
        if self.symbol_rate.hertz != before:
            self._forget()

    def add_steps(self, model: tuple, probabilities: np.ndarray) -> bool:
        """Takes the probabilities of steps [K, classes]; returns whether the label is another now.

        Args:
            model: attention, norm and the names of the classes.
        """
        if model != self.model:
            self.model, self.average, self.steps_sent = model, StepAverage(), 0
            self._forget()
        self.average.add(probabilities)
        self._found = None
        return self._decide()

    def add_findings(self, found: Mapping) -> None:
        """Takes all that `emission_extractor` has found of the signal by now, by the names of
        `messages.findings.FINDINGS`."""
        self.found = found
        self._forget()
        if self.verdict is not None:
            self._decide()

    def _decide(self) -> bool:
        """Decides anew; returns whether the label is another now."""
        probabilities = self._probabilities()
        if self.plan is not None:
            probabilities = self.plan.weigh(self.names, self._frequency_hz()).apply(probabilities)
        before, self.verdict = self.verdict, self.doubt.decide(self._by_class(probabilities))
        return _name(self.verdict) != _name(before)

    @property
    def names(self) -> Names:
        """Of the classes."""
        return self.model[2:]

    def _by_class(self, probabilities: np.ndarray) -> dict[str, float]:
        return dict(zip(self.names, probabilities.tolist(), strict=True))

    def _frequency_hz(self) -> float | None:
        """Middle of the emission; None where the receiver's frequency is not known."""
        emission = self.emission
        return None if emission is None or emission.rx_freq is None else emission.middle

    def labels(self) -> dict:
        """The verdict and the probabilities of all classes; nothing before the first step."""
        if self.verdict is None:
            return {"sync": self.sync}
        probabilities = self._by_class(self._probabilities())
        is_weighted = self.plan is not None and self._frequency_hz() is not None
        shape = probabilities[self.verdict.guess] if is_weighted else None
        return {
            **vars(self.verdict),
            "probabilities": probabilities,
            "shape_confidence": shape,
            "looked_at": self._looked_at(),
            "symbol_rate": self._symbol_rate(),
            "sync": self.sync,
        }

    def _looked_at(self) -> float | None:
        """Share of the time on the air that the steps cover; None where the rate is not known.
        Frames of the first and the last token of a step reach a little beyond it."""
        air_s = self._air_s()
        return min(1.0, self.looked_at_s / air_s) if air_s > 0 else None

    def _air_s(self) -> float:
        """Time on the air; 0 where the rate is not known."""
        duration_s = self.emission.duration_s if self.emission else None
        return self.emission.duty * duration_s if duration_s else 0.0

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

    def _forget(self) -> None:
        """Something but the model's steps is another now."""
        self._weighings = self._found = None

    def _probabilities(self) -> np.ndarray:
        """Float64 [classes], weighed by all that was measured."""
        if self._weighings is None:
            changes = self._changes()
            self._weighings = [w for w in changes if w.weights is not None or w.least is not None]
        if self._found is None:
            self._found = self.average.probabilities()
            for weighing in self._weighings:
                self._found = weighing.apply(self._found)
        return self._found

    def _changes(self) -> Iterator[Weighing]:
        """By symbol rates, runs, keying, levels, width, speech, bursts, frames."""
        names, step_rate, emission = self.names, self._step_rate(), self.emission
        yield weigh_by_rate(names, step_rate)
        if emission is None:
            yield weigh_by_sync(names, self.sync)
            return
        burst_s, _ = self._burst_s()
        yield weigh_by_preamble(names, self.preamble_rate, burst_s, emission.burst_count)
        if step_rate is None:
            yield weigh_by_run_rate(names, self.run_rate)
        yield weigh_by_runs(names, self.longest_run)
        yield weigh_by_keying(names, self.pulse_s)
        yield weigh_by_levels(names, self.level_rate, self.deviation, emission.width)
        yield weigh_by_width(names, emission.width, "edge" in emission.flags)
        yield weigh_by_speech(names, self._speech(), emission.width)
        if emission.snr_db < CERTAIN_SNR_DB:
            yield weigh_by_sync(names, self.sync)
            return
        yield weigh_by_bursts(names, burst_s, emission.burst_count, self._air_s() or None)
        yield weigh_by_sync(names, self.sync, self.sync_absent)

    def _speech(self) -> str | None:
        """What speech modulates; None where something shows that it is data."""
        is_data = has_levels(self.level_rate, self.emission.width)
        shown = self._symbol_rate(), self.preamble_rate, self.sync
        is_data |= shown != (None,) * 3
        return None if is_data and self.speech != "constant" else self.speech

    def _symbol_rate(self) -> float | None:
        """In Bd, of the steps, or else of two levels of the frequency; None without either."""
        return None if self.sync in WITHOUT_SYMBOLS else self._step_rate() or self.run_rate

    def _step_rate(self) -> float | None:
        """In Bd, of the steps; None without one, and where it may be the pitch of a voice."""
        rate, emission = self.symbol_rate.hertz, self.emission
        is_of_voice = self.speech == "amplitude" and rate is not None and emission is not None
        return None if is_of_voice and is_pitch(rate, emission.width) else rate


def _name(verdict: Verdict | None) -> tuple:
    return () if verdict is None else (verdict.label, verdict.family)

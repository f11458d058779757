# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds to each emission what it is compatible with, and its label where a model looked."""

from __future__ import annotations

import statistics
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pmt

from ..emissions.band_plan import NO_PLAN, BandPlan
from ..emissions.class_frames import weigh_by_sync
from ..emissions.class_rates import weigh_by_rate
from ..emissions.doubt import Doubt, Verdict
from ..emissions.edge_ids import receiver_of
from ..emissions.record import SETTLED_S
from ..emissions.recording_end import RecordingEnd
from ..emissions.signal_table import DEFAULT_TABLE, SignalTable
from ..emissions.step_average import StepAverage
from ..emissions.symbol_rate import SymbolRate
from ..telemetry import schema
from ..telemetry.looks import Looks
from ..telemetry.messages import confidence_message, to_message
from ..telemetry.schema import Emission, Nearest
from .message_sink import MessageSink
from .work_errors import keep_error

_EMISSIONS = pmt.intern("emissions")
_CONFIDENCES = pmt.intern("confidences")
_POLICIES = ("block", "drop")
_MAX_KNOWN = 1024
_MAX_BURSTS = 32


class emission_labels(MessageSink):
    """Adds the nearest known signals, and the model's label, to the messages of emissions.

    `nearest` lists up to three entries of the signal table that width, frequency, duration of the
    bursts, period and duty are compatible with, each with name and score. It is no label.

    A label needs steps of the emission's stream, whose number is the emission's id. Their
    probabilities are averaged as `StepAverage` says: later steps, which know more, weigh more.
    Another model starts the average again.

    The label is the most probable class where its probability reaches the threshold of the model,
    else "unknown". Where the label is unknown, the family of classes is given whose probabilities
    add up to the threshold of the family. The most probable class is given in any case, as the
    guess.

    Where the symbol rate was measured, the probabilities of classes whose standard has this rate,
    and of satellites with a usual rate, are multiplied by 2, those of classes with others only by
    0.05 (`emissions/class_rates.py`), and all scaled to add up to 1.

    Where `emission_extractor` found the frames of a format, its class counts as at least 0.001, the
    probabilities of all others are multiplied by 0.0001 (`emissions/class_frames.py`), and all
    scaled to add up to 1.

    With a band plan, the probabilities of classes that do not transmit at the emission's frequency
    are multiplied by 0.05, and all scaled to add up to 1, before the label is chosen. Where the
    frequency is not known, nothing changes. `confidence` is then that with the plan;
    `shape_confidence` and `probabilities` are those without it.

    Messages leave when an emission message arrives, and when the label is another after a call of
    the model: then with the measurements of the last message, without its bursts, also after the
    emission's end. About 2 s after the end, an emission whose average went on since its last
    message is sent once more. The block keeps the averages of the 1024 emissions heard last.

    Messages that still wait when the flowgraph has ended are sent by `drain()`, and so are averages
    that went on since an emission's last message: call it before that of the sinks behind this
    block.

    Messages in:
        - emissions: dictionaries of `emission_detector`, and of `emission_extractor` where it looks
          for frames, of which the format counts alone.
        - logits: dictionaries of `transformer`, one per call; the streams in it are ids.

    Messages out:
        - emissions: the dictionaries that arrived, with nearest (vector of dictionaries: name,
          score), and after the first step label, guess, confidence (of the guess),
          probabilities, family where there is one, shape_confidence with a band plan,
          looked_at, the share of the time on the air that the steps cover, where rates are known,
          symbol_rate (Hz) where the power and the frequency of most steps show the same, and sync
          where frames of a format were found.
        - confidences: for `token_scheduler`, a dictionary for each stream of a call: stream
          (uint64) and confidence (double) of its latest step.

    Args:
        table: JSON file with a signal table of your own; "": the shipped one.
        model: the model whose families and thresholds count: a family's name, a folder, or a .pt
            or .safetensors file, as `transformer` takes it; or a contract. "": none, the most
            probable class is the label.
        min_confidence: replaces the thresholds of all classes and families, 0 to 1; None: those
            of the model.
        band_plan: where classes transmit: "shipped", or a JSON file {class: [[low, high], …]} in
            Hz; "none" or "": the frequency does not count.
        policy: when messages come faster than they can be labelled: "block" keeps all in memory,
            which suits a recording; "drop" discards the oldest while more than 2000 wait at a port,
            which suits a receiver.

    Attributes:
        messages_lost: number of messages that policy "drop" has discarded.

    Raises:
        ValueError: when the table, the plan or the model cannot be read, in one line; or naming the
            parameter, the rule and the value.
    """

    TOPICS = ("emissions", "logits")

    def __init__(self, table="", model="", min_confidence=None, band_plan="", policy="block"):
        if min_confidence is not None and not 0.0 <= min_confidence <= 1.0:
            raise ValueError(
                f"emission_labels: min_confidence must be None or from 0 to 1, got {min_confidence}"
            )
        if policy not in _POLICIES:
            names = ", ".join(_POLICIES)
            raise ValueError(f"emission_labels: policy must be one of {names}, got {policy!r}")
        self._doubt = Doubt.of_contract(_contract_of(model), min_confidence)
        self._plan = None if band_plan in ("", NO_PLAN) else BandPlan.load(band_plan)
        self._table = SignalTable.load(table or DEFAULT_TABLE)
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._unsettled: dict[int, dict[int, int]] = {}  # by receiver; id: sample of its end
        self._end: RecordingEnd | None = None
        MessageSink.__init__(self, drops=policy == "drop")
        self.message_port_register_out(_EMISSIONS)
        self.message_port_register_out(_CONFIDENCES)

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Sends nothing that lies behind the first ``n_samples``, where a tail is played behind a
        recording: see `RecordingEnd`. For one run; call it before the start, and again when the end
        of a pipe is known, before its tail is played."""
        if self._end is None:
            self._end = RecordingEnd(n_samples, sample_rate)
        self._end.n_samples = n_samples

    @keep_error
    def start(self):
        self._known.clear()
        self._unsettled.clear()
        return True

    def _read(self, topic: str, message: pmt.pmt_base):
        return Looks.from_message(message) if topic == "logits" else super()._read(topic, message)

    def _receive(self, topic: str, message) -> None:
        if topic == "logits":
            self._take_looks(message)
            return
        emission = schema.read(topic, message)
        if self._end is not None:
            emission = self._end.clip(emission)
        if emission is None:
            return
        if emission.sync is not None:
            self._take_sync(emission)
            return
        if emission.state == "new" and self._find(emission.id).emission is not None:
            del self._known[emission.id]  # of another run
            self._unsettled.pop(receiver_of(emission.id), None)
        self._settle(emission)
        known = self._find(emission.id)
        known.add_emission(emission)
        self._send(known, emission)

    def _take_sync(self, emission: Emission) -> None:
        """Takes the format that `emission_extractor` found. Its measurements are old."""
        known = self._find(emission.id)
        known.add_sync(emission.sync)
        if known.emission is not None:
            self._send_again(known)

    def _take_looks(self, looks: Looks) -> None:
        probabilities = looks.probabilities()
        model = looks.attention, looks.norm, *looks.classes
        symbol_rates = np.array(looks.symbol_rates)
        for stream, steps in looks.of_streams():
            self._send_confidence(stream, float(probabilities[steps[-1]].max()))
            steps = [step for step in steps if self._counts(looks, step)]
            if not steps:
                continue
            known = self._find(stream)
            known.looked_at_s += sum(map(looks.seconds, steps))
            known.symbol_rate.add(symbol_rates[steps])
            if known.add_steps(model, probabilities[steps]) and known.emission is not None:
                self._send_again(known)

    def _counts(self, looks: Looks, step: int) -> bool:
        """Whether a step lies before the end of the recording."""
        start, rate = looks.sample_starts[step], looks.sample_rates[step]
        return self._end is None or self._end.is_before(start, rate or None)

    def _send_confidence(self, stream: int, confidence: float) -> None:
        self.message_port_pub(_CONFIDENCES, confidence_message(stream, confidence))

    def _settle(self, newest: Emission) -> None:
        """Sends again what ended `SETTLED_S` before ``newest``, if it got steps since; of the same
        receiver, since each counts samples of its own."""
        before = newest.sample_now - SETTLED_S * (newest.rx_rate or 0.0)
        unsettled = self._unsettled.setdefault(receiver_of(newest.id), {})
        for number, end in list(unsettled.items()):
            if end >= before:
                break
            del unsettled[number]
            known = self._known.get(number)
            if known is not None and known.average.steps != known.steps_sent:
                self._send_again(known)
        if not newest.is_live:
            unsettled.setdefault(newest.id, newest.sample_now)
        if len(self._unsettled) > _MAX_KNOWN:  # of receivers that are gone
            del self._unsettled[next(iter(self._unsettled))]

    def drain(self) -> None:
        """Takes the messages that still wait; then sends each emission whose last message lacks
        steps, so that what is sent last does not depend on the order in which messages came."""
        super().drain()
        for known in self._known.values():
            if known.emission is not None and known.average.steps != known.steps_sent:
                self._send_again(known)

    def _find(self, number: int) -> _Known:
        """What is known of an emission. Its steps may come before its first message."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = _Known(self._doubt, self._plan)
        self._known.move_to_end(number)
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return known

    def _send_again(self, known: _Known) -> None:
        """Sends the last measurements with the present label."""
        state = "update" if known.emission.state == "new" else known.emission.state
        self._send(known, replace(known.emission, state=state, bursts=[]))

    def _send(self, known: _Known, emission: Emission) -> None:
        found = self._table.nearest(**known.measurements())
        nearest = [Nearest(name, score) for name, score in found]
        known.steps_sent = known.average.steps
        labelled = replace(emission, nearest=nearest, **known.labels())
        self.message_port_pub(_EMISSIONS, to_message(labelled))


def _contract_of(model) -> dict:
    if not model or isinstance(model, dict):
        return model or {}
    from ..inference import read_contract

    return read_contract(model)


@dataclass
class _Known:
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
    sync: str | None = None
    verdict: Verdict | None = None

    def add_emission(self, emission: Emission) -> None:
        self.emission = emission
        if self.verdict is not None and self.plan is not None:
            self._decide()  # the edges may have moved
        self.burst_samples.extend(emission.bursts[1::2])

    def add_steps(self, model: tuple, probabilities: np.ndarray) -> bool:
        """Takes the probabilities of steps [K, classes]; returns whether the label is another now.

        Args:
            model: attention, norm and the names of the classes.
        """
        if model != self.model:
            self.model, self.average, self.steps_sent = model, StepAverage(), 0
        self.average.add(probabilities)
        return self._decide()

    def add_sync(self, sync: str) -> None:
        """Takes the format whose frames were found."""
        self.sync = sync
        if self.verdict is not None:
            self._decide()

    def _decide(self) -> bool:
        """Decides anew; returns whether the label is another now."""
        probabilities = self._probabilities()
        if self.plan is not None:
            probabilities = self.plan.apply(probabilities, self._frequency_hz())
        before, self.verdict = self.verdict, self.doubt.decide(probabilities)
        return _name(self.verdict) != _name(before)

    def _frequency_hz(self) -> float | None:
        """Middle of the emission; None where the receiver's frequency is not known."""
        emission = self.emission
        return None if emission is None or emission.rx_freq is None else emission.middle

    def labels(self) -> dict:
        """The verdict and the probabilities of all classes; nothing before the first step."""
        if self.verdict is None:
            return {"sync": self.sync}
        probabilities = self._probabilities()
        is_weighted = self.plan is not None and self._frequency_hz() is not None
        shape = probabilities[self.verdict.guess] if is_weighted else None
        return {
            **asdict(self.verdict),
            "probabilities": probabilities,
            "shape_confidence": shape,
            "looked_at": self._looked_at(),
            "symbol_rate": self.symbol_rate.hertz,
            "sync": self.sync,
        }

    def _looked_at(self) -> float | None:
        """Share of the time on the air that the steps cover; None where the rate is not known.
        Frames of the first and the last token of a step reach a little beyond it."""
        duration_s = self.emission.duration_s if self.emission else None
        air_s = self.emission.duty * duration_s if duration_s else 0.0
        return min(1.0, self.looked_at_s / air_s) if air_s > 0 else None

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

    def _probabilities(self) -> dict[str, float]:
        """By class, by the shape, the symbol rate and the frames."""
        by_shape = zip(self.model[2:], self.average.probabilities().tolist(), strict=True)
        by_rate = weigh_by_rate(dict(by_shape), self.symbol_rate.hertz)
        return weigh_by_sync(by_rate, self.sync)


def _name(verdict: Verdict | None) -> tuple:
    return () if verdict is None else (verdict.label, verdict.family)

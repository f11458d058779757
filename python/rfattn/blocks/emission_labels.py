# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds to each emission what it is compatible with, and its label where a model looked."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace

import pmt

from ..catalogue.band_plan import NO_PLAN, BandPlan
from ..catalogue.classes import frames_contract
from ..catalogue.signal_table import DEFAULT_TABLE, SignalTable
from ..emissions.decision import Decision
from ..emissions.edge_ids import receiver_of
from ..emissions.ignore_list import IgnoreList
from ..emissions.known_emission import KnownEmission
from ..emissions.record import SETTLED_S
from ..emissions.recording_end import RecordingEnd
from ..inference import NO_MODEL
from ..messages import schema
from ..messages.as_pmt import confidence_message, to_message
from ..messages.emission import IGNORED, WEAK, Emission, Nearest
from .parts.looks import Looks
from .parts.message_sink import MessageSink
from .parts.policy import check_policy
from .parts.work_errors import keep_error

_EMISSIONS = pmt.intern("emissions")
_CONFIDENCES = pmt.intern("confidences")
_MAX_KNOWN = 1024


class emission_labels(MessageSink):
    """Adds the nearest known signals, and the model's label, to the messages of emissions.

    `nearest` lists up to three entries of the signal table that width, frequency, duration of the
    bursts, period and duty are compatible with, each with name and score. It is no label.

    With a model a label needs steps of the emission's stream, whose number is its id. Their
    probabilities are averaged as `StepAverage` says: later steps, which know more, weigh more.
    Another model starts the average again.

    What else is known of the emission counts, too: frames that `emission_extractor` found or, where
    it looks for them, did not find, symbol rates, width and bursts, and with a band plan its
    frequency; see `Decision` in `emissions/decision.py`. The weights are a part of the model, as
    `decision` of its contract; a model without one counts alone.

    The label is the most probable class where its probability reaches the threshold of the model,
    else "unknown". Where the label is unknown, the family of classes is given whose probabilities
    add up to the threshold of families; so is the family of a class whose frames were looked for
    long enough, and not found. The most probable class is given in any case, as the guess. Where a
    user taught the model classes (`taught` in its contract), one of these may take the place of the
    label. What a class stands on is given as `basis`: "proved", frames of the class; "rate", a
    symbol rate of the class; or "shape". Where a checksum is right, the label that all but frames
    gives is sent, too: the checksum confirms or refutes it.

    An emission that the user does not want to see gets the flag ignored, as long as its edges and
    its label are as a line of `ignore` states. It is labelled and sent like all others. So is one
    without a name and with an SNR below 0 dB, which gets the flags weak and ignored.

    Messages leave when an emission message arrives, and when the label is another after a call of
    the model: then with the measurements of the last message, without its bursts, also after the
    emission's end. About 2 s after the end, an emission whose average went on since its last
    message is sent once more. The block keeps the averages of the 1024 emissions heard last.

    Messages that still wait when the flowgraph has ended are sent by `drain()`, and so are averages
    that went on since an emission's last message: call it before that of the sinks behind this
    block.

    Messages in:
        - emissions: dictionaries of `emission_detector`.
        - findings: dictionaries of `emission_extractor`, where it looks for frames. Without them
          the absence of frames does not count.
        - logits: dictionaries of `transformer`, one per call; the streams in it are ids.

    Messages out:
        - emissions: the dictionaries that arrived, with nearest (vector of dictionaries: name,
          score), and after the first step label, guess, confidence (of the guess),
          probabilities, family and basis where there are any, looked_at, the share of the time on
          the air that the steps cover, where rates are known, symbol_rate (Hz) where the power and
          the frequency of most steps show the same, or bursts begin with a preamble, and sync where
          frames of a format were found; label_without_frames where one has a right checksum.
        - confidences: for `token_scheduler`, a dictionary for each stream of a call: stream
          (uint64) and confidence (double) of its latest step.

    Args:
        table: JSON file with a signal table of your own; "": the shipped one.
        model: the model whose families and decision count: a family's name, a folder, or a .pt
            or .safetensors file, as `transformer` takes it; or a contract. "": none, the most
            probable class is the label. "none": no model looks, and the frames of a class give its
            label.
        min_confidence: replaces both thresholds, 0 to 1; None: those of the model.
        band_plan: where classes transmit: "shipped", or a JSON file {class: [[low, high], …]} in
            Hz; "none" or "": the frequency does not count.
        policy: when messages come faster than they can be labelled: "block" keeps all in memory,
            which suits a recording; "drop" discards the oldest while more than 2000 wait at a port,
            which suits a receiver.
        ignore: JSON Lines file with the bands and classes of emissions that the user does not want
            to see; "": only those without a name and with an SNR below 0 dB; "none": nothing.

    Attributes:
        messages_lost: number of messages that policy "drop" has discarded.
        contract: of the model, or what stands for one with "none"; {} with "".

    Raises:
        ValueError: when the table, the plan, the model or the file of ignore cannot be read, in one
            line; or naming the parameter, the rule and the value.
    """

    TOPICS = ("emissions", "findings", "logits")

    def __init__(
        self,
        table="",
        model="",
        min_confidence=None,
        band_plan="",
        policy="block",
        ignore="",
    ):
        if min_confidence is not None and not 0.0 <= min_confidence <= 1.0:
            raise ValueError(
                f"emission_labels: min_confidence must be None or from 0 to 1, got {min_confidence}"
            )
        check_policy("emission_labels", policy)
        self._min_confidence = min_confidence
        self._ignored = IgnoreList.load(ignore)
        self.set_model(model)
        if "classes" in self.contract:
            self._ignored.check_labels(self.contract, ignore)
        self._plan = None if band_plan in ("", NO_PLAN) else BandPlan.load(band_plan)
        self._table = SignalTable.load(table or DEFAULT_TABLE)
        self._known: OrderedDict[int, KnownEmission] = OrderedDict()
        self._unsettled: dict[int, dict[int, int]] = {}  # by receiver; id: sample of its end
        self._end: RecordingEnd | None = None
        MessageSink.__init__(self, drops=policy == "drop")
        self.message_port_register_out(_EMISSIONS)
        self.message_port_register_out(_CONFIDENCES)

    def set_model(self, model) -> None:
        """Decides by another model from now on, also on emissions that are known already. Their
        labels change with their next message.

        Raises:
            ValueError: as the constructor does; the block keeps its model.
        """
        contract = _contract_of(model)
        self._decision = Decision.of_contract(contract, self._min_confidence)
        self.contract = contract

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
        return super().start()

    def _read(self, topic: str, message: pmt.pmt_base):
        return Looks.from_message(message) if topic == "logits" else super()._read(topic, message)

    def _receive(self, topic: str, message) -> None:
        if topic == "logits":
            self._take_looks(message)
            return
        if topic == "findings":
            findings = schema.read(topic, message)
            known = self._find(findings.id)
            if known.add_frames(findings.frames) and known.emission is not None:
                self._send_again(known)
            return
        emission = schema.read(topic, message)
        if self._end is not None:
            emission = self._end.clip(emission)
        if emission is None:
            return
        if emission.state == "new" and self._find(emission.id).emission is not None:
            del self._known[emission.id]  # of another run
            self._unsettled.pop(receiver_of(emission.id), None)
        self._settle(emission)
        known = self._find(emission.id)
        known.add_emission(emission)
        self._send(known, emission)

    def _take_looks(self, looks: Looks) -> None:
        probabilities = looks.probabilities()
        model = looks.attention, looks.norm, *looks.classes
        is_heard = not pmt.is_null(self.message_subscribers(_CONFIDENCES))
        for stream, steps in looks.of_streams():
            if is_heard:
                self._send_confidence(stream, float(probabilities[steps[-1]].max()))
            steps = [step for step in steps if self._counts(looks, step)]
            if not steps:
                continue
            known = self._find(stream)
            known.looked_at_s += sum(map(looks.seconds, steps))
            known.add_rates(looks.symbol_rates[step] for step in steps)
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
        with self._ending() as until:
            for known in self._known.values():
                if time.monotonic() > until:
                    break
                if known.emission is not None and known.average.steps != known.steps_sent:
                    self._send_again(known)

    def _find(self, number: int) -> KnownEmission:
        """What is known of an emission. Its steps may come before its first message."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = KnownEmission(self._decision, self._plan)
        known.decision = self._decision
        self._known.move_to_end(number)
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return known

    def _send_again(self, known: KnownEmission) -> None:
        """Sends the last measurements with the present label."""
        state = "update" if known.emission.state == "new" else known.emission.state
        self._send(known, replace(known.emission, state=state, bursts=[]))

    def _send(self, known: KnownEmission, emission: Emission) -> None:
        found = self._table.nearest(**known.measurements())
        nearest = [Nearest(name, score) for name, score in found]
        known.steps_sent = known.average.steps
        labelled = replace(emission, nearest=nearest, **known.labels())
        labelled = replace(labelled, flags=[*labelled.flags, *self._more_flags(labelled)])
        self.message_port_pub(_EMISSIONS, to_message(labelled))

    def _more_flags(self, labelled: Emission) -> list[str]:
        if labelled.is_ignored:
            return []
        if labelled.is_weak and self._ignored.has_weak:
            return [WEAK, IGNORED]
        return [IGNORED] if self._ignored.holds(labelled) else []


def _contract_of(model) -> dict:
    if not model or isinstance(model, dict):
        return model or {}
    if model == NO_MODEL:
        return frames_contract()
    from ..inference import read_contract

    return read_contract(model)

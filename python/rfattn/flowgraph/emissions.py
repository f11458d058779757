# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path from a source to the emissions in it."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np
from gnuradio import gr

from ..blocks.labeller_options import LabellerOptions
from ..blocks.parts.attachment import Attachment
from ..blocks.parts.lifetime import weakly
from ..blocks.recording_source import open_source
from ..blocks.signal_labeller import signal_labeller
from ..blocks.waterfall_probe import waterfall_probe
from ..catalogue.classes import labels_of
from ..emissions.record import EmissionRecord, EmissionRecords
from ..emissions.recording_end import UNKNOWN
from ..failures import Failures
from ..inference import NO_MODEL
from ..recordings.stream import SampleStream
from ..recordings.tail import LOOKBACK_S, tail_of_recording
from ..reporting import process_bytes
from .emission_list import EmissionList
from .options import EmissionOptions, ModelOptions
from .receiver_watch import Change, ReceiverWatch
from .watched import WatchedFlowgraph

_MOST_WAITING, _MOST_WAITING_BYTES = 500, 2**26
"""For a sink, before a recording waits; what is on its way then still comes."""
_RECEIVER_LOOKBACK_S = 0.1
"""How far back the beginning of a burst is still cut: behind a receiver labels should come soon."""
_FULL_SCALE = np.float32(0.99)
"""From here on I or Q counts as saturated, as in sample_check.cc."""


class EmissionFlowgraph(WatchedFlowgraph):
    """source → `signal_labeller`, and its messages to what is attached.

    Args:
        source: a block with one complex64 output. Where its samples are real-valued, as its
            attribute ``is_real`` tells, frequencies count from 0 Hz.
        sample_rate: of the source, Hz.
        options: see `EmissionOptions`.
        model: the model that labels emissions; None: frames alone give labels.
        attachments: each an `Attachment`, such as an ``emission_recorder``, an ``emission_decoder``
            or a ``zmq_stats_sink``. The caller closes those that have a connection.
        policy: of the `token_buffer` in front of the model.
        on_emission: called with the `EmissionRecord` after each message of an emission, in the
            thread of a block.
        on_decoded: called with the `EmissionRecord` and the message of what was decoded of it, in
            the thread of a block.
        stamps: whether the samples arrive as they are received, so that the clock of this computer
            tells the time where nothing else does.
        keep: emissions kept that have ended, and bursts of each, the newest; None: all. So many
            times ten may wait for `take_final`.
        real_time: see `signal_labeller`.
        contents: look for frames, and read them; without it and a model emissions are measured
            only.

    Attributes:
        source, labeller: the blocks; attachments: a list; sample_rate: as given; records: the
        `EmissionRecords` so far; watch: the `ReceiverWatch` of a receiver, which the caller sets;
        changes: what it returned, which the caller takes; guests: by name, the `Failures` of what
        is no block, to which the caller may add.
    """

    def __init__(
        self,
        source,
        sample_rate: float,
        options: EmissionOptions = EmissionOptions(),  # noqa: B008 (frozen)
        model: ModelOptions | None = None,
        attachments=(),
        policy: str = "drop",
        on_emission=None,
        on_decoded=None,
        stamps: bool = False,
        keep: int | None = None,
        real_time: bool = False,
        contents: bool = True,
    ):
        gr.top_block.__init__(self, "find emissions")
        self.source, self.sample_rate = source, sample_rate
        self.attachments = list(attachments)
        self._sides = "one" if getattr(source, "is_real", False) else "two"
        self.labeller = make_labeller(
            sample_rate,
            self._sides,
            options,
            model,
            policy,
            samples=any("samples" in topics_of(one) for one in self.attachments),
            margin_s=max((one.margin_s for one in self.attachments), default=0.0),
            real_time=real_time,
            contents=contents,
        )
        self._list = EmissionList(
            sample_rate,
            on_emission,
            keep,
            stamps,
            policy == "drop",
            on_decoded,
            weakly(self._is_busy),
        )
        self._sinks = [*self.attachments, self._list]
        self._fallible = [source, self.labeller, *self._sinks]
        self._seconds, self._has_ended, self._policy = 0.0, False, policy
        self.watch: ReceiverWatch | None = None
        self.changes: list[Change] = []
        self.guests: dict[str, Failures] = {
            type(one).__name__: one.failures
            for one in self.attachments
            if one.failures is not None and not isinstance(one, gr.basic_block)
        }
        self.connect(source, self.labeller)
        self._connect_messages()
        if self.labeller.transformer is not None:
            labels = labels_of(self.labeller.transformer.adapter.contract)
            for one in self.attachments:
                one.check(labels)

    @property
    def records(self) -> EmissionRecords:
        return self._list.records

    def _is_busy(self, number: int, end: int) -> bool:
        return any(one.is_busy(number, end) for one in self.attachments)

    def _connect_messages(self) -> None:
        """Connects each port to all that send messages of its topic."""
        senders = {topic: [self.labeller] for topic in (*self.labeller.TOPICS, "heard")}
        for one in self.attachments:
            one.is_attached = True
            for topic in one.SENDS:
                senders.setdefault(topic, []).append(one)
        if any("spectra" in topics_of(one) for one in self._sinks):
            waterfall = waterfall_probe(self._sides)
            self._fallible.append(waterfall)
            self.connect(self.source, waterfall)
            senders["spectra"] = [waterfall]
        for one in self._sinks:
            for topic, port in topics_of(one).items():
                for sender in senders.get(topic, ()):
                    self.msg_connect(sender, topic, one, port)
        for sender in senders.get("listen", ()):
            self.msg_connect(sender, "listen", self.labeller, "listen")

    def run_watched(self, look) -> None:
        started = time.monotonic()
        try:
            super().run_watched(look)
        finally:
            self._seconds = time.monotonic() - started
            self._complete(senders=True)  # after an error, too

    def _complete(self, senders: bool) -> None:
        """Has those complete their work that send messages to others, or those that do not."""
        for one in self.attachments:
            if bool(one.SENDS) == senders:
                one.complete()

    def _collect(self) -> None:
        """Takes what the blocks sent when they ended: the ends of live emissions."""
        self.labeller.drain()
        self._complete(senders=True)
        for sink in self._sinks:
            sink.drain()
        self._has_ended = True
        self._complete(senders=False)

    def samples(self) -> int:
        """Samples that were searched."""
        return self.labeller.samples()

    def faulty_samples(self) -> dict[str, int]:
        """Samples that were not finite, that were saturated, and that were absent: see
        `signal_labeller`."""
        return self.labeller.faulty_samples()

    def take_final(self) -> list[EmissionRecord]:
        """The emissions that became final since the last call: that ended `SETTLED_S` ago, and so
        have their last label; when the flowgraph has ended, all that are left."""
        # Where the model holds up the source, the messages alone decide: the same in every run.
        now = None if self._policy == "block" else self.labeller.samples()
        if now is not None and not self._has_ended:
            measured = now if self.watch is None else self._watch_receiver(now)
            for one in self.attachments:
                one.look(now, self.sample_rate, measured)
        final = self._list.take_final(self._has_ended, now)
        for record in final:
            for one in self.attachments:
                one.add_final(record, self.sample_rate)
        for one in self.attachments if final else ():
            one.settle()
        return final

    def _watch_receiver(self, samples: int) -> int:
        """Looks whether the receiver works; returns how many samples it measured."""
        absent = self.labeller.faulty_samples()["samples_absent"]
        change = self.watch.look(samples, absent, self.labeller.samples_repeated())
        if change is not None:
            self.changes.append(change)
        return self.watch.measured

    def costs(self) -> dict:
        """Tokens, statistics and model, as the JSON of the command has them; without a model,
        tokens and model are None."""
        measured = {
            "samples": self.samples(),
            **self.faulty_samples(),
            "uptime_seconds": self._seconds,
            "peak_rss_bytes": process_bytes("VmHWM"),
            "found_seconds": self._list.found_seconds(),
            **self._cut(),
        }
        blocks = [self.labeller.labels, *self._sinks]
        losses = {
            "emissions_not_listed": self._list.left_out,
            "messages_lost": sum(block.messages_lost for block in blocks),
            "emissions_ignored": self.records.count_ignored(),
            "emissions_joined": self.records.joined,
            "emissions_weak": self.records.count_weak(),
        }
        losses["failures"] = self.failures()
        if self.watch is not None and self.watch.silences:
            measured["receiver_silences"] = self.watch.silences
            measured["receiver_silent_seconds"] = self.watch.silent_s_in_all
        measured |= {name: count for name, count in losses.items() if count}
        if self.labeller.transformer is None:
            return {"tokens": None, "stats": measured, "model": None}
        return {
            "tokens": self.labeller.tokens(),
            "stats": {**self.labeller.stats(), **measured},
            "model": self.labeller.transformer.adapter.describe(),
        }

    def _cut(self) -> dict:
        """How much was cut out of the band, and what was done with it."""
        extractor, counts = self.labeller.extractor, {}
        if extractor is not None:
            counts["emissions_cut"] = extractor.emissions_cut()
            counts["emissions_not_cut"] = extractor.emissions_dropped()
            counts["samples_missed"] = extractor.samples_missed()
            counts["frames_not_read"] = extractor.frames_dropped()
        for one in self.attachments:
            counts |= one.account()
        return counts


def topics_of(attachment: Attachment) -> dict[str, str]:
    """The topics that an attachment takes in this path, and the port of each."""
    taken = ((attachment.TAKES.get(port, port), port) for port in attachment.TOPICS)
    return {topic: port for topic, port in taken if topic}


class RecordingEmissionFlowgraph(EmissionFlowgraph):
    """The path on one recording, or on samples from a pipe until it ends.

    A tail is played behind it, see `tail_of`: what the detector needs to learn the floor of a short
    recording, and what it and the extractor wait for at the end of any. Nothing that is found
    behind the end counts.

    Args:
        recording: a `Recording`, or a `SampleStream`.
        throttle: play at the recording's sample rate; labels then come as soon as the samples are
            there, and may differ a little, see `signal_labeller`.
        settings: see `EmissionFlowgraph`.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and its sample rate
            included.
    """

    def __init__(self, recording, throttle: bool = False, **settings):
        rate = recording.require_rate()
        source = open_source(recording, throttle, weakly(self._end_at))
        self._is_file = not isinstance(recording, SampleStream)
        source.wait_while(weakly(self._is_behind))
        EmissionFlowgraph.__init__(
            self, source, rate, policy="block", real_time=throttle, **settings
        )
        self._tail = np.empty(0, np.complex64)
        if self._is_file:  # once the detector has taken the rate
            self._tail = tail_of_recording(recording, rate)
            source.play_behind(self._tail)
        self._end_at(recording.n_samples if self._is_file else UNKNOWN)

    def _end_at(self, n_samples: int) -> None:
        inner = self.labeller.labels, self.labeller.contents
        for block in (*inner, *self.attachments):
            if block is not None:
                block.end_at(n_samples, self.sample_rate)

    def _is_behind(self) -> bool:
        """Whether so much waits for a sink that the recording must: nothing of it is discarded."""
        takers = [self.labeller.labels, *self._sinks]
        if self.labeller.contents is not None:
            takers.append(self.labeller.contents)
        return (
            any(taker.waiting() > _MOST_WAITING for taker in takers)
            or self._list.n_final() > _MOST_WAITING
            or any(one.waiting_bytes() > _MOST_WAITING_BYTES for one in self.attachments)
        )

    def n_samples(self) -> int:
        """Samples of the recording; of a pipe those that came so far."""
        return self.source.recording.n_samples if self._is_file else self.source.n_samples

    def samples(self) -> int:
        """Samples of the recording that were searched."""
        return min(self.labeller.samples(), self.n_samples())

    def faulty_samples(self) -> dict[str, int]:
        """As `EmissionFlowgraph` has it, without those of the tail, in which all are finite, and
        all absent or none."""
        played = self._tail[: max(0, self.labeller.samples() - self.samples())]
        saturated = np.maximum(np.abs(played.real), np.abs(played.imag)) >= _FULL_SCALE
        counts = super().faulty_samples()
        counts["samples_saturated"] -= int(np.count_nonzero(saturated))
        if not played.any():  # behind a recording that ends with nothing else
            counts["samples_absent"] = max(0, counts["samples_absent"] - len(played))
        return counts

    def run_to_end(self, progress=None) -> None:
        """Runs until the recording has been searched. Ctrl-C stops the blocks, then is raised.

        Args:
            progress: called some times a second with the number of samples that were searched.

        Raises:
            the exception that ended a block.
        """

        def look():
            if progress:
                progress(self.samples())

        self.run_watched(look)


def make_labeller(
    sample_rate: float,
    sides: str,
    options: EmissionOptions,
    model: ModelOptions | None,
    policy: str,
    samples: bool = False,
    margin_s: float = 0.0,
    real_time: bool = False,
    contents: bool = True,
) -> signal_labeller:
    """The block ``signal_labeller`` with these options."""
    others = asdict(options) | ({"model": NO_MODEL} if model is None else asdict(model))
    return signal_labeller(
        sample_rate,
        others.pop("sensitivity"),
        sides,
        others.pop("model"),
        policy,
        samples=samples,
        margin_s=margin_s,
        contents=contents,
        options=LabellerOptions(
            lookback_s=LOOKBACK_S if policy == "block" else _RECEIVER_LOOKBACK_S,
            real_time=real_time,
            **others,
        ),
    )

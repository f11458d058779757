# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path from a source to the emissions in it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict

import numpy as np
from gnuradio import gr

from ..blocks.emission_recorder import emission_recorder
from ..blocks.message_sink import MessageSink
from ..blocks.sigmf_annotation_sink import sigmf_annotation_sink
from ..blocks.sigmf_source import sigmf_source
from ..blocks.signal_labeller import signal_labeller
from ..blocks.waterfall_probe import waterfall_probe
from ..emissions.record import EmissionRecords
from ..inference import NO_MODEL
from ..recordings.tail import LOOKBACK_S, tail_of_recording
from ..reporting import process_bytes
from ..rfattn_python import rx_tagger
from ..telemetry import schema
from .options import EmissionOptions, ModelOptions
from .watched import WatchedFlowgraph

_FOUND_KEPT = 10_000
_FULL_SCALE = np.float32(0.99)
"""From here on I or Q counts as saturated, as in sample_check.cc."""


class EmissionFlowgraph(WatchedFlowgraph):
    """source → `signal_labeller`, and its messages to the sinks.

    Args:
        source: a block with one complex64 output.
        sample_rate: of the source, Hz.
        options: see `EmissionOptions`.
        model: the model that labels emissions; None: they are measured only.
        is_real: the samples are real-valued; frequencies count from 0 Hz.
        tag_rate: whether the source does not send a tag rx_rate.
        policy: of the `token_buffer` in front of the model.
        on_emission: called with the `EmissionRecord` after each message of an emission, in the
            thread of a block.
        keep: emissions kept that have ended, and bursts of each, the newest; None: all.
        annotations: a `sigmf_annotation_sink`; None for none.
        recorder: an `emission_recorder`; None for none.
        sinks: each a `MessageSink` (``zmq_stats_sink``, ``prometheus_sink``), which the caller
            closes.
        lookback_s: see `signal_labeller`.

    Attributes:
        source, labeller, annotations, recorder: the blocks; sample_rate: as given; records: the
        `EmissionRecords` so far.
    """

    def __init__(
        self,
        source,
        sample_rate: float,
        options: EmissionOptions = EmissionOptions(),  # noqa: B008 (frozen)
        model: ModelOptions | None = None,
        is_real: bool = False,
        tag_rate: bool = False,
        policy: str = "drop",
        on_emission=None,
        keep: int | None = None,
        annotations=None,
        recorder=None,
        sinks=(),
        lookback_s: float = 0.1,
    ):
        gr.top_block.__init__(self, "find emissions")
        self.source, self.sample_rate = source, sample_rate
        self.annotations, self.recorder = annotations, recorder
        self._sides = "one" if is_real else "two"
        self.labeller = make_labeller(
            sample_rate, self._sides, options, model, policy, recorder is not None, lookback_s
        )
        self._list = _EmissionList(sample_rate, on_emission, keep)
        self._sinks = [sink for sink in (self._list, *sinks, annotations, recorder) if sink]
        self._fallible = [source, self.labeller, *self._sinks]
        self._seconds = 0.0
        self._tagged = rx_tagger(sample_rate) if tag_rate else source
        if tag_rate:
            self.connect(source, self._tagged)
        self.connect(self._tagged, self.labeller)
        for sink in self._sinks:
            self._connect_sink(sink)

    @property
    def records(self) -> EmissionRecords:
        return self._list.records

    def _connect_sink(self, sink) -> None:
        """Connects the messages that ``sink`` takes; spectra are made for it."""
        topics = set(self.labeller.TOPICS) & set(sink.TOPICS)
        if sink is self.annotations:
            topics = {"emissions"}  # its detections are those of a band
        for topic in topics:
            self.msg_connect(self.labeller, topic, sink, topic)
        if "spectra" in sink.TOPICS:
            waterfall = waterfall_probe(self._sides)
            self._fallible.append(waterfall)
            self.connect(self._tagged, waterfall)
            self.msg_connect(waterfall, "spectra", sink, "spectra")

    def run_watched(self, look) -> None:
        started = time.monotonic()
        try:
            super().run_watched(look)
        finally:
            self._seconds = time.monotonic() - started

    def _collect(self) -> None:
        """Takes what the blocks sent when they ended: the ends of live emissions."""
        self.labeller.drain()
        for sink in self._sinks:
            sink.drain()
        if self.annotations is not None:
            self.annotations.write()
        if self.recorder is not None:
            self.recorder.close()

    def samples(self) -> int:
        """Samples that were searched."""
        return self.labeller.samples()

    def faulty_samples(self) -> dict[str, int]:
        """Samples of those that were searched that were not finite, and that were saturated."""
        return self.labeller.faulty_samples()

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
        if self.labeller.transformer is None:
            return {"tokens": None, "stats": measured, "model": None}
        return {
            "tokens": self.labeller.tokens(),
            "stats": {**self.labeller.stats(), **measured},
            "model": self.labeller.transformer.adapter.describe(),
        }

    def _cut(self) -> dict:
        """How much was cut out of the band and recorded, and how much was not."""
        extractor, recorder, counts = self.labeller.extractor, self.recorder, {}
        if extractor is not None:
            counts["emissions_cut"] = extractor.emissions_cut()
            counts["emissions_not_cut"] = extractor.emissions_dropped()
            counts["samples_missed"] = extractor.samples_missed()
        if recorder is not None:
            counts["recordings"] = recorder.recordings
            counts["emissions_not_recorded"] = recorder.left_out
        return counts


class RecordingEmissionFlowgraph(EmissionFlowgraph):
    """The path on one recording.

    A tail is played behind it, see `tail_of`: what the detector needs to learn the floor of a short
    recording, and what it and the extractor wait for at the end of any. Nothing that is found
    behind the end counts.

    Args:
        filename: a SigMF recording.
        sample_rate: in Hz, where the recording states none.
        options, model: see `EmissionFlowgraph`.
        throttle: play at the recording's sample rate.
        annotate: the ``.sigmf-meta`` file to write the emissions to; empty for none.
        record: folder for the I/Q of each emission; empty for none.
        sinks: see `EmissionFlowgraph`.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and its sample rate
            included.
    """

    def __init__(
        self,
        filename,
        sample_rate: float | None = None,
        options: EmissionOptions = EmissionOptions(),  # noqa: B008 (frozen)
        model: ModelOptions | None = None,
        throttle: bool = False,
        annotate: str = "",
        record: str = "",
        sinks=(),
    ):
        source = sigmf_source(filename, throttle=throttle)
        recording = source.recording
        meta, rate = recording.meta_path, rate_of(recording, sample_rate)
        self._tail = tail_of_recording(recording, rate)
        source.play_behind(self._tail)
        EmissionFlowgraph.__init__(
            self,
            source,
            rate,
            options,
            model,
            source.is_real,
            tag_rate=source.sample_rate is None,
            policy="block",
            annotations=sigmf_annotation_sink(annotate, str(meta)) if annotate else None,
            recorder=emission_recorder(record, meta.stem) if record else None,
            sinks=sinks,
            lookback_s=LOOKBACK_S,
        )
        for block in (self.labeller.labels, self.recorder):
            if block is not None:
                block.end_at(recording.n_samples, rate)

    def samples(self) -> int:
        """Samples of the recording that were searched."""
        return min(self.labeller.samples(), self.source.recording.n_samples)

    def faulty_samples(self) -> dict[str, int]:
        """As `EmissionFlowgraph` has it, without those of the tail, in which all are finite."""
        played = self._tail[: max(0, self.labeller.samples() - self.samples())]
        saturated = np.maximum(np.abs(played.real), np.abs(played.imag)) >= _FULL_SCALE
        counts = super().faulty_samples()
        counts["samples_saturated"] -= int(np.count_nonzero(saturated))
        return counts

    def run_to_end(self, progress=None) -> None:
        """Runs until the recording has been searched. Ctrl-C stops the blocks, then is raised.

        Args:
            progress: called some times a second with the share of the recording that is read.

        Raises:
            the exception that ended a block.
        """

        def look():
            if progress:
                progress(self.samples() / self.source.recording.n_samples)

        self.run_watched(look)


def make_labeller(
    sample_rate: float,
    sides: str,
    options: EmissionOptions,
    model: ModelOptions | None,
    policy: str,
    samples: bool,
    lookback_s: float,
) -> signal_labeller:
    """The block ``signal_labeller`` with these options."""
    return signal_labeller(
        sample_rate,
        sides=sides,
        policy=policy,
        samples=samples,
        lookback_s=lookback_s,
        **asdict(options),
        **({"model": NO_MODEL} if model is None else asdict(model)),
    )


def rate_of(recording, stated: float | None = None) -> float:
    """The sample rate of a recording, in Hz; ``stated`` where its metadata have none.

    Raises:
        ValueError: naming the file, when there is none, or the two differ.
    """
    known = recording.sample_rate
    if known is None and stated is None:
        raise ValueError(
            f"{recording.meta_path}: it states no sample rate, without which no emission can be "
            "measured: give --rate HZ"
        )
    if None not in (known, stated) and known != stated:
        raise ValueError(
            f"{recording.meta_path}: its sample rate is {known:g} Hz, got --rate {stated:g}"
        )
    return known or stated


class _EmissionList(MessageSink):
    """Collects the emissions for the command."""

    TOPICS = ("emissions",)

    def __init__(self, sample_rate: float, on_emission, keep: int | None):
        self._sample_rate = sample_rate
        self.records = EmissionRecords(max_bursts=keep, max_ended=keep)
        self._on_emission = on_emission
        self._found: deque[float] = deque(maxlen=_FOUND_KEPT)
        MessageSink.__init__(self)

    def _receive(self, topic: str, message: dict) -> None:
        emission = schema.read(topic, message)
        record = self.records.add(emission)
        if emission.state == "new":
            late = emission.sample_now - emission.sample_start
            self._found.append(late / self._sample_rate)
        if self._on_emission is not None:
            self._on_emission(record)

    def found_seconds(self) -> dict:
        """How long after its first sample an emission was found, of the newest ones."""
        if not self._found:
            return {"count": 0}
        quantiles = np.quantile(self._found, (0.5, 0.95, 0.99)).tolist()
        return {
            "count": len(self._found),
            "mean": float(np.mean(self._found)),
            **dict(zip(("p50", "p95", "p99"), quantiles, strict=True)),
            "max": max(self._found),
        }

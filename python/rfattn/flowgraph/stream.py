# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path on one source: samples in, labels and statistics out."""

from __future__ import annotations

from dataclasses import asdict

import pmt
from gnuradio import gr

from ..blocks.band_splitter import band_splitter
from ..blocks.detection_sink import detection_sink
from ..blocks.parts.counts import account_tokens, count_faulty
from ..blocks.recording_source import open_source
from ..blocks.sigmf_annotation_sink import annotations_of
from ..blocks.transformer import transformer
from ..blocks.waterfall_probe import waterfall_probe
from ..recordings.front_end import FrontEnd
from ..rfattn_python import latency_probe, power_spectrum, token_buffer
from ..telemetry.zmq_publisher import plain
from .options import ModelOptions, PathOptions
from .watched import WatchedFlowgraph

_BUDGET_MS = 30.0
_BLOCK_CAPACITY = 16
_DROP_WINDOWS = 2
"""Steps that may wait under policy drop, in windows: as many come out in one run after a drop, so
that the last of them have all the context that they can have."""


class StreamFlowgraph(WatchedFlowgraph):
    """source → spectra → tokens → model → probe, and messages to the sinks.

    The front end is that of the model's contract; a real-valued source gets its equivalent. With
    ``options.bands`` a `band_splitter` makes so many bands of the source, each a stream of its own.

    Args:
        source: a block with one complex64 output.
        model: a ``transformer``.
        options: see `PathOptions`.
        is_real: the samples are real-valued, with a zero imaginary part.
        on_detection: see ``detection_sink``.
        annotations: a ``sigmf_annotation_sink``; None for none.
        sinks: each a `MessageSink` (``zmq_stats_sink``, ``prometheus_sink``), which the caller
            closes.

    Attributes:
        source, transformer, buffer, probe, detections, annotations: the blocks; spectra: the
        `power_spectrum` of each band; spectrum: the first of them; capacity: steps of a stream that
        may wait.

    Raises:
        ValueError: when several bands are asked for of a real-valued source, or the model takes
            something else than a band.
    """

    def __init__(
        self,
        source,
        model: transformer,
        options: PathOptions = PathOptions(policy="drop"),  # noqa: B008 (frozen)
        is_real: bool = False,
        on_detection=None,
        annotations=None,
        sinks=(),
    ):
        if options.bands > 1 and is_real:
            raise ValueError(
                f"a real-valued source cannot be split into {options.bands} bands: give complex "
                "samples"
            )
        takes = model.adapter.input
        if takes != "band":
            raise ValueError(
                f"the model takes the spectra of one {takes}; a model whose input is 'band' is "
                "needed to label a whole band (without --band the command labels emissions)"
            )
        gr.top_block.__init__(self, "label a stream")
        self.source, self.transformer, self.annotations = source, model, annotations
        front_end = FrontEnd.from_dict(model.front_end)
        self.front_end = front_end.for_real() if is_real else front_end
        self.spectra = [power_spectrum(**self.front_end.to_dict()) for _ in range(options.bands)]
        self.spectrum = self.spectra[0]
        self.capacity = _capacity(model, options)
        self.buffer = token_buffer(
            model.n_bins,
            model.block_size,
            self.capacity,
            options.policy,
            n_inputs=options.bands,
            max_streams=options.bands,
            max_batch=min(options.bands, model.max_batch),
        )
        self.probe = latency_probe(model.n_classes, budget_ms=options.budget_ms or _BUDGET_MS)
        self.detections = detection_sink(model.classes, on_detection)
        sinks = [sink for sink in (*sinks, annotations) if sink is not None]
        inner = (*self.spectra, self.buffer, model, self.probe, self.detections)
        self._fallible = [source, *inner, *sinks]
        self._connect_stream()
        for sink in sinks:
            self._connect_sink(sink)

    def _connect_stream(self) -> None:
        split = self.source
        if len(self.spectra) > 1:
            split = band_splitter(len(self.spectra))
            self._fallible.append(split)
            self.connect(self.source, split)
        for i, spectrum in enumerate(self.spectra):
            self.connect((split, i), spectrum, (self.buffer, i))
        self.connect(self.buffer, self.transformer, self.probe, self.detections)

    def _connect_sink(self, sink) -> None:
        """Connects the messages that ``sink`` takes; spectra of the whole source."""
        senders = {"stats": self.probe, "detections": self.transformer, "model": self.transformer}
        for topic, sender in senders.items():
            if topic in sink.TOPICS:
                self.msg_connect(sender, topic, sink, topic)
        if "spectra" in sink.TOPICS:
            waterfall = waterfall_probe(self.front_end.sides)
            self._fallible.append(waterfall)
            self.connect(self.source, waterfall)
            self.msg_connect(waterfall, "spectra", sink, "spectra")

    def samples(self) -> int:
        """Samples of the source that were read."""
        return self.spectrum.nitems_read(0) * len(self.spectra)

    def tokens(self) -> dict[str, int]:
        """Tokens that were made, labelled, dropped, too few for a step, and those that waited in a
        block for what comes next when the flowgraph ended; of all bands together.

        in = processed + dropped + incomplete + waiting, once the flowgraph has ended.
        """
        made = sum(spectrum.nitems_written(0) for spectrum in self.spectra)
        labelled = self.detections.nitems_read(0) * self.transformer.block_size
        return {"in": made, **account_tokens(self.buffer, made, labelled)}

    def sample_counts(self) -> dict:
        """Samples that tokens were made of, and how many of them were not finite or saturated; of
        all bands together. With the `failures`, if there are any."""
        failures = self.failures()
        return {
            "samples": sum(spectrum.nitems_read(0) for spectrum in self.spectra),
            **count_faulty(self.spectra),
            **({"failures": failures} if failures else {}),
        }

    def gaps(self) -> dict[str, int]:
        """Segments of the source's samples, and why they ended: by a retune, or by a loss of
        samples (an overflow) or another capture of a recording."""
        segments, retunes = self.spectrum.segments(), self.spectrum.retunes()
        return {
            "segments": segments,
            "retunes": retunes,
            "overflows": max(0, segments - 1 - retunes),
        }

    def stats(self) -> dict:
        """The statistics of `latency_probe` over the whole run, in plain values."""
        return plain(pmt.to_python(self.probe.stats()))


def make_model(options: ModelOptions, n_streams: int = 1) -> transformer:
    """The block ``transformer`` with these options, for so many streams."""
    return transformer(**asdict(options), max_streams=n_streams, max_batch=min(n_streams, 8))


def _capacity(model: transformer, options: PathOptions) -> int:
    window = model.adapter.window // model.block_size
    capacity = options.capacity
    if capacity == 0:
        capacity = _BLOCK_CAPACITY if options.policy == "block" else _DROP_WINDOWS * window
    return capacity


class LabelFlowgraph(StreamFlowgraph):
    """The path on one recording.

    Args:
        recording: a `Recording`, or a `SampleStream`.
        model, options: see `ModelOptions` and `PathOptions`.
        throttle: play at the recording's sample rate.
        on_detection: see ``detection_sink``.
        annotate: the ``.sigmf-meta`` file to write the labels to; empty for none.
        sinks: see `StreamFlowgraph`.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and the model included.
    """

    def __init__(
        self,
        recording,
        model: ModelOptions = ModelOptions(),  # noqa: B008 (frozen)
        options: PathOptions = PathOptions(),  # noqa: B008 (frozen)
        throttle: bool = False,
        on_detection=None,
        annotate: str = "",
        sinks=(),
    ):
        source = open_source(recording, throttle)
        annotations = annotations_of(recording, annotate) if annotate else None
        StreamFlowgraph.__init__(
            self,
            source,
            make_model(model, options.bands),
            options,
            source.is_real,
            on_detection=on_detection,
            annotations=annotations,
            sinks=sinks,
        )

    def run_to_end(self, progress=None) -> None:
        """Runs until the recording is labelled. Ctrl-C stops the blocks, then is raised.

        Args:
            progress: called some times a second with the number of samples that were read.

        Raises:
            the exception that ended a block.
        """

        def look():
            if progress:
                progress(self.samples())

        self.run_watched(look)

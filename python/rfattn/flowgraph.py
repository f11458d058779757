# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path on one recording, for whoever wants its labels and figures."""

from __future__ import annotations

import threading
from dataclasses import asdict

import pmt
from gnuradio import gr

from .detection_sink import detection_sink
from .front_end import FrontEnd
from .rfattn_python import latency_probe, power_spectrum, token_buffer
from .sigmf_annotation_sink import sigmf_annotation_sink
from .sigmf_source import sigmf_source
from .transformer import transformer


class LabelFlowgraph(gr.top_block):
    """recording → spectra → tokens → model → probe, and messages to the sinks.

    The front end is the one of the model's contract; a real-valued recording gets its equivalent.

    Args:
        filename: a SigMF recording.
        model, attention, norm, device, dtype, threads: as of ``transformer``.
        policy, capacity: as of ``token_buffer``.
        throttle: play at the recording's sample rate.
        budget_ms: as of ``latency_probe``.
        annotate: the ``.sigmf-meta`` file to write the labels to; empty for none.
        stats: a ``zmq_stats_sink``, which the caller closes; None for none.

    Attributes:
        source, spectrum, buffer, transformer, probe, detections: the blocks.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and the model included.
    """

    def __init__(
        self, filename, model="rf14", attention="model", norm="model", device="auto", dtype="auto",
        threads=0, policy="block", capacity=16, throttle=False, budget_ms=30.0, annotate="",
        stats=None,
    ):
        gr.top_block.__init__(self, "label a recording")
        self.source = sigmf_source(filename, throttle=throttle)
        self.transformer = transformer(model, attention, norm, device, dtype, threads)
        front_end = FrontEnd(**self.transformer.front_end)
        self.front_end = front_end.for_real() if self.source.is_real else front_end
        self.spectrum = power_spectrum(**asdict(self.front_end))
        self.buffer = token_buffer(
            self.transformer.n_bins, self.transformer.block_size, capacity, policy
        )
        self.probe = latency_probe(self.transformer.n_classes, budget_ms=budget_ms)
        self.detections = detection_sink(self.transformer.classes)
        self._sinks = [self.detections]
        self.connect(
            self.source, self.spectrum, self.buffer, self.transformer, self.probe, self.detections
        )
        if annotate:
            self._add_annotations(annotate)
        if stats is not None:
            self.msg_connect(self.probe, "stats", stats, "stats")
            self.msg_connect(self.transformer, "detections", stats, "detections")
            self.msg_connect(self.transformer, "model", stats, "model")

    def run_to_end(self, progress=None) -> None:
        """Runs until the recording is labelled. Ctrl-C stops the blocks, then is raised.

        Args:
            progress: called some times a second with the share of the recording that is read.

        Raises:
            the exception that ended a block.
        """
        self.start()
        waiter = threading.Thread(target=self.wait, daemon=True)
        waiter.start()
        try:
            while waiter.is_alive():
                waiter.join(0.1)
                if progress:
                    progress(self.spectrum.nitems_read(0) / self.source.recording.n_samples)
        except KeyboardInterrupt:
            self.stop()
            waiter.join()
            raise
        for block in (self.source, self.transformer, *self._sinks):
            if getattr(block, "error", None) is not None:
                raise block.error

    def tokens(self) -> dict[str, int]:
        """Tokens that came in, reached the model, were dropped, and were too few for a step."""
        return {
            "in": self.buffer.tokens_in(),
            "processed": self.buffer.tokens_out(),
            "dropped": self.buffer.tokens_dropped(),
            "incomplete": self.buffer.tokens_incomplete(),
        }

    def stats(self) -> dict:
        """The statistics of `latency_probe` over the whole run, in plain values."""
        return pmt.to_python(self.probe.stats())

    def _add_annotations(self, annotate: str) -> None:
        sink = sigmf_annotation_sink(annotate, str(self.source.recording.meta_path))
        self.msg_connect(self.transformer, "detections", sink, "detections")
        self._sinks.append(sink)

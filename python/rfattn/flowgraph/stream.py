# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path on one source, for whoever wants its labels and figures."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace

import pmt
from gnuradio import gr

from ..blocks.band_splitter import band_splitter
from ..blocks.sigmf_annotation_sink import sigmf_annotation_sink
from ..blocks.sigmf_source import sigmf_source
from ..blocks.transformer import transformer
from ..recordings.front_end import FrontEnd
from ..rfattn_python import latency_probe, power_spectrum, spectrum_probe
from ..telemetry.messages import forget_ends
from ..telemetry.zmq_publisher import plain
from .bands import check_bands, make_band

_DEADLINE_MS = 30.0


class StreamFlowgraph(gr.top_block):
    """source → spectra → tokens → model → probe, and messages to the sinks.

    The front end is the one of the model's contract; a real-valued source gets its equivalent. With
    a model of several channels, a `band_splitter` makes a band of the source for each.

    Args:
        source: a block with one complex64 output.
        model: a ``transformer``.
        is_real: the samples are real-valued, with a zero imaginary part.
        policy, capacity: as of ``token_buffer``.
        budget_ms: as of ``latency_probe``.
        on_detection: as of ``detection_sink``; with several bands called in a thread for each.
        annotations: a ``sigmf_annotation_sink``; None for none.
        sinks: a ``zmq_stats_sink``, a ``prometheus_sink`` or both, which the caller closes.
        squelch_db: threshold of a ``token_squelch`` that gives the model `bands.SQUELCH_WINDOWS`
            windows of context; None for none. The buffer has room for them beside its capacity.

    Attributes:
        source, transformer, probe: the blocks; bands: those of each band (see `bands.Band`), one
        for a model of one channel; spectrum, buffer, detections: those of the first band.

    Raises:
        ValueError: when several bands are asked for with a squelch or of a real-valued source.
    """

    def __init__(
        self,
        source,
        model,
        is_real=False,
        policy="drop_oldest",
        capacity=16,
        budget_ms=_DEADLINE_MS,
        on_detection=None,
        annotations=None,
        sinks=(),
        squelch_db=None,
    ):
        n_bands = model.channels
        check_bands(n_bands, is_real, squelch_db)
        gr.top_block.__init__(self, "label a stream")
        self.source, self.transformer = source, model
        front_end = FrontEnd(**model.front_end)
        self.front_end = front_end.for_real() if is_real else front_end
        self.probe = latency_probe(model.n_classes, budget_ms=budget_ms, channels=n_bands)
        self.annotations = annotations
        self.bands = [
            make_band(model, self.front_end, policy, capacity, on_detection, squelch_db)
            for _ in range(n_bands)
        ]
        first = self.bands[0]
        self.spectrum, self.buffer, self.detections = first.spectrum, first.buffer, first.detections
        self._connect_bands()
        if annotations is not None:
            self.msg_connect(model, "detections", annotations, "detections")
        for sink in sinks:
            self._tell(sink)

    def _connect_bands(self) -> None:
        n_bands, split = len(self.bands), self.source
        if n_bands > 1:
            split = band_splitter(n_bands)
            self.connect(self.source, split)
        for i, band in enumerate(self.bands):
            self.connect((split, i), *band.tokens, band.buffer, (self.transformer, i))
            self.connect((self.transformer, i), (self.probe, i), band.detections)

    def _tell(self, sink) -> None:
        """Connects the messages that ``sink`` takes; spectra where the front end gives dB."""
        forget_ends(sink)
        self.msg_connect(self.probe, "stats", sink, "stats")
        self.msg_connect(self.transformer, "detections", sink, "detections")
        self.msg_connect(self.transformer, "model", sink, "model")
        takes_spectra = "spectra" in pmt.to_python(sink.message_ports_in())
        if takes_spectra and self.front_end.scale == "db":
            spectrum, n_bins = self._spectrum_of_source()
            probe = spectrum_probe(n_bins, sides=self.front_end.sides)
            self.connect(spectrum, probe)
            self.msg_connect(probe, "spectra", sink, "spectra")

    def _spectrum_of_source(self):
        """What gives spectra of the whole source, and their bins: that of the model, or where it
        sees bands, one over all of them, with bins as narrow or narrower."""
        n_bands, narrow = len(self.bands), self.front_end
        if n_bands == 1:
            return self.spectrum, narrow.n_bins
        wider = 1 << (n_bands - 1).bit_length()  # sizes are powers of two
        wide = replace(
            narrow,
            fft_size=narrow.fft_size * wider,
            hop=narrow.hop * n_bands,
            n_bins=narrow.n_bins * wider,
        )
        spectrum = power_spectrum(**asdict(wide))
        self.connect(self.source, spectrum)
        return spectrum, wide.n_bins

    def run_watched(self, look) -> None:
        """Runs until the source ends. Ctrl-C stops the blocks, then is raised.

        Args:
            look: called some times a second; a true result stops the blocks.

        Raises:
            the exception that ended a block.
        """
        waiter = threading.Thread(target=self.wait, daemon=True)
        try:
            self.start()  # inside: Ctrl-C may come while the blocks start
            waiter.start()
            while waiter.is_alive():
                waiter.join(0.1)
                if look():
                    self.stop()
                    waiter.join()
        except KeyboardInterrupt:
            self.stop()
            if waiter.ident:
                waiter.join()
            else:
                self.wait()
            raise
        self.raise_error()

    def raise_error(self) -> None:
        """Raises the exception that ended a block, if one did."""
        sinks = (band.detections for band in self.bands)
        for block in (self.source, self.transformer, *sinks, self.annotations):
            if getattr(block, "error", None) is not None:
                raise block.error

    def tokens(self) -> dict[str, int]:
        """Tokens that came in, reached the model, were dropped, and were too few for a step; with a
        squelch, those that it skipped. Of all bands together."""

        def total(count) -> int:
            return sum(count(band) for band in self.bands)

        squelched = self.bands[0].squelch is not None
        return {
            "in": total(lambda band: (band.squelch or band.buffer).tokens_in()),
            **({"skipped": total(lambda band: band.squelch.tokens_skipped())} if squelched else {}),
            "processed": total(lambda band: band.buffer.tokens_out()),
            "dropped": total(lambda band: band.buffer.tokens_dropped()),
            "incomplete": total(lambda band: band.buffer.tokens_incomplete()),
        }

    def gaps(self) -> dict[str, int]:
        """Segments of the source's samples, and why they ended: by a retune, or by a loss of
        samples (an overflow) or another capture of a recording. Bands have them in common."""
        segments, retunes = self.spectrum.segments(), self.spectrum.retunes()
        return {
            "segments": segments,
            "retunes": retunes,
            "overflows": max(0, segments - 1 - retunes),
        }

    def saved(self) -> dict[str, float] | None:
        """What the squelch spared the model: steps that came in, those skipped, and the inference
        time in s that these would have taken at the mean of the others. None without a squelch."""
        squelch = self.bands[0].squelch
        if squelch is None:
            return None
        block_size = self.transformer.block_size
        skipped = squelch.tokens_skipped() // block_size
        return {
            "steps": squelch.tokens_in() // block_size,
            "skipped_steps": skipped,
            "inference_seconds": skipped * self.stats()["inference_seconds"]["mean"],
        }

    def stats(self) -> dict:
        """The statistics of `latency_probe` over the whole run, in plain values."""
        return plain(pmt.to_python(self.probe.stats()))


class LabelFlowgraph(StreamFlowgraph):
    """The path on one recording.

    Args:
        filename: a SigMF recording.
        model, attention, norm, device, dtype, threads, runner: as of ``transformer``.
        policy, capacity: as of ``token_buffer``.
        throttle: play at the recording's sample rate.
        budget_ms: as of ``transformer``, and where it is not 0 as of ``latency_probe``.
        bench: as of ``transformer``.
        annotate: the ``.sigmf-meta`` file to write the labels to; empty for none.
        sinks: a ``zmq_stats_sink``, a ``prometheus_sink`` or both, which the caller closes.
        squelch_db: as of ``StreamFlowgraph``.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and the model included.
    """

    def __init__(
        self,
        filename,
        model="rf14",
        attention="model",
        norm="model",
        device="auto",
        dtype="auto",
        threads=0,
        policy="block",
        capacity=16,
        throttle=False,
        budget_ms=0.0,
        annotate="",
        sinks=(),
        squelch_db=None,
        bench="",
        runner="torch",
    ):
        source = sigmf_source(filename, throttle=throttle)
        # A token of a real recording takes twice the samples (see FrontEnd.for_real).
        rate = (source.recording.sample_rate or 0.0) / (2 if source.is_real else 1)
        block = transformer(
            model,
            attention,
            norm,
            device,
            dtype,
            threads,
            budget_ms=budget_ms,
            sample_rate=rate,
            bench=bench,
            runner=runner,
        )
        meta = str(source.recording.meta_path)
        annotations = sigmf_annotation_sink(annotate, meta) if annotate else None
        StreamFlowgraph.__init__(
            self,
            source,
            block,
            source.is_real,
            policy,
            capacity,
            budget_ms or _DEADLINE_MS,
            annotations=annotations,
            sinks=sinks,
            squelch_db=squelch_db,
        )

    def run_to_end(self, progress=None) -> None:
        """Runs until the recording is labelled. Ctrl-C stops the blocks, then is raised.

        Args:
            progress: called some times a second with the share of the recording that is read.

        Raises:
            the exception that ended a block.
        """

        def look():
            if progress:
                progress(self.spectrum.nitems_read(0) / self.source.recording.n_samples)

        self.run_watched(look)

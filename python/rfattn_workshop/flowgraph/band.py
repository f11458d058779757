# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording whose whole band a model labels, from step to step, as one flowgraph."""

from __future__ import annotations

from dataclasses import asdict

from gnuradio import blocks, gr
from gnuradio.rfattn.blocks.detection_sink import detection_sink
from gnuradio.rfattn.blocks.recording_source import open_source
from gnuradio.rfattn.blocks.transformer import transformer
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.flowgraph.watched import WatchedFlowgraph
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.rfattn_python import power_spectrum, token_buffer


def make_model(options: ModelOptions) -> transformer:
    """The block ``transformer`` with these options.

    Raises:
        ValueError: when the model cannot run, or takes something else than a band.
    """
    model = transformer(**asdict(options))
    if model.adapter.input != "band":
        raise ValueError(
            f"the model takes the spectra of one {model.adapter.input}; a model whose input is "
            "'band' is needed to label a whole band"
        )
    power_spectrum(**FrontEnd.from_dict(model.front_end).to_dict())  # which may refuse it
    return model


class BandFlowgraph(WatchedFlowgraph):
    """source → spectra → tokens → model → detections.

    The front end is that of the model's contract; a real-valued recording gets its equivalent.

    Attributes:
        source, transformer, detections: the blocks; logits: a sink of those of each step.

    Raises:
        ValueError: in one line, whatever a block refuses; the recording and the model included.
    """

    def __init__(self, recording, options: ModelOptions):
        gr.top_block.__init__(self, "label a band")
        self.source, self.transformer = open_source(recording), make_model(options)
        front_end = FrontEnd.from_dict(self.transformer.front_end)
        self.front_end = front_end.for_real() if self.source.is_real else front_end
        self._spectrum = power_spectrum(**self.front_end.to_dict())
        buffer = token_buffer(self.transformer.n_bins, self.transformer.block_size)
        self.detections = detection_sink(self.transformer.classes)
        self.logits = blocks.vector_sink_f(self.transformer.n_classes)
        self.connect(self.source, self._spectrum, buffer, self.transformer, self.detections)
        self.connect(self.transformer, self.logits)
        self._fallible = [self.source, self._spectrum, buffer, self.transformer, self.detections]

    def samples(self) -> int:
        """Samples of the recording that were read."""
        return self._spectrum.nitems_read(0)

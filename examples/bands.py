#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels four bands of a wide receiver with one model: python3 bands.py RECORDING RECORDING.

The receiver is made of two recordings of complex samples, one in the second band and one in the
fourth, in noise. Both are played at the rate of a band: a model sees samples, not hertz.
"""

import sys
from collections import Counter

from gnuradio import analog, blocks, filter, gr, rfattn
from gnuradio.filter import firdes
from gnuradio.rfattn.recordings.front_end import FrontEnd

N_BANDS, BAND_RATE, MIDDLE = 4, 1.92e6, 2590e6
OFFSETS = (-1, 1)  # of the two recordings, in bands from the middle
NOISE = 1e-3  # of full scale


class WideReceiver(gr.hier_block2):
    """complex64 at N_BANDS * BAND_RATE with rx_rate and rx_freq; in its place: soapy.source."""

    def __init__(self, recordings):
        item = gr.sizeof_gr_complex
        super().__init__("wide receiver", gr.io_signature(0, 0, 0), gr.io_signature(1, 1, item))
        self.tagger = rfattn.rx_tagger(N_BANDS * BAND_RATE, MIDDLE)
        self.sum = blocks.add_cc()
        taps = firdes.low_pass(N_BANDS, N_BANDS, 0.5, 0.05)
        self.sources = []
        for i, (recording, offset) in enumerate(zip(recordings, OFFSETS, strict=True)):
            source = rfattn.sigmf_source(recording)
            own_tags = blocks.tag_gate(item, False)  # its rate and frequency are not the sum's
            wide = filter.interp_fir_filter_ccf(N_BANDS, taps)
            moved = blocks.rotator_cc(6.283185307 * offset / N_BANDS)
            self.connect(source, own_tags, wide, moved, (self.sum, i))
            self.sources.append(source)
        noise = analog.noise_source_c(analog.GR_GAUSSIAN, NOISE, 1)
        self.connect(noise, (self.sum, len(OFFSETS)))
        self.connect(self.sum, self.tagger, self)


class Bands(gr.top_block):
    def __init__(self, recordings, model="rf14"):
        super().__init__("bands")
        self.source = WideReceiver(recordings)
        self.splitter = rfattn.band_splitter(N_BANDS)
        self.model = rfattn.transformer(model, max_streams=N_BANDS)
        self.buffer = rfattn.token_buffer(
            self.model.n_bins, self.model.block_size, n_inputs=N_BANDS, max_streams=N_BANDS
        )
        self.sink = rfattn.detection_sink(self.model.classes)
        self.connect(self.source, self.splitter)
        front_end = FrontEnd(**self.model.front_end).to_dict()
        for band in range(N_BANDS):
            spectrum = rfattn.power_spectrum(**front_end)
            self.connect((self.splitter, band), spectrum, (self.buffer, band))
        self.connect(self.buffer, self.model, self.sink)


if len(sys.argv) != 3:
    sys.exit("usage: bands.py RECORDING.sigmf-meta RECORDING.sigmf-meta")
flowgraph = Bands(sys.argv[1:])
flowgraph.run()
for block in (*flowgraph.source.sources, flowgraph.model, flowgraph.sink):
    if block.error:
        sys.exit(str(block.error))
for band in range(N_BANDS):
    found = [d for d in flowgraph.sink.detections if d.stream == band]
    labels = Counter(d.label for d in found)
    print(
        f"band {band}  {found[0].frequency / 1e6:8.2f} MHz  "
        + ", ".join(f"{label} {count}" for label, count in labels.most_common())
    )

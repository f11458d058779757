#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels four bands of a wide receiver with one model: python3 channels.py [MODEL].

The receiver is made of two recordings at different offsets in noise. Both are played at the rate of
a band, the WiFi frames so slower than they were sent: a model sees samples, not hertz.
"""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from gnuradio import analog, blocks, filter, gr, rfattn
from gnuradio.filter import firdes
from gnuradio.rfattn.recordings.front_end import FrontEnd

RECORDINGS = Path(__file__).parent / "recordings"
N_BANDS, BAND_RATE, MIDDLE = 4, 1.92e6, 2590e6
OFFSETS = {"lte_f2585_s1_92": -1, "wifi_cond_11n_13m": 1}  # bands from the middle
NOISE = 1e-3  # of full scale


class WideReceiver(gr.hier_block2):
    """complex64 at N_BANDS * BAND_RATE with rx_rate and rx_freq; in its place: soapy.source."""

    def __init__(self):
        item = gr.sizeof_gr_complex
        super().__init__("wide receiver", gr.io_signature(0, 0, 0), gr.io_signature(1, 1, item))
        self.tagger = rfattn.rx_tagger(N_BANDS * BAND_RATE, MIDDLE)
        self.sum = blocks.add_cc()
        taps = firdes.low_pass(N_BANDS, N_BANDS, 0.5, 0.05)
        self.sources = []
        for i, (name, offset) in enumerate(OFFSETS.items()):
            source = rfattn.sigmf_source(str(RECORDINGS / f"{name}.sigmf-meta"))
            own_tags = blocks.tag_gate(item, False)  # its rate and frequency are not the sum's
            wide = filter.interp_fir_filter_ccf(N_BANDS, taps)
            moved = blocks.rotator_cc(6.283185307 * offset / N_BANDS)
            self.connect(source, own_tags, wide, moved, (self.sum, i))
            self.sources.append(source)
        noise = analog.noise_source_c(analog.GR_GAUSSIAN, NOISE, 1)
        self.connect(noise, (self.sum, len(OFFSETS)))
        self.connect(self.sum, self.tagger, self)


class Channels(gr.top_block):
    def __init__(self, model="rf14"):
        super().__init__("channels")
        self.source = WideReceiver()
        self.splitter = rfattn.band_splitter(N_BANDS)
        self.model = rfattn.transformer(model, channels=N_BANDS)
        self.connect(self.source, self.splitter)
        front_end = asdict(FrontEnd(**self.model.front_end))
        self.sinks = [rfattn.detection_sink(self.model.classes) for _ in range(N_BANDS)]
        self.bands = []
        for i, sink in enumerate(self.sinks):
            spectrum = rfattn.power_spectrum(**front_end)
            buffer = rfattn.token_buffer(self.model.n_bins, self.model.block_size)
            self.connect((self.splitter, i), spectrum, buffer, (self.model, i))
            self.connect((self.model, i), sink)
            self.bands.append((spectrum, buffer))


flowgraph = Channels(*sys.argv[1:])
flowgraph.run()
for block in (*flowgraph.source.sources, flowgraph.model, *flowgraph.sinks):
    if block.error:
        sys.exit(str(block.error))
for sink in flowgraph.sinks:
    first, labels = sink.detections[0], Counter(d.label for d in sink.detections)
    print(
        f"stream {first.stream}  {first.frequency / 1e6:8.2f} MHz  "
        + ", ".join(f"{label} {count}" for label, count in labels.most_common())
    )

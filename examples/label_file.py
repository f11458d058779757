#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels a SigMF recording block by block: python3 label_file.py RECORDING."""

import sys

import pmt
from gnuradio import gr, rfattn
from gnuradio.rfattn.recordings.front_end import FrontEnd


def print_detection(detection):
    print(f"sample {detection.sample_start:8}: {detection.label:10} {detection.confidence:.2f}")


class LabelFile(gr.top_block):
    def __init__(self, filename):
        super().__init__("label file")
        self.source = rfattn.sigmf_source(filename)
        self.model = rfattn.transformer("rf14")
        front_end = FrontEnd(**self.model.front_end)  # what the model was trained with
        if self.source.is_real:
            front_end = front_end.for_real()
        self.spectrum = rfattn.power_spectrum(**front_end.to_dict())
        self.buffer = rfattn.token_buffer(self.model.n_bins, self.model.block_size)
        self.probe = rfattn.latency_probe(self.model.n_classes)
        self.sink = rfattn.detection_sink(self.model.classes, print_detection)
        self.connect(self.source, self.spectrum, self.buffer, self.model, self.probe, self.sink)


if len(sys.argv) != 2:
    sys.exit("usage: label_file.py RECORDING.sigmf-meta")
flowgraph = LabelFile(sys.argv[1])
flowgraph.run()
stats = pmt.to_python(flowgraph.probe.stats())
print(f"{stats['steps']} steps, inference p95 {stats['inference_seconds']['p95'] * 1e3:.2f} ms")
for block in (flowgraph.source, flowgraph.model, flowgraph.sink):
    if block.error:  # a Python block that fails ends the flowgraph and keeps the reason
        sys.exit(str(block.error))

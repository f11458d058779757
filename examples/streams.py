#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels several recordings at once, each a stream of one model.

python3 streams.py RECORDING.sigmf-meta RECORDING.sigmf-meta …

The recordings may differ in rate and length. Each has its own spectra and its own queue; steps that
wait at the same time go through the model in one call.
"""

import sys
from collections import Counter

from gnuradio import gr, rfattn
from gnuradio.rfattn.recordings.front_end import FrontEnd


class Streams(gr.top_block):
    def __init__(self, recordings, model="rf14"):
        super().__init__("streams")
        n_streams = len(recordings)
        self.model = rfattn.transformer(model, max_streams=n_streams)
        self.buffer = rfattn.token_buffer(
            self.model.n_bins, self.model.block_size, n_inputs=n_streams, max_streams=n_streams
        )
        self.probe = rfattn.latency_probe(self.model.n_classes)
        self.sink = rfattn.detection_sink(self.model.classes)
        front_end = FrontEnd(**self.model.front_end)
        self.sources = [rfattn.sigmf_source(path) for path in recordings]
        for i, source in enumerate(self.sources):
            own = front_end.for_real() if source.is_real else front_end
            self.connect(source, rfattn.power_spectrum(**own.to_dict()), (self.buffer, i))
        self.connect(self.buffer, self.model, self.probe, self.sink)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    recordings = sys.argv[1:]
    try:
        flowgraph = Streams(recordings)
    except ValueError as error:
        sys.exit(str(error))
    flowgraph.run()
    for block in (*flowgraph.sources, flowgraph.model, flowgraph.sink):
        if block.error:
            sys.exit(str(block.error))
    for i, path in enumerate(recordings):
        labels = Counter(d.label for d in flowgraph.sink.detections if d.stream == i)
        shown = ", ".join(f"{label} {count}" for label, count in labels.most_common())
        print(f"stream {i}  {path}: {shown or 'shorter than a step'}")

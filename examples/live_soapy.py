#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels the signals of a receiver until Ctrl-C. Watch it in a browser with: gr-rfattn serve.

python3 live_soapy.py [DEVICE [RATE [FREQUENCY [MODEL [STATS]]]]]
"""

import signal
import sys

from gnuradio import gr, rfattn, soapy
from gnuradio.eng_arg import eng_float
from gnuradio.rfattn.recordings.front_end import FrontEnd


class LiveSoapy(gr.top_block):
    def __init__(
        self,
        device="driver=rtlsdr",
        rate="1.92M",
        frequency="433.92M",
        model="rf14",
        stats="tcp://127.0.0.1:5557",
    ):
        super().__init__("live soapy")
        self.latest = None
        self.model = rfattn.transformer(model)
        self.source = soapy.source(device, "fc32", 1, "", "", [""], [""])
        self.source.set_sample_rate(0, eng_float(rate))
        self.source.set_frequency(0, eng_float(frequency))
        self.spectrum = rfattn.power_spectrum(**FrontEnd(**self.model.front_end).to_dict())
        # A receiver does not wait: when the model is too slow, whole steps are dropped.
        self.buffer = rfattn.token_buffer(self.model.n_bins, self.model.block_size, policy="drop")
        self.probe = rfattn.latency_probe(self.model.n_classes)
        self.sink = rfattn.detection_sink(self.model.classes, self.print_change)
        self.connect(self.source, self.spectrum, self.buffer, self.model, self.probe, self.sink)
        self.waterfall = rfattn.waterfall_probe()
        self.connect(self.source, self.waterfall)
        self.stats = rfattn.zmq_stats_sink(stats)
        self.msg_connect(self.waterfall, "spectra", self.stats, "spectra")
        self.msg_connect(self.probe, "stats", self.stats, "stats")
        for port in ("detections", "model"):
            self.msg_connect(self.model, port, self.stats, port)

    def print_change(self, detection):
        now = (detection.segment, detection.label)
        if now != self.latest:  # a segment ends at a retune, an overflow and a drop
            print(
                f"{detection.time:.6f} s  {detection.frequency / 1e6:.3f} MHz  "
                f"{detection.label:10} {detection.confidence:.2f}",
                flush=True,
            )
        self.latest = now


flowgraph = LiveSoapy(*sys.argv[1:])
signal.signal(signal.SIGINT, lambda *_: flowgraph.stop())
flowgraph.start()
flowgraph.wait()
print(
    f"{flowgraph.spectrum.segments()} segments, {flowgraph.spectrum.retunes()} retunes, "
    f"{flowgraph.buffer.tokens_dropped()} tokens dropped"
)
for block in (flowgraph.model, flowgraph.sink):
    if block.error:
        sys.exit(str(block.error))

#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds emissions and sends their tokens to a host, which labels them (edge_host.py); no torch.

python3 edge.py --recording FILE.sigmf-meta --host tcp://127.0.0.1:5560 --edge 1
python3 edge.py --soapy driver=rtlsdr --rate 2.4M --freq 433.92M --edge 2

Each edge of a host needs a number of its own. With --policy block the recording waits for the host;
with drop, the default of a receiver, tokens are dropped and counted while the host is late.
"""

import argparse
import json
import signal
import sys

from gnuradio import gr, rfattn
from gnuradio.eng_arg import eng_float
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END

# Of the shipped model, as FEATURES are; a host with another one refuses these tokens.
N_BINS = CHANNEL_FRONT_END.n_bins
WINDOW = 512
REST_S = 1.0  # an emission is looked at once a second, as `gr-rfattn label` does


class Edge(gr.top_block):
    """source → detector → extractor → scheduler → link"""

    def __init__(self, source, rate, options, sides="two"):
        super().__init__("edge")
        n_values = N_BINS + len(FEATURES)
        self.source, self.rate = source, rate
        self.detector = rfattn.emission_detector(rate, sides=sides)
        self.extractor = rfattn.emission_extractor(rate, n_bins=N_BINS, features=list(FEATURES))
        self.scheduler = rfattn.token_scheduler(n_values, WINDOW, REST_S, options.rest)
        self.link = rfattn.edge_sink(
            n_values, options.host, options.edge, options.policy, curve_keys=options.keys
        )
        self.connect(source, self.detector, self.extractor, self.scheduler, self.link)
        self.msg_connect(self.detector, "emissions", self.link, "emissions")
        self.msg_connect(self.extractor, "findings", self.link, "findings")
        if options.rest > REST_S:
            self.msg_connect(self.link, "confidences", self.scheduler, "detections")

    def counts(self):
        """What was found and what was sent; samples are 8 bytes each."""
        samples = self.detector.nitems_read(0)
        return {
            "samples": samples,
            "seconds": samples / self.rate,
            "emissions_found": self.detector.emissions_found(),
            "emissions_not_cut": self.extractor.emissions_dropped(),
            "tokens_rested": self.scheduler.tokens_rested(),
            **self.link.counts(),
        }

    def error(self):
        """Returns why a block ended the flowgraph, or None."""
        in_cpp = (self.detector, self.extractor, self.scheduler)
        texts = [block.error() for block in in_cpp]
        in_python = [getattr(block, "error", None) for block in (self.source, self.link)]
        return next((error for error in (*texts, *in_python) if error), None)


def make_edge(options):
    if options.recording:
        source = rfattn.sigmf_source(options.recording, throttle=options.throttle)
        sides = "one" if source.is_real else "two"
        return Edge(source, source.recording.require_rate(), options, sides)
    from gnuradio import soapy

    source = soapy.source(options.soapy, "fc32", 1, "", "", [""], [""])
    source.set_sample_rate(0, options.rate)
    source.set_frequency(0, options.freq)
    return Edge(source, options.rate, options)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recording", metavar="FILE", help="SigMF recording")
    source.add_argument("--soapy", metavar="DEVICE", help="receiver, such as driver=rtlsdr")
    parser.add_argument("--rate", type=eng_float, default=2.4e6, help="of the receiver, Hz")
    parser.add_argument("--freq", type=eng_float, default=433.92e6, help="of the receiver, Hz")
    parser.add_argument("--throttle", action="store_true", help="play at the recording's rate")
    parser.add_argument("--host", default="tcp://127.0.0.1:5560", help="default: %(default)s")
    parser.add_argument("--edge", type=int, default=0, help="number of this edge, 0 to 999")
    parser.add_argument("--policy", choices=("block", "drop"), help="when the host is late")
    parser.add_argument(
        "--rest", type=float, default=REST_S, help="longest rest while the host is sure, s"
    )
    parser.add_argument("--keys", metavar="DIR", default="", help="CURVE keys, to another machine")
    options = parser.parse_args(arguments)
    options.policy = options.policy or ("block" if options.recording else "drop")
    return options


if __name__ == "__main__":
    try:
        flowgraph = make_edge(parse(sys.argv[1:]))
    except (ValueError, RuntimeError) as error:
        sys.exit(f"edge: {error}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: flowgraph.stop())
    flowgraph.start()
    flowgraph.wait()
    flowgraph.link.close()
    print(json.dumps(flowgraph.counts()))
    if flowgraph.error():
        sys.exit(f"edge: {flowgraph.error()}")

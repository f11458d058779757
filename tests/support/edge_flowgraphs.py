# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edge, a host, and both in one flowgraph without a link, for tests that compare them."""

import json
import threading

import numpy as np
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.emissions.edge_ids import IDS

from emission_recording import RATE
from step_streams import RUN_LIMIT_S, run

N_BINS, FRONT_END = 8, {"fft_size": 64, "hop": 32}


class Collector(MessageSink):
    """Keeps all messages, by topic."""

    TOPICS = ("emissions", "detections", "edges")

    def __init__(self):
        self.found = {topic: [] for topic in self.TOPICS}
        MessageSink.__init__(self)

    def _receive(self, topic, message):
        self.found[topic].append(message)

    def last_of(self, receiver=0):
        """The last message of each emission of one run of an edge as text, by number there, with
        the bursts of all: a label that changes after the end is sent without them."""
        last, bursts = {}, {}
        for emission in self.emissions(receiver):
            number = emission["id"] % IDS
            bursts.setdefault(number, []).extend(np.ravel(emission["bursts"]).tolist())
            last[number] = {**emission, "bursts": list(bursts[number])}
        return {number: as_text(emission) for number, emission in last.items()}

    def emissions(self, receiver=0):
        return [e for e in self.found["emissions"] if e["id"] // IDS == receiver]

    def detections(self, receiver=0):
        return [as_text(d) for d in self.found["detections"] if d["stream"] // IDS == receiver]


def as_text(message):
    """A message as JSON, with the number that its emission has at the edge."""
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in message.items()}
    for name in {"id", "stream"} & plain.keys():
        plain[name] %= IDS
    return json.dumps(plain, sort_keys=True)


def label_alone(recording, model):
    """The messages of `signal_labeller` for a recording."""
    source, collector = rfattn.sigmf_source(recording), Collector()
    on_cpu = rfattn.LabellerOptions(device="cpu", threads=1)
    labeller = rfattn.signal_labeller(RATE, model=model, options=on_cpu)
    top = gr.top_block()
    top.connect(source, labeller)
    for topic in ("emissions", "detections"):
        top.msg_connect(labeller, topic, collector, topic)
    run(top)
    labeller.drain()
    collector.drain()
    assert labeller.error is None
    return collector


class Edge(gr.top_block):
    """As examples/edge.py, with tiny tokens; rests of 0 s pass all of them."""

    def __init__(self, recording, address, window=16, rest_s=1.0, **options):
        gr.top_block.__init__(self)
        self.source, self.detector = rfattn.sigmf_source(recording), rfattn.emission_detector(RATE)
        self.extractor = rfattn.emission_extractor(RATE, **FRONT_END, n_bins=N_BINS, max_snr_db=0.0)
        self.scheduler = rfattn.token_scheduler(N_BINS, window, rest_s, rest_s)
        self.link = rfattn.edge_sink(N_BINS, address, **options)
        self.connect(self.source, self.detector, self.extractor, self.scheduler, self.link)
        self.msg_connect(self.detector, "emissions", self.link, "emissions")
        self.msg_connect(self.extractor, "findings", self.link, "findings")

    def run_and_close(self):
        run(self)
        self.link.close()
        assert self.link.error is None
        return self.link.counts()


class Host(gr.top_block):
    """As examples/edge_host.py with policy block; it runs from its making until `finish`."""

    def __init__(self, model, ends_after=1, address="tcp://127.0.0.1:*"):
        gr.top_block.__init__(self)
        self.link = rfattn.edge_source(model, address, ends_after=ends_after)
        self.model = rfattn.transformer(
            model, device="cpu", threads=1, max_batch=64, max_streams=64
        )
        self.buffer = rfattn.token_buffer(
            N_BINS,
            self.model.block_size,
            2 * self.model.max_batch,
            "batch",
            max_streams=64,
            max_batch=self.model.max_batch,
            max_run=self.model.max_run,
        )
        self.labels = rfattn.emission_labels(model=self.model.adapter.contract, band_plan="shipped")
        self.collector = Collector()
        self.connect(self.link, self.buffer, self.model)
        self.connect(self.model, blocks.null_sink(gr.sizeof_float * self.model.n_classes))
        for port in ("emissions", "findings"):
            self.msg_connect(self.link, port, self.labels, port)
        self.contents = rfattn.frame_contents()
        self.msg_connect(self.link, "frames", self.contents, "frames")
        self.msg_connect(self.model, "logits", self.labels, "logits")
        self.msg_connect(self.labels, "emissions", self.collector, "emissions")
        self.msg_connect(self.model, "detections", self.collector, "detections")
        self.msg_connect(self.link, "edges", self.collector, "edges")
        self.address = self.link.last_endpoint()
        self.start()

    def finish(self):
        """Waits for the end, which must come in time; returns the `Collector`."""
        waiter = threading.Thread(target=self.wait, daemon=True)
        waiter.start()
        waiter.join(RUN_LIMIT_S)
        ended = not waiter.is_alive()
        if not ended:
            self.stop()
        waiter.join()
        self.labels.drain()
        self.collector.drain()
        self.link.close()
        for block in (self.link, self.model, self.labels):
            assert block.error is None
        assert ended and self.buffer.error() == ""
        return self.collector

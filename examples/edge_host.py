#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels the emissions of any number of edges (edge.py) with one model.

python3 edge_host.py --listen tcp://127.0.0.1:5560 --json emissions.jsonl
python3 edge_host.py --listen tcp://0.0.0.0:5560 --keys host_keys --stats tcp://127.0.0.1:5557

Each emission that has ended is a line of JSON: some seconds after its end, or with --policy block,
for recordings, when all edges have ended. Statistics go to `gr-rfattn serve` and `watch`. The line
that it prints on stdout at the end has what each edge sent, dropped and lost.
"""

import argparse
import json
import signal
import sys
import threading
import time

from gnuradio import gr, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.emissions.edge_ids import edge_of
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.record import EmissionRecords
from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.mqtt.mqtt_publisher import MqttPublisher

SETTLED_S = 3.0  # after its end an emission may still get a label
KEPT = 10_000


class Emissions(MessageSink):
    """Hands on each emission some seconds after it has ended."""

    TOPICS = ("emissions",)

    def __init__(self, take, drops):
        self._records = EmissionRecords(max_bursts=1000, max_ended=KEPT, on_end=self._end)
        self._ended, self._lock, self._take_one = [], threading.Lock(), take
        self.bands = {}  # of each edge, as its newest emission has it: middle and width, Hz
        self._stamps = drops  # recordings do not arrive as they are received
        super().__init__(drops)

    def _receive(self, topic, message):
        emission = schema.read(topic, message)
        with self._lock:
            record = self._records.add(emission)
        if emission.rx_freq is not None and emission.rx_rate:
            self.bands[edge_of(emission.id)] = emission.rx_freq, emission.rx_rate
        if self._stamps and emission.state == "new" and emission.rx_rate:
            late = (emission.sample_now - emission.sample_start) / emission.rx_rate
            record.arrived_unix_s = time.time() - late

    def _end(self, record):
        self._ended.append((time.monotonic(), record))

    def hand_on(self, settled_s=SETTLED_S):
        """Hands on what ended so long ago; with 0, everything, by number."""
        before = time.monotonic() - settled_s
        with self._lock:
            ready = [record for ended, record in self._ended if ended <= before]
            self._ended = [pair for pair in self._ended if pair[0] > before]
        for record in sorted(ready, key=lambda record: record.latest.id):
            self._take_one(record)


class EdgeHost(gr.top_block):
    """link → token buffer → model → probe; emissions and logits → labels → sinks"""

    def __init__(self, options, take):
        super().__init__("edge host")
        streams, waits = options.max_streams, options.policy == "block"
        self.model = model = rfattn.transformer(
            options.model, threads=options.threads, max_batch=64, max_streams=streams
        )
        contract = model.adapter.contract
        self.link = rfattn.edge_source(
            contract, options.listen, options.timeout, options.ends_after, options.keys
        )
        window = model.adapter.window
        self.buffer = rfattn.token_buffer(
            model.n_values,
            model.block_size,
            2 * model.max_batch if waits else 2 * window // model.block_size,
            "batch" if waits else "drop",
            max_streams=streams,
            max_batch=model.max_batch,
            max_run=model.max_run,
        )
        self.probe = rfattn.latency_probe(model.n_classes)
        self.labels = rfattn.emission_labels(
            model=contract, band_plan="shipped", policy=options.policy
        )
        self.emissions = Emissions(take, drops=not waits)
        self.connect(self.link, self.buffer, model, self.probe)
        for port in ("emissions", "findings"):
            self.msg_connect(self.link, port, self.labels, port)
        self.msg_connect(model, "logits", self.labels, "logits")
        self.msg_connect(self.labels, "emissions", self.emissions, "emissions")
        self.msg_connect(self.labels, "confidences", self.link, "confidences")
        self.stats = rfattn.zmq_stats_sink(options.stats) if options.stats else None
        if self.stats:
            for block, port in (
                (self.labels, "emissions"),
                (self.link, "edges"),
                (self.probe, "stats"),
                (model, "model"),
            ):
                self.msg_connect(block, port, self.stats, port)

    def drain(self):
        """Takes the messages that wait when the flowgraph has ended."""
        self.labels.drain()
        self.emissions.drain()
        self.emissions.hand_on(0)
        if self.stats:
            self.stats.close()
        self.link.close()

    def error(self):
        """Returns why a block ended the flowgraph, or None."""
        texts = [block.error() for block in (self.buffer, self.probe)]
        in_python = [b.error for b in (self.link, self.model, self.labels, self.emissions)]
        return next((error for error in (*texts, *in_python) if error), None)

    def counts(self):
        buffer = self.buffer
        tokens = ("in", "out", "dropped", "incomplete", "waiting")
        return {
            "edges": self.link.edges(),
            "refused": self.link.refused(),
            "messages_lost": self.labels.messages_lost + self.emissions.messages_lost,
            "tokens": {name: getattr(buffer, f"tokens_{name}")() for name in tokens},
            "tokens_turned_away": buffer.tokens_turned_away(),
            "streams_evicted": buffer.streams_evicted(),
        }


class Logbook:
    """The logbook of a station whose receivers are the edges."""

    def __init__(self, station):
        from gnuradio.rfattn_station.blocks.logbook_keeper import LogbookKeeper
        from gnuradio.rfattn_station.logbook.writer import LogbookWriter

        self._writer, self._keeper_of = LogbookWriter(station, report=log), LogbookKeeper
        self._keepers, self._bands = {}, {}

    def keeper(self, edge):
        if edge not in self._keepers:
            self._keepers[edge] = self._keeper_of(self._writer, f"edge {edge}")
        return self._keepers[edge]

    def listen(self, edges, bands):
        """Notes that the edges that are connected listen to the bands of their emissions."""
        for edge, (middle, width) in list(bands.items()):
            if self._bands.get(edge) != (middle, width):
                self._bands[edge] = middle, width
                self.keeper(edge).tuned(middle)
        for one in edges:
            if one["edge"] in self._bands:
                moment = time.monotonic() if one["state"] == "connected" else -1
                self.keeper(one["edge"]).look(moment, self._bands[one["edge"]][1])

    def close(self):
        for keeper in self._keepers.values():
            keeper.complete()
        self._writer.close()
        log(f"logbook: {self._writer.kept} emissions kept, {self._writer.lost} lost")


class Outputs:
    """Writes an emission as a line of JSON, and publishes it unless it is a sideband; a part of
    another is none."""

    def __init__(self, options):
        self._file = open(options.json, "w") if options.json else None
        self._mqtt = None
        if options.mqtt:
            self._mqtt = MqttPublisher(options.mqtt, "rfattn", "", "", log)
        self._logbook = Logbook(options.station) if options.station else None

    def listen(self, edges, bands):
        if self._logbook:
            self._logbook.listen(edges, bands)

    def take(self, record):
        latest, edge = record.latest, edge_of(record.latest.id)
        if latest.is_part:
            return
        if self._logbook and record.time_unix_s and latest.rx_rate:
            self._logbook.keeper(edge).add_final(record, latest.rx_rate)
        if self._file:
            print(json.dumps({"edge": edge, **record.to_dict()}), file=self._file, flush=True)
        if self._mqtt and not latest.is_sideband:
            facts = facts_of(latest, record.time_unix_s)
            self._mqtt.send("emissions", rounded({"state": "end", "edge": edge, **facts}))

    def close(self):
        if self._file:
            self._file.close()
        if self._logbook:
            self._logbook.close()
        if self._mqtt:
            self._mqtt.close()
            log(f"mqtt: {self._mqtt.sent} messages sent, {self._mqtt.lost} lost")


def log(text):
    print(f"edge_host: {text}", file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listen", default="tcp://127.0.0.1:5560", help="default: %(default)s")
    parser.add_argument("--keys", metavar="DIR", default="", help="CURVE keys, for other machines")
    parser.add_argument("--model", default="emissions", help="family, folder or file")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: one less than cores")
    parser.add_argument("--max-streams", type=int, default=256, help="that have a cache at a time")
    parser.add_argument("--policy", choices=("block", "drop"), default="drop", help="if too slow")
    parser.add_argument("--timeout", type=float, default=10.0, help="silence of a vanished edge, s")
    parser.add_argument("--ends-after", type=int, default=0, help="end when so many edges ended")
    parser.add_argument("--json", metavar="FILE", default="", help="a line for each emission")
    parser.add_argument("--stats", metavar="ADDRESS", default="", help="for gr-rfattn serve, watch")
    parser.add_argument("--station", metavar="DIR", default="", help="logbook of the emissions")
    parser.add_argument("--mqtt", metavar="HOST[:PORT]", default="", help="broker on this machine")
    return parser.parse_args(arguments)


def main(options):
    outputs = Outputs(options)
    flowgraph = EdgeHost(options, outputs.take)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: flowgraph.stop())
    flowgraph.start()
    log(f"listens at {flowgraph.link.last_endpoint()}")
    waiter = threading.Thread(target=flowgraph.wait)
    waiter.start()
    while waiter.is_alive():
        waiter.join(0.2)
        if options.policy == "drop":  # else a label may come at any time until the end
            flowgraph.emissions.hand_on()
            outputs.listen(flowgraph.link.edges(), flowgraph.emissions.bands)
    flowgraph.drain()
    outputs.close()
    print(json.dumps(flowgraph.counts()))
    if flowgraph.error():
        raise ValueError(flowgraph.error())


if __name__ == "__main__":
    try:
        main(parse(sys.argv[1:]))
    except (OSError, ValueError) as error:
        sys.exit(f"edge_host: {error}")

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections, emissions, edges and the model as metrics that Prometheus fetches."""

from __future__ import annotations

import pmt

from ..telemetry.state import State
from ..telemetry.zmq_publisher import plain
from .parts.message_sink import MessageSink


class prometheus_sink(MessageSink):
    """Serves statistics, labels and emissions as metrics that Prometheus fetches over HTTP.

    The metrics are at http://ADDRESS/metrics. `examples/grafana/rfattn.json` is a Grafana dashboard
    of them. Needs python3-prometheus-client and
    python3-tornado.

    Messages that come faster than they can be taken are discarded, the oldest first, while more
    than 2000 wait at a port; `messages_lost` and rfattn_messages_missed_total count them.

    Messages in:
        - stats: dictionaries of `latency_probe`.
        - detections: dictionaries of `transformer`, one per step.
        - emissions: dictionaries of `emission_detector` or `emission_labels`.
        - model: dictionaries of `transformer`, one per change of the model.
        - edges: dictionaries of `edge_source`.

    Args:
        address: HOST:PORT to bind; port 0 picks a free one.
        token_file: file with a token that Prometheus must send, readable by its owner only: at
            least 16 letters and digits. "": none, and then only this machine may reach the address.
        hosts: other names of this machine by which Prometheus may call it, with commas between
            them, such as radio.example.org.

    Attributes:
        messages_lost: number of messages that were discarded.
        endpoint: URL of the metrics, with the port that was bound.

    Raises:
        ValueError: when the address is malformed, is refused or cannot be bound; one line.
    """

    TOPICS = ("stats", "detections", "emissions", "model", "edges")

    def __init__(self, address="127.0.0.1:9557", token_file="", hosts=""):
        from ..telemetry.metrics import PrometheusMetrics
        from ..telemetry.metrics_server import MetricsServer

        self._state = State()
        self._server = MetricsServer(PrometheusMetrics(self._state), address, token_file, hosts)
        self.endpoint = self._server.endpoint
        self.notice = f"metrics at {self.endpoint}"
        MessageSink.__init__(self, drops=True, is_guest=True)

    def _receive(self, topic: str, message: dict) -> None:
        self._state.add(topic, plain(message))

    def show_event(self, event: dict) -> None:
        self._receive("events", event)

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        super()._lose(topic, message)
        self._state.miss(topic)

    def close(self) -> None:
        """Frees the address. May be called twice."""
        self.drain()
        self._server.close()

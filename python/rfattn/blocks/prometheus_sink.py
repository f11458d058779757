# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections, emissions and the model as metrics that Prometheus fetches."""

from __future__ import annotations

from ..telemetry.state import State
from ..telemetry.zmq_publisher import plain
from .message_sink import MessageSink


class prometheus_sink(MessageSink):
    """Serves statistics, labels and emissions as metrics that Prometheus fetches over HTTP.

    The metrics are at http://ADDRESS/metrics. `examples/grafana/rfattn.json` is a Grafana dashboard
    of them. Needs python3-prometheus-client.

    Messages in:
        - stats: dictionaries of `latency_probe`.
        - detections: dictionaries of `transformer`, one per step.
        - emissions: dictionaries of `emission_detector` or `emission_labels`.
        - model: dictionaries of `transformer`, one per change of the model.

    Args:
        address: HOST:PORT to bind; port 0 picks a free one.
        allow_remote: allow an address that other machines can reach. There is no password.

    Attributes:
        endpoint: URL of the metrics, with the port that was bound.

    Raises:
        ValueError: when the address is malformed, is refused or cannot be bound; one line.
    """

    TOPICS = ("stats", "detections", "emissions", "model")

    def __init__(self, address="127.0.0.1:9557", allow_remote=False):
        from ..telemetry.metrics import MetricsServer, PrometheusMetrics

        self._state = State()
        self._server = MetricsServer(PrometheusMetrics(self._state), address, allow_remote)
        self.endpoint = self._server.endpoint
        self.notice = f"metrics at {self.endpoint}"
        MessageSink.__init__(self)

    def _receive(self, topic: str, message: dict) -> None:
        self._state.add(topic, plain(message))

    def close(self) -> None:
        """Frees the address. May be called twice."""
        MessageSink.close(self)
        self._server.close()

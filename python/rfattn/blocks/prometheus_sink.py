# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections and the model as metrics that Prometheus fetches."""

from __future__ import annotations

from ..telemetry.state import State
from ..telemetry.zmq_publisher import plain
from .message_sink import MessageSink


class prometheus_sink(MessageSink):
    """Serves the state of a flowgraph as Prometheus metrics, see `telemetry.metrics`.

    Messages in
        ``stats`` (from a `latency_probe`), ``detections`` and ``model`` (from a `transformer`): PMT
        dictionaries.

    Args:
        address: HOST:PORT to bind; port 0: any free one. Metrics are under ``/metrics``.
        allow_remote: bind an address that other machines reach. There is no password.

    Attributes:
        endpoint: the URL of the metrics, with the port that is bound.

    Raises:
        ValueError: in one line, when the address is invalid, refused or cannot be bound.
    """

    TOPICS = ("stats", "detections", "model")

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

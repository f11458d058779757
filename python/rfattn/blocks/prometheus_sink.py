# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections and the model as metrics that Prometheus fetches."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..telemetry.messages import drain


class prometheus_sink(gr.basic_block):
    """Serves statistics, labels and the model as metrics that Prometheus fetches over HTTP.

    The metrics are at http://ADDRESS/metrics. `examples/grafana/rfattn.json` is a Grafana dashboard
    of them. Needs python3-prometheus-client.

    Messages in:
        - stats: dictionaries of `latency_probe`.
        - detections: dictionaries of `transformer`, one per step.
        - model: dictionaries of `transformer`, one per change of the model.

    Args:
        address: HOST:PORT to bind; port 0 picks a free one.
        allow_remote: allow an address that other machines can reach. There is no password.

    Attributes:
        endpoint: URL of the metrics, with the port that was bound.

    Raises:
        ValueError: when the address is malformed, is refused or cannot be bound; one line.
    """

    def __init__(self, address="127.0.0.1:9557", allow_remote=False):
        from ..telemetry.metrics import MetricsServer, PrometheusMetrics

        self._metrics = PrometheusMetrics()
        self._server = MetricsServer(self._metrics, address, allow_remote)
        self.endpoint = self._server.endpoint
        gr.basic_block.__init__(self, "prometheus_sink", None, None)
        self._handlers = {
            "stats": self._on_stats,
            "detections": self._on_detection,
            "model": self._on_model,
        }
        for port, handler in self._handlers.items():
            self.message_port_register_in(pmt.intern(port))
            self.set_msg_handler(pmt.intern(port), handler)

    def publish(self, kind: str, payload: dict) -> None:
        """Takes `payload` like a message that arrives at the port `kind`.

        Any thread may call it.
        """
        self._metrics.add(kind, payload)

    def close(self) -> None:
        """Frees the address. A second call does nothing."""
        self._server.close()

    def stop(self):
        drain(self, self._handlers)
        return True

    def _on_stats(self, message):
        self._take("stats", message)

    def _on_detection(self, message):
        self._take("detections", message)

    def _on_model(self, message):
        self._take("model", message)

    def _take(self, kind: str, message) -> None:
        if pmt.is_dict(message):
            self.publish(kind, pmt.to_python(message) or {})
        else:
            self.logger.warn(f"{kind}: not a dictionary: {message}")

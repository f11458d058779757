# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics, detections and the model as metrics that Prometheus fetches."""

from __future__ import annotations

import pmt
from gnuradio import gr

from ..telemetry.messages import drain


class prometheus_sink(gr.basic_block):
    """Serves what the blocks tell as Prometheus metrics, see `prometheus_metrics`.

    Messages in
        ``stats`` (from a `latency_probe`), ``detections`` and ``model`` (from a `transformer`): PMT
        dictionaries.

    Args:
        address: HOST:PORT to bind; port 0: any free one. Metrics are under ``/metrics``.
        allow_remote: bind an address that other machines reach. There is no password.

    Attributes:
        endpoint: the URL of the metrics, with the port that is bound.

    Raises:
        ValueError: in one line, when the address is none, is refused or cannot be bound.
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
        """Takes ``payload`` as a message of the port ``kind``, from any thread."""
        self._metrics.add(kind, payload)

    def close(self) -> None:
        """Frees the address. May be called twice."""
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

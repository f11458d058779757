# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics and detections as Prometheus metrics; no GNU Radio here."""

from __future__ import annotations

import threading
import time
from collections import Counter
from itertools import accumulate

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from .bind_address import http_address, url

_COUNTERS = {  # of the stats: name without _total, help
    "steps": ("rfattn_steps", "Steps that were labelled."),
    "dropped_tokens": ("rfattn_tokens_dropped", "Tokens dropped because the model was too slow."),
    "deadline_misses": ("rfattn_deadline_misses", "Steps with a latency above the budget."),
    "retunes": ("rfattn_retunes", "Gaps in the samples: changes of frequency."),
    "overflows": ("rfattn_overflows", "Gaps in the samples: losses, or another capture."),
}
_GAUGES = {
    "queued_steps": ("rfattn_queued_steps", "Steps that wait behind the latest one."),
    "budget_seconds": ("rfattn_latency_budget_seconds", "Latency that counts as in time."),
    "kv_bytes": ("rfattn_kv_bytes", "Key and value cache of the model."),
    "rss_bytes": ("rfattn_resident_memory_bytes", "Resident memory of the flowgraph's process."),
    "peak_rss_bytes": ("rfattn_resident_memory_peak_bytes", "The highest that it was."),
    "peak_temporary_bytes": ("rfattn_temporary_peak_bytes", "Device memory of a step, highest."),
    "device_bytes": ("rfattn_device_bytes", "Memory held on the device."),
    "uptime_seconds": ("rfattn_uptime_seconds", "How long the flowgraph has been running."),
}
_STAGES = {
    "latency": "Arrival of a step's last sample to its label.",
    "wait": "Arrival of a step's last sample to the start of its inference.",
    "inference": "Start to end of a step's inference.",
}
_QUANTILES = {"0.5": "p50", "0.95": "p95", "0.99": "p99", "1": "max"}
_MODEL = ("attention", "norm", "kernel", "device", "dtype")


class PrometheusMetrics(Collector):
    """Metrics of the messages that `add` was given, as they are when they are asked for.

    Counters and histograms of the statistics are those of the flowgraph and begin again with it,
    which Prometheus knows of a counter. Detections are counted here, those that arrived.

    Attributes:
        registry: what an exporter asks.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._stats: dict = {}
        self._stats_time = None
        self._model: dict[str, str] = {}
        self._detections: Counter[tuple[str, str]] = Counter()  # by label and channel
        self._probabilities: dict[str, dict[str, float]] = {}  # by channel
        self._frequencies: dict[str, float] = {}  # by channel
        self._sequence: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def add(self, kind: str, message: dict) -> None:
        """A message of `zmq_stats_sink`, with or without its envelope, from any thread.

        Args:
            kind: stats, detections, model or info; of others only what was missed counts.
        """
        with self._lock:
            self._count_missed(kind, message)
            if kind == "stats":
                self._add_stats(message)
            elif kind == "detections":
                self._add_detection(message)
            elif kind == "model":
                self._add_model(message)
            elif kind == "info":
                self._add_model(message.get("model") or {})

    def collect(self):
        with self._lock:
            return [
                *self._of_stats(),
                *self._of_stages(),
                *self._of_detections(),
                *self._of_stream(),
            ]

    def _count_missed(self, kind: str, message: dict) -> None:
        sequence = message.get("seq")
        if sequence is None:
            return
        expected = self._sequence.get(kind, sequence)
        missed = self._missed.get(kind, 0)
        # Fewer than expected: another flowgraph has begun.
        self._missed[kind] = missed + max(0, sequence - expected)
        self._sequence[kind] = sequence + 1

    def _add_stats(self, stats: dict) -> None:
        self._stats = stats
        self._stats_time = stats.get("time_unix_s", time.time())

    def _add_detection(self, detection: dict) -> None:
        channel = str(detection.get("channel", ""))
        self._detections[detection["label"], channel] += 1
        self._probabilities[channel] = detection.get("probabilities", {})
        if "frequency" in detection:
            self._frequencies[channel] = detection["frequency"]

    def _add_model(self, message: dict) -> None:
        model = message.get("after") or {}
        self._model = {name: str(model[name]) for name in _MODEL if name in model}

    def _of_stats(self):
        for key, (name, text) in _COUNTERS.items():
            if key in self._stats:
                yield CounterMetricFamily(name, text, value=self._stats[key])
        for key, (name, text) in _GAUGES.items():
            if key in self._stats:
                yield GaugeMetricFamily(name, text, value=self._stats[key])

    def _of_stages(self):
        for stage, text in _STAGES.items():
            if f"{stage}_histogram" in self._stats:
                yield _histogram(f"rfattn_{stage}_seconds", text, self._stats[f"{stage}_histogram"])
            if f"{stage}_seconds" in self._stats:
                family = GaugeMetricFamily(
                    f"rfattn_{stage}_interval_seconds",
                    f"{text} Over the latest interval.",
                    labels=["quantile"],
                )
                for quantile, key in _QUANTILES.items():
                    family.add_metric([quantile], self._stats[f"{stage}_seconds"][key])
                yield family

    def _of_detections(self):
        labels = ["label", "channel"]
        counts = CounterMetricFamily(
            "rfattn_detections", "Steps by label, those that arrived here.", labels=labels
        )
        for (label, channel), count in self._detections.items():
            counts.add_metric([label, channel], count)
        latest = GaugeMetricFamily(
            "rfattn_label_probability", "By class, of the latest step.", labels=labels
        )
        for channel, probabilities in self._probabilities.items():
            for label, probability in probabilities.items():
                latest.add_metric([label, channel], probability)
        middles = GaugeMetricFamily(
            "rfattn_frequency_hertz", "Middle of the band of the latest step.", labels=["channel"]
        )
        for channel, frequency in self._frequencies.items():
            middles.add_metric([channel], frequency)
        return counts, latest, middles

    def _of_stream(self):
        if self._model:
            yield InfoMetricFamily("rfattn_model", "The model that runs.", value=self._model)
        if self._stats_time is not None:
            yield GaugeMetricFamily(
                "rfattn_last_stats_timestamp_seconds",
                "When the latest statistics were made; standing still: the flowgraph does.",
                value=self._stats_time,
            )
        if self._missed:
            missed = CounterMetricFamily(
                "rfattn_messages_missed", "Messages that did not arrive here.", labels=["topic"]
            )
            for topic, count in self._missed.items():
                missed.add_metric([topic], count)
            yield missed


def _histogram(name: str, text: str, buckets: dict) -> HistogramMetricFamily:
    edges = [*(f"{edge:g}" for edge in buckets["upper_seconds"]), "+Inf"]
    cumulative = list(zip(edges, accumulate(buckets["counts"]), strict=True))
    return HistogramMetricFamily(name, text, buckets=cumulative, sum_value=buckets["sum_seconds"])


class MetricsServer:
    """Serves metrics over HTTP, in a thread of its own.

    Args:
        metrics: what to serve.
        address: HOST:PORT to bind; port 0: any free one.
        allow_remote: bind an address that other machines reach. Prometheus brings no password.

    Attributes:
        endpoint: the URL for Prometheus, with the port that is bound.

    Raises:
        ValueError: in one line, when the address is none, is refused or cannot be bound.
    """

    def __init__(self, metrics: PrometheusMetrics, address: str, allow_remote: bool):
        host, port = http_address("prometheus: address", address, allow_remote)
        try:
            self._server, self._thread = start_http_server(port, host, metrics.registry)
        except OSError as error:
            raise ValueError(
                f"prometheus: cannot bind {address}: {error.strerror or error}"
            ) from None
        self.endpoint = f"{url(host, self._server.server_port)}/metrics"

    def close(self) -> None:
        """Frees the address. May be called twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state as Prometheus metrics; no GNU Radio here."""

from __future__ import annotations

from dataclasses import fields
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from ..messages.edge import Edge
from ..messages.stats import Histogram, Quantiles, Stats
from .state import State

_MODEL = ("attention", "norm", "kernel", "device", "dtype")
_NOT_COUNTED = ("edge", "state", "refused")
_PROOFS = {
    "checked": "Emissions with a right checksum by its class, of those that the model looked at.",
    "confirmed": "Of the checked ones, those that had the label without their frames, too.",
    "unnamed": "Of the checked ones, those that had no label without their frames.",
    "refuted": "Emissions that had the label without their frames, which are of another class.",
}
_SHARES = {"0.5": "p50", "0.95": "p95", "0.99": "p99", "1": "max"}
"""The shares of the steps that a label states; `quantile` is for summaries alone."""


class PrometheusMetrics(Collector):
    """The metrics of a `State` at the moment when they are fetched.

    Counters and histograms are those of the publisher and start again with it, as Prometheus
    expects of a counter. The names and texts of the statistics are those in `Stats`.

    Attributes:
        registry: for an exporter.
    """

    def __init__(self, state: State):
        self._state = state
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def collect(self):
        with self._state.lock:
            return [
                *self._of_stats(),
                *self._of_detections(),
                *self._of_emissions(),
                *self._of_edges(),
                *self._of_events(),
                *self._of_publisher(),
            ]

    def _of_stats(self):
        for entry in fields(Stats):
            value = getattr(self._state.stats, entry.name, None)
            about = entry.metadata
            if value is not None and about["metric"]:
                yield _family(value, about["text"], about["metric"], about["counts"])

    def _of_detections(self):
        if self._state.emissions:  # whose ids are the streams: a series for each had no end
            return ()
        labels = ["label", "stream"]
        counts = CounterMetricFamily(
            "rfattn_detections", "Steps by label, of the messages that arrived here.", labels=labels
        )
        for (label, stream), count in self._state.label_counts.items():
            counts.add_metric([label, str(stream)], count)
        latest = GaugeMetricFamily(
            "rfattn_label_probability", "By class, in the latest step.", labels=labels
        )
        middles = GaugeMetricFamily(
            "rfattn_frequency_hertz", "Middle of the band in the latest step.", labels=["stream"]
        )
        for stream, detection in self._state.detections.items():
            for label, probability in detection.probabilities.items():
                latest.add_metric([label, str(stream)], probability)
            if detection.frequency is not None:
                middles.add_metric([str(stream)], detection.frequency)
        return counts, latest, middles

    def _of_emissions(self):
        emissions, names = self._state.emissions, ["label", "nearest"]
        if not emissions:
            return
        live = sum(one.latest.is_shown(sidebands=False) for one in emissions.live.values())
        yield GaugeMetricFamily(
            "rfattn_emissions_live",
            "Emissions that have not ended, without sidebands and ignored ones.",
            value=live,
        )
        yield CounterMetricFamily(
            "rfattn_emissions_ignored",
            "Emissions that ended and are ignored.",
            value=emissions.ignored,
        )
        yield CounterMetricFamily(
            "rfattn_sidebands",
            "Emissions that ended as sidebands of others.",
            value=emissions.sidebands,
        )
        ended = CounterMetricFamily(
            "rfattn_emissions",
            "Emissions that ended, by label and nearest signal; no sidebands or parts of others, "
            "none ignored.",
            labels=names,
        )
        air = CounterMetricFamily(
            "rfattn_emission_air_seconds", "Time on the air of those that ended.", labels=names
        )
        for family, values in ((ended, emissions.counts), (air, emissions.air_seconds)):
            for key, value in values.items():
                family.add_metric(key, value)
        yield from (ended, air)
        proofs = emissions.proofs.by_class()
        for name, text in _PROOFS.items():
            family = CounterMetricFamily(f"rfattn_labels_{name}", text, labels=["label"])
            for label, proof in proofs.items():
                family.add_metric([label], getattr(proof, name))
            yield family

    def _of_edges(self):
        edges = self._state.edges
        if not edges:
            return
        connected = GaugeMetricFamily(
            "rfattn_edge_connected", "1 while the edge is connected, else 0.", labels=["edge"]
        )
        for number, edge in edges.items():
            connected.add_metric([str(number)], edge.state == "connected")
        yield connected
        for entry in (entry for entry in fields(Edge) if entry.name not in _NOT_COUNTED):
            name, text = f"rfattn_edge_{entry.name}", entry.metadata["text"]
            family = CounterMetricFamily(name, text, labels=["edge"])
            for number, edge in edges.items():
                family.add_metric([str(number)], getattr(edge, entry.name))
            yield family
        yield CounterMetricFamily(
            "rfattn_edge_messages_refused",
            "Messages that the host refused, of all edges and strangers together.",
            value=max(edge.refused for edge in edges.values()),
        )

    def _of_events(self):
        if self._state.event_counts:
            text = "What happened to transmitters of the station and to the receiver, by event."
            family = CounterMetricFamily("rfattn_events", text, labels=["event"])
            for name, count in self._state.event_counts.items():
                family.add_metric([name], count)
            yield family

        if self._state.receivers:
            text = "1 while the receiver works, 0 while it gives nothing that it measured."
            works = GaugeMetricFamily("rfattn_receiver_works", text, labels=["receiver"])
            for name, event in self._state.receivers.items():
                works.add_metric([name], event.works)
            yield works

    def _of_publisher(self):
        state = self._state
        if state.model is not None:
            model = {name: value for name in _MODEL if (value := getattr(state.model, name))}
            yield InfoMetricFamily("rfattn_model", "The model that runs.", value=model)
        if state.stats_time is not None:
            yield GaugeMetricFamily(
                "rfattn_last_stats_timestamp_seconds",
                "When the latest statistics were made; it stops growing when the flowgraph stops.",
                value=state.stats_time,
            )
        yield CounterMetricFamily(
            "rfattn_messages_refused",
            "Messages that were refused here since they are not as the schema says.",
            value=state.refused,
        )
        if state.missed:
            missed = CounterMetricFamily(
                "rfattn_messages_missed", "Messages that did not arrive here.", labels=["topic"]
            )
            for topic, count in state.missed.items():
                missed.add_metric([topic], count)
            yield missed


def _family(value, text: str, metric: str, counts: bool):
    """The metric of one entry of the statistics."""
    if isinstance(value, Histogram):
        return _histogram(metric, text, value)
    if isinstance(value, Quantiles):
        family = GaugeMetricFamily(metric, text, labels=["share"])
        for share, name in _SHARES.items():
            family.add_metric([share], getattr(value, name))
        return family
    return (CounterMetricFamily if counts else GaugeMetricFamily)(metric, text, value=value)


def _histogram(name: str, text: str, values: Histogram) -> HistogramMetricFamily:
    edges = [*(f"{edge:g}" for edge in values.upper_seconds), "+Inf"]
    cumulative = list(zip(edges, accumulate(values.counts), strict=True))
    return HistogramMetricFamily(name, text, buckets=cumulative, sum_value=values.sum_seconds)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the station that `live` is appear in Home Assistant: reads the flowgraph once a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from gnuradio.rfattn.catalogue.classes import labels_of
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.rounding import rounded

from ..mqtt.home_assistant import Station
from ..mqtt.home_assistant_link import HomeAssistantLink
from ..mqtt.mqtt_publisher import MqttPublisher

LOOK_S = 1.0
"""Between two looks at the flowgraph."""
_FIGURES_S = 10.0
"""What the figures of the station cover."""


class HomeAssistant:
    """Publishes what a flowgraph finds, by class, for Home Assistant. Call in the main thread.

    Args:
        publisher: see `HomeAssistantLink`; prefix: of Home Assistant's topics.
        flowgraph: an `EmissionFlowgraph`.
        condition: emissions for which it does not hold do not count.
        has_sidebands: sidebands are emissions like all others.
        clock: as time.monotonic.
    """

    def __init__(
        self,
        publisher: MqttPublisher,
        prefix: str,
        flowgraph,
        condition: Condition,
        has_sidebands: bool,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._flowgraph, self._condition, self._clock = flowgraph, condition, clock
        self._has_sidebands = has_sidebands
        has_model = flowgraph.labeller.transformer is not None
        station = Station(publisher.topic, prefix, has_model)
        self._link = HomeAssistantLink(publisher, station, clock)
        self._contract: dict | None = None
        self._ended: list[tuple[tuple[int, int], dict]] = []
        self._next = 0.0
        self._before = clock(), 0, {}  # time, samples and statistics of the last figures
        self._figures: dict[str, float | None] = {}
        self._next_figures = 0.0

    def end(self, record, facts: dict) -> None:
        """Takes an emission that is final, and its facts."""
        self._ended.append(((record.run, record.latest.id), facts))

    def look(self) -> None:
        """Publishes what changed, where a second has passed; call some times a second."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + LOOK_S
        self._take_labels()
        ended, self._ended = self._ended, []
        figures = {**self._measure(now), "problem": self._problem()}
        self._link.look(self._live(), ended, figures, self._named())

    def finish(self) -> None:
        """Publishes the last states: nothing is on the air any more."""
        self._take_labels()
        figures = {**self._figures, "problem": self._problem()}
        self._link.finish(self._ended, figures, self._named())

    def _take_labels(self) -> None:
        """Takes the labels of the model, also of one that replaced another."""
        contract = self._flowgraph.labeller.labels.contract
        if contract is self._contract:
            return
        self._contract, labels = contract, labels_of(contract) if "classes" in contract else []
        self._link.set_labels(labels, [one["name"] for one in contract.get("taught", ())])

    def _named(self) -> list | None:
        """The transmitters that have names, where a logbook is kept and was read."""
        for one in self._flowgraph.attachments:
            if hasattr(one, "named_transmitters"):
                return one.named_transmitters()
        return None

    def _live(self) -> dict[tuple[int, int], dict]:
        found = {}
        for record in list(self._flowgraph.records.live.values()):
            facts = facts_of(record.latest, record.time_unix_s)
            if record.latest.is_shown(self._has_sidebands) and self._condition.holds(facts):
                found[record.run, record.latest.id] = rounded(facts)
        return found

    def _problem(self) -> str:
        """Whether the receiver does not work, as Home Assistant has it."""
        watch = self._flowgraph.watch
        return "ON" if watch is not None and watch.is_silent else "OFF"

    def _measure(self, now: float) -> dict[str, float | None]:
        """The figures of the station over the time since the last ones."""
        if now < self._next_figures:
            return self._figures
        self._next_figures = now + _FIGURES_S
        then, samples, stats = self._before
        labeller = self._flowgraph.labeller
        searched = self._flowgraph.samples()
        per_second = (searched - samples) / max(now - then, 1e-3)
        self._figures = {"megasamples_per_second": round(per_second / 1e6, 3)}
        if labeller.transformer is not None:
            newer = {**labeller.tokens(), **labeller.stats()}
            self._figures |= _figures_of_model(stats, newer)
            stats = newer
        self._before = now, searched, stats
        return self._figures


def _figures_of_model(before: dict, now: dict) -> dict[str, float | None]:
    """How much of what came between two statistics was dropped, and how late labels came."""

    def new(name: str) -> float:
        return now[name] - before.get(name, 0)

    histogram, old = now["latency_histogram"], before.get("latency_histogram")
    steps = sum(histogram["counts"]) - (sum(old["counts"]) if old else 0)
    seconds = histogram["sum_seconds"] - (old["sum_seconds"] if old else 0.0)
    return {
        "dropped_percent": round(100.0 * new("dropped") / new("in"), 2) if new("in") else 0.0,
        "latency_ms": round(1e3 * seconds / steps, 2) if steps else None,
    }

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a station and its classes appear in Home Assistant, over MQTT; no GNU Radio here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from gnuradio.rfattn.messages.label_text import UNKNOWN

from .class_states import ClassState, ClassStates
from .home_assistant import (
    ONLINE,
    Station,
    class_parts,
    components_of,
    removed_components,
    topic_part,
)
from .mqtt_publisher import MqttPublisher
from .transmitter_devices import TransmitterDevices

_STATION_S = 10.0
"""Between two messages of the figures of the station."""
_BIRTH_S = 10.0
"""Between two answers to Home Assistant that has started, however often it states that."""
_DISCOVERY_S = 5.0
"""Between two discovery messages: Home Assistant leaves a part of one out that comes while it still
sets up what the one before stated."""
_LEFT_S = 1.0
"""How long to wait for what an earlier run left at the broker, which may be nothing."""


class HomeAssistantLink:
    """Publishes the discovery message of a station, and what its entities show.

    The broker keeps all of it. It is sent again after each connection and when Home Assistant has
    started. A class has entities from the moment at which it is shown, see `ClassStates`, and in
    later runs from the start, since the broker has kept the message of this one. What is no longer
    a class of the model goes away.

    Nothing waits here for the broker: without a connection the newest state is sent at the next
    one. All methods are called in one thread.

    Args:
        publisher: an `MqttPublisher`, which the caller closes.
        station: what appears.
        clock: as time.monotonic.
    """

    def __init__(
        self,
        publisher: MqttPublisher,
        station: Station,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._publisher, self._station, self._clock = publisher, station, clock
        self._classes, self._devices = ClassStates(), TransmitterDevices(publisher, station)
        self._parts: dict[str, str] = {}  # class by its part of a topic
        self._before: dict[str, dict] = {}  # components that Home Assistant has
        self._gone: set[str] = set()  # parts of topics of classes that went away
        self._connections = 0
        self._is_due, self._due = False, 0.0  # the discovery message, and from when on
        self._is_waiting = False  # for what an earlier run left
        self._next_station = self._next_birth = 0.0
        self._problem: str | None = None
        self._left: bytes | None = None
        self._is_born = False
        topics = station.config_topic, station.birth_topic, f"{self._devices.topic}+"
        publisher.listen(topics, self._take)

    def set_labels(self, labels: Iterable[str], own: Iterable[str] = ()) -> None:
        """Sets what the model can call an emission; ``own`` are classes of the user, which have
        entities before they are heard."""
        labels = list(labels)
        self._gone |= {topic_part(name) for name in self._classes.set_labels(labels, own)}
        self._parts = {topic_part(name): name for name in (*labels, UNKNOWN)}
        self._is_due = True

    def look(
        self,
        live: Mapping[Hashable, dict],
        ended: Collection[tuple[Hashable, dict]],
        figures: Mapping[str, float | str | None],
        named: Sequence | None = None,
    ) -> None:
        """Publishes what changed; call about once a second.

        Args:
            live, ended: see `ClassStates.look`; ``figures``: of the station, by name; ``named``:
                see `TransmitterDevices.show`; None: not known.
        """
        now = self._clock()
        shown = len(self._classes.states)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        self._classes.look(live, ended, moment)
        self._is_due |= len(self._classes.states) != shown
        self._meet(now)
        self._read_left(now)
        if self._is_due and now >= self._due:
            self._publish_discovery(now)
        self._publish_states()
        if named is not None:
            self._devices.show(named)
        is_due = now >= self._next_station or figures.get("problem") != self._problem
        if is_due and self._publish_station(figures):
            self._next_station, self._problem = now + _STATION_S, figures.get("problem")

    def finish(
        self,
        ended: Collection[tuple[Hashable, dict]],
        figures: Mapping[str, float | str | None],
        named: Sequence | None = None,
    ) -> None:
        """Publishes that nothing is on the air any more; states that cannot be sent are lost."""
        self._next_station = self._due = 0.0
        self.look({}, ended, figures, named)
        self._publisher.lost += len(self._classes.changed)

    def _take(self, topic: str, payload: bytes, was_kept: bool) -> None:
        """Takes a message of the broker, in another thread."""
        if topic == self._station.birth_topic:
            self._is_born |= payload == ONLINE
        elif topic.startswith(self._devices.topic):
            if was_kept and payload:
                self._devices.take_left(topic)
        elif was_kept:  # else it is the echo of the own one
            self._left = payload

    def _meet(self, now: float) -> None:
        """Has all sent again where the broker, or Home Assistant, may have nothing of it."""
        if self._publisher.connections != self._connections:
            self._connections = self._publisher.connections
            self._is_waiting, self._due = True, now + _LEFT_S
            self._send_all()
        if self._is_born and now >= self._next_birth:
            self._is_born, self._next_birth = False, now + _BIRTH_S
            self._send_all()

    def _send_all(self) -> None:
        self._is_due, self._next_station = True, 0.0
        self._classes.mark_all()
        self._devices.mark_all()

    def _read_left(self, now: float) -> None:
        """Takes over the classes of an earlier run; the others go away."""
        left, self._left = self._left, None
        if left is None:
            return
        components = components_of(left)
        parts = class_parts(components)
        self._classes.show(self._parts[part] for part in parts & self._parts.keys())
        self._gone |= parts - self._parts.keys()
        self._before = {**components, **self._before}
        self._is_due = True
        if self._is_waiting:
            self._is_waiting, self._due = False, now

    def _publish_discovery(self, now: float) -> None:
        """Sends the discovery message; where components went away the next one is due, too, in
        which they are no longer stated."""
        classes = sorted(self._classes.states)
        message = self._station.discovery(classes)
        removed = removed_components(self._before, message["components"])
        whole = self._station.discovery(classes, removed)
        if self._publisher.keep(self._station.config_topic, json.dumps(whole)):
            self._before, self._is_due = message["components"], bool(removed)
            self._is_waiting, self._due = False, now + _DISCOVERY_S

    def _publish_states(self) -> None:
        for part in sorted(self._gone):
            if self._parts.get(part) in self._classes.states:
                continue
            self._keep(f"classes/{part}/last", "")
            if self._keep(f"classes/{part}", ""):
                self._gone.discard(part)
        firsts, self._classes.firsts = self._classes.firsts, []
        for name in sorted(self._classes.changed):
            if all(self._publish_state(name, self._classes.states[name])):
                self._classes.changed.discard(name)
        for facts in firsts:
            self._publisher.send(f"classes/{topic_part(facts['label'])}/first", facts)

    def _publish_state(self, name: str, state: ClassState) -> Iterable[bool]:
        topic = f"classes/{topic_part(name)}"
        if state.last is not None:
            yield self._keep(f"{topic}/last", json.dumps(state.last, allow_nan=False))
        # One that came and went since the last look is on for a moment.
        shown = ("ON", "OFF") if state.is_brief and not state.on_air else ("",)
        for on_air in shown:
            values = {"on_air": on_air or ("ON" if state.on_air else "OFF")}
            yield self._keep(topic, json.dumps({**values, "emissions": state.emissions}))

    def _publish_station(self, figures: Mapping[str, float | str | None]) -> bool:
        counts = {"on_air": self._classes.on_air, "emissions": self._classes.emissions}
        return self._keep("station", json.dumps({**counts, **figures}, allow_nan=False))

    def _keep(self, topic: str, text: str) -> bool:
        return self._publisher.keep(f"{self._publisher.topic}/{topic}", text)

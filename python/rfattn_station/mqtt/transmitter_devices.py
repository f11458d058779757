# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the named transmitters of a station appear in Home Assistant, each as a device."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from gnuradio.rfattn.checked import plain_name

from .home_assistant import Station
from .mqtt_publisher import MqttPublisher


class TransmitterDevices:
    """Publishes a discovery message and the state of each; the broker keeps both.

    A device goes away when its transmitter has no name any more, also where that happened while
    nothing ran.

    Args:
        publisher: an `MqttPublisher`; station: to which they belong.

    Attributes:
        topic: of the states, without their numbers.
    """

    def __init__(self, publisher: MqttPublisher, station: Station):
        self._publisher, self._station = publisher, station
        self.topic = f"{station.topic}/transmitters/"
        self._named: Sequence | None = None
        self._sent: dict[str, str] = {}  # what the broker has of each topic
        self._left: deque[str] = deque()  # numbers of which it kept a state

    def take_left(self, topic: str) -> None:
        """Takes that the broker has a state; from any thread."""
        self._left.append(topic.removeprefix(self.topic))

    def show(self, named: Sequence) -> None:
        """Publishes what changed.

        Args:
            named: see `logbook.follower.Named`.
        """
        for number in [self._left.popleft() for _ in range(len(self._left))]:
            if number.isdecimal() and self._topic(number) not in self._sent:
                self._sent |= {self._config_topic(number): "-", self._topic(number): "-"}
                self._named = None
        if named is self._named:
            return
        due: dict[str, str] = {}
        for one in named:
            due[self._config_topic(one.number)] = json.dumps(self.discovery(one))
            due[self._topic(one.number)] = json.dumps(_state(one))
        for gone in self._sent.keys() - due.keys():
            due[gone] = ""
        new = {topic: text for topic, text in due.items() if self._sent.get(topic) != text}
        if all([self._keep(topic, text) for topic, text in new.items()]):
            self._named = named

    def mark_all(self) -> None:
        """Has all sent again, as the broker or Home Assistant may have nothing of it."""
        self._named, self._sent = None, {topic: "-" for topic in self._sent}

    def discovery(self, one) -> dict:
        """The discovery message of a transmitter."""
        key, topic = f"{self._station.id}_transmitter_{one.number}", self._topic(one.number)
        found_by = {
            "manufacturer": "gr-rfattn",
            "model": "transmitter",
            "via_device": self._station.id,
        }
        return {
            "device": {"identifiers": [key], "name": plain_name(one.name), **found_by},
            "origin": {"name": "gr-rfattn"},
            "availability_topic": f"{self._station.topic}/status",
            "state_topic": topic,
            "components": {
                "present": {
                    "platform": "binary_sensor",
                    "unique_id": f"{key}_present",
                    "name": "Present",
                    "icon": "mdi:radio-tower",
                    "value_template": "{{ value_json.present }}",
                    "json_attributes_topic": topic,
                },
                "last_heard": {
                    "platform": "sensor",
                    "unique_id": f"{key}_last_heard",
                    "name": "Last heard",
                    "device_class": "timestamp",
                    "value_template": "{{ value_json.last_heard }}",
                },
            },
        }

    def _keep(self, topic: str, text: str) -> bool:
        if not self._publisher.keep(topic, text):
            return False
        self._sent[topic] = text
        if not text:
            del self._sent[topic]
        return True

    def _config_topic(self, number: int | str) -> str:
        return f"{self._station.prefix}/device/{self._station.id}_transmitter_{number}/config"

    def _topic(self, number: int | str) -> str:
        return f"{self.topic}{number}"


def _state(one) -> dict:
    last = datetime.fromtimestamp(one.last_s, UTC).isoformat(timespec="seconds")
    present = "ON" if one.is_present else "OFF"
    about = {"name": one.name, "label": one.label, "frequency": round(one.frequency_hz)}
    return {"present": present, "last_heard": last, "transmitter": one.number, **about}

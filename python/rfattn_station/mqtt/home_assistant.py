# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message by which Home Assistant finds a station: a device, its entities and its triggers.

The format is that of its MQTT discovery for devices, which Home Assistant reads from 2024.11 on. No
GNU Radio here, and nothing is sent here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gnuradio.rfattn._version import __version__
from gnuradio.rfattn.checked import plain_name
from gnuradio.rfattn.messages.label_text import UNKNOWN

from .mqtt_publisher import checked_topic

PREFIX = "homeassistant"
"""First part of the topics that Home Assistant reads where nobody changed it."""
ONLINE = b"online"
"""What Home Assistant sends to PREFIX/status when it has started."""
_FOUND_BY = "gr-rfattn"
_PLAIN = re.compile(rb"[A-Za-z0-9_]")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,4096}")
_CLASS_KEY = re.compile(r"class_([A-Za-z0-9_-]+)_on_air")
_PLATFORMS = ("binary_sensor", "sensor", "device_automation")
_MOST_BYTES = 2**20
"""Of a message that an earlier run left: that of 100 classes has 150 kB."""
_ATTRIBUTES = "{{ value_json | tojson }}"


def checked_prefix(prefix: str, topic: str) -> str:
    """First part of the topics that Home Assistant reads, without a / at the end.

    Args:
        topic: first part of the topics of the station.

    Raises:
        ValueError: naming mqtt_discovery or mqtt_topic, the rule and the value.
    """
    if any(c in "{}" for c in topic):
        raise ValueError(
            f"mqtt_topic must have no {{ or }} with mqtt_discovery: Home Assistant takes topics of "
            f"triggers for templates, got {topic!r}"
        )
    return checked_topic("mqtt_discovery", prefix)


def topic_part(name: str) -> str:
    """``name`` in the characters that topics and ids may have: letters, digits and _ as they are,
    each byte of all others as -xx. Different names have different parts."""
    octets = (bytes([octet]) for octet in name.encode("utf-8", "surrogatepass"))
    return "".join(
        one.decode("ascii") if _PLAIN.fullmatch(one) else f"-{one.hex()}" for one in octets
    )


@dataclass(frozen=True)
class Station:
    """What Home Assistant shows as one device.

    Attributes:
        topic: first part of the topics that it publishes, by which it is the same device again
            after a restart; as `mqtt_publisher` checked it.
        prefix: first part of the topics that Home Assistant reads.
        has_model: it labels emissions, so that there are tokens and latencies.
    """

    topic: str
    prefix: str = PREFIX
    has_model: bool = True

    @property
    def id(self) -> str:
        """Names it among the devices of Home Assistant."""
        return f"rfattn_{topic_part(self.topic)}"

    @property
    def config_topic(self) -> str:
        return f"{self.prefix}/device/{self.id}/config"

    @property
    def birth_topic(self) -> str:
        """Where Home Assistant states that it has started."""
        return f"{self.prefix}/status"

    def discovery(self, classes: Iterable[str], removed: Mapping[str, dict] | None = None) -> dict:
        """The discovery message.

        Args:
            classes: those that have entities.
            removed: components to remove, see `removed_components`.
        """
        about = {"name": self._name, "manufacturer": _FOUND_BY, "model": "gr-rfattn live"}
        components = dict(removed or {})
        for key, values in self._components(classes).items():
            is_entity = values["platform"] != "device_automation"
            components[key] = {**values, **({"unique_id": f"{self.id}_{key}"} if is_entity else {})}
        return {
            "device": {"identifiers": [self.id], "sw_version": __version__, **about},
            "origin": {"name": _FOUND_BY, "sw_version": __version__},
            "availability_topic": f"{self.topic}/status",
            "components": components,
        }

    @property
    def _name(self) -> str:
        return _FOUND_BY if self.topic == "rfattn" else f"{_FOUND_BY} {plain_name(self.topic)}"

    def _components(self, classes: Iterable[str]) -> dict[str, dict]:
        """The entities and triggers by their keys, without their ids."""
        found = self._of_station()
        for name in classes:
            part = topic_part(name)
            found |= {f"class_{part}_{key}": one for key, one in self._of_class(name, part).items()}
        return found

    def _of_station(self) -> dict[str, dict]:
        shared = {"platform": "sensor", "state_topic": f"{self.topic}/station"}
        measured = {**shared, "state_class": "measurement"}
        figure = {**measured, "entity_category": "diagnostic"}
        found = {
            "on_air": {
                **measured,
                "name": "Emissions on air",
                "icon": "mdi:radio-tower",
                "value_template": "{{ value_json.on_air }}",
            },
            "emissions": {
                **shared,
                "name": "Emissions",
                "icon": "mdi:counter",
                "state_class": "total_increasing",
                "value_template": "{{ value_json.emissions }}",
            },
            "sample_rate": {
                **figure,
                "name": "Samples searched",
                "icon": "mdi:waveform",
                "unit_of_measurement": "MS/s",
                "suggested_display_precision": 2,
                "value_template": "{{ value_json.megasamples_per_second }}",
            },
            "problem": {
                "platform": "binary_sensor",
                "name": "Receiver",
                "device_class": "problem",
                "state_topic": f"{self.topic}/station",
                "value_template": "{{ value_json.problem }}",
            },
            "first": {
                "platform": "device_automation",
                "automation_type": "trigger",
                "type": "first emission of any class",
                "subtype": "station",
                "topic": f"{self.topic}/classes/+/first",
            },
        }
        if self.has_model:
            found["dropped"] = {
                **figure,
                "name": "Tokens dropped",
                "icon": "mdi:water-percent-alert",
                "unit_of_measurement": "%",
                "suggested_display_precision": 1,
                "value_template": "{{ value_json.dropped_percent }}",
            }
            found["latency"] = {
                **figure,
                "name": "Label latency",
                "device_class": "duration",
                "unit_of_measurement": "ms",
                "suggested_display_precision": 1,
                "value_template": "{{ value_json.latency_ms }}",
            }
        return found

    def _of_class(self, name: str, part: str) -> dict[str, dict]:
        topic, shown = f"{self.topic}/classes/{part}", plain_name(name)
        shared = {} if name != UNKNOWN else {"enabled_by_default": False}
        return {
            "on_air": {
                **shared,
                "platform": "binary_sensor",
                "name": f"{shown} on air",
                "icon": "mdi:radio-tower",
                "state_topic": topic,
                "value_template": "{{ value_json.on_air }}",
            },
            "last_heard": {
                **shared,
                "platform": "sensor",
                "name": f"{shown} last heard",
                "device_class": "timestamp",
                "state_topic": f"{topic}/last",
                "value_template": "{{ value_json.last_heard }}",
                "json_attributes_topic": f"{topic}/last",
                "json_attributes_template": _ATTRIBUTES,
            },
            "emissions": {
                **shared,
                "platform": "sensor",
                "name": f"{shown} emissions",
                "icon": "mdi:counter",
                "state_class": "total_increasing",
                "state_topic": topic,
                "value_template": "{{ value_json.emissions }}",
            },
            "first": {
                "platform": "device_automation",
                "automation_type": "trigger",
                "type": "first emission",
                "subtype": shown,
                "topic": f"{topic}/first",
            },
        }


def components_of(text: bytes) -> dict[str, dict]:
    """The components of a discovery message that an earlier run left at the broker, where anybody
    may have written it: those with a key and a platform that ours have."""
    if len(text) > _MOST_BYTES:
        return {}
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = message.get("components") if isinstance(message, dict) else None
    return {
        key: values
        for key, values in (found.items() if isinstance(found, dict) else ())
        if _KEY.fullmatch(key) and isinstance(values, dict) and values.get("platform") in _PLATFORMS
    }


def class_parts(components: Iterable[str]) -> set[str]:
    """The `topic_part` of each class that has entities among components with these keys."""
    return {found[1] for found in map(_CLASS_KEY.fullmatch, components) if found}


def removed_components(before: Mapping[str, dict], now: Iterable[str]) -> dict[str, dict]:
    """What a discovery message states of the components that are no longer there: the platform
    alone, which removes the entity."""
    gone = before.keys() - set(now)
    return {key: {"platform": before[key]["platform"]} for key in sorted(gone)}

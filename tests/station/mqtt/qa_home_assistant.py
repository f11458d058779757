# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The discovery message: what Home Assistant requires of it, ids, and what is read back."""

import json
import re

import pytest
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn_station.mqtt.home_assistant import (
    Station,
    checked_prefix,
    class_parts,
    components_of,
    removed_components,
    topic_part,
)

# What the documentation of Home Assistant's MQTT integration requires by platform, beside the
# platform; an entity of a device needs a unique_id, too.
REQUIRED = {
    "sensor": {"state_topic", "unique_id"},
    "binary_sensor": {"state_topic", "unique_id"},
    "device_automation": {"automation_type", "topic", "type", "subtype"},
}
OPTIONAL = {"name", "icon", "value_template", "enabled_by_default", "entity_category"}
OF_SENSORS = {
    *("state_class", "device_class", "unit_of_measurement", "suggested_display_precision"),
    *("json_attributes_topic", "json_attributes_template"),
}
HOSTILE = (
    "../../status",
    "a/b",
    "#",
    "+",
    "a b",
    "",
    "\x00\x1b[2J",
    "{{ 1/0 }}",
    "ä-c3-a4",
    "x" * 100,
    "-",
    "$SYS",
    "\ud800",
    "class_ais_on_air",
    "any\nclass",
)


def components(*classes, topic="rfattn"):
    return Station(topic).discovery(classes)["components"]


def test_every_component_has_what_its_platform_requires_and_nothing_unknown():
    for key, one in components("ais", "gate", "unknown").items():
        platform = one["platform"]
        optional = OPTIONAL | (OF_SENSORS if platform == "sensor" else {"device_class"})
        assert REQUIRED[platform] <= one.keys(), key
        assert not one.keys() - {"platform"} - REQUIRED[platform] - optional, key


def test_a_station_is_one_device_with_its_state_of_the_last_will():
    message = Station("rfattn").discovery(["ais"])
    assert message["device"]["identifiers"] == ["rfattn_rfattn"]
    assert message["device"]["name"] == "gr-rfattn"
    assert message["origin"]["name"] == "gr-rfattn" and message["origin"]["sw_version"]
    assert message["availability_topic"] == "rfattn/status"
    assert Station("roof/1").discovery([])["device"]["name"] == "gr-rfattn roof/1"


def test_two_topics_are_two_devices():
    assert Station("a/b").id == "rfattn_a-2fb" != Station("a_b").id
    assert Station("a/b", "ha").config_topic == "ha/device/rfattn_a-2fb/config"


def test_without_a_model_there_are_no_figures_of_one():
    with_model, without = (Station("a", has_model=has).discovery([]) for has in (True, False))
    gone = with_model["components"].keys() - without["components"].keys()
    assert gone == {"dropped", "latency"}


def test_what_few_want_to_see_is_disabled():
    hidden = {k for k, one in components("ais", "unknown").items() if "enabled_by_default" in one}
    assert hidden == {f"class_unknown_{key}" for key in ("on_air", "last_heard", "emissions")}


def test_types_of_triggers_are_unique():
    triggers = [one for one in components("any", "station").values() if "subtype" in one]
    assert len(triggers) == 3 == len({(one["type"], one["subtype"]) for one in triggers})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_within_its_topic_and_is_no_template(name):
    part = topic_part(name)
    assert re.fullmatch("[A-Za-z0-9_-]*", part)
    for key, one in components(name).items():
        assert re.fullmatch("[A-Za-z0-9_-]+", key)
        for field, value in one.items():
            if "topic" in field and key.startswith("class_"):
                assert value.split("/")[:3] == ["rfattn", "classes", part]
            if "template" in field:
                assert not name or name not in value
            if field in ("name", "subtype"):
                assert value.isprintable()
    json.dumps(Station("rfattn").discovery([name])).encode()


def test_different_names_have_different_topics():
    names = [*HOSTILE, *known_of("family"), "a-2fb", "a_b", "A_B"]
    assert len({topic_part(name) for name in names}) == len(names)
    assert topic_part("tpms") == "tpms"


def test_a_message_of_all_classes_is_not_too_large_to_be_read_back():
    message = json.dumps(Station("rfattn").discovery(known_of("family"))).encode()
    assert len(message) < 120_000
    assert class_parts(components_of(message)) == set(known_of("family"))


def test_components_that_are_gone_are_stated_with_their_platform_alone():
    before, now = components("ais", "gate"), components("ais")
    removed = removed_components(before, now)
    assert set(removed) == {
        f"class_gate_{key}" for key in ("on_air", "last_heard", "emissions", "first")
    }
    assert removed["class_gate_on_air"] == {"platform": "binary_sensor"}
    whole = Station("rfattn").discovery(["ais"], removed)["components"]
    assert whole == {**removed, **now}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"components": 1}',
        b'{"components": {"a/b": {"platform": "sensor"}, "c": 1, "d": {"platform": []}}}',
        b'{"components": {"light": {"platform": "light"}}}',
        b"[" * 100_000,
        b'{"components": {"a": {"platform": "sensor"}}}' + b" " * 2**20,
    ],
)
def test_what_no_station_wrote_is_not_read_back(text):
    assert components_of(text) == {}


def test_refusals():
    assert checked_prefix("ha/", "site") == "ha"
    for wrong in ("", "ha/#", "/ha", "$ha"):
        with pytest.raises(ValueError, match="mqtt_discovery must be a name without"):
            checked_prefix(wrong, "site")
    with pytest.raises(ValueError, match=r"mqtt_topic must have no \{ or \} with mqtt_discovery"):
        checked_prefix("ha", "site{{1}}")

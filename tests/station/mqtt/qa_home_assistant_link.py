# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A station at a real broker: what appears, changes and goes away, and who cannot disturb it."""

import json
import queue
from contextlib import contextmanager

import pytest
from gnuradio.rfattn_station.mqtt import mqtt_publisher
from gnuradio.rfattn_station.mqtt.home_assistant import Station, class_parts
from gnuradio.rfattn_station.mqtt.home_assistant_link import HomeAssistantLink
from gnuradio.rfattn_station.mqtt.mqtt_publisher import MqttPublisher

from mqtt_broker import LIMIT_S, broker, free_port, needs_broker, needs_paho, subscribed

CONFIG = "homeassistant/device/rfattn_site/config"
FIGURES = {"megasamples_per_second": 2.4, "dropped_percent": 0.0, "latency_ms": None}
LABELS = ["ais", "dmr", "gate"]


def facts(label, duration_s=1.0):
    return {"id": 1, "label": label, "duration_s": duration_s, "frequency": 162_025_000}


class Running:
    """A link whose clock does not move, and the reports of its publisher."""

    def __init__(self, port):
        self.reports, self._now = queue.Queue(), 0.0
        self.publisher = MqttPublisher(f"127.0.0.1:{port}", "site", "", "", self.reports.put)
        self.link = HomeAssistantLink(self.publisher, Station("site"), lambda: self._now)

    def connect(self):
        while "connected" not in self.reports.get(timeout=LIMIT_S):
            pass

    def look(self, live=(), ended=(), after_s=5.0):
        self._now += after_s
        live = {number: facts(label) for number, label in enumerate(live)}
        ended = [(f"e{self._now}{i}", facts(label)) for i, label in enumerate(ended)]
        self.link.look(live, ended, FIGURES)


@contextmanager
def running(port, own=("gate",), labels=LABELS):
    """A link that is connected and knows what the broker has kept."""
    one = Running(port)
    try:
        one.connect()
        with client(port) as publish:
            await_birth(one, publish)  # the broker has sent what it had kept before
        one.link._is_born = False
        one.link.set_labels(labels, own)
        one.look()
        one.look()
        yield one
    finally:
        one.publisher.close()


def messages(found, *topics):
    """What the broker sent until there was a message of each of these topics."""
    got = []
    while not {*topics} <= {topic for topic, _ in got}:
        got.append(found.get(timeout=LIMIT_S))
    return got


@contextmanager
def client(port):
    """A function that publishes."""
    from paho.mqtt import client as paho

    one = paho.Client(paho.CallbackAPIVersion.VERSION2)
    one.connect("127.0.0.1", port)
    one.loop_start()
    try:
        yield lambda *args, **more: one.publish(*args, **more).wait_for_publish(LIMIT_S)
    finally:
        one.disconnect()
        one.loop_stop()


def await_birth(one, publish):
    """Waits until the link has read what was published before."""
    while not one.link._is_born:
        publish("homeassistant/status", b"online", 1)
        one.publisher._client._thread.join(0.01)


def entities(config):
    """Keys of the components that are there, and of those that are stated as gone."""
    there = {key for key, one in config["components"].items() if len(one) > 1}
    return there, config["components"].keys() - there


def classes_of(config):
    return class_parts(entities(config)[0])


def await_all_sent(one):
    while one.publisher.sent < one.publisher._published:
        one.publisher._client._thread.join(0.01)


@needs_broker
def test_a_station_appears_with_the_classes_of_the_user(tmp_path):
    port = free_port()
    with broker(tmp_path, port), subscribed(port) as found, running(port):
        got = dict(messages(found, "site/station", "site/classes/gate", CONFIG))
    assert classes_of(got[CONFIG]) == {"gate"}
    assert got["site/status"] == "online"
    assert got["site/classes/gate"] == {"on_air": "OFF", "emissions": 0}
    assert got["site/station"] == {"on_air": 0, "emissions": 0, **FIGURES}


@needs_broker
def test_a_class_appears_with_its_first_emission_and_an_event(tmp_path):
    port = free_port()
    with broker(tmp_path, port), running(port) as one:
        with subscribed(port, "site/classes/ais/#") as found:
            one.look(live=["gate"], ended=["ais"])
            brief = messages(found, "site/classes/ais/first")
        assert [value["on_air"] for topic, value in brief if topic == "site/classes/ais"] == [
            "ON",
            "OFF",
        ]
        last = dict(brief)["site/classes/ais/last"]
        assert last["frequency"] == 162_025_000 and last["last_heard"].endswith("+00:00")
        assert dict(brief)["site/classes/ais/first"] == last
        with subscribed(port, "site/classes/gate") as found:
            assert found.get(timeout=LIMIT_S)[1] == {"on_air": "ON", "emissions": 0}
            one.look()
            assert found.get(timeout=LIMIT_S)[1] == {"on_air": "OFF", "emissions": 0}
        with subscribed(port, CONFIG) as found:
            assert classes_of(found.get(timeout=LIMIT_S)[1]) == {"ais", "gate"}


@needs_broker
def test_the_next_run_has_the_classes_of_the_last_one(tmp_path):
    port = free_port()
    with broker(tmp_path, port):
        with running(port) as one:
            one.look(ended=["ais", "dmr"])
        with running(port), subscribed(port, CONFIG) as found:
            assert classes_of(found.get(timeout=LIMIT_S)[1]) == {"ais", "dmr", "gate"}


@needs_broker
@pytest.mark.parametrize("is_later", [False, True], ids=["while it runs", "between two runs"])
def test_a_class_that_is_removed_goes_away_with_what_the_broker_keeps(tmp_path, is_later):
    port = free_port()
    with broker(tmp_path, port):
        with running(port) as one:
            one.look(live=["gate"])
            if not is_later:
                with subscribed(port) as found:
                    one.link.set_labels(["ais"], [])
                    one.look()
                    check_removed(found)
        if is_later:
            with subscribed(port) as found, running(port, own=(), labels=["ais"]):
                check_removed(found)
        with subscribed(port) as found:
            got = dict(messages(found, "site/status", "site/station", CONFIG))
            assert not [topic for topic in got if topic.startswith("site/classes/gate")]


def check_removed(found):
    got = messages(found, "site/classes/gate")
    while ("site/classes/gate", "") not in got:
        got.append(found.get(timeout=LIMIT_S))
    there, gone = next(entities(value) for topic, value in reversed(got) if topic == CONFIG)
    assert gone == {f"class_gate_{key}" for key in ("on_air", "last_heard", "emissions", "first")}
    assert not gone & there and ("site/classes/gate/last", "") in got


@needs_broker
def test_the_message_after_a_removal_no_longer_states_it(tmp_path):
    port = free_port()
    with broker(tmp_path, port), running(port) as one, subscribed(port, CONFIG) as found:
        assert not entities(found.get(timeout=LIMIT_S)[1])[1]
        one.link.set_labels(["ais"], [])
        one.look()
        assert entities(found.get(timeout=LIMIT_S)[1])[1]
        one.look(after_s=4.0)  # Home Assistant may not be done with the last one yet
        await_all_sent(one)
        assert found.empty()
        one.look(after_s=2.0)
        assert not entities(found.get(timeout=LIMIT_S)[1])[1]


@needs_broker
def test_a_broker_that_lost_everything_gets_it_again(tmp_path, monkeypatch):
    monkeypatch.setattr(mqtt_publisher, "_RECONNECT_S", (1, 1))
    port = free_port()
    with broker(tmp_path, port) as process, running(port) as one:
        one.look(ended=["ais"])
        await_all_sent(one)
        process.kill()
        process.wait()
        while "lost the connection" not in one.reports.get(timeout=LIMIT_S):
            pass
        one.look(live=["gate"])  # nobody takes it
        with broker(tmp_path, port), subscribed(port) as found:
            one.connect()
            one.look(live=["gate"])
            one.look(live=["gate"])
            topics = "site/classes/gate/last", "site/classes/ais", CONFIG, "site/station"
            got = dict(messages(found, *topics))
        assert classes_of(got[CONFIG]) == {"ais", "gate"}
        assert got["site/classes/ais"] == {"on_air": "OFF", "emissions": 1}
        assert got["site/classes/gate"] == {"on_air": "ON", "emissions": 0}


@needs_broker
def test_home_assistant_that_has_started_gets_it_again_but_not_at_every_message(tmp_path):
    port = free_port()
    with broker(tmp_path, port), running(port) as one, client(port) as publish:
        with subscribed(port, CONFIG) as found:
            found.get(timeout=LIMIT_S)
            for wrong in (b"", b"offline", b"\xff" * 1000, b"Online", b"{}", b"online\n"):
                publish("homeassistant/status", wrong, 1)
                assert not one.link._is_born
            for _ in range(50):
                publish("homeassistant/status", b"online", 1)
            await_birth(one, publish)
            one.look()
            assert classes_of(found.get(timeout=LIMIT_S)[1]) == {"gate"}
            await_birth(one, publish)
            one.look(after_s=9.0)
            one.publisher.close()
            assert found.empty()


HOSTILE = [
    b"not json",
    b"\xff\xfe",
    json.dumps({"components": {"class_../../x_on_air": {"platform": "sensor"}}}).encode(),
    json.dumps({"components": {"class_dmr_on_air": {"platform": "lock", "name": "x"}}}).encode(),
    json.dumps({"components": {"class_nobody_on_air": {"platform": "sensor"}}}).encode(),
    json.dumps({"components": {f"class_c{i}_on_air": {"platform": "x"} for i in range(9999)}}),
    b"[" * 100_000,
]


@needs_broker
@pytest.mark.parametrize("left", HOSTILE, ids=range(len(HOSTILE)))
def test_what_somebody_left_at_the_broker_makes_no_class(tmp_path, left):
    port = free_port()
    with broker(tmp_path, port), client(port) as publish:
        publish(CONFIG, left, 1, True)
        with subscribed(port, "site/#") as found, running(port):
            topics = {topic for topic, _ in messages(found, "site/station")}
        with subscribed(port, CONFIG) as found:
            config = found.get(timeout=LIMIT_S)[1]
        assert classes_of(config) == {"gate"}
        assert topics <= {
            *("site/status", "site/station", "site/classes/gate"),
            *("site/classes/nobody", "site/classes/nobody/last"),  # to be forgotten
        }


@needs_broker
def test_at_the_end_nothing_is_on_the_air_and_the_station_is_offline(tmp_path):
    port = free_port()
    with broker(tmp_path, port), running(port) as one:
        one.look(live=["gate"])
        one.link.finish([("x", facts("gate"))], FIGURES)
        one.publisher.close()
        assert one.publisher.lost == 0
        with subscribed(port) as found:
            got = dict(messages(found, "site/status", "site/station", "site/classes/gate"))
    assert got["site/classes/gate"] == {"on_air": "OFF", "emissions": 1}
    assert got["site/station"]["emissions"] == 1 and got["site/status"] == "offline"


@needs_paho
def test_states_that_no_broker_took_are_counted_once(monkeypatch):
    monkeypatch.setattr(mqtt_publisher, "_END_S", 0.0)
    one = Running(free_port())
    one.link.set_labels(LABELS, ["gate"])
    for _ in range(100):
        one.look(live=["gate"])
        one.look()
    one.link.finish([], FIGURES)
    one.publisher.close()
    assert one.publisher.lost == 2  # the state of the class, and the event of its first emission


@needs_paho
def test_a_broker_that_does_not_let_it_read_is_reported():
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.reasoncodes import ReasonCode

    port = free_port()
    one = Running(port)  # an ACL file of mosquitto refuses no subscription; other brokers do
    while not one.reports.get(timeout=LIMIT_S).startswith("mqtt: no connection"):
        pass
    reasons = [ReasonCode(PacketTypes.SUBACK, identifier=code) for code in (0x80, 1)]
    one.publisher._on_subscribe(None, None, 1, reasons, None)
    line = one.reports.get_nowait()
    one.publisher.close()
    assert line == f"mqtt: 127.0.0.1:{port} does not let this user read {CONFIG}"

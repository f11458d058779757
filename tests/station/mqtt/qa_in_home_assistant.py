# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A station in Home Assistant itself: its device, entities, states and triggers, and the automation
of the documentation.

RFATTN_HOME_ASSISTANT names the Python of a virtual environment with `pip install homeassistant
home-assistant-frontend paho-mqtt` and what home_assistant_host.py names.
"""

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from gnuradio.rfattn_station.mqtt.home_assistant import Station
from gnuradio.rfattn_station.mqtt.home_assistant_link import HomeAssistantLink
from gnuradio.rfattn_station.mqtt.mqtt_publisher import MqttPublisher

from mqtt_broker import broker, free_port, needs_broker
from pages import PAGES

PYTHON = os.environ.get("RFATTN_HOME_ASSISTANT", "")
HOST = Path(__file__).resolve().parents[2] / "support" / "home_assistant_host.py"
LIMIT_S = 120
"""To set up what a message states, on a machine with much else to do."""
needs_home_assistant = pytest.mark.skipif(
    not PYTHON, reason="RFATTN_HOME_ASSISTANT names no Python with the package homeassistant"
)
FIGURES = {"megasamples_per_second": 2.4, "dropped_percent": 1.5, "latency_ms": 12.0}
OTHER_NAMES = ("a/b", "#", "{{ 1/0 }}", "", "\x1b[2J", "any\nclass", "x" * 100, "ä")


def environment():
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


class Host:
    """Home Assistant, and what it shows."""

    def __init__(self, process):
        self._process = process
        self.shown = {}

    def look(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.shown = json.loads(self._process.stdout.readline())
        return self.shown

    @property
    def entities(self):
        (device,) = self.look()["devices"]
        return {name.replace("gr_rfattn_", ""): one for name, one in device["entities"].items()}

    def state(self, name):
        return self.entities.get(name, {}).get("state")

    def until(self, holds):
        """Looks until ``holds`` is true, and shows what there is where it never is."""
        end = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < end, json.dumps(self.shown, indent=1)


@contextmanager
def home_assistant(folder, port):
    settings = [f"http:\n  server_host: 127.0.0.1\n  server_port: {free_port()}"]
    settings += re.findall(r"^```yaml\n(.*?)^```", PAGES["docs/home-assistant.md"], re.M | re.S)
    (folder / "configuration.yaml").write_text("\n".join(settings))
    with open(folder / "errors", "wb") as errors:
        process = subprocess.Popen(
            [PYTHON, HOST, folder, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(),
        )
    try:
        assert process.stdout.readline() == "ready\n", (folder / "errors").read_text()
        yield Host(process)
    finally:
        process.kill()
        process.wait()


class Running:
    """A station with the clock of a second for each look."""

    def __init__(self, port):
        self.publisher = MqttPublisher(f"127.0.0.1:{port}", "rfattn", "", "", print)
        self.now = 0.0
        self.link = HomeAssistantLink(self.publisher, Station("rfattn"), lambda: self.now)
        while not self.publisher.is_connected:
            self.publisher._client._thread.join(0.01)

    def look(self, live=(), ended=()):
        self.now += 10.0
        live = {number: facts(label) for number, label in enumerate(live)}
        ended = [((self.now, number), facts(label)) for number, label in enumerate(ended)]
        self.link.look(live, ended, FIGURES)


def facts(label):
    return {"label": label, "duration_s": 1.0, "frequency": 433_920_000, "snr_db": 20.5}


@needs_broker
@needs_home_assistant
def test_a_station_in_home_assistant(tmp_path):
    port, labels = free_port(), ["ais", "dmr", "gate"]
    with broker(tmp_path, port), home_assistant(tmp_path, port) as host:
        one = Running(port)
        one.link.set_labels(labels, ["gate"])
        one.look()
        one.look()
        host.until(lambda: len(host.look()["devices"]) == 1 and "sensor.emissions" in host.entities)
        host.until(lambda: host.state("binary_sensor.gate_on_air") == "off")
        (device,) = host.look()["devices"]
        assert (device["name"], device["identifiers"]) == ("gr-rfattn", ["rfattn_rfattn"])
        assert device["sw_version"]
        assert device["triggers"] == [
            "gate: first emission",
            "station: first emission of any class",
        ]
        entities = host.entities
        assert {name: e["state"] for name, e in entities.items() if e["category"]} == {
            "sensor.samples_searched": "2.4",
            "sensor.tokens_dropped": "1.5",
            "sensor.label_latency": "12.0",
        }
        assert not [name for name, e in entities.items() if e["disabled"]]
        assert entities["sensor.gate_last_heard"]["state"] == "unknown"

        one.look(live=["gate"], ended=["ais"])
        host.until(lambda: host.state("binary_sensor.gate_on_air") == "on")
        host.until(lambda: host.state("sensor.ais_emissions") == "1")
        last = host.entities["sensor.gate_last_heard"]
        assert last["frequency"] == 433_920_000 and last["device_class"] == "timestamp"
        assert last["state"].endswith("+00:00")
        host.until(lambda: len(host.look()["notifications"]) == 3)
        assert host.shown["notifications"] == [
            "first ais, 20.5 dB",
            "first gate, 20.5 dB",
            "gate at 433.92 MHz",
        ]
        one.look()
        host.until(lambda: host.state("binary_sensor.gate_on_air") == "off")
        one.look(ended=["gate"])  # came and went since the last look
        host.until(lambda: host.state("sensor.gate_emissions") == "1")
        host.until(lambda: host.look()["notifications"].count("gate at 433.92 MHz") == 2)

        one.link.set_labels(["ais", "dmr"], [])
        one.look()
        host.until(lambda: "sensor.gate_emissions" not in host.entities)
        assert not [name for name in host.entities if "gate" in name]
        (device,) = host.look()["devices"]
        assert "gate: first emission" not in device["triggers"]

        one.link.finish([], FIGURES)
        one.publisher.close()
        host.until(lambda: host.state("binary_sensor.ais_on_air") == "unavailable")


@needs_home_assistant
def test_its_schemas_take_the_message_with_names_of_any_kind():
    message = Station("rfattn").discovery(["ais", "unknown", *OTHER_NAMES])
    done = subprocess.run(
        [PYTHON, HOST, "--check"],
        input=json.dumps(message),
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr

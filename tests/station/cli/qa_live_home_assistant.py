# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live --mqtt-discovery`: what a flowgraph finds is what Home Assistant gets."""

from types import SimpleNamespace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.record import EmissionRecords
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.cli.home_assistant import HomeAssistant
from gnuradio.rfattn_station.logbook.follower import Named

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller
from mqtt_broker import LIMIT_S, broker, free_port, needs_broker, subscribed
from page_messages import BUCKETS, emission

CONFIG = "homeassistant/device/rfattn_box/config"


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A recording in which two emissions are found and end."""
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    known = {"rx_rate": 1e6, "sample_start": 1000, "sample_count": 9000, "sample_now": 9000}
    messages = [
        (9000 + number, emission_message(number, state, bursts=[1000, 500], burst_count=1, **known))
        for number in (1, 2)
        for state in ("new", "end")
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    return str(tmp_path / "r.sigmf-meta")


@needs_broker
def test_live_appears_and_is_offline_at_the_end(recording, tmp_path, capsys):
    port = free_port()
    words = ["--source", f"file={recording}", "--model", "none", "--quiet"]
    words += ["--mqtt", f"127.0.0.1:{port}", "--mqtt-topic", "box", "--mqtt-discovery"]
    with broker(tmp_path, port), subscribed(port) as found:
        assert main(["live", *words]) == 0
        got = {}
        while got.get("box/status") != "offline":
            topic, value = found.get(timeout=LIMIT_S)
            got[topic] = value
    assert got["box/station"]["emissions"] == 2 and got["box/station"]["on_air"] == 0
    keys = {"on_air", "emissions", "megasamples_per_second", "problem"}
    assert got["box/station"].keys() == keys
    keys = {"on_air", "emissions", "sample_rate", "problem", "first"}
    assert got[CONFIG]["components"].keys() == keys
    assert " messages sent, 0 lost" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--mqtt-discovery", "ha/#"], "--mqtt-discovery must be a name without + and #"),
        (
            ["--mqtt-discovery", "--mqtt-topic", "{x}"],
            "--mqtt-topic must have no { or } with mqtt-",
        ),
    ],
)
def test_refusals(recording, capsys, words, message):
    start = ["live", "--source", f"file={recording}", "--model", "none", "--mqtt", "127.0.0.1"]
    assert main([*start, *words]) == 1
    assert message in capsys.readouterr().err


class Station:
    """What stands for a flowgraph and for a publisher, with a clock of its own."""

    topic, connections = "box", 1

    def __init__(self, when="", sidebands=False):
        self.records, self.now, self.kept, self.sent = EmissionRecords(), 0.0, {}, []
        self.attachments, self.named, self.watch = [self], [], SimpleNamespace(is_silent=False)
        self.labeller = SimpleNamespace(tokens=self.tokens, stats=lambda: self.figures)
        self.labeller.transformer, self.labeller.labels = object(), SimpleNamespace()
        self.dropped, self.figures = 0, {"latency_histogram": BUCKETS}
        self.teach("gate")
        condition = Condition.parse(when)
        self.home = HomeAssistant(self, "ha", self, condition, sidebands, lambda: self.now)

    def teach(self, *names):
        taught = [{"name": name} for name in names]
        self.labeller.labels.contract = {"classes": ["ais", "dmr"], "taught": taught}

    def tokens(self):
        return {"in": 100 * self.now, "dropped": self.dropped}

    def samples(self):
        return int(2e6 * self.now)

    def named_transmitters(self):
        return self.named

    def listen(self, topics, take):
        pass

    def keep(self, topic, text):
        self.kept[topic] = text
        return True

    def send(self, topic, payload):
        self.sent.append((topic, payload))

    def add(self, number, state="update", **fields):
        message = emission(number, state, burst_count=1, **{"confidence": 0.9, **fields})
        return self.records.add(schema.read("emissions", message))

    def look(self, after_s=5.0):
        self.now += after_s
        self.home.look()


def test_a_class_of_the_user_is_on_the_air_and_its_facts_are_those_of_the_messages():
    station = Station()
    station.add(1, label="gate", guess="gate")
    station.look()
    assert station.kept["box/classes/gate"] == '{"on_air": "ON", "emissions": 0}'
    ((topic, first),) = station.sent
    assert topic == "classes/gate/first"
    assert (first["label"], first["frequency"], first["snr_db"]) == ("gate", 446_000_500, 12.5)


def test_an_emission_that_is_final_counts():
    station = Station()
    station.look()
    record = station.add(1, "end", label="ais", guess="ais")
    station.home.end(record, facts_of(record.latest))
    station.look()
    assert station.kept["box/classes/ais"] == '{"on_air": "OFF", "emissions": 1}'


@pytest.mark.parametrize("when", ["confidence>=0.8", "label=ais", ""])
def test_only_what_the_condition_holds_for_and_no_sideband_is_on_the_air(when):
    station = Station(when)
    station.add(1, label="gate", guess="gate", confidence=0.5)
    station.add(2, label="gate", guess="gate", flags=["sideband"], sideband_of=1)
    station.add(3, label="gate", guess="gate", flags=["ignored"])
    station.look()
    assert ('"ON"' in station.kept["box/classes/gate"]) == (not when)


def test_a_transmitter_that_has_a_name_is_a_device():
    station = Station()
    station.named = [Named(7, "gate", 1_790_035_200.0, True, "ook_srd", 433.92e6)]
    station.look()
    assert '"present": "ON"' in station.kept["box/transmitters/7"]
    assert '"name": "gate"' in station.kept["ha/device/rfattn_box_transmitter_7/config"]
    station.named = []
    station.look()
    assert station.kept["ha/device/rfattn_box_transmitter_7/config"] == ""


def test_a_model_that_was_swapped_takes_its_classes_with_it():
    station = Station()
    station.look()
    station.look()
    assert "class_gate_on_air" in station.kept["ha/device/rfattn_box/config"]
    station.teach("door")
    station.look()
    station.look()
    config = station.kept["ha/device/rfattn_box/config"]
    assert "class_door_on_air" in config and "class_gate_on_air" not in config
    assert station.kept["box/classes/gate"] == ""


def test_the_figures_are_those_of_the_last_ten_seconds():
    station = Station()
    station.look(10.0)
    station.dropped = 25
    station.figures = {
        "latency_histogram": {"counts": [6, 4, 0, 1], "sum_seconds": BUCKETS["sum_seconds"] + 0.1}
    }
    station.look(10.0)
    assert station.kept["box/station"] == (
        '{"on_air": 0, "emissions": 0, "megasamples_per_second": 2.0, "dropped_percent": 2.5, '
        '"latency_ms": 25.0, "problem": "OFF"}'
    )


def test_a_receiver_that_does_not_work_is_a_problem_at_once():
    station = Station()
    station.look()
    station.watch.is_silent = True
    station.look(1.0)
    assert station.kept["box/station"].endswith('"problem": "ON"}')


def test_it_looks_once_a_second():
    station = Station()
    station.look()
    station.add(1, label="gate", guess="gate")
    station.look(0.5)
    assert "ON" not in station.kept["box/classes/gate"]
    station.look(0.5)
    assert "ON" in station.kept["box/classes/gate"]

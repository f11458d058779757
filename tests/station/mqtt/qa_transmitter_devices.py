# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named transmitters as devices of Home Assistant: what is sent when, and what goes away."""

import json
from dataclasses import replace

from gnuradio.rfattn_station.logbook.follower import Named
from gnuradio.rfattn_station.mqtt.home_assistant import Station
from gnuradio.rfattn_station.mqtt.transmitter_devices import TransmitterDevices

GATE = Named(7, "gate {x}", 1_790_035_200.0, True, "ook_srd", 433.92e6)
CONFIG, STATE = "ha/device/rfattn_site_transmitter_7/config", "site/transmitters/7"


class Broker:
    """Keeps what it gets, while it is there."""

    def __init__(self):
        self.sent, self.is_there = [], True

    def keep(self, topic, text):
        if self.is_there:
            self.sent.append((topic, text))
        return self.is_there

    def take(self):
        sent, self.sent = self.sent, []
        return dict(sent)


def devices():
    broker = Broker()
    return broker, TransmitterDevices(broker, Station("site", "ha"))


def test_a_device_is_present_and_was_heard():
    broker, shown = devices()
    shown.show([GATE])
    sent = broker.take()
    assert json.loads(sent[STATE]) == {
        "present": "ON",
        "last_heard": "2026-09-22T00:00:00+00:00",
        "transmitter": 7,
        "name": "gate {x}",
        "label": "ook_srd",
        "frequency": 433_920_000,
    }
    found = json.loads(sent[CONFIG])
    assert found["device"]["via_device"] == "rfattn_site"
    assert found["device"]["identifiers"] == ["rfattn_site_transmitter_7"]
    assert found["device"]["name"] == "gate {x}"
    assert found["state_topic"] == STATE and found["availability_topic"] == "site/status"
    kinds = {key: one["platform"] for key, one in found["components"].items()}
    assert kinds == {"present": "binary_sensor", "last_heard": "sensor"}


def test_what_changed_is_sent_alone():
    broker, shown = devices()
    shown.show([GATE])
    broker.take()
    shown.show([GATE])
    assert broker.take() == {}
    shown.show([replace(GATE, is_present=False)])
    assert list(sent := broker.take()) == [STATE]
    assert json.loads(sent[STATE])["present"] == "OFF"


def test_without_a_name_there_is_no_device():
    broker, shown = devices()
    shown.show([GATE])
    broker.take()
    shown.show([])
    assert broker.take() == {CONFIG: "", STATE: ""}
    shown.show([])
    assert broker.take() == {}


def test_what_an_earlier_run_left_goes_away():
    broker, shown = devices()
    for topic in (STATE, "site/transmitters/8", "site/transmitters/x"):
        shown.take_left(topic)
    shown.show(named := [GATE])
    gone = {"ha/device/rfattn_site_transmitter_8/config": "", "site/transmitters/8": ""}
    assert broker.take().items() >= gone.items()
    shown.take_left(STATE)  # the echo of the own one
    shown.show(named)
    assert broker.take() == {}


def test_all_is_sent_again_after_a_connection():
    broker, shown = devices()
    shown.show(named := [GATE])
    broker.take()
    broker.is_there = False
    shown.show([replace(GATE, last_s=GATE.last_s + 1)])
    broker.is_there = True
    shown.show([replace(GATE, last_s=GATE.last_s + 1)])
    assert list(broker.take()) == [STATE]
    shown.show(named)
    broker.take()
    shown.mark_all()
    shown.show(named)
    assert broker.take().keys() == {CONFIG, STATE}

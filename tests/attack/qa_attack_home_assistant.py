# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever lies at a broker, and whatever classes are called, a station publishes only to its own
topics, and states only components of its own."""

import json
import random
import re

from gnuradio.rfattn_station.mqtt.home_assistant import Station, topic_part
from gnuradio.rfattn_station.mqtt.home_assistant_link import HomeAssistantLink

SEED = 20261130
LABELS = ["ais", "dmr", "gate"]
CHARACTERS = "/+#$\x00\n\x1b{}\"'\\ -_aZ9ä\u202e\ud800\U0001f4e1"
VALUES = (None, True, -1, 1e308, "", "x" * 5000, [], {}, [[]], "sensor", {"platform": "lock"})


class Broker:
    """What takes the place of a publisher, and keeps what it is given."""

    topic, connections, is_connected, lost = "site", 1, True, 0

    def __init__(self):
        self.got = []

    def listen(self, topics, take):
        self.topics, self.take = topics, take

    def keep(self, topic, text):
        self.got.append((topic, text))
        return True

    def send(self, topic, payload):
        self.got.append((f"{self.topic}/{topic}", json.dumps(payload)))


def hostile_name(draw):
    return "".join(draw.choices(CHARACTERS, k=draw.randrange(1, 40)))


def hostile_text(draw):
    """A discovery message with some of it replaced, or some of its bytes."""
    message = Station("site").discovery([*LABELS, hostile_name(draw)])
    components = message["components"]
    for _ in range(draw.randrange(1, 6)):
        key = draw.choice([*components, hostile_name(draw), f"class_{hostile_name(draw)}_on_air"])
        components[key] = draw.choice([*VALUES, {"platform": draw.choice(VALUES)}])
    if draw.random() < 0.2:
        message = draw.choice([components, [message], {"components": draw.choice(VALUES)}])
    text = bytearray(json.dumps(message).encode())
    for _ in range(draw.choice([0, 0, 1, 20])):
        text[draw.randrange(len(text))] = draw.randrange(256)
    return bytes(text[: draw.choice([len(text), draw.randrange(len(text))])])


def test_what_lies_at_the_broker_changes_only_what_a_model_can_call_an_emission():
    draw, station = random.Random(SEED), Station("site")
    for _ in range(300):
        broker, now = Broker(), iter(range(0, 1000, 10))
        link = HomeAssistantLink(broker, station, lambda now=now: next(now))
        link.set_labels(LABELS, ["gate"])
        left = hostile_text(draw)
        for kept in (True, False):
            broker.take(station.config_topic, left, kept)
            broker.take(station.birth_topic, left, kept)
        for _ in range(3):
            link.look({}, [], {})
        link.finish([], {})
        check(broker, [*LABELS, "unknown"])


def check(broker, labels):
    """What was published lies below the topic, and the last message has no component of others."""
    own = re.compile(r"site/(station|classes/[A-Za-z0-9_-]+(/last|/first)?)")
    for topic, text in broker.got:
        assert topic == "homeassistant/device/rfattn_site/config" or own.fullmatch(topic)
        text.encode()
    ours = Station("site").discovery(labels)["components"]
    last = [json.loads(text) for topic, text in broker.got if topic.startswith("homeassistant")][-1]
    for key, one in last["components"].items():
        assert one == ours[key] or one.keys() == {"platform"}


def test_no_name_of_a_class_leaves_its_topic():
    draw = random.Random(SEED)
    names = sorted({hostile_name(draw) for _ in range(300)})
    broker, now = Broker(), iter(range(0, 1000, 10))
    link = HomeAssistantLink(broker, Station("site"), lambda: next(now))
    link.set_labels(names, names)
    facts = {"duration_s": 1.0, "frequency": 1}
    link.look({}, [(i, {"label": name, **facts}) for i, name in enumerate(names)], {})
    link.look({}, [], {})
    link.set_labels([], [])
    link.look({}, [], {})
    link.look({}, [], {})
    check(broker, names)
    assert len({topic_part(name) for name in names}) == len(names)
    emptied = {topic for topic, text in broker.got if not text}
    assert len(emptied) == 2 * len(names)


def test_births_without_end_cause_one_answer_in_ten_seconds():
    broker, seconds = Broker(), iter(range(100))
    link = HomeAssistantLink(broker, Station("site"), lambda: next(seconds))
    link.set_labels(LABELS, ["gate"])
    for _ in range(60):
        for _ in range(50):
            broker.take("homeassistant/status", b"online", False)
        link.look({}, [], {})
    configs = [topic for topic, _ in broker.got if topic.startswith("homeassistant")]
    assert 5 <= len(configs) <= 8

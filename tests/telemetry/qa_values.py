# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of what a message may hold, and of how much a reader keeps of it."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.values import MAX_DEPTH, MAX_ITEMS, check_values
from gnuradio.rfattn.telemetry import state, subscriber
from gnuradio.rfattn.telemetry.state import State

from page_messages import BUCKETS, EMISSION, ENVELOPE, SPECTRA, STATS, detection, emission


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [nested(MAX_DEPTH), 2**64 - 1, -(2**63), [1e18] * 2, "x" * 4096, None, True, np.float32(0.5)],
)
def test_what_a_message_may_hold(value):
    check_values(value, "m")


@pytest.mark.parametrize(
    "value, text",
    [
        (nested(MAX_DEPTH + 1), "m must not be nested deeper than 8 levels"),
        ([0] * (MAX_ITEMS + 1), "m must have at most 131072 entries, got 131073"),
        (np.zeros(MAX_ITEMS + 1), "m must have at most 131072 entries, got 131073"),
        (np.array(["a"]), "m must hold numbers, got an array of <U1"),
        ({"a": {"b": [1.0, np.nan, 2.0]}}, "m: a: b must be a finite number, got nan"),
        ({"a": [1, float("-inf")]}, "m: a must be a finite number, got -inf"),
        ({"a": 2**64}, "m: a must be a number of 64 bits, got 20 digits"),
        ({"a": -(10**400)}, "m: a must be a number of 64 bits, got 401 digits"),
        ({"a": [1.0, -1.1e18]}, r"m: a must be at most 1e\+18, got -1.1e\+18"),
        ({"a": "x" * 4097}, "m: a must have at most 4096 characters, got 4097"),
        ({"a": "\ud800"}, r"m: a must be text in Unicode, got '\\ud800'"),
        ({"x" * 4097: 1}, "m: a name must have at most 4096 characters"),
        ({1: 1}, "m: a name must be text, got 1"),
        ({"a": b"x"}, "m: a must be a plain value, got bytes"),
    ],
)
def test_what_it_may_not(value, text):
    with pytest.raises(ValueError, match=f"^{text}"):
        check_values(value, "m")


@pytest.mark.parametrize(
    "topic, message, text",
    [
        (
            "detections",
            detection("a", confidence=0.5) | {"confidence": 1.5},
            "from 0 to 1, got 1.5",
        ),
        ("detections", detection("a") | {"probabilities": {"a": -1}}, "from 0 to 1, got -1"),
        ("detections", detection("a") | {"sample_rate": 1e-300}, "from 0.001 to 1e.15, got 1e-300"),
        ("emissions", EMISSION | {"duty": 2}, "emissions: duty must be from 0 to 1, got 2"),
        ("emissions", EMISSION | {"flags": ["dc"] * 17}, "flags must have at most 16 entries"),
        ("emissions", EMISSION | {"rx_time": [1]}, "rx_time must be a pair, got 1 numbers"),
        ("emissions", EMISSION | {"snr_db": 1e9}, "from -1000 to 1000"),
        ("spectra", SPECTRA | {"peak_db": [1.0]}, "must have equal lengths, got 1 and 2"),
        ("spectra", SPECTRA | {"sides": "x"}, "sides must be one of two, one, got 'x'"),
        ("stats", STATS | {"uptime_seconds": -1.0}, "uptime_seconds must be from 0 to 1e.11"),
        (
            "stats",
            STATS | {"latency_histogram": BUCKETS | {"counts": [1]}},
            "one count more, got 1",
        ),
        (
            "stats",
            STATS | {"latency_histogram": BUCKETS | {"upper_seconds": [2.0, 1.0, 3.0]}},
            "the edges of a histogram must rise",
        ),
    ],
)
def test_ranges_of_fields(topic, message, text):
    with pytest.raises(ValueError, match=text):
        schema.read(topic, message)


def test_bodies_that_are_no_message():
    good = json.dumps(STATS).encode()
    assert subscriber.decode([b"rfattn.stats", good], "rfattn") == ("stats", STATS)
    for frames, text in (
        ([b"rfattn.stats"], "1 frames instead of 2"),
        ([b"rfattn.stats", b" " * (subscriber.MAX_BYTES + 1)], "at most 200 bytes of topic and"),
        ([b"t" * 201, good], "at most 200 bytes of topic and"),
        ([b"rfattn.\xff", good], "not a message of gr-rfattn"),
        ([b"rfattn.stats", b"[" * 100_000], "not a message of gr-rfattn"),
        ([b"rfattn.stats", good.replace(b"0.002", b"NaN")], "not a message of gr-rfattn"),
        (
            [b"rfattn.stats", good.replace(b"100.0", b"1e400")],
            "time_unix_s must be a finite number",
        ),
    ):
        with pytest.raises(ValueError, match=text):
            subscriber.decode(frames, "rfattn")


def test_names_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(state, "_MAX_LABELS", 3)
    monkeypatch.setattr(state, "_MAX_TOPICS", 4)
    found = State()
    for i in range(3):
        found.add("detections", detection(f"label {i}", seq=i))
        found.add(f"topic {i}", {**ENVELOPE, "seq": i})
    with pytest.raises(ValueError, match="'detections': more than 3 names"):
        found.add("detections", detection("label 3", seq=3))
    with pytest.raises(ValueError, match="'topic 3': more than 4 names"):
        found.add("topic 3", {**ENVELOPE, "seq": 3})
    found.add("detections", detection("label 2", seq=4))
    assert sum(found.label_counts.values()) == 4 and "topic 3" not in found.missed


def test_wrong_labels_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(state, "_MAX_LABELS", 3)
    found = State()

    def end(id, label):
        about = {"sync": "AIS", "burst_count": 1, "label_without_frames": label}
        found.add("emissions", emission(id, "end", **about))

    for id in range(3):
        end(id, f"label {id}")
    with pytest.raises(ValueError, match="'emissions': more than 3 names"):
        end(3, "label 3")
    end(4, "label 2")
    assert sum(found.emissions.proofs.pairs.values()) == 4


def test_refused_messages_are_counted_across_restarts():
    found = State()
    found.refuse("why")
    found.add("stats", {**STATS, "seq": 5})
    found.add("stats", {**STATS, "seq": 0})
    assert (found.restarts, found.refused, found.problem) == (1, 1, "why")

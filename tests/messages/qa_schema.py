# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each message has its fields, of its types; and the blocks send what the schema defines."""

import pkgutil
import re
from dataclasses import fields, is_dataclass
from importlib import import_module

import numpy as np
import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn import messages
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.as_pmt import to_message, to_python
from gnuradio.rfattn.messages.emission import Emission, names_in
from gnuradio.rfattn.messages.entries import to_dict
from gnuradio.rfattn.messages.findings import Findings

from emission_messages import emission_message
from page_messages import EVENT, MODEL, SPECTRA, STATS, detection, emission

EXAMPLES = {
    "stats": STATS,
    "detections": detection("ft8"),
    "emissions": emission(
        bursts=[1000, 50],
        flags=["dc"],
        period_s=0.25,
        burst_start=2000,
        rx_time=[7, 0.5],
        label="ais",
        family="marine",
        confidence=0.5,
        probabilities={"ais": 0.5, "lte": 0.5},
        nearest=[{"name": "AIS", "score": 0.75}],
    ),
    "findings": {"id": 7, "frames": "DMR"},
    "frames": {"id": 7, "format": "AIS", "sample_start": 9, "bits": "00ff"},
    "decoded": {
        "id": 7,
        "source": "AIS",
        "text": "type 1",
        "bits": "00ff",
        "is_right": True,
        "fields": {"mmsi": 5, "name": "Ä", "speed": 1.5, "is_class_b": False},
    },
    "spectra": SPECTRA,
    "model": MODEL,
    "info": {"model": MODEL, "versions": {}},
    "edges": {"edge": 3, "state": "gone", "runs": 2, "tokens": 640, "tokens_dropped": 32},
    "events": EVENT,
    "requests": {"request": "e7/fm", "wanted": True},
    "audio": {"request": "e7/fm", "state": "on", "position": 480, "id": 7, "demodulation": "fm"},
}


@pytest.mark.parametrize("topic", EXAMPLES)
def test_a_message_becomes_an_object_of_its_class(topic):
    assert EXAMPLES.keys() == schema.MESSAGES.keys()
    found = schema.read(topic, EXAMPLES[topic])
    assert isinstance(found, schema.MESSAGES[topic])
    given = to_dict(found)
    assert schema.read(topic, given) == found
    known = {name for name in given if name in EXAMPLES[topic]}
    if topic not in ("model", "info"):  # whose model has fields that nobody reads
        assert all(given[name] == EXAMPLES[topic][name] for name in known)


@pytest.mark.parametrize(
    "topic, change, text",
    [
        ("stats", {"steps": None}, "stats: steps is missing"),
        ("stats", {"steps": -1}, "stats: steps must be a whole number >= 0, got -1"),
        ("stats", {"steps": 1.0}, "stats: steps must be a whole number >= 0, got 1.0"),
        ("stats", {"steps": True}, "stats: steps must be a whole number >= 0, got True"),
        ("stats", {"streams": "x"}, "stats: streams must be a whole number >= 0, got 'x'"),
        ("stats", {"budget_seconds": np.nan}, "stats: budget_seconds must be a finite number"),
        ("stats", {"wait_seconds": {}}, "stats: wait_seconds: count is missing"),
        ("stats", {"wait_seconds": 3}, "stats: wait_seconds: must be a dictionary, got 3"),
        (
            "stats",
            {"latency_histogram": {"upper_seconds": [1.0], "counts": [0.5], "sum_seconds": 1}},
            r"stats: latency_histogram: counts must be a list of whole numbers >= 0, got \[0.5\]",
        ),
        ("detections", {"label": 5}, "detections: label must be text, got 5"),
        ("detections", {"probabilities": {"a": "b"}}, "probabilities must be finite numbers by"),
        ("spectra", {"peak_db": ["x"]}, "spectra: peak_db must be a list of numbers"),
        ("emissions", {"state": "old"}, "state must be one of new, update, end, got 'old'"),
        ("emissions", {"bursts": [1, 2, 3]}, "bursts must be pairs, got 3 numbers"),
        ("emissions", {"bursts": [1, -2]}, "emissions: bursts must be a list of whole numbers"),
        ("emissions", {"freq_upper": 1.0}, "freq_upper must be >= freq_lower 446000000.0, got 1.0"),
        ("emissions", {"label": None}, "emissions: confidence must come with a label"),
        ("emissions", {"flags": "dc"}, "emissions: flags must be a list of texts, got 'dc'"),
        ("emissions", {"flags": [1]}, r"emissions: flags must be a list of texts, got \[1\]"),
        ("emissions", {"rx_time": [1, "x"]}, "emissions: rx_time must be a list of finite numbers"),
        ("emissions", {"nearest": {}}, "emissions: nearest must be a list, got {}"),
        ("emissions", {"nearest": [{"name": "AIS"}]}, "emissions: nearest: score is missing"),
        ("model", {"after": {}}, "model: after: attention is missing"),
    ],
)
def test_refusals(topic, change, text):
    with pytest.raises(ValueError, match=f"{text}"):
        schema.read(topic, EXAMPLES[topic] | change)


@pytest.mark.parametrize(
    ("frames", "text"),
    [(5, "frames must be text, got 5"), ("XYZ", "frames must be of DMR, .*, got 'XYZ'")],
)
def test_refusals_of_findings(frames, text):
    with pytest.raises(ValueError, match=f"^findings: {text}$"):
        schema.read("findings", {"id": 1, "frames": frames})


def test_findings_become_a_message_and_back():
    for frames in ("DMR", None):
        sent = to_python(to_message(Findings(7, frames)))
        assert schema.read("findings", sent) == Findings(7, frames)


@pytest.mark.parametrize("topic", ["frames", "decoded"])
def test_what_comes_from_the_air_is_no_symbol_at_a_port(topic):
    """A symbol is never freed."""
    found = schema.read(topic, EXAMPLES[topic])
    sent = to_message(found)
    bits = pmt.dict_ref(sent, pmt.intern("bits"), pmt.PMT_NIL)
    assert pmt.u8vector_elements(bits) == [0, 255]
    if topic == "decoded":
        text = pmt.dict_ref(sent, pmt.intern("text"), pmt.PMT_NIL)
        assert bytes(pmt.u8vector_elements(text)) == b"type 1"
    assert schema.read(topic, to_python(sent)) == found


@pytest.mark.parametrize(
    ("topic", "change", "text"),
    [
        ("frames", {"bits": "0g"}, "frames: bits must be hexadecimal digits of octets, got '0g'"),
        ("frames", {"bits": 5}, "frames: bits must be hexadecimal digits of octets, got 5"),
        ("frames", {"bits": "00" * 1001}, "frames: bits must have at most 2000 entries, got 2002"),
        ("frames", {"format": "XYZ"}, "frames: format must be of .*, AIS, .*, got 'XYZ'"),
        ("decoded", {"text": 5}, "decoded: text must be text, got 5"),
        ("decoded", {"text": "a" * 501}, "decoded: text must have at most 500 entries, got 501"),
        (
            "decoded",
            {"fields": {"a": [1]}},
            "decoded: fields must be texts, numbers and truth values by name, got {'a': .*",
        ),
        ("decoded", {"fields": {"a": np.inf}}, "decoded: fields must be texts, .*"),
        ("decoded", {"source": "a" * 61}, "decoded: source must have at most 60 entries, got 61"),
        (
            "decoded",
            {"bits": "00" * 1001},
            "decoded: bits must have at most 2000 entries, got 2002",
        ),
        (
            "decoded",
            {"fields": {"a": "b" * 501}},
            "decoded: fields: a must have at most 500 entries, got 501",
        ),
        (
            "decoded",
            {"fields": {"a" * 61: 1}},
            "decoded: a name of fields must have at most 60 entries, got 61",
        ),
    ],
)
def test_refusals_of_frames_and_what_they_state(topic, change, text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        schema.read(topic, EXAMPLES[topic] | change)


def test_what_is_no_dictionary_is_refused():
    with pytest.raises(ValueError, match=r"^stats: must be a dictionary, got \[1\]$"):
        schema.read("stats", [1])


def test_the_share_of_dropped_tokens():
    assert schema.read("stats", STATS).dropped_share() is None
    assert schema.read("stats", STATS | {"tokens_in": 0}).dropped_share() is None
    assert schema.read("stats", STATS | {"tokens_in": 256}).dropped_share() == 0.25
    rested = schema.read("stats", STATS | {"tokens_in": 192, "rested_tokens": 64})
    assert (rested.dropped_share(), rested.rested_share()) == (0.25, 0.25)


@pytest.mark.parametrize(
    "known, edges",
    [
        ({"sides": "one", "frequency": None}, (0.0, 24e3)),
        ({"sides": "two", "frequency": None}, (-24e3, 24e3)),
        ({"sides": "one", "frequency": 7e6}, (7e6, 7.024e6)),
        ({"sides": "two", "frequency": 7e6, "sample_rate": None}, (None, None)),
    ],
)
def test_edges_of_the_band(known, edges):
    assert schema.read("spectra", {**SPECTRA, "sample_rate": 48e3, **known}).edges() == edges


def test_every_field_has_a_text():
    names = [module.name for module in pkgutil.iter_modules(messages.__path__)]
    modules = [import_module(f"{messages.__name__}.{name}") for name in names]
    kinds = {value for module in modules for value in vars(module).values() if is_dataclass(value)}
    assert {*schema.MESSAGES.values()} <= kinds
    for kind in kinds:
        for field in fields(kind):
            assert re.fullmatch(r"\S.*\.", field.metadata["text"], re.DOTALL), field.name


def test_the_probe_sends_the_fields_of_the_schema():
    sent = to_python(rfattn.latency_probe(3).stats())
    found = to_dict(schema.read("stats", sent))
    assert sent.keys() == found.keys()
    assert pmt.is_dict(rfattn.latency_probe(3).stats())


def test_an_emission_comes_as_a_message():
    sent = emission(2**40, "update", bursts=[2**63 + 1, 50], flags=["dc", "edge"], rx_time=(7, 0.5))
    for values in (sent, emission()):
        message = emission_message(**values)
        found = schema.read("emissions", to_python(message))
        assert found == schema.read("emissions", values)
    assert schema.read("emissions", sent).burst_pairs() == [(2**63 + 1, 50)]


def test_a_sideband_names_the_emission_that_it_belongs_to():
    sent = emission(2, "update", flags=["edge", "sideband"], sideband_of=2**40 + 1)
    found = schema.read("emissions", to_python(emission_message(**sent)))
    assert found == schema.read("emissions", sent)
    assert found.is_sideband and found.sideband_of == 2**40 + 1
    other = schema.read("emissions", emission())
    assert not other.is_sideband and other.sideband_of is None
    assert "sideband_of" not in to_python(to_message(other))


@pytest.mark.parametrize("fields", [{"flags": ["sideband"]}, {"sideband_of": 1}])
def test_a_sideband_has_both_the_flag_and_the_other_emission(fields):
    text = "emissions: the flag sideband and sideband_of must come together"
    with pytest.raises(ValueError, match=f"^{text}$"):
        schema.read("emissions", emission(2, **fields))


def test_what_an_emission_gives():
    found = schema.read("emissions", emission())
    assert (found.width, found.middle, found.duration_s) == (1000.0, 446.0005e6, 1.0)
    assert found.is_live and not schema.read("emissions", emission(state="end")).is_live
    assert schema.read("emissions", emission(rx_rate=None)).duration_s is None


def test_the_fields_of_an_emission_are_in_views_that_exist():
    found = {view for field in fields(Emission) for view in field.metadata["views"]}
    assert found == {"json", "fact", "note", "mcp", "label"}
    assert names_in("json")[:3] == ("id", "sample_start", "sample_count")


def test_an_event_of_the_receiver_has_no_transmitter():
    event = {"event": "receiver", "time_unix_s": 9.0, "since_unix_s": 8.0, "receiver": "vhf"}
    event |= {"works": False, "text": "no samples since 15:04:05"}
    read = schema.read("events", event)
    assert (read.transmitter, read.works) == (None, False)
    with pytest.raises(ValueError, match="events: missing needs transmitter and frequency"):
        schema.read("events", {**event, "event": "missing"})

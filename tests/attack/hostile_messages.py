# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes hostile statistics messages from good ones: the same seed gives the same messages."""

import copy
import json
import random
from dataclasses import dataclass

from page_messages import BUCKETS, EMISSION, ENVELOPE, MODEL, SPECTRA, STATS, detection

GOOD = {
    "stats": STATS,
    "detections": {**detection("lte"), "stream": 3, "frequency": 433.92e6, "sample_rate": 1e6},
    "emissions": {**EMISSION, "label": "lte", "confidence": 0.9, "probabilities": {"lte": 0.9}},
    "decoded": {
        **ENVELOPE,
        "id": 1,
        "source": "AIS",
        "text": "type 1",
        "sample_start": 5,
        "is_right": True,
        "is_private": False,
        "bits": "00ff",
        "fields": {"mmsi": 211234560, "name": "ANNA"},
    },
    "spectra": SPECTRA,
    "model": MODEL,
    "info": {**ENVELOPE, "versions": {"rfattn": "1"}, "parameters": {}, "model": MODEL},
}
"""A good message of each topic."""

VALUES = {
    "null": None,
    "true": True,
    "text": "text",
    "empty text": "",
    "long text": "x" * 100_000,
    "control characters": "\x1b]0;owned\x07\x1b[31m\r\n\x9b2J",
    "markup": "[/bold][red]x[/]",
    "lone surrogate": "\ud800",
    "right-to-left": "\u202egpj.exe",
    "script": "</script><script>alert(1)</script>",
    "zero": 0,
    "minus one": -1,
    "minus zero": -0.0,
    "half": 0.5,
    "huge": 1e308,
    "minus huge": -1e308,
    "tiny": 5e-324,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "2^53": 2**53,
    "2^63": 2**63,
    "2^64": 2**64,
    "400 digits": 10**400,
    "minus 400 digits": -(10**400),
    "empty list": [],
    "list": [1, "a", None],
    "nested list": [[[[1]]]],
    "long list": [0.5] * 20_000,
    "list of texts": ["a", 1],
    "empty object": {},
    "object": {"a": {"b": "c"}},
    "object of numbers": {"a": 1, "b": "x"},
    "many names": {f"name {i}": 0.001 for i in range(3000)},
    "unequal histogram": {**BUCKETS, "counts": [1]},
    "edges of null": {**BUCKETS, "upper_seconds": [None, 1.0, 0.5]},
}
"""Values to put in the place of any other."""

_BODIES = {
    "nothing": b"",
    "a word": b"hello",
    "no object": b"[1, 2, 3]",
    "a number": b"5",
    "bytes that are no text": b"\xff\xfe\x00" * 50,
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep in a field": b'{"schema": 1, "seq": 0, "time_unix_s": 1, "steps": ' + b"[" * 99_999,
    "closed deep list": b"[" * 5000 + b"]" * 5000,
    "5000 digits": b'{"schema": 1, "seq": ' + b"9" * 5000 + b"}",
    "1e400": b'{"schema": 1, "seq": 1, "time_unix_s": 1e400}',
    "only an envelope": json.dumps(ENVELOPE).encode(),
    "another schema": json.dumps({**STATS, "schema": 9}).encode(),
    "no schema": json.dumps({"seq": 1}).encode(),
    "no time": json.dumps({"schema": 1, "seq": 1}).encode(),
    "10 MB": b'{"schema": 1, "x": "' + b"x" * 10_000_000 + b'"}',
    "two objects": b"{}{}",
    "a NUL": b'{"schema": 1, "seq": 0, "a\x00": 1}',
    "UTF-16": json.dumps(STATS).encode("utf-16"),
}

_TOPICS = (
    b"rfattn.",
    b"rfattn.x",
    b"rfattn.\xff\xfe",
    b"rfattn.\x1b[31m",
    b"rfattn." + b"t" * 9999,
)


@dataclass(frozen=True)
class Hostile:
    """The frames of a message, and what is wrong with them."""

    name: str
    frames: list[bytes]


def hostile_messages(seed: int, count: int) -> list[Hostile]:
    """``count`` messages: first every raw body, then mutations of good messages."""
    draw = random.Random(seed)
    raw = [_raw(name, body, draw) for name, body in _BODIES.items()]
    mutated = [_mutated(draw, number) for number in range(max(0, count - len(raw)))]
    return (raw + mutated)[:count]


def _raw(name: str, body: bytes, draw: random.Random) -> Hostile:
    topic = draw.choice(list(GOOD))
    return Hostile(f"{topic}: {name}", [f"rfattn.{topic}".encode(), body])


def _mutated(draw: random.Random, number: int) -> Hostile:
    topic = draw.choice(list(GOOD))
    message = {**copy.deepcopy(GOOD[topic]), "seq": number}
    change = draw.choice([_replace] * 12 + [_remove, _add, _rename, _damage, _frames])
    return change(draw, topic, message)


def _encoded(message: dict) -> bytes:
    return json.dumps(message).encode()


def _place(draw: random.Random, message: dict):
    """A container within a message and one of its keys, and the names on the way to it."""
    container, path = message, []
    while True:
        keys = list(container) if isinstance(container, dict) else range(len(container))
        key = draw.choice(list(keys))
        path.append(str(key))
        inner = container[key]
        if not (isinstance(inner, dict | list) and inner) or draw.random() < 0.4:
            return container, key, ".".join(path)
        container = inner


def _replace(draw, topic, message) -> Hostile:
    container, key, path = _place(draw, message)
    name = draw.choice(list(VALUES))
    container[key] = VALUES[name]
    return Hostile(f"{topic}: {path} = {name}", [f"rfattn.{topic}".encode(), _encoded(message)])


def _remove(draw, topic, message) -> Hostile:
    container, key, path = _place(draw, message)
    del container[key]
    return Hostile(f"{topic}: without {path}", [f"rfattn.{topic}".encode(), _encoded(message)])


def _add(draw, topic, message) -> Hostile:
    name = draw.choice(list(VALUES))
    message[draw.choice(["label", "family", "stream", "rx_time", "flags", "nearest", "extra"])] = (
        VALUES[name]
    )
    return Hostile(f"{topic}: with {name}", [f"rfattn.{topic}".encode(), _encoded(message)])


def _rename(draw, topic, message) -> Hostile:
    container, key, path = _place(draw, message)
    if isinstance(container, list):
        return _remove(draw, topic, message)
    new = draw.choice(["", "\ud800", "\x1b[2J", "k" * 50_000, "__proto__", "[/x]"])
    container[new] = container.pop(key)
    text = f"{topic}: {path} renamed to {new!r:.20}"
    return Hostile(text, [f"rfattn.{topic}".encode(), _encoded(message)])


def _damage(draw, topic, message) -> Hostile:
    body = bytearray(_encoded(message))
    for _ in range(draw.randint(1, 8)):
        body[draw.randrange(len(body))] = draw.randrange(256)
    end = draw.choice([len(body), draw.randrange(len(body))])
    return Hostile(f"{topic}: bytes changed", [f"rfattn.{topic}".encode(), bytes(body[:end])])


def _frames(draw, topic, message) -> Hostile:
    name, body = f"rfattn.{topic}".encode(), _encoded(message)
    frames = [[name], [name, body, body], [name, b""], [draw.choice(_TOPICS), body]]
    return Hostile(f"{topic}: other frames", draw.choice(frames))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what hostile edges send to a host: the same seed gives the same messages.

A case is one run of an edge: its hello, and some messages whose numbers mostly follow each other,
so that what they hold reaches the flowgraph.
"""

import copy
import json
import random
import struct

from gnuradio.rfattn.link import wire

from hostile_messages import VALUES
from page_messages import emission

_COUNTS = (0, 1, 2, 3, 255, 2**31 - 1, 2**31, 2**53 + 1, 2**62 - 1, 2**62)
_STREAMS = (0, 1, 1, 1, 2, 2, 3, 4095, 10**9 - 1)
_RATES = (1e-3, 0.3, 1.0, 1e6, 2.4e6, 1e15)
_FREQUENCIES = (0.0, -1e15, 1e15, 433.92e6, 5)
_TIMES = ([0, 0.0], [1e11, 0.999999999], [7, 0.25])
_NO_TIMES = ([7, 1.0], [0.5, 0.5], [-1, 0.5], [])
_AMOUNTS = (-60.0, -200.0, 0.0, -0.0, 1e-45, 1e12, -1e12, 3.4e38, float("inf"), float("nan"))
_FORMATS = ("AIS", "Mode S", "Z-Wave", "AFSK HDLC", "HDLC FSK", "HDLC PSK", "DMR", "\x1b[31m")
_STATES = ("new", "update", "end", "lost", "")


class HostileRun:
    """One run of a hostile edge.

    Args:
        draw: the random generator.
        edge: its number, mostly.
        front_end, features, n_values: those of the tokens that the host takes.
    """

    def __init__(self, draw: random.Random, edge: int, front_end: dict, features: list, n_values):
        self._draw, self._edge = draw, edge
        self._form = {"front_end": front_end, "features": features, "n_values": n_values}
        self._position = 0
        self._numbers = {
            "session": f"{draw.getrandbits(64):016x}",
            "seq": self._rarely(0, (7, 2**62 - 5)),
            "tokens": self._rarely(0, (2**62 - 9, 2**61)),
            "messages": self._rarely(0, (2**62, 2**61)),
            "tokens_dropped": self._rarely(0, (2**62, 2**61)),
            "messages_dropped": self._rarely(0, (2**62, 2**61)),
        }

    def messages(self) -> list[list[bytes]]:
        """The frames of each message, in order."""
        draw = self._draw
        makers = (
            self._tokens,
            self._tokens,
            self._tokens,
            self._emission,
            self._findings,
            self._frame,
            self._decoded,
            self._alive,
            self._hello,
        )
        made = [self._hello()]
        for _ in range(draw.randint(1, 10)):
            made.append(draw.choice(makers)())
            if draw.random() < 0.05:
                made.append(draw.choice(made))  # sent again
        if draw.random() < 0.8:
            made.append([_encoded("bye", self._numbers)])
        return [self._damaged(frames) for frames in made]

    def _hello(self) -> list[bytes]:
        return [_encoded("hello", self._numbers, version=wire.VERSION, edge=self._edge)]

    def _alive(self) -> list[bytes]:
        live = [self._draw.choice(_STREAMS) for _ in range(self._draw.randint(0, 3))]
        return [_encoded("alive", self._numbers, live=live)]

    def _emission(self) -> list[bytes]:
        draw = self._draw
        message = emission(
            draw.choice((1, 1, 2, 10**9 - 1)),
            draw.choice(_STATES[:3]),
            sample_start=draw.choice(_COUNTS),
            sample_count=draw.choice(_COUNTS),
            sample_now=draw.choice(_COUNTS),
            freq_lower=draw.choice((0.0, -1e15, 446e6, 5)),
            burst_count=draw.choice(_COUNTS),
            bursts=draw.choice(([], [0, 5], [2**63 - 1, 1], [3])),
            rx_rate=draw.choice(_RATES),
            segment=draw.choice((0, 0, 1, 2**62)),
        )
        for _ in range(draw.choice((0, 0, 1, 2))):
            name = draw.choice(list(message) + ["label", "probabilities", "rx_time", "nearest"])
            message[name] = draw.choice(list(VALUES.values()))
        return self._message("emissions", message)

    def _findings(self) -> list[bytes]:
        draw = self._draw
        message = {"id": draw.choice((1, 1, 2, 10**9 - 1)), "frames": "DMR"}
        return self._message("findings", self._changed(message))

    def _frame(self) -> list[bytes]:
        draw = self._draw
        message = {
            "id": draw.choice((1, 1, 2, 10**9 - 1)),
            "format": draw.choice(_FORMATS),
            "sample_start": draw.choice(_COUNTS),
            "bits": draw.randbytes(draw.choice((0, 1, 2, 3, 7, 11, 14, 16, 21, 50, 900))).hex(),
        }
        return self._message("frames", self._changed(message))

    def _decoded(self) -> list[bytes]:
        """What no edge may send: its host reads the frames."""
        message = {"id": 1, "source": "AIS", "text": "type 1", "fields": {"mmsi": 1}}
        return self._message("decoded", self._changed(message))

    def _changed(self, message: dict) -> dict:
        """The message, of every other one with a value replaced or added."""
        draw = self._draw
        if draw.random() < 0.5:
            message[draw.choice([*message, "x"])] = draw.choice(list(VALUES.values()))
        return message

    def _message(self, topic: str, message: dict) -> list[bytes]:
        frames = [_encoded("message", self._numbers, topic=topic, message=message)]
        self._follow(messages=1)
        return frames

    def _tokens(self) -> list[bytes]:
        draw, runs = self._draw, []
        for _ in range(draw.choice((1, 1, 1, 2, 5))):
            runs.append(self._run())
        count = sum(run["count"] for run in runs)
        frames = [
            _encoded("tokens", self._numbers, **{**self._form, "runs": runs}),
            self._values(count),
        ]
        self._follow(tokens=count)
        return frames

    def _run(self) -> dict:
        """Tokens of a stream, which mostly continue where the last ones ended."""
        draw = self._draw
        count = draw.choice((1, 2, 8, 16, 31))
        segment = {"stream": draw.choice(_STREAMS), "segment": 0, "sample_start": 0}
        if draw.random() < 0.3:
            names = ("segment", "sample_start", "retunes", "overflows", "rested_tokens")
            segment |= {name: draw.choice(_COUNTS) for name in names if draw.random() < 0.5}
        segment |= {
            "samples_per_token": draw.choice((64, 64, 0, 1, 2**32)),
            "token_samples": draw.choice((64, 64, 0, 2**32)),
        }
        for name, values in (("rx_rate", _RATES), ("rx_freq", _FREQUENCIES), ("rx_time", _TIMES)):
            if draw.random() < 0.5:
                segment[name] = draw.choice(values)
        if draw.random() < 0.01:
            segment["rx_time"] = draw.choice(_NO_TIMES)
        skip = self._rarely(self._position, _COUNTS)
        self._position += count
        ended = [draw.choice(_STREAMS) for _ in range(draw.choice((0, 0, 0, 1, 3)))]
        marked = [draw.randrange(count) for _ in range(draw.choice((0, 0, 2)))]
        return {
            "count": count,
            "skip": skip,
            "segment": segment,
            "ended": ended,
            "non_finite": marked,
        }

    def _values(self, count: int) -> bytes:
        draw, many = self._draw, count * self._form["n_values"]
        amounts = [draw.gauss(-60.0, 20.0) for _ in range(many)]
        if draw.random() < 0.5:
            known = _AMOUNTS[: self._rarely(7, (10,))]
            amounts = [draw.choice(known) for _ in range(many)]
        return struct.pack(f"<{many}f", *amounts)

    def _rarely(self, usual, others):
        """``usual``, or one time in ten one of ``others``."""
        return self._draw.choice(others) if self._draw.random() < 0.1 else usual

    def _follow(self, tokens=0, messages=0) -> None:
        """Counts a message that was sent; at times it is one that never comes."""
        draw = self._draw
        self._numbers["seq"] += 1
        self._numbers["tokens"] += tokens
        self._numbers["messages"] += messages
        if draw.random() < 0.1:
            name = draw.choice(list(self._numbers)[1:])
            self._numbers[name] = max(0, self._numbers[name] + draw.choice((-1, 1, 100, 2**61)))

    def _damaged(self, frames: list[bytes]) -> list[bytes]:
        """The frames, of every eighth message with something wrong."""
        draw = self._draw
        if draw.random() > 0.12:
            return frames
        head, *rest = frames
        way = draw.randrange(6)
        if way == 0:
            return [_replaced(draw, head), *rest]
        if way == 1:
            return [head[: draw.randrange(len(head))], *rest]
        if way == 2:
            return [head, *(part[: draw.randrange(len(part))] for part in rest)]
        if way == 3:
            return [head, *rest, b"more"]
        if way == 4:
            noise = bytearray(head)
            for _ in range(draw.randint(1, 8)):
                noise[draw.randrange(len(noise))] = draw.randrange(256)
            return [bytes(noise), *rest]
        return [head]


def _encoded(kind: str, numbers: dict, **fields) -> bytes:
    return json.dumps({"kind": kind, **numbers, **fields}).encode()


def _replaced(draw: random.Random, head: bytes) -> bytes:
    """The message with one value replaced by another, or removed."""
    container = message = copy.deepcopy(json.loads(head))
    while True:
        keys = list(container if isinstance(container, dict) else range(len(container)))
        key = draw.choice(keys)
        inner = container[key]
        if not (isinstance(inner, dict | list) and inner) or draw.random() < 0.3:
            break
        container = inner
    if draw.random() < 0.2:
        del container[key]
    else:
        container[key] = draw.choice(list(VALUES.values()))
    return json.dumps(message).encode()

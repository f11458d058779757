# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bits of frames, from what the `sent` table of a format says of their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from gnuradio.rfattn.checked import suggestion

from ...waves.waveform import Rng, bits, choice, log_uniform
from ..mobile_radio.mobile_content import Messages, Speech
from ..parts import framing, packets
from ..parts.air import Content

_TOKEN = re.compile(r"\s*(?:([^\s()]*)(\()|([^\s()]+)|(\)))")
_COUNT = re.compile(r"~?\d+(\.\d+)?(\.\.\d+)?")
_THREE_OF_SIX = np.array(
    [0x16, 0x0D, 0x0E, 0x0B, 0x1C, 0x19, 0x1A, 0x13, 0x2C, 0x25, 0x26, 0x23, 0x34, 0x31, 0x32, 0x29]
)
"""Codes of six chips with three ones (EN 13757-4, table of mode T)."""
Node = tuple[str, tuple | None]
"""A name, and what stands behind it in brackets; None: there are no brackets."""


def pick(rng: Rng, value):
    """One of a list, or of a table of weights such as {4500 = 3}; what is neither, itself."""
    if isinstance(value, Mapping):
        weights = np.array(list(value.values()), float)
        return str(rng.choice(list(value), p=weights / weights.sum()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return choice(rng, value)
    return value


def draw(rng: Rng, value) -> float:
    """Draws a number: what is picked, or of a range such as "300..2e3", whose logarithm is
    uniform."""
    low, _, high = str(pick(rng, value)).partition("..")
    return log_uniform(rng, float(low), float(high)) if high else float(low)


def _blocks(data: np.ndarray) -> np.ndarray:
    """A remainder by 0x3D65, inverted, behind each 16 octets, the first 10 (EN 13757-4)."""
    cuts = [0, *range(80, len(data), 128), len(data)]
    parts = [data[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]
    return np.concatenate([x for p in parts for x in (p, 1 - packets.remainder(p, 16, 0x3D65))])


def _three_of_six(data: np.ndarray) -> np.ndarray:
    codes = _THREE_OF_SIX[data.reshape(-1, 4) @ [8, 4, 2, 1]]
    return (codes[:, None] >> np.arange(5, -1, -1) & 1).ravel()


def _pn9(data: np.ndarray) -> np.ndarray:
    """Whitened as chips such as CC1101 do: octets of PN9, their first bit as the lowest."""
    octets = np.resize(packets.seeded_period((4, 9), 9, 0x1FF), len(data) + -len(data) % 8)
    return data ^ octets.reshape(-1, 8)[:, ::-1].ravel()[: len(data)]


def _bch31(data: np.ndarray) -> np.ndarray:
    """21 bits, 10 of the code BCH (31, 21) and one of even parity (ITU-R M.584)."""
    word = np.concatenate([data, packets.remainder(data, 10, 0b1101101001)])
    return np.append(word, word.sum() & 1)


CODES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "3of6": _three_of_six,
    "bch31": _bch31,
    "blocks": _blocks,
    "inverted": lambda data: 1 - data,
    "k7": framing.convolve,
    "manchester": packets.manchester,
    "differential": packets.differential_manchester,
    "manchester0": lambda data: packets.manchester(data, 0),
    "pn9": _pn9,
    "start-stop": lambda data: np.pad(
        data.reshape(-1, 8)[:, ::-1], ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))
    ).ravel(),
}
"""What may be done with the bits in brackets."""


@lru_cache
def parse(text: str) -> tuple[Node, ...]:
    """The parts of an expression.

    Raises:
        ValueError: brackets do not match.
    """
    stack: list[list] = [[]]
    names: list[str] = []
    for name, opens, word, closes in _TOKEN.findall(text):
        if opens:
            names.append(name)
            stack.append([])
        elif closes and names:
            inner = tuple(stack.pop())
            stack[-1].append((names.pop(), inner))
        elif closes:
            raise ValueError(f"a bracket too much in {text}")
        else:
            stack[-1].append((word, None))
    if names:
        raise ValueError(f"a bracket is missing in {text}")
    return tuple(stack[0])


class BitParts:
    """Makes the bits that one transmitter sends: what it keeps, such as its address, is drawn once.

    Args:
        spec: the keys of a format and of a `sent` table; see docs/services.md for its parts.
    """

    def __init__(self, rng: Rng, spec: Mapping):
        self._rng, self._spec = rng, spec
        self._parts = spec.get("parts", {})
        self._kept: dict = {}

    def bits(self, text: str) -> np.ndarray:
        """The bits of an expression: int64 [n].

        Raises:
            ValueError: in one line that names the format, and what is unknown or wrong in it.
        """
        try:
            return self._all(parse(text))
        except ValueError as error:
            raise ValueError(f"{self._spec['name']}: sent: {error}") from None

    def _all(self, nodes: tuple[Node, ...]) -> np.ndarray:
        return np.concatenate([np.zeros(0, np.int64), *map(self._one, nodes)])

    def _one(self, node: Node) -> np.ndarray:
        name, inner = node
        if inner is None:
            return self._plain(name)
        if _COUNT.fullmatch(name):
            return self._all(inner * self._count(name))
        if name in ("checked", *CODES):
            data = self._all(inner)
            return self._checked(data) if name == "checked" else CODES[name](data)
        if made := getattr(self, f"_{name.replace('-', '_')}_source", None):
            return made(node, self._count(inner[0][0]))
        known = suggestion(name, (*CODES, "checked", *SOURCES))
        raise ValueError(f"unknown {name}(){known}")

    def _plain(self, name: str) -> np.ndarray:
        if name in self._parts:
            part = self._parts[name]
            if isinstance(part, Mapping):
                return self._all(parse(pick(self._rng, part)))
            return self._all(parse(self._keep(name, lambda: pick(self._rng, part))))
        if found := re.fullmatch(r"word(\d*)", name):
            words = self._spec.get("words", ())
            number = int(found[1] or 1)
            if not 0 < number <= len(words):
                raise ValueError(f"{name}: the format has {len(words)} words")
            return self._all(parse(words[number - 1]))
        if name[0] == "*" and _COUNT.fullmatch(name[1:]):
            return bits(self._rng, self._count(name[1:]))
        if re.fullmatch("0b[01]+", name):
            return np.array([int(bit) for bit in name[2:]])
        if re.fullmatch("[0-9A-F]+", name):
            return packets.number_bits(int(name, 16), 4 * len(name))
        raise ValueError(f"unknown part {name}{suggestion(name, self._parts)}")

    def _count(self, text: str) -> int:
        """A number; of a range one that the transmitter keeps; ~ before the mean of those drawn
        anew each time, of at least 1."""
        if text.startswith("~"):
            return int(self._rng.geometric(1 / float(text[1:])))
        return self._keep(("count", text), lambda: round(draw(self._rng, text)))

    def _keep(self, key, make: Callable):
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _checked(self, data: np.ndarray) -> np.ndarray:
        """With the checksum that the format's `crc` states behind."""
        if "crc" not in self._spec:
            raise ValueError("checked() needs a format with crc")
        count, polynomial, first, right = self._spec["crc"]
        top = 1 << (count - 1)
        for _ in range(count):  # what must be in the register before the checksum
            is_odd = right & 1 & (polynomial & 1)
            right = (right ^ polynomial) >> 1 | top if is_odd else right >> 1
        behind = packets.number_bits(right, count)
        return np.concatenate([data, packets.remainder(data, count, polynomial, first) ^ behind])

    def _every_source(self, node: Node, count: int) -> np.ndarray:
        """A part behind each so many bits of others, with zeros at the end."""
        _, part, *others = node[1]
        data = self._all(tuple(others))
        data = np.pad(data, (0, -len(data) % count)).reshape(-1, count)
        added = np.tile(self._one(part), (len(data), 1))
        return np.concatenate([data, added], axis=1).ravel()

    def _messages_source(self, node: Node, count: int) -> np.ndarray:
        return self._keep(node, lambda: Messages(self._rng, count)).message()

    def _fixed_source(self, node: Node, count: int) -> np.ndarray:
        return self._keep(node, lambda: bits(self._rng, count))

    def _content_source(self, node: Node, count: int) -> np.ndarray:
        return self._keep(node, lambda: Content(self._rng, count))()

    def _payload_source(self, node: Node, count: int) -> np.ndarray:
        return framing.payload(self._rng, count)

    def _speech_source(self, node: Node, count: int) -> np.ndarray:
        return self._keep(node, lambda: Speech(self._rng, count)).frame()

    def _decimal_source(self, node: Node, count: int) -> np.ndarray:
        digits = self._rng.integers(0, 10, count)
        return (digits[:, None] >> np.arange(3, -1, -1) & 1).ravel()


SOURCES = {
    "fixed": "bits that a transmitter keeps",
    "content": "octets of which some count, some change a little, and most stay",
    "payload": "octets of telemetry: values, fill, text, counters",
    "every": "a part behind each so many bits of what follows, zeros at the end",
    "messages": "bits of control channels, of which some return",
    "speech": "bits of a frame of coded speech",
    "decimal": "digits of four bits",
}
"""What fills fields; the number in brackets says how much."""

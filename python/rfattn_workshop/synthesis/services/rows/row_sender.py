# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the signals of a service from the `sent` tables of its formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from gnuradio.rfattn.catalogue.formats import FormatRow
from gnuradio.rfattn.checked import suggestion
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, choice
from ..mobile_radio.mobile_modem import (
    crop,
    deviate,
    levels,
    make_pulse,
    modulate_frequency,
    modulate_gaussian,
    on_air,
    raised_cosine,
    root_raised_cosine,
    send_overs,
    shape,
)
from ..parts.air import send_messages
from ..parts.fsk_transmitter import draw_fsk
from ..parts.shaping import continuous, smooth_rate
from .bit_parts import BitParts, draw, pick

_EIGHTHS = np.array([0, 1, 3, 2, 7, 6, 4, 5])
"""Of a turn, for three bits of D8PSK, the first as the highest."""
_KEYS = (
    "baud begin burst carrier_hz copies copy_pause_s deviation_hz end flipped modulation on_air "
    "parts pause_s period_s ppm pulse ramp_s repeat share stations tones_hz"
).split()
_TIMES = ("always", "overs", "bursts")
_PULSES = {
    "rrc": root_raised_cosine,
    "rc": raised_cosine,
    "c4fm": lambda rolloff: lambda f: raised_cosine(rolloff)(f) / np.sinc(np.minimum(f, 0.9)),
    "boxed": lambda rolloff: lambda f: root_raised_cosine(rolloff)(f) * np.sinc(f),
}
"""The spectra of pulses by roll-off; c4fm (TIA-102.BAAA) is over the spectrum of a symbol's box."""
_SPREAD_DB = 14.0
"""Of the levels of several stations."""


def sender(rows: Sequence[FormatRow]) -> Callable[[Rng, float], Signal]:
    """A service that sends by one of the `sent` tables of the rows, each with its share.

    Raises:
        ValueError: a table has no such key or value; the line names it.
    """
    specs = [spec for row in rows for spec in _specs(row)]
    shares = np.array([float(spec.get("share", 1.0)) for spec in specs])

    def make(rng: Rng, seconds: float) -> Signal:
        spec = specs[int(rng.choice(len(specs), p=shares / shares.sum()))]
        return _Transmitter(rng, spec).signal(seconds)

    return make


def frame_s(rows: Sequence[FormatRow]) -> float:
    """The longest of some bursts, or what is repeated, of the rows: s. Raises as a sender does."""
    rng, lengths = np.random.default_rng(1), []
    for spec in (spec for row in rows for spec in _specs(row)):
        made = _Transmitter(rng, spec)
        text = spec["burst"] if spec["on_air"] == "bursts" else spec["repeat"]
        lengths += [made.length_s(text) for _ in range(4)]
    return max(lengths)


def _specs(row: FormatRow) -> list[dict]:
    """What is known of each way to send a row. A table has what the first one states, too."""
    return [_checked(row, {**row.sent[0], **sent}) for sent in row.sent]


def _checked(row: FormatRow, sent: dict) -> dict:
    where = f"{row.name}: sent"
    for key in sent:
        if key not in _KEYS:
            raise ValueError(f"{where}: unknown key {key}{suggestion(key, _KEYS)}")
    kind = sent.get("on_air")
    if kind not in _TIMES:
        raise ValueError(f"{where}: on_air must be of {', '.join(_TIMES)}, got {kind}")
    for needed in ("burst" if kind == "bursts" else "repeat", "carrier_hz"):
        if needed not in sent:
            raise ValueError(f"{where}: {kind} need {needed}")
    spec = {"pulse": "rect", **row.keys, **sent, "name": row.name}
    pulses = ("rect", "gauss", "lowpass", *_PULSES)
    given = [spec["pulse"]] if isinstance(spec["pulse"], str) else [*spec["pulse"]]
    if strange := [text for text in given if text.partition(" ")[0] not in pulses]:
        raise ValueError(f"{where}: pulse must be of {', '.join(pulses)}, got {strange[0]}")
    if spec.get("modulation") not in _SYMBOLS:
        known = ", ".join(sorted(_SYMBOLS))
        raise ValueError(f"{where}: modulation must be of {known}, got {spec.get('modulation')}")
    return spec


def _turned(eighths: np.ndarray) -> np.ndarray:
    return np.exp(0.25j * np.pi * np.cumsum(eighths))


def _triples(bits: np.ndarray) -> np.ndarray:
    return bits[: len(bits) // 3 * 3].reshape(-1, 3) @ [4, 2, 1]


def _pairs(bits: np.ndarray) -> np.ndarray:
    return levels(bits[: len(bits) // 2 * 2])


_SYMBOLS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "fsk2": lambda bits: 1.0 - 2.0 * bits,
    "fsk2-nrzi": lambda bits: 1.0 - 2.0 * (np.cumsum(1 - bits) % 2),
    "msk": lambda bits: 1.0 - 2.0 * (bits ^ np.concatenate([bits[:1], bits[:-1]])),
    "fsk4": lambda bits: _pairs(bits) / 3,
    "bpsk": lambda bits: (1.0 - 2.0 * bits).astype(complex),
    "dbpsk": lambda bits: _turned(4 * bits),
    "dqpsk": lambda bits: _turned(_pairs(bits)),
    "d8psk": lambda bits: _turned(_EIGHTHS[_triples(bits)]),
}
"""By modulation: levels from -1 to 1, or points of the phase, as lib/words/word_symbols.h has
them."""


def _per_symbol(baud: float, least_hz: float) -> int:
    """Samples of a symbol at a rate that scenes take, which changes the baud by 1e-4 at most, or as
    little as can be."""
    least = int(np.ceil(least_hz / baud))

    def change(count: int) -> float:
        return max(smooth_rate(count * baud) / (count * baud) - 1, 1e-4)

    return min(range(least, 3 * least), key=change)


class _Transmitter:
    """One transmitter with its filter, deviation, error and contents."""

    def __init__(self, rng: Rng, spec: Mapping):
        self._rng, self._spec = rng, spec
        self._parts = BitParts(rng, spec)
        self._baud = draw(rng, spec["baud"])
        self._symbols = _SYMBOLS[spec["modulation"]]
        self._each = 6 // len(self._symbols(np.zeros(6, np.int64)))  # bits of a symbol
        self._is_phase = np.iscomplexobj(self._symbols(np.zeros(6, np.int64)))
        self._tones = spec.get("tones_hz")
        self._deviation = deviation = draw(rng, spec.get("deviation_hz", self._baud / 4))
        if "deviation_hz" in spec:
            self._deviation *= deviate(rng)
        if rng.random() < spec.get("flipped", 0.0):
            self._deviation *= -1
        self._pulse, _, width = str(pick(rng, spec["pulse"])).partition(" ")
        self._edge = draw(rng, width) if width else 0.0
        half = 0.5 * self._baud if self._is_phase else deviation + 0.7 * self._baud
        if self._tones:
            half = deviation + max(self._tones)
        least = max(2 * half * rng.uniform(1.8, 3.2), 2.5 * self._baud)
        self._per_symbol = _per_symbol(self._baud, least)
        self._rate = smooth_rate(self._per_symbol * self._baud)
        self._baud = self._rate / self._per_symbol
        self._stations = max(1, round(draw(rng, spec.get("stations", 1))))
        ppm = draw(rng, spec.get("ppm", 20))
        self._error_hz = min(ppm * 1e-6 * draw(rng, spec["carrier_hz"]), 0.1 * self._rate)
        self._fsk = None
        is_plain = self._pulse in ("rect", "gauss") and not (self._is_phase or self._tones)
        if spec["on_air"] == "bursts" and is_plain:
            self._rate, bt = smooth_rate(least), self._edge or None
            self._fsk = draw_fsk(rng, self._rate, self._baud, self._deviation, bt)

    def signal(self, seconds: float) -> Signal:
        rng, rate, spec = self._rng, self._rate, self._spec
        ramp_s = draw(rng, spec.get("ramp_s", "3e-4..5e-3"))
        if spec["on_air"] == "always":
            count = round(seconds * rate)
            symbols = self._stream(2 * seconds)
            symbols = symbols[: len(symbols) // self._each * self._each].reshape(-1, self._each)
            wave = self._wave(crop(rng, symbols, round(seconds * self._baud) + 24).ravel())
            return on_air(
                rng, continuous(wave[:count], seconds, rate).samples, rate, self._error_hz
            )
        if spec["on_air"] == "overs":
            wave = send_overs(rng, seconds, rate, self._over, ramp_s)
            return on_air(rng, wave, rate, self._error_hz)
        copies = round(draw(rng, spec.get("copies", 1)))
        inner = draw(rng, spec.get("copy_pause_s", "2e-3..0.1"))
        pause, period = draw(rng, spec.get("pause_s", "0.2..10")), spec.get("period_s")

        stations = [
            (
                BitParts(rng, spec),
                rng.uniform(-self._error_hz, self._error_hz) / rate,
                10 ** (rng.uniform(-_SPREAD_DB, 0) / 20 * (k > 0)),
            )
            for k in range(self._stations)
        ]

        def message():
            parts, offset, level = choice(rng, stations)
            wave = self._wave(parts.bits(spec["burst"]))
            if self._fsk is None:
                wave = wave * ramps(len(wave), min(ramp_s, 4 / self._baud) * rate)
            wave = level * wave * carrier(offset, len(wave), rng.random())
            last = max(period - len(wave) / rate, 0.0) if period else inner
            return [(wave.astype(np.complex64), last)] * copies

        def between():
            return 0.0 if period else pause * rng.uniform(0.7, 1.3)

        return send_messages(rng, seconds, rate, message, between)

    def length_s(self, text: str) -> float:
        """How long an expression lasts: s."""
        return len(self._parts.bits(text)) / self._count(1.0)

    def _count(self, seconds: float) -> int:
        """Bits that last so long."""
        return round(seconds * self._baud) * self._each

    def _stream(self, seconds: float) -> np.ndarray:
        parts, have, count = [], 0, self._count(seconds) + 48
        while have < count:
            parts.append(self._parts.bits(self._spec["repeat"]))
            have += len(parts[-1])
            if not len(parts[-1]):
                raise ValueError(f"{self._spec['name']}: sent: repeat has no bits")
        return np.concatenate(parts)

    def _over(self, seconds: float) -> np.ndarray:
        begin, end = (self._parts.bits(self._spec.get(key, "")) for key in ("begin", "end"))
        return self._wave(np.concatenate([begin, self._stream(seconds), end]))

    def _wave(self, bits: np.ndarray) -> np.ndarray:
        rng, rate, each = self._rng, self._rate, self._per_symbol
        symbols = self._symbols(bits)
        if self._tones:
            low, high = self._tones
            tones = np.repeat(0.5 * (low + high) + 0.5 * (high - low) * symbols, each)
            audio = carrier(tones / rate, None, rng.random()).imag
            return carrier(self._deviation / rate * audio, None, rng.random())
        if self._fsk is not None:
            return self._fsk.burst(symbols)
        step = self._deviation / rate
        if self._pulse in ("gauss", "lowpass"):
            bt = self._edge / (self._baud if self._pulse == "lowpass" else 1.0)
            return modulate_gaussian(rng, symbols, each, step, max(bt, 0.25))
        pulse = np.ones(each)
        if self._pulse != "rect":
            pulse = make_pulse(_PULSES[self._pulse](self._edge), each)
        if self._is_phase:
            return shape(symbols, pulse, each).astype(np.complex64)
        return modulate_frequency(rng, symbols, pulse, each, step)

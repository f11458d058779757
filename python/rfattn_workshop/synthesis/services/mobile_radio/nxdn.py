# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the narrow four-level FSK of NXDN (TS 1-A) and dPMR (ETSI TS 102 490, TS 102 658).

Both have frames of 384 bits and the same pulse: a root-raised cosine of 0.2, with or without the
spectrum of a symbol's box. 2400 Bd reach 1050 Hz (channels of 6.25 kHz), NXDN's 4800 Bd 2400 Hz.
"""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from .mobile_content import Messages, Speech, scramble
from .mobile_modem import (
    all_the_time,
    crop,
    deviate,
    draw_overs,
    hex_bits,
    levels,
    make_pulse,
    modulate_frequency,
    on_air,
    root_raised_cosine,
    send_overs,
)

_NXDN_SYNC = hex_bits("CDF59")
_NXDN_PREAMBLE = hex_bits("5775FD")
_TURN = 1.0 - 2.0 * scramble(182, (0, 4), 0x0E4)
"""NXDN's scrambler changes the sign of the symbols after the synchronisation word."""
_DPMR_START, _DPMR_FRAME = hex_bits("57FF5F75D577"), hex_bits("5FF77D")
_DPMR_END, _DPMR_PACKET = hex_bits("7DDFF5"), hex_bits("FD55F5DF7FDD")


def _draw_pulse(rng: Rng, per_symbol: int) -> np.ndarray:
    square = root_raised_cosine(0.2 if rng.random() < 0.8 else rng.uniform(0.18, 0.35))
    boxed = rng.random() < 0.5
    return make_pulse(lambda f: square(f) * (np.sinc(f) if boxed else 1.0), per_symbol)


def _error(rng: Rng) -> float:
    return rng.uniform(0.2, 2.0) * 1e-6 * choice(rng, (155e6, 446e6, 455e6))


def nxdn(rng: Rng, seconds: float) -> Signal:
    """A conventional or trunked channel, or a control channel, of 2400 or 4800 Bd."""
    wide = rng.random() < 0.5
    baud, step, per_symbol = (4800.0, 800, 5) if wide else (2400.0, 350, 6)
    rate, step = baud * per_symbol, step * deviate(rng)
    pulse = _draw_pulse(rng, per_symbol)

    def modulate(symbols: np.ndarray) -> np.ndarray:
        return modulate_frequency(rng, symbols, pulse, per_symbol, step / rate)

    if rng.random() < 0.35:
        wave = modulate(_control_channel(rng, int(seconds * baud) + 1))[: round(seconds * rate)]
    else:
        talk = _NxdnTalk(rng, baud)
        times = all_the_time(rng, seconds) if rng.random() < 0.2 else draw_overs(rng, seconds)
        ramp = log_uniform(rng, 0.5e-3, 5e-3)
        wave = send_overs(rng, seconds, rate, lambda s: modulate(talk(s)), ramp, times)
    return on_air(rng, wave, rate, _error(rng))


def _nxdn_frame(content: np.ndarray) -> np.ndarray:
    """192 symbols of a frame: synchronisation, and 364 bits scrambled."""
    return np.concatenate([levels(_NXDN_SYNC), levels(content) * _TURN])


def _link(rng: Rng) -> np.ndarray:
    """Link information: eight bits, each followed by a 1, so that all symbols are outer ones."""
    return np.column_stack([bits(rng, 8), np.ones(8, np.int64)]).ravel()


class _NxdnTalk:
    """The symbols of speech: link information, slow signalling, four speech frames in a frame."""

    def __init__(self, rng: Rng, baud: float):
        self._rng, self._frame_s = rng, 192 / baud
        self._link = _link(rng)
        self._slow, self._call = bits(rng, 4 * 60).reshape(4, 60), bits(rng, 144)
        self._speech = Speech(rng, 72)
        self._data = rng.random() < 0.12

    def _edge(self) -> np.ndarray:
        return _nxdn_frame(np.concatenate([self._link, self._slow[0], self._call, self._call]))

    def __call__(self, length: float) -> np.ndarray:
        parts = [levels(_NXDN_PREAMBLE), self._edge()]
        for k in range(max(1, int(length / self._frame_s) - 2)):
            stolen = k % 40 == 39
            content = self._speech.frames(4)
            if self._data:
                content = bits(self._rng, 288)
            elif stolen:
                content[:144] = self._call
            frame = np.concatenate([self._link, self._slow[k % 4], content])
            parts.append(_nxdn_frame(frame))
        return np.concatenate([*parts, self._edge()])


def _control_channel(rng: Rng, count: int) -> np.ndarray:
    """Symbols of a control channel, without pause: messages of 300 bits, and what follows them."""
    link, messages, rest = _link(rng), Messages(rng, 300), bits(rng, 48)
    frames = [
        _nxdn_frame(np.concatenate([link, messages.message(), rest]))
        for _ in range(count // 192 + 6)
    ]
    return crop(rng, np.concatenate(frames), count)


def dpmr(rng: Rng, seconds: float) -> Signal:
    """dPMR: a header, speech or data in superframes of four frames of 80 ms, an end frame."""
    baud, per_symbol = 2400.0, 6
    rate, step = baud * per_symbol, 350 * deviate(rng)
    pulse, talk = _draw_pulse(rng, per_symbol), _DpmrTalk(rng)

    def over(length: float) -> np.ndarray:
        return modulate_frequency(rng, levels(talk(length)), pulse, per_symbol, step / rate)

    times = all_the_time(rng, seconds) if rng.random() < 0.15 else draw_overs(rng, seconds)
    wave = send_overs(rng, seconds, rate, over, log_uniform(rng, 0.5e-3, 5e-3), times)
    return on_air(rng, wave, rate, _error(rng))


class _DpmrTalk:
    """The bits of an over of dPMR."""

    def __init__(self, rng: Rng):
        self._rng = rng
        self._colour, self._header = bits(rng, 24), bits(rng, 120)
        self._control = bits(rng, 4 * 72).reshape(4, 72)
        self._speech = Speech(rng, 72)
        self._data = rng.random() < 0.2
        self._preamble = np.resize(hex_bits("5F"), int(rng.integers(9, 40)) * 8)
        self._headers = int(choice(rng, (1, 1, 1, 4, 9)))

    def __call__(self, length: float) -> np.ndarray:
        start = _DPMR_PACKET if self._data and self._rng.random() < 0.5 else _DPMR_START
        header = [start, self._header, self._colour, self._header]
        # Headers repeat to wake receivers that sleep.
        parts = [self._preamble, *header * self._headers]
        for k in range(max(1, int(length / 0.08) - 1)):
            content = bits(self._rng, 288) if self._data else self._speech.frames(4)
            mark = self._colour if k % 2 else _DPMR_FRAME
            parts += [mark, self._control[k % 4], content]
        return np.concatenate([*parts, _DPMR_END, np.tile(self._header[:36], 2)])

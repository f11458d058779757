# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes APCO Project 25: phase 1 (TIA-102.BAAA) as C4FM and as CQPSK, phase 2 as H-DQPSK and H-CPM.

Both modulations of phase 1 carry the same 4800 dibits a second. C4FM shifts the frequency by up to
1800 Hz; CQPSK turns the phase by odd multiples of 45 degrees, as simulcast transmitters do.
"""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from .mobile_content import Messages, Speech
from .mobile_modem import (
    all_the_time,
    crop,
    deviate,
    draw_overs,
    hex_bits,
    levels,
    make_pulse,
    modulate_frequency,
    modulate_phase,
    on_air,
    raised_cosine,
    root_raised_cosine,
    send_overs,
)

BAUD, PER_SYMBOL = 4800.0, 5
RATE = BAUD * PER_SYMBOL
SYNC = hex_bits("5575F5FF77FF")
_HEADER, _END, _SPEECH_1, _SIGNALLING, _SPEECH_2, _END_LINK = 0x0, 0x3, 0x5, 0x7, 0xA, 0xF
"""The data units."""
_SIZES = {_HEADER: 770, _END: 140, _SPEECH_1: 1680, _SPEECH_2: 1680, _END_LINK: 420}
"""Bits of the data units with fill bits, without status symbols."""


def p25(rng: Rng, seconds: float) -> Signal:
    """A control channel, a base station's or a radio's speech; rarely phase 2."""
    kind = rng.random()
    error = rng.uniform(0.1, 2.0) * 1e-6 * choice(rng, (155e6, 460e6, 770e6, 855e6))
    if kind < 0.1:
        return on_air(rng, *_phase_two(rng, seconds), error)
    modulator = _Modulator(rng)
    if kind < 0.45:
        symbols = _control_channel(rng, int(seconds * BAUD) + 1)
        wave = modulator(symbols)[: round(seconds * RATE)]
    else:
        talk = _Talk(rng)
        times = all_the_time(rng, seconds) if kind < 0.55 else draw_overs(rng, seconds)

        def over(length: float) -> np.ndarray:
            return modulator(talk(length))

        wave = send_overs(rng, seconds, RATE, over, log_uniform(rng, 0.5e-3, 5e-3), times)
    return on_air(rng, wave, RATE, error)


def _inverse_sinc(f: np.ndarray) -> np.ndarray:
    return 1 / np.sinc(np.minimum(f, 0.9))


class _Modulator:
    """C4FM, or CQPSK with the roll-off of one maker or another."""

    def __init__(self, rng: Rng):
        self._rng = rng
        self._linear = rng.random() < 0.4
        self._step = 600 * deviate(rng) / RATE
        if self._linear:
            rolloff = 0.2 if rng.random() < 0.5 else rng.uniform(0.2, 0.4)
            kind = choice(rng, (raised_cosine, raised_cosine, root_raised_cosine))
            self._pulse = make_pulse(kind(rolloff), PER_SYMBOL)
            # Simulcast: halfway, a second site is as strong, up to 125 us later.
            self._delay = int(rng.integers(1, 4)) if rng.random() < 0.3 else 0
            self._second = rng.uniform(0.1, 1.0) * np.exp(2j * np.pi * rng.random())
        else:
            self._pulse = make_pulse(c4fm_response, PER_SYMBOL)

    def __call__(self, symbols: np.ndarray) -> np.ndarray:
        if self._linear:
            start = self._rng.uniform(0, 2 * np.pi)
            wave = modulate_phase(symbols, self._pulse, PER_SYMBOL, start)
            if self._delay:
                wave[self._delay :] += self._second * wave[: -self._delay]
            return wave
        return modulate_frequency(self._rng, symbols, self._pulse, PER_SYMBOL, self._step)


def c4fm_response(f: np.ndarray) -> np.ndarray:
    """The transmit filter of C4FM: a raised cosine of 0.2 over the spectrum of a symbol's box."""
    return raised_cosine(0.2)(f) * _inverse_sinc(f)


class _Units:
    """Puts data units together: synchronisation, network identifier, content, status symbols."""

    def __init__(self, rng: Rng, base: bool):
        self._identifiers = bits(rng, 16 * 64).reshape(16, 64)
        self._identifiers[:, :12] = bits(rng, 12)
        # A base station reports a busy or an idle inbound channel; radios send 10.
        self._status = [(0, 1), (1, 1)] if base else [(1, 0)]
        self._busy = int(rng.integers(len(self._status)))

    def unit(self, kind: int, content: np.ndarray) -> np.ndarray:
        """Bits of a unit; a status symbol follows each 70 bits."""
        whole = np.concatenate([SYNC, self._identifiers[kind], content])
        whole = np.pad(whole, (0, -len(whole) % 70)).reshape(-1, 70)
        status = np.tile(self._status[self._busy], (len(whole), 1))
        return np.concatenate([whole, status], axis=1).ravel()


class _Talk:
    """The symbols of speech: a header, pairs of units of 180 ms, an end that some repeat."""

    def __init__(self, rng: Rng):
        self._rng, self._units = rng, _Units(rng, rng.random() < 0.7)
        self._speech = Speech(rng, 144)
        self._link = [bits(rng, 240), bits(rng, 240)]
        self._tails = choice(rng, (1, 2, 10, 60))
        self._end = _END if rng.random() < 0.6 else _END_LINK

    def __call__(self, length: float) -> np.ndarray:
        parts = [self._units.unit(_HEADER, self._fill(_HEADER))] * int(self._rng.integers(1, 3))
        tail = [self._units.unit(self._end, self._fill(self._end))] * self._tails
        for k in range(max(2, int(length / 0.18))):
            speech = self._speech.frames(9)
            content = np.concatenate([speech, self._link[k % 2], np.zeros(32, np.int64)])
            parts.append(self._units.unit((_SPEECH_1, _SPEECH_2)[k % 2], content))
        return levels(np.concatenate(parts + tail))

    def _fill(self, kind: int) -> np.ndarray:
        return bits(self._rng, _SIZES[kind] - 112)


def _control_channel(rng: Rng, count: int) -> np.ndarray:
    """Symbols of a trunked system's control channel: signalling blocks without pause."""
    units, messages = _Units(rng, True), Messages(rng, 196)
    blocks = int(choice(rng, (1, 3, 3)))
    parts, size = [], 0
    while size < 2 * (count + 400):
        content = np.concatenate([messages.message() for _ in range(blocks)])
        parts.append(units.unit(_SIGNALLING, content))
        size += len(parts[-1])
    return crop(rng, levels(np.concatenate(parts)), count)


def _phase_two(rng: Rng, seconds: float) -> tuple[np.ndarray, float]:
    """Phase 2: two slots of 30 ms, 6000 symbols a second; wave and rate."""
    baud, per_symbol = 6000.0, 4
    rate = baud * per_symbol
    slots = int(seconds / 0.03) + 3
    sent = levels(bits(rng, slots * 360)).reshape(slots, 180)
    # The inter-slot channel repeats in a superframe of 12 slots.
    sent[:, :20] = np.resize(levels(bits(rng, 12 * 40)).reshape(12, 20), (slots, 20))
    idle = rng.random() < 0.5
    if idle:
        sent[1::2] = sent[1]
    first = int(rng.integers(2 * 180))
    if rng.random() < 0.7:
        pulse = make_pulse(choice(rng, (raised_cosine, root_raised_cosine))(1.0), per_symbol)
        wave = modulate_phase(sent.ravel()[first:], pulse, per_symbol)
        return wave[: round(seconds * rate)], rate
    return _continuous_phase(rng, sent, per_symbol)[first:][: round(seconds * rate)], rate


def _continuous_phase(rng: Rng, sent: np.ndarray, per_symbol: int) -> np.ndarray:
    """A radio's H-CPM: index 1/3, a raised cosine over four symbols, every second slot."""
    length = 4 * per_symbol
    pulse = 1 - np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
    frequency = scipy.signal.upfirdn(pulse / pulse.sum(), sent.ravel(), per_symbol)
    wave = carrier(frequency[: sent.size * per_symbol] / 6, None, rng.random())
    gate = np.ones((len(sent), 180 * per_symbol), np.float32)
    gate[rng.integers(2) :: 2] = 0
    edge = 5 * per_symbol
    gate[:, :edge] *= np.linspace(0.01, 1, edge)
    gate[:, -edge:] *= np.linspace(1, 0.01, edge)
    return (wave * gate.ravel()).astype(np.complex64)

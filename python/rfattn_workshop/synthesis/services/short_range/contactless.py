# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the fields of contactless readers: NFC at 13.56 MHz, RFID at UHF, car keys at LF."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from ... import nfc
from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    merge_spans,
    sample_hold,
    smooth,
)
from ..parts.air import Air, crystal_hz, first_start, send_messages, smooth_rate
from ..parts.packets import manchester
from .short_range_ook import pulses_of


def _nfc(kind) -> Callable[[Rng, float], Signal]:
    def service(rng: Rng, seconds: float) -> Signal:
        return _field(rng, seconds, kind)

    service.__doc__ = f"The field of a reader and the answers of a card, {kind.name}."
    return service


def _field(rng: Rng, seconds: float, kind) -> Signal:
    """The reader's field as complex envelope, always on or switched on for a dialogue.

    The carrier is at 0, as behind a diode, or up to 1 kHz beside it, as a receiver's clock is.
    """
    rate = smooth_rate(rng.uniform(4.2e6, 8e6))
    air = Air(seconds, rate)
    reader = kind(rng)
    tuned = rng.random() < 0.5
    # A receiver that removes its constant part also removes a field at 0 Hz.
    blocked = tuned and rng.random() < 0.4
    turn = 0.0 if tuned else crystal_hz(rng, 13.56e6, 100, 2e3) / rate
    switched = rng.random() < 0.5
    on_s = log_uniform(rng, 5e-3, 0.1) if switched else seconds
    off_s = log_uniform(rng, 5e-3, 0.5)
    now = first_start(rng, seconds, on_s) if switched else 0.0
    while now < seconds:
        count = max(64, round(min(on_s, seconds - now) * rate))
        envelope, spans = nfc.dialogue(rng, count, rate, reader)
        if switched:
            rise = log_uniform(rng, 2e-6, 1e-4) * rate
            envelope = envelope * (1 - np.exp(-np.arange(count) / rise))
        wave = envelope * carrier(turn, count, rng.random())
        if blocked:
            _add_dialogue(air, now, _without_mean(wave, 10e3 / rate), spans)
        else:
            air.add(now, wave)
        now += count / rate + off_s * rng.uniform(0.8, 1.2)
    return air.signal()


def _without_mean(wave: np.ndarray, corner: float) -> np.ndarray:
    """A high pass of one pole; ``corner`` is a share of the rate."""
    pole = np.exp(-2 * np.pi * corner)
    start = scipy.signal.lfilter_zi([1 - pole], [1, -pole]) * wave[0]
    return wave - scipy.signal.lfilter([1 - pole], [1, -pole], wave, zi=start)[0]


def _add_dialogue(air: Air, now: float, wave: np.ndarray, spans) -> None:
    """Adds polls and answers, without the field between them."""
    for first, end in merge_spans(spans, int(5e-5 * air.rate)):
        air.add(now + first / air.rate, wave[first:end].astype(np.complex64))


def rfid_uhf(rng: Rng, seconds: float) -> Signal:
    """A reader of EPC Gen2 (ISO 18000-63) and its tags.

    The reader sends pulse-interval code and then a carrier, which tags reflect with FM0 or Miller
    code of 40 to 640 kHz.
    """
    rate = smooth_rate(rng.uniform(1.6e6, 2.6e6))
    tari, low = float(choice(rng, (6.25e-6, 12.5e-6, 25e-6))), 1 - rng.uniform(0.8, 1.0)
    one = rng.uniform(1.5, 2.0) * tari
    link, cycles = log_uniform(rng, 40e3, 640e3), int(choice(rng, (1, 2, 4, 8)))
    echo = 10 ** (rng.uniform(-60, -20) / 20) * np.exp(2j * np.pi * rng.random())
    edge = rng.uniform(0.05, 0.33) * tari * rate / 2

    def command(count: int) -> np.ndarray:
        off = rng.uniform(0.35, 0.525) * tari
        pairs = [(1.0, 4 * tari), (low, 12.5e-6), (1.0, tari - off), (low, off)]
        for length in (one + tari, *np.where(bits(rng, count), one, tari)):
            pairs += [(1.0, length - off), (low, off)]
        return hold(pairs + [(1.0, 20 / link)])

    def hold(pairs) -> np.ndarray:
        values, lengths = np.array(pairs).T
        edges = np.concatenate([[0.0], np.cumsum(lengths)]) * rate
        return sample_hold(edges, values, int(edges[-1]))

    def answer(count: int) -> np.ndarray:
        data = np.concatenate([np.zeros(12, int), bits(rng, count)])
        if cycles == 1:
            halves = manchester(data)
        else:
            halves = np.repeat(data, 2 * cycles) ^ (np.arange(2 * cycles * len(data)) % 2)
        wave = hold([(float(h), 0.5 / link) for h in halves])
        return 1 + echo * wave

    def round_of_inventory():
        parts = [command(22)]
        for _ in range(int(rng.integers(1, 12))):
            parts.append(command(4))
            if rng.random() < 0.6:
                parts += [answer(16), command(18), answer(128)]
        wave = np.concatenate(parts).astype(np.complex64)
        return [(smooth(wave, edge).astype(np.complex64), rng.uniform(1e-4, 0.02))]

    return send_messages(rng, seconds, rate, round_of_inventory, lambda: rng.exponential(0.05))


def car_key_lf(rng: Rng, seconds: float) -> Signal:
    """A car wakes its key: a carrier of 125 or 134 kHz, keyed with Manchester code of 4 kBd."""
    rate = smooth_rate(rng.uniform(20e3, 60e3))
    half = 1 / float(choice(rng, (3.9e3, 4.17e3, 4e3, 8e3))) / 2
    quality, wake = rng.uniform(0.05, 0.35) * half, bits(rng, 16)
    offset = rng.uniform(-200, 200) / rate

    def message():
        chips = manchester(np.concatenate([np.ones(8, int), wake, bits(rng, 32)]))
        lead = np.array([rng.uniform(1e-3, 4e-3), 1e-3])
        edges = np.cumsum(np.concatenate([[0.0], lead, pulses_of(chips, half)])) * rate
        values = np.tile([1.0, 0.0], len(edges))[: len(edges) - 1]
        wave = smooth(sample_hold(edges, values, int(edges[-1])), quality * rate)
        tail = np.full(int(rng.uniform(0, 0.02) * rate), 0.7)
        wave = np.concatenate([wave, tail])
        return [(wave * carrier(offset, len(wave)), rng.uniform(5e-3, 0.05))] * 3

    return send_messages(rng, seconds, rate, message, lambda: rng.uniform(0.2, 1.0), join_s=0.004)


SERVICES = {name: _nfc(kind) for name, kind in nfc.KINDS.items()}
OTHERS = {"rfid_uhf": rfid_uhf, "car_key_lf": car_key_lf}

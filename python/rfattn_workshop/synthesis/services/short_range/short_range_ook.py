# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes short-range devices that key a carrier: remotes, doorbells, sensors, fobs, meters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.signal

from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    sample_hold,
)
from ..parts.air import Air, Content, first_start, level, send_messages, smooth_rate
from ..parts.fsk_transmitter import envelope_wave, follow
from ..parts.packets import alternating, crc16, manchester, number_bits, remainder, runs

Pulses = np.ndarray
"""Lengths in s of a pulse, a pause, a pulse, and so on: float64 [2 * n]."""


@dataclass(frozen=True)
class Telegram:
    """One telegram of a device, its pause and its repeats."""

    pulses: Callable[[], Pulses]
    pause_s: float
    copies: int


def pulse_width(data: np.ndarray, short: float, long: float, gap: float | None) -> Pulses:
    """Long pulses for ones; the pause is ``gap``, or fills ``short + long``."""
    on = np.where(data, long, short)
    off = np.full(len(on), gap) if gap is not None else short + long - on
    return np.column_stack([on, off]).ravel()


def pulse_distance(data: np.ndarray, pulse: float, short: float, long: float) -> Pulses:
    """Equal pulses with a short or long pause after each, and one more pulse as the end."""
    off = np.where(data, long, short)
    pairs = np.column_stack([np.full(len(off), pulse), off]).ravel()
    return np.concatenate([pairs, [pulse, short]])


def pulses_of(levels: np.ndarray, unit: float) -> Pulses:
    """Pulses and pauses of levels of ``unit`` s each; zeros at the start are left out."""
    values, lengths = runs(levels[int(np.argmax(levels)) :])
    return (lengths if values[-1] == 0 else np.append(lengths, 1)) * unit


def _fixed_code_remote(rng: Rng) -> Telegram:
    """Sockets, gates and bells with PT2262, EV1527 or HX2262: 24 or 12 digits and a long pause."""
    unit = log_uniform(rng, 1.2e-4, 6e-4)
    ratio = choice(rng, (3, 3, 3, 2, 4))
    data = bits(rng, int(choice(rng, (24, 24, 24, 20, 25, 32))))
    if rng.random() < 0.5:
        data = np.repeat(data[:12], 2)
    pulses = np.append(pulse_width(data, unit, ratio * unit, None), [unit, unit])
    return Telegram(lambda: pulses, unit * choice(rng, (31, 30, 36, 40, 10)), _presses(rng))


def _presses(rng: Rng) -> int:
    """The copies of a telegram while a button is pressed."""
    return int(log_uniform(rng, 3, 60))


def _rolling_code_fob(rng: Rng) -> Telegram:
    """Car and gate fobs with KeeLoq: 12 short pulses, a pause, 66 bits of pulse width."""
    unit = log_uniform(rng, 1e-4, 4.2e-4)
    fixed = bits(rng, 34)

    def pulses():
        code = np.concatenate([bits(rng, 32), fixed])
        head = np.full(24, unit)
        head[-1] = 10 * unit
        return np.concatenate([head, pulse_width(1 - code, unit, 2 * unit, None)])

    return Telegram(pulses, unit * rng.uniform(25, 80), int(rng.integers(2, 8)))


def _manchester_fob(rng: Rng) -> Telegram:
    """Fobs, alarms, weather sensors and shutters with Manchester code after a preamble."""
    half = log_uniform(rng, 1e-4, 1.2e-3)
    head = choice(
        rng, (np.ones(24, np.int64), np.ones(12, np.int64), alternating(16), bits(rng, 8))
    )
    wake = rng.random() < 0.2
    content = Content(rng, int(log_uniform(rng, 3, 20)))

    def pulses():
        body = content()
        out = pulses_of(manchester(np.concatenate([head, body, crc16(body)[:8]])), half)
        lead = [rng.uniform(6, 16) * half, rng.uniform(6, 12) * half]
        return np.concatenate([lead, out]) if wake else out

    return Telegram(pulses, log_uniform(rng, 4e-3, 0.1), int(choice(rng, (1, 2, 2, 3, 4, 8))))


def _distance_sensor(rng: Rng) -> Telegram:
    """Thermometers: 500 µs pulses, pauses of 1, 2 and 4 ms, 36 to 44 bits, up to 12 copies."""
    pulse = log_uniform(rng, 1.5e-4, 8e-4)
    short = pulse * rng.uniform(1.4, 2.6)
    content, count = Content(rng, 6), int(choice(rng, (24, 32, 36, 36, 40, 42, 48)))
    synchronized = rng.random() < 0.4

    def pulses():
        out = pulse_distance(content()[:count], pulse, short, 2.0 * short)
        head = np.tile([1.3 * pulse, 1.3 * pulse], 4)
        return np.concatenate([head, out]) if synchronized else out

    return Telegram(pulses, short * rng.uniform(3.5, 5), int(rng.integers(3, 13)))


def _infrared_like(rng: Rng) -> Telegram:
    """X10 and relatives: a pulse of 9 ms, a pause of 4.5 ms, 32 bits of pulse distance."""
    unit = log_uniform(rng, 3.5e-4, 6e-4)
    content = Content(rng, 2)

    def pulses():
        half = content()
        data = np.column_stack([half.reshape(2, 8), 1 - half.reshape(2, 8)]).ravel()
        head = [16 * unit, 8 * unit]
        return np.concatenate([head, pulse_distance(data, unit, unit, 3 * unit)])

    return Telegram(pulses, rng.uniform(0.03, 0.045), int(rng.integers(2, 8)))


def _pulse_pairs(rng: Rng) -> Telegram:
    """Heating and light controls: pulse and pause of 400 or 600 µs, after zeros and a one."""
    short = log_uniform(rng, 1.6e-4, 4.5e-4)
    content = Content(rng, int(rng.integers(4, 9)))

    def pulses():
        data = np.concatenate([np.zeros(12, np.int64), [1], content()])
        return np.repeat(np.where(data, 1.5 * short, short), 2)

    return Telegram(pulses, rng.uniform(8e-3, 12e-3), int(rng.integers(1, 5)))


def _double_pulse_bits(rng: Rng) -> Telegram:
    """Sockets that learn: each bit is two pulses, a short and a long pause or the reverse."""
    unit = log_uniform(rng, 1.8e-4, 3.2e-4)
    data = bits(rng, int(choice(rng, (32, 36))))
    halves = np.column_stack([data, 1 - data]).ravel()
    head = [unit, 10 * unit]
    pulses = np.concatenate([head, pulse_distance(halves, unit, unit, 5 * unit)])
    return Telegram(lambda: pulses, 40 * unit * rng.uniform(0.9, 1.1), int(rng.integers(4, 12)))


def _long_pulse_width(rng: Rng) -> Telegram:
    """Weather stations and probes: equal pulses as a head, then pulse width of 0.2 to 1.5 ms."""
    short = log_uniform(rng, 1e-4, 5e-4)
    long = short * rng.uniform(1.8, 3.2)
    content = Content(rng, int(rng.integers(3, 11)))
    head = np.tile([rng.uniform(2, 4) * short] * 2, int(choice(rng, (0, 2, 4, 8))))
    gap = None if rng.random() < 0.5 else long * rng.uniform(0.8, 2.2)

    def pulses():
        return np.concatenate([head, pulse_width(content(), short, long, gap)])

    return Telegram(pulses, log_uniform(rng, 2e-3, 0.06), int(choice(rng, (1, 2, 3, 3, 6, 8))))


def _plain_bits(rng: Rng) -> Telegram:
    """Packets of plain bits, 1 to 20 kBd, as transceiver chips send; EnOcean's has 125 kBd."""
    fast = rng.random() < 0.15
    unit = 8e-6 if fast else log_uniform(rng, 5e-5, 1e-3)
    content = Content(rng, int(log_uniform(rng, 4, 24)))
    head = alternating(8 * int(rng.integers(1, 7)))

    def pulses():
        body = content()
        # A one after eight bits (EnOcean: other rules, same purpose) bounds the runs of one level.
        data = np.concatenate([head, np.insert(body, np.arange(0, len(body), 8), 1), [1]])
        return pulses_of(data, unit)

    pause = rng.uniform(3e-3, 0.02) if fast else log_uniform(rng, 5e-3, 0.1)
    return Telegram(pulses, pause, int(choice(rng, (1, 2, 3, 3))))


DEVICES = (
    _fixed_code_remote,
    _fixed_code_remote,
    _rolling_code_fob,
    _manchester_fob,
    _manchester_fob,
    _distance_sensor,
    _infrared_like,
    _pulse_pairs,
    _double_pulse_bits,
    _long_pulse_width,
    _plain_bits,
)


@dataclass(frozen=True)
class Keyer:
    """A keyed oscillator with its faults. Frequencies are in Hz, times in s."""

    rate: float
    offset: float
    rise_s: float
    fall_s: float
    low: float
    """Amplitude while the key is open, within a telegram; above 0 for partial keying."""
    chirp: tuple[float, float]
    """Frequency error at key-on and its time constant."""
    droop: tuple[float, float]
    """Share of excess amplitude at key-on and its time constant."""
    ring: tuple[float, float] | None
    """Natural frequency and damping of a resonance of the envelope."""
    drift: float
    """Hz over a telegram."""
    wander: float
    """Standard deviation of the frequency from pulse to pulse."""
    restarts: bool
    """Whether the oscillator stops and starts again at any phase."""

    def burst(self, rng: Rng, pulses: Pulses, gain: float = 1.0) -> np.ndarray:
        """Keys the carrier with pulses and pauses; the last pause is left out."""
        edges = np.concatenate([[0.0], np.cumsum(pulses)])[: len(pulses) // 2 * 2] * self.rate
        count = int(np.ceil(edges[-1] + 6 * self.fall_s * self.rate)) + 2
        gate = sample_hold(edges, np.tile([1.0, self.low], len(edges) // 2)[:-1], count)
        rises = edges[::2]
        number = np.searchsorted(rises, np.arange(count), side="right") - 1
        since = (np.arange(count) - rises[number]) / self.rate
        envelope = self._respond(gate) * (1 + self.droop[0] * np.exp(-since / self.droop[1]))
        frequency = self.offset + self.chirp[0] * np.exp(-since / self.chirp[1])
        frequency += self.drift * np.linspace(-0.5, 0.5, count)
        frequency += rng.normal(0, self.wander, len(rises))[number]
        if self.restarts:
            frequency[np.ceil(rises[1:]).astype(int)] += self.rate * rng.random(len(rises) - 1)
        return gain * envelope_wave(envelope, frequency / self.rate)

    def _respond(self, gate: np.ndarray) -> np.ndarray:
        quick, slow = sorted((self.rise_s, self.fall_s))
        a, b = (_low_pass(gate, tau * self.rate) for tau in (quick, slow))
        # The larger of a quick and a slow response rises quickly and falls slowly.
        out = np.maximum(a, b) if self.rise_s < self.fall_s else np.minimum(a, b)
        if self.ring is not None:
            out = np.abs(follow(out, self.ring[0] / self.rate, self.ring[1]))
        return out


def _low_pass(values: np.ndarray, samples: float) -> np.ndarray:
    """One pole with a time constant in samples."""
    if samples < 0.3:
        return values
    pole = np.exp(-1 / samples)
    return scipy.signal.lfilter([1 - pole], [1, -pole], values)


def draw_keyer(rng: Rng, rate: float, pulse_s: float) -> Keyer:
    """Draws a transmitter: one with a crystal is clean, one with a SAW resonator chirps."""
    clean = rng.random() < 0.45
    ring = log_uniform(rng, 2, 12) / pulse_s, rng.uniform(0.15, 0.7)
    most, pull = 0.08 * rate, min(0.04 * rate, 15e3)
    return Keyer(
        rate=rate,
        offset=float(np.clip(rng.normal(0, 4e3 if clean else 25e3), -most, most)),
        rise_s=log_uniform(rng, 0.005, 0.12) * pulse_s,
        fall_s=log_uniform(rng, 0.005, 0.12) * pulse_s,
        low=_draw_low(rng),
        chirp=(0.0, 1e-4) if clean else (rng.normal(0, pull), log_uniform(rng, 1e-5, 5e-4)),
        droop=(rng.uniform(0, 0.4) * (rng.random() < 0.5), log_uniform(rng, 1e-4, 5e-3)),
        ring=ring if rng.random() < 0.25 else None,
        drift=0.0 if clean else rng.normal(0, 0.3) * pull,
        wander=0.0 if rng.random() < 0.7 else 0.1 * abs(rng.normal(0, pull)),
        restarts=not clean and rng.random() < 0.7,
    )


def _draw_low(rng: Rng) -> float:
    """The amplitude of a pause: none, a leak of -50 to -20 dB, or that of partial keying."""
    kind = rng.random()
    if kind < 0.6:
        return 0.0
    return 10 ** (rng.uniform(-50, -20) / 20) if kind < 0.92 else rng.uniform(0.15, 0.6)


def ook_srd(rng: Rng, seconds: float) -> Signal:
    """One device, or two on the same channel, that send telegrams now and then."""
    telegram = choice(rng, DEVICES)(rng)
    clock = rng.uniform(0.93, 1.07)
    sample = telegram.pulses()
    shortest, usual = float(sample.min()), float(np.median(sample[::2]))
    rate = smooth_rate(max(rng.uniform(8, 20) / shortest, rng.choice([25e3, 50e3, 150e3, 250e3])))
    keyer = draw_keyer(rng, rate, shortest)
    # A data slicer and a transistor change pulses at the cost of pauses, the same for all.
    stretch = rng.uniform(-0.12, 0.12) * shortest
    jitter = rng.choice([0.0, 0.005, 0.02]) * shortest
    pause = log_uniform(rng, 0.2, 30)

    def burst():
        pulses = telegram.pulses() * clock
        pulses = pulses + np.resize([stretch, -stretch], len(pulses))
        return keyer.burst(rng, pulses + jitter * rng.standard_normal(len(pulses)).clip(-3, 3))

    # What comes after the end of the stretch need not be made.
    copies = min(telegram.copies, 2 + int(2 * seconds / (sample.sum() + telegram.pause_s)))

    def message():
        return [(burst(), telegram.pause_s * clock) for _ in range(copies)]

    join = max(0.01, 10 * usual)
    return send_messages(
        rng, seconds, rate, message, lambda: pause * rng.uniform(0.6, 1.4), join_s=join
    )


def ert(rng: Rng, seconds: float) -> Signal:
    """Meters at 902 to 928 MHz: Manchester code of 32.768 kchip/s, each message elsewhere.

    Standard messages have 96 bits, interval messages 92 octets. A receiver of one channel, or of a
    few channels at once, gets the messages of many meters.
    """
    hops = rng.random() < 0.5
    rate = 2.4e6 if hops else smooth_rate(rng.uniform(5e5, 9e5))
    meters = [_Meter(rng, rate) for _ in range(int(rng.integers(1, 20)))]
    air = Air(seconds, rate)
    mean = log_uniform(rng, 0.02, 2.0)
    wave = meters[0].message(rng)
    now = first_start(rng, seconds, len(wave) / rate)
    while now < seconds:
        centre = 32.768e3 * float(rng.integers(-27, 28)) if hops else None
        turn = np.exp(2j * np.pi * (centre or 0.0) / rate * np.arange(len(wave)))
        air.add(now, wave * turn.astype(np.complex64), centre)
        now += len(wave) / rate + rng.exponential(mean)
        wave = choice(rng, meters).message(rng)
    return air.signal()


ERT_STANDARD = number_bits(0x1F2A60, 21)
ERT_INTERVAL = number_bits(0x555516A3, 32)
"""The bits that start standard and interval messages, as rtlamr describes them."""
ERT_BCH = 0x6F63
"""Polynomial of the checksum of standard messages, behind their first 16 bits."""


class _Meter:
    """One meter: its identity, its level, and an oscillator that slides while it sends."""

    def __init__(self, rng: Rng, rate: float):
        self._chip = 1 / 32.768e3 * rng.uniform(0.995, 1.005)
        self._content = Content(rng, 92 if rng.random() < 0.25 else 12)
        self._gain = level(rng, 25)
        # Their oscillators run free: some stay within 5 kHz, others slide by 100 kHz.
        slide = log_uniform(rng, 2e3, 60e3)
        self._keyer = Keyer(
            rate=rate,
            offset=rng.normal(0, 5e3),
            rise_s=log_uniform(rng, 1e-6, 6e-6),
            fall_s=log_uniform(rng, 1e-6, 6e-6),
            low=10 ** (rng.uniform(-50, -18) / 20),
            chirp=(rng.normal(0, slide), log_uniform(rng, 5e-6, 5e-5)),
            droop=(0.0, 1e-3),
            ring=None,
            drift=rng.normal(0, 0.3 * slide),
            wander=rng.uniform(0, 0.5) * slide,
            restarts=rng.random() < 0.5,
        )

    def message(self, rng: Rng) -> np.ndarray:
        data = self._content()
        is_interval = len(data) > 96
        head = ERT_INTERVAL if is_interval else ERT_STANDARD
        data[: len(head)] = head
        data[-16:] = crc16(data[:-16]) if is_interval else remainder(data[16:-16], 16, ERT_BCH)
        return self._keyer.burst(rng, pulses_of(manchester(data), self._chip), self._gain)


SERVICES = {"ook_srd": ook_srd, "ert": ert}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes LoRa, its long-range hopping relative LR-FHSS, and FMCW radars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
)
from ..parts.air import Air, crystal_hz, first_start, level, smooth_rate


@dataclass(frozen=True)
class LoraMode:
    """The parameters that two LoRa stations share."""

    width: float
    """Chips per second, in Hz."""
    factor: int
    preamble: int
    """Upchirps before the two of the network."""
    network: int
    """Synchronization word: 0x12 private, 0x34 LoRaWAN, 0x2B Meshtastic."""
    implicit: bool = False
    coding: int = 1
    checksum: bool = True

    @property
    def symbol_s(self) -> float:
        return 2**self.factor / self.width

    @property
    def slow(self) -> bool:
        """Whether symbols carry two bits less, as they must from 16 ms on."""
        return self.symbol_s > 0.016

    def symbol_count(self, octets: int) -> int:
        """Symbols of header and payload (Semtech AN1200.13, section 4)."""
        room = 8 * octets - 4 * self.factor + 28 + 16 * self.checksum - 20 * self.implicit
        blocks = -(-room // (4 * (self.factor - 2 * self.slow)))
        return 8 + max(int(blocks), 0) * (self.coding + 4)


MESHTASTIC = (
    (250e3, 11),
    (250e3, 10),
    (250e3, 9),
    (250e3, 7),
    (125e3, 12),
    (125e3, 11),
    (500e3, 7),
)


def draw_lora_mode(rng: Rng) -> LoraMode:
    """Draws the mode of a LoRaWAN, of a Meshtastic network, or of something else."""
    kind, coding = rng.random(), int(rng.integers(1, 5))
    if kind < 0.4:
        width = float(choice(rng, (125e3, 125e3, 125e3, 125e3, 250e3, 500e3)))
        return LoraMode(width, int(rng.integers(7, 13)), 8, 0x34)
    if kind < 0.65:
        width, factor = choice(rng, MESHTASTIC)
        return LoraMode(width, factor, 16, 0x2B, coding=coding)
    width = float(choice(rng, (62.5e3, 125e3, 125e3, 250e3, 500e3, 31.25e3)))
    factor = int(choice(rng, (5, 6, 7, 7, 8, 9, 10, 11, 12)))
    preamble = int(choice(rng, (6, 8, 8, 10, 12, 32)))
    if factor < 7:
        preamble = max(preamble, 12)
    implicit, checksum = rng.random() < 0.3, rng.random() < 0.8
    return LoraMode(width, factor, preamble, 0x12, implicit, coding, checksum)


def lora(rng: Rng, seconds: float) -> Signal:
    """The packets of 1 to 5 stations on one channel; answers and repeaters follow packets."""
    mode = draw_lora_mode(rng)
    rate = smooth_rate(mode.width * choice(rng, (2.0, 2.0, 2.5, 3.0)))
    stations = [_LoraStation(rng, mode, rate) for _ in range(int(rng.integers(1, 6)))]
    air = Air(seconds, rate)
    load = log_uniform(rng, 0.02, 0.8)
    packet = stations[0].packet(rng)
    now = first_start(rng, seconds, packet.length_s)
    while now < seconds:
        air.add(max(now, 0.0), packet.wave(-now, seconds - now))
        now += packet.length_s
        # A repeater waits for a few symbols, a station of LoRaWAN gets its answer after 1 s.
        answered = rng.random() < 0.3
        quick = rng.uniform(2, 40) * mode.symbol_s if mode.network == 0x2B else 1.0
        now += quick if answered else rng.exponential(packet.length_s / load) + 4 * mode.symbol_s
        packet = choice(rng, stations).packet(rng)
    return air.signal()


@dataclass(frozen=True)
class LoraPacket:
    """A packet's symbols, which its wave is made of where it is on the air."""

    mode: LoraMode
    starts: np.ndarray
    slopes: np.ndarray
    rate: float
    gain: float
    offset: float
    """Hz."""
    drift: float
    """Hz per s."""
    ramp_s: float

    @property
    def length_s(self) -> float:
        return (len(self.starts) - 0.75) * self.mode.symbol_s

    def wave(self, first_s: float, end_s: float) -> np.ndarray:
        """The samples of a part of the packet, that between two times: complex64 [n]."""
        first, last = max(first_s, 0.0) * self.rate, min(end_s, self.length_s) * self.rate
        samples = np.arange(int(first), int(last))
        shift = chirp_frequency(self.starts, self.slopes, self.mode, self.rate, samples)
        shift += self.offset + self.drift * samples / self.rate
        left = np.minimum(samples + 1, self.length_s * self.rate - samples)
        gate = np.sin(np.pi / 2 * np.minimum(left / (self.ramp_s * self.rate), 1.0)) ** 2
        return (self.gain * gate).astype(np.float32) * carrier(shift / self.rate)


class _LoraStation:
    def __init__(self, rng: Rng, mode: LoraMode, rate: float):
        self._mode, self._rate = mode, rate
        self._level = level(rng, 25)
        self._offset = crystal_hz(rng, choice(rng, (433e6, 868e6, 915e6)), 15, 0.15 * mode.width)
        self._drift = rng.normal(0, 30.0) * (rng.random() < 0.5)
        # Regional rules and patience keep slow packets short.
        self._octets = int(log_uniform(rng, 8, 45 if mode.factor > 10 else 120))
        self._ramp = rng.uniform(1e-5, 2e-4)

    def packet(self, rng: Rng) -> LoraPacket:
        octets = int(np.clip(self._octets * rng.uniform(0.8, 1.2), 1, 255))
        symbols = lora_symbols(rng, self._mode, octets)
        return LoraPacket(
            self._mode,
            *symbols,
            rate=self._rate,
            gain=self._level,
            offset=self._offset,
            drift=self._drift,
            ramp_s=self._ramp,
        )


def lora_symbols(rng: Rng, mode: LoraMode, octets: int) -> tuple[np.ndarray, np.ndarray]:
    """The start of each chirp as a share of the width, and its slope.

    Slope 1 is up and -1 is down. The last of the three down chirps counts a quarter. The header
    block has two bits less a symbol, so that its symbols are multiples of 4; so do slow modes.
    """
    n = 2**mode.factor
    count = mode.symbol_count(octets)
    values = rng.integers(0, n, count)
    header = 4 if mode.factor > 6 else 1
    values[:8] = values[:8] // header * header + (header > 1)
    if mode.slow:
        values = values // 4 * 4 + 1
    network = np.array([mode.network >> 4, mode.network & 15]) * 8
    quiet = [0, 0] if mode.factor < 7 else []
    up = np.concatenate([np.zeros(mode.preamble), network % n])
    starts = np.concatenate([up, [0, 0, 0], quiet, values % n]) / n
    slopes = np.ones(len(starts))
    slopes[len(up) : len(up) + 3] = -1
    return starts, slopes


def chirp_frequency(starts, slopes, mode: LoraMode, rate: float, samples) -> np.ndarray:
    """The frequency in Hz at samples of a packet, whose third down chirp is cut: float64 [n]."""
    lengths = np.ones(len(starts))
    lengths[np.flatnonzero(slopes < 0)[-1]] = 0.25
    edges = np.concatenate([[0.0], np.cumsum(lengths)]) * mode.symbol_s * rate
    symbol = np.searchsorted(edges, samples, side="right").clip(1, len(starts)) - 1
    place = (samples - edges[symbol]) / (mode.symbol_s * rate)
    return ((place + starts[symbol]) % 1.0 - 0.5) * slopes[symbol] * mode.width


def lr_fhss(rng: Rng, seconds: float) -> Signal:
    """LR-FHSS uplinks: GMSK of 488 Bd, header hops of 233 ms and data hops of 102 ms."""
    width, rate, baud = 137e3, smooth_rate(300e3), 488.28125
    air = Air(seconds, rate)
    grid = 3.9e3
    while True:
        hops = int(rng.integers(2, 4)) + int(rng.integers(4, 20))
        lengths = np.where(np.arange(hops) < 3, 0.233472, 0.1024)
        now = first_start(rng, seconds, float(lengths[:2].sum())) - lengths[0] * rng.integers(0, 2)
        for length in lengths:
            if now + length < 0 or now > seconds:
                now += length
                continue
            centre = grid * float(rng.integers(-width / 2 // grid, width / 2 // grid))
            symbols = 2.0 * bits(rng, int(length * baud)) - 1
            wave = gaussian_fsk(symbols, rate / baud, baud / 4 / rate, 1.0)
            wave = wave * ramps(len(wave), 1e-3 * rate)
            air.add(now, wave * carrier(centre / rate, len(wave)), centre)
            now += length
        if air.signal().spans:
            return air.signal()


def fmcw_radar(rng: Rng, seconds: float) -> Signal:
    """Sweeps up, down or both: over-the-horizon and coast radars at HF, altimeters, presence."""
    width = log_uniform(rng, 10e3, 2e6)
    sweep_s = max(log_uniform(rng, 1e-3, 0.5), 40 / width)
    rate = smooth_rate(width * rng.uniform(1.8, 3))
    kind, fly_s = choice(rng, ("saw", "saw", "triangle")), rng.uniform(0, 0.15) * sweep_s
    t = np.arange(round(seconds * rate)) / rate + rng.uniform(0, sweep_s)
    place = t / sweep_s % 1
    shift = place if kind == "saw" else 1 - np.abs(2 * place - 1)
    wave = carrier((shift - 0.5) * width * rng.choice([-1, 1]) / rate)
    if rng.random() < 0.5 and fly_s * rate > 2:
        wave = wave * (place < 1 - fly_s / sweep_s)
    return Signal(wave.astype(np.complex64), rate, ((0, len(wave)),))


SERVICES = {"lora": lora}
OTHERS = {"lr_fhss": lr_fhss, "fmcw_radar": fmcw_radar}

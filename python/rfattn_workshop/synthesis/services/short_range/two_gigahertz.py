# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the short-range packets at 2.4 GHz: Zigbee (IEEE 802.15.4) and Bluetooth."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    shape_symbols,
    smooth,
)
from ..parts.air import (
    Air,
    Message,
    crystal_hz,
    first_start,
    level,
    octet_bits,
    random_octets,
    send_messages,
    smooth_rate,
)
from ..parts.fsk_transmitter import draw_fsk
from ..parts.packets import alternating, crc16, crc32, number_bits, whiten

_ZERO_CHIPS = number_bits(0b11011001110000110101001000101110, 32)


def zigbee_chips() -> np.ndarray:
    """The 16 chip sequences of the O-QPSK layer (IEEE 802.15.4-2020, table 12-1): [16, 32].

    Seven follow from the first by rotation; the others have their odd chips inverted.
    """
    first = [np.roll(_ZERO_CHIPS, 4 * k) for k in range(8)]
    inverted = np.arange(32) % 2
    return np.array([*first, *(chips ^ inverted for chips in first)])


def half_sine_offset_qpsk(chips: np.ndarray, period: float) -> np.ndarray:
    """Even chips on I and odd ones on Q, each a half sine of two chips: complex64 [n].

    That is minimum-shift keying. ``period`` is the length of a chip in samples.
    """
    count = int((len(chips) + 1) * period)
    t = np.arange(count) / period
    values = np.append(2.0 * chips - 1, [0, 0, 0])
    even, odd = (t // 2).astype(int) * 2, ((t + 1) // 2).astype(int) * 2 - 1
    i = np.where(even < len(chips), values[np.minimum(even, len(chips))], 0)
    q = np.where((odd >= 0) & (odd < len(chips)), values[odd.clip(0, len(chips))], 0)
    wave = i * np.abs(np.sin(np.pi * t / 2)) + 1j * q * np.abs(np.cos(np.pi * t / 2))
    return wave.astype(np.complex64)


def zigbee(rng: Rng, seconds: float) -> Signal:
    """A network of 802.15.4: data with answers after 192 µs, polls, beacons, retries.

    One in twelve is the layer of 868 or 915 MHz: differential BPSK of 300 or 600 kchip/s.
    """
    slow = rng.random() < 0.08
    chip_rate = float(choice(rng, (300e3, 600e3))) if slow else 2e6
    rate = smooth_rate(chip_rate * rng.uniform(2.2, 4.0))
    nodes = [_ZigbeeNode(rng, rate, chip_rate, slow) for _ in range(int(rng.integers(2, 7)))]
    mean = log_uniform(rng, 2e-3, 1.0)
    symbol_s = 32 / 2e6 if not slow else 15 / chip_rate
    turn = 12 * symbol_s

    def message() -> Message:
        a, b = (nodes[i] for i in rng.permutation(len(nodes))[:2])
        kind = rng.random()
        if kind < 0.15:
            return [(a.frame(rng, int(choice(rng, (10, 26, 45, 60)))), 0.0)]
        octets = 12 if kind < 0.45 else int(rng.integers(20, 128))
        exchange = [(a.frame(rng, octets), turn * rng.uniform(1.0, 1.05))]
        exchange.append((b.frame(rng, 5), symbol_s * rng.uniform(40, 200)))
        if kind < 0.3:
            exchange.append((b.frame(rng, int(rng.integers(30, 128))), turn))
            exchange.append((a.frame(rng, 5), 0.0))
        return exchange if rng.random() < 0.9 else exchange[:1] * int(rng.integers(1, 4))

    def pause():
        backoff = 20 * symbol_s * (rng.integers(0, 8) + 1)
        return backoff + rng.exponential(mean)

    return send_messages(rng, seconds, rate, message, pause)


class _ZigbeeNode:
    """A station with its level, frequency error and transmit filter."""

    def __init__(self, rng: Rng, rate: float, chip_rate: float, slow: bool):
        self._rate, self._slow = rate, slow
        self._period = rate / chip_rate * (1 + rng.uniform(-40e-6, 40e-6))
        self._offset = crystal_hz(rng, 915e6 if slow else 2.44e9, 40, 0.05 * rate)
        self._level = level(rng, 22)
        self._ramp = rng.uniform(2e-7, 4e-6)
        self._leak = 10 ** (rng.uniform(-60, -25) / 20) * np.exp(2j * np.pi * rng.random())
        self._soft = rng.uniform(0.0, 0.35) * self._period
        self._header = octet_bits(rng.integers(0, 256, 9))

    def frame(self, rng: Rng, octets: int) -> np.ndarray:
        """A frame with a body of so many octets, checksum included."""
        body = random_octets(rng, max(octets - 2, 1))
        body[: min(72, len(body))] = self._header[: len(body)]
        head = octet_bits([0, 0, 0, 0, 0xA7, octets])
        data = np.concatenate([head, body, crc16(body)])
        wave = self._spread_binary(data) if self._slow else self._spread(data)
        wave = (wave + self._leak) * ramps(len(wave), self._ramp * self._rate)
        turn = carrier(self._offset / self._rate, len(wave), rng.random())
        return (self._level * wave * turn).astype(np.complex64)

    def _spread(self, data: np.ndarray) -> np.ndarray:
        # The low half of an octet goes first.
        symbols = data.reshape(-1, 2, 4)[:, ::-1].reshape(-1, 4) @ [8, 4, 2, 1]
        wave = half_sine_offset_qpsk(_CHIPS[symbols].ravel(), self._period)
        return smooth(wave, self._soft)

    def _spread_binary(self, data: np.ndarray) -> np.ndarray:
        signs = 1.0 - 2.0 * (np.cumsum(data.reshape(-1, 8)[:, ::-1].ravel()) % 2)
        sequence = 2.0 * number_bits(0b111101011001000, 15) - 1
        return shape_symbols(np.outer(signs, sequence).ravel(), self._period, 1.0)


_CHIPS = zigbee_chips()


def ble(rng: Rng, seconds: float) -> Signal:
    """Bluetooth on one channel or a few: advertising, a connection, or the classic kind."""
    kind = choice(
        rng, (_advertising, _advertising, _advertising, _connection, _connection, _classic)
    )
    return kind(rng, seconds)


class _LowEnergy:
    """A station of Bluetooth Low Energy (Core 5.4, volume 6, parts A and B)."""

    def __init__(self, rng: Rng, rate: float, phy: str, gain: float):
        self._phy = phy
        baud = 2e6 if phy == "2M" else 1e6
        index = rng.uniform(0.45, 0.55)
        self._transmitter = draw_fsk(
            rng,
            rate,
            baud,
            index / 2 * baud,
            0.5 * rng.uniform(0.95, 1.05),
            offset=crystal_hz(rng, 2.44e9, 40, 1e5),
            drift=rng.normal(0, 1e7),
            settle=(rng.normal(0, 2e4), rng.uniform(2e-6, 3e-5)),
            tilt=rng.normal(0, 0.01),
            lead=(rng.uniform(0, 8e-6), 0.0),
            tail=rng.uniform(0, 3e-6),
            ramp=rng.uniform(3e-7, 5e-6),
            gain=gain,
        )

    def packet(self, access: np.ndarray, payload: np.ndarray, seed: int) -> np.ndarray:
        """A packet with whitened payload and checksum; ``seed`` is that of the channel."""
        body = np.concatenate([payload, crc32(payload)[:24]])
        body = whiten(body, (4, 7), 7, seed)
        if self._phy == "coded":
            values = self._code(access, body)
        else:
            head = alternating(16 if self._phy == "2M" else 8, int(access[0]))
            values = np.concatenate([head, access, body])
        return self._transmitter.burst(2.0 * values - 1)

    @staticmethod
    def _code(access: np.ndarray, body: np.ndarray) -> np.ndarray:
        """Coded with S = 8: rate 1/2, constraint length 4, each bit mapped to 0011 or 1100."""
        data = np.concatenate([access, [0, 0, 0, 0, 0], body, [0, 0, 0]])
        a = np.convolve(data, [1, 1, 1, 1])[: len(data)] % 2
        b = np.convolve(data, [1, 1, 0, 1])[: len(data)] % 2
        coded = np.column_stack([a, b]).ravel()
        mapped = np.column_stack([1 - coded, 1 - coded, coded, coded]).ravel()
        return np.concatenate([np.tile([0, 0, 1, 1, 1, 1, 0, 0], 10), mapped])


_ADVERTISING_ACCESS = number_bits(0x8E89BED6, 32)[::-1]
_INTERFRAME_S = 150e-6


def _draw_low_energy_rate(rng: Rng, phy: str) -> float:
    return smooth_rate((2e6 if phy == "2M" else 1e6) * rng.uniform(2.0, 4.0))


def _advertising(rng: Rng, seconds: float) -> Signal:
    """One of the channels 37 to 39: events each 20 to 1000 ms, some scanned and answered."""
    phy = "coded" if rng.random() < 0.08 else "1M"
    rate, seed = _draw_low_energy_rate(rng, phy), int(rng.integers(1, 128))
    air = Air(seconds, rate)
    scanner = _LowEnergy(rng, rate, phy, level(rng, 15))
    for i in range(int(rng.integers(1, 16))):
        device = _LowEnergy(rng, rate, phy, 1.0 if i == 0 else level(rng, 25))
        interval = log_uniform(rng, 0.02, 1.0)
        payload = random_octets(rng, int(choice(rng, (8, 15, 23, 32, 39, 39))))
        scanned = rng.random() < 0.3
        wave = device.packet(_ADVERTISING_ACCESS, payload, seed)
        now = first_start(rng, seconds, len(wave) / rate) if i == 0 else rng.uniform(0, interval)
        while now < seconds:
            air.add(now, wave)
            if scanned and rng.random() < 0.6:
                _scan(rng, air, now + len(wave) / rate, scanner, device, seed)
            now += interval + rng.uniform(0, 0.01)
    return air.signal()


def _scan(rng: Rng, air: Air, now: float, scanner, device, seed: int) -> None:
    """A request of 176 µs and its answer, each 150 µs after the packet before."""
    for station, octets in ((scanner, 14), (device, int(rng.integers(8, 40)))):
        wave = station.packet(_ADVERTISING_ACCESS, random_octets(rng, octets), seed)
        now += _INTERFRAME_S + rng.uniform(-2e-6, 2e-6)
        air.add(now, wave)
        now += len(wave) / air.rate


def _connection(rng: Rng, seconds: float) -> Signal:
    """Connection events: empty packets both ways, or data of up to 251 octets in rows."""
    phy = choice(rng, ("1M", "1M", "2M", "2M", "coded"))
    view = _View(rng, seconds, 2e6, 37, _draw_low_energy_rate(rng, phy))
    rate, seed = view.air.rate, int(rng.integers(1, 128))
    access = random_octets(rng, 4)
    ends = [_LowEnergy(rng, rate, phy, g) for g in rng.permutation([1.0, level(rng, 20)])]
    data_share, longest = rng.choice([0.0, 0.2, 0.9]), int(choice(rng, (27, 60, 251)))
    interval = 1.25e-3 * int(log_uniform(rng, 6, 100))

    def event() -> list[np.ndarray]:
        waves = []
        for _ in range(int(rng.integers(1, 8)) if rng.random() < data_share else 1):
            for end in ends:
                octets = int(rng.integers(1, longest + 1)) if rng.random() < data_share / 2 else 0
                waves.append(end.packet(access, random_octets(rng, 2 + octets), seed))
        return waves

    waves = event()
    now = first_start(rng, seconds, len(waves[0]) / rate)
    while now < seconds:
        start, channel = now, view.channel(rng)
        for wave in waves:
            view.add(start, wave, channel)
            start += len(wave) / rate + _INTERFRAME_S + rng.uniform(-2e-6, 2e-6)
        now = max(start, now + interval * view.events(rng))
        waves = event()
    return view.air.signal()


def _classic(rng: Rng, seconds: float) -> Signal:
    """Hops of 625 µs among 20 to 79 channels: packets of 1, 3 or 5 slots, basic and EDR."""
    view = _View(rng, seconds, 1e6, int(choice(rng, (20, 40, 79, 79))), None)
    rate, access, seed = view.air.rate, random_octets(rng, 9), int(rng.integers(1, 128))
    ends = [_Classic(rng, rate, g) for g in rng.permutation([1.0, level(rng, 20)])]
    busy, slot_s = rng.random(), 625e-6
    now = first_start(rng, seconds, 366e-6)
    while now < seconds:
        length = int(choice(rng, (1, 1, 3, 5))) if rng.random() < busy else 0
        view.add(now, choice(rng, ends).packet(rng, access, seed, length), view.channel(rng))
        now += slot_s * (max(length, 1) - 1 + view.events(rng))
    return view.air.signal()


class _View:
    """What a receiver gets of a system that hops: one channel, or several side by side."""

    def __init__(self, rng: Rng, seconds: float, spacing: float, hops: int, rate: float | None):
        self._spacing, self._seen = spacing, int(choice(rng, (1, 1, 1, 1, 3, 8)))
        self._mean = hops / self._seen
        if self._seen > 1:
            rate = smooth_rate((self._seen + 1) * spacing * rng.uniform(1.6, 2.2))
        self.air = Air(seconds, rate or smooth_rate(1e6 * rng.uniform(2.0, 4.0)))

    def channel(self, rng: Rng) -> float | None:
        """The centre of the next hop in Hz; None where one channel is all."""
        if self._seen == 1:
            return None
        return self._spacing * (float(rng.integers(self._seen)) - (self._seen - 1) / 2)

    def events(self, rng: Rng) -> int:
        """Hops until the next one that the receiver gets."""
        return int(rng.geometric(1 / self._mean))

    def add(self, start_s: float, wave: np.ndarray, centre: float | None) -> None:
        turned = wave if centre is None else wave * carrier(centre / self.air.rate, len(wave))
        self.air.add(start_s, turned, centre)


class _Classic:
    """A station of Bluetooth BR/EDR (Core 5.4, volume 2, parts A and B)."""

    def __init__(self, rng: Rng, rate: float, gain: float):
        self._rate, self._gain = rate, gain
        self._bits_a_symbol = int(choice(rng, (1, 2, 3)))
        self._index = rng.uniform(0.28, 0.35)
        self._offset = crystal_hz(rng, 2.44e9, 20, 7.5e4)
        self._ramp = rng.uniform(5e-7, 4e-6)
        self._loss = 10 ** (rng.uniform(-3, 1) / 20)

    def packet(self, rng: Rng, access: np.ndarray, seed: int, slots: int) -> np.ndarray:
        """An access code of 72 bits alone or with a header and so many slots of payload."""
        header = np.repeat(whiten(bits(rng, 18), (4, 7), 7, seed), 3)
        room = {0: 0, 1: 240, 3: 1500, 5: 2744}[slots]
        count = int(room * (rng.uniform(0.6, 1.0) if rng.random() < 0.3 else 1.0))
        basic = [access, header]
        if self._bits_a_symbol == 1:
            basic.append(bits(rng, count))
        values = np.concatenate(basic if slots or rng.random() < 0.6 else [access[:68]])
        transmitter = draw_fsk(
            rng,
            self._rate,
            1e6,
            self._index / 2 * 1e6,
            0.5,
            lead=(2e-6, 0.0),
            ramp=self._ramp,
            settle=(0.0, 1e-4),
            tilt=0.0,
            drift=0.0,
            tail=0.0,
        )
        wave = transmitter.burst(2.0 * values - 1)
        if self._bits_a_symbol > 1 and slots:
            wave = np.concatenate([wave, self._enhanced(rng, count)])
        return self._gain * wave * carrier(self._offset / self._rate, len(wave), rng.random())

    def _enhanced(self, rng: Rng, count: int) -> np.ndarray:
        """The guard time of 5 µs, then pi/4-DQPSK or 8-DPSK with a root-raised cosine of 0.4."""
        states = 2**self._bits_a_symbol
        turns = rng.integers(0, states, count + 12) / states
        turns = turns + (1 / 8 if states == 4 else 0.0)
        symbols = np.exp(2j * np.pi * np.cumsum(turns))
        wave = self._loss * shape_symbols(symbols, self._rate / 1e6, 0.4)
        wave = wave * ramps(len(wave), 1.5e-6 * self._rate)
        return np.concatenate([np.zeros(int(4e-6 * self._rate)), wave]).astype(np.complex64)


SERVICES = {"zigbee": zigbee, "ble": ble}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes digital signals in Hz and seconds, each at a rate of its own."""

from __future__ import annotations

import itertools

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...synthesis.lte import Cell, downlink
from ...synthesis.rf14.srd import draw_keyer, manchester, pulse_distance, pulse_width
from ...synthesis.rf14.wifi import Station
from ...synthesis.waves.keying import Signal, keyed_spans, send
from ...synthesis.waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
    nrz,
    shape_symbols,
    smooth,
)


def _octets(digits: str) -> np.ndarray:
    """The bits of hexadecimal digits, the highest first."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8))


def pager(rng: Rng, seconds: float) -> Signal:
    """POCSAG: 512, 1200 or 2400 Bd, 4.5 kHz to either side, 576 bits of preamble and batches."""
    rate, baud = 50e3, float(choice(rng, (512.0, 1200.0, 2400.0)))

    def burst():
        batches = [
            np.append(_octets("7CD215D8"), bits(rng, 512)) for _ in range(rng.integers(1, 4))
        ]
        symbols = 1 - 2.0 * np.concatenate([np.resize([1, 0], 576), *batches])
        return gaussian_fsk(symbols, rate / baud, 4500 / rate, 2.0)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.2, 2.0), 0.001)


def lte(rng: Rng, seconds: float) -> Signal:
    """The downlink of an LTE cell of 1.4 MHz, which is always on."""
    rate = 1.92e6
    cell = Cell(6, None, (10, 2), rng.uniform(0.3, 1.0), rng.uniform(-3, 1), 2, 2, 0, -40.0)
    n = round(seconds * rate)
    return Signal(
        downlink(rng, cell, 128, n, rng.uniform(0, 10)).astype(np.complex64), rate, ((0, n),)
    )


def ofdm(rng: Rng, seconds: float) -> Signal:
    """Multicarrier broadcast, 100 to 700 kHz wide, with null symbols as digital radio has them."""
    width = log_uniform(rng, 100e3, 700e3)
    fft_size = int(choice(rng, (256, 512, 1024)))
    used = int(0.375 * fft_size)
    rate = 12.5e3 * max(1, round(width / 0.75 / 12.5e3))
    guard = fft_size // int(choice(rng, (4, 8)))
    n = round(seconds * rate)
    count = n // (fft_size + guard) + 2
    grid = np.zeros((count, fft_size), np.complex64)
    points = np.exp(0.5j * np.pi * (rng.integers(0, 4, (count, 2 * used)) + 0.5))
    grid[:, 1 : used + 1], grid[:, -used:] = points[:, :used], points[:, used:]
    symbols = np.fft.ifft(grid, axis=1) * np.sqrt(fft_size)
    wave = np.concatenate([symbols[:, -guard:], symbols], axis=1).ravel()[:n]
    return Signal(wave.astype(np.complex64), rate, ((0, n),))


def qpsk(rng: Rng, seconds: float) -> Signal:
    """A satellite's or repeater's downlink: QPSK of 4 to 72 kBd, root-raised cosine."""
    baud = float(choice(rng, (4.8e3, 18e3, 36e3, 72e3)))
    rate = 12.5e3 * max(1, round(2 * baud / 12.5e3))
    n = round(seconds * rate)
    count = int(seconds * baud) + 40
    symbols = np.exp(0.5j * np.pi * (rng.integers(0, 4, count) + 0.5))
    wave = shape_symbols(symbols, rate / baud, float(choice(rng, (0.2, 0.35, 0.6))))[:n]
    return Signal(wave, rate, ((0, len(wave)),))


def _stuffed_with_checksum(data: np.ndarray) -> np.ndarray:
    """Bits and their CRC of ISO 13239, with a 0 behind each five ones."""
    register, sent, ones = 0xFFFF, [], 0
    for bit in data.tolist():
        register = register >> 1 ^ 0x8408 * ((register ^ bit) & 1)
    for bit in [*data.tolist(), *(~register >> k & 1 for k in range(16))]:
        sent.append(bit)
        ones = ones + 1 if bit else 0
        if ones == 5:
            sent.append(0)
            ones = 0
    return np.array(sent)


def ais(rng: Rng, seconds: float) -> Signal:
    """Ships: GMSK of 9600 Bd in slots of 26.67 ms, a message of 168 bits in each."""
    rate, flag = 50e3, _octets("7E")

    def burst():
        message = _stuffed_with_checksum(bits(rng, 168))
        data = np.concatenate([np.arange(24) % 2, flag, message, flag, np.zeros(8, int)])
        symbols = 1 - 2.0 * (np.cumsum(1 - data) % 2)  # the level changes with each 0
        return gaussian_fsk(symbols, rate / 9600, 2400 / rate, 0.4)

    return send(rng, seconds, rate, burst, lambda: rng.integers(2, 14) * 0.02667, 0.0005)


def dmr(rng: Rng, seconds: float) -> Signal:
    """A hand-held of two-slot TDMA: 27.5 ms of 4-level FSK every 60 ms, with the word of voice in
    the middle of each sixth."""
    rate, turn = 25e3, itertools.count(int(rng.integers(6)))

    def burst():
        pairs = rng.integers(0, 4, 132)
        if next(turn) % 6 == 0:
            pairs[54:78] = _octets("7F7D5DD57DFD").reshape(-1, 2) @ [2, 1]
        symbols = np.array([1 / 3, 1, -1 / 3, -1])[pairs]
        return gaussian_fsk(symbols, rate / 4800, 1944 / rate, 0.5)

    return send(rng, seconds, rate, burst, lambda: 0.0325, 0.0015)


def gsm(rng: Rng, seconds: float) -> Signal:
    """A telephone: GMSK bursts of 148 bits at 270.8 kBd, one in a frame of 4.615 ms."""
    rate, baud = 812.5e3, 1625e3 / 6

    def burst():
        return gaussian_fsk(2.0 * bits(rng, 148) - 1, rate / baud, baud / 4 / rate, 0.3)

    return send(rng, seconds, rate, burst, lambda: 7.68 * 577e-6, 1.5e-5)


def ook(rng: Rng, seconds: float) -> Signal:
    """Remotes and sensors: pulse width or Manchester code, repeated three to eight times."""
    unit = log_uniform(rng, 100e-6, 700e-6)
    rate = 12.5e3 * max(4, round(25 / unit / 12.5e3))
    code = choice(rng, (pulse_width, pulse_distance, manchester))
    telegram = np.array(code(bits(rng, int(rng.integers(16, 41)))), float)
    pause = np.zeros(int(choice(rng, (8, 12, 31))))
    levels = np.tile(np.concatenate([telegram, pause]), int(rng.integers(3, 9)))
    keyer = draw_keyer(rng, unit * rate)

    def burst():
        return keyer(nrz(levels[: int(seconds / unit) + 1], unit * rate))

    signal = send(rng, seconds, rate, burst, lambda: rng.uniform(0.3, 2.0), 0.0)
    pulse = 10 * np.median(_run_lengths(telegram)) * unit
    return Signal(signal.samples, rate, keyed_spans(signal.samples, rate, pulse))


def _run_lengths(levels: np.ndarray) -> np.ndarray:
    """The lengths of the runs of ones, in units."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], levels > 0.5, [0]]).astype(int)))
    return np.diff(turns)[::2]


def fsk(rng: Rng, seconds: float) -> Signal:
    """Sensors, meters and small satellites: FSK packets of 1.2 to 50 kBd."""
    baud, index = log_uniform(rng, 1.2e3, 50e3), log_uniform(rng, 0.5, 2.5)
    rate = 12.5e3 * max(2, round(baud * (2.5 * index + 4) / 12.5e3))
    bt, length = choice(rng, (0.5, 1.0, 2.0)), int(rng.integers(120, 900))
    thermal = rng.uniform(-0.05, 0.05) * baud / rate

    def burst():
        symbols = 2.0 * np.concatenate([np.arange(64) % 2, bits(rng, length)]) - 1
        wave = gaussian_fsk(symbols, rate / baud, baud * index / 2 / rate, bt)
        return wave * carrier(thermal * np.exp(-3 * np.arange(len(wave)) / len(wave)))

    gap = log_uniform(rng, 0.05, 1.0)
    return send(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 1.5), 2 / baud)


def lora(rng: Rng, seconds: float) -> Signal:
    """Chirps of 62.5 to 250 kHz, spreading factors 7 to 11."""
    width, factor = float(choice(rng, (62.5e3, 125e3, 125e3, 250e3))), int(rng.integers(7, 12))
    rate, n = 2 * width, 2 ** (factor + 1)

    def burst():
        symbols = int(min(rng.integers(24, 70), 0.8 * seconds * rate / n))
        starts = rng.integers(0, 2**factor, symbols) / 2**factor
        starts[:8] = 0.0
        place = (np.arange(n) / n)[None, :] + starts[:, None]
        up = ((place % 1.0) - 0.5) * width / rate
        return carrier(np.r_[up[:10].ravel(), -np.resize(up[0], 9 * n // 4), up[10:].ravel()])

    gap = log_uniform(rng, 0.1, 1.0)
    return send(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 1.5), 1e-4)


def wifi(rng: Rng, seconds: float) -> Signal:
    """Frames of 802.11ah in a channel of 1 MHz: those of 802.11 with a clock 20 times slower."""
    rate, station = 1e6, Station(rng)
    gap = log_uniform(rng, 2e-3, 50e-3)
    return send(
        rng,
        seconds,
        rate,
        lambda: station.frame(rng, min(400, station.length(rng))),
        lambda: 1e-3 + rng.exponential(gap),
        0.0,
    )


def pulses(rng: Rng, seconds: float) -> Signal:
    """Replies of 120 µs by pulse position, 2 µs a pulse, as Mode S at half the speed."""
    rate = 2e6

    def burst():
        data = bits(rng, 28)
        levels = [*(1, 0, 1, 0), *np.column_stack([1 - data, data]).ravel()]
        return smooth(nrz(levels, 4.0), 1.0)

    mean = log_uniform(rng, 3e-3, 50e-3)
    return send(rng, seconds, rate, burst, lambda: 2e-4 + rng.exponential(mean), 0.0)


def hopper(rng: Rng, seconds: float) -> Signal:
    """Bursts of 1 to 20 ms and at least 80 bits, each on another of 4 to 20 channels."""
    rate, length = 2e6, log_uniform(rng, 1e-3, 20e-3)
    baud = max(log_uniform(rng, 10e3, 40e3), 80 / length)
    spacing = rng.uniform(2.5, 4) * baud
    channels = min(int(rng.integers(6, 21)), int(1.6e6 / spacing))
    centres: list[float] = []

    def burst():
        centres.append((float(rng.integers(channels)) - (channels - 1) / 2) * spacing)
        symbols = 2.0 * bits(rng, max(8, int(length * baud))) - 1
        wave = gaussian_fsk(symbols, rate / baud, 0.25 * baud / rate, 0.5)
        return wave * carrier(centres[-1] / rate, len(wave))

    gap = length * rng.uniform(0.25, 3)
    signal = send(rng, seconds, rate, burst, lambda: gap, 1 / baud)
    return Signal(signal.samples, rate, signal.spans, tuple(centres[: len(signal.spans)]))

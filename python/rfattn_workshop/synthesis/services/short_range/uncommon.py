# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes technologies that are no class: links, hoppers, radars, spread spectrum, interference."""

from __future__ import annotations

import numpy as np
import scipy.fft
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
    nrz,
    smooth,
)
from ..parts.air import (
    Air,
    crystal_hz,
    first_start,
    level,
    random_octets,
    send_messages,
    smooth_rate,
)
from .wlan import constellation


def sigfox(rng: Rng, seconds: float) -> Signal:
    """Uplinks of DBPSK at 100 or 600 Bd: 14 to 26 octets, three times on other frequencies."""
    baud = float(choice(rng, (100.0, 100.0, 600.0)))
    spread = rng.uniform(5, 40) * baud
    rate = smooth_rate(2 * spread + 8 * baud)
    air = Air(seconds, rate)
    octets = int(rng.integers(14, 27))
    length = 8 * octets / baud
    now = first_start(rng, seconds, length)
    while now < seconds:
        for _ in range(3):
            centre = rng.uniform(-0.9, 0.9) * spread
            wave = _binary_phases(rng, random_octets(rng, octets), rate / baud)
            turn = carrier(centre / rate, len(wave), rng.random())
            air.add(now, wave * turn, centre)
            now += length + rng.uniform(0.3, 0.6)
        now += rng.exponential(5.0)
    return air.signal()


def _binary_phases(rng: Rng, data: np.ndarray, period: float) -> np.ndarray:
    """DBPSK whose amplitude dips at turns: zeros turn the phase."""
    signs = 1.0 - 2.0 * (np.cumsum(1 - data) % 2)
    wave = smooth(nrz(signs, period), rng.uniform(0.12, 0.25) * period)
    return (wave * ramps(len(wave), 0.5 * period)).astype(np.complex64)


_BARKER = np.array([1, -1, 1, 1, -1, 1, 1, 1, -1, -1, -1.0])
_CCK_SIGNS = np.array([1, 1, 1, -1, 1, 1, -1, 1])


def wifi_dsss(rng: Rng, seconds: float) -> Signal:
    """802.11b: Barker code of 11 Mchip/s at 1 and 2 Mb/s, CCK at 5.5 and 11 Mb/s; beacons."""
    air = Air(seconds, 40e6)
    fast = int(choice(rng, (1, 1, 2, 4, 8)))
    edge, mean = rng.uniform(0.25, 0.6), log_uniform(rng, 3e-4, 0.1)
    gains = [1.0, level(rng, 20)]
    offsets = [crystal_hz(rng, 2.44e9, 25, 1e5) / 40e6 for _ in gains]
    size = int(choice(rng, (60, 250, 1500)))

    def frame(station: int, octets: int, fast: int) -> np.ndarray:
        wave = smooth(_dsss_frame(rng, octets, fast), edge * 40 / 11)
        wave = gains[station] * wave * carrier(offsets[station], len(wave), rng.random())
        return wave * ramps(len(wave), 4e-7 * 40e6)

    wave = frame(0, int(rng.integers(100, 350)), 1)
    now = first_start(rng, seconds, len(wave) / 40e6)
    while now < seconds:
        air.add(now, wave)
        now += len(wave) / 40e6 + 10e-6
        if rng.random() < 0.7:
            wave = frame(1, 14, 1)
            air.add(now, wave)
            now += len(wave) / 40e6
        now += 50e-6 + rng.exponential(mean)
        wave = frame(int(rng.integers(2)), int(size * rng.uniform(0.5, 1)), fast)
    return air.signal()


def _dsss_frame(rng: Rng, octets: int, megabits: int) -> np.ndarray:
    """Preamble and header of 192 bits at 1 Mb/s, then data (802.11, clauses 15 and 16)."""
    head = np.exp(1j * np.pi * np.cumsum(bits(rng, 192)))
    if megabits < 4:
        count = 8 * octets // megabits
        turns = rng.integers(0, 2 * megabits, count) / (2 * megabits)
        body = np.exp(2j * np.pi * np.cumsum(turns))
        chips = np.outer(np.concatenate([head, head[-1] * body]), _BARKER).ravel()
    else:
        count = 8 * octets // megabits
        p = np.pi / 2 * rng.integers(0, 4, (count, 4))
        p[:, 0] = np.cumsum(p[:, 0])
        uses = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 0, 0, 1]])
        uses = np.concatenate([uses, [[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]])
        code = np.exp(1j * p @ uses.T) * _CCK_SIGNS
        chips = np.concatenate([np.outer(head, _BARKER).ravel(), code.ravel()])
    return nrz(chips.real, 40 / 11) + 1j * nrz(chips.imag, 40 / 11)


def drone_ofdm(rng: Rng, seconds: float) -> Signal:
    """A drone's video link: OFDM of 9 or 18 MHz, 15 kHz apart, frames of 0.6 to 8 ms.

    One or two symbols of a frame are Zadoff-Chu sequences.
    """
    used, size = choice(rng, ((600, 1024), (1200, 2048)))
    rate, guard = smooth_rate(2 * 15e3 * size), size // 14 * 2
    tones = np.r_[-used // 2 : 0, 1 : used // 2 + 1]
    order = int(choice(rng, (2, 2, 4)))
    symbols, period = int(choice(rng, (8, 9, 14, 56, 112))), log_uniform(rng, 2e-3, 0.6)
    gain = rng.uniform(2.0, 3.5)

    def message():
        grid = np.zeros((symbols, 2 * size), np.complex64)
        grid[:, tones] = constellation(rng, (symbols, used), order)
        k = np.arange(used)
        for row, root in ((min(3, symbols - 1), 601), (min(5, symbols - 1), 147)):
            grid[row, tones] = np.exp(-1j * np.pi * root * k * (k + 1) / (used + 1))
        out = scipy.fft.ifft(grid, axis=1) * 2 * size / np.sqrt(used)
        wave = np.concatenate([out[:, -guard:], out], axis=1).ravel()
        wave = wave / (1 + np.abs(wave / gain) ** 6) ** (1 / 6)
        return [(wave.astype(np.complex64), 1e-4)]

    return send_messages(rng, seconds, rate, message, lambda: period * rng.uniform(0.99, 1.01))


def fhss_rc(rng: Rng, seconds: float) -> Signal:
    """A remote control at 2.4 GHz: packets of 0.3 to 2 ms, each on the next of 8 to 40 channels."""
    rate, baud = 28e6, float(choice(rng, (250e3, 250e3, 1e6)))
    spacing = 16e6 / float(rng.integers(8, 41))
    count = int(16e6 / spacing)
    order = (rng.integers(1, count) * np.arange(count) + rng.integers(count)) % count
    length = max(0.3e-3, rng.uniform(150, 500) / baud)
    frame = float(choice(rng, (4e-3, 5e-3, 7e-3, 9e-3, 11e-3)))
    sync, index = bits(rng, 48), rng.uniform(0.32, 1.0)
    air = Air(seconds, rate)
    now = first_start(rng, seconds, length)
    hop = 0
    while now < seconds:
        centre = (float(order[hop % count]) - (count - 1) / 2) * spacing
        values = np.concatenate([sync, bits(rng, int(length * baud) - 48)])
        wave = gaussian_fsk(2.0 * values - 1, rate / baud, index / 2 * baud / rate, 0.5)
        wave = wave * ramps(len(wave), 5e-6 * rate)
        air.add(now, wave * carrier(centre / rate, len(wave)), centre)
        now += max(frame, length + 2e-4)
        hop += 1
    return air.signal()


OTHERS = {
    "sigfox": sigfox,
    "wifi_dsss": wifi_dsss,
    "drone_ofdm": drone_ofdm,
    "fhss_rc": fhss_rc,
}

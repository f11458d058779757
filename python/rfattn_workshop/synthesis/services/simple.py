# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes standards by their modulation and random data alone, with any filter that a maker may take.

Test transmitters, home-made ones and simulations send such signals. Deviations, roll-offs and
lengths are those of the standards, give or take what cheap transmitters do. Where frames tell what
the standard is, such a signal has none that a receiver could find: it is of no class, and only the
family of the class describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ..waves.keying import Signal
from ..waves.waveform import Rng, choice, log_uniform, nrz
from . import simple_analogue
from .parts.ofdm import modulate, qam
from .parts.on_air import Range, Timing, put_on_air
from .parts.shaping import continuous, cosine, shape, smooth_rate, square

SHARE = 0.3
"""Share of the signals of a class that are simple, where there is a simple one."""
UNFRAMED = "unframed_"
"""What the name of a technology of no class begins with that has the modulation of a class, whose
name follows, and none of its frames."""


def _filtered(rng: Rng, baud: float, rate: float, bt: float) -> Callable[[np.ndarray], np.ndarray]:
    """Draws a filter: a function from symbols to a frequency for each sample.

    Args:
        bt: the standard's, roughly, where its filter is Gaussian.
    """
    kind = rng.random()
    if kind > 0.9:
        return lambda symbols: nrz(symbols, rate / baud)
    if kind < 0.5:
        pulse = square(bt * log_uniform(rng, 0.7, 1.6))
    elif kind < 0.8:
        pulse = cosine(rng.uniform(0.2, 0.5))
    else:
        pulse = square(rng.uniform(0.8, 3.0))
    return lambda symbols: shape(symbols, baud, rate, pulse, 8)


def fsk(levels: int, modes: Sequence[Range], bt: float, timing: Timing):
    """A function that makes frequency shift keying.

    Args:
        levels: 2 or 4.
        modes: symbol rate in Bd and outer deviation in Hz, one of which is drawn.
        bt: of a Gaussian filter.
    """
    points = np.linspace(-1, 1, levels)

    def make(rng: Rng, seconds: float) -> Signal:
        baud, deviation = choice(rng, modes)
        deviation *= rng.uniform(0.88, 1.12)
        rate = smooth_rate(max(4 * baud, 4 * deviation + 2 * baud) * rng.uniform(1.0, 1.6))
        to_frequency = _filtered(rng, baud, rate, bt)

        def wave(count: int) -> np.ndarray:
            symbols = points[rng.integers(0, levels, int(count * baud / rate) + 24)]
            return carrier(deviation / rate * to_frequency(symbols)[:count], None, rng.random())

        return put_on_air(rng, seconds, rate, wave, timing)

    return make


def psk(points: int, bauds: Sequence[float], rolloff: float, timing: Timing, turn: float = 0.0):
    """A function that makes phase shift keying behind a root-raised cosine.

    Args:
        rolloff: of the standard; others are drawn around it.
        turn: by which the constellation turns from symbol to symbol, in turns.
    """

    def make(rng: Rng, seconds: float) -> Signal:
        baud = choice(rng, bauds)
        pulse = cosine(float(np.clip(rolloff * rng.uniform(0.7, 1.4), 0.15, 0.95)))
        rate = smooth_rate(baud * rng.uniform(2.5, 4.5))

        def wave(count: int) -> np.ndarray:
            n = int(count * baud / rate) + 24
            symbols = np.exp(2j * np.pi * rng.integers(0, points, n) / points) * carrier(turn, n)
            return shape(symbols, baud, rate, pulse, 8)[:count]

        return put_on_air(rng, seconds, rate, wave, timing)

    return make


def ofdm(modes: Sequence[tuple[int, float, float]], null: tuple[int, float] = (0, 0.0), on=1.0):
    """A function that makes orthogonal carriers of random points.

    Args:
        modes: number of carriers, their distance in Hz, guard as a share of a symbol.
        null: symbols in a frame, and the pause before each frame in symbols; 0: no pauses.
        on: share of each 10 ms that is sent; below 1 it is time division.
    """

    def make(rng: Rng, seconds: float) -> Signal:
        carriers, spacing, share = choice(rng, modes)
        size = 2 ** int(np.ceil(np.log2(1.1 * carriers)))
        guard, rate, n = round(share * size), spacing * size, round(seconds * spacing * size)
        count = n // (size + guard) + 2
        points = qam(rng, (count, carriers), choice(rng, (2, 2, 4, 8)))
        wave = modulate(points, size, guard)
        if null[0]:
            firsts = np.arange(0, len(wave), null[0] * (size + guard))
            wave = np.insert(wave, np.repeat(firsts, round(null[1] * (size + guard))), 0)
        wave = wave[:n]
        if on < 1.0:
            wave = wave * ((np.arange(n) / rate / 0.01 + rng.random()) % 1.0 < on)
        return continuous(wave, seconds, rate)

    return make


def acars(rng: Rng, seconds: float) -> Signal:
    """Blocks of 2400 Bd minimum shift keying, tones of 1200 and 2400 Hz, on an AM transmitter."""
    rate = 50e3
    depth = rng.uniform(0.5, 1.0)

    def wave(count: int) -> np.ndarray:
        data = 2.0 * rng.integers(0, 2, int(count * 2400 / rate) + 2) - 1
        tone = np.cumsum(1800 + 600 * nrz(data, rate / 2400))[:count] / rate
        return (1 + depth * np.sin(2 * np.pi * (tone + rng.random()))).astype(np.complex64)

    return put_on_air(rng, seconds, rate, wave, Timing(0.0, (0.1, 0.9), (0.2, 4)))


_ALWAYS, _OVERS, _SLOTS = Timing(), Timing(0.4), Timing(0.5, (0.0265, 0.0285), period_s=0.06)
_SATELLITE = Timing(0.5, (0.1, 5.0), (0.2, 5.0))
_SHORT_RANGE = Timing(0.0, (0.003, 0.2), (0.02, 2.0))
_FSK_SRD = tuple(
    (baud, min(60e3, baud * index / 2))
    for baud in np.geomspace(1200.0, 50e3, 25)
    for index in (0.5, 0.7, 1.0, 1.4, 2.0, 2.5, 4.0, 8.0, 16.0)
    if baud * index > 4e3
)
_SAT_FSK = tuple(
    (baud, baud * index / 2)
    for baud in (1200.0, 2400.0, 4800.0, 9600.0, 9600.0, 19200.0)
    for index in (0.5, 0.5, 0.66, 1.0)
)

SIMPLE: dict[str, Callable[[Rng, float], Signal]] = {
    **simple_analogue.SIMPLE,
    "dab": ofdm(((1536, 1000.0, 0.246),), (76, 1.04)),
    "fsk_srd": fsk(2, _FSK_SRD, 1.0, _SHORT_RANGE),
    "iridium": psk(4, (25e3,), 0.4, Timing(0.0, (0.007, 0.0205), period_s=0.09)),
    "vdl2": psk(8, (10.5e3,), 0.6, Timing(0.0, (0.02, 0.3), (0.1, 1.0))),
}
"""Simple signals of classes. No receiver looks for frames of theirs, except for those of FM
broadcasting, which may be mono."""

_UNFRAMED: dict[str, Callable[[Rng, float], Signal]] = {
    "acars": acars,
    "ais": fsk(2, ((9600.0, 2400.0),), 0.4, Timing(0.0, (0.024, 0.028), (0.03, 1.0))),
    "ble": fsk(2, ((1e6, 250e3),), 0.5, Timing(0.0, (8e-5, 4e-4), (0.005, 0.1))),
    "dect": fsk(2, ((1.152e6, 288e3),), 0.5, Timing(0.0, (3.5e-4, 3.8e-4), period_s=0.01)),
    "dmr": fsk(4, ((4800.0, 1944.0),), 0.5, _SLOTS),
    "dpmr": fsk(4, ((2400.0, 1050.0),), 0.5, _OVERS),
    "dstar": fsk(2, ((4800.0, 1200.0),), 0.5, _OVERS),
    "dvbt": ofdm(((1705, 4500.0, 0.125), (1705, 4500.0, 0.25), (6817, 1125.0, 0.125))),
    "gsm": fsk(
        2, ((1625e3 / 6, 1625e3 / 24),), 0.3, Timing(0.6, (5.4e-4, 5.5e-4), period_s=0.004615)
    ),
    "inmarsat": psk(2, (600.0, 1200.0), 0.6, _ALWAYS),
    "lrpt": psk(4, (72e3,), 0.6, _ALWAYS),
    "lte_fdd": ofdm(
        tuple((c, 15e3, 0.0703) for c in (72, 72, 180, 300, 600, 1200)),
    ),
    "lte_tdd": ofdm(tuple((c, 15e3, 0.0703) for c in (72, 300, 600, 1200)), on=0.7),
    "navtex": fsk(2, ((100.0, 85.0),), 1.0, Timing(0.8)),
    "nxdn": fsk(4, ((2400.0, 1050.0), (4800.0, 2400.0)), 0.5, _OVERS),
    "orbcomm": psk(2, (4800.0,), 0.4, _ALWAYS, 0.25),
    "p25": fsk(4, ((4800.0, 1800.0),), 0.5, _OVERS),
    "pocsag": fsk(2, ((512.0, 4500.0), (1200.0, 4500.0), (2400.0, 4500.0)), 2.0, _OVERS),
    "radiosonde": fsk(2, ((4800.0, 2400.0),), 0.5, Timing(0.4, (0.5, 0.6), period_s=1.0)),
    "rtty": fsk(
        2,
        tuple((b, s) for b in (45.45, 50.0, 75.0) for s in (85.0, 225.0, 425.0)),
        1.0,
        Timing(0.8),
    ),
    "sat_bpsk": psk(2, (1200.0, 2400.0, 9600.0), 0.35, _SATELLITE),
    "sat_fsk": fsk(2, _SAT_FSK, 0.5, _SATELLITE),
    "tetra": psk(4, (18e3,), 0.35, Timing(0.6, (0.0135, 0.0145), period_s=0.05667), 0.125),
    "ysf": fsk(4, ((4800.0, 2700.0),), 0.5, _OVERS),
}
"""By the class whose modulation it is. Z-Wave is absent: its packets without frames are those of
other sensors, `fsk_srd`."""

OTHERS = {UNFRAMED + name: make for name, make in _UNFRAMED.items()}


def sometimes(name: str, make: Callable[[Rng, float], Signal]) -> Callable[[Rng, float], Signal]:
    """`make`, or the simple signal of the class in `SHARE` of the draws."""
    simple = SIMPLE.get(name)
    if simple is None:
        return make

    def either(rng: Rng, seconds: float) -> Signal:
        return simple(rng, seconds) if rng.random() < SHARE else make(rng, seconds)

    return either

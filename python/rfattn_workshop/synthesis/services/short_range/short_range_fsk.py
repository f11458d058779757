# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes short-range devices with FSK: sensors, alarms, key fobs, tyre sensors."""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.air import (
    Content,
    crystal_hz,
    random_octets,
    send_messages,
    smooth_rate,
)
from ..parts.fsk_transmitter import draw_fsk
from ..parts.packets import (
    alternating,
    crc16,
    differential_manchester,
    manchester,
    number_bits,
    whiten,
)

CARRIERS = (315e6, 433.92e6, 868.3e6, 915e6)
USUAL_BAUDS = (1200, 2400, 4800, 9579, 9600, 9992, 10000, 17241, 19200, 20000, 32768, 38400, 50000)
SYNC_WORDS = (0x2DD4, 0xD391, 0x54CD, 0xE9CA, 0x7E7E, 0xAAD4, 0x2DC5, 0xF68D, 0x9A7D)


def fsk_srd(rng: Rng, seconds: float) -> Signal:
    """Sensors, alarms and fobs below 1 GHz; one in eight is a remote at 2.4 GHz.

    Two in five keep to a modulation index of 0.5 to 3, as modules for narrow channels do.
    """
    if rng.random() < 0.12:
        return _fast_remote(rng, seconds)
    baud = float(choice(rng, USUAL_BAUDS)) if rng.random() < 0.5 else log_uniform(rng, 1.2e3, 50e3)
    baud *= rng.uniform(0.97, 1.03) if rng.random() < 0.4 else 1.0
    if rng.random() < 0.4:
        deviation = float(np.clip(0.5 * log_uniform(rng, 0.5, 3.0) * baud, 2e3, 60e3))
    else:
        least = max(5e3, 0.25 * baud)
        deviation = float(np.clip(log_uniform(rng, 5e3, 60e3), least, 12 * baud))
    bt = float(choice(rng, (0.5, 0.5, 0.7, 1.0))) if rng.random() < 0.4 else None
    return _telegrams(rng, seconds, baud, deviation, bt)


def _fast_remote(rng: Rng, seconds: float) -> Signal:
    """Toys, keyboards and mice at 2.4 GHz: 250 kBd to 2 MBd, packets of 0.1 to 0.5 ms."""
    baud = float(choice(rng, (250e3, 1e6, 1e6, 2e6)))
    deviation = {250e3: 160e3, 1e6: 160e3, 2e6: 320e3}[baud] * rng.uniform(0.85, 1.6)
    rate = smooth_rate(rng.uniform(2.2, 3.5) * (2 * deviation + baud))
    transmitter = draw_fsk(
        rng,
        rate,
        baud,
        deviation,
        0.5,
        offset=crystal_hz(rng, 2.44e9, 40, 0.05 * rate),
        drift=rng.normal(0, 1e6),
    )
    sync, content = random_octets(rng, choice(rng, (3, 4, 5))), Content(rng, rng.integers(2, 33))
    head = alternating(8 * choice(rng, (1, 1, 3)), int(rng.integers(2)))
    whitened, copies = rng.random() < 0.4, int(choice(rng, (1, 1, 2, 3, 8)))
    inner, pause = log_uniform(rng, 2e-4, 3e-3), log_uniform(rng, 2e-3, 0.06)

    def message():
        body = content()
        body = np.concatenate([body, crc16(body)])
        body = whiten(body, (4, 7), 7, 0x55) if whitened else body
        wave = transmitter.burst(2.0 * np.concatenate([head, sync, body]) - 1)
        return [(wave, inner)] * copies

    return send_messages(rng, seconds, rate, message, lambda: pause * rng.uniform(0.95, 1.05))


def _telegrams(rng: Rng, seconds: float, baud: float, deviation: float, bt) -> Signal:
    coding = choice(rng, ("plain", "plain", "whitened", "manchester", "manchester"))
    rate = smooth_rate(rng.uniform(2.4, 3.8) * (2 * deviation + baud))
    transmitter = draw_fsk(
        rng,
        rate,
        baud,
        deviation,
        bt,
        offset=crystal_hz(rng, choice(rng, CARRIERS), 30, 0.06 * rate),
    )
    head = _draw_header(rng, baud)
    content = Content(rng, int(log_uniform(rng, 4, 60)))
    copies = int(choice(rng, (1, 1, 1, 2, 3, 3, 4, 6, 8)))
    inner, pause = log_uniform(rng, 1.5e-3, 0.12), log_uniform(rng, 0.15, 20)
    inverted = int(rng.integers(2))

    def message():
        body = content()
        body = np.concatenate([body, crc16(body)])
        body = whiten(body) if coding == "whitened" else body
        body = manchester(body) if coding == "manchester" else body
        symbols = 2.0 * (np.concatenate([head, body]) ^ inverted) - 1
        return [(transmitter.burst(symbols), inner)] * copies

    return send_messages(rng, seconds, rate, message, lambda: pause * rng.uniform(0.8, 1.2))


def _draw_header(rng: Rng, baud: float) -> np.ndarray:
    """Preamble and synchronization word; a few preambles are long, to wake a receiver."""
    length = 8 * int(log_uniform(rng, 2, 20))
    if rng.random() < 0.1:
        length = int(log_uniform(rng, 0.05, 1.0) * baud)
    preamble = alternating(length, int(rng.integers(2)))
    if rng.random() < 0.1:
        preamble = np.resize([1, 1, 0, 0], length)
    sync = number_bits(int(choice(rng, SYNC_WORDS)), 16)
    if rng.random() < 0.5:
        sync = random_octets(rng, int(choice(rng, (1, 2, 3, 4))))
    return np.concatenate([preamble, np.tile(sync, int(choice(rng, (1, 1, 1, 2))))])


def tpms(rng: Rng, seconds: float) -> Signal:
    """Tyre sensors at 315 and 433.92 MHz: telegrams of about 10 ms, 3 to 8 times.

    Some key the carrier: those have the FSK framing with one tone off.
    """
    chips = 2 * float(choice(rng, (4.096e3, 5e3, 8.192e3, 9.6e3, 9.615e3, 10e3))) * _tolerance(rng)
    keyed = rng.random() < 0.2
    deviation = rng.uniform(20e3, 60e3)
    rate = smooth_rate(rng.uniform(2.4, 3.8) * (2 * deviation + chips))
    transmitter = draw_fsk(
        rng,
        rate,
        chips,
        0.0 if keyed else deviation,
        None,
        offset=crystal_hz(rng, choice(rng, (315e6, 433.92e6)), 60, 0.06 * rate),
        tilt=1.0 if keyed else rng.normal(0, 0.06),
        lead=(log_uniform(rng, 5e-5, 1.5e-3), choice(rng, (-1.0, 1.0, 1.0, 0.3))),
        gain=0.5 if keyed else 1.0,
    )
    head = choice(
        rng,
        (
            np.array([*[0] * 12, 0, 1], np.int64),
            alternating(16),
            np.array([1] * 15 + [0], np.int64),
            np.array([*[1, 0] * 6, 1, 1, 1, 0], np.int64),
        ),
    )
    code = choice(rng, (manchester, manchester, manchester, differential_manchester))
    content = Content(rng, int(choice(rng, (7, 8, 8, 9, 10, 12, 16))))
    copies, inner = int(rng.integers(3, 9)), log_uniform(rng, 0.02, 0.12)
    pause = log_uniform(rng, 0.5, 30)

    def message():
        body = content()
        chip_values = code(np.concatenate([head, body, crc16(body)[:8]]))
        # A sensor draws its pauses, so that those of two wheels never stay on top of each other.
        wave = transmitter.burst(2.0 * chip_values - 1)
        return [(wave, inner * rng.uniform(0.8, 1.2)) for _ in range(copies)]

    return send_messages(rng, seconds, rate, message, lambda: pause * rng.uniform(0.7, 1.3))


def _tolerance(rng: Rng) -> float:
    """The relative clock of a sensor: a crystal, or an RC oscillator good to 3 %."""
    return float(rng.uniform(0.97, 1.03)) if rng.random() < 0.3 else 1.0


SERVICES = {"fsk_srd": fsk_srd, "tpms": tpms}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes unknown signals of several parts: pictures line by line, subcarriers, changing keying."""

from __future__ import annotations

import numpy as np

from ..keying import Signal
from ..waveform import Rng, apply_response, band, carrier, choice, log_uniform, white
from .hf_air import shape, shift_keying
from .unknown_keyed import draw_rate, draw_width, on_air


def random_raster(rng: Rng, seconds: float) -> Signal:
    """Pictures or screens line by line, by AM or FM: sync pulses, lines that resemble each other.

    Lines come 2 to 50000 times a second.
    """
    width = draw_width(rng, seconds, 1e3)
    rate = draw_rate(rng, width)
    line_s = log_uniform(rng, max(20 / width, 2e-5), max(25 / width, min(0.5, 400 / width)))
    pixels = max(4, int(line_s * width / 3))
    sync, sync_level = max(1, int(pixels * rng.uniform(0.03, 0.15))), rng.uniform(-0.3, 0.0)
    by_fm, change = rng.random() < 0.5, log_uniform(rng, 0.01, 1.0)
    deviation = width / rate / 3

    def make(count):
        lines = int(count / rate / line_s) + 2
        moves = rng.standard_normal((min(lines, 500), pixels)) * change
        moves[0] = np.cumsum(rng.standard_normal(pixels))
        picture = np.resize(np.cumsum(moves, axis=0), (lines, pixels))
        picture = (picture - picture.min()) / (np.ptp(picture) + 1e-9)
        picture[:, :sync] = sync_level
        place = np.arange(count) / rate / line_s * pixels
        video = np.interp(place, np.arange(picture.size), picture.ravel())
        if by_fm:
            return carrier((video - 0.5) * deviation)
        return (0.4 + video).astype(np.complex64)

    return on_air(rng, seconds, rate, make, 3 * line_s)


SUBCARRIER_AVOIDED = (1100, 1300)
"""Bd of packet radio on FM, and near it."""


def random_subcarrier(rng: Rng, seconds: float) -> Signal:
    """Data on one to three subcarriers, which modulate a carrier by FM or AM."""
    width = draw_width(rng, seconds, 500.0)
    rate = draw_rate(rng, width)
    by_fm = rng.random() < 0.6
    top = width / 2 / (rng.uniform(1.2, 4) if by_fm else 1.0)
    lines = [_subcarrier(rng, top, rate) for _ in range(int(rng.integers(1, 4)))]
    index, bias = width / 2 - top, rng.uniform(0.5, 1.2)

    def make(count):
        audio = sum(line(count) for line in lines) / len(lines)
        if by_fm:
            return carrier(audio * max(index, 0.3 * top) / rate)
        return (bias + audio).astype(np.complex64)

    return on_air(rng, seconds, rate, make, 40 / top)


def _subcarrier(rng: Rng, top: float, rate: float):
    """Draws a subcarrier below ``top`` Hz; returns what makes so many samples of it, within 1."""
    place = rng.uniform(0.3, 0.75) * top
    baud = min(place, top - place) * rng.uniform(0.2, 0.9)
    if SUBCARRIER_AVOIDED[0] < baud < SUBCARRIER_AVOIDED[1]:
        baud *= 0.8
    kind, order, index = rng.random(), int(choice(rng, (2, 2, 4))), rng.uniform(0.3, 1.2)

    def line(count):
        n = int(count * baud / rate) + 2
        numbers = rng.integers(0, order, n)
        if kind < 0.5:
            wave = shift_keying(numbers - (order - 1) / 2, rate, baud, index * baud / order)
        elif kind < 0.85:
            wave = 0.7 * shape(np.exp(2j * np.pi * numbers / order), rate / baud, 0.5)
        else:
            wave = np.ones(count)
        wave = np.resize(wave, count)
        return (wave * carrier(place / rate, count)).real

    return line


def random_stages(rng: Rng, seconds: float) -> Signal:
    """Transmissions of two to five parts: tones, sweeps, noise, keying of several rates."""
    width = draw_width(rng, seconds, 50.0)
    rate = draw_rate(rng, width)
    parts = [_stage(rng, width, rate) for _ in range(int(rng.integers(2, 6)))]
    shares = np.cumsum(rng.dirichlet(np.full(len(parts), 2.0)))
    cycle = 1 if rng.random() < 0.6 else int(rng.integers(2, 8))

    def make(count):
        ends = np.round(
            np.concatenate([[0], (shares + np.arange(cycle)[:, None]).ravel()]) * count / cycle
        )
        lengths = np.diff(ends).astype(int)
        return np.concatenate([parts[k % len(parts)](n) for k, n in enumerate(lengths)])

    return on_air(rng, seconds, rate, make, 60 / width)


def _stage(rng: Rng, width: float, rate: float):
    """Draws one part; returns what makes so many samples of it, of power about 1."""
    kind, order = int(rng.integers(5)), int(choice(rng, (2, 4, 8)))
    baud, place = width * rng.uniform(0.1, 0.6), rng.uniform(-0.3, 0.3) * width / rate

    def stage(count):
        n = int(count * baud / rate) + 2
        if kind == 0:
            wave = carrier(place, count)
        elif kind == 1:
            wave = carrier((np.arange(count) / max(count, 1) - 0.5) * width / rate)
        elif kind == 2:
            half = width / 2 / rate
            wave = apply_response(white(rng, max(count, 2)), band(-half, half, half / 3))
            wave = wave / np.sqrt(2 * half)
        elif kind == 3:
            tones = rng.integers(0, order, n) - (order - 1) / 2
            wave = shift_keying(tones, rate, baud, (width - baud) / order)
        else:
            points = np.exp(2j * np.pi * rng.integers(0, order, n) / order)
            wave = shape(points, rate / baud, 0.4)
        return wave[:count] if len(wave) >= count else np.resize(wave, count)

    return stage


OTHERS = {
    "random_raster": random_raster,
    "random_stages": random_stages,
    "random_subcarrier": random_subcarrier,
}

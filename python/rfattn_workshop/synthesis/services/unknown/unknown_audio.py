# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what transmitters of no known service carry as audio or video: tones, noise, data, lines.

Audio is real, within about 1, from 0 Hz to ``top`` Hz; there is no voice.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.waveform import Rng, choice, log_uniform
from .unknown_air import Make, avoid, hold
from .unknown_content import draw_glide, draw_numbers, draw_pulse, send_symbols
from .unknown_phases import draw_symbols
from .unknown_tones import draw_tones

PLAIN = ("tone", "tones", "melody", "sweep", "noise", "steps", "sawtooth", "square", "clicks")
DATA = ("fsk", "fsk", "psk", "psk", "ask", "several", "fax", "rows")


def draw_audio(rng: Rng, top: float, rate: float, kinds: tuple[str, ...]) -> Make:
    """Draws audio of one of the kinds; returns what makes so many samples of it."""
    kind = str(choice(rng, kinds))
    if kind in ("fsk", "psk", "ask"):
        return subcarrier(rng, kind, 0.0, top, rate)
    if kind == "several":
        edges = np.sort(rng.uniform(0.05, 1, int(rng.integers(2, 5)))) * top
        pairs = list(zip([0.0, *edges[:-1]], edges, strict=True))
        lines = [
            subcarrier(rng, str(choice(rng, DATA[:5])), low, high, rate)
            for low, high in pairs
            if high - low > 0.05 * top
        ]
        return lambda count: sum(line(count) for line in lines) / max(len(lines), 1)
    make = {
        "tone": _tones,
        "tones": _tones,
        "melody": _melody,
        "rows": _melody,
        "sweep": _sweep,
        "noise": _noise,
        "steps": _steps,
        "sawtooth": _sawtooth,
        "square": _square,
        "clicks": _clicks,
        "fax": _fax,
    }[kind]
    return make(rng, top, rate, kind)


AUDIO_AVOIDED = {
    "fsk": ((20, 110), (1.1e3, 1.3e3), (2.2e3, 2.6e3)),
    "psk": ((20, 140),),
    "ask": (),
}
"""Bd of data that a class sends as audio: teletype, packet radio, ACARS, PSK31."""


def subcarrier(rng: Rng, kind: str, low: float, high: float, rate: float) -> Make:
    """Draws a subcarrier with data, in a part of ``low`` to ``high`` Hz."""
    width = (high - low) * rng.uniform(0.2, 0.95)
    place = rng.uniform(low + width / 2, high - width / 2)
    if kind == "fsk":
        order, index = int(choice(rng, (2, 2, 2, 3, 4, 4, 8, 16))), log_uniform(rng, 0.3, 4)
        factor = (order - 1) * index + 2
        baud = avoid(lambda: width / factor * rng.uniform(0.4, 1), AUDIO_AVOIDED["fsk"])
        tones = draw_tones(rng, order, baud, index, rate)
        return lambda count: (tones(count) * carrier(place / rate, count)).real
    symbols = draw_symbols(rng)[0]
    pulse, reach, factor = draw_pulse(rng)
    baud = avoid(lambda: width / factor * rng.uniform(0.4, 1), AUDIO_AVOIDED[kind])

    def data(count: int) -> np.ndarray:
        values = symbols(count)
        return 0.4 + 0.6 * np.abs(values.real) if kind == "ask" else values

    def phases(count: int) -> np.ndarray:
        wave = send_symbols(data, baud, rate, pulse, reach, count)
        return 0.7 * (wave * carrier(place / rate, count)).real

    return phases


def _tones(rng: Rng, top: float, rate: float, kind: str) -> Make:
    count_tones = 1 if kind == "tone" else int(rng.integers(2, 12))
    hz = log_uniform(rng, 0.05, 1.0) * top * np.ones(1)
    if count_tones > 1:
        hz = np.sort(rng.uniform(0.03, 1, count_tones)) * top
        if rng.random() < 0.4:
            hz = hz[0] * np.arange(1, count_tones + 1)
        hz = hz[hz <= top]
    levels = 10 ** (-rng.uniform(0, 15, len(hz)) / 20)
    levels, phases = levels / levels.sum(), rng.random(len(hz))

    def make(count: int) -> np.ndarray:
        parts = zip(levels, hz, phases, strict=True)
        return sum(a * carrier(f / rate, count, p).real for a, f, p in parts)

    return make


def _melody(rng: Rng, top: float, rate: float, kind: str) -> Make:
    """Tones one after the other, or chords, with pauses and decays: selective calls, chimes."""
    scale = log_uniform(rng, 0.05, 0.3) * top * 2 ** (np.arange(24) / choice(rng, (4, 7, 12, 12)))
    scale = scale[scale <= top]
    note_s, voices = log_uniform(rng, 10, 100) / top, int(choice(rng, (1, 1, 2, 2, 3)))
    pause, decay = rng.uniform(0, 0.6) * (rng.random() < 0.5), rng.uniform(0, 4)
    partial = rng.uniform(0, 0.4) * (rng.random() < 0.5)

    def make(count: int) -> np.ndarray:
        notes = int(count / rate / note_s) + 2
        place = (np.arange(count) / rate / note_s) % 1.0
        level = np.exp(-decay * place) * (place < 1 - pause)
        total = np.zeros(count)
        for _ in range(voices):
            hz = hold(scale[rng.integers(0, len(scale), notes)], note_s * rate, count)
            angle = 2 * np.pi * np.cumsum(hz / rate)
            total += np.sin(angle) + partial * np.sin(2 * angle)
        return total * level / voices / (1 + partial)

    return make


def _sweep(rng: Rng, top: float, rate: float, kind: str) -> Make:
    period, low = log_uniform(rng, 20, 1000) / top, rng.uniform(0.02, 0.6)
    both, power = rng.random() < 0.4, log_uniform(rng, 0.4, 3)

    def make(count: int) -> np.ndarray:
        place = (np.arange(count) / rate / period) % 1.0
        place = 1 - np.abs(2 * place - 1) if both else place
        return carrier((low + (1 - low) * place**power) * top / rate).real

    return make


def _noise(rng: Rng, top: float, rate: float, kind: str) -> Make:
    low = top * rng.uniform(0, 0.7)
    shape_of = band(low / rate, top / rate, rng.uniform(0.05, 1.0) * (top - low) / rate)

    def make(count: int) -> np.ndarray:
        noise = rng.standard_normal(count).astype(np.float32)
        noise = apply_response(noise, lambda f: shape_of(np.abs(f)))
        return np.clip(noise / (2.5 * noise.std() + 1e-9), -1.2, 1.2)

    return make


def _steps(rng: Rng, top: float, rate: float, kind: str) -> Make:
    """Levels that jump or glide: telemetry, dialling, a stuck converter."""
    glide, levels = draw_glide(rng), np.linspace(-1, 1, int(choice(rng, (3, 4, 5, 8, 30))))
    numbers, period = draw_numbers(rng, len(levels)), rate / top * log_uniform(rng, 2, 15)
    return lambda count: glide(levels[numbers(int(count / period) + 2)], period, count)


def _sawtooth(rng: Rng, top: float, rate: float, kind: str) -> Make:
    hz, peak = top / log_uniform(rng, 4, 25), choice(rng, (0.02, 0.5, rng.uniform(0.02, 0.98)))
    return lambda count: np.interp(
        (hz * np.arange(count) / rate + 0.1) % 1.0, [0, peak, 1], [-1, 1, -1]
    )


def _square(rng: Rng, top: float, rate: float, kind: str) -> Make:
    hz, duty = top / log_uniform(rng, 4, 25), rng.uniform(0.1, 0.9)
    return lambda count: np.where((hz * np.arange(count) / rate + 0.1) % 1.0 < duty, 1.0, -1.0)


def _clicks(rng: Rng, top: float, rate: float, kind: str) -> Make:
    """Short wave trains that come regularly or by chance: clocks, sonar, relays."""
    period, place = log_uniform(rng, 10, 150) / top * rate, rng.uniform(0.2, 0.9) * top / rate
    decay, jitter = rng.uniform(3, 60), rng.uniform(0, 0.9) * (rng.random() < 0.5)

    def make(count: int) -> np.ndarray:
        late = jitter * hold(rng.random(int(count / period) + 2), period, count)
        since = (np.arange(count) / period) % 1.0 - late
        return np.where(since > 0, np.exp(-decay * since), 0) * carrier(place, count).real

    return make


FAX_HZ = (2.2e3, 2.6e3)
"""Subcarrier of the pictures of weather satellites, and near it."""


def _fax(rng: Rng, top: float, rate: float, kind: str) -> Make:
    """Pictures line by line on a subcarrier, by its level or its frequency."""
    place = avoid(lambda: rng.uniform(0.4, 0.8) * top, (FAX_HZ,))
    pixels = log_uniform(rng, 10, 100)
    video, by_level = lines(rng, 0.5 * min(place, top - place) / rate, pixels), rng.random() < 0.4
    swing = rng.uniform(0.1, 0.8) * min(place, top - place) / rate

    def make(count: int) -> np.ndarray:
        picture = video(count)
        if by_level:
            return (0.2 + 0.8 * picture) * carrier(place / rate, count).real
        return carrier(place / rate + swing * (picture - 0.5)).real

    return make


def lines(rng: Rng, top: float, pixels: float) -> Make:
    """Draws video: lines that resemble each other, with sync pulses, from 0 to about 1.

    Args:
        top: highest frequency as a share of the rate; a line takes half its period a pixel.
        pixels: of a line.
    """
    pixels = int(pixels)
    period, change = max(pixels / (2 * top), 8.0), log_uniform(rng, 0.005, 1.0)
    contrast = rng.uniform(0.12, 0.35)
    sync = max(1, int(pixels * rng.uniform(0.02, 0.2)))
    sync_level = choice(rng, (-0.3, 0.0, 0.0, 1.0))
    field = int(log_uniform(rng, 20, 700)) if rng.random() < 0.5 else 0
    porch, texture = int(pixels * rng.uniform(0, 0.1)), rng.uniform(0, 0.2)
    flat, burst = rng.random() < 0.3, rng.uniform(0.1, 0.25) * (rng.random() < 0.25)

    def make(count: int) -> np.ndarray:
        rows = int(count / period) + 2
        moves = rng.standard_normal((min(rows, 400), pixels)).astype(np.float32) * change
        moves[0] = np.cumsum(rng.standard_normal(pixels))
        if flat:  # areas with sharp edges, as on screens
            moves[0] = np.round(moves[0])
            moves *= rng.random(moves.shape) < 0.02
        picture = np.cumsum(moves, axis=0)
        picture = (picture - picture.mean()) / (picture.std() + 1e-9)
        picture = np.clip(0.5 + contrast * picture, 0, 1)
        picture += texture * rng.standard_normal(picture.shape).astype(np.float32)
        picture[:, : sync + porch], picture[:, :sync] = 0.0, sync_level
        if field:
            picture = np.resize(picture, (max(field, 1), pixels))
            picture[: max(1, field // 15), sync:] = 0.0
        place = np.arange(count) / period + rng.integers(len(picture))
        row, column = place.astype(np.int64) % len(picture), (place % 1.0 * pixels).astype(np.int64)
        video = picture[row, column]
        if burst:
            video = video + burst * (column > sync) * carrier(0.8 * top, count).real
        return video

    return make

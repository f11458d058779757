# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes pictures sent as lines: slow-scan television, HF facsimile, analogue television."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, sample_hold, smooth
from ..parts.audio import RADIO_RATE, to_rate
from ..parts.pictures import card, chart, photograph
from ..parts.speech import speech

_BLACK, _WHITE = 1500.0, 2300.0


def _colours(sync, porch, gap, scan, order):
    """A line of three colours: "s" is the sync pulse, others are colours followed by a gap."""
    line = []
    for part in order:
        line += [("tone", sync, 1200.0), ("tone", porch, _BLACK)] if part == "s" else []
        line += [("scan", scan, 320), ("tone", gap, _BLACK)] if part != "s" else []
    return tuple(line)


_ROBOT = (("tone", 9e-3, 1200.0), ("tone", 3e-3, _BLACK))
_TURN = (("tone", 4.5e-3, _BLACK), ("tone", 1.5e-3, 1900.0))
MODES = {
    "Martin 1": (44, 256, _colours(4.862e-3, 0.572e-3, 0.572e-3, 146.432e-3, "sgbr")),
    "Martin 2": (40, 256, _colours(4.862e-3, 0.572e-3, 0.572e-3, 73.216e-3, "sgbr")),
    "Scottie 1": (60, 256, _colours(9e-3, 1.5e-3, 1.5e-3, 138.24e-3, "gbsr")),
    "Scottie 2": (56, 256, _colours(9e-3, 1.5e-3, 1.5e-3, 88.064e-3, "gbsr")),
    "Robot 36": (8, 240, (*_ROBOT, ("scan", 88e-3, 320), *_TURN, ("scan", 44e-3, 160))),
    "Robot 72": (
        12,
        240,
        (
            *_ROBOT,
            ("scan", 138e-3, 320),
            *(*_TURN, ("scan", 69e-3, 160)),
            *_TURN,
            ("scan", 69e-3, 160),
        ),
    ),
    "PD 120": (
        95,
        248,
        (("tone", 20e-3, 1200.0), ("tone", 2.08e-3, _BLACK), *(("scan", 121.6e-3, 640),) * 4),
    ),
}
"""Code, lines, and the parts of a line: (kind, s, Hz or pixels)."""


def sstv(rng: Rng, seconds: float) -> Signal:
    """Slow-scan television by single sideband, or by narrow FM as from the space station."""
    hz = _sstv_tones(rng, seconds, 50e3)
    if rng.random() < 0.6:
        rate = 10e3
        shifted = hz.reshape(-1, 5).mean(1) - 1900 + rng.normal() * 60
        wave = carrier(shifted / rate)
    else:
        rate = 25e3
        audio = np.sin(2 * np.pi * np.cumsum(hz.reshape(-1, 2).mean(1)) / rate)
        wave = carrier((rng.uniform(1.5e3, 4e3) * audio + rng.normal() * 600) / rate)
    count = round(seconds * rate)
    return Signal(wave[:count], rate, ((0, count),))


def _sstv_tones(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """The tone of each sample, a multiple of 10 samples: Hz."""
    code, rows, parts = MODES[choice(rng, tuple(MODES))]
    line_s = sum(length for _, length, _ in parts)
    needed = min(rows, int(seconds / line_s) + 3)
    picture = photograph(rng, needed, 640)
    chroma = 0.5 + 0.3 * (photograph(rng, needed, 640) - 0.5)
    row = 0 if rng.random() < 0.25 else int(rng.integers(0, rows))
    lengths, tones = _header(rng, code) if row == 0 else ([], [])
    start = 0.0 if row == 0 else rng.random() * line_s
    for _ in range(int((seconds + start) / line_s) + 2):
        for k, (kind, length, value) in enumerate(parts):
            source = chroma if kind == "scan" and value == 160 else picture
            pixels = (
                source[row % needed, np.arange(value) * 640 // value] if kind == "scan" else None
            )
            part = (
                [value] if pixels is None else _BLACK + 800 * np.clip(pixels + 0.05 * (k % 3), 0, 1)
            )
            lengths += [length / len(part)] * len(part)
            tones += list(part)
        row += 1
    edges = (np.concatenate([[0.0], np.cumsum(lengths)]) - start) * rate
    hz = sample_hold(edges, np.array(tones, float), 10 * int(np.ceil(seconds * rate / 10)))
    return smooth(np.where(hz < 1000, _BLACK, hz), rng.uniform(1, 12))


def _header(rng: Rng, code: int) -> tuple[list[float], list[float]]:
    """The leader and the code that names the mode (VIS)."""
    bits = [code >> k & 1 for k in range(7)]
    bits.append(sum(bits) % 2)
    tones = [1900.0, 1200.0, 1900.0, 1200.0, *(1100.0 if b else 1300.0 for b in bits), 1200.0]
    return [0.3, 0.01, 0.3, *[0.03] * 10], tones


def wefax(rng: Rng, seconds: float) -> Signal:
    """Weather charts on HF: FM of 400 Hz, lines of 0.5 s, with start tone and phasing lines."""
    rate = 5e3
    n = round(seconds * rate)
    line_s = 60 / float(choice(rng, (120, 120, 120, 60, 90)))
    columns = 900
    rows = int(seconds / line_s) + 3
    kind = rng.random()
    if kind < 0.75:
        video = chart(rng, rows, columns) if rng.random() < 0.7 else photograph(rng, rows, columns)
    elif kind < 0.9:
        video = np.tile((np.arange(columns) < 0.05 * columns).astype(float), (rows, 1))
    else:
        hz = float(choice(rng, (300, 450, 675)))
        video = np.tile(np.arange(columns) * line_s * hz / columns % 1 < 0.5, (rows, 1)).astype(
            float
        )
    edges = (np.arange(rows * columns + 1) / columns - rng.random()) * line_s * rate
    level = sample_hold(edges, video.ravel(), n)
    shift = float(choice(rng, (400, 400, 425, 150)))
    hz = shift * (2 * smooth(level, rng.uniform(0.5, 2)) - 1) + rng.normal() * 30
    return Signal(carrier(hz / rate), rate, ((0, n),))


_LINE = 800
"""Samples of a line of 64 us."""


def atv_pal(rng: Rng, seconds: float) -> Signal:
    """Colour television PAL B/G (ITU-R BT.470): vision with a vestigial sideband, and sound."""
    rate = 12.5e6
    n = round(seconds * rate)
    lines = n // _LINE + 2
    level = _pal_lines(rng, lines)[int(rng.integers(0, _LINE)) :][:n]
    vision_hz = -2.25e6
    vsb = band(-0.9e6 / rate, 5.0e6 / rate, 0.6e6 / rate)
    out = np.zeros(n, np.complex64)
    for first in range(0, n, 2**19):
        part = slice(first, min(n, first + 2**19))
        out[part] = apply_response(level[part].astype(np.complex64), vsb)
    if rng.random() < 0.85:
        audio = speech(rng, seconds, RADIO_RATE)
        hz = 5.5e6 + 30e3 * np.clip(to_rate(audio, RADIO_RATE, rate, n), -1.6, 1.6)
        out += np.float32(10 ** (rng.uniform(-16, -9) / 20)) * carrier(hz / rate)
    out *= carrier(vision_hz / rate, n)
    return Signal(out / np.float32(np.sqrt(np.mean(np.abs(out) ** 2))), rate, ((0, n),))


def _pal_lines(rng: Rng, lines: int) -> np.ndarray:
    """The amplitude with sync pulses, colour burst and picture: float32 [lines * 800]."""
    picture = card(rng, 288, 650)
    colour = 0.2 * card(rng, 288, 650) * rng.integers(0, 2)
    number = (np.arange(lines) + int(rng.integers(0, 625))) % 625
    row = np.where(number < 312, number, number - 312) - 24
    out = np.full((lines, _LINE), 0.75, np.float32)
    out[:, :59] = 1.0
    seen = (row >= 0) & (row < 288)
    hz = 4.43361875e6 / 12.5e6
    swing = np.cos(2 * np.pi * (hz * np.arange(lines * _LINE) % 1.0)).reshape(lines, _LINE)
    used = row[seen]
    out[seen, 131:781] = 0.75 - 0.65 * picture[used] + colour[used] * swing[seen, 131:781]
    out[seen, 70:98] += 0.1 * swing[seen, 70:98]
    broad = row < -21
    out[broad] = 1.0
    out[broad, 341:400] = 0.75
    out[broad, 741:] = 0.75
    return np.clip(out, 0.08, 1.0).ravel()


OTHERS = {"sstv": sstv, "wefax": wefax, "atv_pal": atv_pal}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes carriers of no known service that tones, noise, data or pictures modulate."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from .unknown_air import Make, avoid, draw_rate, draw_width, on_air
from .unknown_audio import DATA, PLAIN, draw_audio, lines


def random_fm(rng: Rng, seconds: float) -> Signal:
    """Frequency modulation by tones, noise, steps, sweeps or clicks, with indices of 0.3 to 50."""
    return _frequency(rng, seconds, PLAIN)


def data_on_fm(rng: Rng, seconds: float) -> Signal:
    """Frequency modulation by data on subcarriers or by pictures on one."""
    return _frequency(rng, seconds, DATA)


def random_am(rng: Rng, seconds: float) -> Signal:
    """Tones, noise, steps, sweeps or clicks by AM, without carrier, or with a sideband or two."""
    return _amplitude(rng, seconds, PLAIN)


def data_on_am(rng: Rng, seconds: float) -> Signal:
    """Data on subcarriers or pictures on one, by AM, without carrier, or with a sideband or two."""
    return _amplitude(rng, seconds, DATA)


PROGRAMMES = (("noise",), ("melody",))
FM_AVOIDED, AM_AVOIDED = ((5e3, 40e3), (80e3, 400e3)), ((2e3, 25e3),)
"""Widths in Hz at which such audio would be a programme of voice radio or broadcasting."""


LEAST_WAVES = 40.0
"""Least length of a scene in periods of the highest audio."""


def _frequency(rng: Rng, seconds: float, kinds: tuple[str, ...]) -> Signal:
    kinds = (str(choice(rng, kinds)),)
    avoided = FM_AVOIDED if kinds in PROGRAMMES else ()
    index = log_uniform(rng, 0.3, 50 if kinds[0] in PLAIN else 8)
    product = LEAST_WAVES * (2 * index + 2)
    width = avoid(lambda: draw_width(rng, seconds, 100.0, product=product), avoided)
    rate = draw_rate(rng, width)
    top = width / (2 * index + 2)
    audio, second = draw_audio(rng, top, rate, kinds), rng.random() < 0.15
    tone = rng.uniform(0.1, 1) * top / rate if second else None

    def make(count: int) -> np.ndarray:
        track = audio(count)
        if tone is not None:
            track = 0.8 * track + 0.2 * carrier(tone, count).real
        return carrier(track * (index * top / rate))

    return on_air(rng, seconds, rate, make, 20 / top)


def _amplitude(rng: Rng, seconds: float, kinds: tuple[str, ...]) -> Signal:
    kinds = (str(choice(rng, kinds)),)
    avoided = AM_AVOIDED if kinds in PROGRAMMES else ()
    width = avoid(lambda: draw_width(rng, seconds, 50.0), avoided)
    rate = draw_rate(rng, width)
    mode = str(choice(rng, ("both", "both", "without", "upper", "two", "vestige")))
    if mode == "upper" and kinds in (("tone",), ("fsk",)):
        mode = "without"  # A carrier or plain shift keying would be left.
    top = width * (1.0 if mode == "upper" else 0.5)
    first = draw_audio(rng, top, rate, kinds)
    second = draw_audio(rng, top, rate, (*PLAIN, *DATA)) if mode == "two" else None
    depth = log_uniform(rng, 0.3, 1.5)
    share = 0.0 if mode == "without" or rng.random() < 0.5 else log_uniform(rng, 0.05, 1.5)
    vestige = rng.uniform(0.1, 0.6)

    def make(count: int) -> np.ndarray:
        wave = first(count)
        wave = wave / np.sqrt(2 * np.mean(wave**2) + 1e-9)
        if mode == "both":
            return (1 + depth * wave).astype(np.complex64)
        if mode == "without":
            return (wave - wave.mean()).astype(np.complex64)
        if second is not None:
            wave = _side(wave, rate, 1) + _side(second(count), rate, -1)
            return wave + share
        if mode == "upper":
            return (_side(wave, rate, 1) + share) * carrier(-top / 2 / rate, count)
        low = -vestige * top / rate
        wave = (share + 0.3 + wave).astype(np.complex64)
        wave = apply_response(wave, band(low / 2, 1.1 * top / rate, -low))
        return wave * carrier(-(top / rate + low) / 2, count)

    return on_air(rng, seconds, rate, make, 20 / top)


def _side(audio: np.ndarray, rate: float, sign: int) -> np.ndarray:
    """The upper or the lower sideband of audio, without carrier."""
    wave = apply_response(audio.astype(np.complex64), lambda f: 1.0 * (sign * f > 0))
    return wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-9)


def random_raster(rng: Rng, seconds: float) -> Signal:
    """Pictures or screens line by line, by AM, FM or with a vestige of a sideband.

    Lines have 10 to 800 pixels, at any rate. Some have fields, and a carrier for the colour.
    """
    width = draw_width(rng, seconds, 500.0)
    rate = draw_rate(rng, width)
    mode = str(choice(rng, ("fm", "fm", "am", "vestige")))
    index = log_uniform(rng, 0.5, 6)
    top = width / rate / {"fm": 2 * index + 2, "am": 2, "vestige": 1.25}[mode]
    # A scene has at least 12 lines, and a burst 3.
    pixels = log_uniform(rng, 10, np.clip(top * rate * seconds / 6, 12, 800))
    video, sign = _limited(lines(rng, top, pixels), top), float(choice(rng, (-1.0, 1.0)))

    def make(count: int) -> np.ndarray:
        picture = video(count) - 0.5
        if mode == "fm":
            return carrier(sign * 2 * picture * index * top)
        wave = (0.65 + sign * picture).astype(np.complex64)
        if mode == "am":
            return wave
        wave = apply_response(wave, band(-0.15 * top, 1.05 * top, 0.2 * top))
        return wave * carrier(-0.45 * top, count)

    return on_air(rng, seconds, rate, make, 1.5 * pixels / top / rate)


def _limited(video: Make, top: float) -> Make:
    """Video without what is beyond ``top``, a share of the rate."""
    response = band(-top, top, top / 4)
    return lambda count: apply_response(video(count).astype(np.float32), response)


OTHERS = {
    "data_on_am": data_on_am,
    "data_on_fm": data_on_fm,
    "random_am": random_am,
    "random_fm": random_fm,
    "random_raster": random_raster,
}

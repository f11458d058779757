# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the real-valued audio output of receivers, SSB and FM.

SSB is a band moved down to audio, with the edges of a filter and gain control. FM is the output of
a discriminator: loud noise until a carrier is received.
"""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from ..receiver import Received, draw_clicks, draw_fading, mean_power
from ..waves.waveform import Rng, Spans, log_uniform


def ssb(
    rng: Rng, samples: np.ndarray, spans: Spans, low: float, high: float, snr_db: float
) -> np.ndarray:
    """Receives complex samples by single sideband, with noise; returns real audio.

    Args:
        low, high: passband as shares of the rate, also of the audio's.
        snr_db: signal over noise, both within the passband.
    """
    power = mean_power(samples, spans)
    samples = samples * draw_fading(rng, len(samples)) if rng.random() < 0.5 else samples
    density = power / 10 ** (snr_db / 10) / (high - low)
    noise = white(rng, len(samples))
    if rng.random() < 0.3:
        noise = noise + draw_clicks(rng, len(samples))
    samples = samples + noise * np.sqrt(density)
    edge = log_uniform(rng, 0.002, 0.03)
    shape = band(low, high, edge, rng.uniform(-80, -35))
    skirt = band(low, high + rng.uniform(0, 0.1), edge)
    tilt = rng.uniform(-1, 1) * 6 / (high - low)

    def response(f):
        return (shape(f) * 0.98 + skirt(f) * 0.002) * 10 ** (tilt * (f - low) / 20) * (f > 0)

    audio = apply_response(samples, response).real
    return control_gain(rng, audio) if rng.random() < 0.5 else audio


def control_gain(rng: Rng, audio: np.ndarray) -> np.ndarray:
    """Controls the gain with a fast attack and a slow decay."""
    decay = 1.0 / log_uniform(rng, 500, 50000)
    level = scipy.signal.lfilter([decay], [1, decay - 1], np.abs(audio))
    return audio / (level + 0.2 * level.mean() + 1e-12)


def fm_discriminator(
    rng: Rng, samples: np.ndarray, spans: Spans, width: float, audio_width: float, snr_db: float
) -> np.ndarray:
    """Receives complex samples by FM, with noise; returns real audio.

    Args:
        width: width of the intermediate filter, as a share of the rate.
        audio_width: width of the audio filter, as a share of the rate.
        snr_db: carrier over noise in the intermediate filter.
    """
    density = mean_power(samples, spans) / 10 ** (snr_db / 10) / width
    samples = samples + white(rng, len(samples)) * np.sqrt(density)
    samples = apply_response(samples, band(-width / 2, width / 2, rng.uniform(0.05, 0.4) * width))
    audio = np.angle(samples[1:] * samples[:-1].conj()) / np.pi
    audio = np.append(audio, 0.0).astype(np.float32)
    for _ in range(rng.poisson(0.3)):
        level = 10 ** (rng.uniform(-45, -15) / 20)
        audio = audio + level * carrier(rng.uniform(0, audio_width), len(audio)).real
    order = int(rng.integers(2, 9))
    taps = scipy.signal.butter(order, min(0.95, 2 * audio_width), output="sos")
    audio = scipy.signal.sosfilt(taps, audio)
    if rng.random() < 0.5:
        audio = scipy.signal.lfilter([1, -1], [1, -1 + log_uniform(rng, 1e-4, 5e-3)], audio)
    if rng.random() < 0.3:
        a = log_uniform(rng, 0.05, 0.5)
        audio = scipy.signal.lfilter([a], [1, a - 1], audio)
    return audio


def record_audio(rng: Rng, audio: np.ndarray, rate: float, spans: Spans, name: str) -> Received:
    """Records audio with 16 bits, sometimes with the dither that sound programs add."""
    peak = float(np.quantile(np.abs(audio), 0.9995)) + 1e-12
    audio = audio / peak * 10 ** (rng.uniform(-24, 2) / 20)
    lsb = 2.0**-15
    kind = rng.random()
    if kind < 0.35:
        dither = rng.standard_normal(len(audio)) * lsb
        audio = audio + scipy.signal.lfilter([1, -1.6, 0.9], [1], dither) * rng.uniform(0.5, 6)
    elif kind < 0.6:
        audio = audio + (rng.random(len(audio)) - rng.random(len(audio))) * lsb
    if rng.random() < 0.1:
        # The noise of a lossy coder or a cheap sound card.
        audio = audio + rng.standard_normal(len(audio)) * 10 ** (rng.uniform(-75, -50) / 20)
    return Received(audio.astype(np.float32), "ri16_le", lsb, rate, spans, name)

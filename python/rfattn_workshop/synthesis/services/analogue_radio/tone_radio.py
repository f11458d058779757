# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes FM without a radio's voice: selective calls, squelch tones, wireless microphones."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.audio import RADIO_RATE, compress, emphasize, limit_band, programme, to_rate
from ..parts.microphone import ctcss, dcs, dtmf, five_tones
from ..parts.overs import Over, draw_overs, send_overs, send_packets, settle


def selcal_tones(rng: Rng, seconds: float) -> Signal:
    """Calls of five tones, two tones or DTMF on narrow FM, without voice."""
    rate = 25e3
    deviation, error = rng.uniform(1.2e3, 4e3), rng.normal() * 300
    start_hz, pause = log_uniform(rng, 10, 1000), log_uniform(rng, 0.2, 5)
    make = choice(rng, (five_tones, five_tones, dtmf, _two_tones))

    def packet() -> np.ndarray:
        audio = make(rng, RADIO_RATE)
        audio = np.pad(audio, [int(s * RADIO_RATE) for s in rng.uniform(0.02, 0.4, 2)])
        audio = to_rate(audio, RADIO_RATE, rate, int(len(audio) * rate / RADIO_RATE))
        return carrier((deviation * audio + error + settle(rng, len(audio), rate, start_hz)) / rate)

    return send_packets(rng, seconds, rate, packet, lambda: 0.1 + pause * rng.exponential(), 0.003)


def _two_tones(rng: Rng, rate: float) -> np.ndarray:
    """A page of two long tones, as alarms of fire brigades."""
    hz = np.repeat(rng.uniform(300, 1500, 2), [int(s * rate) for s in rng.uniform(0.8, 3, 2)])
    return np.sin(2 * np.pi * np.cumsum(hz) / rate)


def squelch_tone(rng: Rng, seconds: float) -> Signal:
    """A repeater's or a base's carrier with nothing but CTCSS or DCS."""
    rate = 25e3
    make, level = choice(rng, (ctcss, ctcss, dcs)), rng.uniform(250, 900)
    error = rng.normal() * 300
    length = log_uniform(rng, 0.5, 30)
    overs = draw_overs(rng, seconds, rate, lambda: length, lambda: 0.3 + 5 * rng.random())

    def wave(over: Over) -> np.ndarray:
        return carrier((level * make(rng, over.count, rate) + error) / rate)

    return send_overs(overs, seconds, rate, wave, 0.003)


def wireless_microphone(rng: Rng, seconds: float) -> Signal:
    """A stage microphone or a headphone: FM of 10 to 50 kHz, compressed audio, a pilot tone."""
    rate = 250e3
    n = round(seconds * rate)
    audio = programme(rng, seconds, 40e3, choice(rng, ("news", "music", "news", "pause")))[0]
    audio = compress(audio, 40e3, 2.0, 0.005, 0.1, 1e-4)
    audio = limit_band(emphasize(audio, 40e3, 50e-6), 40e3, 60, 15e3, 2e3)
    hz = rng.uniform(8e3, 45e3) * np.clip(to_rate(audio, 40e3, rate, n), -1, 1)
    if rng.random() < 0.7:
        tone = float(choice(rng, (32768.0, 32e3, 25e3)))
        hz = hz + rng.uniform(1e3, 5e3) * np.sin(2 * np.pi * tone * np.arange(n) / rate)
    return Signal(carrier((hz + rng.normal() * 1e3) / rate), rate, ((0, n),))


OTHERS = {
    "selcal_tones": selcal_tones,
    "squelch_tone": squelch_tone,
    "wireless_microphone": wireless_microphone,
}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes voice radios: narrow FM (ETSI EN 300 086), AM of airband and broadcast, single sideband."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, carrier

from ...waves.keying import Signal, wander
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.audio import (
    RADIO_RATE,
    compress,
    emphasize,
    envelope,
    limit_band,
    limit_emphasized,
    process_programme,
    programme,
    to_rate,
)
from ..parts.microphone import beep, ctcss, dcs, dtmf, five_tones, talk
from ..parts.overs import Over, draw_overs, send_overs, settle


def nfm_voice(rng: Rng, seconds: float) -> Signal:
    """Narrow FM: hand-helds, mobiles and repeaters, 12.5 or 25 kHz wide, keyed by hand."""
    wide = rng.random() < 0.5
    rate, peak = (50e3, 5000.0) if wide else (25e3, 2500.0)
    peak *= rng.uniform(0.6, 1.05)
    error = rng.normal() * 400
    below = _draw_squelch_tone(rng, peak)
    start_hz = log_uniform(rng, 20, 2000)
    repeater = rng.random() < 0.3

    def wave(over: Over) -> np.ndarray:
        audio = _fm_audio(rng, over, over.count / rate, repeater)
        hz = peak * to_rate(audio, RADIO_RATE, rate, over.count) + below(over.count, rate)
        if over.starts:
            hz = hz + settle(rng, over.count, rate, start_hz)
        return carrier((hz + error) / rate)

    overs = _draw_presses(rng, seconds, rate)
    return send_overs(overs, seconds, rate, wave, log_uniform(rng, 3e-4, 0.01))


def _draw_presses(rng: Rng, seconds: float, rate: float) -> list[Over]:
    """Overs of a conversation; some are short presses."""
    mean = log_uniform(rng, 1.0, 20.0)
    pause = log_uniform(rng, 0.2, 8.0)

    def press() -> float:
        if rng.random() < 0.1:
            return log_uniform(rng, 0.1, 0.8)
        return mean * rng.uniform(0.4, 1.8)

    return draw_overs(rng, seconds, rate, press, lambda: pause * rng.uniform(0.4, 2))


def _draw_squelch_tone(rng: Rng, peak: float):
    """A tone or code below the voice, or nothing: a function of count and rate, in Hz."""
    kind, level = rng.random(), peak * rng.uniform(0.08, 0.18)
    if kind < 0.5:
        return lambda count, rate: 0.0
    make = ctcss if kind < 0.8 else dcs
    # The same tone in each over: it is a setting of the radio.
    seed = int(rng.integers(2**31))
    return lambda count, rate: level * make(np.random.default_rng(seed), count, rate)


def _fm_audio(rng: Rng, over: Over, seconds: float, repeater: bool) -> np.ndarray:
    """Audio at the modulator, within 1: float64 [n] at RADIO_RATE."""
    rate = RADIO_RATE
    audio = talk(rng, seconds, over.starts, over.ends)
    if rng.random() < 0.85:
        # 6 dB per octave over the whole voice band, unity at 1 kHz.
        audio = np.diff(audio, prepend=0.0) * rate / (2 * np.pi * 1000)
    low, high = rng.uniform(200, 350), rng.uniform(2600, 3400)
    audio = limit_band(audio, rate, low, high, rng.uniform(200, 1500))
    audio = np.clip(audio * log_uniform(rng, 0.6, 8.0), -1, 1)
    audio = limit_band(audio, rate, low / 2, rng.uniform(2900, 3600), rng.uniform(300, 1500))
    audio = audio * rng.uniform(0.5, 1.0) if rng.random() < 0.3 else audio
    if rng.random() < 0.02:
        # A scrambler turns the voice band upside down.
        audio = audio * np.cos(2 * np.pi * 3300 * np.arange(len(audio)) / rate)
        audio = limit_band(2 * audio, rate, 200, 3200, 300)
    _add_signals(rng, audio, over, repeater)
    return audio


def _add_signals(rng: Rng, audio: np.ndarray, over: Over, repeater: bool) -> None:
    """Replaces parts by calls at the start, beeps and a repeater's hiss at the end."""
    if over.starts and rng.random() < 0.08:
        call = (five_tones if rng.random() < 0.5 else dtmf)(rng, RADIO_RATE)
        at = int(rng.uniform(0.1, 0.5) * RADIO_RATE)
        part = audio[at : at + len(call)]
        part[:] = rng.uniform(0.4, 0.8) * call[: len(part)]
    if over.ends and rng.random() < 0.3:
        tail = beep(rng, RADIO_RATE)[: len(audio)]
        back = len(audio) - len(tail) - int(rng.uniform(0, 0.1) * RADIO_RATE)
        audio[max(back, 0) : max(back, 0) + len(tail)] = rng.uniform(0.2, 0.8) * tail
    if repeater and over.ends and rng.random() < 0.7:
        # A user lets go; the repeater sends hiss until its squelch closes, then a bare carrier.
        at = max(0, len(audio) - int(rng.uniform(0.3, 2.5) * RADIO_RATE))
        hiss = int(rng.uniform(0.02, 0.2) * RADIO_RATE)
        audio[at:] = 0.0
        part = audio[at : at + hiss]
        part[:] = np.clip(0.5 * rng.standard_normal(len(part)), -1, 1)


def am_voice(rng: Rng, seconds: float) -> Signal:
    """Amplitude modulation: airband, citizens' band, or a broadcasting station."""
    return (_airband if rng.random() < 0.55 else _am_broadcast)(rng, seconds)


def _airband(rng: Rng, seconds: float) -> Signal:
    """Push to talk with much compression; aircraft, towers, recorded weather, citizens' band."""
    rate = 25e3
    error, depth = rng.normal() * 300, rng.uniform(0.5, 0.98)
    start_hz = log_uniform(rng, 1, 300)
    high = rng.uniform(2200, 3600)
    # A second ground station of the same channel, with its carrier beside the first one.
    second = rng.uniform(0.05, 0.7) if rng.random() < 0.04 else 0.0
    apart = float(choice(rng, (-7500, -5000, 5000, 7500, 4000, -4000)))

    def wave(over: Over) -> np.ndarray:
        audio = talk(rng, over.count / rate, over.starts, over.ends)
        audio = emphasize(audio, RADIO_RATE, rng.uniform(0, 100e-6))
        audio = limit_band(audio, RADIO_RATE, rng.uniform(200, 400), high, rng.uniform(200, 1200))
        drive = log_uniform(rng, 0.5, 5.0)
        audio = drive * compress(audio, RADIO_RATE, rng.uniform(1.5, 8), 0.003, 0.3, 0.05)
        audio = limit_band(np.tanh(audio), RADIO_RATE, 100, high + 400, 600)
        level = np.maximum(1 + depth * to_rate(audio, RADIO_RATE, rate, over.count), 0.02)
        hz = np.full(over.count, error)
        if over.starts:
            hz = hz + settle(rng, over.count, rate, start_hz)
        wave = level / np.sqrt(1 + 0.5 * (0.5 * depth) ** 2) * carrier(hz / rate)
        wave = wave + second * level * carrier((hz + apart) / rate)
        return wave / np.sqrt(1 + second**2)

    if rng.random() < 0.12:
        overs = [Over(0, round(seconds * rate), False, False)]
    else:
        overs = _draw_presses(rng, seconds, rate)
    return send_overs(overs, seconds, rate, wave, log_uniform(rng, 5e-4, 0.01))


def _am_broadcast(rng: Rng, seconds: float) -> Signal:
    """A station on long, medium or short wave, 4.5 to 10 kHz of audio, always on."""
    rate, audio_rate = 50e3, 25e3
    n = round(seconds * rate)
    high = float(choice(rng, (4500, 4500, 5000, 6000, 7500, 9000, 10000)))
    audio = programme(rng, seconds + 0.1, audio_rate)
    audio = process_programme(rng, audio, audio_rate, rng.uniform(0.3, 1.0))
    audio = emphasize(audio, audio_rate, rng.uniform(20e-6, 100e-6))
    drive = 10 ** (rng.uniform(-3, 8) / 20)
    audio = limit_emphasized(audio, audio_rate, rng.uniform(1000, 3000), drive).mean(0)
    audio = limit_band(audio, audio_rate, rng.uniform(30, 150), high, rng.uniform(0.05, 0.3) * high)
    audio = to_rate(audio[round(0.1 * audio_rate) :], audio_rate, rate, n)
    depth = rng.uniform(0.3, 1.0)
    level = 1 + depth * np.clip(audio, -1, 1.25)
    if rng.random() < 0.15:
        # Stations save power: the carrier follows the loudness of the programme.
        level = level - rng.uniform(0.1, 0.4) * (
            1 - np.clip(envelope(audio, rate, 0.01, 0.2), 0, 1)
        )
    hz = rng.normal() * 5 + wander(rng, seconds, rate, 1)
    wave = np.maximum(level, 0.0) * carrier(hz / rate)
    if rng.random() < 0.1:
        wave = wave * carrier(rng.uniform(0.001, 0.02) * np.cumsum(audio) / rate)
    wave = wave / np.sqrt(np.mean(np.abs(wave) ** 2) + 1e-9)
    return Signal(wave.astype(np.complex64), rate, ((0, n),))


def ssb(rng: Rng, seconds: float) -> Signal:
    """Single sideband, upper or lower, 1.8 to 3 kHz wide, centred roughly on its band."""
    rate = 12.5e3
    low, width = (
        rng.uniform(80, 350),
        float(choice(rng, (1800, 2100, 2400, 2400, 2700, 2800, 3000))),
    )
    width *= rng.uniform(0.93, 1.07)
    sign = 1 if rng.random() < 0.6 else -1
    centre = low + width / 2 + rng.normal() * 60
    edge, lift = log_uniform(rng, 60, 500), rng.uniform(0, 150e-6)
    leak = 10 ** (rng.uniform(-70, -38) / 20)
    squeeze = rng.uniform(1, 8)

    def wave(over: Over) -> np.ndarray:
        audio = talk(rng, over.count / rate, over.starts, over.ends)
        if rng.random() < 0.05:
            audio = _whistle(rng, len(audio))
        audio = emphasize(audio, RADIO_RATE, lift)
        audio = compress(audio, RADIO_RATE, squeeze, 0.005, log_uniform(rng, 0.02, 0.5), 0.03)
        audio = to_rate(audio, RADIO_RATE, rate, over.count)
        return _amplify(
            rng, _sideband(audio, rate, low, low + width, edge, leak), rate, centre, sign
        )

    overs = _draw_presses(rng, seconds, rate)
    return send_overs(overs, seconds, rate, wave, log_uniform(rng, 1e-3, 0.02))


def _whistle(rng: Rng, n: int) -> np.ndarray:
    """Someone whistles, or calls with a tone, to tune an amplifier."""
    hz = rng.uniform(500, 2000) * (1 + 0.02 * np.sin(2 * np.pi * 5 * np.arange(n) / RADIO_RATE))
    return np.sin(2 * np.pi * np.cumsum(hz) / RADIO_RATE)


def _sideband(audio, rate: float, low: float, high: float, edge: float, leak: float) -> np.ndarray:
    """The upper sideband; carrier and lower sideband are weaker by ``leak``."""

    def response(f):
        hz = f * rate
        inside = np.clip(np.minimum(hz - low, high - hz) / edge + 0.5, 0, 1)
        other = np.clip(np.minimum(-hz - low, high + hz) / edge + 0.5, 0, 1)
        return 2 * np.sin(np.pi / 2 * inside) ** 2 + leak * other

    return apply_response(audio.astype(np.complex64), response) + leak


def _amplify(rng: Rng, wave: np.ndarray, rate: float, centre: float, sign: int) -> np.ndarray:
    """Level control and an amplifier that saturates, which widens the band a little; power 1."""
    wave = wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-9)
    level = np.abs(wave)
    limit_at = log_uniform(rng, 1.2, 5.0)
    wave = wave / (1 + (level / limit_at) ** 2) ** 0.5
    wave = wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-9)
    wave = wave * carrier(-centre / rate, len(wave))
    return wave if sign > 0 else wave.conj()


SERVICES = {"nfm_voice": nfm_voice, "am_voice": am_voice, "ssb": ssb}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the signals of transmitters in Hz and seconds, each at a rate of its own.

The other modules of this package draw widths and lengths as shares of a recording, for training;
these have the physical values of their services, so that a scene is the same at every rate. Every
function takes a generator of random numbers and the seconds to fill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.signal

from .waveform import (
    Rng,
    Spans,
    apply_response,
    band,
    bits,
    carrier,
    choice,
    gaussian_fsk,
    log_uniform,
    nrz,
    shape_symbols,
    smooth,
)

KEYED_GAP_S = 0.01
"""Pauses up to this long belong to a telegram that keys its carrier."""


@dataclass(frozen=True)
class Signal:
    """A transmitter's signal at complex baseband, without channel and noise."""

    samples: np.ndarray
    """complex64 [n], zero where the transmitter is off."""
    rate: float
    """Samples per second, a multiple of 25 with small factors."""
    spans: Spans
    """(first, last + 1) of each burst."""
    centres: tuple[float, ...] = ()
    """Centre of each burst in Hz, for hoppers."""


def voice(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Makes speech-like audio from -1 to 1: harmonics of 90 to 250 Hz and hiss in syllables.

    Three to six syllables a second, and pauses for breath. Band 300 to 3000 Hz: float64 [n].
    """
    n = round(seconds * rate)
    syllables = max(4, int(seconds * rng.uniform(3, 6)) + 3)
    at = np.linspace(0, syllables - 1, n)
    strength = rng.uniform(0.2, 1, syllables)
    breath = rng.random(syllables) < 0.15
    strength[breath] = 0.0
    beat = np.abs(np.sin(np.pi * at)) ** 0.5
    loud = strength[np.round(at).astype(int)] * beat
    base = rng.uniform(90, 250)
    pitch = np.interp(at, np.arange(syllables), base * rng.uniform(0.8, 1.25, syllables))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = rng.uniform((400, 900, 2100), (800, 1900, 2900))
    audio = 0.15 * rng.standard_normal(n)
    for k in range(1, int(3000 / base) + 1):
        gain = np.exp(-0.5 * ((k * base - formants) / 250) ** 2).sum() + 0.1
        audio += gain * np.cos(k * phase + 2 * np.pi * rng.random())
    audio = apply_response((loud * audio).astype(np.float32), _audio_band(rate))
    # Transmitters limit their audio, which keeps the modulation near its peak.
    return np.tanh(audio / (2.2 * audio.std() + 1e-9))


def _audio_band(rate: float):
    response = band(300 / rate, 3000 / rate, 200 / rate)
    return lambda f: response(np.abs(f))


def _overs(rng: Rng, wave: np.ndarray, rate: float, ramp_s: float = 0.002) -> Signal:
    """Keys a transmitter by hand: on all the time, or one or two overs, with ramps."""
    n = len(wave)
    kind = rng.random()
    if kind < 0.4:
        spans = [(0, n)]
    elif kind < 0.75:
        first, length = rng.uniform(0.05, 0.55) * n, rng.uniform(0.25, 0.9) * n
        spans = [(int(first), min(n, int(first + length)))]
    else:
        a, b, c, d = np.sort(rng.uniform(0.02, 0.98, 4))
        spans = [(int(a * n), int(b * n)), (int(c * n), int(d * n))]
        spans = [(a, b) for a, b in spans if b - a > 0.1 * rate]
    spans = spans or [(0, n)]
    return Signal(_key(wave, spans, rate, ramp_s), rate, tuple(spans))


def _key(wave: np.ndarray, spans, rate: float, ramp_s: float) -> np.ndarray:
    """Switches the wave on in the spans, with raised-cosine ramps."""
    gate = np.zeros(len(wave), np.float32)
    for a, b in spans:
        gate[a:b] = _ramps(b - a, ramp_s * rate)
    return (wave * gate).astype(np.complex64)


def _ramps(count: int, length: float) -> np.ndarray:
    """A gate of ``count`` samples that rises and falls in ``length`` samples: float32."""
    n = int(np.clip(length, 1, max(1, count // 2)))
    ramp = np.sin(np.pi / 2 * np.arange(1, n + 1) / (n + 1)) ** 2
    gate = np.ones(count, np.float32)
    gate[:n] *= ramp[: len(gate[:n])]
    gate[-n:] *= ramp[::-1][-len(gate[-n:]) :]
    return gate


def _wander(rng: Rng, seconds: float, rate: float, hz: float) -> np.ndarray:
    """The frequency of an oscillator around its mean, within about ``hz``: Hz, float64 [n]."""
    knots = max(4, int(4 * seconds) + 2)
    walk = np.cumsum(rng.standard_normal(knots))
    walk = (walk - walk.mean()) / (np.abs(walk).max() + 1e-9) * hz * rng.random()
    return np.interp(np.linspace(0, knots - 1, round(seconds * rate)), np.arange(knots), walk)


# Analogue and narrow signals


def nfm(rng: Rng, seconds: float) -> Signal:
    """Hand-held radio: 2.5 or 5 kHz of deviation, sometimes a tone below the voice."""
    rate, deviation = 50e3, float(choice(rng, (2000.0, 2500.0, 4000.0)))
    audio = voice(rng, seconds, rate) * deviation
    if rng.random() < 0.5:
        tone = rng.uniform(67, 250)
        audio += 0.12 * deviation * np.sin(2 * np.pi * tone * np.arange(len(audio)) / rate)
    hiss = apply_response(rng.standard_normal(len(audio)).astype(np.float32), _audio_band(rate))
    audio += 0.05 * deviation * hiss
    return _overs(rng, carrier(audio / rate), rate)


def am(rng: Rng, seconds: float) -> Signal:
    """Airband and broadcast: carrier with voice on both sides."""
    rate = 25e3
    wave = 1 + rng.uniform(0.5, 0.95) * voice(rng, seconds, rate)
    return _overs(rng, wave * carrier(_wander(rng, seconds, rate, 20) / rate), rate)


def ssb(rng: Rng, seconds: float) -> Signal:
    """Single sideband voice, 300 to 3000 Hz, upper or lower."""
    rate = 12.5e3
    audio = voice(rng, seconds, rate).astype(np.complex64)
    wave = apply_response(audio, band(100 / rate, 3200 / rate, 150 / rate))
    wave = wave * carrier(-1600 / rate, len(wave))
    return _overs(rng, wave if rng.random() < 0.7 else wave.conj(), rate)


def cw(rng: Rng, seconds: float) -> Signal:
    """Morse at 12 to 30 words a minute; an over is one burst."""
    rate, dot = 12.5e3, 1.2 / rng.uniform(12, 30)
    levels = [0.0] * int(rng.uniform(0, 0.4) * seconds / dot)
    while len(levels) * dot < seconds:
        for _ in range(int(rng.integers(1, 6))):
            for _ in range(int(rng.integers(1, 5))):
                levels += [1.0] * int(choice(rng, (1, 3))) + [0.0]
            levels += [0.0, 0.0]
        levels += [0.0] * 4
    n = round(seconds * rate)
    wave = smooth(nrz(levels, dot * rate)[:n], rng.uniform(0.002, 0.005) * rate)
    wave = wave * carrier(_wander(rng, seconds, rate, 10) / rate)
    return Signal(wave.astype(np.complex64), rate, keyed_spans(wave, rate))


def unmodulated(rng: Rng, seconds: float) -> Signal:
    """A carrier with the drift of a warm oscillator."""
    rate = 12.5e3
    wave = carrier(_wander(rng, seconds, rate, 30) / rate)
    return Signal(wave, rate, ((0, len(wave)),))


def wfm(rng: Rng, seconds: float) -> Signal:
    """Broadcast FM: sum, 19 kHz pilot, difference at 38 kHz; always on."""
    rate = 400e3
    n = round(seconds * rate)
    music = [_music(rng, n, rate) for _ in range(2)]
    pilot = 2 * np.pi * 19e3 * np.arange(n) / rate
    message = 0.45 * (music[0] + music[1]) + 0.1 * np.sin(pilot)
    message += 0.45 * (music[0] - music[1]) * rng.uniform(0.1, 0.6) * np.sin(2 * pilot)
    wave = carrier(75e3 * message / rate)
    return Signal(wave, rate, ((0, n),))


def _music(rng: Rng, n: int, rate: float) -> np.ndarray:
    """Coloured noise and chords up to 15 kHz, peak about 1."""
    noise = rng.standard_normal(n).astype(np.float32)

    def pink(f):
        hz = np.abs(f) * rate
        return (hz > 40) * (hz < 15e3) / np.sqrt(hz + 200)

    wave = apply_response(noise, pink)
    return np.tanh(wave / (1.8 * wave.std() + 1e-9))


def psk31(rng: Rng, seconds: float) -> Signal:
    """Binary phase keying at 31.25 Bd with cosine transitions."""
    rate, period = 12.5e3, 400
    n = round(seconds * rate)
    symbols = np.cumprod(2.0 * bits(rng, n // period + 3) - 1)
    grid = np.zeros(len(symbols) * period, np.float32)
    grid[::period] = symbols
    pulse = np.cos(np.pi * np.linspace(-0.5, 0.5, 2 * period))
    return _overs(rng, scipy.signal.fftconvolve(grid, pulse)[:n], rate, 0.01)


def rtty(rng: Rng, seconds: float) -> Signal:
    """Frequency keying at 45.45 to 75 Bd, 170 to 850 Hz apart."""
    rate, baud = 12.5e3, float(choice(rng, (45.45, 50.0, 75.0)))
    frames = int(seconds * baud / 8) + 2
    symbols = np.column_stack(
        [-np.ones(frames), 2.0 * rng.integers(0, 2, (frames, 5)) - 1, np.ones((frames, 2))]
    )
    shift = float(choice(rng, (170.0, 170.0, 450.0, 850.0)))
    wave = gaussian_fsk(symbols.ravel(), rate / baud, shift / 2 / rate, 1.0)
    return _overs(rng, wave[: round(seconds * rate)], rate, 0.005)


# Digital signals that are on for long


def pager(rng: Rng, seconds: float) -> Signal:
    """POCSAG: 512, 1200 or 2400 Bd, 4.5 kHz to either side, 576 bits of preamble and batches."""
    rate, baud = 50e3, float(choice(rng, (512.0, 1200.0, 2400.0)))

    def burst():
        data = bits(rng, 544 * int(rng.integers(1, 4)))
        symbols = 2.0 * np.concatenate([np.arange(576) % 2, data]) - 1
        return gaussian_fsk(symbols, rate / baud, 4500 / rate, 2.0)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.2, 2.0), 0.001)


def lte(rng: Rng, seconds: float) -> Signal:
    """The downlink of an LTE cell of 1.4 MHz, which is always on."""
    from .lte import Cell, downlink

    rate = 1.92e6
    cell = Cell(6, None, (10, 2), rng.uniform(0.3, 1.0), rng.uniform(-3, 1), 2, 2, 0, -40.0)
    n = round(seconds * rate)
    return Signal(
        downlink(rng, cell, 128, n, rng.uniform(0, 10)).astype(np.complex64), rate, ((0, n),)
    )


def ofdm(rng: Rng, seconds: float) -> Signal:
    """Multicarrier broadcast, 100 to 700 kHz wide, with null symbols as digital radio has them."""
    width = log_uniform(rng, 100e3, 700e3)
    fft_size = int(choice(rng, (256, 512, 1024)))
    used = int(0.375 * fft_size)
    rate = 12.5e3 * max(1, round(width / 0.75 / 12.5e3))
    guard = fft_size // int(choice(rng, (4, 8)))
    n = round(seconds * rate)
    count = n // (fft_size + guard) + 2
    grid = np.zeros((count, fft_size), np.complex64)
    points = np.exp(0.5j * np.pi * (rng.integers(0, 4, (count, 2 * used)) + 0.5))
    grid[:, 1 : used + 1], grid[:, -used:] = points[:, :used], points[:, used:]
    symbols = np.fft.ifft(grid, axis=1) * np.sqrt(fft_size)
    wave = np.concatenate([symbols[:, -guard:], symbols], axis=1).ravel()[:n]
    return Signal(wave.astype(np.complex64), rate, ((0, n),))


def qpsk(rng: Rng, seconds: float) -> Signal:
    """A satellite's or repeater's downlink: QPSK of 4 to 72 kBd, root-raised cosine."""
    baud = float(choice(rng, (4.8e3, 18e3, 36e3, 72e3)))
    rate = 12.5e3 * max(1, round(2 * baud / 12.5e3))
    n = round(seconds * rate)
    count = int(seconds * baud) + 40
    symbols = np.exp(0.5j * np.pi * (rng.integers(0, 4, count) + 0.5))
    wave = shape_symbols(symbols, rate / baud, float(choice(rng, (0.2, 0.35, 0.6))))[:n]
    return Signal(wave, rate, ((0, len(wave)),))


# Bursts


def ais(rng: Rng, seconds: float) -> Signal:
    """Ships: GMSK of 9600 Bd in slots of 26.67 ms."""
    rate = 50e3

    def burst():
        symbols = 2.0 * bits(rng, 240) - 1
        return gaussian_fsk(symbols, rate / 9600, 2400 / rate, 0.4)

    return send(rng, seconds, rate, burst, lambda: rng.integers(2, 14) * 0.02667, 0.0005)


def dmr(rng: Rng, seconds: float) -> Signal:
    """A hand-held of two-slot TDMA: 27.5 ms of 4-level FSK, every 60 ms."""
    rate = 25e3

    def burst():
        symbols = np.array([-1, -1 / 3, 1 / 3, 1])[rng.integers(0, 4, 132)]
        return gaussian_fsk(symbols, rate / 4800, 1944 / rate, 0.5)

    return send(rng, seconds, rate, burst, lambda: 0.0325, 0.0015)


def gsm(rng: Rng, seconds: float) -> Signal:
    """A telephone: GMSK bursts of 148 bits at 270.8 kBd, one in a frame of 4.615 ms."""
    rate, baud = 812.5e3, 1625e3 / 6

    def burst():
        return gaussian_fsk(2.0 * bits(rng, 148) - 1, rate / baud, baud / 4 / rate, 0.3)

    return send(rng, seconds, rate, burst, lambda: 7.68 * 577e-6, 1.5e-5)


def ook(rng: Rng, seconds: float) -> Signal:
    """Remotes and sensors: pulse width or Manchester code, repeated three to eight times."""
    from .srd import draw_keyer, manchester, pulse_distance, pulse_width

    unit = log_uniform(rng, 100e-6, 700e-6)
    rate = 12.5e3 * max(4, round(25 / unit / 12.5e3))
    code = choice(rng, (pulse_width, pulse_distance, manchester))
    telegram = np.array(code(bits(rng, int(rng.integers(16, 41)))), float)
    pause = np.zeros(int(choice(rng, (8, 12, 31))))
    levels = np.tile(np.concatenate([telegram, pause]), int(rng.integers(3, 9)))
    key = draw_keyer(rng, unit * rate)

    def burst():
        return key(nrz(levels[: int(seconds / unit) + 1], unit * rate))

    signal = send(rng, seconds, rate, burst, lambda: rng.uniform(0.3, 2.0), 0.0)
    pulse = 10 * np.median(_run_lengths(telegram)) * unit
    return Signal(signal.samples, rate, keyed_spans(signal.samples, rate, pulse))


def _run_lengths(levels: np.ndarray) -> np.ndarray:
    """The lengths of the runs of ones, in units."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], levels > 0.5, [0]]).astype(int)))
    return np.diff(turns)[::2]


def keyed_spans(wave: np.ndarray, rate: float, gap_s: float | None = None) -> Spans:
    """The telegrams of a keyed carrier.

    Pauses shorter than ``gap_s`` belong to a telegram, at least `KEYED_GAP_S` (default: ten times
    the median pulse), as rtl_433 joins pulses.
    """
    level = np.abs(wave)
    on = np.concatenate([[0], level > 0.3 * level.max(), [0]]).astype(np.int8)
    runs = np.flatnonzero(np.diff(on)).reshape(-1, 2)
    if gap_s is None:
        gap_s = 10 * float(np.median(runs[:, 1] - runs[:, 0])) / rate
    gap = max(KEYED_GAP_S, gap_s) * rate
    cuts = np.flatnonzero(runs[1:, 0] - runs[:-1, 1] > gap)
    firsts, ends = runs[np.r_[0, cuts + 1], 0], runs[np.r_[cuts, len(runs) - 1], 1]
    return tuple((int(a), int(b)) for a, b in zip(firsts, ends, strict=True))


def fsk(rng: Rng, seconds: float) -> Signal:
    """Sensors, meters and small satellites: FSK packets of 1.2 to 50 kBd."""
    baud, index = log_uniform(rng, 1.2e3, 50e3), log_uniform(rng, 0.5, 2.5)
    rate = 12.5e3 * max(2, round(baud * (2.5 * index + 4) / 12.5e3))
    bt, length = choice(rng, (0.5, 1.0, 2.0)), int(rng.integers(120, 900))
    thermal = rng.uniform(-0.05, 0.05) * baud / rate

    def burst():
        symbols = 2.0 * np.concatenate([np.arange(64) % 2, bits(rng, length)]) - 1
        wave = gaussian_fsk(symbols, rate / baud, baud * index / 2 / rate, bt)
        return wave * carrier(thermal * np.exp(-3 * np.arange(len(wave)) / len(wave)))

    gap = log_uniform(rng, 0.05, 1.0)
    return send(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 1.5), 2 / baud)


def lora(rng: Rng, seconds: float) -> Signal:
    """Chirps of 62.5 to 250 kHz, spreading factors 7 to 11."""
    width, factor = float(choice(rng, (62.5e3, 125e3, 125e3, 250e3))), int(rng.integers(7, 12))
    rate, n = 2 * width, 2 ** (factor + 1)

    def burst():
        symbols = int(min(rng.integers(24, 70), 0.8 * seconds * rate / n))
        starts = rng.integers(0, 2**factor, symbols) / 2**factor
        starts[:8] = 0.0
        place = (np.arange(n) / n)[None, :] + starts[:, None]
        return carrier(((place % 1.0) - 0.5).ravel() * width / rate)

    gap = log_uniform(rng, 0.1, 1.0)
    return send(rng, seconds, rate, burst, lambda: gap * rng.uniform(0.5, 1.5), 1e-4)


def wifi(rng: Rng, seconds: float) -> Signal:
    """Frames of 802.11ah in a channel of 1 MHz: those of 802.11 with a clock 20 times slower."""
    from .wifi import Station

    rate, station = 1e6, Station(rng)
    gap = log_uniform(rng, 2e-3, 50e-3)
    return send(
        rng,
        seconds,
        rate,
        lambda: station.frame(rng, min(400, station.length(rng))),
        lambda: 1e-3 + rng.exponential(gap),
        0.0,
    )


def pulses(rng: Rng, seconds: float) -> Signal:
    """Replies of 120 µs by pulse position, 2 µs a pulse, as Mode S at half the speed."""
    rate = 2e6

    def burst():
        data = bits(rng, 28)
        levels = [*(1, 0, 1, 0), *np.column_stack([1 - data, data]).ravel()]
        return smooth(nrz(levels, 4.0), 1.0)

    mean = log_uniform(rng, 3e-3, 50e-3)
    return send(rng, seconds, rate, burst, lambda: 2e-4 + rng.exponential(mean), 0.0)


def hopper(rng: Rng, seconds: float) -> Signal:
    """Bursts of 1 to 20 ms, each on another of 6 to 20 channels."""
    rate, length = 2e6, log_uniform(rng, 1e-3, 20e-3)
    baud = log_uniform(rng, 10e3, 40e3)
    channels = int(rng.integers(6, 21))
    spacing = min(rng.uniform(3, 5) * baud, 1.5e6 / channels)
    centres: list[float] = []

    def burst():
        centres.append((float(rng.integers(channels)) - (channels - 1) / 2) * spacing)
        symbols = 2.0 * bits(rng, max(8, int(length * baud))) - 1
        wave = gaussian_fsk(symbols, rate / baud, 0.25 * baud / rate, 0.5)
        return wave * carrier(centres[-1] / rate, len(wave))

    gap = length * rng.uniform(0.25, 3)
    signal = send(rng, seconds, rate, burst, lambda: gap, 1 / baud)
    return Signal(signal.samples, rate, signal.spans, tuple(centres[: len(signal.spans)]))


def send(
    rng: Rng,
    seconds: float,
    rate: float,
    burst: Callable[[], np.ndarray],
    gap: Callable[[], float],
    ramp_s: float,
) -> Signal:
    """Sends bursts with pauses of ``gap()`` seconds between them; ramps of ``ramp_s`` seconds."""
    n = round(seconds * rate)
    out, spans = np.zeros(n, np.complex64), []
    wave = burst()
    # The first burst lies in the scene whole where it fits, or the transmitter sends already.
    room = max(n - len(wave), 1)
    place = int(rng.random() * min(room, max(gap(), 0.1 * seconds) * rate))
    while place < n:
        wave = (wave * _ramps(len(wave), ramp_s * rate)) if ramp_s else wave
        part = wave[: n - place]
        out[place : place + len(part)] = part
        spans.append((place, place + len(part)))
        place += len(wave) + max(1, int(gap() * rate))
        wave = burst()
    return Signal(out, rate, tuple(spans))


TRANSMITTERS: dict[str, Callable[[Rng, float], Signal]] = {
    "ais": ais,
    "am": am,
    "carrier": unmodulated,
    "cw": cw,
    "dmr": dmr,
    "fsk": fsk,
    "gsm": gsm,
    "hopper": hopper,
    "lora": lora,
    "lte": lte,
    "nfm": nfm,
    "ofdm": ofdm,
    "ook": ook,
    "pager": pager,
    "psk31": psk31,
    "pulses": pulses,
    "qpsk": qpsk,
    "rtty": rtty,
    "ssb": ssb,
    "wfm": wfm,
    "wifi": wifi,
}
"""The kinds of emissions, and what makes them."""

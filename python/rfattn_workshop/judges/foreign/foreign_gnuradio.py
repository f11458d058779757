# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals with the transmitters of GNU Radio: gr-digital, gr-analog, gr-filter, gr-blocks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
from gnuradio import analog, blocks, digital, filter
from gnuradio.fft import window

from ..other_programs import resample, run

Rng = np.random.Generator
Made = tuple[list[np.ndarray], float]
"""The bursts of a signal, complex [n] each, and their rate in Hz."""

_AUDIO_HZ = 48000
_SAMPLES_PER_SYMBOL = 4
_PAUSED = 3
"""Time of a burst and of the pause behind it, over that of the burst, on average."""


def _bytes(rng: Rng, bits: float) -> np.ndarray:
    return rng.integers(0, 256, max(int(bits) // 8, 16)).astype(np.uint8)


def _audio(rng: Rng, seconds: float, low: float, high: float) -> np.ndarray:
    """Noise with the band and the syllables of speech, limited to 1, float [n] at `_AUDIO_HZ`."""
    noise = rng.standard_normal(round(seconds * _AUDIO_HZ) + 1000)
    taps = filter.firdes.band_pass(1, _AUDIO_HZ, low, high, 200)
    syllables = 1 + np.sin(2 * np.pi * rng.uniform(3, 6) * np.arange(len(noise)) / _AUDIO_HZ)
    voice = np.convolve(noise, taps, "valid") * syllables[: 1 - len(taps)]
    return np.tanh(voice / voice.std())


def modem(modulator: Callable, bauds: tuple[int, ...], bits: int = 1, burst_s: float = 0.0):
    """Random bytes on a modulator of gr-digital, without pauses or in bursts of up to so long."""

    def make(rng: Rng, seconds: float) -> Made:
        baud = float(rng.choice(bauds))
        lengths = [seconds]
        if burst_s:
            lengths = rng.uniform(0.3 * burst_s, burst_s, max(1, int(seconds / burst_s / _PAUSED)))
        waves = [run(_bytes(rng, s * baud * bits), modulator()) for s in lengths]
        return waves, baud * _SAMPLES_PER_SYMBOL

    return make


def _linear(constellation):
    return lambda: digital.generic_mod(constellation(), True, _SAMPLES_PER_SYMBOL, True, 0.35)


def fsk(levels: int, index: float, bauds: tuple[int, ...]):
    """Tones `index` symbol rates apart, without a filter, on gr-analog's frequency modulator."""

    def make(rng: Rng, seconds: float) -> Made:
        baud, rate = float(rng.choice(bauds)), 1e6
        tones = 2 * rng.integers(0, levels, max(1, round(seconds * baud))) - levels + 1
        held = np.repeat(tones * index * baud / 2, round(rate / baud))
        return [run(held, analog.frequency_modulator_fc(2 * np.pi / rate))], rate

    return make


def ook(rng: Rng, seconds: float) -> Made:
    baud = float(rng.choice([1000, 4000, 10000]))
    keys = np.append(1, rng.integers(0, 2, max(1, round(seconds * baud)))).astype(np.uint8)
    return [run(keys, digital.chunks_to_symbols_bc([0, 1]), blocks.repeat(8, 100))], 100 * baud


def ofdm(packets: bool):
    """Packets of gr-digital's OFDM transmitter: 52 carriers, prefix of a quarter."""

    def make(rng: Rng, seconds: float) -> Made:
        rate = float(rng.choice([200e3, 400e3, 800e3]))
        octets = 60
        one = len(_ofdm(rng, octets))
        count = max(1, int(seconds * rate / one / (_PAUSED if packets else 1)))
        waves = [_ofdm(rng, octets) for _ in range(count)]
        return (waves if packets else [np.concatenate(waves)]), rate

    return make


def _ofdm(rng: Rng, octets: int) -> np.ndarray:
    tag = "packet_length"
    tagger = blocks.stream_to_tagged_stream(1, 1, octets, tag)
    return run(_bytes(rng, 8 * octets), tagger, digital.ofdm_tx(packet_length_tag_key=tag))


def nbfm(rng: Rng, seconds: float) -> Made:
    peak = float(rng.choice([2500, 5000]))
    modulator = analog.nbfm_tx(_AUDIO_HZ, 4 * _AUDIO_HZ, tau=75e-6, max_dev=peak)
    return [run(_audio(rng, seconds, 300, 3000), modulator)], 4.0 * _AUDIO_HZ


def wbfm(rng: Rng, seconds: float) -> Made:
    with contextlib.redirect_stdout(None):  # it prints the number of its taps
        modulator = analog.wfm_tx(_AUDIO_HZ, 10 * _AUDIO_HZ, tau=50e-6, max_dev=75e3)
    return [run(_audio(rng, seconds, 50, 3000), modulator)], 10.0 * _AUDIO_HZ


def am(rng: Rng, seconds: float) -> Made:
    depth = float(rng.uniform(0.5, 0.9))
    audio = _audio(rng, seconds, 300, 4500)
    return [run(audio, blocks.add_const_ff(1 / depth), blocks.float_to_complex())], _AUDIO_HZ


def ssb(rng: Rng, seconds: float) -> Made:
    taps = filter.firdes.complex_band_pass(1, _AUDIO_HZ, 300, 2700, 200, window.WIN_HAMMING)
    chain = blocks.float_to_complex(), filter.fir_filter_ccc(1, taps)
    return [run(_audio(rng, seconds, 300, 2700), *chain)], _AUDIO_HZ


def chirp(pulses: bool):
    """Sweeps of gr-blocks' oscillator, one after the other or with pauses."""

    def make(rng: Rng, seconds: float) -> Made:
        rate, width = 1e6, float(rng.uniform(50e3, 600e3))
        one_s = float(10 ** rng.uniform(-3, -2))
        sweep = np.linspace(-width / 2, width / 2, round(one_s * rate)) * rng.choice([-1, 1])
        count = max(1, int(seconds / one_s / (_PAUSED if pulses else 1)))
        wave = run(np.tile(sweep, count), blocks.vco_c(rate, 2 * np.pi, 1.0))
        return (np.split(wave, count) if pulses else [wave]), rate

    return make


def carrier(rng: Rng, seconds: float) -> Made:
    return [run(np.zeros(round(seconds * 1e4)), blocks.vco_c(1e4, 2 * np.pi, 1.0))], 1e4


_SLOW, _FAST = (5000, 10000, 25000), (25000, 50000, 100000)
KINDS: dict[str, Callable[[Rng, float], Made]] = {
    "bpsk bursts": modem(_linear(digital.constellation_bpsk), _SLOW, burst_s=0.04),
    "qpsk": modem(_linear(digital.constellation_qpsk), _FAST, bits=2),
    "qpsk bursts": modem(_linear(digital.constellation_qpsk), _FAST, bits=2, burst_s=0.02),
    "8psk": modem(_linear(digital.constellation_8psk), _SLOW, bits=3),
    "16qam": modem(_linear(lambda: digital.qam_constellation(16)), _FAST, bits=4),
    "gmsk": modem(lambda: digital.gmsk_mod(_SAMPLES_PER_SYMBOL, bt=0.3), _FAST),
    "gmsk bursts": modem(lambda: digital.gmsk_mod(_SAMPLES_PER_SYMBOL, bt=0.4), _SLOW, 1, 0.03),
    "gfsk": modem(lambda: digital.gfsk_mod(_SAMPLES_PER_SYMBOL, 0.8, 0.5), _SLOW),
    "2fsk, wide": fsk(2, 8.0, (5000, 10000, 20000)),
    "4fsk": fsk(4, 1.0, _SLOW),
    "ook": ook,
    "ofdm": ofdm(packets=False),
    "ofdm packets": ofdm(packets=True),
    "nbfm": nbfm,
    "wbfm": wbfm,
    "am": am,
    "ssb": ssb,
    "chirps": chirp(pulses=False),
    "chirp pulses": chirp(pulses=True),
    "carrier": carrier,
}
_SHARES = (0.05, 0.5)
"""Of the scene's time that bursts of a signal take, least and most."""


def make(number: int, rate: float, seconds: float) -> tuple[str, list[np.ndarray]]:
    """A signal without noise, centred on 0 Hz. The number decides all that is drawn.

    Returns:
        Its kind, and its bursts at the rate: complex [n].
    """
    rng = np.random.default_rng([number, 3])
    kind = list(KINDS)[number % len(KINDS)]
    waves, own = KINDS[kind](rng, seconds * rng.uniform(*_SHARES))
    return kind, [resample(np.asarray(wave), own, rate) for wave in waves]

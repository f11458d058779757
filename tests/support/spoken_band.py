# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A band in which somebody speaks: recordings to listen to, for tests."""

import subprocess
import wave

import numpy as np
from gnuradio import analog, blocks, filter, gr
from scipy.signal import hilbert, resample_poly

RATE, MIDDLE = 250_000, 145.5e6
AUDIO_RATE = 25_000
FM_DEVIATION = 3000.0


def tone(seconds, hz=1000.0):
    return 0.8 * np.sin(2 * np.pi * hz * np.arange(round(seconds * AUDIO_RATE)) / AUDIO_RATE)


def voice(folder, words="one two three, this is a test of the radio, over and out"):
    """Speech of espeak-ng, full scale 1.0."""
    path = folder / "voice.wav"
    subprocess.run(["espeak-ng", "-s", "140", "-w", str(path), words], check=True)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        spoken = resample_poly(samples / 32768.0, AUDIO_RATE, file.getframerate())
    return spoken / np.abs(spoken).max()


def fm(audio):
    """By GNU Radio's modulator and pre-emphasis."""
    source, sink = blocks.vector_source_f(_at_rate(audio).tolist()), blocks.vector_sink_c()
    modulator = analog.frequency_modulator_fc(2 * np.pi * FM_DEVIATION / RATE)
    tb = gr.top_block()
    tb.connect(source, analog.fm_preemph(RATE, 75e-6), modulator, sink)
    tb.run()
    return np.array(sink.data(), np.complex64)


def am(audio):
    return (1 + 0.7 * _at_rate(audio)).astype(np.complex64)


def usb(audio):
    """Its carrier would be at 0 Hz."""
    taps = filter.firdes.band_pass(1.0, AUDIO_RATE, 300, 2700, 100)
    return _at_rate(hilbert(np.convolve(audio, taps, "same"))).astype(np.complex64)


def _at_rate(audio):
    return resample_poly(audio, RATE // AUDIO_RATE, 1)


def band(seconds, *sent, seed=1, noise=1e-3):
    """Samples [seconds * RATE]: noise, and of ``sent`` (start in s, frequency from the middle,
    amplitude, samples) each."""
    count = round(seconds * RATE)
    parts = np.random.default_rng(seed).normal(0, noise, (count, 2))
    samples = parts.view(np.complex128).ravel()
    for start_s, offset, amplitude, one in sent:
        first = round(start_s * RATE)
        one = one[: count - first]
        turns = np.exp(2j * np.pi * offset / RATE * np.arange(len(one)))
        samples[first : first + len(one)] += amplitude * one * turns
    return samples.astype(np.complex64)


def write(folder, samples, name="air"):
    """A recording whose name states rate and frequency; returns its path."""
    path = folder / f"{name}_{MIDDLE / 1e6:g}M_{RATE // 1000}k.cf32"
    samples.tofile(path)
    return path

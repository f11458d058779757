# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio as receivers give it, as arrays and WAV files."""

import wave

import numpy as np

AUDIO_RATE = 12_000


def keyed_audio(seconds=1.0, rate=AUDIO_RATE, low_hz=0.0):
    """Audio of a detector behind frequency-shift keying at 1200 Bd, up to 1500 Hz, with noise 40 dB
    below.

    Args:
        low_hz: what is below is left out, as a single-sideband receiver does.
    """
    rng = np.random.default_rng(6)
    count = round(seconds * rate)
    symbols = rng.integers(0, 2, -(-count * 1200 // rate) + 1) * 2 - 1
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    spectrum = np.fft.rfft(symbols[np.arange(count) * 1200 // rate]) * (frequencies < 1500.0)
    spectrum += np.fft.rfft(0.01 * rng.standard_normal(count))
    spectrum[frequencies < low_hz] = 0
    return (0.4 * np.fft.irfft(spectrum, count)).astype(np.float32)


def write_wav(path, audio, rate=AUDIO_RATE):
    """Writes real samples, of full scale 1.0, as a WAV file of one channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.asarray(audio) * 32767).astype("<i2").tobytes())
    return path

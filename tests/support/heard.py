# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sound is like: frequency and SNR of a tone, likeness to what was spoken."""

import numpy as np
from gnuradio.rfattn.messages.audio import AUDIO_RATE
from scipy.signal import hilbert


def _spectrum(sound):
    power = np.abs(np.fft.rfft((sound - sound.mean()) * np.blackman(len(sound)))) ** 2
    return np.fft.rfftfreq(len(sound), 1 / AUDIO_RATE), power


def strongest_hz(sound):
    """Frequency of the strongest line of sound, float [n]."""
    hertz, power = _spectrum(sound)
    return hertz[np.argmax(power)]


def snr_db(sound, hz, within_hz=20.0):
    """Power at a tone over all other power, dB."""
    hertz, power = _spectrum(sound)
    tone = np.abs(hertz - hz) <= within_hz
    return 10 * np.log10(power[tone].sum() / power[~tone].sum())


def likeness(sound, spoken):
    """Highest correlation of ``spoken`` with a place in ``sound``, both at `AUDIO_RATE`, 0 to 1;
    with any phase of all frequencies, which a suppressed carrier does not tell."""
    spoken = hilbert(spoken - spoken.mean())
    spoken /= np.linalg.norm(spoken.real)
    size = 2 ** int(np.ceil(np.log2(len(sound) + len(spoken))))
    product = np.fft.fft(sound, size) * np.conj(np.fft.fft(spoken, size))
    places = len(sound) - len(spoken) + 1
    found = np.abs(np.fft.ifft(product))[:places]
    energy = np.concatenate([[0.0], np.cumsum(np.square(sound))])
    norms = np.sqrt(energy[len(spoken) :] - energy[: -len(spoken)])[:places]
    return float((found / np.maximum(norms, 1e-9)).max())

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channel of an emission becomes sound: a tone keeps its frequency, and is clean and loud."""

import numpy as np
import pytest
from gnuradio.rfattn.blocks.parts.audio_demodulator import AudioDemodulator
from gnuradio.rfattn.blocks.parts.demodulator import ChannelQueue
from gnuradio.rfattn.messages.audio import AUDIO_RATE

from heard import snr_db, strongest_hz

RATE = 25e3
TIMES = np.arange(50_000) / RATE
TONE_HZ = 1000.0
MODULATED = {
    "fm": np.exp(2.5j * np.sin(2 * np.pi * TONE_HZ * TIMES)),  # 2.5 kHz
    "am": 1 + 0.5 * np.cos(2 * np.pi * TONE_HZ * TIMES),
    "usb": np.exp(-2j * np.pi * 500.0 * TIMES),  # from the middle, which becomes 1500 Hz
    "lsb": np.exp(2j * np.pi * 500.0 * TIMES),
}


def heard(kind, samples, offset=0.0, width=10e3, level=1.0):
    queue, parts = ChannelQueue(2**24), []

    def write(data):
        parts.append(data)
        return True

    flowgraph = AudioDemodulator(kind, queue, write, RATE, offset, width, level)
    queue.put(samples.astype(np.complex64), False)
    queue.end()
    flowgraph.run()
    return np.frombuffer(b"".join(parts), np.int16) / 32768


@pytest.mark.parametrize("kind", MODULATED)
def test_a_tone_is_clean(kind):
    sound = heard(kind, MODULATED[kind])
    assert len(sound) == pytest.approx(2 * AUDIO_RATE, abs=100)
    settled = sound[AUDIO_RATE:]
    assert strongest_hz(settled) == pytest.approx(TONE_HZ, abs=2)
    assert snr_db(settled, TONE_HZ) > 40
    assert 0.2 < np.abs(settled).max() < 0.7


@pytest.mark.parametrize("kind", ["am", "usb"])
@pytest.mark.parametrize("change", [0.3, 5.0])
def test_a_level_that_was_measured_wrong_is_corrected(kind, change):
    right = np.abs(heard(kind, MODULATED[kind])[-AUDIO_RATE // 2 :]).max()
    sound = heard(kind, np.tile(change * MODULATED[kind], 3))
    assert np.abs(sound[-AUDIO_RATE // 2 :]).max() == pytest.approx(right, rel=0.2)


def test_a_wrong_middle_is_not_heard():
    samples = MODULATED["fm"] * np.exp(2j * np.pi * 700.0 * TIMES)
    sound = heard("fm", samples)[AUDIO_RATE:]
    assert abs(sound.mean()) < 0.002 and strongest_hz(sound) == pytest.approx(TONE_HZ, abs=2)


def test_tones_that_control_relays_are_not_heard():
    sound = heard("fm", np.exp(6j * np.sin(2 * np.pi * 100.0 * TIMES)))  # 600 Hz of deviation
    assert np.abs(sound[AUDIO_RATE:]).max() < 0.003


def test_silence_makes_no_noise():
    for kind, samples in MODULATED.items():
        quiet = np.concatenate([samples, np.zeros(25_000)])
        assert np.abs(heard(kind, quiet)[-AUDIO_RATE // 2 :]).max() < 1e-3, kind

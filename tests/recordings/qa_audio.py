# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which real samples look like the audio of an FM or AM detector."""

import numpy as np
import pytest
from gnuradio.rfattn.recordings.audio import is_detector_audio
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.sample_array import SampleArray

from audio_files import AUDIO_RATE, keyed_audio, write_wav


def looks_detected(audio, rate=AUDIO_RATE):
    return is_detector_audio(SampleArray.of(audio, rate))


def test_audio_that_begins_at_0_hz_is_that_of_a_detector(tmp_path):
    assert looks_detected(keyed_audio())
    assert is_detector_audio(open_recording(write_wav(tmp_path / "x.wav", keyed_audio())))


def test_audio_that_begins_at_300_hz_is_that_of_a_receiver_of_a_sideband(tmp_path):
    assert not looks_detected(keyed_audio(low_hz=300.0))
    path = write_wav(tmp_path / "x.wav", keyed_audio(low_hz=300.0))
    assert not is_detector_audio(open_recording(path))


@pytest.mark.parametrize("level_db, expected", [(-23.0, False), (-17.0, True)])
def test_below_100_hz_a_hundredth_of_the_strongest_density_decides(level_db, expected):
    """White noise below 100 Hz, and from 1 to 3 kHz so much stronger."""
    rng = np.random.default_rng(3)
    count = 20 * AUDIO_RATE
    frequencies = np.fft.rfftfreq(count, 1 / AUDIO_RATE)
    low, strong = frequencies < 120.0, (frequencies > 1e3) & (frequencies < 3e3)
    response = low * 10 ** (level_db / 20) + strong
    audio = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * response)
    assert looks_detected(audio) == expected


@pytest.mark.parametrize(
    "audio, rate",
    [
        (keyed_audio().astype(np.complex64), AUDIO_RATE),
        (keyed_audio(0.2, 96_000), 96_000),
        (np.zeros(AUDIO_RATE), AUDIO_RATE),
        (keyed_audio(0.01), AUDIO_RATE),
        (keyed_audio(), 1.0),
    ],
    ids=["I and Q", "no rate of audio", "silence", "too short", "1 Hz"],
)
def test_anything_else_is_not(audio, rate):
    assert not looks_detected(audio, rate)


def test_all_of_a_long_recording_counts():
    """The keying comes behind more samples than are read at a time."""
    late = np.concatenate([keyed_audio(30.0, low_hz=300.0), 4 * keyed_audio(3.0)])
    assert looks_detected(late) and not looks_detected(late[: 30 * AUDIO_RATE])

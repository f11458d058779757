# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio of a receiver on a carrier: frequency, amplitude, sideband, pieces, refusals."""

import numpy as np
import pytest
from gnuradio.rfattn.recordings.recording import Capture, RecordingError
from gnuradio.rfattn.recordings.sample_array import SampleArray
from gnuradio.rfattn.recordings.stream import SampleStream
from gnuradio.rfattn.signals import carried_audio
from gnuradio.rfattn.signals.carried_audio import put_on_carrier

from audio_files import AUDIO_RATE, keyed_audio

TONE_HZ = 1000.0


@pytest.fixture
def no_noise(monkeypatch):
    monkeypatch.setattr(carried_audio, "_NOISE_DB", -300.0)


def tone(seconds=0.5, amplitude=0.3, offset=0.0):
    n = np.arange(round(seconds * AUDIO_RATE))
    return SampleArray.of(
        amplitude * np.sin(2 * np.pi * TONE_HZ / AUDIO_RATE * n) + offset, AUDIO_RATE
    )


@pytest.mark.parametrize("deviation", [3000.0, 900.0])
@pytest.mark.parametrize("amplitude", [0.3, 0.01])
def test_with_fm_the_frequency_follows_the_audio(no_noise, amplitude, deviation):
    """Whatever its loudness, and its offset, which a receiver beside the carrier gives."""
    carried = put_on_carrier(tone(amplitude=amplitude, offset=0.1), "fm", deviation)
    samples, rate = carried.samples(), carried.sample_rate
    assert not carried.is_real and rate % AUDIO_RATE == 0 and len(samples) == carried.n_samples
    assert rate >= 8 * (deviation + AUDIO_RATE / 2)
    frequency = np.angle(samples[1:] * samples[:-1].conj()) * rate / (2 * np.pi)
    n = np.arange(len(frequency)) + 1
    expected = deviation * np.sin(2 * np.pi * TONE_HZ / rate * n)
    # The 99.5 % quantile of a sine is 0.99997 of its peak; 1 % for the ends of the filter.
    inner = slice(200, -200)
    np.testing.assert_allclose(frequency[inner], expected[inner], atol=0.01 * deviation)
    np.testing.assert_allclose(np.abs(samples), 0.5, atol=1e-3)


def test_with_am_the_amplitude_follows_the_audio(no_noise):
    carried = put_on_carrier(tone(offset=0.1), "am")
    samples = carried.samples()
    assert carried.sample_rate == 4 * AUDIO_RATE and np.abs(samples.imag).max() < 1e-9
    n = np.arange(len(samples))
    expected = 0.5 * (1 + 0.8 * np.sin(2 * np.pi * TONE_HZ / carried.sample_rate * n))
    inner = slice(200, -200)
    np.testing.assert_allclose(samples.real[inner], expected[inner], atol=0.005)


@pytest.mark.parametrize("dial, carrier", [(None, 0.0), (7.1e6, 7.1e6)])
def test_with_lsb_it_is_the_band_below_the_carrier(dial, carrier):
    """As real samples, which count from the lower end of that band."""
    audio = tone()
    audio = SampleArray(**{**vars(audio), "captures": (Capture(0, dial, "2026-01-01T00:00:00Z"),)})
    carried = put_on_carrier(audio, "lsb")
    samples = carried.samples()
    assert (carried.sample_rate, len(samples), carried.is_real) == (
        AUDIO_RATE,
        AUDIO_RATE // 2,
        True,
    )
    spectrum = np.abs(np.fft.rfft(samples.real))
    above = np.fft.rfftfreq(len(samples), 1 / AUDIO_RATE)[spectrum.argmax()]
    assert carried.frequency + above == carrier - TONE_HZ
    assert carried.captures[0].datetime == "2026-01-01T00:00:00Z"
    np.testing.assert_array_equal(np.abs(samples), np.abs(audio.samples()))
    assert samples[1] == -audio.samples()[1] and samples[2] == audio.samples()[2]


def test_with_usb_it_stays_as_it_is():
    audio = tone()
    assert put_on_carrier(audio, "usb") is audio


@pytest.mark.parametrize("kind", ["fm", "am"])
def test_noise_is_20_db_below_the_carrier_and_always_the_same(monkeypatch, kind):
    noisy = put_on_carrier(tone(), kind).samples()
    np.testing.assert_array_equal(put_on_carrier(tone(), kind).samples(), noisy)
    monkeypatch.setattr(carried_audio, "_NOISE_DB", -300.0)
    noise = noisy - put_on_carrier(tone(), kind).samples()
    # 6000 samples or more: 1.3 % standard deviation, four of them.
    assert np.mean(np.abs(noise) ** 2) == pytest.approx(0.01 * 0.25, rel=0.06)


@pytest.mark.parametrize("kind", ["fm", "am"])
def test_pieces_join_without_a_jump(no_noise, monkeypatch, kind):
    audio = SampleArray.of(keyed_audio(0.7, low_hz=50.0), AUDIO_RATE)
    whole = put_on_carrier(audio, kind).samples()
    monkeypatch.setattr(carried_audio, "_PIECE", 1000)
    parts = put_on_carrier(audio, kind).samples()
    assert len(parts) == len(whole)
    # What the filters leave of what lies a margin away.
    np.testing.assert_allclose(parts, whole, atol=1e-3)


@pytest.mark.parametrize("kind", ["fm", "am", "lsb"])
def test_any_part_can_be_read(monkeypatch, kind):
    monkeypatch.setattr(carried_audio, "_PIECE", 1000)
    carried = put_on_carrier(SampleArray.of(keyed_audio(0.5), AUDIO_RATE), kind)
    whole, times = carried.samples(), carried.sample_rate // AUDIO_RATE
    edge = int(1000 * times)
    for start, count in ((0, 5), (edge - 3, 7), (edge, 2 * edge + 1), (len(whole) - 4, 4), (9, 0)):
        np.testing.assert_array_equal(carried.samples(start, count), whole[start : start + count])


def test_what_is_known_of_it_stays():
    audio = tone()
    captures = (Capture(0, 7e6, "2026-01-01T00:00:00Z"), Capture(100, 7.1e6))
    audio = SampleArray(**{**vars(audio), "captures": captures, "origin": "x"})
    carried = put_on_carrier(audio, "am")
    assert (carried.path, carried.name, carried.origin) == (audio.path, "samples", "x")
    assert carried.captures == (captures[0], Capture(400, 7.1e6))
    assert carried.frequency == 7e6


def test_what_cannot_be_put_on_a_carrier():
    iq = SampleArray.of(np.zeros(9, np.complex64), AUDIO_RATE)
    with pytest.raises(RecordingError, match="samples: audio must be real, .* got I and Q"):
        put_on_carrier(iq, "fm")
    silent = SampleArray.of(np.full(9, 0.5), AUDIO_RATE)
    with pytest.raises(RecordingError, match="samples: nothing changes in its audio"):
        put_on_carrier(silent, "am")
    pipe = SampleStream(iq.path, silent.datatype, AUDIO_RATE, (), reader=None)
    with pytest.raises(RecordingError, match="audio must be a file, got standard input"):
        put_on_carrier(pipe, "usb")
    no_rate = SampleArray(**{**vars(silent), "sample_rate": None})
    with pytest.raises(RecordingError, match="it states no sample rate"):
        put_on_carrier(no_rate, "usb")
    with pytest.raises(ValueError, match="audio must be one of fm, am, usb, lsb, got 'fn'"):
        put_on_carrier(silent, "fn")
    with pytest.raises(ValueError, match="deviation must be > 0 Hz, got -1"):
        put_on_carrier(silent, "fm", -1.0)

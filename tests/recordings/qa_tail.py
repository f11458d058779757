# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is played behind a recording: itself, or noise where repeating it would hide something."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.recordings.tail import tail_of, tail_of_recording

RATE = 1e6
JOINED = 4096
"""Samples behind a turn that differ, so that it makes no click."""


def noise(seconds, power=1.0):
    rng = np.random.default_rng(1)
    values = rng.standard_normal((round(seconds * RATE), 2)) * np.sqrt(power / 2)
    return (values @ [1, 1j]).astype(np.complex64)


def keyed(seconds):
    """Noise that is 20 dB stronger in every second half of 2 ms."""
    samples = noise(seconds)
    samples *= np.where(np.arange(len(samples)) % 2000 < 1000, 10, 1)
    return samples


def narrow(seconds):
    """A carrier in noise 20 dB below it."""
    count = round(seconds * RATE)
    return (np.exp(0.3j * np.arange(count)) + noise(seconds, 0.01)).astype(np.complex64)


def repeating(seconds):
    """Noise of which 64 of 320 samples are those of 256 before, as in OFDM."""
    blocks = noise(seconds)[: round(seconds * RATE) // 320 * 320].reshape(-1, 320)
    blocks[:, 256:] = blocks[:, :64]
    return blocks.reshape(-1)


def bell(seconds):
    """What repeats, 12 dB weaker at half of the way to the ends of the band."""
    samples = repeating(seconds)
    frequencies = np.fft.fftfreq(len(samples))
    shaped = np.fft.fft(samples) * np.exp(-22 * frequencies**2)
    return np.fft.ifft(shaped).astype(np.complex64)


def decibel(samples):
    return 10 * np.log10(np.mean(np.abs(samples) ** 2))


def assert_mirrored(tail, samples, n=10_000):
    """The recording less its mean backwards, conjugated, and turned in phase to continue it."""
    mean = samples.mean()
    tail, samples = tail - mean, samples - mean
    expected = samples[: -n - 1 : -1].conj() * (samples[-1] / abs(samples[-1])) ** 2
    np.testing.assert_allclose(tail[JOINED:n], expected[JOINED:n], rtol=1e-3, atol=1e-5)


def test_backwards_then_forwards():
    samples = keyed(0.06)
    tail = tail_of(samples, RATE, 0.15)
    assert tail.dtype == np.complex64 and len(tail) == 150_000
    assert_mirrored(tail, samples, 60_000)
    mean = samples.mean()
    turned = (samples - mean) * ((tail[70_000] - mean) / (samples[10_000] - mean)) + mean
    again = tail[60_000 + JOINED : 120_000]
    np.testing.assert_allclose(again, turned[JOINED:], rtol=1e-3, atol=1e-5)
    assert_mirrored(tail[120_000:], turned)


def test_the_offset_of_a_receiver_is_not_turned():
    samples, offset = keyed(0.2), np.complex64(0.7 - 0.4j)
    expected = tail_of(samples, RATE, 0.3) + offset
    np.testing.assert_allclose(tail_of(samples + offset, RATE, 0.3), expected, atol=1e-4)


def test_a_carrier_continues_in_frequency_and_phase():
    samples = np.exp(0.3j * np.arange(100_000)).astype(np.complex64)
    tail = tail_of(samples, RATE, 0.25)
    steps = np.angle(tail * np.append(samples[-1:], tail[:-1]).conj())
    np.testing.assert_allclose(steps, 0.3, atol=2e-3)  # also at the turns


def test_a_turn_makes_no_click_in_a_stop_band():
    """As behind a steep filter of a receiver: noise in half of the band, 60 dB less beside it."""
    spectrum = np.fft.fft(noise(0.2))
    passes = np.abs(np.fft.fftfreq(len(spectrum))) < 0.25
    samples = np.fft.ifft(spectrum * np.where(passes, 1.0, 1e-3)).astype(np.complex64)
    played = np.concatenate([samples, tail_of(samples, RATE, 0.1)])
    frames = played[: len(played) // 256 * 256].reshape(-1, 256) * np.blackman(256)
    stopped = np.abs(np.fft.fftfreq(256)) > 0.35
    power = np.mean(np.abs(np.fft.fft(frames)[:, stopped]) ** 2, axis=1)
    turn = len(samples) // 256
    assert 10 * np.log10(power[turn - 1 : turn + 20].max() / np.median(power)) < 6.0


def test_real_samples_stay_real():
    samples = keyed(0.06).real.astype(np.complex64)
    tail = tail_of(samples, RATE, 0.07)
    backwards, forwards = samples[::-1][JOINED:], samples[JOINED:10_000]
    np.testing.assert_allclose(tail[JOINED:60_000], backwards, atol=1e-5)
    np.testing.assert_allclose(tail[60_000 + JOINED :], forwards, atol=1e-5)
    assert not tail.imag.any()
    assert not tail_of(samples[:20_000], RATE, 0.07).imag.any()


@pytest.mark.parametrize(
    "samples",
    [keyed(0.2), narrow(0.2), noise(0.2)],
    ids=["full, not steady", "long, not full", "long enough for a floor"],
)
def test_what_pauses_or_leaves_room_is_mirrored(samples):
    assert_mirrored(tail_of(samples, RATE, 0.01), samples)


@pytest.mark.parametrize(
    "samples",
    [noise(0.0005), repeating(0.03), repeating(0.1), bell(0.03)],
    ids=["0.5 ms of anything", "short", "full", "slopes"],
)
def test_behind_a_steady_signal_comes_noise_25_db_below(samples):
    tail = tail_of(samples, RATE, 0.1)
    assert tail.dtype == np.complex64 and len(tail) == 0.1 * RATE
    assert decibel(tail) == pytest.approx(decibel(samples) - 25, abs=0.1)
    spectrum = np.mean(np.abs(np.fft.fft(tail.reshape(-1, 50))) ** 2, axis=0)
    assert spectrum.max() < 1.3 * spectrum.min()  # white: 2000 frames, 2 % each
    np.testing.assert_array_equal(tail, tail_of(samples, RATE, 0.1))


@pytest.mark.parametrize("seconds", [0.01, 0.04, 0.1])
@pytest.mark.parametrize("parts", [[1, 1j], [1, 0], [1e11, 1e11j]], ids=["complex", "real", "huge"])
def test_behind_noise_comes_noise_with_its_spectrum(seconds, parts):
    rng = np.random.default_rng(4)
    white = rng.standard_normal((round(seconds * RATE), 2)) @ parts
    samples = np.convolve(white, [0.15, 1, 0.15], "same").astype(np.complex64)
    tail = tail_of(samples, RATE, 0.1)
    spectra = [
        np.mean(np.abs(np.fft.fft(part.reshape(-1, 40) * np.hanning(40))) ** 2, axis=0)
        for part in (tail, samples)
    ]
    middle = np.abs(np.fft.fftfreq(40)) < 0.3
    np.testing.assert_allclose(spectra[0][middle], spectra[1][middle], rtol=0.35)


def test_behind_a_short_recording_with_pauses_comes_the_noise_of_these():
    rng = np.random.default_rng(3)
    noise = np.convolve(rng.standard_normal((20_000, 2)) @ [1, 1j], np.ones(3) / 3, "same")
    samples = noise + 10 * np.exp(0.3j * np.arange(20_000)) * (np.arange(20_000) > 8000)
    tail = tail_of(samples.astype(np.complex64), RATE, 0.1)
    assert decibel(tail) == pytest.approx(decibel(noise), abs=0.2)
    spectra = [
        np.mean(np.abs(np.fft.fft(part.reshape(-1, 40) * np.hanning(40))) ** 2, axis=0)
        for part in (tail, noise)
    ]
    lowpass = np.abs(np.fft.fftfreq(40)) < 0.25
    assert decibel(np.sqrt(spectra[0][lowpass])) == pytest.approx(
        decibel(np.sqrt(spectra[1][lowpass])), abs=0.3
    )
    np.testing.assert_allclose(spectra[0][lowpass], spectra[1][lowpass], rtol=0.25)


def test_pauses_of_a_part_of_the_band_show_the_floor():
    bursts = noise(0.02) * np.where(np.arange(20_000) % 5000 < 3600, 1, 0)
    upper = np.fft.ifft(np.fft.fft(bursts) * (np.fft.fftfreq(20_000) > 0.4)).astype(np.complex64)
    quiet = noise(0.02)[::-1].copy()
    tail = tail_of(quiet + 4 * upper, RATE, 0.2)
    assert decibel(tail) == pytest.approx(decibel(quiet), abs=0.5)
    spectrum = np.abs(np.fft.fft(tail.reshape(-1, 64) * np.hanning(64))) ** 2
    density = 10 * np.log10(spectrum.mean(0) / np.median(spectrum.mean(0)))
    assert np.abs(density).max() < 2


def test_the_floor_of_a_short_recording_is_that_beside_its_signals():
    samples = narrow(0.02)
    tail = tail_of(samples, RATE, 0.1)
    assert decibel(tail) == pytest.approx(decibel(noise(0.02, 0.01)), abs=0.3)


@pytest.mark.parametrize("seconds", [0.02, 0.1])
def test_the_floor_below_a_few_short_bursts_is_that_beside_them(seconds):
    quiet = noise(seconds)
    samples = quiet.copy()
    for start in (3000, 9000, 15_000):
        samples[start : start + 120] *= 4  # less than 6 dB in 1 ms
    tail = tail_of(samples, RATE, 0.1)
    assert decibel(tail) == pytest.approx(decibel(quiet), abs=0.2)


def test_a_line_of_the_receiver_is_not_spread_over_the_noise():
    samples = noise(0.02) * np.where(np.arange(20_000) < 10_000, 30, 1) + 1.5  # and at 0 Hz
    tail = tail_of(samples.astype(np.complex64), RATE, 0.2)
    power = np.abs(np.fft.fft(tail.reshape(-1, 64) * np.hanning(64))) ** 2
    density = power.mean(0) / np.median(power.mean(0))
    assert np.abs(10 * np.log10(density)).max() < 4


def test_behind_bursts_in_silence_comes_noise_60_db_below():
    numbers = np.arange(20_000)
    samples = (np.exp(0.3j * numbers) * (numbers % 2000 > 1000)).astype(np.complex64)
    assert decibel(tail_of(samples, RATE, 0.1)) == pytest.approx(decibel(samples) - 60, abs=0.1)


@pytest.mark.parametrize("value", [0, 0.3 - 0.2j])
def test_what_is_constant_is_left_out(value):
    samples, constant = keyed(0.2), np.full(2000, value, np.complex64)
    parts = [constant, samples[:50_000], constant[:1999], samples[50_000:], constant, constant]
    kept = np.concatenate([parts[1], parts[2], parts[3]])
    expected = tail_of(kept, RATE, 0.5)
    np.testing.assert_array_equal(tail_of(np.concatenate(parts), RATE, 0.5), expected)


def test_behind_nothing_but_constants_come_zeros():
    samples = np.repeat(np.complex64([0.5, 0.25j]), 2000)
    np.testing.assert_array_equal(tail_of(samples, RATE, 0.1), np.zeros(100_000))


def test_the_noise_behind_real_samples_is_real():
    samples = repeating(0.01).real.astype(np.complex64)
    tail = tail_of(samples, RATE, 0.1)
    assert not tail.imag.any() and decibel(tail) == pytest.approx(decibel(samples) - 25, abs=0.1)


@pytest.mark.parametrize("samples", [np.zeros(1000, np.complex64), np.ones(1, np.complex64)])
def test_silence_and_a_single_sample_have_a_tail(samples):
    tail = tail_of(samples, RATE, 0.002)
    assert len(tail) == 2000 and np.isfinite(tail).all()


def write(folder, samples, *starts):
    samples.tofile(folder / "r.sigmf-data")
    meta = {
        "global": {"core:datatype": "cf32_le"},
        "captures": [{"core:sample_start": start} for start in starts],
    }
    (folder / "r.sigmf-meta").write_text(json.dumps(meta))
    return open_recording(folder / "r")


def test_only_the_end_of_a_long_recording_is_read(tmp_path, monkeypatch):
    recording, read = write(tmp_path, keyed(0.2), 0), []
    samples = Recording.samples
    monkeypatch.setattr(Recording, "samples", lambda r, *a: read.append(a) or samples(r, *a))
    tail = tail_of_recording(recording, RATE, 0.05)
    assert_mirrored(tail, samples(recording)[150_000:], 50_000)
    assert read == [(150_000,)]


def test_the_tail_is_of_the_last_capture(tmp_path):
    recording = write(tmp_path, keyed(0.2), 0, 140_000, 200_000)  # the last one is empty
    last = recording.samples(140_000)
    tail = tail_of_recording(recording, RATE, 0.1)
    assert_mirrored(tail, last, 60_000)
    mean = last.mean()
    again = np.abs(last[JOINED:40_000] - mean)
    np.testing.assert_allclose(np.abs(tail[60_000 + JOINED :] - mean), again, rtol=1e-3, atol=1e-5)

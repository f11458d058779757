# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recordings behind a detector become signals again: a known signal comes back, real ones fit."""

import json
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.sigmf import SigMFError
from gnuradio.rfattn.signals.modulate import FM
from gnuradio.rfattn.signals.waveform import carrier, resample
from gnuradio.rfattn_station.learning.detectors import DETECTORS, find_detector
from gnuradio.rfattn_workshop.synthesis.services import SERVICES
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile_modem import (
    make_pulse,
    root_raised_cosine,
    shape,
)
from gnuradio.rfattn_workshop.synthesis.waves.remodulate import as_signal, fitting_rate
from gnuradio.rfattn_workshop.synthesis.waves.waveform import smooth

from occupied import width_99

SHARED = Path(__file__).parents[4] / "shared"
PACKS = [SHARED / name for name in ("recordings", "recordings-2")]
RATE = 48e3


def frequency(samples: np.ndarray, rate: float) -> np.ndarray:
    """What an FM discriminator delivers, in Hz."""
    return np.angle(samples[1:] * samples[:-1].conj()) * rate / (2 * np.pi)


def write(folder, samples, label, rate=RATE, marks=None, **fields):
    """Writes a recording with annotations (first, count, low, high), and returns its path."""
    is_complex = np.iscomplexobj(samples)
    path = folder / "made.sigmf-meta"
    samples.astype(np.complex64 if is_complex else np.float32).tofile(folder / "made.sigmf-data")
    annotations = []
    for first, count, low, high in marks or [(0, len(samples), None, None)]:
        mark = {"core:sample_start": first, "core:sample_count": count, "core:label": label}
        if low is not None:
            mark |= {"core:freq_lower_edge": low, "core:freq_upper_edge": high}
        annotations.append(mark)
    about = {"core:datatype": "cf32_le" if is_complex else "rf32_le", "core:sample_rate": rate}
    meta = {
        "global": about | fields,
        "captures": [{"core:sample_start": 0}],
        "annotations": annotations,
    }
    path.write_text(json.dumps(meta))
    return path


def made_symbols(deviation: float, baud: float) -> np.ndarray:
    """The frequency of random four-level symbols at RATE, the outer ones at ``deviation``."""
    rng = np.random.default_rng(5)
    per_symbol = int(RATE / baud)
    symbols = rng.choice([-1, -1 / 3, 1 / 3, 1], 2000)
    return deviation * shape(symbols, make_pulse(root_raised_cosine(0.2), per_symbol), per_symbol)


@pytest.mark.parametrize("label, baud", [("dmr", 4800), ("ysf", 4800), ("dpmr", 2400)])
def test_four_levels_come_back_at_their_deviation(tmp_path, label, baud):
    sent = made_symbols(DETECTORS[label].deviation_hz, baud)
    # A discriminator of another scale, on a receiver that is 700 Hz off.
    signal = as_signal(write(tmp_path, 1.7e-4 * (sent + 700), label))
    np.testing.assert_allclose(np.abs(signal.samples), 1, atol=1e-4)
    times = round(signal.rate / RATE)
    received = frequency(signal.samples, signal.rate)[times - 1 :: times]
    sent = sent[1:]
    again = as_signal(tmp_path / "made", deviation=0.5)
    half = frequency(again.samples, again.rate)
    assert half.std() == pytest.approx(0.5 * received.std(), rel=0.02)
    # The outer levels are estimated from the spread of 2000 random symbols: 3 %.
    assert np.polyfit(sent, received, 1)[0] == pytest.approx(1, abs=0.04)
    assert np.corrcoef(sent, received)[0, 1] > 0.995


@pytest.mark.parametrize("bt", [0.3, 0.5, 0.7])
def test_two_levels_come_back_at_their_deviation(tmp_path, bt):
    rng = np.random.default_rng(4)
    symbols = np.repeat(rng.choice([-1.0, 1.0], 3000), 10)
    sent = 1200 * smooth(symbols, np.sqrt(np.log(2)) / (2 * np.pi) * 10 / bt)
    noise = 60 * rng.standard_normal(len(sent))
    signal = as_signal(write(tmp_path, 2e-4 * (sent + noise - 300), "dstar"))
    received = frequency(signal.samples, signal.rate)
    assert np.polyfit(sent[1:], received, 1)[0] == pytest.approx(1, abs=0.05)


def test_the_signal_is_zero_outside_its_annotation_and_ramps_there(tmp_path):
    sent = made_symbols(1944, 4800)
    path = write(tmp_path, sent * 1e-4, "dmr", marks=[(4000, 8000, None, None)])
    signal = as_signal(path)
    assert signal.rate == RATE and signal.spans == ((4000, 12000),)
    assert not signal.samples[:4000].any() and not signal.samples[12000:].any()
    level = np.abs(signal.samples)
    assert level[4000] < 0.1 and level[4000 + int(2e-3 * RATE)] > 0.9


def test_an_am_carrier_has_the_depth_of_its_standard(tmp_path):
    t = np.arange(int(0.5 * RATE)) / RATE
    subcarrier = np.cos(2 * np.pi * 9960 * t + 16 * np.sin(2 * np.pi * 30 * t))
    audio = 0.01 * (np.sin(2 * np.pi * 30 * t) + subcarrier)
    signal = as_signal(write(tmp_path, audio, "vor"))
    spectrum = np.abs(np.fft.fft(signal.samples)) / len(t)
    sideband, middle = spectrum[round(30 * 0.5)], spectrum[0]
    assert 2 * sideband / middle == pytest.approx(0.30, rel=0.03)
    np.testing.assert_allclose(signal.samples.imag, 0, atol=1e-6)


def test_a_sideband_comes_back_around_the_middle_of_its_edges(tmp_path):
    rng = np.random.default_rng(2)
    narrow = resample(rng.standard_normal(2400) + 1j * rng.standard_normal(2400), 20)
    audio = (narrow * carrier(1500 / RATE, len(narrow))).real
    marks = [(0, len(audio), 300.0, 2700.0)]
    signal = as_signal(write(tmp_path, audio, "ft8", marks=marks))
    match = np.vdot(signal.samples, narrow)
    assert np.abs(match) ** 2 > 0.98 * np.vdot(narrow, narrow).real * len(narrow)


def test_a_sideband_without_edges_is_centred_where_it_stands_out(tmp_path):
    rng = np.random.default_rng(2)
    narrow = resample(rng.standard_normal(2400) + 1j * rng.standard_normal(2400), 20)
    audio = (narrow * carrier(9000 / RATE, len(narrow))).real + 0.01 * rng.standard_normal(48000)
    signal = as_signal(write(tmp_path, audio, "sat_bpsk"))
    power = np.abs(np.fft.fft(signal.samples)) ** 2
    f = np.fft.fftfreq(len(power), 1 / RATE)
    assert abs(float(np.sum(f * power) / power.sum())) < 200


def test_complex_samples_move_to_the_middle_of_their_edges(tmp_path):
    samples = carrier(0.2, 1000)
    path = write(tmp_path, samples, "carrier", marks=[(0, 1000, 0.15 * RATE, 0.25 * RATE)])
    np.testing.assert_allclose(as_signal(path).samples, 1, atol=1e-4)
    path = write(tmp_path, samples, "carrier")
    np.testing.assert_allclose(as_signal(path).samples, samples, atol=1e-4)


def test_bursts_that_hop_have_centres(tmp_path):
    marks = [(0, 300, 1e3, 2e3), (500, 300, 5e3, 6e3)]
    signal = as_signal(write(tmp_path, carrier(0.1, 1000), "ert", marks=marks))
    assert signal.spans == ((0, 300), (500, 800))
    assert signal.centres == (-2000.0, 2000.0)


def test_a_rate_that_does_not_fit_becomes_the_next_that_does(tmp_path):
    assert fitting_rate(44100) == 44100
    assert fitting_rate(12001) == 12150
    signal = as_signal(write(tmp_path, carrier(0.1, 12001), "dcf77", rate=12001))
    assert signal.rate == 12150 and signal.spans == ((0, len(signal.samples)),)
    # Nothing but the rate changed.
    middle = frequency(signal.samples, signal.rate)[1000:-1000]
    np.testing.assert_allclose(middle, 1200.1, atol=1)


@pytest.mark.parametrize(
    "label, message",
    [
        ("nfc_a", "cannot be modulated again: the envelope of a field has lost its phase"),
        ("noise", "cannot be modulated again: noise behind a detector is no emission"),
        ("smoke", "no detector is stated for the audio of 'smoke' ''"),
        ("sat_fsk", "no detector is stated for the audio of 'sat_fsk' ''"),
    ],
)
def test_what_cannot_be_turned_back_is_refused(tmp_path, label, message):
    with pytest.raises(SigMFError, match=message):
        as_signal(write(tmp_path, np.ones(100), label))


def test_a_recording_without_rate_or_label_is_refused(tmp_path):
    path = write(tmp_path, carrier(0.1, 100), "ert", rate=None)
    with pytest.raises(SigMFError, match="its sample rate is not stated"):
        as_signal(path)
    with pytest.raises(SigMFError, match="no annotation 'lora'"):
        as_signal(path, "lora")
    with pytest.raises(ValueError, match="deviation must be positive, got 0"):
        as_signal(path, deviation=0)
    with pytest.raises(SigMFError, match="nothing changes in its annotations"):
        as_signal(write(tmp_path, np.ones(100), "dmr"))


def test_the_sublabel_of_a_folder_decides_for_satellites(tmp_path):
    folder = tmp_path / "sat_fsk"
    folder.mkdir()
    path = write(folder, np.ones(100), "sat_fsk")
    (tmp_path / "labels.csv").write_text(
        "file,label,sublabel\nsat_fsk/made.sigmf-data,sat_fsk,fsk4800_audio\n"
    )
    detector = find_detector(open_recording(path), "sat_fsk")
    assert detector == FM(1440.0, 4320.0, "two levels")


def real_audio() -> list:
    """The real-valued recordings of both packs that can be turned back, by path."""
    found = [entry for folder in PACKS if folder.is_dir() for entry in find_recordings(folder)]
    return [
        pytest.param(entry.path, entry.label, id=entry.path.stem)
        for entry in found
        if not entry.label.startswith(("nfc", "noise")) and open_recording(entry.path).is_real
    ]


@pytest.mark.parametrize("path, label", real_audio())
def test_real_audio_becomes_a_signal(path, label):
    signal = as_signal(path, label)
    samples = signal.samples
    assert samples.dtype == np.complex64 and np.isfinite(samples).all()
    assert signal.rate == fitting_rate(signal.rate)
    on = np.concatenate([samples[a:b] for a, b in signal.spans])
    assert np.mean(np.abs(on) ** 2) == pytest.approx(1, abs=1e-3)
    assert np.count_nonzero(samples) <= len(on)


@pytest.mark.parametrize("label, low, high", [("dmr", 6, 9), ("dpmr", 3, 4.5), ("ysf", 8, 11)])
def test_real_digital_voice_is_as_wide_as_made(label, low, high):
    paths = [value.values[0] for value in real_audio() if value.values[1] == label]
    if not paths:
        pytest.skip(f"no recordings of {label}")
    made = [_width_hz(SERVICES[label](np.random.default_rng(seed), 1.0)) for seed in range(11)]
    for width in (_width_hz(as_signal(paths[0])), np.median(made)):
        assert low < width / 1e3 < high


def _width_hz(signal) -> float:
    """The 99 % width of the longest burst."""
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    return width_99(signal.samples[first:end], signal.rate)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands for training: their receivers, their truth, and the recordings in them."""

import json
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn_workshop.synthesis import training_bands, training_receivers
from gnuradio.rfattn_workshop.synthesis.scene_signal import prepared_signal
from gnuradio.rfattn_workshop.synthesis.services import OTHERS, SERVICES
from gnuradio.rfattn_workshop.synthesis.training_bands import (
    draw_band,
    draw_noise_band,
    draw_recorded_band,
)
from gnuradio.rfattn_workshop.synthesis.training_receivers import NEEDS, RECEIVERS, receivers_for
from gnuradio.rfattn_workshop.synthesis.training_recordings import recorded_signal, usable

RATE, SECONDS = 96e3, 0.9
RECEIVER = ((RATE, SECONDS),)


@pytest.fixture
def one_receiver(monkeypatch):
    """Cheap bands: one receiver and at most two emissions."""
    for module in (training_bands, training_receivers):
        monkeypatch.setattr(module, "RECEIVERS", RECEIVER)
    monkeypatch.setattr(training_bands, "_MOST_EMISSIONS", 2)
    yield
    prepared_signal.cache_clear()


@pytest.fixture
def recording(tmp_path):
    """A carrier with noise around it for half a second, at 48 kHz; labelled ook_srd."""
    rng = np.random.default_rng(1)
    n = 24_000
    samples = 0.3 * np.exp(2j * np.pi * 0.05 * np.arange(n)) * (np.arange(n) % 800 < 400)
    samples = samples + 0.001 * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
    samples.astype("<c8").tofile(tmp_path / "r.sigmf-data")
    about = {"core:datatype": "cf32_le", "core:sample_rate": 48e3, "core:version": "1.2.6"}
    annotation = {"core:sample_start": 0, "core:sample_count": n, "core:label": "ook_srd"}
    meta = {"global": about, "captures": [], "annotations": [annotation]}
    (tmp_path / "r.sigmf-meta").write_text(json.dumps(meta))
    return str(tmp_path / "r.sigmf-meta")


def test_every_class_has_a_need_and_a_family():
    assert set(SERVICES) <= set(NEEDS) and set(SERVICES) == set(known_of("family"))
    assert set(NEEDS) <= {*SERVICES, *OTHERS} and not set(SERVICES) & set(OTHERS)


@pytest.mark.parametrize("name", NEEDS)
def test_receivers_show_the_class(name):
    need, found = NEEDS[name], receivers_for(name)
    assert found and set(found) <= set(RECEIVERS)
    for rate, seconds in found:
        assert rate >= 1.3 * need.width_hz
        assert seconds >= need.seconds or found == [max(RECEIVERS)]


def test_a_band_holds_the_class_within_its_edges(one_receiver):
    drawn = draw_band("ook_srd", 5)
    assert drawn.sample_rate == RATE and len(drawn.samples) == RATE * SECONDS
    assert drawn.samples.dtype == np.complex64 and np.abs(drawn.samples.view("f4")).max() <= 1.0
    assert {b.kind for b in drawn.truth if b.emission == 0} == {"ook_srd"} and not drawn.recorded
    assert {b.kind for b in drawn.truth} <= {*SERVICES, *OTHERS}
    for burst in drawn.truth:
        assert burst.start_s < SECONDS and burst.start_s + burst.duration_s > 0.0


def test_the_lines_of_a_receiver_are_carriers(one_receiver, monkeypatch):
    monkeypatch.setattr(training_bands, "_SPURS", 8.0)
    drawn = draw_noise_band(3)
    n = len(drawn.samples)
    power = np.fft.fftshift(np.abs(np.fft.fft(drawn.samples)) ** 2)
    bin_hz = RATE / n
    strong = [b for b in drawn.truth if b.snr_db > 10 and abs(b.freq_lower) < 0.2 * RATE]
    assert len(drawn.truth) > 4 and strong
    assert [b.emission for b in drawn.truth] == list(range(len(drawn.truth)))
    for line in drawn.truth:
        assert line.kind == "carrier" and (line.start_s, line.duration_s) == (0.0, SECONDS)
        assert line.freq_upper - line.freq_lower == pytest.approx(500.0)
    for line in strong:
        low, high = (round(f / bin_hz) + n // 2 for f in (line.freq_lower, line.freq_upper))
        assert power[low:high].max() > 100 * np.median(power[low:high])
        peak = low + np.argmax(power[low:high])
        assert peak == pytest.approx((low + high) / 2, abs=2)


def test_the_seed_decides(one_receiver):
    first, again, other = (draw_band("ook_srd", seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.samples, again.samples)
    assert first.truth == again.truth
    assert not np.array_equal(first.samples, other.samples)


def test_samples_are_those_of_a_converter(one_receiver):
    parts = draw_band("ook_srd", 5).samples.view(np.float32)
    steps = parts * 2**15
    np.testing.assert_array_equal(steps, np.round(steps))  # of 16 bits, or of fewer


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="name must be one of SERVICES or OTHERS, got 'morse'"):
        draw_band("morse", 1)


def test_some_bands_have_a_recording_where_there_is_one(one_receiver, recording):
    bands = [draw_band("ook_srd", seed, [("ook_srd", recording)]) for seed in range(6)]
    share = np.mean([0 in drawn.recorded for drawn in bands])
    assert 0.0 < share < 1.0
    assert {path for drawn in bands for path in drawn.recorded.values()} == {recording}


def test_a_recording_is_received_again(one_receiver, recording):
    drawn = draw_recorded_band("ook_srd", recording, 3)
    assert drawn.recorded == {0: recording} and {b.emission for b in drawn.truth} == {0}
    assert {b.kind for b in drawn.truth} == {"ook_srd"}


def test_usable_recordings_are_those_that_can_be_received_again(recording, tmp_path):
    entries = [
        LabelledRecording(Path(recording), "ook_srd", "train", "a"),
        LabelledRecording(Path(recording), "tpms", "train", "b"),  # it has no such annotation
        LabelledRecording(tmp_path / "absent.sigmf-meta", "tpms", "train", "c"),
    ]
    assert usable(entries) == [("ook_srd", "a", recording)]


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_a_part_of_a_recording_lasts_as_long_as_wanted(recording, seconds):
    signal = recorded_signal(recording, "ook_srd", np.random.default_rng(2), seconds)
    assert len(signal.samples) == round(seconds * signal.rate)
    on = np.zeros(len(signal.samples), bool)
    for first, end in signal.spans:
        assert 0 <= first < end <= len(on)
        on[first:end] = True
    assert not signal.samples[~on].any() and signal.samples[on].any()
    # A part of it is all on the air, and of 2 s a quarter is.
    assert on.mean() == pytest.approx(min(1.0, 0.5 / seconds), abs=0.01)

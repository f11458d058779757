# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Synthetic recordings: marked where the signal is, the same again from the same seed."""

import csv

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.signals.waveform import carrier, resample
from gnuradio.rfattn_workshop.synthesis import CLASSES, lte, nfc, synthesize
from gnuradio.rfattn_workshop.synthesis.rf14 import folder, mode_s, srd, wifi
from gnuradio.rfattn_workshop.synthesis.waves.waveform import gaussian_fsk, sample_hold

SAMPLES = 16384
EMISSIONS = {
    "fsk_srd": srd.fsk,
    "lte_fdd": lte.lte_fdd,
    "lte_tdd": lte.lte_tdd,
    "mode_s": mode_s.mode_s,
    "ook_srd": srd.ook,
    "wifi_ofdm": wifi.wifi_ofdm,
}


@pytest.mark.parametrize("label", CLASSES)
def test_a_recording_has_its_length_and_its_marks_inside(label):
    received = folder.draw(label, np.random.default_rng(3), SAMPLES)
    assert len(received.samples) == SAMPLES
    assert np.all(np.isfinite(received.samples))
    assert np.iscomplexobj(received.samples) == received.datatype.startswith("c")
    assert received.rate > 0
    assert received.spans
    assert all(0 <= first < end <= SAMPLES for first, end in received.spans)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("label", EMISSIONS)
def test_marks_hold_the_energy_each_of_them_some(label, seed):
    emission = EMISSIONS[label](np.random.default_rng(seed), SAMPLES)
    power = np.abs(emission.samples) ** 2
    marked = np.zeros(SAMPLES, bool)
    for first, end in emission.spans:
        marked[first:end] = True
    # Resampling rings around the edges of a burst; replies of Mode A and C are not marked, and
    # there may be many.
    least = 0.0 if label == "mode_s" else 0.995
    assert power[marked].sum() > least * power.sum()
    assert all(power[first:end].max() > 0 for first, end in emission.spans)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("label", ["fsk_srd", "lte_fdd", "wifi_ofdm"])
def test_the_stated_bandwidth_holds_nine_tenths_of_the_power(label, seed):
    emission = EMISSIONS[label](np.random.default_rng(seed), SAMPLES)
    spectrum = np.abs(np.fft.fft(emission.samples)) ** 2
    frequency = np.abs(np.fft.fftfreq(SAMPLES))
    # 0.05: LTE's and FSK's offset from the middle.
    inside = frequency <= emission.bandwidth / 2 + 0.05
    assert spectrum[inside].sum() > 0.9 * spectrum.sum()


def test_tdd_is_silent_where_nobody_sends():
    cell = lte.Cell(6, 1, (10, 2), 0.0, 0.0, 1, 1, 0, -300.0)
    rng = np.random.default_rng(1)
    samples = lte.downlink(rng, cell, 128, 19200, 0.0)
    subframes = (np.abs(samples.reshape(10, 1920)) ** 2).sum(axis=1)
    silent = subframes < 1e-6 * subframes.max()
    assert "".join("U" if s else "d" for s in silent) == lte.TDD[1].replace("D", "d").replace(
        "S", "d"
    )


def test_the_card_answers_at_its_subcarrier():
    pieces = nfc._TypeB(np.random.default_rng(1)).listen(np.random.default_rng(1))
    count = int(sum(d for _, d in pieces))
    wave = nfc._hold_pieces(pieces, 1.0, count)  # a sample a cycle of the carrier
    peak = np.argmax(np.abs(np.fft.rfft(wave - wave.mean()))) / count
    assert peak == pytest.approx(1 / 16, rel=0.1)  # phase reversals move the peak a little


def test_held_values_are_means_over_samples():
    assert sample_hold([0.5, 1.5, 3.0], [2.0, 4.0], 4) == pytest.approx([1.0, 3.0, 4.0, 0.0])


def test_fsk_stays_at_its_deviation():
    wave = gaussian_fsk([1.0, 1.0, -1.0, -1.0], 32, 0.1, None)
    frequency = np.angle(wave[1:] * wave[:-1].conj()) / (2 * np.pi)
    assert np.abs(frequency) == pytest.approx(0.1, abs=1e-5)  # float32 phase


@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.7])
def test_resampling_moves_a_tone_and_keeps_its_power(ratio):
    wave = resample(carrier(0.125, 4000), ratio)
    spectrum = np.abs(np.fft.fft(wave)) / len(wave)
    assert len(wave) == 4000 * ratio
    assert spectrum[500] == pytest.approx(1.0, abs=1e-3)  # whole number of periods


def test_a_folder_is_readable_and_repeats(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "SAMPLES", 4096)
    for name in ("one", "two"):
        synthesize(tmp_path / name, 2, 7, ["noise", "ook_srd"])
    synthesize(tmp_path / "other_seed", 2, 8, ["ook_srd"])
    entries = find_recordings(tmp_path / "one")
    assert [e.label for e in entries] == ["noise", "noise", "ook_srd", "ook_srd"]
    assert {e.split for e in entries} == {"train"}
    assert len({e.group for e in entries}) == 4
    for entry in entries:
        recording = open_recording(entry.path)
        assert recording.n_samples == 4096
        assert recording.label == entry.label
    assert _checksums(tmp_path / "one") == _checksums(tmp_path / "two")
    assert not set(_checksums(tmp_path / "one")) & set(_checksums(tmp_path / "other_seed"))


def _checksums(path):
    with (path / "labels.csv").open() as file:
        return [row["sha256"] for row in csv.DictReader(file)]


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match="per_class must be >= 1, got 0"):
        synthesize(tmp_path / "a", 0)
    with pytest.raises(ValueError, match="classes must be of .*, got morse"):
        synthesize(tmp_path / "a", 1, 1, ["noise", "morse"])
    with pytest.raises(ValueError, match="got none"):
        synthesize(tmp_path / "a", 1, 1, [])
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match="must be empty or new"):
        synthesize(tmp_path)


def test_the_command_writes_a_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(folder, "SAMPLES", 4096)
    out = tmp_path / "made"
    assert main(["synthesize", "--out", str(out), "--per-class", "1", "--classes", "noise"]) == 0
    assert capsys.readouterr().out == f"{out}: 1 recording\n"
    assert len(find_recordings(out)) == 1

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that measures what the detector costs, and its bands; no time is asserted."""

import json
import sys

import numpy as np
import pytest

import busy_bands
import detector_cost


def test_report_has_a_row_for_each_band(tmp_path, monkeypatch, capsys):
    out = tmp_path / "cost"
    bands = ["empty", "200 bursts/s"]
    arguments = ["--bands", *bands, "--seconds", "0.5", "--rounds", "2", "--quiet"]
    monkeypatch.setattr(sys, "argv", ["detector_cost.py", *arguments, "--out", str(out)])
    detector_cost.main()
    assert capsys.readouterr().out == f"{out}.json, {out}.md\n"
    rows = json.loads((tmp_path / "cost.json").read_text())["bands"]
    assert [row["band"] for row in rows] == bands
    assert [len(row["cpu"]) for row in rows] == [2, 2]
    assert rows[0]["found"] == 0 and rows[1]["found"] > 5
    text = (tmp_path / "cost.md").read_text()
    assert "from 0.5 s of each" in text
    assert "| empty | 2.4 | " in text


@pytest.mark.parametrize("name", busy_bands.BANDS)
def test_a_band_has_its_length_and_is_the_same_again(name):
    band = busy_bands.BANDS[name]
    samples = band.samples(3, 0.1)
    assert samples.dtype == np.complex64 and len(samples) == round(0.1 * band.rate)
    assert np.isfinite(samples).all()
    assert np.array_equal(samples, band.samples(3, 0.1))


def test_a_station_has_its_pilot_tone_and_its_deviation():
    rate, rng = 1e6, np.random.default_rng(1)
    wave = busy_bands.broadcast(rng, 200_000, rate)
    hz = np.angle(wave[1:] * wave[:-1].conj()) * rate / (2 * np.pi)
    assert 40e3 < np.abs(hz).max() <= 75e3
    spectrum = np.abs(np.fft.rfft(hz * np.hanning(len(hz))))
    near = np.arange(3700, 3900)  # bins of 5 Hz around 19 kHz, where a station is silent beside it
    assert 5 * near[np.argmax(spectrum[near])] == pytest.approx(19e3, abs=10)


def test_no_rounds_are_refused(capsys):
    with pytest.raises(SystemExit):
        detector_cost.parse(["--rounds", "0"])
    assert "--rounds must be > 0, got 0" in capsys.readouterr().err

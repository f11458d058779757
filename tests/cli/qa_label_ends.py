# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label` on short recordings and at the ends of recordings, with the real detector."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.formats import open_recording

from attention_models import save_model

FRONT_END = {"fft_size": 64, "hop": 32}
CLASSES = ("class0", "class1", "class2")
BAND = (100e3, 150e3)  # Hz
SLACK_S = 1e-3
ROW_S = 62.5e-6  # on which the detector measures times


def band_noise(rng, count, rate, low, high):
    """Noise between two frequencies, with the power 1."""
    frequencies = np.fft.fftfreq(count, 1 / rate)
    spectrum = np.fft.fft(rng.standard_normal((count, 2)) @ [1, 1j])
    samples = np.fft.ifft(spectrum * ((frequencies > low) & (frequencies < high)))
    return samples / np.sqrt(np.mean(np.abs(samples) ** 2))


def write(stem, rate, seconds, bursts, low, high, floor=0.01):
    """A recording with bursts (begin and end, s) of one signal in noise."""
    rng = np.random.default_rng(6)
    count = round(seconds * rate)
    samples = floor * (rng.standard_normal((count, 2)) @ [1, 1j])
    for begin, end in bursts:
        first, last = round(begin * rate), round(end * rate)
        samples[first:last] += 0.1 * band_noise(rng, last - first, rate, low, high)
    samples.astype("<c8").tofile(f"{stem}.sigmf-data")
    about = {"core:datatype": "cf32_le", "core:version": "1.2.6", "core:sample_rate": rate}
    meta = {"global": about, "captures": [{"core:sample_start": 0}], "annotations": []}
    stem.with_suffix(".sigmf-meta").write_text(json.dumps(meta))
    return stem.with_suffix(".sigmf-meta")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model") / "tiny.pt", FRONT_END, takes="emission")


@pytest.fixture
def label(tmp_path, capsys, model):
    """Labels a recording; returns its entry in the JSON, and checks that nothing of what was
    written lies behind its end."""

    def run(recording):
        out, folder = tmp_path / "found.sigmf-meta", tmp_path / "cut"
        options = ("--model", model, "--device", "cpu", "--threads", "1")
        written = ("--annotate", out, "--record", folder, "--json", "-")
        assert main([str(w) for w in ("label", "--quiet", *options, *written, recording)]) == 0
        _, *found, row = map(json.loads, capsys.readouterr().out.splitlines())
        row["emissions"] = found
        assert_within(row, open_recording(recording), out, folder)
        return row

    return run


def assert_within(row, recording, annotations, folder):
    n = recording.n_samples
    assert row["samples"] == row["stats"]["samples"] == n
    boxes = [burst for emission in row["emissions"] for burst in emission["bursts"]]
    found = json.loads(annotations.read_text())["annotations"]
    boxes += [{k.removeprefix("core:"): v for k, v in box.items()} for box in found]
    for box in boxes + row["emissions"]:
        assert box["sample_start"] < n and box["sample_start"] + box["sample_count"] <= n
    written = sorted(folder.glob("*.sigmf-meta"))
    assert len(written) == row["stats"]["recordings"] >= 1
    for path in written:
        cut = open_recording(path)
        for capture in json.loads(path.read_text())["captures"]:
            assert capture["core:global_index"] / cut.sample_rate < n / recording.sample_rate
        last = capture["core:global_index"] + cut.n_samples - capture["core:sample_start"]
        assert (last - 1) / cut.sample_rate < n / recording.sample_rate


def at(row, low, high):
    """The emission whose band is the most like this one."""

    def shared(emission):
        edges = sorted((low, high, emission["freq_lower"], emission["freq_upper"]))
        inside = min(high, emission["freq_upper"]) - max(low, emission["freq_lower"])
        return inside / (edges[-1] - edges[0])

    return max(row["emissions"], key=shared)


def test_a_burst_in_20_ms(tmp_path, label):
    recording = write(tmp_path / "r", 1e6, 0.02, [(0.005, 0.012)], *BAND)
    row = label(recording)
    emission = at(row, *BAND)
    assert emission["freq_lower"] == pytest.approx(100e3, abs=5e3)
    assert emission["freq_upper"] == pytest.approx(150e3, abs=5e3)
    (burst,) = emission["bursts"]
    assert burst["sample_start"] / 1e6 == pytest.approx(0.005, abs=SLACK_S)
    assert burst["sample_count"] / 1e6 == pytest.approx(0.007, abs=SLACK_S)
    assert emission["label"] in CLASSES and emission["burst_count"] == 1
    again = label(recording)
    assert (again["emissions"], again["tokens"]) == (row["emissions"], row["tokens"])


def test_1_ms_that_is_all_signal(tmp_path, label):
    row = label(write(tmp_path / "r", 5e6, 0.001, [(0, 0.001)], -2e6, 2e6, floor=1e-4))
    emission = at(row, -2e6, 2e6)
    assert emission["freq_lower"] == pytest.approx(-2e6, abs=0.2e6)
    assert emission["freq_upper"] == pytest.approx(2e6, abs=0.2e6)
    assert emission["sample_count"] >= 5000 - ROW_S * 5e6 and emission["duty"] > 0.95
    assert emission["label"] in CLASSES


def test_the_emission_at_the_end(tmp_path, label):
    bursts = [(0.1, 0.15), (0.25, 0.3), (0.4, 0.45), (0.55, 0.6)]
    row = label(write(tmp_path / "r", 1e6, 0.6, bursts, *BAND))
    emission = at(row, *BAND)
    ends = [b["sample_start"] + b["sample_count"] for b in emission["bursts"]]
    assert [end / 1e6 for end in ends] == pytest.approx([b for _, b in bursts], abs=SLACK_S)
    assert ends[-1] == 600_000
    assert emission["burst_count"] == 4
    assert emission["period_s"] == pytest.approx(0.15, abs=SLACK_S)
    assert emission["duty"] == pytest.approx(0.2 / 0.5, abs=0.01)
    assert emission["label"] in CLASSES


def test_what_is_heard_in_the_last_milliseconds_alone(tmp_path, label):
    row = label(write(tmp_path / "r", 1e6, 0.6, [(0.58, 0.6)], *BAND))
    emission = at(row, *BAND)
    assert emission["sample_start"] / 1e6 == pytest.approx(0.58, abs=SLACK_S)
    assert emission["sample_start"] + emission["sample_count"] == 600_000
    assert emission["label"] in CLASSES

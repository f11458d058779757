# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label` on the audio of receivers: with --audio on a carrier; without it a detector's has no
label."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.cli import main

from attention_models import save_model
from audio_files import AUDIO_RATE, keyed_audio, write_wav
from emission_recording import write_emission

SECONDS = 1.5
NOTE = (
    "it looks like the audio of an FM or AM detector, so its emissions get no label; add --audio "
    "fm, am, usb or lsb to label what the receiver received"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model whose most probable class is always named."""
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path, {"fft_size": 64, "hop": 32}, takes="emission")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Audio of a detector, of a receiver of a sideband, and I/Q."""
    folder = tmp_path_factory.mktemp("audio")
    write_wav(folder / "detector.wav", keyed_audio(SECONDS))
    write_wav(folder / "sideband.wav", sideband_audio())
    write_emission(folder / "iq")
    return folder


def sideband_audio():
    """Noise from 400 to 2800 Hz, and from 0.5 to 1 s a carrier at 1500 Hz, 20 dB above it."""
    rng = np.random.default_rng(8)
    n = np.arange(round(SECONDS * AUDIO_RATE))
    frequencies = np.fft.rfftfreq(len(n), 1 / AUDIO_RATE)
    inside = (frequencies > 400) & (frequencies < 2800)
    noise = np.fft.irfft(np.fft.rfft(0.02 * rng.standard_normal(len(n))) * inside)
    on = (n >= 0.5 * AUDIO_RATE) & (n < AUDIO_RATE)
    return noise + 0.14 * np.sin(2 * np.pi * 1500 / AUDIO_RATE * n) * on


@pytest.fixture
def label(model, tmp_path, capsys):
    """Runs the command; returns its status, the recordings of its JSON, and its stderr."""

    def run(*words, out="found.json"):
        path = tmp_path / out
        options = ("--model", model, "--device", "cpu", "--min-confidence", "0", "--quiet")
        status = main(["label", "--json", str(path), *options, *map(str, words)])
        printed = capsys.readouterr()
        if out.endswith("jsonl"):
            rows = [json.loads(line) for line in path.read_text().splitlines()]
        else:
            rows = json.loads(path.read_text())["recordings"]
        return status, rows, printed.err

    return run


def emission_at(row, frequency):
    (found,) = [e for e in row["emissions"] if e["freq_lower"] < frequency < e["freq_upper"]]
    return found


def test_the_audio_of_a_detector_gets_no_label_and_a_line_that_names_the_option(folder, label):
    path = folder / "detector.wav"
    status, (row,), err = label(path)
    assert status == 0 and row["note"] == NOTE
    assert err.splitlines()[-1] == f"gr-rfattn: {path}: {NOTE}"
    assert (row["sample_rate"], row["model"], row["tokens"]) == (AUDIO_RATE, None, None)
    assert row["emissions"] and {e["label"] for e in row["emissions"]} == {None}


def test_the_audio_of_a_receiver_of_a_sideband_is_labelled_as_it_is(folder, label):
    status, (row,), err = label(folder / "sideband.wav")
    assert status == 0 and "note" not in row and NOTE not in err
    assert row["model"] is not None
    assert emission_at(row, 1500)["label"] is not None


def test_frames_give_the_audio_of_a_detector_no_label_either(folder, tmp_path, capsys):
    out = tmp_path / "found.json"
    words = ["--quiet", "--model", "none", "--json", str(out), str(folder / "detector.wav")]
    assert main(["label", *words]) == 0 and NOTE in capsys.readouterr().err
    (row,) = json.loads(out.read_text())["recordings"]
    assert row["note"] == NOTE and "emissions_cut" not in row["stats"]


@pytest.mark.parametrize("kind", ["fm", "am"])
def test_on_a_carrier_positions_count_from_it_and_times_from_the_start(folder, label, kind):
    status, (row,), err = label("--audio", kind, folder / "detector.wav")
    assert status == 0 and row["audio"] == kind and NOTE not in err
    rate = row["sample_rate"]
    assert rate > 2 * AUDIO_RATE and row["samples"] == SECONDS * rate
    (emission,) = [e for e in row["emissions"] if e["sample_count"] > 0.9 * row["samples"]]
    middle = (emission["freq_lower"] + emission["freq_upper"]) / 2
    assert abs(middle) < 500 and emission["label"] is not None
    assert emission["sample_start"] < 0.05 * rate


def test_the_deviation_decides_the_width(folder, label):
    widths = []
    for deviation in ("1k", "4k"):
        words = ("--audio", "fm", "--deviation", deviation, folder / "detector.wav")
        _, (row,), _ = label(*words)
        longest = max(row["emissions"], key=lambda e: e["sample_count"])
        widths.append(longest["freq_upper"] - longest["freq_lower"])
    assert widths[1] > 2 * widths[0]


def test_usb_is_the_recording_as_it_is_and_lsb_its_mirror_image(folder, label):
    path = folder / "sideband.wav"
    found = []
    for words, where in (((), 1500), (("--audio", "usb"), 1500), (("--audio", "lsb"), -1500)):
        status, (row,), err = label(*words, path)
        assert status == 0 and NOTE not in err and row["sample_rate"] == AUDIO_RATE
        found.append(emission_at(row, where))
        start = found[-1]["sample_start"] / AUDIO_RATE
        assert start == pytest.approx(0.5, abs=0.06)
    assert found[0] == found[1]
    status, (row,), err = label("--audio", "usb", folder / "detector.wav")
    assert status == 0 and NOTE not in err and row["model"] is not None


def test_the_frequency_of_the_carrier_can_be_stated(folder, label):
    _, (row,), _ = label("--audio", "lsb", folder / "sideband.wav")
    assert row["frequency"] is None
    _, (row,), _ = label("--audio", "lsb", "--freq", "7.1M", folder / "sideband.wav")
    assert row["frequency"] == 7.1e6
    assert emission_at(row, 7.1e6 - 1500)


def test_of_several_those_of_i_and_q_stay_as_they_are(folder, label):
    paths = [folder / name for name in ("detector.wav", "iq.sigmf-meta")]
    for words in (paths, [folder]):
        out = "found.json" if words is paths else "all.jsonl"
        status, rows, _ = label("--audio", "fm", *words, out=out)
        assert status == 0
        kinds = {
            row["file"].rpartition("/")[2]: row.get("audio") for row in rows if "samples" in row
        }
        assert kinds["detector.wav"] == "fm" and kinds["iq.sigmf-meta"] is None


def test_an_archive_states_what_got_no_label(folder, label):
    status, rows, err = label(folder, out="all.jsonl")
    assert status == 0 and err.splitlines() == [f"gr-rfattn: {folder}/detector.wav: {NOTE}"]
    notes = [row.get("note") for row in rows if row["type"] == "summary"]
    assert notes == [NOTE, None, None]
    settings = rows[0]
    assert (settings["audio"], settings["deviation"]) == (None, 3000.0)


def test_a_recording_of_an_emission_is_on_the_carrier(folder, model, tmp_path):
    words = ["--model", model, "--device", "cpu", "--quiet", "--record", str(tmp_path / "cut")]
    assert main(["label", *words, "--audio", "fm", str(folder / "detector.wav")]) == 0
    (meta,) = (tmp_path / "cut").glob("detector_*.sigmf-meta")
    assert json.loads(meta.read_text())["global"]["core:datatype"] == "cf32_le"


def test_a_recording_of_the_lower_sideband_needs_its_frequency(folder, tmp_path, capsys):
    """Its emissions would be written as if they were on the air below 0 Hz."""
    words = ["--model", "none", "--quiet", "--record", str(tmp_path / "cut"), "--audio", "lsb"]
    path = folder / "sideband.wav"
    assert main(["label", *words, str(path)]) == 1
    text = "with --audio lsb, --record needs the frequency that the receiver was tuned to"
    error = f"gr-rfattn: {path}: {text}: give --freq HZ"
    assert capsys.readouterr().err.splitlines()[-1] == error
    assert main(["label", *words, "--freq", "7.1M", str(path)]) == 0
    assert list((tmp_path / "cut").glob("sideband_0001_7.09?MHz.sigmf-meta"))


@pytest.mark.parametrize(
    "words, message",
    [
        (["--audio", "fm", "--deviation", "-1"], "--deviation must be > 0 Hz, got -1"),
        (["--audio", "fn"], "invalid choice: 'fn'"),
    ],
)
def test_wrong_usage(folder, capsys, words, message):
    with pytest.raises(SystemExit, match="2"):
        main(["label", str(folder / "detector.wav"), *words])
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_one_recording_of_i_and_q_is_no_audio(folder, capsys):
    path = folder / "iq.sigmf-meta"
    assert main(["label", "--audio", "fm", str(path)]) == 1
    error = "audio must be real, as in a WAV file of one channel, got I and Q"
    assert capsys.readouterr().err == f"gr-rfattn: {path}: {error}\n"


def test_annotations_go_with_usb(folder, model, tmp_path):
    out = tmp_path / "found.sigmf-meta"
    words = ["--audio", "usb", "--annotate", str(out), "--model", "none", "--quiet"]
    assert main(["label", str(folder / "sideband.wav"), *words]) == 0
    edges = [
        (a["core:freq_lower_edge"], a["core:freq_upper_edge"])
        for a in json.loads(out.read_text())["annotations"]
    ]
    assert any(low < 1500 < high for low, high in edges)

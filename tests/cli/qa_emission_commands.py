# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label`, `live` and `eval` with the real detector, on a recording of one emission."""

import json
import re
import signal
import subprocess
import threading

import numpy as np
import pytest
from gnuradio.rfattn import inference
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.formats import open_recording

from attention_models import save_model
from command_line import COMMAND, TIME_LIMIT_S, own_lines
from emission_recording import BAND, CENTRE, ON_AIR, RATE, SECONDS, write_emission
from replay import published

EDGE_HZ, EDGE_S = 1e3, 0.01  # a sixteenth of the width, and 10 ms
FRONT_END = {"fft_size": 64, "hop": 32}
MEASURE = ("--model", "none")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_emission(tmp_path_factory.mktemp("emission") / "one")


def label(capsys, *words):
    """What `label` found in the band of the emission, from its JSON, and the entry of the
    recording."""
    words = [str(word) for word in words]
    assert main(["label", "--quiet", "--json", "-", *words]) == 0
    _, *found, row = map(json.loads, capsys.readouterr().out.splitlines())
    return max(found, key=shared), row


def shared(emission):
    """The share of the emission's band that this one covers, less what it covers beside it."""
    centre = 0.0 if emission["freq_upper"] < CENTRE / 2 else CENTRE
    lower, upper = centre + BAND[0], centre + BAND[1]
    inside = min(upper, emission["freq_upper"]) - max(lower, emission["freq_lower"])
    width = emission["freq_upper"] - emission["freq_lower"]
    return inside - (width - inside)


def assert_is_the_emission(emission, centre=CENTRE):
    assert emission["freq_lower"] == pytest.approx(centre + BAND[0], abs=EDGE_HZ)
    assert emission["freq_upper"] == pytest.approx(centre + BAND[1], abs=EDGE_HZ)
    (burst,) = emission["bursts"]
    start, end = burst["sample_start"], burst["sample_start"] + burst["sample_count"]
    assert start / RATE == pytest.approx(ON_AIR[0], abs=EDGE_S)
    assert end / RATE == pytest.approx(ON_AIR[1], abs=EDGE_S)


def test_the_emission_is_found(recording, capsys):
    emission, row = label(capsys, recording, *MEASURE)
    assert_is_the_emission(emission)
    assert row["stats"]["samples"] == row["samples"] == SECONDS * RATE
    assert emission["label"] is None and emission["nearest"]


def test_two_runs_give_the_same(recording, capsys):
    first, second = (label(capsys, recording, *MEASURE)[0] for _ in range(2))
    assert first == second


def test_without_frequency_and_rate(tmp_path, capsys):
    path = write_emission(tmp_path / "plain", rate=None)
    emission, row = label(capsys, path, "--rate", "2M", *MEASURE)
    assert_is_the_emission(emission, 0.0)
    assert (row["sample_rate"], row["frequency"]) == (RATE, None)
    again, _ = label(capsys, path, "--rate", "2M", *MEASURE)
    assert emission["nearest"] == again["nearest"]


def test_a_real_valued_recording_counts_from_0_hz(tmp_path, capsys):
    path = write_emission(tmp_path / "audio", is_real=True)
    emission, _ = label(capsys, path, *MEASURE)
    middle = (emission["freq_lower"] + emission["freq_upper"]) / 2
    # A quarter of the width: how exact the edges are is for the tests of the detector.
    assert middle == pytest.approx(sum(BAND) / 2, abs=4e3)


def test_annotations_and_recordings(recording, tmp_path, capsys):
    out, folder = tmp_path / "found.sigmf-meta", tmp_path / "cut"
    words = (*MEASURE, "--annotate", out, "--record", folder)
    emission, row = label(capsys, recording, *words)
    written = json.loads(out.read_text())["annotations"]
    (box,) = [a for a in written if a.get("rfattn:emission") == emission["id"]]
    assert box["core:sample_start"] == emission["bursts"][0]["sample_start"]
    assert round(box["core:freq_lower_edge"]) == emission["freq_lower"]
    (meta,) = folder.glob(f"one_{emission['id']:04d}_100.0*.sigmf-meta")
    assert re.fullmatch(r"one_\d{4}_100\.02\dMHz\.sigmf-meta", meta.name)
    cut = open_recording(meta)
    # The burst with a margin on both sides, at about twice the width of the emission.
    assert ON_AIR[1] - ON_AIR[0] < cut.n_samples / cut.sample_rate < ON_AIR[1] - ON_AIR[0] + 0.22
    assert 1.5 * 16e3 < cut.sample_rate < 3 * 16e3
    assert cut.frequency == pytest.approx(CENTRE + sum(BAND) / 2, abs=EDGE_HZ)
    assert np.abs(cut.samples()).max() > 0
    stats = row["stats"]
    assert stats["recordings"] >= stats["emissions_cut"] >= 1
    assert stats["emissions_not_recorded"] == stats["emissions_not_cut"] == 0


def test_a_model_labels_it(recording, tmp_path, capsys):
    model = save_model(tmp_path / "tiny.pt", FRONT_END, takes="emission")
    options = ("--model", model, "--device", "cpu", "--threads", "1")
    emission, row = label(capsys, recording, *options)
    assert emission["label"] in ("class0", "class1", "class2")
    assert sum(emission["probabilities"].values()) == pytest.approx(1.0, abs=2e-4)  # rounded
    tokens = row["tokens"]
    assert tokens["in"] == sum(count for name, count in tokens.items() if name != "in")
    assert tokens["rested"] > 0 and row["stats"]["steps"] > 0
    assert row["model"]["attention"] == "flash"
    assert main(["label", "--quiet", recording, *options]) == 0
    out = capsys.readouterr().out
    assert f"{emission['label']} 0." in out and "looked at: " in out and " rested, " in out
    assert main(["label", "--quiet", "--steps", recording, *options]) == 0
    assert "flash with layernorm" in capsys.readouterr().out


def test_the_shipped_family_labels_unless_another_or_none_is_asked_for(
    recording, tmp_path, capsys, monkeypatch
):
    save_model(tmp_path / "flash_layernorm.pt", FRONT_END, takes="emission")
    monkeypatch.setattr(inference, "DEFAULT_EMISSION_MODEL", str(tmp_path))
    options = ("--device", "cpu", "--threads", "1")  # of a model, which need no --model now
    assert label(capsys, recording, *options)[0]["label"] in ("class0", "class1", "class2")
    emission, row = label(capsys, recording, *MEASURE)
    assert emission["label"] is None and row["model"] is None


def test_a_label_in_doubt_is_the_same_everywhere(recording, tmp_path, capsys):
    sure = {"threshold": 1.0}
    model = save_model(tmp_path / "tiny.pt", FRONT_END, takes="emission", decision=sure)
    out = tmp_path / "found.sigmf-meta"
    options = ("--model", model, "--device", "cpu", "--threads", "1", "--annotate", out)
    emission, _ = label(capsys, recording, *options)
    assert emission["label"] == "unknown" and emission["guess"] in ("class0", "class1", "class2")
    (box,) = [
        a
        for a in json.loads(out.read_text())["annotations"]
        if a.get("rfattn:emission") == emission["id"]
    ]
    assert box["core:label"].startswith("unknown, ") and box["rfattn:guess"] == emission["guess"]
    assert main(["label", "--quiet", recording, *map(str, options)]) == 0
    text = f"unknown ({emission['guess']}? {emission['confidence']:.2f})"
    assert text in capsys.readouterr().out and box["core:comment"].count(text) == 1
    named, _ = label(capsys, recording, *options, "--min-confidence", "0")
    assert named["label"] == named["guess"] == emission["guess"]


def test_a_model_of_a_band_is_refused_in_one_line(recording, tmp_path, capsys):
    model = save_model(tmp_path / "band.pt")
    assert main(["label", recording, "--model", model, "--device", "cpu"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert model in line and "the block transformer labels whole bands" in line


def test_eval_compares_boxes(recording, tmp_path, capsys):
    model = save_model(tmp_path / "tiny.pt")
    folder = tmp_path / "labelled"
    folder.mkdir()
    write_emission(folder / "one")
    options = ["--model", model, "--device", "cpu", "--threads", "1", "--quiet"]
    assert main(["eval", str(folder), *options, "--json", "-"]) == 0
    boxes = json.loads(capsys.readouterr().out)["boxes"]
    assert boxes["true"] == 1 and boxes["recall"] == {"0.3": 1.0, "0.5": 1.0}
    assert boxes["precision"]["0.5"] == 1 / boxes["found"]
    assert boxes["width_ratio"] == pytest.approx(1.0, abs=0.125)


def test_ctrl_c_ends_live_with_the_summary(recording):
    """After the row of an emission that has been there for a second."""
    again_and_again = open_recording(recording).samples().tobytes()
    with published(again_and_again, "tcp://127.0.0.1:*") as address:
        source = ("--source", f"zmq={address}", "--rate", "2M", "--freq", "100M")
        process = subprocess.Popen(
            [*COMMAND, "live", *source, *MEASURE, "--quiet"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(TIME_LIMIT_S, process.kill)
        watchdog.start()
        lines = iter(process.stdout.readline, "")
        assert any(line.startswith("on ") for line in lines)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        watchdog.cancel()
    assert re.search(r"^end +\d+ ", out, re.MULTILINE)
    assert "emissions: " in out and "searched:  " in out and "how sure" in out
    assert (process.returncode, own_lines(err)) == (130, "gr-rfattn: interrupted\n")

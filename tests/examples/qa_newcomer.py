# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer's evening: what someone with a dongle and some recordings tries first.

Each test is a place where such a person stumbled once, and what happens there now.
"""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.sources import soapy_drivers
from gnuradio.rfattn.recordings.formats import open_recording

from emission_recording import BAND, CENTRE, RATE, write_emission
from replay import PLUGINS, needs_soapy

GRC = Path(__file__).resolve().parents[2] / "grc"
os.environ["SOAPY_SDR_PLUGIN_PATH"] = str(PLUGINS)  # SoapySDR looks there at its first use
MEASURE = ("--model", "none", "--quiet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evening")


@pytest.fixture(scope="module")
def recording(folder):
    """One emission beside noise, 2 MS/s at 100 MHz."""
    return write_emission(folder / "one")


@pytest.fixture(scope="module")
def octets(recording):
    """The same as an RTL-SDR would have written it."""
    samples = open_recording(recording).samples()
    parts = samples.view(np.float32) / np.abs(samples).max()
    return np.round(127.5 + 127 * parts).astype(np.uint8).tobytes()


def run(capsys, *words):
    """What the command printed on stdout and stderr; it must succeed."""
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr()


def refusal(capsys, *words):
    """The one line with which the command fails."""
    assert main([str(word) for word in words]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[-1].removeprefix("gr-rfattn: ")


def emissions(text):
    """The emissions of --json -."""
    rows = map(json.loads, text.splitlines())
    return [row for row in rows if row["type"] == "emission"]


# What goes in.


def test_a_raw_file_needs_its_rate_and_nothing_else(folder, octets, capsys):
    path = folder / "x.cu8"
    path.write_bytes(octets)
    assert "it states no sample rate" in refusal(capsys, "label", path, *MEASURE)
    shown = run(capsys, "label", path, "--rate", "2MHz", *MEASURE)
    assert "x.cu8: cu8 (suffix); 2 MS/s (--rate)" in shown.err
    assert "  emissions: 1 with 1 burst" in shown.out


@pytest.mark.parametrize(
    "name, source",
    [
        ("g001_100M_2000k.cu8", "2 MS/s, 100 MHz (name)"),
        ("gqrx_20260101_200000_100000000_2000000_fc.raw", "name, as gqrx writes it"),
        ("baseband_100000000Hz_20-00-00_01-01-2026.wav", "name, as SDR++ writes it"),
        ("SDRSharp_20260101_200000Z_100000000Hz_IQ.wav", "name, as SDR# writes it"),
        ("HDSDR_20260101_200000Z_100000kHz_RF.wav", "name, as HDSDR writes it"),
    ],
)
def test_names_of_other_programs_state_rate_and_frequency(
    folder, recording, octets, capsys, name, source
):
    path = folder / name
    samples = open_recording(recording).samples()
    if path.suffix == ".wav":
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, int(RATE), 0, "NONE", ""))
            file.writeframes((samples.view(np.float32) * 20000).astype("<i2").tobytes())
    else:
        path.write_bytes(octets if path.suffix == ".cu8" else samples.tobytes())
    shown = run(capsys, "label", "--json", "-", path, *MEASURE)
    assert source in shown.err
    found = max(emissions(shown.out), key=lambda e: e["snr_db"])
    middle = (found["freq_lower"] + found["freq_upper"]) / 2
    assert middle == pytest.approx(CENTRE + sum(BAND) / 2, abs=2e3)
    assert (found["time_unix_s"] is not None) == ("2026010" in name)


def test_standard_input_is_read(folder, octets, capsys, monkeypatch):
    (folder / "piped").write_bytes(octets)
    words = ("--datatype", "cu8", "--rate", "2M", "--freq", "100M", *MEASURE)
    with (folder / "piped").open("rb") as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        assert "like " in run(capsys, "label", "-", *words).out


def test_what_is_no_recording_is_refused_with_what_to_do(folder, recording, capsys):
    (folder / "notes.txt").write_text("none")
    for words, text in (
        ((folder,), "a folder; name the recordings in it, such as"),
        ((folder / "notes.txt",), "give the datatype (--datatype)"),
        ((folder / "missing.cu8",), "missing.cu8: No such file or directory"),
        ((recording, "--rate", "1M"), "2"),
    ):
        assert text in refusal(capsys, "label", *words, *MEASURE)


# What comes out.


def test_a_row_for_each_emission_and_a_summary(recording, capsys):
    text = run(capsys, "label", recording, *MEASURE).out
    head, rows = text.split("\n\n")[0].splitlines(), text.splitlines()
    assert len(head) < 10 and all(len(row) <= 120 for row in rows)
    assert any(row.split()[:2] == ["what", "emissions"] for row in rows)
    assert "100.0% of the recording" in text and "looked at" not in text


def test_an_idle_band_is_idle(tmp_path, capsys):
    rng = np.random.default_rng(2)
    rng.normal(0, 0.01, 2 * int(RATE)).astype("<f4").tofile(tmp_path / "x_100M_2000k.cf32")
    assert "no emission found" in run(capsys, "label", tmp_path / "x_100M_2000k.cf32", *MEASURE).out


def test_the_shipped_model_names_nothing_that_it_must_not_be_certain_of(recording, capsys):
    words = ("--quiet", "--json", "-", "--min-confidence", "1")
    _, *found, summary = map(json.loads, run(capsys, "label", recording, *words).out.splitlines())
    assert {e["label"] for e in found if e["probabilities"]} <= {"unknown"}
    tokens = summary["tokens"]
    assert tokens["in"] == sum(tokens.values()) - tokens["in"]


def test_annotations_have_the_edges_of_the_emission(folder, recording, capsys):
    """Not those of the band, where a viewer would draw their text off the canvas."""
    out = folder / "found.sigmf-meta"
    run(capsys, "label", recording, "--annotate", out, *MEASURE)
    boxes = json.loads(out.read_text())["annotations"]
    widths = [b["core:freq_upper_edge"] - b["core:freq_lower_edge"] for b in boxes]
    assert boxes and all(0 < width < RATE / 4 for width in widths)
    assert all(b["core:label"] for b in boxes)


def test_a_night_is_logged_while_it_lasts(recording, capsys):
    shown = run(capsys, "live", "--source", f"file={recording}", "--json", "-", *MEASURE)
    begin, *found, summary = map(json.loads, shown.out.splitlines())
    assert begin["type"] == "begin" and found and all(row["type"] == "emission" for row in found)
    assert summary["type"] == "summary" and summary["schema"] == 2


def test_what_cannot_be_written_is_said_before_the_work(recording, capsys):
    text = refusal(capsys, "label", recording, "--json", "/nowhere/x.json", *MEASURE)
    assert "/nowhere" in text


def test_a_command_runs_and_i_q_is_kept_of_what_was_asked_for(folder, recording, capsys):
    kept, told = folder / "kept", folder / "told"
    act = ("--when", "snr_db>=5,width<50k", "--record", kept, "--exec", f"touch {told}_{{id}}")
    run(capsys, "label", recording, *act, *MEASURE)
    metas = list(kept.glob("*.sigmf-meta"))
    assert metas and len(list(folder.glob("told_*"))) >= 1
    (first, *_) = json.loads(metas[0].read_text())["annotations"]
    assert first["core:freq_upper_edge"] - first["core:freq_lower_edge"] < 50e3


# Receivers.


def test_a_missing_driver_is_named_with_its_package(capsys):
    if "rtlsdr" in soapy_drivers.installed_modules():
        pytest.skip("the driver is installed")
    where = ("--source", "soapy=driver=rtlsdr", "--rate", "2.4M", "--freq", "433.92M")
    assert "apt-get install soapysdr-module-rtlsdr" in refusal(capsys, "live", *where)


@needs_soapy
def test_a_receiver_without_hardware_and_its_utc(recording, capsys):
    stem = recording.removesuffix(".sigmf-meta")
    device = f"soapy=driver=rfattn_replay,recording={stem}"
    where = ("--source", device, "--rate", "2M", "--freq", "100M", "--duration", "2")
    found = emissions(run(capsys, "live", *where, "--json", "-", *MEASURE).out)
    assert found and all(e["time_unix_s"] > 1.6e9 for e in found)
    assert main(["devices", device.removeprefix("soapy=")]) == 0
    assert "--source soapy=driver=rfattn_replay" in capsys.readouterr().out


def test_small_slips_are_answered(recording, capsys):
    for words, text in (
        (["lable", "x"], "did you mean label?"),
        (["label", "x", "--min-confidense", "1"], "did you mean --min-confidence?"),
        (["live", "--source", "rtlsdr"], "must be one of soapy=driver=rtlsdr, rtl_tcp=HOST:PORT"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2 and text in capsys.readouterr().err
    assert "must begin with tcp://" in refusal(capsys, "watch", "127.0.0.1:5557")
    assert "(--token-file)" in refusal(capsys, "serve", "--listen", "0.0.0.0:8080")


# In Python and GNU Radio Companion.


def test_a_block_that_is_only_a_local_name_does_not_crash():
    """A flowgraph keeps its blocks."""
    script = """
from gnuradio import blocks, gr, rfattn

def make():
    flowgraph = gr.top_block()
    recorder = rfattn.signal_labeller(1e6, model="none")
    source, head = blocks.null_source(8), blocks.head(8, 200_000)
    flowgraph.connect(source, head, recorder)
    return flowgraph

make().run()
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr


def test_behind_a_receiver_the_default_in_the_companion_is_to_drop():
    for name in ("token_buffer", "signal_labeller", "emission_recorder"):
        block = yaml.safe_load((GRC / f"rfattn_{name}.block.yml").read_text())
        (policy,) = (p for p in block["parameters"] if p["id"] == "policy")
        assert (policy["label"], policy["default"]) == ("When Full", "drop")

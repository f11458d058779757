# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples on synthetic recordings, with the shipped model, as a user runs them.

qa_grc.py runs the flowgraphs of GNU Radio Companion, qa_live_examples.py the live ones.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from gnuradio import rfattn

from command_line import TIME_LIMIT_S, run_forked

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LABELS = ("ft8", "lte_tdd", "sat_fsk", "wifi_ofdm")
ANSWERS = r"^labels:  (\d+) right, (\d+) right family, (\d+) unknown, (\d+) wrong; "


def run(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )


@pytest.mark.parametrize("label", LABELS)
def test_label_file_finds_the_label(label, made):
    done = run_forked(EXAMPLES / "label_file.py", made.meta(label))
    assert done.returncode == 0, done.stderr
    labels = re.findall(r"sample +\d+: (\w+)", done.stdout)
    assert max(set(labels), key=labels.count) == label
    assert f"{len(labels)} steps, inference p95" in done.stdout


@pytest.mark.parametrize(
    "arguments, text",
    [(["/nowhere/x"], "No such file"), ([], "usage: label_file.py RECORDING.sigmf-meta")],
)
def test_label_file_refuses(arguments, text):
    done = run_forked(EXAMPLES / "label_file.py", *arguments)
    assert done.returncode == 1 and text in done.stderr


@pytest.mark.skipif(
    Path(rfattn.__file__).parents[3] != ROOT / "build",
    reason="quickstart.sh builds in build/, and the tests run on another build",
)
def test_quickstart():
    done = run("bash", EXAMPLES / "quickstart.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    found, total = re.search(r"^found:   (\d+) of (\d+) emissions", done.stdout, re.M).groups()
    assert int(total) == 8 and int(found) >= 7
    answers = re.search(ANSWERS, done.stdout, re.MULTILINE).groups()
    assert sum(map(int, answers)) == int(found)
    for text in ("prove little about real ones", "latency: ", "memory: ", "gnuradio-companion "):
        assert text in done.stdout
    assert re.search(r"^emission \d+ end: ", done.stdout, re.MULTILINE)


def test_signal_labeller_prints_emissions(made):
    done = run_forked(EXAMPLES / "signal_labeller.py", made.meta("ook_srd"))
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^ *(\d+): +-?[\d.]+ MHz, +[\d.]+ kHz wide, +[\d.]+ s, +-?[\d.]+ dB, (.+)$",
        done.stdout,
        re.MULTILINE,
    )
    assert len({number for number, _ in rows}) == len(rows) == len(done.stdout.splitlines()) > 0
    for _, text in rows:
        in_doubt = text.startswith(("unknown", "family ", "no label"))
        assert in_doubt == (", compatible with " in text)


@pytest.mark.parametrize(
    "arguments, text",
    [(["/nowhere/x"], "No such file"), ([], "usage: signal_labeller.py RECORDING.sigmf-meta")],
)
def test_signal_labeller_refuses(arguments, text):
    done = run_forked(EXAMPLES / "signal_labeller.py", *arguments)
    assert done.returncode == 1 and text in done.stderr


@pytest.mark.parametrize("name", ["emission_blocks", "label_file", "qt_live", "signal_labeller"])
def test_a_flowgraph_names_a_recording_that_the_quickstart_makes(name):
    script = (EXAMPLES / "quickstart.sh").read_text()
    made = [
        f"../build/quickstart/{label}/synthetic_{label}_{seed}_0000.sigmf-meta"
        for seed in re.findall(r"^seed=(\d+)$", script, re.MULTILINE)
        for label in re.search(r"^classes=(.*)$", script, re.MULTILINE)[1].split(",")
    ]
    made += [
        f"../build/quickstart/scene/{scene.replace('${scene_seed}', seed)}"
        for seed in re.findall(r"^scene_seed=(\d+) ", script, re.MULTILINE)
        for scene in re.findall(r"^scene=\$recordings/scene/(.*)$", script, re.MULTILINE)
    ]
    blocks = yaml.safe_load((EXAMPLES / f"{name}.grc").read_text())["blocks"]
    (value,) = [b["parameters"]["value"] for b in blocks if b["name"] == "recording"]
    assert value in made


def annotation(start, lower, upper, label, emission):
    return {
        "core:sample_start": start,
        "core:sample_count": 1000,
        "core:freq_lower_edge": lower,
        "core:freq_upper_edge": upper,
        "core:label": label,
        "core:comment": f"emission {emission}, SNR 12.9 dB",
    }


def found_emission(id, lower, upper, label=None, family=None, guess=None):
    return {
        "id": id,
        "freq_lower": lower,
        "freq_upper": upper,
        "burst_count": 3,
        "snr_db": 12.0,
        "label": label,
        "family": family,
        "guess": guess or label,
        "confidence": None if label is None else 0.5,
    }


def write_found(folder, annotations, emissions, late=None):
    """A scene's metadata, and what `label --json` writes about it."""
    meta, report = folder / "scene.sigmf-meta", folder / "found.json"
    meta.write_text(json.dumps({"annotations": annotations}))
    recording = {
        "file": str(meta),
        "samples": 4_800_000,
        "sample_rate": 2.4e6,
        "frequency": None,
        "emissions": emissions,
        "stats": {
            "uptime_seconds": 0.5,
            "peak_rss_bytes": 100 * 2**20,
            "found_seconds": late or {"count": 0},
        },
    }
    report.write_text(json.dumps({"recordings": [recording]}))
    return report


def test_found_and_true_stand_beside_each_other(tmp_path):
    truth = [
        annotation(0, 100e3, 112.5e3, "fsk", 1),
        annotation(5000, 100e3, 112.5e3, "fsk", 1),
        annotation(0, -50e3, -49e3, "carrier", 2),
    ]
    emissions = [
        found_emission(1, 101e3, 112e3),
        found_emission(2, 111e3, 113e3),
        found_emission(3, 900e3, 901e3),
    ]
    late = {"count": 3, "p50": 0.0125, "p95": 0.02}
    report = write_found(tmp_path, truth, emissions, late)
    done = run_forked(EXAMPLES / "found_and_true.py", report)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[2:4]]
    assert rows[0] == "carrier -0.0495 MHz 1 kHz 1 12.9 dB - - - - - -".split()
    both = "fsk 0.1062 MHz 12.5 kHz 2 12.9 dB 1 0.1065 MHz 11 kHz 3 12.0 dB -"
    assert rows[1] == both.split()
    assert "found:   1 of 2 emissions; 1 more pieces of them, and 1 that are none" in done.stdout
    assert "2.00 s of samples at 2.4 MS/s in 0.50 s" in done.stdout
    assert "within 12.5 ms" in done.stdout and "95 % within 20.0 ms" in done.stdout
    assert "memory:  100 MiB at most" in done.stdout and "labels: " not in done.stdout


def test_found_and_true_counts_the_answers(tmp_path):
    kinds = ("dmr", "p25", "tetra", "wfm", "lora", "ais")
    truth = [
        annotation(0, 1e5 * i, 1e5 * i + 10e3, kind, i) for i, kind in enumerate(kinds, start=1)
    ]
    answers = (
        ("dmr", "digital voice"),
        ("unknown", "digital voice", "dmr"),
        ("unknown", "digital voice", "dmr"),  # TETRA is of another family
        ("unknown", None, "nfm_voice"),
        ("wfm", "analogue FM"),
        (None,),  # too short for the model
    )
    emissions = [
        found_emission(i, 1e5 * i, 1e5 * i + 10e3, *answer)
        for i, answer in enumerate(answers, start=1)
    ]
    emissions += [found_emission(7, 9e5, 9.1e5, "cw"), found_emission(8, 9.5e5, 9.6e5, "unknown")]
    report = write_found(tmp_path, truth, emissions)
    done = run_forked(EXAMPLES / "found_and_true.py", report)
    assert done.returncode == 0, done.stderr
    assert re.search(ANSWERS, done.stdout, re.MULTILINE).groups() == ("1", "1", "2", "2")
    assert "; 1 of the 2 pieces and others have a label\n" in done.stdout
    for text in (
        " dmr 0.50\n",
        " family digital voice (dmr? 0.50)\n",
        " unknown (nfm_voice? 0.50)",
    ):
        assert text in done.stdout
    assert "Made-up signals prove little about real ones" in done.stdout


def test_found_and_true_of_nothing(tmp_path):
    done = run_forked(EXAMPLES / "found_and_true.py", write_found(tmp_path, [], []))
    assert done.returncode == 0, done.stderr
    assert "found:   0 of 0 emissions; 0 more pieces of them, and 0 that are" in done.stdout
    assert "latency" not in done.stdout


def test_found_and_true_refuses(tmp_path):
    done = run_forked(EXAMPLES / "found_and_true.py")
    assert done.returncode == 1 and "usage: found_and_true.py FOUND.json" in done.stderr

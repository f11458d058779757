# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples on synthetic recordings, with the shipped model, as a user runs them.

qa_grc.py runs the flowgraphs of GNU Radio Companion, qa_live_examples.py the live ones.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gnuradio import rfattn

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LABELS = ("ft8", "lte_tdd", "sat_fsk", "wifi_ofdm")
TIME_LIMIT_S = 60


def run(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )


@pytest.mark.parametrize("label", LABELS)
def test_label_file_finds_the_label(label, made):
    done = run(sys.executable, EXAMPLES / "label_file.py", made.meta(label))
    assert done.returncode == 0, done.stderr
    labels = re.findall(r"sample +\d+: (\w+)", done.stdout)
    assert max(set(labels), key=labels.count) == label
    assert f"{len(labels)} steps, inference p95" in done.stdout


@pytest.mark.parametrize(
    "arguments, text",
    [(["/nowhere/x"], "No such file"), ([], "usage: label_file.py RECORDING.sigmf-meta")],
)
def test_label_file_refuses(arguments, text):
    done = run(sys.executable, EXAMPLES / "label_file.py", *arguments)
    assert done.returncode == 1 and text in done.stderr


@pytest.mark.skipif(
    Path(rfattn.__file__).parents[3] != ROOT / "build",
    reason="quickstart.sh builds in build/, and the tests run on another build",
)
def test_quickstart():
    done = run("bash", EXAMPLES / "quickstart.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(synthetic_\w+_3_0000) +(\w+) +(\w+) +(\d+) of (\d+) ", done.stdout, re.M)
    assert len(rows) == 7
    # Each row states the class that the generator wrote, whatever the model answered.
    assert all(name == f"synthetic_{truth}_3_0000" for name, truth, *_ in rows)
    right, total = (sum(int(row[column]) for row in rows) for column in (3, 4))
    assert f"agreement: {right} of {total} steps" in done.stdout
    assert right > total / 2
    for text in ("latency: ", "0 tokens dropped", "KV ", "peak resident", "label --attention gqa"):
        assert text in done.stdout
    assert len(re.findall(r"^stats: ", done.stdout, re.MULTILINE)) >= len(rows)


def test_signal_labeller_prints_emissions(made):
    done = run(sys.executable, EXAMPLES / "signal_labeller.py", made.meta("ook_srd"))
    assert done.returncode == 0, done.stderr
    rows = re.findall(
        r"^ *\d+: +-?[\d.]+ MHz, +[\d.]+ kHz wide, +[\d.]+ s, +-?[\d.]+ dB, compatible with ",
        done.stdout,
        re.MULTILINE,
    )
    assert rows and len(rows) == len(done.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments, text",
    [(["/nowhere/x"], "No such file"), ([], "usage: signal_labeller.py RECORDING.sigmf-meta")],
)
def test_signal_labeller_refuses(arguments, text):
    done = run(sys.executable, EXAMPLES / "signal_labeller.py", *arguments)
    assert done.returncode == 1 and text in done.stderr


@pytest.mark.parametrize("name", ["label_file", "qt_live", "signal_labeller"])
def test_a_flowgraph_names_a_recording_that_the_quickstart_makes(name):
    script = (EXAMPLES / "quickstart.sh").read_text()
    made = [
        f"../build/quickstart/{label}/synthetic_{label}_{seed}_0000.sigmf-meta"
        for seed in re.findall(r"^seed=(\d+)$", script, re.MULTILINE)
        for label in re.search(r"^classes=(.*)$", script, re.MULTILINE)[1].split(",")
    ]
    blocks = yaml.safe_load((EXAMPLES / f"{name}.grc").read_text())["blocks"]
    (value,) = [b["parameters"]["value"] for b in blocks if b["name"] == "recording"]
    assert value in made


def write_labels(folder, annotations, steps):
    """A recording's metadata, and what `label --json` writes about it."""
    entries = [
        {"core:sample_start": start, "core:sample_count": count, "core:label": label}
        for start, count, label in annotations
    ]
    meta, labels = folder / "r.sigmf-meta", folder / "labels.json"
    meta.write_text(json.dumps({"annotations": entries}))
    seconds = {"p50": 1e-3, "p95": 2e-3, "p99": 3e-3}
    recording = {
        "file": str(meta),
        "steps": [{"sample_start": 100 * k, "sample_count": 100, "label": x} for k, x in steps],
        "stats": {
            "inference_seconds": seconds,
            "latency_seconds": seconds,
            "kv_bytes": 2048,
            "peak_rss_bytes": 2**20,
        },
        "tokens": {"dropped": 5},
    }
    labels.write_text(json.dumps({"recordings": [recording]}))
    return labels


def test_agreement_counts_the_steps_of_a_signal(tmp_path):
    annotations = [(100, 160, "ft8"), (260, 140, "other")]
    steps = [(0, "noise"), (1, "ft8"), (2, "ft8"), (3, "unknown"), (4, "ft8")]
    done = run(
        sys.executable, EXAMPLES / "agreement.py", write_labels(tmp_path, annotations, steps)
    )
    assert done.returncode == 0, done.stderr
    # Step 2 has 60 samples of ft8 and 40 of other; steps 0 and 4 have no signal.
    assert re.search(r"^r +ft8 +ft8 +3 of 3 ", done.stdout, re.MULTILINE)
    assert "agreement: 3 of 3 steps with a signal, 1 of 1 recordings" in done.stdout
    assert "1.00 / 2.00 / 3.00 ms" in done.stdout and "5 tokens dropped" in done.stdout
    assert "KV 2 KiB, peak resident 1 MiB" in done.stdout


def test_agreement_counts_what_is_wrong(tmp_path):
    labels = write_labels(tmp_path, [(0, 300, "ft8")], [(0, "noise"), (1, "noise"), (2, "ft8")])
    done = run(sys.executable, EXAMPLES / "agreement.py", labels)
    assert re.search(r"^r +ft8 +noise +1 of 3 ", done.stdout, re.MULTILINE)
    assert "agreement: 1 of 3 steps with a signal, 0 of 1 recordings" in done.stdout


def test_agreement_without_a_signal(tmp_path):
    labels = write_labels(tmp_path, [], [(0, "noise")])
    done = run(sys.executable, EXAMPLES / "agreement.py", labels)
    assert re.search(r"^r +- +- +0 of 0 ", done.stdout, re.MULTILINE)
    assert "agreement: 0 of 0 steps with a signal, 0 of 1 recordings" in done.stdout

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples on the recordings beside them, with the shipped model, as a user runs them.

qa_grc.py runs the flowgraphs of GNU Radio Companion, qa_live_examples.py the live ones.
"""

import csv
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.recordings.sigmf import Recording

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
RECORDINGS = EXAMPLES / "recordings"
LABELS = {row["file"]: row["label"] for row in csv.DictReader((RECORDINGS / "labels.csv").open())}
TIME_LIMIT_S = 60
TOTAL_BYTES = 2 * 2**20


@pytest.mark.parametrize("name", sorted(LABELS))
def test_recording_is_whole_and_credited(name):
    recording = Recording.open(RECORDINGS / name)
    about = json.loads(recording.meta_path.read_text())["global"]
    assert about["core:sha512"] == hashlib.sha512(recording.data_path.read_bytes()).hexdigest()
    assert recording.label == LABELS[name]
    credits = (RECORDINGS / "README.md").read_text()
    assert recording.data_path.stem in credits
    commit = re.search(r"commit ([0-9a-f]{40})", about["core:description"])[1]
    assert commit in credits
    assert any(commit in text.read_text() for text in (RECORDINGS / "LICENSES").iterdir())


def test_recordings_are_small():
    assert sum(path.stat().st_size for path in RECORDINGS.rglob("*.*")) < TOTAL_BYTES


@pytest.mark.parametrize("name", sorted(LABELS))
def test_label_file_finds_the_label(name):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "label_file.py", RECORDINGS / name],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    labels = re.findall(r"sample +\d+: (\w+)", done.stdout)
    assert max(set(labels), key=labels.count) == LABELS[name]
    assert f"{len(labels)} steps, inference p95" in done.stdout


def test_label_file_says_what_is_wrong(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "label_file.py", tmp_path / "x"],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 1 and "No such file" in done.stderr


@pytest.mark.skipif(
    Path(rfattn.__file__).parents[3] != ROOT / "build",
    reason="quickstart.sh builds in build/, and the tests run on another build",
)
def test_quickstart():
    done = subprocess.run(
        ["bash", EXAMPLES / "quickstart.sh"], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name, label in LABELS.items():
        assert name.removesuffix(".sigmf-data") in done.stdout and label in done.stdout
    for text in (
        "2.585 GHz",
        "0 dropped",
        "latency:",
        "wait:",
        "inference:",
        "p99",
        "KV",
        "peak resident",
        "gr-rfattn label --attention",
    ):
        assert text in done.stdout
    assert len(re.findall(r"^stats: ", done.stdout, re.MULTILINE)) >= len(LABELS)

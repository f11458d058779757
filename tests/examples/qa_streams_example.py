# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/streams.py and bands.py: many signals through one model, each labelled as if alone."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import available_models
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn_workshop.flowgraph.band import BandFlowgraph

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

pytestmark = pytest.mark.skipif(
    not any(m["family"] == "rf14" for m in available_models()), reason="no shipped model rf14"
)


def run(program, *recordings):
    done = subprocess.run(
        [sys.executable, EXAMPLES / program, *map(str, recordings)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_recordings_of_different_rates_are_labelled_as_alone(made):
    recordings = [made.meta(name) for name in ("lte_tdd", "ft8", "wifi_ofdm")]
    assert len({open_recording(path).sample_rate for path in recordings}) == 3
    lines = run("streams.py", *recordings).splitlines()
    assert len(lines) == 3
    for i, (path, line) in enumerate(zip(recordings, lines, strict=True)):
        alone = BandFlowgraph(open_recording(path), ModelOptions())
        alone.run_watched(lambda: None)
        expected = Counter(d.label for d in alone.detections.detections)
        start = f"stream {i}  {path}: "
        assert line.startswith(start)
        found = re.findall(r"(\w+) (\d+)", line.removeprefix(start))
        assert {label: int(count) for label, count in found} == expected


def test_two_signals_at_different_offsets(made):
    out = run("bands.py", made.meta("lte_tdd"), made.meta("wifi_ofdm"))
    rows = re.findall(r"band (\d) +([\d.]+) MHz +(\w+) (\d+)", out)
    assert [(row[0], row[1]) for row in rows] == [
        ("0", "2586.16"),
        ("1", "2588.08"),
        ("2", "2590.00"),
        ("3", "2591.92"),
    ]
    # Of the 16 steps that the WiFi recording lasts, the LTE one begins with two idle ones.
    assert rows[1][2] == "lte_tdd" and int(rows[1][3]) > 8
    assert rows[3][2] == "wifi_ofdm" and int(rows[3][3]) > 12


def test_programs_refuse_in_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "streams.py", tmp_path / "nothing.sigmf-meta"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "nothing.sigmf-meta: No such file" in done.stderr.splitlines()[-1]

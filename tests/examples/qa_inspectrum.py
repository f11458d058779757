# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""inspectrum itself draws the annotations that this module writes, from edge to edge."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.telemetry.detection import Detection
from gnuradio.rfattn.telemetry.messages import to_message

from announcer import announce
from screen import missing, screen

TESTS = Path(__file__).resolve().parents[1]
RATE, MIDDLE, N_BANDS, SAMPLES = 4e6, 100e6, 4, 2**19
FFT_SIZE = 512  # of inspectrum, a pixel a bin
TIME_LIMIT_S = 120

pytestmark = [
    pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5"),
    pytest.mark.skipif(bool(missing("inspectrum", "Xvfb")), reason=missing("inspectrum", "Xvfb")),
]


def write_recording(stem):
    """Noise so weak that inspectrum draws it dark."""
    noise = np.random.default_rng(0).normal(scale=1e-5, size=2 * SAMPLES)
    noise.astype("<f4").tofile(f"{stem}.sigmf-data")
    about = {"core:datatype": "cf32_le", "core:sample_rate": RATE, "core:version": "1.2.6"}
    captures = [{"core:sample_start": 0, "core:frequency": MIDDLE}]
    meta = {"global": about, "captures": captures, "annotations": []}
    Path(f"{stem}.sigmf-meta").write_text(json.dumps(meta))


def test_bands_are_drawn_from_edge_to_edge(tmp_path):
    """The band above the middle one, of a receiver in four."""
    stem = tmp_path / "recording"
    write_recording(stem)
    meta = f"{stem}.sigmf-meta"
    band = {"stream": 3, "frequency": MIDDLE + RATE / N_BANDS, "sample_rate": RATE / N_BANDS}
    found = Detection("lte", 0.9, {}, 0, SAMPLES // N_BANDS, 0, **band)
    sink = rfattn.sigmf_annotation_sink(meta, n_bands=N_BANDS)
    announce(sink, [("detections", to_message(found))])
    with screen() as display:
        seen = subprocess.run(
            [sys.executable, TESTS / "support" / "see_inspectrum.py", meta, tmp_path / "seen.png"],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            env={
                **os.environ,
                "DISPLAY": display,
                "XDG_RUNTIME_DIR": str(tmp_path),
                "XDG_CONFIG_HOME": str(tmp_path),
            },  # with its own settings, not the user's
        )
    assert seen.returncode == 0, seen.stderr
    rows = json.loads(seen.stdout)
    # From half the rate down: the band lies from 3/8 to 1/8 of it.
    expected = [FFT_SIZE * share for share in (1 / 8, 3 / 8)]
    assert len(rows) == 2 and rows == pytest.approx(expected, abs=2)

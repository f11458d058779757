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
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.detection import Detection

from announcer import announce
from emission_messages import emission_message
from screen import missing, screen

TESTS = Path(__file__).resolve().parents[1]
RATE, MIDDLE, N_BANDS, SAMPLES = 4e6, 100e6, 4, 2**19
FFT_SIZE = 512  # of inspectrum, a pixel a bin
TIME_LIMIT_S = 120
TEXT_START, TEXT_HEIGHT = 20, 14  # pixels: from the left, and above the box
BRIGHT = 128  # grey value of smoothed text

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
    rows = drawn_edges(meta, tmp_path)
    # From half the rate down: the band lies from 3/8 to 1/8 of it.
    expected = [FFT_SIZE * share for share in (1 / 8, 3 / 8)]
    assert len(rows) == 2 and rows == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("label", [None, "ais"])
def test_an_emission_is_drawn_with_its_text_above(tmp_path, label):
    stem = tmp_path / "recording"
    write_recording(stem)
    meta = f"{stem}.sigmf-meta"
    start = TEXT_START * FFT_SIZE
    known = {"label": label, "confidence": None if label is None else 0.9}
    message = emission_message(
        freq_lower=MIDDLE + RATE / 16,
        freq_upper=MIDDLE + 3 * RATE / 16,
        rx_rate=RATE,
        rx_freq=MIDDLE,
        bursts=[start, SAMPLES - start],
        **known,
    )
    announce(rfattn.sigmf_annotation_sink(meta), [("emissions", message)])
    rows = drawn_edges(meta, tmp_path)
    expected = [FFT_SIZE * share for share in (5 / 16, 7 / 16)]
    assert len(rows) == 2 and rows == pytest.approx(expected, abs=2)
    text = bright_columns(tmp_path / "seen.png", range(rows[0] - TEXT_HEIGHT, rows[0] - 1))
    shown = label or "unknown, 500 kHz"
    assert text[-1] - text[0] == pytest.approx(7 * len(shown), rel=0.5)  # about 7 pixels a letter


def bright_columns(picture, rows):
    """Columns of the spectrogram with something bright in these rows."""
    from PyQt5 import QtGui

    image = QtGui.QImage(str(picture))
    columns = range(395, 600)

    def is_bright(x, y):
        return QtGui.qGray(image.pixel(x, y)) > BRIGHT

    return [x for x in columns if any(is_bright(x, y) for y in rows)]


def drawn_edges(meta, tmp_path):
    """Rows of the edges that inspectrum draws; the picture is seen.png."""
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
    return json.loads(seen.stdout)

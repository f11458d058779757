# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recordings with the modulators of other programs: what is made, annotated and left out."""

import subprocess
import sys

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn_workshop.judges import other_programs


def power_at(samples, rate, low, high):
    power = np.abs(np.fft.fft(samples)) ** 2
    frequencies = np.fft.fftfreq(len(samples), 1 / rate)
    return power[(frequencies >= low) & (frequencies < high)].sum() / power.sum()


def test_a_signal_is_annotated_and_what_is_missing_is_named(tmp_path, monkeypatch):
    def missing(rng):
        other_programs.call("no-such-program", folder=str(tmp_path))

    makers = {
        "missing": ("ft8", missing),
        "GMSK 4800 Bd": other_programs.MAKERS["GMSK 4800 Bd"],
    }
    monkeypatch.setattr(other_programs, "MAKERS", makers)
    left_out = other_programs.make_all(tmp_path, 2, seed=1)
    assert left_out == ["missing: no-such-program is not installed"]
    entries = find_recordings(tmp_path)
    assert [(e.label, e.split) for e in entries] == [("unframed_dstar", "test")] * 2
    first, second = (open_recording(e.path) for e in entries)
    assert first.sample_rate == 48e3 and not np.array_equal(first.samples(), second.samples())
    (mark,) = first.annotations
    edges = mark.freq_lower_edge, mark.freq_upper_edge
    assert edges[1] - edges[0] == pytest.approx(5900, rel=0.1)
    signal = first.samples(mark.start, mark.count)
    assert power_at(signal, 48e3, *edges) > 0.9  # the rest is noise
    around = first.samples(0, mark.start)
    snr = np.mean(np.abs(signal) ** 2) / np.mean(np.abs(around) ** 2) - 1
    width = (edges[1] - edges[0]) / 48e3
    assert 10 * np.log10(snr / width) == pytest.approx(other_programs.SNR_DB, abs=0.5)


def test_a_program_that_fails_is_named(tmp_path):
    with pytest.raises(RuntimeError, match="^sh: 3$"):
        other_programs.call("sh", "-c", "exit 3", folder=str(tmp_path))


def test_a_folder_with_files_is_refused(tmp_path):
    (tmp_path / "mine").touch()
    done = subprocess.run(
        [sys.executable, "-m", other_programs.__spec__.name, tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and f"DIR must be empty, got {tmp_path}" in done.stderr

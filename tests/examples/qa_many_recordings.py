# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark of archives: what it makes, compares and prints; the commands are fakes."""

from pathlib import Path

import pytest
from gnuradio.rfattn.recordings.archive import list_recordings
from gnuradio.rfattn.recordings.formats import open_recording

import many_recordings as bench

SETTINGS = '{"type": "settings"}\n'


@pytest.fixture
def options():
    return bench.parse(["--recordings", "5", "--timed", "4", "--rounds", "2", "--samples", "1000"])


def fake_label(seconds):
    """Takes a tenth of a second for the start, and for each recording what is stated."""

    def label(out, recordings, way, options):
        names = list_recordings([str(recordings)])
        lines = [f'{{"type": "summary", "file": "{name}"}}\n' for name in names]
        out.write_text(SETTINGS + "".join(lines))
        wall = 0.1 + seconds[way] * len(names)
        return bench.Took(wall, 2.0 * wall)

    return label


def run(options, place, monkeypatch, seconds):
    monkeypatch.setattr(bench, "label", fake_label(seconds))

    def whole(out, folder, *_):
        fake_label(seconds)(out, folder, "one process", options)
        return 3

    monkeypatch.setattr(bench, "kill_workers", whole)
    monkeypatch.setattr(bench, "kill_all", whole)
    return bench.run(options, place)


def test_speeds_are_without_the_start(options, tmp_path, monkeypatch):
    found = run(
        options, tmp_path, monkeypatch, {"one process": 0.5, "1 worker": 0.5, "2 workers": 0.25}
    )
    assert found["same"] and len(found["whole"]) == 2
    text = bench.report(options, found)
    assert "| 1 worker | 0.6 | 1.2 | 500 (500 to 500) | 1000 (1000 to 1000) |" in text
    assert "Two workers are 2.00 times (2.00 to 2.00) as fast as one, in 2 of 2 rounds" in text
    assert "and take 0.50 times the processor's time for a recording." in text
    assert "3 workers were killed at random, and everything 3 times. All files are those of" in text


def test_a_file_that_differs_is_said(options, tmp_path, monkeypatch):
    found = run(options, tmp_path, monkeypatch, dict.fromkeys(bench.WAYS, 1.0))
    assert "All files are NOT those" in bench.report(options, {**found, "same": False})


def test_the_recordings(options, tmp_path):
    first, second, rest = bench.write_parts(tmp_path, options)
    names = list_recordings([str(tmp_path)])
    assert [Path(name).parent for name in names] == [first, first, second, second, rest]
    recording = open_recording(names[0])
    assert (recording.n_samples, recording.sample_rate) == (1000, 250e3)
    assert len({open_recording(name).data_path.read_bytes() for name in names}) == 5

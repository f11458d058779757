# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of --csv: of what was found, in a file that later runs continue."""

import csv

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.flowgraph import emissions
from gnuradio.rfattn.flowgraph.csv_rows import COLUMNS, CsvRows
from gnuradio.rfattn.recordings.formats import open_recording

from command_line import write_recording
from emission_messages import emission_message
from fake_labeller import fake_labeller

FOUND = {"rx_rate": 1e6, "sample_start": 1000, "sample_now": 3000}


@pytest.fixture
def recording(tmp_path, monkeypatch):
    messages = [
        (3000, emission_message(1, "new", **FOUND)),
        (9000, emission_message(1, "end", **FOUND, bursts=[1000, 5000], burst_count=1)),
    ]
    monkeypatch.setattr(emissions, "make_labeller", lambda *_, **__: fake_labeller(messages))
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    return tmp_path / "r.sigmf-meta"


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_run_adds_its_rows(recording, tmp_path, capsys):
    path = tmp_path / "found.csv"
    words = ["label", str(recording), "--csv", str(path), "--model", "none", "--quiet"]
    assert main(words) == main(words) == 0
    rows = rows_of(path)
    assert [(row["source"], row["start_s"], row["id"]) for row in rows] == [("r", "0.001", "1")] * 2
    assert tuple(rows[0]) == COLUMNS and rows[0]["label"] == rows[0]["content"] == ""
    assert capsys.readouterr().err == ""


def test_another_file_is_refused_and_stays(recording, tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n")
    words = ["label", str(recording), "--csv", str(path), "--model", "none", "--quiet"]
    assert main(words) == 1
    text = f"gr-rfattn: --csv: {path}: must be empty or have the head of this version\n"
    assert capsys.readouterr().err == text and path.read_text() == "a,b\n1,2\n"


def test_a_row_that_cannot_be_written_is_counted(recording, tmp_path):
    rows = CsvRows(str(tmp_path / "found.csv"), "r")
    (tmp_path / "found.csv").unlink()
    (tmp_path / "found.csv").mkdir()
    flowgraph = emissions.RecordingEmissionFlowgraph(open_recording(recording), attachments=[rows])
    flowgraph.run_to_end()
    flowgraph.take_final()
    assert flowgraph.failures()["CsvRows"]["count"] == 1 and rows.rows == 0

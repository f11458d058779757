# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn teach: from a labelled folder to an own model that names the emission; and refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.taught import TaughtClass
from gnuradio.rfattn.inference.files import SHIPPED, own_models
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn_station.cli.teach import print_lessons, with_label
from gnuradio.rfattn_station.learning.teach import Lesson

from cut_sets import cut_of
from labelled_band import write

pytestmark = pytest.mark.skipif(
    not (SHIPPED / "emissions" / "flash_layernorm_rehearsal.npz").is_file(),
    reason="no shipped family of emissions with a rehearsal",
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def taught(tmp_path, capsys):
    """A folder of two recordings; labels.csv calls them otherwise than their annotations."""
    folder = write(tmp_path / "recordings")
    write(folder, name="s", middle=-20e3)
    (folder / "labels.csv").write_text("file,label\nr.sigmf-data,gate\ns.sigmf-data,gate\n")
    assert main(["teach", str(folder), "--quiet"]) == 0
    return folder, capsys.readouterr().out.splitlines()


def test_a_folder_becomes_an_own_model(taught, tmp_path, capsys):
    folder, lines = taught
    assert lines[0].startswith("| class | emissions | called so far | near ")
    assert lines[2].startswith("| gate | 2 in 2 |") and "width 19.86 kHz, bursts 12" in lines[2]
    assert lines[-1] == "try: gr-rfattn label --model my RECORDING"
    report = tmp_path / "found.json"
    meta = str(folder / "s.sigmf-meta")
    assert main(["label", meta, "--model", "my", "--json", str(report), "--quiet"]) == 0
    found = json.loads(report.read_text())["recordings"]
    assert "gate" in {one["label"] for one in found[0]["emissions"]}
    words = ["--when", "label=gate", "--record", str(tmp_path / "kept"), "--quiet"]
    assert main(["label", meta, "--model", "my", *words]) == 0
    assert len(list((tmp_path / "kept").glob("*.sigmf-meta"))) == 1
    capsys.readouterr()
    assert main(["models", "my"]) == 0
    assert "  taught: gate\n" in capsys.readouterr().out


def test_recordings_that_the_others_do_not_tell_are_named(capsys):
    taught = TaughtClass("gate", ("tpms",), {}, {}, 0.0, ())
    print_lessons([Lesson(taught, 4, 5, left_out, 40, 2) for left_out in (None, 4, 3)])
    *rows, line = capsys.readouterr().out.splitlines()[2:]
    assert len(rows) == 3 and rows[2] == "| gate | 5 in 4 | tpms | shape | 3/4 | 2 of 40 |"
    assert line == "gate: 1 of 4 not told from strangers by the others: record more"


def test_list_and_undo(taught, capsys):
    folder, _ = taught
    assert main(["teach", "--list"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "| my | gate | 2 | 2 |"
    assert main(["models"]) == 0
    assert f"your own, in {own_models()}: my (gr-rfattn teach --list)" in capsys.readouterr().out
    assert main(["teach", "--undo"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"my: took back what {folder} taught",
        "my: nothing is left, the model is removed",
    ]
    assert main(["teach", "--list"]) == 0
    assert capsys.readouterr().out == f"no own models in {own_models()}\n"


def test_the_last_of_two_teachings_is_taken_back(taught, tmp_path, capsys):
    bells = write(tmp_path / "bells", label="bell")
    assert main(["teach", str(bells), "--quiet"]) == 0
    rows = [line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()]
    assert "| bell" in rows and "| gate" in rows
    assert main(["teach", "--undo"]) == 0
    rows = [line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()]
    assert "| bell" not in rows and "| gate" in rows


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["/nowhere"], "/nowhere: no such folder"),
        (["/nowhere", "--name", "rf14"], "--name must not be that of a shipped family, got rf14"),
        (["/nowhere", "--model", "rf14"], "labels bands; only models for emissions can be taught"),
        (["--undo"], "--name: there is no own model my"),
    ],
)
def test_refusals(capsys, words, message):
    assert main(["teach", *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_one_thing_at_a_time(capsys):
    for words in ([], ["DIR", "--undo"], ["--list", "--undo"]):
        with pytest.raises(SystemExit):
            main(["teach", *words])
        assert "give one of DIR, --list and --undo" in capsys.readouterr().err


def test_a_table_that_contradicts_several_labels_is_refused():
    entry = LabelledRecording(Path("r.sigmf-meta"), "gate")
    several = [cut_of("dmr", "a"), cut_of("tpms", "b")]
    with pytest.raises(ValueError) as refusal:
        with_label(entry, several)
    assert str(refusal.value) == (
        "r.sigmf-meta: labels.csv calls it gate, its annotations dmr, tpms: give the emission this "
        "label in its annotations, too"
    )
    assert [cut.stated for cut in with_label(entry, several[:1])] == ["gate"]
    assert with_label(LabelledRecording(entry.path, "tpms"), several) == several
    assert with_label(entry, []) == []


def test_what_a_program_could_not_name_is_no_class(tmp_path, capsys):
    folder = write(tmp_path / "recordings", label="unknown, 20 kHz")
    assert main(["teach", str(folder), "--quiet"]) == 1
    assert capsys.readouterr().err == (
        "gr-rfattn: r.sigmf-meta: a label must be 1 to 40 letters, digits, spaces or ._+/- and "
        "begin with a letter or digit, got 'unknown, 20 kHz'; give it one in labels.csv\n"
    )


def test_a_recording_without_quiet_is_named(tmp_path, capsys):
    folder = write(tmp_path / "recordings", label="gate")
    noise = np.random.default_rng(1).normal(0.0, 0.01, 120_000)
    noise.astype("<f4").tofile(folder / "r.sigmf-data")
    assert main(["teach", str(folder)]) == 1
    *_, named, refused = capsys.readouterr().err.splitlines()
    assert "r.sigmf-meta: no emission of its label found; it needs some 0.2 s of quiet" in named
    assert refused == (f"gr-rfattn: {folder}: no emission with a label was found in its recordings")


def test_a_recording_that_is_too_slow_is_named_and_left_out(tmp_path, capsys):
    folder = write(tmp_path / "recordings", label="gate")
    write(folder, label="gate", name="slow")
    meta = json.loads((folder / "slow.sigmf-meta").read_text())
    meta["global"]["core:sample_rate"] = 5000.0
    (folder / "slow.sigmf-meta").write_text(json.dumps(meta))
    assert main(["teach", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[2].startswith("| gate | 1 in 1 |")
    rule = "emission_detector: sample_rate must be from 6e3 to 1e8 Hz, got 5000"
    assert f"slow.sigmf-meta: left out: {rule}" in err.splitlines()

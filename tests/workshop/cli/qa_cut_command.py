# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn cut: a short recording becomes a cut set, once; and what the command refuses."""

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import read_folder
from gnuradio.rfattn_workshop.cli import cut
from gnuradio.rfattn_workshop.synthesis.services import OTHERS

from command_line import assert_one_line, run_forked
from labelled_band import write


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("cut")
    folder = write(place / "recordings")
    arguments = ["cut", "--out", place / "cuts", "--rounds", 0, "--recordings", folder]
    return run_forked(*arguments, "--variants", 0), arguments, place / "cuts"


def test_a_recording_becomes_a_cut_set(made):
    done, _, out = made
    assert done.returncode == 0, done.stderr
    assert [path.name for path in out.iterdir()] == ["recordings_0000.npz"]
    cuts, front_end = read_folder(out)
    assert front_end == CHANNEL_FRONT_END
    assert {(c.label, c.split, c.origin) for c in cuts} == {("ook_srd", "train", "direct")}
    assert len(cuts) == 1 and "cuts: 1 cut of 1 label; try: " in done.stdout


def test_labels_that_are_no_classes_are_named(tmp_path, capsys):
    """Before the work. Raw samples have the label of labels.csv."""
    folder = write(tmp_path / "recordings", label="gate")
    (folder / "r.sigmf-data").rename(folder / "r_250k.cf32")
    (folder / "r.sigmf-meta").unlink()
    (folder / "labels.csv").write_text("file,label,split\nr_250k.cf32,gate,train\n")
    words = ["--rounds", "0", "--variants", "0", "--quiet", "--recordings", str(folder)]
    assert main(["cut", "--out", str(tmp_path / "cuts"), *words]) == 0
    line = "gate: no classes of the model; they become 'other', which it learns to call unknown"
    assert capsys.readouterr().err == f"{line}\n"
    cuts, _ = read_folder(tmp_path / "cuts")
    assert {(cut.label, cut.stated) for cut in cuts} == {("other", "gate")}


def test_labels_of_classes_are_not_named(made):
    done, _, out = made
    assert "no classes" not in done.stderr
    assert {cut.stated for cut in read_folder(out)[0]} == {""}


def test_what_is_there_is_not_made_again(made):
    _, arguments, out = made
    path = out / "recordings_0000.npz"
    before = path.stat().st_mtime_ns
    done = run_forked(*arguments, "--variants", 5)
    assert done.returncode == 0 and path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--rounds", "-1"], "--rounds must be >= 0, got -1"),
        (["--others", "-1"], "--others must be >= 0, got -1"),
        (["--recordings", "x", "--variants", "-2"], "--variants must be >= 0, got -2"),
        (["--seed", "-1"], "--seed must be >= 0, got -1"),
        (["--jobs", "0"], "--jobs must be >= 1, got 0"),
        (["--classes", "dmr", "tv"], "--classes must be of"),
        (["--classes", "dmrr"], "got dmrr; did you mean dmr?"),
        (["--recordings", "/nowhere"], "/nowhere: no such folder"),
    ],
)
def test_the_command_refuses(tmp_path, capsys, options, text):
    assert main(["cut", "--out", str(tmp_path / "out"), *options]) == 1
    assert text in capsys.readouterr().err


def test_a_file_that_is_no_cut_set_is_named(made, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "recordings_0000.npz").write_text("no archive")
    _, arguments, _ = made
    assert_one_line(run_forked(arguments[0], "--out", out, *arguments[3:]), "not a cut set")


def test_a_round_has_a_band_for_each_class_some_of_none_and_some_of_noise(monkeypatch):
    names = []

    def band(name, seed, front_end, known):
        names.append((name, seed))
        return [name]

    place = "gnuradio.rfattn_workshop.flowgraph.cut_training"
    monkeypatch.setattr(f"{place}.cut_band", band)
    monkeypatch.setattr(f"{place}.cut_noise_band", lambda seed, _: band("noise", seed, _, _))
    classes = ["dmr", "vor"]
    assert cut.cut_round(CHANNEL_FRONT_END, 2, classes, 9, []) == [name for name, _ in names]
    assert [name for name, _ in names[:2]] == classes
    assert {name for name, _ in names[2:11]} < set(OTHERS)
    assert [name for name, _ in names[11:]] == ["noise"] * 2
    assert [seed for _, seed in names] == list(range(2000, 2013))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labelled folders: recordings with and without a table, splits, groups, fingerprints."""

import json

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import (
    find_recordings,
    fingerprint,
    open_labelled,
    read_folder,
    read_origins,
    select_split,
    split_folder,
)
from gnuradio.rfattn.recordings.sigmf import Annotation, SigMFError

from training_folder import rewrite, write_folder, write_recording


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "recordings", groups=3)


def test_finds_recordings_by_annotation(tmp_path):
    (tmp_path / "deep").mkdir()
    write_recording(tmp_path / "deep", "r", "x", np.zeros(4, complex), 0, 1)
    (found,) = find_recordings(tmp_path)
    assert (found.path, found.label, found.split) == (tmp_path / "deep/r.sigmf-meta", "x", "")


def test_finds_recordings_by_table(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label,split,group\na.sigmf-data,x,val,g\nb,y,,\n")
    found = find_recordings(tmp_path)
    assert [(f.path.name, f.label, f.split, f.group) for f in found] == [
        ("a.sigmf-data", "x", "val", "g"),
        ("b", "y", "", "b"),
    ]


def test_raw_samples_have_the_label_of_the_table_from_first_to_last(tmp_path):
    (tmp_path / "gate_433.92M_250k.cu8").write_bytes(bytes(200))
    (tmp_path / "labels.csv").write_text("file,label\ngate_433.92M_250k.cu8,gate\n")
    (entry,) = find_recordings(tmp_path)
    recording = open_labelled(entry.path, entry.label)
    assert recording.annotations == (Annotation(0, 100, "gate"),) and recording.label == "gate"
    assert (recording.sample_rate, recording.frequency) == (250e3, 433.92e6)


def test_sigmf_keeps_its_own_annotations(folder):
    recording = open_labelled(folder / "tone_train.sigmf-meta", "gate")
    assert [a.label for a in recording.annotations] == ["tone"]


def test_sigmf_without_annotations_has_the_label_of_the_table(folder):
    path = folder / "tone_train.sigmf-meta"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"annotations": []}))
    recording = open_labelled(path, "gate")
    assert recording.annotations == (Annotation(0, recording.n_samples, "gate"),)


def test_refuses_folders_without_recordings(tmp_path):
    with pytest.raises(SigMFError, match="no SigMF recordings in it"):
        find_recordings(tmp_path)
    with pytest.raises(SigMFError, match="none: no such folder"):
        find_recordings(tmp_path / "none")
    (tmp_path / "labels.csv").write_text("file,class\n")
    with pytest.raises(SigMFError, match="no column label"):
        find_recordings(tmp_path)


def test_a_split_is_of_whole_groups_and_of_the_seed(folder):
    rewrite(folder, split="", group=lambda row: row["file"].split("_")[1][:5])
    first, taken = split_folder(folder, 0.5, seed=1)
    groups = {split: {e.group for e in first if e.split == split} for split in ("train", "val")}
    assert groups["val"] == taken and not groups["train"] & groups["val"]
    for label in ("noise", "tone"):
        assert {e.split for e in first if e.label == label} == {"train", "val"}
    assert split_folder(folder, 0.5, seed=1)[0] == first
    assert any(split_folder(folder, 0.5, seed=seed)[1] != taken for seed in range(2, 9))


def test_stated_splits_stay(folder):
    entries, taken = split_folder(folder, 0.5, seed=1)
    assert taken == set() and entries == read_folder(folder)
    rewrite(folder, split=lambda row: "test" if row["split"] == "val" else row["split"])
    entries, taken = split_folder(folder, 0.34, seed=1)
    assert sum(e.split == "test" for e in entries) == 12
    assert sum(e.split == "val" for e in entries) == len(taken) == 2


def test_without_splits_other_is_out_of_distribution(folder):
    rewrite(folder, split="")
    entries = read_folder(folder)
    assert {e.split for e in entries if e.label == "other"} == {"ood"}
    assert {e.split for e in entries if e.label != "other"} == {"train"}


def test_selects_a_split(folder):
    entries = read_folder(folder)
    assert {e.split for e in select_split(entries, "val")} == {"val"}
    with pytest.raises(SigMFError, match="no recordings of split 'night'"):
        select_split(entries, "night")


def test_reads_origins_from_the_table(folder):
    origins = read_origins(folder)
    assert origins[folder / "tone_val1.sigmf-data"] == ("nobody/tones", "MIT")
    (folder / "labels.csv").unlink()
    assert read_origins(folder) == {}


def test_a_fingerprint_is_of_what_was_read_and_not_of_where(folder, tmp_path):
    moved = folder.rename(tmp_path / "moved")
    here = fingerprint(moved, read_folder(moved))
    assert here["tone_val1.sigmf-data"]["group"] == "tone_val1" and len(here) == 19
    meta = moved / "tone_val1.sigmf-meta"
    changed = json.loads(meta.read_text())
    changed["annotations"][0]["core:sample_start"] += 1
    meta.write_text(json.dumps(changed))
    there = fingerprint(moved, read_folder(moved))
    assert {name for name in here if here[name] != there[name]} == {"tone_val1.sigmf-data"}


def test_real_recordings_are_read(recordings_folder):
    entries = find_recordings(recordings_folder)
    assert len(entries) > 50
    for entry in entries:
        recording = open_recording(entry.path)
        count = min(recording.n_samples, 4096)
        power = np.mean(np.abs(recording.samples(recording.n_samples - count, count)) ** 2)
        assert 0 < power < 2 or entry.label == "zwave", entry.path  # zwave has digital silence

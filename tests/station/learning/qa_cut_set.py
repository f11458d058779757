# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut sets: what is written is read, and what is no cut set is refused."""

import dataclasses
import json

import numpy as np
import pytest
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import (
    is_cut_folder,
    no_classes,
    read_cuts,
    read_folder,
    write_cuts,
)

from cut_sets import cut_of, tiny_cuts, write_cut_folder


def fields(cut):
    return {k: v for k, v in vars(cut).items() if k != "tokens"}


def test_what_is_written_is_read(tmp_path):
    folder = write_cut_folder(tmp_path / "cuts")
    cuts, front_end = read_folder(folder)
    assert front_end == CHANNEL_FRONT_END and is_cut_folder(folder)
    assert [fields(c) for c in cuts] == [fields(c) for c in tiny_cuts()]
    for found, wanted in zip(cuts, tiny_cuts(), strict=True):
        assert found.tokens.dtype == np.float16
        np.testing.assert_array_equal(found.tokens, wanted.tokens)


def test_cuts_of_different_lengths_stay_apart(tmp_path):
    cuts = [cut_of("dmr", "a", count=8), cut_of("tpms", "b", count=30)]
    write_cuts(tmp_path / "a.npz", cuts, CHANNEL_FRONT_END)
    assert [len(cut.tokens) for cut in read_cuts(tmp_path / "a.npz")[0]] == [8, 30]


def test_a_set_of_before_its_recordings_labels_were_kept_is_read(tmp_path):
    write_cuts(tmp_path / "a.npz", [cut_of("dmr", "a", stated="gate")], CHANNEL_FRONT_END)
    assert read_cuts(tmp_path / "a.npz")[0][0].stated == "gate"
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    about = json.loads(str(arrays["about"]))
    column = about["names"].index("stated")
    del about["names"][column]
    about["rows"] = [[*row[:column], *row[column + 1 :]] for row in about["rows"]]
    np.savez(tmp_path / "a.npz", **{**arrays, "about": np.array(json.dumps(about))})
    (cut,), _ = read_cuts(tmp_path / "a.npz")
    assert (cut.label, cut.stated) == ("dmr", "")


def test_labels_of_no_class_are_named_once():
    line = (
        "bell, gate: no classes of the model; they become 'other', which it learns to call unknown"
    )
    assert no_classes(["gate", "bell", "gate"]) == line
    assert no_classes([]) == ""


def test_a_set_may_be_empty(tmp_path):
    write_cuts(tmp_path / "a.npz", [], CHANNEL_FRONT_END)
    assert read_cuts(tmp_path / "a.npz") == ([], CHANNEL_FRONT_END)


def test_a_folder_without_cut_sets_is_refused(tmp_path):
    assert not is_cut_folder(tmp_path)
    with pytest.raises(ValueError, match=r"no cut sets \(\*\.npz\) in it"):
        read_folder(tmp_path)


@pytest.mark.parametrize("content", ["text", "archive"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "a.npz"
    if content == "text":
        path.write_text("no archive")
    else:
        np.savez(path, other=np.zeros(3))
    with pytest.raises(ValueError, match=r"a\.npz: not a cut set"):
        read_folder(tmp_path)


def test_a_truncated_file_is_refused(tmp_path):
    folder = write_cut_folder(tmp_path / "cuts")
    path = folder / "bands_00001.npz"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"bands_00001\.npz: not a cut set"):
        read_folder(folder)


def test_sets_that_differ_are_refused(tmp_path):
    folder = write_cut_folder(tmp_path / "cuts")
    write_cuts(folder / "z.npz", [], CHANNEL_FRONT_END.replace(hop=16))
    with pytest.raises(ValueError, match=r"z\.npz: another front end: hop 16, .* needs 32"):
        read_folder(folder)
    narrow = dataclasses.replace(cut_of("dmr", "a"), tokens=np.zeros((8, 64), np.float16))
    write_cuts(folder / "z.npz", [narrow], CHANNEL_FRONT_END)
    with pytest.raises(ValueError, match=r"tokens of \[64, 83\] values"):
        read_folder(folder)


def test_tokens_that_are_not_finite_are_refused(tmp_path):
    tokens = np.zeros((8, 72), np.float16)
    tokens[3, 70] = np.nan
    write_cuts(
        tmp_path / "a.npz",
        [dataclasses.replace(cut_of("dmr", "a"), tokens=tokens)],
        CHANNEL_FRONT_END,
    )
    with pytest.raises(ValueError, match=r"a\.npz: not a cut set: tokens must be finite"):
        read_folder(tmp_path)

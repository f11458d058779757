# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of an own model: interrupted at each step, opened twice, damaged, and of 0.2."""

import itertools
import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.inference import read_contract
from gnuradio.rfattn.inference.archive import Archive
from gnuradio.rfattn.inference.files import own_models
from gnuradio.rfattn_station.learning import own_model
from gnuradio.rfattn_station.learning.own_model import OwnModel, list_own, own_folder
from gnuradio.rfattn_station.learning.rehearsal import read_rehearsal
from gnuradio.rfattn_workshop.train.recalibrate import recalibrate

from cut_sets import LABELS, tiny_cuts
from disk_steps import FULL, KILL, failing
from full_disk import files_end_after
from teachable_models import gates, save_teachable
from zip_members import replace_member, rezipped

NAME = "flash_layernorm"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny model with its rehearsal."""
    folder = tmp_path_factory.mktemp("base")
    return str(save_teachable(folder, [*LABELS[:2], "unknown"], tiny_cuts()))


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def only_once(base, monkeypatch):
    """What the network makes of cuts, and what is fitted to it, is computed once: it is the same
    each time."""
    for name, key in (("observe", lambda *a: [one.file for one in a[2]]), ("teach", _sources)):
        monkeypatch.setattr(own_model, name, remembered(getattr(own_model, name), key))


def _sources(names, decision, kept, examples, labels):
    return [*labels, *(one.source for one in examples)]


_results = {}


def remembered(function, key):
    def call(*arguments):
        names = (function.__name__, *key(*arguments))
        if names not in _results:
            _results[names] = function(*arguments)
        return _results[names]

    return call


def file():
    return own_folder("my") / f"{NAME}.pt"


def add(label, base):
    with OwnModel.open("my", default=base) as own:
        return own.add(f"folder of {label}", gates(label))


def undo(_, base):
    with OwnModel.open("my") as own:
        own.undo()


def state():
    """What there is of the own model, None without one."""
    if not list_own():
        assert not list(own_models().glob("*/*.pt"))
        return None
    with OwnModel.open("my") as own:
        return own.teachings, read_contract("my")["taught"]


CASES = {
    "the first teaching": ([], (add, "gate")),
    "another teaching": ([(add, "gate")], (add, "bell")),
    "taking the first teaching back": ([(add, "gate")], (undo, "")),
    "taking a teaching back": ([(add, "gate"), (add, "bell")], (undo, "")),
}


@pytest.mark.parametrize("fault", [KILL, FULL])
@pytest.mark.parametrize(
    ("case", "is_old"),
    [*((name, False) for name in CASES), ("another teaching", True)],
)
def test_an_interruption_leaves_the_old_model_or_the_new_one(case, is_old, fault, base, tmp_path):
    before, (change, label) = CASES[case]
    own_models().mkdir(parents=True)
    for step, its_label in before:
        step(its_label, base)
    if is_old:
        as_of_0_2(file())
    shutil.copytree(own_models(), tmp_path / "copy")
    old = state()
    change(label, base)
    new = state()
    assert old != new
    found, continued = [], set()
    for number in itertools.count(1):
        shutil.rmtree(own_models())
        shutil.copytree(tmp_path / "copy", own_models())
        with failing(fault, number) as steps:
            change(label, base)
        if not steps.has_failed:
            break
        found.append(state())
        assert found[-1] in (old, new)
        left = found[-1] == old, len(list(own_folder("my").glob("*")))
        if left in continued:
            continue
        continued.add(left)
        add("next", base)
        with OwnModel.open("my") as own:
            assert own.teachings[-1]["folder"] == "folder of next"
        assert list(own_folder("my").iterdir()) == [file()]
    assert found[0] == old and state() == new and len(found) >= 3


@pytest.mark.parametrize("count", [0, 4096, 20_000])
def test_a_disk_that_is_full_within_the_file_leaves_the_old_model(count, base):
    add("gate", base)
    before = state()
    size = file().stat().st_size
    assert count < size
    with pytest.raises(OSError) as refusal, files_end_after(count):
        add("bell", base)
    assert refusal.value.filename == str(file())
    assert state() == before and list(own_folder("my").iterdir()) == [file()]


def test_two_at_once_are_refused_and_others_are_not(base):
    with OwnModel.open("my", base) as own:
        with pytest.raises(ValueError) as refusal, OwnModel.open("my", base):
            pass
        assert str(refusal.value) == "own model my: another teach is at work on it"
        with OwnModel.open("other", base) as other:
            other.add("one", gates())
        own.add("one", gates())
    assert list(list_own()) == ["my", "other"]


def test_all_of_an_own_model_is_in_its_file(base):
    add("gate", base)
    (found,) = own_folder("my").iterdir()
    copy = own_models() / "copy"
    copy.mkdir()
    shutil.copy(found, copy)
    shutil.rmtree(own_folder("my"))
    with OwnModel.open("copy") as own:
        own.add("more", gates("bell"))
    assert list(list_own()) == ["copy"]
    assert [one["name"] for one in read_contract("copy")["taught"]] == ["bell", "gate"]


def test_a_model_file_of_any_name_becomes_one_that_is_found(base, tmp_path):
    path = tmp_path / "best.pt"
    shutil.copy(base, path)
    shutil.copy(base.replace(".pt", "_rehearsal.npz"), tmp_path / "best_rehearsal.npz")
    with OwnModel.open("my", str(path)) as own:
        own.add("one", gates())
    assert [one["name"] for one in read_contract("my")["taught"]] == ["gate"]


def test_an_own_model_is_not_calibrated_in_its_place(base, tmp_path):
    add("gate", base)
    with pytest.raises(ValueError) as refusal:
        recalibrate(file(), [], own_folder("my"))
    lost = "an own model would lose its teachings; give another --out"
    assert str(refusal.value) == f"{file()}: {lost}"
    with pytest.raises(ValueError, match="no cuts|validate"):
        recalibrate(file(), [], tmp_path)


def test_an_own_model_can_be_made_from_another_one(base):
    add("gate", base)
    with OwnModel.open("second", "my") as own:
        assert [one.taught.name for one in own.add("one", gates("bell"))] == ["bell"]
    assert list_own()["second"]["folders"] == ["one"]


def test_a_model_that_was_put_there_is_not_taught(base):
    own_folder("my").mkdir(parents=True)
    shutil.copy(base, file())
    assert list_own() == {}
    with pytest.raises(ValueError) as refusal:
        add("gate", base)
    assert str(refusal.value) == f"{file()}: not made by teach; give another --name"


@pytest.mark.parametrize("is_old", [False, True], ids=["", "of 0.2"])
def test_damaged_teachings_are_named(is_old, base):
    add("gate", base)
    named = file()
    if is_old:
        as_of_0_2(named)
        named = file().with_name(f"{NAME}_examples.json")
    good, examples = file().read_bytes(), [{"label": "gate"}]
    for damage in ([], [{"folder": "one"}], [{"folder": "one", "examples": examples}], 5):
        if is_old:
            named.write_text(json.dumps(damage))
        else:
            file().write_bytes(good)
            content = json.dumps({"teachings": damage}).encode()
            replace_member(file(), "teachings.json", lambda _, new=content: new)
        with pytest.raises(ValueError) as refusal, OwnModel.open("my"):
            pass
        assert str(refusal.value).startswith(f"{named}: not the examples of an own model: ")


def test_parts_that_are_too_large_or_damaged_are_refused(base, monkeypatch):
    add("gate", base)
    with pytest.raises(ValueError) as refusal:
        Archive(file()).extra("teachings.json", 10)
    assert str(refusal.value) == f"{file()}: extra/teachings.json in it is larger than 10 bytes"
    replace_member(file(), "rehearsal.npz", lambda content: content[:-30])
    with pytest.raises(ValueError) as refusal, OwnModel.open("my"):
        pass
    assert str(refusal.value) == f"{file()}: not a rehearsal: File is not a zip file"


def as_of_0_2(path, **learned):
    """Writes an own model as 0.2 did: a model file, and three files beside it. What its station
    learned states the labels that became classes."""
    parts = {}

    def take(name, content):
        if name.endswith(("teachings.json", "rehearsal.npz")):
            parts[name.partition("/extra/")[2]] = content
            return None
        return content

    path.write_bytes(rezipped(path.read_bytes(), take))
    teachings = [{**one, **learned} for one in json.loads(parts["teachings.json"])["teachings"]]
    path.with_name(f"{path.stem}_rehearsal.npz").write_bytes(parts["rehearsal.npz"])
    path.with_name(f"{path.stem}_examples.json").write_text(json.dumps(teachings) + "\n")
    path.with_name(f"{path.stem}_before.json").write_text("[]\n")


def test_an_own_model_of_0_2_is_read_and_becomes_one_file(base):
    with OwnModel.open("my", default=base) as own:
        own.add("heard", [*gates("gate"), *gates("horn")])
    as_of_0_2(file(), labels=["gate"])
    assert len(list(own_folder("my").iterdir())) == 4
    before = state()
    assert list_own()["my"]["folders"] == ["heard"]
    assert [one.taught.name for one in add("bell", base)] == ["bell", "gate"]
    assert list(own_folder("my").iterdir()) == [file()]
    assert state()[0][0] == before[0][0]
    with OwnModel.open("my") as own:
        kept = read_rehearsal(file(), own.network.model, own.network.names)
        assert np.array_equal(kept.logs, own.kept.logs)


def test_what_a_kill_of_0_2_left_without_a_model_is_no_own_model(base):
    add("gate", base)
    as_of_0_2(file())
    file().unlink()
    assert list_own() == {}
    with pytest.raises(ValueError, match="--name: there is no own model my"):
        undo("", base)
    add("bell", base)
    assert list_own()["my"]["folders"] == ["folder of bell"]
    assert list(own_folder("my").iterdir()) == [file()]

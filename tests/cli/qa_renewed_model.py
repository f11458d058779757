# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the user's own is taken over while live runs."""

import os
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.cli.sources.renewed_model import LOOK_S, RenewedModel, renewed
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference.files import own_models


@pytest.fixture
def time():
    return SimpleNamespace(now=0.0)


def test_a_changed_file_is_swapped_in_once(tmp_path, time, capsys):
    path, swapped = tmp_path / "my.pt", []
    path.write_text("one")
    model = RenewedModel("my", path, lambda: time.now)
    model.swap = swapped.append
    for now, change in (
        (LOOK_S, None),
        (2 * LOOK_S, "two"),
        (2.1 * LOOK_S, None),
        (3 * LOOK_S, None),
    ):
        if change:
            path.write_text(change)
            os.utime(path, ns=(10, 10))
        time.now = now
        model.look()
    assert swapped == ["my"]
    said = "gr-rfattn: model my has changed and is used from now on\n"
    assert capsys.readouterr().err == said
    path.unlink()
    time.now = 4 * LOOK_S
    model.look()  # the model was removed: the flowgraph keeps its own
    assert swapped == ["my"] and capsys.readouterr().err == ""


def test_a_model_that_is_refused_leaves_the_one_of_before(tmp_path, time, capsys):
    path = tmp_path / "my.pt"

    def refuse(model):
        raise ValueError("other classes")

    model = RenewedModel("my", path, lambda: time.now)
    model.swap = refuse
    path.write_text("new")
    time.now = LOOK_S
    model.look()
    assert capsys.readouterr().err == (
        "gr-rfattn: model my has changed and cannot be used: other classes; the model of before "
        "keeps running\n"
    )


def test_each_teaching_is_swapped_in(tmp_path, monkeypatch, time):
    pytest.importorskip("torch", reason="torch is not installed")
    from gnuradio.rfattn_station.learning.own_model import OwnModel, own_folder

    from cut_sets import LABELS, tiny_cuts
    from teachable_models import gates, save_teachable

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    base = str(save_teachable(tmp_path, [*LABELS[:2], "unknown"], tiny_cuts()))

    def change(label):
        with OwnModel.open("my", default=base) as own:
            own.add(label, gates(label)) if label else own.undo()

    change("gate")
    path, swapped = own_folder("my") / "flash_layernorm.pt", []
    model = RenewedModel("my", path, lambda: time.now)
    model.swap = swapped.append
    for label, count in (("bell", 1), ("", 2), ("", 2), ("horn", 3)):  # the third removes it
        change(label)
        time.now += LOOK_S
        model.look()
        assert len(swapped) == count


def test_only_models_of_ones_own_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (own_models() / "my").mkdir(parents=True)
    (own_models() / "my" / "flash_layernorm.pt").write_bytes(b"")
    assert isinstance(renewed(ModelOptions("my")), RenewedModel)
    assert renewed(ModelOptions("rf14")) is None
    assert renewed(ModelOptions("none")) is None and renewed(None) is None

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model learns the probabilities of a trained one."""

import json

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.cli import main
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn_workshop.train import TrainConfig, train
from gnuradio.rfattn_workshop.train.run_file import ResumeError
from gnuradio.rfattn_workshop.train.start import start_name
from gnuradio.rfattn_workshop.train.teacher import load_teacher, teacher_losses

from training_folder import TINY, write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def teacher(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("teacher")
    train(TrainConfig.from_dict(TINY), folder, out)
    return str(out)


def configured(**changes):
    return TrainConfig.from_dict({**TINY, "steps": 2, "validate_every": 2, **changes})


def test_the_loss_is_least_where_both_agree():
    taught = torch.tensor([[[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]]])
    p = taught.softmax(-1)
    entropy = -(p * p.log()).sum(-1)
    torch.testing.assert_close(teacher_losses(taught + 3.0, taught), entropy)
    other = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 4.0]]])
    assert (teacher_losses(other, taught) > entropy).all()


def test_with_a_share_of_one_labels_count_nothing(folder, teacher, tmp_path):
    def weights(name, **changes):
        train(configured(**changes), folder, tmp_path / name, teacher=teacher)
        return load_eager(str(tmp_path / name))[0].state_dict()

    one, other = (weights(f"all {s}", teacher_share=1.0, label_smoothing=s) for s in (0.0, 0.3))
    for key, value in one.items():
        torch.testing.assert_close(other[key], value, rtol=0.0, atol=0.0)
    half, smooth = (weights(f"half {s}", label_smoothing=s) for s in (0.0, 0.3))
    assert any((half[key] != smooth[key]).any() for key in half)


def test_files_and_report_name_the_teacher(folder, teacher, tmp_path):
    report = train(configured(), folder, tmp_path, teacher=teacher)
    name = start_name(teacher)
    assert report["teacher"] == name
    assert load_eager(str(tmp_path))[1]["training"]["teacher"] == name
    stated = json.loads((tmp_path / "flash_layernorm_config.json").read_text())
    assert stated["teacher_share"] == 0.7
    assert f"--teacher {name.split('/')[-1]}" in (tmp_path / "flash_layernorm_card.md").read_text()


def test_a_run_is_not_resumed_with_another_teacher(folder, teacher, tmp_path, monkeypatch):
    from gnuradio.rfattn_workshop.train import loop

    config, validate = configured(steps=4), loop.validate
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        calls = iter([validate])

        def interrupt_the_second(*arguments):
            for call in calls:
                return call(*arguments)
            raise KeyboardInterrupt

        patch.setattr(loop, "validate", interrupt_the_second)
        train(config, folder, tmp_path, teacher=teacher)
    with pytest.raises(ResumeError, match="teacher"):
        train(config, folder, tmp_path, resume=True)


def test_a_teacher_that_cannot_teach_is_refused(teacher):
    _, contract = load_eager(teacher)
    classes, shape = contract["classes"], configured().model
    assert load_teacher(configured(), shape, classes, "") is None
    with pytest.raises(ValueError, match="training: the teacher .* lacks the class ais"):
        load_teacher(configured(), shape, [*classes, "ais"], teacher)
    twice = shape.replace(block_size=2 * shape.block_size)
    rule = (
        f"must take steps of {twice.block_size} tokens, as the model does, got {shape.block_size}"
    )
    with pytest.raises(ValueError, match=rule):
        load_teacher(configured(), twice, classes, teacher)


def test_classes_of_the_teacher_are_put_in_order(teacher):
    _, contract = load_eager(teacher)
    shape = configured().model
    tokens = torch.randn(1, 2 * shape.block_size, contract["model"]["n_bins"])
    there = load_teacher(configured(), shape, contract["classes"], teacher)
    back = load_teacher(configured(), shape, contract["classes"][::-1], teacher)
    torch.testing.assert_close(back.offline(tokens), there.offline(tokens).flip(-1))


def test_the_command_takes_a_teacher(folder, teacher, tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps(configured().to_dict()))
    words = ["train", str(folder), "--config", str(tmp_path / "config.json"), "--out"]
    out = [*words, str(tmp_path / "out")]
    assert main([*out, "--teacher", teacher, "--teacher-share", "0"]) == 0
    assert main([*words, str(tmp_path / "other"), "--teacher", "no such"]) == 1
    assert "no such" in capsys.readouterr().err

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A killed training continues to the same weights; a run of something else is refused."""

import json
import signal
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn_workshop.train import TrainConfig, train
from gnuradio.rfattn_workshop.train.read_data import read_extra_folders, read_training_folder
from gnuradio.rfattn_workshop.train.repeatable import repeatable
from gnuradio.rfattn_workshop.train.run_file import ResumeError

from training_folder import DIES, TINY, read_table, write_folder, write_table

SETTINGS = {**TINY, "steps": 30, "validate_every": 10}
RUN, MODEL = "flash_layernorm_run.safetensors", "flash_layernorm.safetensors"

# Trains and dies right after the first evaluation is on disk.
KILLED = f"""
{DIES}
import json, sys
from gnuradio.rfattn_workshop.train import TrainConfig, train

RunFile.save = save_and_die
folder, out, settings = sys.argv[1:]
train(TrainConfig.from_dict(json.loads(settings)), folder, out, [folder])
"""


def configured(**changes):
    return TrainConfig.from_dict({**SETTINGS, **changes})


@pytest.fixture(autouse=True)
def read_again():
    read_training_folder.cache_clear()
    read_extra_folders.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def killed(folder, tmp_path_factory):
    """A folder with what a run left that was killed after its first evaluation."""
    out = tmp_path_factory.mktemp("killed") / "out"
    done = subprocess.run([sys.executable, "-c", KILLED, folder, out, json.dumps(SETTINGS)])
    assert done.returncode == -signal.SIGKILL
    return out


@pytest.fixture
def state(killed, tmp_path):
    (tmp_path / RUN).write_bytes((killed / RUN).read_bytes())
    return tmp_path / RUN


def test_a_resumed_run_ends_like_an_uninterrupted_one(killed, folder, tmp_path):
    assert [path.name for path in killed.iterdir()] == [RUN]
    (tmp_path / "resumed").mkdir()
    (tmp_path / "resumed" / RUN).write_bytes((killed / RUN).read_bytes())
    whole = train(configured(), folder, tmp_path / "whole", [folder])
    resumed = train(configured(), folder, tmp_path / "resumed", [folder], resume=True)
    assert [evaluation["step"] for evaluation in resumed["evaluations"]] == [10, 20, 30]
    assert resumed == whole
    weights = [(tmp_path / name / MODEL).read_bytes() for name in ("whole", "resumed")]
    assert weights[0] == weights[1]
    assert not (tmp_path / "resumed" / RUN).exists()


def test_a_run_killed_after_its_last_evaluation_still_writes_its_model(
    folder, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("gnuradio.rfattn_workshop.train.loop.final_metrics", interrupted)
        train(configured(steps=10), folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [RUN]
    train(configured(steps=10), folder, tmp_path, resume=True)
    assert (tmp_path / MODEL).exists() and not (tmp_path / RUN).exists()


def interrupted(*_):
    raise KeyboardInterrupt


def test_another_seed_gives_other_weights(folder, tmp_path):
    for seed in (1, 2):
        train(configured(seed=seed, steps=10), folder, tmp_path / str(seed))
    assert (tmp_path / "1" / MODEL).read_bytes() != (tmp_path / "2" / MODEL).read_bytes()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"learning_rate": 0.02}, "holds another run: config.learning_rate was 0.01, is 0.02"),
        ({"steps": 31, "seed": 2}, "config.seed was 1, is 2; config.steps was 30, is 31"),
        ({"model": {**TINY["model"], "window": 32}}, "config.model.window was 16, is 32"),
    ],
)
def test_refuses_another_configuration(state, folder, changes, message):
    with pytest.raises(ResumeError, match=message):
        train(configured(**changes), folder, state.parent, [folder], resume=True)
    assert state.exists()


def test_refuses_other_data(state, tmp_path):
    folder = write_folder(tmp_path / "recordings")
    with pytest.raises(ResumeError, match=r"holds another run: extra.1.* was .*, is absent"):
        train(configured(), folder, state.parent, resume=True)
    rows = read_table(folder)
    write_table(
        folder, [{**r, "split": "test" if "other" in r["file"] else r["split"]} for r in rows]
    )
    with pytest.raises(ResumeError, match='data.other_ood.sigmf-data.split was "ood", is "test"'):
        train(configured(), folder, state.parent, resume=True)
    write_table(folder, rows)
    samples = folder / "tone_val.sigmf-data"
    samples.write_bytes(bytes(4) + samples.read_bytes()[4:])
    with pytest.raises(ResumeError, match='data.tone_val.sigmf-data.sha256 was "'):
        train(configured(), folder, state.parent, resume=True)


def test_refuses_to_overwrite_a_run_or_a_model(state, folder):
    with pytest.raises(ResumeError, match=f"{RUN} holds a run that is not finished: resume it"):
        train(configured(), folder, state.parent, [folder])
    state.rename(state.with_name(MODEL))
    with pytest.raises(ResumeError, match=f"{MODEL} holds a trained model: remove it or"):
        train(configured(), folder, state.parent, [folder])
    with pytest.raises(ResumeError, match=f"no run to resume: it is finished: .*{MODEL} exists"):
        train(configured(), folder, state.parent, [folder], resume=True)


def test_other_models_of_a_family_do_not_matter(state, folder):
    (state.parent / "gqa_layernorm.safetensors").touch()
    config = configured(model={**TINY["model"], "norm": "rmsnorm"}, steps=10)
    train(config, folder, state.parent)
    assert state.exists() and (state.parent / "flash_rmsnorm.safetensors").exists()


def test_refuses_what_holds_no_run(state, folder):
    content = state.read_bytes()
    state.write_bytes(content[:-9])
    with pytest.raises(ResumeError, match="not a training run"):
        train(configured(), folder, state.parent, [folder], resume=True)
    state.write_bytes(content.replace(b'{\\"schema\\": 2', b'{\\"schema\\": 7'))
    with pytest.raises(ResumeError, match="the run has schema 7, this version reads 2"):
        train(configured(), folder, state.parent, [folder], resume=True)
    state.unlink()
    with pytest.raises(ResumeError, match=f"no run to resume: no .*{RUN}"):
        train(configured(), folder, state.parent, [folder], resume=True)


def test_another_torch_gives_a_warning(state, folder):
    version = torch.__version__.encode()
    state.write_bytes(state.read_bytes().replace(version, b"0" * len(version)))
    with pytest.warns(UserWarning, match="the run started with torch 0+ and continues with"):
        train(configured(), folder, state.parent, [folder], resume=True)


def test_torch_is_as_before_afterwards():
    torch.set_num_threads(2)
    with repeatable(torch.device("cpu"), seed=5, threads=1):
        first = torch.rand(3)
        assert torch.get_num_threads() == 1 and torch.are_deterministic_algorithms_enabled()
    with repeatable(torch.device("cpu"), seed=5, threads=1):
        assert torch.equal(torch.rand(3), first)
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()

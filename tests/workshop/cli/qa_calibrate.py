# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that fits the decision of models for emissions, on a tiny model and tiny cuts."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.evidence import KINDS
from gnuradio.rfattn.inference import load_eager, read_contract
from gnuradio.rfattn_workshop.train import TrainConfig
from gnuradio.rfattn_workshop.train.config import emission_config
from gnuradio.rfattn_workshop.train.emissions import train_emissions

from attention_models import save_model
from cut_sets import write_cut_folder
from training_folder import TINY


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_cut_folder(tmp_path_factory.mktemp("cuts") / "cuts")


@pytest.fixture(scope="module")
def models(folder, tmp_path_factory):
    defaults, out = emission_config().to_dict(), tmp_path_factory.mktemp("models")
    shape = {k: v for k, v in TINY["model"].items() if k not in ("block_size", "window")}
    changes = {"steps": 2, "validate_every": 2, "batch_size": 8, "sequence_tokens": 16}
    model = {**defaults["model"], **shape, "window": 32}
    config = TrainConfig.from_dict({**defaults, **changes, "device": "cpu", "model": model})
    train_emissions(config, folder, out)
    return out


def test_the_decision_is_fitted_and_the_weights_stay(folder, models, tmp_path, capsys):
    words = ["calibrate", str(folder), "--model", str(models), "--out", str(tmp_path), "--quiet"]
    report = tmp_path / "r.json"
    assert main([*words, "--val-share", "1", "--ablate", "--json", str(report)]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = json.loads(report.read_text())["flash_layernorm"]
    assert lines[0].startswith(f"flash_layernorm: {found['cuts']} cuts, mean loss ")
    assert {line.split(" | ")[0] for line in lines} >= {f"| {kind}" for kind in KINDS}
    assert found["cuts"] == 122  # all made-up ones, and two of recordings of split val
    assert set(found["worth"]) == {"", *KINDS}
    contract = read_contract(tmp_path / "flash_layernorm.pt")
    decision = contract["decision"]
    assert decision["fitted_on"]["cuts"] == 122
    assert {k: decision[k] for k in found["decision"]} == found["decision"]
    trained = json.loads((tmp_path / "flash_layernorm_metrics.json").read_text())
    assert trained["decision"] == decision
    assert trained["val_augmented"]["emissions"]["count"] == 80
    before, after = (load_eager(str(where))[0].state_dict() for where in (models, tmp_path))
    for name, weight in before.items():
        np.testing.assert_array_equal(weight.numpy(), after[name].numpy())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--val-share", "0"), "--val-share must be above 0 and at most 1, got 0.0"),
        (("--threads", "0"), "--threads must be >= 1, got 0"),
        (("--model", "rf14"), "labels bands; only models for emissions have a decision"),
        (("--model", "nowhere"), "model 'nowhere': no such file or folder"),
    ],
)
def test_what_is_refused(folder, tmp_path, capsys, words, message):
    out = tmp_path / "out"
    assert main(["calibrate", str(folder), "--out", str(out), "--quiet", *words]) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_cuts_of_an_earlier_version_are_refused(folder, tmp_path, capsys):
    model = save_model(tmp_path / "band.pt", takes="emission")
    words = ["calibrate", str(tmp_path), "--model", model, "--out", str(tmp_path / "out")]
    assert main([*words, "--quiet"]) == 1
    assert "no cut sets (*.npz) in it" in capsys.readouterr().err

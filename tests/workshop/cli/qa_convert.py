# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command convert: files, where they came from, figures before and after, refusals."""

import hashlib
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.attention import ATTENTIONS, NORMS, ModelConfig
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.inference import load_checkpoint, load_eager
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn_workshop.train import TrainConfig, evaluate, read_tokens
from gnuradio.rfattn_workshop.train.init_weights import init_model
from gnuradio.rfattn_workshop.train.start import start_name

from attention_models import TensorAdapter, contract_of, random_model, random_tokens, tiny_config
from training_folder import write_recording

FRONT_END = FrontEnd(fft_size=8, hop=8, n_bins=8).to_dict()
CLASSES = ["noise", "tone"]
TRAINING = {
    "augmentation": {"variants": 1, "max_tokens": 64, "synthetic_noise": 1, "shift_max": 0.05},
    "batch_size": 4,
    "sequence_tokens": 16,
    "learning_rate": 1e-2,
    "seed": 4,
    "threads": 1,
}
FIGURES = {"correct", "count", "balanced_accuracy", "window_balanced_accuracy"}


def write_source(path, attention="flash", norm="layernorm", gate=False):
    """A random model of two classes, as a TorchScript file; returns its path as text."""
    shape = tiny_config(attention=attention, norm=norm, gate=gate, n_classes=2)
    contract = {
        **contract_of(shape),
        "front_end": FRONT_END,
        "classes": CLASSES,
        "training": {"steps": 7},
        "metrics": {},
    }
    TensorAdapter(random_model(shape), contract, device="cpu").save(path)
    return str(path)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_source(tmp_path_factory.mktemp("models") / "flash_layernorm.pt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tone and noise in each split."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(7)
    rows = ["file,label,split,group"]
    for label in CLASSES:
        for split in ("train", "val", "test"):
            samples = 0.01 * (rng.standard_normal(800) + 1j * rng.standard_normal(800))
            if label == "tone":
                samples += 0.3 * np.exp(0.2j * np.pi * np.arange(800))
            write_recording(folder, f"{label}_{split}", label, samples, 0, len(samples))
            rows.append(f"{label}_{split}.sigmf-data,{label},{split},{label}_{split}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    path = tmp_path_factory.mktemp("configuration") / "config.json"
    path.write_text(json.dumps(TRAINING))
    return str(path)


def convert(*arguments):
    return main(["convert", *map(str, arguments)])


OTHERS = [(a, n) for a in ATTENTIONS for n in NORMS[:2] if (a, n) != ("flash", "layernorm")]


@pytest.mark.parametrize("attention, norm", OTHERS)
def test_both_files_hold_the_converted_model(source, tmp_path, attention, norm):
    assert convert(source, "--attention", attention, "--norm", norm, "--out", tmp_path) == 0
    stem = tmp_path / f"{attention}_{norm}"
    model, contract = load_checkpoint(stem.with_suffix(".safetensors"))
    adapter = TensorAdapter.load(stem.with_suffix(".pt"), device="cpu")
    assert adapter.contract == contract
    assert (adapter.attention, adapter.norm, adapter.classes) == (attention, norm, CLASSES)
    tokens = random_tokens(1, 32)
    difference = adapter.offline(tokens) - model.offline(tokens)
    assert difference.abs().max() <= 1e-5  # frozen TorchScript against the eager module


def test_the_contract_names_the_source(source, tmp_path):
    convert(source, "--attention", "gqa", "--out", tmp_path)
    _, contract = load_checkpoint(tmp_path / "gqa_layernorm.safetensors")
    with open(source, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    origin = contract["training"]["converted"]
    assert origin["file"].endswith("/flash_layernorm.pt") and origin["sha256"] == digest
    assert (origin["attention"], origin["norm"]) == ("flash", "layernorm")
    assert origin["training"] == {"steps": 7}
    assert contract["metrics"] == {}  # those of the source are not its own
    assert contract["front_end"] == FRONT_END


@pytest.mark.parametrize(
    "attention, sizes",
    [
        ("gqa", {"n_kv_heads": 4}),
        ("mla", {"kv_rank": 12, "rope_dim": 2}),
        ("perceiver", {"n_latents": 3, "n_cross_layers": 1}),
        ("ssm", {"state_size": 6}),
    ],
)
def test_sizes(source, tmp_path, attention, sizes):
    options = [
        text for name, value in sizes.items() for text in ("--" + name.replace("_", "-"), value)
    ]
    convert(source, "--attention", attention, *options, "--out", tmp_path)
    _, contract = load_checkpoint(tmp_path / f"{attention}_layernorm.safetensors")
    _, before = load_eager(source)
    assert contract["model"] == {**before["model"], "attention": attention, **sizes}


def test_figures_are_those_of_the_evaluation(source, folder, tmp_path):
    report = tmp_path / "report.json"
    convert(
        source, "--attention", "mla", "--out", tmp_path, "--recordings", folder, "--json", report
    )
    rows = json.loads(report.read_text())["rows"]
    assert [(r["state"], r["attention"]) for r in rows] == [
        ("source", "flash"),
        ("converted", "mla"),
    ]
    checkpoint = tmp_path / "mla_layernorm.safetensors"
    for row, (model, contract) in zip(
        rows, (load_eager(source), load_checkpoint(checkpoint)), strict=True
    ):
        for split in ("val", "test"):
            tokens = [
                read_tokens(e, FrontEnd(**FRONT_END), CLASSES)
                for e in find_recordings(folder)
                if e.split == split
            ]
            shape = ModelConfig.from_dict(contract["model"])
            expected = evaluate(model, shape, tokens, CLASSES)
            assert row["metrics"][split] == {name: expected[name] for name in FIGURES}
    assert rows[0]["kv_bytes"] == 4 + 3 * 2 * 4 * 16 * 4 * 4  # level; layers, k and v, h, W, dh
    assert rows[1]["kv_bytes"] == 4 + 3 * 16 * (8 + 4) * 4
    _, contract = load_checkpoint(checkpoint)
    assert contract["metrics"] == rows[1]["metrics"]


def test_fine_tuning_starts_where_the_conversion_ended(
    source, folder, configuration, tmp_path, capsys
):
    report = tmp_path / "report.json"
    arguments = (source, "--attention", "perceiver", "--norm", "rmsnorm", "--recordings", folder)
    training = ("--fine-tune", 20, "--config", configuration)
    assert convert(*arguments, "--out", tmp_path / "tuned", *training, "--json", report) == 0
    found = json.loads(report.read_text())
    rows = found["rows"]
    assert [(r["state"], r["steps"]) for r in rows] == [
        ("source", 0),
        ("converted", 0),
        ("fine-tuned", 20),
    ]
    assert all(set(row["metrics"]["val"]) == FIGURES for row in rows)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:4] == ["model", "state", "val", "right"]
    assert "fine-tuned, 20 steps" in printed[3] and "KiB" in printed[3]

    adapter = TensorAdapter.load(found["model"], device="cpu")
    recorded = adapter.contract["training"]
    assert recorded["converted"]["file"].endswith("/flash_layernorm.pt")
    assert (recorded["steps"], recorded["warmup_steps"], recorded["seed"]) == (20, 2, 4)
    assert (recorded["init"], recorded["learning_rate"]) == (start_name(source), 1e-2)
    assert adapter.contract["metrics"] == rows[2]["metrics"]
    _, contract = load_checkpoint(tmp_path / "tuned/perceiver_rmsnorm.safetensors")
    assert contract == adapter.contract

    written = json.loads((tmp_path / "tuned/perceiver_rmsnorm_config.json").read_text())
    torch.manual_seed(4)
    first, _ = init_model(TrainConfig.from_dict(written), CLASSES, source)
    tokens = [
        read_tokens(e, FrontEnd(**FRONT_END), CLASSES)
        for e in find_recordings(folder)
        if e.split == "val"
    ]
    shape = ModelConfig.from_dict(contract["model"])
    again = evaluate(first.eval(), shape, tokens, CLASSES)
    assert {name: again[name] for name in FIGURES} == rows[1]["metrics"]["val"]


def test_splits_are_those_of_the_training(source, folder, configuration, tmp_path):
    """Where no recording is of val the trainer takes some groups; the conversion is measured on the
    same ones."""
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = (folder / "labels.csv").read_text()
    (tmp_path / "labels.csv").write_text(table.replace(",val,", ",train,"))
    report = tmp_path / "report.json"
    arguments = (source, "--attention", "gqa", "--out", tmp_path / "out", "--json", report)
    training = ("--recordings", tmp_path, "--fine-tune", 1, "--config", configuration)
    assert convert(*arguments, *training) == 0
    counts = [row["metrics"]["val"]["count"] for row in json.loads(report.read_text())["rows"]]
    assert counts == [2, 2, 2]


def test_options_reach_the_training(source, folder, configuration, tmp_path):
    convert(
        source,
        "--attention",
        "gqa",
        "--out",
        tmp_path,
        "--recordings",
        folder,
        "--fine-tune",
        1,
        "--config",
        configuration,
        "--learning-rate",
        3e-3,
        "--extra",
        folder,
    )
    written = json.loads((tmp_path / "gqa_layernorm_config.json").read_text())
    assert (written["learning_rate"], written["steps"]) == (3e-3, 1)
    _, contract = load_checkpoint(tmp_path / "gqa_layernorm.safetensors")
    assert contract["training"]["extra"] == [str(folder)]


@pytest.mark.parametrize(
    "have, options, message",
    [
        ({}, ["--attention", "flash"], "already has flash with layernorm"),
        (
            {},
            ["--attention", "gqa", "--n-kv-heads", "3"],
            "n_kv_heads must be a divisor of n_heads=4, got 3",
        ),
        (
            {"attention": "gqa"},
            ["--attention", "mla"],
            "convert: the source must be mha or flash, got 'gqa'",
        ),
        (
            {"norm": "rmsnorm"},
            ["--attention", "gqa", "--norm", "layernorm"],
            "convert: a model with rmsnorm cannot become one with layernorm",
        ),
        (
            {},
            ["--attention", "flash", "--norm", "dyt"],
            "convert: a model with layernorm cannot become one with dyt",
        ),
        (
            {"gate": True},
            ["--attention", "ssm"],
            "gate must be false, or the attention one of mha, flash, gqa, mla, hybrid, got True",
        ),
    ],
)
def test_refusals(tmp_path, capsys, have, options, message):
    model = write_source(tmp_path / "model.pt", **have)
    assert convert(model, "--out", tmp_path / "out", *options) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_refuses_to_write_over_a_model(source, tmp_path, capsys):
    arguments = (source, "--attention", "gqa", "--out", tmp_path)
    assert (convert(*arguments), convert(*arguments)) == (0, 1)
    there = tmp_path / "gqa_layernorm.safetensors"
    assert f"{there} exists: remove it or write to" in capsys.readouterr().err


def test_refuses_recordings_that_do_not_fit(source, folder, tmp_path, capsys):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = (folder / "labels.csv").read_text()
    gqa = (source, "--attention", "gqa", "--out", tmp_path / "out", "--recordings", tmp_path)
    (tmp_path / "labels.csv").write_text(table.replace("tone,train", "click,train"))
    assert convert(*gqa, "--fine-tune", 5) == 1
    error = capsys.readouterr().err
    assert "has the classes noise, tone, the recordings teach click, noise (other in" in error
    assert "train --init changes classes" in error
    (tmp_path / "labels.csv").write_text(table.replace("tone,train", "other,train"))
    assert convert(*gqa[:-1], folder, "--fine-tune", 5, "--extra", tmp_path) == 1
    assert "the recordings teach noise, tone, unknown" in capsys.readouterr().err
    (tmp_path / "labels.csv").write_text(table.replace("test", "").replace("val", ""))
    assert convert(*gqa) == 1
    assert "no recordings of split val or test and a class of" in capsys.readouterr().err
    assert convert(*gqa[:-1], folder, "--fine-tune", 0) == 1
    assert "training: steps must be >= 1, got 0" in capsys.readouterr().err


def test_training_starts_with_another_norm(source):
    """`train --init` converts the norm to that of the configuration."""
    _, contract = load_eager(source)
    model = {**contract["model"], "norm": "rmsnorm"}
    config = TrainConfig.from_dict({**TRAINING, "model": model, "front_end": FRONT_END})
    found, shape = init_model(config, CLASSES, source)
    assert shape.norm == "rmsnorm" and found.encoder.norm.weight.shape == (16,)
    with pytest.raises(
        ValueError,
        match="does not fit .*: fft_size 128, the model needs 8; hop 64, the model needs 8; n_bins",
    ):
        init_model(TrainConfig.from_dict({**TRAINING, "model": model}), CLASSES, source)


def test_models_shows_the_origin(source, tmp_path, capsys):
    convert(source, "--attention", "mha", "--norm", "rmsnorm", "--out", tmp_path)
    capsys.readouterr()
    assert main(["models", str(tmp_path / "mha_rmsnorm.pt")]) == 0
    assert "flash_layernorm.pt, flash with layernorm" in capsys.readouterr().out


def test_models_lists_figures_and_costs(capsys):
    assert main(["models"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    columns = ("family", "labels", "attention", "norm", "val right", "test right", "KV cache")
    assert all(name in head for name in columns)
    main(["models", "--json"])
    listed = json.loads(capsys.readouterr().out)
    for model, line in zip(listed, lines, strict=False):
        adapter = TensorAdapter.load(model["path"], model["attention"], model["norm"], device="cpu")
        in_a_line = model["kv_bytes"] - 4 + 64  # the level takes a cache line
        assert (in_a_line, model["window"]) == (adapter.max_kv_bytes, adapter.window)
        assert (model["input"], f" {model['input']}s " in line) == (adapter.input, True)
        for figures in (model["metrics"][split] for split in ("val", "test")):
            right = round(figures["right"] * figures["count"]) if "right" in figures else None
            assert f" {figures.get('correct', right)}/{figures['count']} " in line
        assert f" {model['window']} " in line

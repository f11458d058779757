# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains a tiny model for emissions on cut sets: its files, the command, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.attention import StreamingTransformer
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.evidence import KINDS
from gnuradio.rfattn.inference import AttentionModelAdapter, load_eager
from gnuradio.rfattn.inference.files import SCHEMA
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import read_folder, write_cuts
from gnuradio.rfattn_workshop.train import TrainConfig, loop
from gnuradio.rfattn_workshop.train.config import emission_config
from gnuradio.rfattn_workshop.train.emissions import read_cuts_for, train_emissions
from gnuradio.rfattn_workshop.train.init_weights import init_model, load_mean
from gnuradio.rfattn_workshop.train.run_file import ResumeError
from gnuradio.rfattn_workshop.train.start import start_name, start_names
from gnuradio.rfattn_workshop.train.write_model import write_weights

from cut_sets import N_BINS, cut_of, write_cut_folder
from training_folder import TINY, write_folder

SHAPE = {k: v for k, v in TINY["model"].items() if k not in ("block_size", "window")}
SETTINGS = {
    "model": {**SHAPE, "window": 32},
    "steps": 2,
    "validate_every": 2,
    "batch_size": 8,
    "sequence_tokens": 16,
    "device": "cpu",
}


def configured(**changes):
    defaults = emission_config().to_dict()
    model = {**defaults["model"], **SETTINGS["model"], **changes.pop("model", {})}
    return TrainConfig.from_dict({**defaults, **SETTINGS, **changes, "model": model})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_cut_folder(tmp_path_factory.mktemp("cuts") / "cuts")


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return train_emissions(configured(), folder, out), out


@pytest.fixture(scope="module")
def config_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(json.dumps(SETTINGS))
    return path


def test_the_report_has_figures_of_every_set(trained):
    report, out = trained
    assert {"val", "val_augmented", "test"} <= report.keys()
    assert report["test"]["recordings"]["count"] == report["test"]["emissions"]["count"] == 2
    assert report["val_augmented"]["emissions"]["other"] > 0
    assert report["cuts"]["dmr"] == {
        "made train": 40,
        "recorded train": 1,
        "direct train": 1,
        "direct val": 1,
        "direct test": 1,
    }
    assert json.loads((out / "flash_layernorm_metrics.json").read_text()) == json.loads(
        json.dumps(report)
    )


def test_the_contract_is_that_of_an_emission(trained):
    report, out = trained
    model = AttentionModelAdapter.load(out, "flash", "layernorm", device="cpu")
    contract = model.contract
    assert contract["input"] == "emission" and model.features == list(FEATURES)
    assert contract["front_end"] == CHANNEL_FRONT_END.to_dict()
    assert model.classes == ["dmr", "tpms", UNKNOWN] and model.block_size == 8
    assert contract["families"] == {name: known_of("family")[name] for name in ("dmr", "tpms")}
    assert contract["decision"] == report["decision"]
    assert contract["decision"]["threshold"] == 0.5
    assert set(contract["decision"]["weights"]) == {"model", "unknown", *KINDS}
    assert contract["model"]["n_features"] == len(FEATURES)


def test_models_prints_the_thresholds(trained, capsys):
    assert main(["models", str(trained[1])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"classes:", "  digital voice: dmr", "probability that names a class: 0.50"} <= {*lines}


def test_streaming_equals_the_offline_pass(trained, folder):
    model = AttentionModelAdapter.load(trained[1], "flash", "layernorm", device="cpu")
    eager, _ = load_eager(str(trained[1]))
    tokens = np.concatenate([cut.tokens for cut in read_folder(folder)[0][:4]]).astype(np.float32)
    with torch.inference_mode():
        offline = eager.offline(torch.from_numpy(tokens[None]))[0].numpy()
    steps = [model.step(tokens[None, k : k + 8])[0] for k in range(0, len(tokens), 8)]
    np.testing.assert_allclose(steps, offline, atol=1e-4)  # 96 tokens wrap the window thrice


def test_signal_labeller_takes_the_model(trained):
    pytest.importorskip("gnuradio.gr", reason="GNU Radio is not installed")
    from gnuradio import rfattn

    labeller = rfattn.signal_labeller(1e6, model=str(trained[1]))
    assert labeller.transformer.classes == ["dmr", "tpms", UNKNOWN]


def test_training_continues_from_a_trained_model(trained, folder, tmp_path):
    report = train_emissions(configured(), folder, tmp_path, init=str(trained[1]))
    assert report["classes"] == trained[0]["classes"] and report["init"] == start_name(
        str(trained[1])
    )


def test_training_starts_from_the_mean_of_several_models(trained, tmp_path):
    names = [str(trained[1]), str(tmp_path / "other")]
    model, contract = load_eager(names[0])
    weights = {k: v + 0.5 if v.is_floating_point() else v for k, v in model.state_dict().items()}
    model.load_state_dict(weights)
    (tmp_path / "other").mkdir()
    write_weights(tmp_path / "other" / "flash_layernorm", model, contract)
    mean, _ = load_mean(names)
    for key, value in load_eager(names[0])[0].state_dict().items():
        moved = value + 0.25 if value.is_floating_point() else value
        torch.testing.assert_close(mean.state_dict()[key], moved)
    short = ["/".join(Path(name).parts[-2:]) for name in names]
    assert start_name(names) == " + ".join(short) and start_names(start_name(names)) == short
    assert start_name("emissions") == "emissions"
    assert start_names(start_name("")) == []
    strange = {**contract, "classes": [*contract["classes"][:-1], "ais"]}
    write_weights(tmp_path / "other" / "flash_layernorm", model, strange)
    with pytest.raises(ValueError, match="training: the mean of .* and .*other: another classes"):
        load_mean(names)


def test_cuts_shorter_than_a_step_are_left_out(tmp_path):
    folder = write_cut_folder(tmp_path / "cuts")
    write_cuts(folder / "z.npz", [cut_of("dmr", "short", count=4)], CHANNEL_FRONT_END)
    groups = {cut.group for cut in read_cuts_for(configured(), folder)}
    assert "dmr 1" in groups and "short" not in groups


def test_a_run_is_not_written_over(trained, folder):
    with pytest.raises(ResumeError, match="holds a trained model"):
        train_emissions(configured(), folder, trained[1])
    with pytest.raises(ResumeError, match="no run to resume: it is finished"):
        train_emissions(configured(), folder, trained[1], resume=True)


def test_an_interrupted_run_ends_with_the_same_weights(folder, tmp_path, monkeypatch):
    config, validate, calls = configured(steps=4), loop.validate, []

    def interrupt_the_second(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return validate(*arguments)

    train_emissions(config, folder, tmp_path / "whole")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "validate", interrupt_the_second)
        train_emissions(config, folder, tmp_path / "parts")
    assert (tmp_path / "parts" / "flash_layernorm_run.safetensors").exists()
    train_emissions(config, folder, tmp_path / "parts", resume=True)
    for out in ("parts", "whole"):
        assert not (tmp_path / out / "flash_layernorm_run.safetensors").exists()
    name = "flash_layernorm.safetensors"
    assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_run_that_diverges_ends(folder, tmp_path):
    with pytest.raises(
        ValueError, match=r"the loss is nan at step \d: lower learning_rate, which is 1e\+30"
    ):
        train_emissions(configured(steps=4, learning_rate=1e30), folder, tmp_path)


def test_another_front_end_is_refused(folder, tmp_path):
    config = configured(front_end=CHANNEL_FRONT_END.replace(hop=16).to_dict())
    with pytest.raises(ValueError, match="have hop 32, the configuration needs 16"):
        train_emissions(config, folder, tmp_path)


def test_a_start_without_the_new_features(folder, tmp_path):
    """It answers as before, whatever they are, also with more units for them."""
    shape = configured().model.replace(n_classes=2, n_bins=N_BINS, n_features=2, feature_units=32)
    torch.manual_seed(1)
    first = StreamingTransformer(shape)
    contract = {
        "schema": SCHEMA,
        "kind": "stream",
        "input": "emission",
        "front_end": CHANNEL_FRONT_END.to_dict(),
        "features": ["duty", "width"],
        "model": shape.to_dict(),
        "classes": ["a", "unknown"],
        "dtype": "float32",
    }
    write_weights(tmp_path / "first", first, contract)
    start = str(tmp_path / "first.pt")
    model, target = init_model(configured(), ("a", "unknown"), start, FEATURES)
    assert target.n_features == len(FEATURES) and target.feature_units == 128 > shape.feature_units
    tokens = torch.randn(1, 2 * shape.block_size, N_BINS + len(FEATURES))
    old = [*range(N_BINS), *(N_BINS + FEATURES.index(name) for name in ("duty", "width"))]
    torch.testing.assert_close(model.offline(tokens), first.offline(tokens[..., old]))
    with pytest.raises(ValueError, match="first.pt takes the feature width, which the data lack"):
        init_model(configured(), ("a", "unknown"), start, ["duty"])


def test_labels_that_are_no_classes_are_named(tmp_path, config_file, capsys):
    folder = write_cut_folder(tmp_path / "cuts")
    mine = [cut_of("other", f"{n} {k}", stated=n) for n in ("gate", "bell") for k in range(2)]
    write_cuts(folder / "recordings_0001.npz", mine, CHANNEL_FRONT_END)
    line = (
        "bell, gate: no classes of the model; they become 'other', which it learns to call unknown"
    )
    words = ("--config", str(config_file))
    assert main(["train", str(folder), "--out", str(tmp_path / "out"), *words]) == 0
    assert capsys.readouterr().err.splitlines().count(line) == 1
    for path in folder.iterdir():
        if path.name != "recordings_0001.npz":
            path.unlink()
    assert main(["train", str(folder), "--out", str(tmp_path / "none"), *words]) == 1
    error = "training: the cut sets hold no made-up cuts of a class: cut --rounds 1"
    assert capsys.readouterr().err.splitlines()[-2:] == [line, f"gr-rfattn: {error}"]


def test_the_command_trains_on_cut_sets(folder, tmp_path, config_file, capsys):
    figures = tmp_path / "figures.json"
    arguments = ["--out", str(tmp_path / "out"), "--config", str(config_file)]
    assert main(["train", str(folder), *arguments, "--json", str(figures)]) == 0
    lines = capsys.readouterr().out.splitlines()
    starts = [line.partition(":")[0] for line in lines]
    assert starts == [
        "val_augmented, emissions",
        "val, recordings",
        "val, emissions",
        "test, recordings",
        "test, emissions",
        f"written to {tmp_path / 'out'}; try",
    ]
    for text in ("of 2 of a class ", "% right, ", "% unknown (", "% wrong"):
        assert text in lines[3]
    assert "of no class" in lines[0] and "gr-rfattn label --model" in lines[-1]
    config = json.loads(figures.read_text())["config"]
    # What neither the file nor an option states has the default for emissions.
    assert config["model"]["block_size"] == 8 and config["unknown_share"] == 0.2
    assert config["model"]["d_model"] == 16 and config["steps"] == 2


def test_the_help_names_the_defaults_that_differ(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    stated = text.partition("For cut sets these defaults differ: ")[2].split(" --model-kv-rank")[0]
    assert "--model-block-size 8" in stated and "--batch-size 64" in stated
    assert "n-features" not in stated


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (["--extra", "MORE"], "--extra takes recordings, and "),
        (["--front-end-n-bins", "32"], "the configuration needs 32"),
        (["--model-windw", "8"], "--model-windw"),
    ],
)
def test_the_command_refuses(folder, tmp_path, capsys, extra, text):
    try:
        status = main(["train", str(folder), "--out", str(tmp_path / "out"), *extra])
    except SystemExit as error:
        status = error.code
    assert status in (1, 2)
    assert text in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_folder_of_both_kinds_is_refused(tmp_path, capsys):
    folder = write_cut_folder(write_folder(tmp_path / "both"))
    assert main(["train", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "both cut sets (*.npz) and labels.csv are in it" in capsys.readouterr().err


def test_the_card_is_one_of_a_folder(trained, capsys):
    report, out = trained
    assert main(["card", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"# {out.name}" and "## Most frequent mistakes" in lines
    (row,) = (line for line in lines if line.startswith("| `dmr` | digital voice |"))
    # 40 made-up cuts, and 4 of recordings.
    assert row.startswith("| `dmr` | digital voice | recordings | 40 | 4 | ")
    assert f"| `model` | {report['decision']['weights']['model']:.2f} |" in lines
    assert "| a class needs | 0.50 |" in lines
    assert main(["card", str(out / "flash_layernorm_metrics.json")]) == 1
    message = f"a model of emissions has no card of its own: gr-rfattn card {out}"
    assert message in capsys.readouterr().err

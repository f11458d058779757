# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on a synthetic folder of tones and noise, from targets and variants to files."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.inference import AttentionModelAdapter, load_checkpoint, load_eager
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.sigmf import Annotation, SigMFError
from gnuradio.rfattn_station.learning.stream_logits import stream_logits
from gnuradio.rfattn_station.learning.variants import Baseband, augment, crop, resample
from gnuradio.rfattn_workshop.train import Augmentation, TrainConfig, read_tokens, train
from gnuradio.rfattn_workshop.train.data import (
    IGNORE,
    Sampler,
    Tokens,
    block_targets,
    cut_sequence,
    token_targets,
)
from gnuradio.rfattn_workshop.train.evaluate import summarise
from gnuradio.rfattn_workshop.train.init_weights import init_model
from gnuradio.rfattn_workshop.train.loop import WideScores, sequence_loss
from gnuradio.rfattn_workshop.train.metrics import auroc, balanced_accuracy, confusion
from gnuradio.rfattn_workshop.train.read_data import read_training_folder

from training_folder import TINY, write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return train(TrainConfig.from_dict(TINY), folder, out), out


def test_products_may_be_bfloat16_and_what_is_written_is_float32(folder, trained, tmp_path):
    settings = {**TINY, "dtype": "bfloat16"}
    report = train(TrainConfig.from_dict(settings), folder, tmp_path)
    losses = [[one["loss"] for one in made["evaluations"]] for made in (report, trained[0])]
    assert losses[0] != losses[1] and losses[0] == pytest.approx(losses[1], rel=0.1)
    model = load_eager(tmp_path / "flash_layernorm.safetensors")[0]
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    with pytest.raises(ValueError, match="dtype must be one of float32, bfloat16, got 'half'"):
        TrainConfig.from_dict({**TINY, "dtype": "half"})


def test_scores_are_float32_among_products_of_bfloat16():
    q, k, v = torch.randn(3, 1, 2, 5, 8, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        wide = WideScores()(q, k, v, None, 0.3)
        assert WideScores()(q.bfloat16(), k, v, None, 0.3).dtype == torch.bfloat16
    assert torch.equal(wide, WideScores()(q, k, v, None, 0.3))


@pytest.mark.parametrize("hop, averaging", [(16, 1), (8, 1), (40, 1), (16, 3)])
def test_a_token_has_the_class_of_an_annotation_it_overlaps(hop, averaging):
    front_end = FrontEnd(fft_size=16, hop=hop, n_bins=16, averaging=averaging)
    annotations = [Annotation(100, 57, "b"), Annotation(300, 1, "a"), Annotation(400, 50, "x")]
    count = front_end.token_count(1000)
    found = token_targets(annotations, count, front_end, ("a", "b"))
    for k, target in enumerate(found):
        first = k * front_end.samples_per_token
        seen = range(first, first + front_end.token_samples)
        expected = 1 if seen[0] < 157 and seen[-1] >= 100 else 0 if 300 in seen else IGNORE
        # With overlapping views both annotations can lie in one token; the later one then stands.
        expected = 0 if 300 in seen else expected
        assert target == expected, k


def test_a_block_has_the_class_most_of_its_tokens_have():
    targets = np.full(19, IGNORE)
    targets[3], targets[9:11], targets[11] = 1, 0, 2
    np.testing.assert_array_equal(block_targets(targets, 4), [1, IGNORE, 0, IGNORE])
    np.testing.assert_array_equal(block_targets(np.full(8, IGNORE), 4), [IGNORE, IGNORE])


def test_padding_is_ignored():
    tokens = Tokens("f", "a", "g", np.ones((10, 3), np.float32), np.zeros(10, np.int64))
    spectra, targets = cut_sequence(tokens, 3, 16, 4)
    assert spectra.sum() == 7 * 3 and (spectra[7:] == 0).all()
    np.testing.assert_array_equal(targets, [0, IGNORE, IGNORE, IGNORE])


def test_every_class_and_group_gets_its_turn():
    def one(label, group, value):
        target = np.full(40, IGNORE)
        target[20:24] = 0
        return [Tokens("f", label, group, np.full((40, 1), value, np.float32), target)]

    pool = [one("a", "g", 1.0)] * 6 + [one("a", "h", 2.0), one("b", "i", 3.0)]
    spectra, targets = Sampler(pool, 8, 4, 0.0, seed=1).batch(2000)
    shares = [(spectra[:, 0, 0] == v).mean() for v in (1.0, 2.0, 3.0)]
    # 2000 draws: 0.05 is more than four standard deviations.
    np.testing.assert_allclose(shares, [0.25, 0.25, 0.5], atol=0.05)
    assert (targets == 0).any(axis=1).mean() > 0.7  # the rest has its token in a cut block


def test_resampling_moves_a_tone_and_keeps_its_level():
    n = 8192
    tone = np.exp(2j * np.pi * 0.1 * np.arange(n))
    for ratio in (0.7, 1.0, 1.4):
        samples, exact = resample(tone, ratio, 0.125, 0.0, np.random.default_rng(1))
        assert exact == pytest.approx(ratio, abs=1 / 16) and len(samples) == round(n * exact)
        spectrum = np.abs(np.fft.fft(samples)) / len(samples)
        frequency = np.fft.fftfreq(len(samples))[spectrum.argmax()]
        assert frequency == pytest.approx(0.1 / exact + 0.125, abs=2 / n)
        assert np.mean(np.abs(samples) ** 2) == pytest.approx(1.0, abs=0.05)


def test_new_band_is_filled_with_noise_like_the_edge():
    rng = np.random.default_rng(2)
    noise = rng.standard_normal(65536) + 1j * rng.standard_normal(65536)
    samples, _ = resample(noise, 1.4, 0.0, 0.0, rng)
    tokens = FrontEnd(averaging=1000, scale="linear").tokens(samples)
    # White stays white: 1000 averages are good to 3 %, the edge's median to some more.
    np.testing.assert_allclose(tokens / tokens.mean(), 1.0, atol=0.2)


def test_augmented_annotations_stay_on_their_signal():
    rng = np.random.default_rng(3)
    samples = 1e-4 * (rng.standard_normal(40960) + 1j * rng.standard_normal(40960))
    samples[20000:24000] += 1.0
    settings = Augmentation(snr_min_db=50.0, spike_db=-60.0, max_tokens=160)
    for _ in range(8):
        part = crop(
            Baseband(samples.astype(np.complex64), (Annotation(20000, 4000, "a"),)), 10240, rng
        )
        varied = augment(part, settings, rng)
        (annotation,) = varied.annotations
        power = np.abs(varied.samples) ** 2
        loud = np.flatnonzero(power > 0.25)
        # A long transform rings by a few samples at the ends.
        assert abs(loud[0] - annotation.start) < 20 and abs(loud[-1] - annotation.end) < 20


def test_loss_counts_sequences_alike_and_skips_the_unclaimed():
    logits = torch.zeros(2, 3, 4)
    logits[0, 0, 1] = 5.0
    targets = torch.tensor([[1, IGNORE, IGNORE], [2, 2, 2]])
    each = torch.nn.functional.cross_entropy(logits[0, :1], targets[0, :1])
    expected = (each + np.log(4)) / 2
    assert sequence_loss(logits, targets, 0.0).item() == pytest.approx(expected.item(), abs=1e-6)


def test_figures():
    labels, predicted = ["a", "a", "a", "b"], ["a", "b", "a", "b"]
    assert balanced_accuracy(labels, predicted) == pytest.approx((2 / 3 + 1) / 2)
    assert confusion(labels, predicted) == {"a": {"a": 2, "b": 1}, "b": {"b": 1}}
    assert auroc([2, 3], [1, 2]) == 0.875 and auroc([], [1]) is None
    assert balanced_accuracy([], []) is None
    assert "ood_auroc" not in summarise([], ("a",))


def test_learns_and_reports(trained):
    report, _ = trained
    assert report["classes"] == ("noise", "tone")
    assert report["test"]["balanced_accuracy"] == 1.0 and report["test"]["correct"] == 2
    assert report["test"]["confusion"] == {"noise": {"noise": 1}, "tone": {"tone": 1}}
    assert set(report["test"]["per_class"]["tone"]) == {
        "recordings",
        "recall",
        "windows",
        "window_recall",
    }
    (tone,) = [r for r in report["test"]["recordings"] if r["label"] == "tone"]
    assert tone["file"] == "tone_test.sigmf-data" and tone["windows"] == 13
    assert 0.5 < tone["confidence"] <= 1.0
    assert [r["label"] for r in report["unknown"]["recordings"]] == ["other"]
    assert 0.0 <= report["unknown"]["ood_auroc"] <= 1.0


def test_files_hold_the_model_and_reproduce_the_run(trained, folder, tmp_path):
    report, out = trained
    assert sorted(p.name for p in out.iterdir()) == [
        "flash_layernorm.json",
        "flash_layernorm.pt",
        "flash_layernorm.safetensors",
        "flash_layernorm_card.md",
        "flash_layernorm_config.json",
        "flash_layernorm_confusion_test.png",
        "flash_layernorm_confusion_val.png",
        "flash_layernorm_learning.png",
        "flash_layernorm_metrics.json",
    ]
    written = json.loads((out / "flash_layernorm_metrics.json").read_text())
    assert written["test"]["correct"] == 2
    read_training_folder.cache_clear()
    config = json.loads((out / "flash_layernorm_config.json").read_text())
    again = train(TrainConfig.from_dict(config), folder, tmp_path)
    assert again["evaluations"] == report["evaluations"]
    name = "flash_layernorm.safetensors"
    assert (out / name).read_bytes() == (tmp_path / name).read_bytes()


def test_extra_folders_join_training_alone(folder, tmp_path):
    config = TrainConfig.from_dict({**TINY, "steps": 4, "extra_share": 0.5})
    read_training_folder.cache_clear()
    plain = train(config, folder, tmp_path / "plain")
    mixed = train(config, folder, tmp_path / "mixed", extra=[folder])
    assert mixed["classes"] == plain["classes"]
    assert [r["file"] for r in mixed["val"]["recordings"]] == [
        r["file"] for r in plain["val"]["recordings"]
    ]
    assert mixed["evaluations"][0]["loss"] != plain["evaluations"][0]["loss"]


def test_parts_of_a_configuration_keep_the_other_defaults():
    config = TrainConfig.from_dict({"model": {"attention": "gqa"}})
    assert config.model == TrainConfig().model.replace(attention="gqa")


def test_checkpoint_and_scripted_file_give_the_same_stream(trained, folder):
    _, out = trained
    model, contract = load_checkpoint(out / "flash_layernorm.safetensors")
    config = ModelConfig.from_dict(contract["model"])
    adapter = AttentionModelAdapter.load(out / "flash_layernorm.pt", device="cpu")
    assert adapter.classes == ["noise", "tone"]
    front_end = FrontEnd(**contract["front_end"])
    entries = find_recordings(folder)
    tokens = [read_tokens(e, front_end, adapter.classes) for e in entries[:2]]
    together = stream_logits(model, config, [t.spectra for t in tokens])
    for t, logits in zip(tokens, together, strict=True):
        adapter.reset(0)
        steps = t.spectra[: len(t) // 4 * 4].reshape(-1, 1, 4, 16)
        alone = np.concatenate([adapter.step(step) for step in steps])
        np.testing.assert_allclose(logits, alone, atol=1e-5)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"steps": 0}, "training: steps must be >= 1, got 0"),
        ({"batch_size": 0}, "training: batch_size must be >= 1, got 0"),
        (
            {"sequence_tokens": 18},
            "training: sequence_tokens must be a positive multiple of block_size=4",
        ),
        ({"ema_decay": 1.0}, "training: ema_decay must be from 0 to below 1, got 1.0"),
        ({"extra_share": -0.1}, "training: extra_share must be from 0 to 1, got -0.1"),
        ({"plain": 1.5}, "training: plain must be from 0 to 1, got 1.5"),
        ({"learning_rate": 0.0}, "training: learning_rate must be > 0, got 0.0"),
        ({"epochs": 3}, "training: unknown parameter epochs"),
        ({"augmentation": {"blur": 1}}, "augmentation: unknown parameter blur"),
        ({"front_end": {"hop": 0}}, "front_end: hop must be >= 1, got 0"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig.from_dict({**TINY, **change})


def test_refuses_folders_it_cannot_train_on(folder, tmp_path):
    with pytest.raises(SigMFError, match="no such folder"):
        train(TrainConfig.from_dict(TINY), tmp_path / "none", tmp_path)
    table = (folder / "labels.csv").read_text()
    for name in folder.iterdir():
        if name.name != "labels.csv":
            (tmp_path / name.name).write_bytes(name.read_bytes())
    (tmp_path / "labels.csv").write_text(table.replace(",val,", ",test,"))
    with pytest.raises(SigMFError, match="no recordings of split 'val'"):
        train(TrainConfig.from_dict(TINY), tmp_path, tmp_path)
    (tmp_path / "labels.csv").write_text(table.replace("tone,val", "click,val"))
    with pytest.raises(ValueError, match="split val has classes train lacks: click"):
        train(TrainConfig.from_dict(TINY), tmp_path, tmp_path)


def test_starts_from_a_model_with_its_weights(trained, folder):
    _, out = trained
    torch.manual_seed(3)
    model, shape = init_model(TrainConfig.from_dict(TINY), ("noise", "tone"), str(out))
    source, contract = load_eager(out)
    assert shape == ModelConfig.from_dict(contract["model"])
    weights = source.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_a_new_class_joins_the_old_ones(trained):
    _, out = trained
    model, shape = init_model(TrainConfig.from_dict(TINY), ("chirp", "tone", "noise"), str(out))
    source, _ = load_eager(out)
    assert shape.n_classes == 3
    assert torch.equal(model.head.weight[[2, 1]], source.head.weight)
    assert torch.equal(model.embed.project.weight, source.embed.project.weight)


@pytest.mark.parametrize("attention", ["gqa", "ssm"])
def test_flash_becomes_the_attention_that_is_asked_for(trained, folder, tmp_path, attention):
    _, out = trained
    config = {**TINY, "model": {**TINY["model"], "attention": attention}, "steps": 20}
    report = train(TrainConfig.from_dict(config), folder, tmp_path, init=str(out))
    assert report["val"]["count"] == 2
    assert AttentionModelAdapter.load(tmp_path, attention=attention).attention == attention


def test_a_state_space_learns_as_the_others_do(folder, tmp_path):
    """From random weights: all of its parts have gradients, which move them."""
    config = TrainConfig.from_dict({**TINY, "model": {**TINY["model"], "attention": "ssm"}})
    report = train(config, folder, tmp_path)
    assert report["val"]["window_balanced_accuracy"] > 0.8
    layer = load_eager(tmp_path / "ssm_layernorm.pt")[0].encoder.layers[0].attention
    assert layer.log_decay.abs().min() > 0 and (layer.skip - 1).abs().min() > 0


@pytest.mark.parametrize(
    "part, change, message",
    [
        (
            "front_end",
            {"hop": 8},
            "training: the front end does not fit .*: hop 8, the model needs 16$",
        ),
    ],
)
def test_refuses_a_start_that_does_not_fit(trained, part, change, message):
    _, out = trained
    config = TrainConfig.from_dict({**TINY, part: {**TINY[part], **change}})
    with pytest.raises(ValueError, match=message):
        init_model(config, ("noise", "tone"), str(out))

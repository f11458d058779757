# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extra folders teach the class `unknown`, and classes that the training folder lacks."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.inference import load_checkpoint
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn_station.learning.stream_logits import stream_logits
from gnuradio.rfattn_workshop.train import Augmentation, Tokens, TrainConfig, train
from gnuradio.rfattn_workshop.train.augment import vary
from gnuradio.rfattn_workshop.train.calibrate import calibrate
from gnuradio.rfattn_workshop.train.evaluate import judge, summarise

from training_folder import TINY, read_table, write_folder, write_table

MODEL = "flash_layernorm.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def extra(tmp_path_factory):
    """Two groups of tone and noise, and the chirp to learn from."""
    folder = write_folder(tmp_path_factory.mktemp("extra"), groups=2, splits=("train",))
    write_table(folder, [{**row, "split": "train"} for row in read_table(folder)])
    return folder


@pytest.fixture(scope="module")
def trained(folder, extra, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    config = TrainConfig.from_dict({**TINY, "steps": 80, "unknown_share": 0.4})
    return train(config, folder, out, [extra]), out


def test_recordings_of_other_teach_the_class_unknown(trained):
    report, out = trained
    assert report["classes"] == ("noise", "tone", UNKNOWN)
    assert report["val"]["count"] == 2  # `unknown` is no class to be right about
    assert report["unknown"]["ood_auroc"] == 1.0
    figures = report["unknown"]
    assert figures["refused_ood"] > 0.3 and figures["refused_known"] < 0.1
    assert load_checkpoint(out / MODEL)[1]["classes"] == ["noise", "tone", UNKNOWN]


def test_a_new_class_joins_those_that_extra_recordings_keep(trained, extra, tmp_path):
    """The training folder has five recordings of a new class; the old model gives the rest."""
    _, out = trained
    mine = write_folder(tmp_path / "mine", groups=5, splits=("train",))
    rows = [row for row in read_table(mine) if row["label"] == "tone"]
    for path in mine.glob("tone*.sigmf-meta"):
        path.write_text(path.read_text().replace('"tone"', '"beacon"'))
    write_table(mine, [{**row, "label": "beacon"} for row in rows])
    config = TrainConfig.from_dict({**TINY, "steps": 4, "validate_every": 2})
    report = train(config, mine, tmp_path / "out", [extra], init=str(out))
    assert report["classes"] == ("beacon", "noise", "tone", UNKNOWN)
    # A fifth of the five, and one of the two that the extra folder has of each.
    labels = sorted(row["label"] for row in report["val"]["recordings"])
    assert labels == ["beacon", "noise", "tone"]


def test_without_recordings_a_class_is_gone_and_one_alone_is_refused(trained, tmp_path):
    _, out = trained
    mine = write_folder(tmp_path / "mine", groups=2, splits=("train",))
    write_table(mine, [row for row in read_table(mine) if row["label"] == "tone"])
    with pytest.raises(ValueError, match="must have at least two classes, got tone"):
        train(TrainConfig.from_dict(TINY), mine, tmp_path / "out", init=str(out))


def test_calibration_calls_as_many_steps_unknown_as_asked():
    shape = ModelConfig(
        n_bins=8, n_classes=3, block_size=4, window=8, d_model=16, n_heads=2, n_layers=1
    )
    torch.manual_seed(1)
    model = StreamingTransformer(shape).eval()
    rng = np.random.default_rng(1)
    spectra = rng.normal(-60, 10, (400, 8)).astype(np.float32)
    tokens = Tokens("f", "a", "g", spectra, rng.integers(0, 2, 400))
    calibrate(model, shape, [tokens], ("a", "b", UNKNOWN), 0.1)
    (logits,) = stream_logits(model, shape, [spectra])
    assert (logits.argmax(axis=1) == 2).mean() == pytest.approx(0.1, abs=0.02)  # 100 steps
    # Targets that say nothing of the spectra: the likeliest temperature makes the classes alike.
    known = np.abs(logits[:, 0] - logits[:, 1])
    assert known.mean() < 1.0


def test_confidence_is_that_of_the_known():
    tokens = Tokens("f", OTHER, "g", np.zeros((4, 2)), np.full(4, -100))
    logits = np.log(np.array([[0.2, 0.1, 0.7]]))
    row = judge(tokens, logits, ("a", "b", UNKNOWN), 4)
    assert row["predicted"] == UNKNOWN and row["confidence"] == pytest.approx(0.2)
    known = {**row, "label": "a", "predicted": "a", "window_predictions": {"a": 3, UNKNOWN: 1}}
    figures = summarise([row, known], ("a", "b", UNKNOWN))
    assert figures["refused_known"] == 0.25 and figures["refused_ood"] == 1.0
    assert figures["count"] == 1


def test_varied_sequences_have_the_noise_of_the_settings():
    """Noise as strong as the strongest bin adds its power to every bin."""
    settings = Augmentation(noisy=1.0, noise_max_db=0.0, tilted=0.0)
    spectra = np.full((4000, 8), -40.0, np.float32)
    spectra[:, 3] = -20.0
    noisy = vary(settings, spectra, np.random.default_rng(1))
    assert noisy.dtype == np.float32 and noisy.shape == spectra.shape
    power = 10 ** (noisy / 10)
    # 4000 tokens: the mean is good to a few percent.
    expected = 10 ** (spectra[0] / 10) + 0.01
    np.testing.assert_allclose(power.mean(axis=0), expected, rtol=0.1)
    same = vary(Augmentation(noisy=0.0, tilted=0.0), spectra, np.random.default_rng(1))
    np.testing.assert_array_equal(same, spectra)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training folders without a table or splits, folders that are refused, and provenance."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.recordings.labelled_folder import read_folder, split_folder
from gnuradio.rfattn.recordings.sigmf import SigMFError
from gnuradio.rfattn_workshop.train import TrainConfig, train
from gnuradio.rfattn_workshop.train.check_folder import check_folder, check_recordings
from gnuradio.rfattn_workshop.train.data import read_tokens
from gnuradio.rfattn_workshop.train.provenance import NOT_STATED, provenance
from gnuradio.rfattn_workshop.train.read_data import read_training_folder

from training_folder import TINY, rewrite, write_folder, write_recording

CONFIG = TrainConfig.from_dict({**TINY, "steps": 10})


def check(folder):
    entries, _ = split_folder(folder, 0.2, seed=1)
    check_folder(folder, entries, (), CONFIG.front_end, CONFIG.model.block_size)


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "recordings", groups=3)


def test_annotations_alone_will_do(folder, tmp_path):
    (folder / "labels.csv").unlink()
    read_training_folder.cache_clear()
    report = train(CONFIG, folder, tmp_path / "out")
    assert report["classes"] == ("noise", "tone") and "test" not in report
    # 9 recordings of each class, each its own group: a fifth of them is 2.
    assert report["data"]["recordings"] == {
        "ood": {"other": 1},
        "train": {"noise": 7, "tone": 7},
        "val": {"noise": 2, "tone": 2},
    }
    assert len(report["val_taken"]) == 4 and report["unknown"]["ood_auroc"] is not None
    card = (tmp_path / "out" / "flash_layernorm_card.md").read_text()
    assert "groups were drawn from `train` for it" in card
    assert "There is no test recording" in card


@pytest.mark.parametrize(
    "columns, message",
    [
        (
            {"label": lambda r: "" if "tone" in r["file"] else r["label"]},
            "9 recordings have no label: tone",
        ),
        (
            {"split": lambda r: "" if "val" in r["file"] else r["split"]},
            "6 recordings have a split that is not one of train, val, test, ood: tone_val",
        ),
        ({"split": "", "group": "same"}, "no recordings of split 'val', and none can be taken"),
        ({"label": "tone"}, "split 'train' must have at least two classes, got tone"),
        (
            {"label": lambda r: "other" if r["split"] == "val" else r["label"]},
            "no recordings of a class in split 'val'",
        ),
        (
            {"label": lambda r: "chirp" if "tone_train" in r["file"] else r["label"]},
            "3 recordings have no annotation with their label as core:label: tone_train",
        ),
    ],
)
def test_refuses(folder, columns, message):
    rewrite(folder, **columns)
    with pytest.raises(SigMFError, match=message):
        check(folder)


def test_raw_samples_have_the_label_of_the_table(folder, tmp_path):
    """All of their tokens; a WAV file's, too."""
    for meta in folder.glob("*.sigmf-meta"):
        meta.unlink()
        meta.with_suffix(".sigmf-data").rename(meta.with_suffix(".cs16"))
    rewrite(folder, file=lambda row: row["file"].replace("sigmf-data", "cs16"))
    check(folder)
    entry = next(e for e in read_folder(folder) if e.label == "tone")
    tokens = read_tokens(entry, CONFIG.front_end, ("noise", "tone"))
    assert len(tokens) == 100 and set(tokens.targets) == {1}
    read_training_folder.cache_clear()
    report = train(CONFIG, folder, tmp_path / "out")
    assert report["classes"] == ("noise", "tone") and report["test"]["count"] == 6
    assert report["data"]["recordings"]["train"] == {"noise": 3, "tone": 3}


def test_refuses_recordings_shorter_than_a_step(folder):
    samples = np.zeros(60, complex)  # a step is 64 samples
    write_recording(folder, "tone_train1", "tone", samples, 0, 60)
    with pytest.raises(
        SigMFError, match="1 recordings are shorter than one step of 4 tokens: tone_"
    ):
        check(folder)
    entries = [e for e in read_folder(folder) if e.split == "train"]
    with pytest.raises(SigMFError, match="shorter than one step"):
        check_recordings(folder, entries, CONFIG.front_end, CONFIG.model.block_size)


def test_provenance(folder):
    rewrite(
        folder,
        source_repo=lambda row: "" if "noise" in row["file"] else row["source_repo"],
        license=lambda row: "" if "noise" in row["file"] else row["license"],
        group=lambda row: "day" if "tone" in row["file"] else row["file"],
    )
    meta = folder / "noise_test.sigmf-meta"
    changed = json.loads(meta.read_text())
    changed["global"] |= {"core:license": "CC0", "core:sample_rate": 48e3}
    meta.write_text(json.dumps(changed))
    found = provenance(folder, read_folder(folder))
    assert found["folder"] == "recordings" and found["shared_groups"] == ["day"]
    assert found["recordings"]["test"] == {"noise": 3, "tone": 3}
    assert found["groups"]["test"] == {"noise": 3, "tone": 1}
    assert found["rates"]["test"] == {"noise": [None, 48e3], "tone": [None]}
    assert found["sources"] == [
        {
            "source": "nobody/tones",
            "licence": "MIT",
            "recordings": {"ood": 1, "test": 3, "train": 3, "val": 3},
        },
        {"source": NOT_STATED, "licence": "CC0", "recordings": {"test": 1}},
        {
            "source": NOT_STATED,
            "licence": NOT_STATED,
            "recordings": {"test": 2, "train": 3, "val": 3},
        },
    ]

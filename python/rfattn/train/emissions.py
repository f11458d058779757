# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains a model for emissions on a folder of cut sets."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .._version import __version__
from ..attention import ModelConfig, StreamingTransformer
from ..emissions.families import FAMILY_OF
from ..files import replace_file
from ..inference.files import SCHEMA
from ..recordings.emission_features import FEATURES
from ..recordings.front_end import FrontEnd
from . import distributed
from .config import TrainConfig
from .cut_set import Cut, read_folder
from .data import UNKNOWN
from .emission_data import FeatureNoise, emission_data
from .emission_report import judge_emissions, mean_probabilities
from .init_weights import init_model
from .loop import optimise
from .read_data import TrainingData
from .repeatable import repeatable
from .run_file import RunFile
from .thresholds import choose_thresholds
from .write_model import write_weights

RECORDED_SHARE = 0.3
"""Share of the sequences that come from recordings."""


def emission_config(**changes) -> TrainConfig:
    """The configuration of the shipped models for emissions."""
    model = ModelConfig(
        block_size=8,
        window=512,
        patch=4,
        embedding="conv",
        embedding_channels=32,
        n_cross_layers=2,
        n_features=len(FEATURES),
    )
    defaults = {
        "model": model,
        "front_end": FrontEnd(fft_size=64, hop=32, n_bins=64),
        "unknown_share": 0.2,
        "batch_size": 64,
        "refused": 0.0,
    }
    return TrainConfig(**{**defaults, **changes})


def train_emissions(config: TrainConfig, folder, out, init: str = "", resume: bool = False) -> dict:
    """Trains on the cuts of split `train`, selects and calibrates by `val`, reports on `test`.

    Writes to folder ``out`` what `loop.train` writes, without pictures.

    Returns:
        The metrics; empty in all processes except the first.

    Raises:
        ValueError: the folder has no cut sets, or they have another front end.
        ResumeError: see `loop.train`.
    """
    with (
        distributed.process_group(config.device) as device,
        repeatable(device, config.seed, config.threads),
    ):
        cuts, front_end = read_folder(folder)
        config = config.replace(device=device.type, front_end=front_end)
        stem = Path(out) / f"{config.model.attention}_{config.model.norm}"
        run_file = RunFile(stem, resume)
        run_file.check_identity({"config": config.to_dict(), "init": init, "data": _digest(cuts)})
        stem.parent.mkdir(parents=True, exist_ok=True)
        data = emission_data(
            cuts, config.augmentation, FeatureNoise(), RECORDED_SHARE, config.unknown_share
        )
        model, shape = init_model(config, data.classes, init)
        distributed.broadcast_weights(model.to(device))
        model, evaluations = optimise(config, model, shape, data, run_file)
        if not distributed.is_rank0():
            return {}
        report = _report(config, model.cpu(), shape, data, cuts)
        report |= {"evaluations": evaluations, "init": init}
        _write(stem, model, config, shape, report)
        run_file.remove()
        return report


def _report(
    config: TrainConfig,
    model: StreamingTransformer,
    shape: ModelConfig,
    data: TrainingData,
    cuts: Sequence[Cut],
) -> dict:
    """Thresholds from both validation sets, and the figures of every set."""
    answers = {name: mean_probabilities(model, shape, found) for name, found in data.sets.items()}
    validation = [data.sets["val"], data.sets["val_augmented"]]
    labels = [t.label for found in validation for t in found]
    joined = np.concatenate([answers["val"], answers["val_augmented"]])
    thresholds, family_threshold = choose_thresholds(joined, labels, data.classes, FAMILY_OF)
    settings = (data.classes, thresholds, FAMILY_OF, family_threshold)
    return {
        "version": __version__,
        "classes": list(data.classes),
        "model": shape.to_dict(),
        "weights": sum(p.numel() for p in model.parameters()),
        "config": config.to_dict(),
        "cuts": _count(cuts),
        "thresholds": thresholds,
        "family_threshold": family_threshold,
        **{
            name: judge_emissions(answers[name], found, *settings)
            for name, found in data.sets.items()
        },
    }


def _write(stem: Path, model, config: TrainConfig, shape: ModelConfig, report: dict) -> None:
    known = [name for name in report["classes"] if name != UNKNOWN]
    settings = {k: v for k, v in config.to_dict().items() if k not in ("model", "front_end")}
    contract = {
        "schema": SCHEMA,
        "kind": "stream",
        "input": "emission",
        "front_end": config.front_end.to_dict(),
        "features": list(FEATURES),
        "model": shape.to_dict(),
        "classes": report["classes"],
        "families": {name: FAMILY_OF[name] for name in known if name in FAMILY_OF},
        "thresholds": report["thresholds"],
        "family_threshold": report["family_threshold"],
        "training": {**settings, "init": report["init"]},
        "dtype": "float32",
    }
    write_weights(stem, model, contract)
    for name, content in (("config", config.to_dict()), ("metrics", report)):
        path = stem.with_name(f"{stem.name}_{name}.json")
        replace_file(path, json.dumps(content, indent=1) + "\n")


def _count(cuts: Sequence[Cut]) -> dict:
    """How many cuts there are: {label: {origin and split: count}}."""
    found: dict[str, Counter] = {}
    for cut in cuts:
        found.setdefault(cut.label, Counter())[f"{cut.origin} {cut.split}"] += 1
    return {label: dict(counts) for label, counts in sorted(found.items())}


def _digest(cuts: Sequence[Cut]) -> str:
    """Identifies the cuts of a run."""
    digest = hashlib.sha256()
    for cut in cuts:
        digest.update(f"{cut.label} {cut.group} {cut.split} {cut.origin}".encode())
        digest.update(np.ascontiguousarray(cut.tokens).tobytes())
    return digest.hexdigest()

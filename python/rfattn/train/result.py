# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a training leaves: what the model is worth, and its files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from ..attention import ModelConfig
from ..inference import AttentionModelAdapter, save_checkpoint
from ..inference.files import SCHEMA
from .card import card
from .confidence import intervals
from .config import TrainConfig
from .evaluate import evaluate, summarise

_FIGURES = ("correct", "count", "balanced_accuracy", "window_balanced_accuracy")


def judged(model, shape: ModelConfig, sets: dict, classes) -> dict:
    """What the finished model is worth on every split that there is."""
    metrics = {
        split: evaluate(model, shape, sets[split], classes)
        for split in ("val", "test")
        if split in sets
    }
    for figures in metrics.values():
        figures["intervals"] = intervals(figures["recordings"], classes)
    if "ood" in sets:
        unknown = evaluate(model, shape, sets["ood"], classes)["recordings"]
        rows = [row for figures in metrics.values() for row in figures["recordings"]] + unknown
        figures = summarise(rows, classes)
        metrics["unknown"] = {k: v for k, v in figures.items() if k.startswith(("ood", "refused"))}
        metrics["unknown"]["intervals"] = intervals(rows, classes)
        metrics["unknown"]["recordings"] = [r for r in unknown if r["label"] not in classes]
    robust = evaluate(model, shape, sets["val_augmented"], classes)
    metrics["val_augmented"] = {k: robust[k] for k in _FIGURES}
    return metrics


def write(
    stem: Path, model, shape: ModelConfig, config: TrainConfig, classes, report: dict
) -> None:
    """The files of a trained model; see `train`."""
    from .figures import draw

    contract = {
        "schema": SCHEMA,
        "kind": "stream",
        "front_end": dataclasses.asdict(config.front_end),
        "model": shape.to_dict(),
        "classes": list(classes),
        "training": {
            **{k: v for k, v in config.to_dict().items() if k not in ("model", "front_end")},
            **{k: report[k] for k in ("init", "extra")},
        },
        "metrics": {k: {f: report[k][f] for f in _FIGURES} for k in ("val", "test") if k in report},
        "dtype": "float32",
    }
    save_checkpoint(stem.with_suffix(".safetensors"), model, contract)
    AttentionModelAdapter(model, contract, device="cpu").save(stem.with_suffix(".pt"))
    for name, content in (("config", config.to_dict()), ("metrics", report)):
        path = stem.with_name(f"{stem.name}_{name}.json")
        path.write_text(json.dumps(content, indent=1) + "\n")
    stem.with_name(f"{stem.name}_card.md").write_text(card(report), encoding="utf-8")
    draw(report, stem)

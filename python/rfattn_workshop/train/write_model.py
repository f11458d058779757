# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a trained model on every split and writes its files."""

from __future__ import annotations

from pathlib import Path

from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference import AttentionModelAdapter, save_checkpoint
from gnuradio.rfattn.inference.files import SCHEMA
from gnuradio.rfattn.reporting import json_text

from .cards.card import card
from .confidence import intervals
from .config import TrainConfig
from .evaluate import evaluate, summarise
from .read_data import TrainingData

FIGURES = ("correct", "count", "balanced_accuracy", "window_balanced_accuracy")
"""The figures of a split that a contract states."""


def final_metrics(model: StreamingTransformer, shape: ModelConfig, data: TrainingData) -> dict:
    """Measures the finished model on every split that has recordings."""
    sets, classes = data.sets, data.classes
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
    augmented = evaluate(model, shape, sets["val_augmented"], classes)
    metrics["val_augmented"] = {k: augmented[k] for k in FIGURES}
    return metrics


def write_model(
    stem: Path, model: StreamingTransformer, shape: ModelConfig, config: TrainConfig, report: dict
) -> None:
    """Writes the files of a trained model; see `train` for their names."""
    from .cards.pictures import draw

    contract = make_contract(shape, config, report)
    write_weights(stem, model, contract)
    write_report(stem, config, report)
    replace_file(stem.with_name(f"{stem.name}_card.md"), card(report))
    draw(report, stem)


def write_report(stem: Path, config: TrainConfig, report: dict) -> None:
    """Writes ``_config.json``, from which the run can be repeated, and ``_metrics.json``."""
    for name, content in (("config", config.to_dict()), ("metrics", report)):
        path = stem.with_name(f"{stem.name}_{name}.json")
        replace_file(path, json_text(content) + "\n")


def make_contract(shape: ModelConfig, config: TrainConfig, report: dict) -> dict:
    """What the model's files state about it: JSON."""
    settings = {k: v for k, v in config.to_dict().items() if k not in ("model", "front_end")}
    return {
        "schema": SCHEMA,
        "kind": "stream",
        "front_end": config.front_end.to_dict(),
        "model": shape.to_dict(),
        "classes": list(report["classes"]),
        "training": {**settings, **{k: report[k] for k in ("init", "teacher", "extra")}},
        "metrics": {k: {f: report[k][f] for f in FIGURES} for k in ("val", "test") if k in report},
        "dtype": "float32",
    }


def write_weights(stem: Path, model: StreamingTransformer, contract: dict) -> None:
    """Writes the checkpoint (``.safetensors`` and ``.json``) and the TorchScript file (``.pt``)."""
    save_checkpoint(stem.with_suffix(".safetensors"), model, contract)
    AttentionModelAdapter(model, contract, device="cpu").save(stem.with_suffix(".pt"))

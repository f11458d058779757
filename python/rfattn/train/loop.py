# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: from a folder of recordings and one configuration to a model and what it is worth."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..attention import AttentionModelAdapter, ModelConfig, save_checkpoint
from .config import TrainConfig
from .data import IGNORE, Sampler
from .evaluate import evaluate
from .pool import extra_pool, load
from .start import start


def train(config: TrainConfig, folder, out, extra: Sequence = (), init: str = "") -> dict:
    """Trains on split `train`, chooses by `val`, reports on `test` and `ood`, and writes the model.

    The training recordings of the ``extra`` folders (made-up ones, say) join in without changing
    what the model is chosen and judged by; their other splits and classes are left alone. ``init``
    names a trained model to start from (see `start.start`).

    Writes to folder ``out``: ``<attention>_<norm>.safetensors`` and ``.json`` (checkpoint),
    ``<attention>_<norm>.pt``, and beside them ``_metrics.json`` and ``_config.json``, from which
    the run can be repeated.

    Returns:
        the metrics: those of `evaluate` for each split, the log of the looks, the configuration.

    Raises:
        SigMFError: no recordings, or ones that cannot be read.
        ValueError: a split holds a class that `train` does not.
    """
    torch.set_num_threads(config.threads)
    classes, sets, pool = load(folder, config.front_end, config.augmentation, config.seed)
    pools = [pool]
    if extra:
        more = extra_pool(tuple(extra), classes, config.front_end, config.augmentation, config.seed)
        pools.append(more)
    torch.manual_seed(config.seed)
    model, shape = start(config, classes, init)
    validation = [sets["val"], sets["val_augmented"]]
    model, looks = optimise(config, model, shape, pools, validation, classes)
    metrics = {
        split: evaluate(model, shape, sets[split], classes)
        for split in ("val", "test")
        if split in sets
    }
    if "test" in sets and "ood" in sets:
        both = sets["val"] + sets["test"] + sets["ood"]
        figures = evaluate(model, shape, both, classes)
        metrics["unknown"] = {k: figures[k] for k in ("ood_auroc", "ood_auroc_energy")}
        metrics["unknown"]["recordings"] = [
            r for r in figures["recordings"] if r["label"] not in classes
        ]
    robust = evaluate(model, shape, sets["val_augmented"], classes)
    metrics["val_augmented"] = {k: robust[k] for k in _FIGURES}
    beside = {"init": str(init), "extra": [str(folder) for folder in extra]}
    report = {"classes": classes, "config": config.to_dict(), **beside, "looks": looks, **metrics}
    write(Path(out), model, shape, config, classes, report)
    return report


_FIGURES = ("correct", "count", "balanced_accuracy", "window_balanced_accuracy")


def optimise(config: TrainConfig, model, shape: ModelConfig, pools, validation, classes):
    """The model with the best validation score, and the looks that found it."""
    average = copy.deepcopy(model).eval()
    optimiser = torch.optim.AdamW(
        parameter_groups(model, config.weight_decay), config.learning_rate
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step, config))
    samplers = [
        Sampler(pool, config.sequence_tokens, shape.block_size, config.plain, config.seed + k)
        for k, pool in enumerate(pools)
    ]
    best, best_score, looks, losses = None, -math.inf, [], []
    with progress() as bar:
        task = bar.add_task(f"{shape.attention} {shape.norm}", total=config.steps, note="")
        for step in range(1, config.steps + 1):
            losses.append(learn(model, optimiser, samplers, config))
            schedule.step()
            follow(average, model, min(config.ema_decay, step / (step + 10)))
            bar.advance(task)
            if step % config.validate_every and step != config.steps:
                continue
            look = {
                "step": step,
                "loss": float(np.mean(losses)),
                **score(average, shape, validation, classes),
            }
            losses.clear()
            looks.append(look)
            bar.update(task, note=f"validation {look['score']:.3f}")
            bar.console.print(" ".join(f"{k}={v:.4g}" for k, v in look.items()), highlight=False)
            if look["score"] > best_score:
                best, best_score, best_look = (
                    copy.deepcopy(average.state_dict()),
                    look["score"],
                    len(looks),
                )
            elif len(looks) - best_look >= config.patience:
                break
    average.load_state_dict(best)
    return average, looks


def learn(model, optimiser, samplers: Sequence[Sampler], config: TrainConfig) -> float:
    """One step of the optimiser on sequences of the folder and the extra ones; returns the loss."""
    extra = round(config.extra_share * config.batch_size) if len(samplers) > 1 else 0
    drawn = [s.batch(n) for s, n in zip(samplers, (config.batch_size - extra, extra), strict=False)]
    spectra, targets = (torch.from_numpy(np.concatenate(a)) for a in zip(*drawn, strict=True))
    loss = sequence_loss(model.offline(spectra), targets, config.label_smoothing)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Mean over sequences of the mean cross entropy of their claimed blocks, so that a short burst
    counts as much as a long one. logits [B, K, C], targets [B, K]."""
    losses = F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, label_smoothing=smoothing,
        reduction="none",
    ).view_as(targets)  # fmt: skip
    claimed = (targets != IGNORE).sum(dim=1).clamp(min=1)
    return (losses.sum(dim=1) / claimed).mean()


def score(model, shape: ModelConfig, validation, classes) -> dict:
    """Balanced accuracy by step, of the recordings as they are and of augmented ones; their mean is
    what the choice rests on, because the recordings alone are too few to tell models apart."""
    plain, varied = (evaluate(model, shape, recordings, classes) for recordings in validation)
    found = {"correct": plain["correct"], "plain": plain["window_balanced_accuracy"]}
    found["augmented"] = varied["window_balanced_accuracy"]
    return {**found, "score": (found["plain"] + found["augmented"]) / 2}


def rate(step: int, config: TrainConfig) -> float:
    """Share of the learning rate: linear warm-up, then a cosine down to a hundredth."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def parameter_groups(model, weight_decay: float) -> list[dict]:
    """Matrices decay; biases and norms do not."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def follow(average, model, decay: float) -> None:
    """Moves the running mean of the weights towards the model."""
    with torch.no_grad():
        for mean, value in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1.0 - decay)


def write(out: Path, model, shape: ModelConfig, config: TrainConfig, classes, report: dict) -> None:
    """The files of a trained model; see `train`."""
    out.mkdir(parents=True, exist_ok=True)
    contract = {
        "schema": 1,
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
    stem = out / f"{shape.attention}_{shape.norm}"
    save_checkpoint(stem.with_suffix(".safetensors"), model, contract)
    AttentionModelAdapter(model, contract, device="cpu").save(stem.with_suffix(".pt"))
    for name, content in (("config", config.to_dict()), ("metrics", report)):
        path = stem.with_name(f"{stem.name}_{name}.json")
        path.write_text(json.dumps(content, indent=1) + "\n")


def progress() -> Progress:
    """A progress bar on stderr; silent where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    return Progress(*columns, TimeElapsedColumn(), TextColumn("{task.fields[note]}"),
                    console=Console(file=sys.stderr))  # fmt: skip

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a model is on recordings it streams through, by recording and by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..attention import StreamingTransformer, new_cache
from ..attention.config import ModelConfig
from .data import IGNORE, UNKNOWN, Tokens, block_targets
from .metrics import auroc, balanced_accuracy, confusion, recalls

_STREAMS = 16
"""Recordings that are streamed side by side."""


def stream_logits(
    model: StreamingTransformer, config: ModelConfig, spectra: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The model's logits for whole recordings, step by step, as in a flowgraph.

    Args:
        spectra: float32 [T, n_bins] in dB each; the incomplete last block is left out.

    Returns:
        float32 [T // block_size, n_classes] each.
    """
    n = config.block_size
    order = sorted(range(len(spectra)), key=lambda i: len(spectra[i]))
    found: list[np.ndarray] = [np.empty(0)] * len(spectra)
    for start in range(0, len(order), _STREAMS):
        streams = order[start : start + _STREAMS]
        steps = [len(spectra[i]) // n for i in streams]
        tokens = torch.zeros(len(streams), max(steps) * n, config.n_bins)
        for row, i in enumerate(streams):
            tokens[row, : steps[row] * n] = torch.from_numpy(spectra[i][: steps[row] * n])
        logits = _lockstep(model, config, tokens)
        for row, i in enumerate(streams):
            found[i] = logits[row, : steps[row]]
    return found


def _lockstep(model, config: ModelConfig, tokens: torch.Tensor) -> np.ndarray:
    """tokens [B, T, n_bins] → logits [B, T / n, n_classes]"""
    n = config.block_size
    tokens = tokens.to(next(model.parameters()).device)
    logits = torch.empty(len(tokens), tokens.size(1) // n, config.n_classes)
    with torch.inference_mode():
        caches = [new_cache(config, tokens.device) for _ in tokens]
        for seen in range(0, tokens.size(1), n):
            counts = [seen] * len(tokens)
            logits[:, seen // n] = model(tokens[:, seen : seen + n], caches, counts, counts)
    return logits.numpy()


def judge(tokens: Tokens, logits: np.ndarray, classes: Sequence[str], block_size: int) -> dict:
    """What the model said of one recording, in the steps that overlap its annotations.

    Where no class is annotated (as in `other`), all steps count. The recording's prediction is that
    of the mean probability, `confidence` the highest mean probability of a class that is not
    `UNKNOWN`; `energy` is the mean log-sum-exp of the logits.
    """
    active = block_targets(tokens.targets, block_size) != IGNORE
    logits = logits[active if active.any() else slice(None)].astype(np.float64)
    top = logits.max(axis=1, keepdims=True)
    likelihood = np.exp(logits - top)
    probabilities = likelihood / likelihood.sum(axis=1, keepdims=True)
    energy = top[:, 0] + np.log(likelihood.sum(axis=1))
    mean = probabilities.mean(axis=0)
    return {
        "file": tokens.file,
        "label": tokens.label,
        "group": tokens.group,
        "predicted": classes[int(mean.argmax())],
        "confidence": float(mean[[k for k, c in enumerate(classes) if c != UNKNOWN]].max()),
        "energy": float(energy.mean()),
        "windows": len(logits),
        "window_predictions": _counts(classes[k] for k in probabilities.argmax(axis=1)),
    }


def summarise(rows: Sequence[dict], classes: Sequence[str]) -> dict:
    """Figures over the rows of `judge`; rows whose label is no class only count as unknown.

    ``refused_known`` and ``refused_ood`` are the shares of their steps that are called `UNKNOWN`.
    """
    known = [row for row in rows if row["label"] in classes]
    unknown = [row for row in rows if row["label"] not in classes]
    labels, predicted = [r["label"] for r in known], [r["predicted"] for r in known]
    window_labels, window_predicted = _windows(known)
    by_recording, by_window = recalls(labels, predicted), recalls(window_labels, window_predicted)
    per_class = {
        k: {
            "recordings": labels.count(k),
            "recall": by_recording[k],
            "windows": window_labels.count(k),
            "window_recall": by_window.get(k),
        }
        for k in by_recording
    }
    summary = {
        "recordings": list(rows),
        "correct": sum(r["label"] == r["predicted"] for r in known),
        "count": len(known),
        "balanced_accuracy": balanced_accuracy(labels, predicted),
        "window_balanced_accuracy": balanced_accuracy(window_labels, window_predicted),
        "per_class": per_class,
        "confusion": confusion(labels, predicted),
    }
    if UNKNOWN in classes:
        for name, group in (("refused_known", known), ("refused_ood", unknown)):
            steps = _windows(group)[1]
            summary[name] = steps.count(UNKNOWN) / len(steps) if steps else None
    if unknown:
        for name, score in (("ood_auroc", "confidence"), ("ood_auroc_energy", "energy")):
            summary[name] = auroc([r[score] for r in known], [r[score] for r in unknown])
    return summary


def evaluate(
    model: StreamingTransformer,
    config: ModelConfig,
    recordings: Sequence[Tokens],
    classes: Sequence[str],
) -> dict:
    """Streams every recording with at least one whole block through the model and sums up."""
    usable = [tokens for tokens in recordings if len(tokens) >= config.block_size]
    logits = stream_logits(model, config, [tokens.spectra for tokens in usable])
    rows = [
        judge(t, scores, classes, config.block_size)
        for t, scores in zip(usable, logits, strict=True)
    ]
    return summarise(rows, classes)


def _windows(rows) -> tuple[list[str], list[str]]:
    labels, predicted = [], []
    for row in rows:
        for name, count in row["window_predictions"].items():
            labels += [row["label"]] * count
            predicted += [name] * count
    return labels, predicted


def _counts(names) -> dict[str, int]:
    table: dict[str, int] = {}
    for name in names:
        table[name] = table.get(name, 0) + 1
    return dict(sorted(table.items(), key=lambda item: -item[1]))

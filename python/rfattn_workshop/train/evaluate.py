# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a model on recordings that are streamed through it, by recording and by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn_station.learning.stream_logits import stream_logits

from .data import IGNORE, Tokens, block_targets
from .metrics import auroc, balanced_accuracy, confusion, recalls

if TYPE_CHECKING:
    from gnuradio.rfattn.attention import StreamingTransformer


def judge(tokens: Tokens, logits: np.ndarray, classes: Sequence[str], block_size: int) -> dict:
    """Sums up a model's logits for one recording, over the steps that overlap its annotations.

    If no class is annotated (as in recordings of `OTHER`), all steps count.

    Args:
        logits: float [steps, n_classes].

    Returns:
        JSON: file, label, group; ``predicted``, the class with the highest mean probability;
        ``confidence``, the highest mean probability of a class that is not `UNKNOWN`; ``energy``,
        the mean log-sum-exp of the logits; ``windows``, the number of steps; and
        ``window_predictions``, how many steps were given each class.
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
        "window_predictions": _count(classes[k] for k in probabilities.argmax(axis=1)),
    }


def summarise(rows: Sequence[dict], classes: Sequence[str]) -> dict:
    """Computes the figures of a set of recordings from the rows of `judge`.

    Rows whose label is not a class count only as unknown signals. ``refused_known`` is the share of
    the classes' steps that are labelled `UNKNOWN`, ``refused_ood`` that of the unknown signals.
    """
    known = [row for row in rows if row["label"] in classes]
    unknown = [row for row in rows if row["label"] not in classes]
    labels, predicted = [r["label"] for r in known], [r["predicted"] for r in known]
    window_labels, window_predicted = _steps(known)
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
            predictions = _steps(group)[1]
            share = predictions.count(UNKNOWN) / max(1, len(predictions))
            summary[name] = share if predictions else None
    if unknown:
        for name, score in (("ood_auroc", "confidence"), ("ood_auroc_energy", "energy")):
            summary[name] = auroc([r[score] for r in known], [r[score] for r in unknown])
    return summary


def evaluate(
    model: StreamingTransformer,
    config: ModelConfig,
    recordings: Sequence[Tokens],
    classes: Sequence[str],
    doing: str = "",
) -> dict:
    """Streams every recording of at least one block through the model; see `summarise`.

    Args:
        doing: text of the progress on stderr; empty for none.
    """
    usable = [tokens for tokens in recordings if len(tokens) >= config.block_size]
    logits = stream_logits(model, config, [tokens.spectra for tokens in usable], doing)
    rows = [
        judge(t, scores, classes, config.block_size)
        for t, scores in zip(usable, logits, strict=True)
    ]
    return summarise(rows, classes)


def _steps(rows) -> tuple[list[str], list[str]]:
    """The label and the predicted class of every step."""
    labels, predicted = [], []
    for row in rows:
        for name, count in row["window_predictions"].items():
            labels += [row["label"]] * count
            predicted += [name] * count
    return labels, predicted


def _count(names: Iterable[str]) -> dict[str, int]:
    """How often each name occurs, the most frequent first."""
    return dict(Counter(names).most_common())

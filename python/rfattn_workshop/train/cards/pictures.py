# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a training run: loss and scores over the steps, and confusion matrices."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import replace_with
from matplotlib.figure import Figure


def draw(report: dict, stem: Path) -> list[Path]:
    """Writes ``<stem>_learning.png`` and ``<stem>_confusion_<split>.png`` for `val` and `test`.

    Args:
        report: what `loop.train` returns.
    """
    pictures = {"learning": _draw_learning(report)}
    for split in ("val", "test"):
        if split in report:
            pictures[f"confusion_{split}"] = _draw_confusion(report, split)
    written = []
    for name, picture in pictures.items():
        written.append(stem.with_name(f"{stem.name}_{name}.png"))
        replace_with(written[-1], partial(picture.savefig, dpi=120, format="png"))
    return written


def _draw_learning(report: dict) -> Figure:
    evaluations = report["evaluations"]
    steps = [evaluation["step"] for evaluation in evaluations]
    best = max(evaluations, key=lambda evaluation: evaluation["score"])
    figure = Figure(figsize=(6.4, 6.0), layout="constrained")
    loss, scores = figure.subplots(2, sharex=True)
    loss.plot(steps, [evaluation["loss"] for evaluation in evaluations], "o-")
    loss.set(ylabel="training loss", title=_title(report))
    for name, label in (
        ("plain", "recordings"),
        ("augmented", "augmented"),
        ("score", "mean of both"),
    ):
        scores.plot(steps, [evaluation[name] for evaluation in evaluations], "o-", label=label)
    scores.axhline(1 / len(report["classes"]), color="grey", linestyle=":", label="chance")
    scores.axvline(best["step"], color="grey", alpha=0.5, label=f"kept, step {best['step']}")
    scores.set(xlabel="step", ylabel="balanced accuracy by step, val", ylim=(0, 1.02))
    for axes in (loss, scores):
        axes.grid(alpha=0.3)
    scores.legend()
    return figure


def _draw_confusion(report: dict, split: str) -> Figure:
    """Counts of recordings; the colour is their share of the label's recordings."""
    table, names = report[split]["confusion"], list(report["classes"])
    labels = [name for name in names if name in table]
    counts = np.array([[table[label].get(name, 0) for name in names] for label in labels])
    counts = counts.reshape(len(labels), len(names))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 2.0 + 0.42 * len(names), 1.8 + 0.36 * len(labels)
    figure = Figure(figsize=(max(size[0], 4.0), max(size[1], 3.0)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="predicted", ylabel="label", title=f"{_title(report)}, {split} recordings")
    return figure


def _title(report: dict) -> str:
    return f"{report['model']['attention']} with {report['model']['norm']}"

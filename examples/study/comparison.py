# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the results of single trainings into means over seeds and tests between models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gnuradio.rfattn.attention import stored_as

from significance import holm, mean_interval, paired, sign_flip
from study_plan import CLASSICAL, REFERENCE

METRICS = {"recording": "balanced_accuracy", "step": "window_balanced_accuracy"}
"""Balanced accuracy by recording and by step, and its name in a result."""


def by_model(results: Sequence[dict]) -> dict[tuple[str, str], list[dict]]:
    """Results of each (attention, norm), in order of the seeds."""
    found: dict[tuple[str, str], list[dict]] = {}
    for result in sorted(results, key=lambda r: r["seed"]):
        found.setdefault((result["attention"], result["norm"]), []).append(result)
    return found


def accuracy_rows(results: Sequence[dict]) -> list[dict]:
    """A row per model with the `mean_interval` over seeds of each split and metric (val_recording
    and so on), of the recordings right, of the AUROC for unknown signals, and of the curves."""
    return [_accuracy_row(*model, runs) for model, runs in by_model(results).items()]


def _accuracy_row(attention: str, norm: str, runs: list[dict]) -> dict:
    row = {"attention": attention, "norm": norm, "seeds": len(runs)}
    for split in ("val", "test", "val_augmented"):
        for unit, metric in METRICS.items():
            row[f"{split}_{unit}"] = mean_interval([r[split][metric] for r in runs])
    row["test_right"] = mean_interval([r["test"]["correct"] for r in runs])
    row["test_count"] = runs[0]["test"]["count"]
    if "ood_auroc" in runs[0]:
        row["ood_auroc"] = mean_interval([r["ood_auroc"] for r in runs])
    row["kinds"] = sorted({r["kind"] for r in runs if "kind" in r})
    row["parameters"] = runs[0].get("parameters")
    for name in ("training_cpu_seconds", "judging_cpu_seconds"):
        row[name] = float(np.mean([r[name] for r in runs]))
    row["context"] = _curve(runs, "context", ("balanced_accuracy",))
    row["snr"] = _curve(runs, "snr", (*METRICS.values(), "called_noise"))
    return row


def _curve(runs: list[dict], name: str, figures: Sequence[str]) -> list[dict]:
    """The points of a curve with the `mean_interval` over seeds of each figure; None where the
    figure is None."""
    points = []
    for same in zip(*(r[name] for r in runs), strict=True):
        point = {k: v for k, v in same[0].items() if k not in figures}
        for figure in figures:
            values = [p[figure] for p in same]
            point[figure] = None if None in values else mean_interval(values)
        points.append(point)
    return points


def contributions(figures: dict, unit: str) -> list[float]:
    """Each recording's share of the balanced accuracy by ``unit``; the sum is that accuracy."""
    rows = [r for r in figures["recordings"] if r["label"] in figures["per_class"]]
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["label"]] = sizes.get(row["label"], 0) + _weight(row, unit)
    return [_right(row, unit) / sizes[row["label"]] / len(sizes) for row in rows]


def _weight(row: dict, unit: str) -> int:
    return 1 if unit == "recording" else row["windows"]


def _right(row: dict, unit: str) -> int:
    if unit == "recording":
        return int(row["predicted"] == row["label"])
    return row["window_predictions"].get(row["label"], 0)


def compare(runs: list[dict], others: list[dict], unit: str) -> dict:
    """``runs`` against ``others`` of the same seeds on the test recordings: `paired` by seed, and
    ``p_recording``, a sign-flip test over the recordings, each with its mean over the seeds."""
    metric = METRICS[unit]
    found = paired([r["test"][metric] for r in runs], [r["test"][metric] for r in others])
    a, b = (
        np.mean([contributions(r["test"], unit) for r in side], axis=0) for side in (runs, others)
    )
    return found | {"p_recording": sign_flip(a, b), "recordings": len(a)}


def against_reference(results: Sequence[dict]) -> list[dict]:
    """Every model against `plan.REFERENCE`, by recording and by step, with Holm's correction over
    the models of a table for each kind of test."""
    models = by_model(results)
    found = []
    for unit in METRICS:
        rows = [
            {"attention": a, "norm": n, "unit": unit, **compare(runs, models[REFERENCE], unit)}
            for (a, n), runs in models.items()
            if (a, n) != REFERENCE
        ]
        found += _corrected(rows)
    return found


def norm_difference(results: Sequence[dict]) -> list[dict]:
    """rmsnorm against layernorm for each attention, and for their mean over attentions (`all`),
    which pairs the means of each seed."""
    models = by_model(results)
    attentions = [a for a, n in models if n == "layernorm" and (a, "rmsnorm") in models]
    found = []
    for unit, metric in METRICS.items():
        rows = [
            {
                "attention": a,
                "unit": unit,
                **compare(models[a, "rmsnorm"], models[a, "layernorm"], unit),
            }
            for a in attentions
        ]
        found += _corrected(rows)
        if len(attentions) > 1:
            sides = [
                np.mean([[r["test"][metric] for r in models[a, norm]] for a in attentions], axis=0)
                for norm in ("rmsnorm", "layernorm")
            ]
            found.append({"attention": "all", "unit": unit, **paired(*sides)})
    return found


def _corrected(rows: list[dict]) -> list[dict]:
    for name in ("p", "p_recording"):
        for row, p in zip(rows, holm([r[name] for r in rows]), strict=True):
            row[f"{name}_holm"] = p
    return rows


def best(rows: Sequence[dict], figure: str = "test_recording") -> dict | None:
    """The row of the most accurate network."""
    networks = [r for r in rows if r["attention"] != CLASSICAL]
    return max(networks, key=lambda r: r[figure]["mean"], default=None)


def row_of(rows: Sequence[dict], attention: str, norm: str = "layernorm") -> dict | None:
    """The row of a model; `mha` has that of `flash`, whose weights it runs."""
    if attention == CLASSICAL:
        norm = "-"
    else:
        attention = stored_as(attention)
    return next((r for r in rows if (r["attention"], r["norm"]) == (attention, norm)), None)

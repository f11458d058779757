# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the results of single trainings into means over seeds and tests between models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .plan import GATE, ONE_STEP, RATES, REFERENCE, StudyPlan
from .significance import holm, mean_interval, paired, sign_flip

Held = Sequence[tuple[str, str]]
"""Group and label of each held-out cut."""
_TESTS = ("p", "p_emissions", "p_signals")
FIGURES = {
    "accuracy": lambda r: r["held"]["accuracy"],
    "loss": lambda r: r["held"]["loss"],
    "recordings": lambda r: r["recordings"] and r["recordings"]["accuracy"],
    "right": lambda r: r["rows"]["right"],
    "guess": lambda r: r["rows"]["guess"],
    "wrong": lambda r: r["rows"]["wrong"],
    "false": lambda r: r["rows"]["false"] / max(1, r["rows"]["named"]),
    "strangers": lambda r: r["strangers"]["wrong"],
}
"""Figures of a result. Balanced accuracy and mean loss on held-out emissions, and balanced accuracy
on recordings, are of the model alone. Of other signals: the share with a right label, a right best
guess and a wrong label; of the rows with a name those whose class is not there; of the strangers
those with a name."""


def by_model(results: Sequence[dict]) -> dict[str, list[dict]]:
    """Results of each model, in order of the seeds."""
    found: dict[str, list[dict]] = {}
    for result in sorted(results, key=lambda r: r["seed"]):
        found.setdefault(result["model"], []).append(result)
    return found


def model_rows(results: Sequence[dict]) -> list[dict]:
    """A row per model with the `mean_interval` of each of `FIGURES` over its seeds; None for one
    that there is nothing of."""
    return [
        {
            "model": name,
            "seeds": len(runs),
            **{k: _mean([find(r) for r in runs]) for k, find in FIGURES.items()},
            "parameters": runs[0].get("parameters"),
            "cpu_seconds": float(np.mean([r.get("cpu_seconds", 0.0) for r in runs])),
            "alone": mean_interval([r["alone"] for r in runs]) if runs[0]["context"] else None,
            "context": [
                {
                    "steps": same[0]["steps"],
                    "accuracy": mean_interval([p["accuracy"] for p in same]),
                }
                for same in zip(*(r["context"] for r in runs), strict=True)
            ],
        }
        for name, runs in by_model(results).items()
    ]


def _mean(values: Sequence[float | None]) -> dict | None:
    return None if None in values else mean_interval(values)


def compare(runs: Sequence[dict], others: Sequence[dict], held: Held) -> dict:
    """``runs`` against ``others`` in balanced accuracy, over the seeds that both have: `paired` by
    seed, and ``p_emissions``, a sign-flip test over the groups of held-out cuts, each with its mean
    over the seeds. ``labels`` is the difference of the signals with a right label, ``p_signals``
    its sign-flip test over the signals. All are None without a common seed."""
    seeds = {r["seed"] for r in runs} & {r["seed"] for r in others}
    if not seeds:
        return {"seeds": 0, "mean": None, "labels": None, **dict.fromkeys(_TESTS)}
    sides = [[r for r in side if r["seed"] in seeds] for side in (runs, others)]
    accuracies = [[r["held"]["accuracy"] for r in side] for side in sides]
    shares = [np.mean([contributions(r["held"], held) for r in side], axis=0) for side in sides]
    right = [np.mean([[*map(int, r["signals_right"])] for r in side], axis=0) for side in sides]
    return {
        "seeds": len(seeds),
        **paired(*accuracies),
        "p_emissions": sign_flip(*shares),
        "labels": float(np.mean(right[0] - right[1])),
        "p_signals": sign_flip(*right),
    }


def contributions(figures: dict, held: Held) -> np.ndarray:
    """What each group of cuts adds to the balanced accuracy; the sum is that accuracy."""
    labels = [label for _, label in held]
    counts = {label: labels.count(label) for label in set(labels)}
    found = dict.fromkeys(sorted({group for group, _ in held}), 0.0)
    for (group, label), right in zip(held, figures["right"], strict=True):
        found[group] += int(right) / counts[label] / len(counts)
    return np.array(list(found.values()))


def against_reference(
    results: Sequence[dict], held: Held, reference: str = REFERENCE
) -> list[dict]:
    """Every network against the reference, with Holm's correction for each kind of test."""
    models = by_model(results)
    return _corrected(
        {"model": name, **compare(runs, models.get(reference, ()), held)}
        for name, runs in models.items()
        if name != reference
    )


def norm_difference(results: Sequence[dict], held: Held) -> list[dict]:
    """Every network with another norm or a gate against that of its attention with layernorm and
    without one."""
    models = by_model(results)
    plain = {name: plain_of(name) for name in models if name != ONE_STEP}
    return _corrected(
        {"model": name, **compare(models[name], models.get(other, ()), held)}
        for name, other in plain.items()
        if name != other
    )


def plain_of(name: str) -> str:
    """The name of the network with the same attention, layernorm and no gate."""
    return name.partition("_")[0].removesuffix(GATE) + "_layernorm"


def by_rate(results: Sequence[dict], plan: StudyPlan) -> list[dict]:
    """For each model with all of its learning rates the accuracies by rate, a mean and standard
    deviation over the seeds each, and the best rate."""
    rates = sorted({factor * plan.training.learning_rate for factor in (1.0, *RATES)})
    found = []
    for name, runs in by_model(results).items():
        own = [[r["accuracy"] for r in runs if r["rate"] == rate] for rate in rates]
        if all(len(part) == plan.rate_seeds for part in own):
            means = [mean_interval(part) for part in own]
            best = max(range(len(rates)), key=lambda k: means[k]["mean"])
            found.append({"model": name, "rates": rates, "accuracy": means, "best": rates[best]})
    return found


def _corrected(rows) -> list[dict]:
    rows = list(rows)
    for name in _TESTS:
        for row, p in zip(rows, holm([r[name] for r in rows]), strict=True):
            row[f"{name}_holm"] = p
    return rows

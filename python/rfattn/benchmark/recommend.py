# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which model to run on this machine within this budget, in one sentence."""

from __future__ import annotations

from ..inference.recommend import Candidate
from ..inference.recommend import recommend as best_of


def recommend(report: dict) -> dict:
    """attention, norm, window (None where nothing holds the budget) and the sentence.

    The rule is that of `inference.recommend`. A model takes part when it keeps up with the rate it
    was offered; its time is the paced p99, its accuracy that of `gr-rfattn eval`.
    """
    plan = report["plan"]
    budget, rate = plan["budget_ms"], plan["sample_rate"]
    paced = [r for r in report["rows"] if r["mode"] == "paced" and r["batch"] == 1]
    accuracy = accuracies(report["eval"])
    candidates = [
        Candidate(
            *(r[name] for name in ("attention", "norm", "window", "p50_ms", "p99_ms")),
            accuracy.get((r["attention"], r["norm"])),
        )
        for r in paced
        if r["backlog_steps"] <= 1
    ]
    best = best_of(candidates, budget)
    offered = f"{rate / 1e6:g} MS/s at hop {plan['hop']}"
    if best is None:
        return {
            "attention": None,
            "norm": None,
            "window": None,
            "sentence": f"No model fed at the real rate holds p99 <= {budget:g} ms at "
            f"{offered} on this machine: lower the sample rate, raise the hop or "
            "shorten W.",
        }
    why = "the longest window that holds it, and the fastest there; accuracy was not measured"
    if best.accuracy is not None:
        why = f"the most accurate that holds it ({best.accuracy:.1%})"
    return {
        "attention": best.attention,
        "norm": best.norm,
        "window": best.window,
        "sentence": f"On this machine use {best.attention} with {best.norm} and W = "
        f"{best.window}: p99 {best.p99_ms:.1f} ms of the {budget:g} ms allowed at {offered}, "
        f"{why}.",
    }


def accuracies(results) -> dict[tuple[str, str], float]:
    """Balanced accuracy by (attention, norm), from what `gr-rfattn eval --json` wrote."""
    return {
        (result["model"]["attention"], result["model"]["norm"]): result["balanced_accuracy"]
        for result in results
        if result.get("balanced_accuracy") is not None
    }

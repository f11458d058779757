# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which model to run on this machine within this budget, in one sentence."""

from __future__ import annotations


def recommend(report: dict) -> dict:
    """attention, norm, window (None where nothing holds the budget) and the sentence.

    A model holds the budget when its paced p99 does, and it keeps up with the rate it was offered.
    Of those, the most accurate by the results of `gr-rfattn eval`; without any, the one with the
    longest window, and of these the fastest.
    """
    plan = report["plan"]
    budget, rate = plan["budget_ms"], plan["sample_rate"]
    paced = [r for r in report["rows"] if r["mode"] == "paced" and r["batch"] == 1]
    good = [r for r in paced if r["p99_ms"] <= budget and r["backlog_steps"] <= 1]
    offered = f"{rate / 1e6:g} MS/s at hop {plan['hop']}"
    if not good:
        return {
            "attention": None,
            "norm": None,
            "window": None,
            "sentence": f"No model fed at the real rate holds p99 <= {budget:g} ms at "
            f"{offered} on this machine: lower the sample rate, raise the hop or "
            "shorten W.",
        }
    accuracy = accuracies(report["eval"])
    best = max(
        good,
        key=lambda r: (accuracy.get((r["attention"], r["norm"]), -1.0), r["window"], -r["p50_ms"]),
    )
    known = accuracy.get((best["attention"], best["norm"]))
    why = "the longest window that holds it, and the fastest there; accuracy was not measured"
    if known is not None:
        why = f"the most accurate that holds it ({known:.1%})"
    return {
        "attention": best["attention"],
        "norm": best["norm"],
        "window": best["window"],
        "sentence": f"On this machine use {best['attention']} with {best['norm']} and W = "
        f"{best['window']}: p99 {best['p99_ms']:.1f} ms of the {budget:g} ms allowed at {offered}, "
        f"{why}.",
    }


def accuracies(results) -> dict[tuple[str, str], float]:
    """Balanced accuracy by (attention, norm), from what `gr-rfattn eval --json` wrote."""
    return {
        (result["model"]["attention"], result["model"]["norm"]): result["balanced_accuracy"]
        for result in results
        if result.get("balanced_accuracy") is not None
    }

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which model to run on this machine within this budget, in one sentence.

Of the candidates whose step meets the budget in 99 of 100 cases it is the most accurate; of equally
accurate ones (or where no accuracy is known) that with the longest window, then that with the
smallest median step. An attention without a window, `ssm`, comes after those that have one: the
number in its configuration is no length of what it sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..attention.registry import attention_class
from ..reporting import hertz, samples_per_second
from .rows import is_by_cpu


@dataclass(frozen=True)
class Candidate:
    """A model whose step was timed; ``accuracy`` is balanced, 0 to 1, or None where unknown."""

    attention: str
    norm: str
    window: int
    p50_ms: float
    p99_ms: float
    accuracy: float | None = None

    @property
    def windowed(self) -> bool:
        return attention_class(self.attention).windowed


def best_of(candidates: Iterable[Candidate], budget_ms: float) -> Candidate | None:
    """The best candidate by the rule above; None when none meets the budget."""
    unknown = -1.0
    return max(
        (c for c in candidates if c.p99_ms <= budget_ms),
        key=lambda c: (
            unknown if c.accuracy is None else c.accuracy,
            c.window if c.windowed else 0,
            -c.p50_ms,
        ),
        default=None,
    )


def recommend(report: dict) -> dict:
    """attention, norm, window (each None where nothing holds the budget; window also where the
    attention has none) and the sentence.

    A model takes part when it keeps up with the rate it was offered; its time is the paced p99, by
    CPU time where `is_by_cpu` holds, its accuracy that of `gr-rfattn eval`.
    """
    plan = report["plan"]
    budget, offered = plan["budget_ms"], rate_text(plan)
    paced = [r for r in report["rows"] if r["mode"] == "paced" and r["batch"] == 1]
    accuracy = accuracies(report["eval"])
    by_cpu = all(map(is_by_cpu, paced))
    clock = "cpu_" if by_cpu else ""
    candidates = [
        Candidate(
            *(r[name] for name in ("attention", "norm", "window")),
            *(r[f"{clock}{name}"] for name in ("p50_ms", "p99_ms")),
            accuracy.get((r["attention"], r["norm"])),
        )
        for r in paced
        if r[f"{clock}backlog_steps"] <= 1
    ]
    best = best_of(candidates, budget)
    if best is None:
        sentence = (
            f"No model fed at the real rate holds p99 <= {budget:g} ms at {offered} on this "
            "machine: lower the sample rate, raise the hop or shorten W."
        )
        return {"attention": None, "norm": None, "window": None, "sentence": sentence}
    window = f" and W = {best.window}" if best.windowed else ", which has no window"
    if best.accuracy is not None:
        lead, why = "Use", f"the most accurate that holds it ({best.accuracy:.1%})"
    else:
        lead, why = "First by speed", "no attention with a window holds it"
        if best.windowed:
            why = "the longest window that holds it, and the fastest there"
            without = sorted({c.attention for c in candidates if not c.windowed})
            why += "".join(f"; {name} has no window to compare" for name in without)
        why += "; accuracy was not measured, so this is no advice which to take"
    return {
        "attention": best.attention,
        "norm": best.norm,
        "window": best.window if best.windowed else None,
        "sentence": f"{lead} on this machine: {best.attention} with {best.norm}{window}: p99 "
        f"{best.p99_ms:.1f} ms{' by CPU time' if by_cpu else ''} of the {budget:g} ms allowed at "
        f"{offered}; {why}.",
    }


def rate_text(plan: dict) -> str:
    """The rate at which paced steps come, and what has it."""
    found = f"{samples_per_second(plan['sample_rate'])} at hop {plan['hop']}"
    if plan["input"] == "emission":
        found += f", the channel of an emission of {hertz(plan['sample_rate'] / 2)}"
    return found


def accuracies(results) -> dict[tuple[str, str], float]:
    """Balanced accuracy by (attention, norm), from what `gr-rfattn eval --json` wrote."""
    return {
        (result["model"]["attention"], result["model"]["norm"]): result["balanced_accuracy"]
        for result in results
        if result.get("balanced_accuracy") is not None
    }

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attention to run on this machine within a budget: one rule, for `gr-rfattn bench` and for
``--attention auto``.

The rule: of the candidates whose step meets the budget in 99 of 100 cases, the most accurate; of
equally accurate ones (or where no accuracy is known) that with the longest window, then that with
the smallest median step. An attention without a window, `ssm`, comes after those that have one: the
number in its configuration is no length of what it sees.

For ``--attention auto`` the candidates are the attentions that a model comes with, in the norm
asked for. Their accuracy is the balanced accuracy by step on the validation recordings that the
contract states. Their times are of steps with a full window, from a calibration of about a second
or from a report of `gr-rfattn bench --model` about this very model.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from ..attention.config import own_sizes
from ..attention.registry import ATTENTIONS, attention_class, today
from .adapter import AttentionModelAdapter
from .files import ModelFileError

ROUNDS = 100
"""Steps of each candidate in a calibration."""
_FEWEST_ROUNDS = 5
_LIMIT_S = 0.7
"""After this a calibration takes no more rounds than the fewest; loading takes the rest of the
second."""
_SHAPE_FIELDS = (
    "n_bins n_features block_size window patch embedding d_model n_heads n_layers ffn_factor gate"
).split()


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


@dataclass(frozen=True)
class Recommendation:
    """An attention by name, and the reason in one sentence."""

    attention: str
    reason: str


def recommend(candidates: Iterable[Candidate], budget_ms: float) -> Candidate | None:
    """The best candidate by the rule above; None when none meets the budget."""
    good = [c for c in candidates if c.p99_ms <= budget_ms]
    unknown = -1.0
    return max(
        good,
        key=lambda c: (
            unknown if c.accuracy is None else c.accuracy,
            c.window if c.windowed else 0,
            -c.p50_ms,
        ),
        default=None,
    )


def recommend_attention(
    model: str | Path,
    norm: str = "model",
    device: str = "auto",
    dtype: str = "auto",
    budget_ms: float = 0.0,
    sample_rate: float = 0.0,
    bench: str | Path = "",
) -> Recommendation:
    """The attention of ``model`` to run here, by the rule above.

    Args:
        model, norm, device, dtype: see `AttentionModelAdapter.load`.
        budget_ms: what a step may take; 0: the period of a step at ``sample_rate``.
        sample_rate: of the complex samples, in Hz; 0: unknown.
        bench: a report.json of `gr-rfattn bench --model`; "": a calibration.

    Raises:
        ModelFileError: when there is no such model.
        ValueError: when no budget or an accuracy is unknown, none meets the budget, or the report
            is about something else.
    """
    adapters = load_candidates(model, norm, device, dtype)
    some = next(iter(adapters.values()))
    allowed_ms = budget_ms or step_period_ms(some.contract, sample_rate)
    accuracies = {name: accuracy(adapter.contract, name) for name, adapter in adapters.items()}
    steps = reported(bench, adapters) if bench else calibrate(adapters)
    candidates = [
        Candidate(name, some.norm, some.window, *times, accuracies[name])
        for name, times in steps.items()
    ]
    best = recommend(candidates, allowed_ms)
    if best is None:
        fastest = min(candidates, key=lambda c: c.p99_ms)
        raise ValueError(
            f"attention 'auto': no step is within {allowed_ms:.3g} ms in 99 of 100 cases; the "
            f"fastest is {fastest.attention} with {fastest.p99_ms:.3g} ms"
        )
    budget = f"{allowed_ms:.3g} ms {'asked for' if budget_ms else 'that a step lasts'}"
    return Recommendation(best.attention, _sentence(best, candidates, budget, bench))


def load_candidates(
    model: str | Path, norm: str, device: str, dtype: str
) -> dict[str, AttentionModelAdapter]:
    """The adapters of the attentions that ``model`` comes with, by name."""
    first = AttentionModelAdapter.load(model, "model", norm, device, dtype)
    if first.config is None:
        raise ValueError(f"attention 'auto': {model} holds an attention of its own")
    adapters = {}
    for name in ATTENTIONS:
        try:
            adapters[name] = (
                first
                if name == first.attention
                else AttentionModelAdapter.load(model, name, norm, device, dtype)
            )
        except ModelFileError:  # the model does not come with it
            continue
    return adapters


def accuracy(contract: dict, name: str) -> float:
    """Balanced accuracy by step on the validation recordings, as the contract states it."""
    try:
        return float(contract["metrics"]["val"]["window_balanced_accuracy"])
    except (KeyError, TypeError):
        raise ValueError(
            f"attention 'auto': the contract of {name} states no metrics.val."
            "window_balanced_accuracy; choose an attention by name"
        ) from None


def step_period_ms(contract: dict, sample_rate: float) -> float:
    """How long the samples of a step last at ``sample_rate`` (Hz)."""
    front_end = contract["front_end"]
    if not sample_rate or "hop" not in front_end:
        raise ValueError("attention 'auto': no sample rate is known, so budget_ms must be given")
    samples = contract["model"]["block_size"] * front_end["hop"] * front_end.get("averaging", 1)
    return 1e3 * samples / sample_rate


def calibrate(adapters: dict[str, AttentionModelAdapter]) -> dict[str, tuple[float, float]]:
    """Median and 99th percentile of a step with a full window, in ms, by name.

    The candidates take turns, so that a busy machine slows all of them. Their caches are free
    afterwards.
    """
    tokens = {
        name: np.full((1, a.block_size, a.n_values), -60.0, np.float32)
        for name, a in adapters.items()
    }
    for adapter in adapters.values():
        adapter.warm_up()
        adapter.fill()
    found: dict[str, list[float]] = {name: [] for name in adapters}
    start, rounds = time.perf_counter(), 0
    gc.collect()  # not in the middle
    while rounds < ROUNDS and (rounds < _FEWEST_ROUNDS or time.perf_counter() - start < _LIMIT_S):
        for name, adapter in adapters.items():
            before = time.perf_counter()
            adapter.step(tokens[name])
            found[name].append(1e3 * (time.perf_counter() - before))
        rounds += 1
    for adapter in adapters.values():
        adapter.end(0)
    return {name: (median(times), _p99(times)) for name, times in found.items()}


def reported(
    path: str | Path, adapters: dict[str, AttentionModelAdapter]
) -> dict[str, tuple[float, float]]:
    """Median and 99th percentile of a step, in ms, of the candidates that a report is about.

    Raises:
        ValueError: when the file is no report, or has no row of these models on this device.
    """
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
        base, rows = report["plan"]["base"], report["rows"]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise ValueError(f"{path}: not a report.json of gr-rfattn bench") from None
    found = {}
    for name, adapter in adapters.items():
        for row in rows:
            if row["kind"] == "model" and "p99_ms" in row and _is_about(row, base, adapter):
                found[name] = (row["p50_ms"], row["p99_ms"])
    if not found:
        raise ValueError(
            f"{path}: no row of a model of this shape on {next(iter(adapters.values())).device}; "
            "measure it with gr-rfattn bench --model"
        )
    return found


def _is_about(row: dict, base: dict, adapter: AttentionModelAdapter) -> bool:
    config = adapter.config.to_dict()
    fields = [*_SHAPE_FIELDS, *own_sizes(adapter.attention)]
    measured = {"n_features": 0, "patch": 1, "embedding": "linear", "gate": False, **base}
    measured |= {"window": row["window"], "block_size": row["block_size"]}
    named = ("attention", "norm", "device", "dtype", "threads")
    where = {"mode": "stream", "batch": 1} | {name: getattr(adapter, name) for name in named}
    row = {**row, "attention": today(row["attention"])}
    return all(row[key] == value for key, value in where.items()) and all(
        measured[field] == config[field] for field in fields
    )


def _p99(times: list[float]) -> float:
    """The smallest that at least 99 of 100 do not exceed."""
    return sorted(times)[-(-99 * len(times) // 100) - 1]


def _sentence(best: Candidate, candidates: list[Candidate], budget: str, bench: str | Path) -> str:
    out = [f"{c.attention} {c.p99_ms:.3g} ms ({c.accuracy:.1%})" for c in candidates if c != best]
    source = f"by {bench}" if bench else "calibrated at the start"
    others = f"; others: {', '.join(out)}" if out else ""
    return (
        f"{best.attention}: the most accurate ({best.accuracy:.1%} of validation steps, balanced) "
        f"whose step p99, {best.p99_ms:.3g} ms, is within the {budget}, {source}{others}"
    )

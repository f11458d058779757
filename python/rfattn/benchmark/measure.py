# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times subjects side by side, and paced at the real rate; returns rows."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence

from ..attention import attention_class
from .intervals import quantile, quantile_interval
from .plan import Plan
from .subjects import (
    Subject,
    compiled_subject,
    floor_subject,
    is_compiling_possible,
    is_onnx_possible,
    model_subject,
    null_subject,
    onnx_subject,
    re_encode_subject,
)

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_MOST_STEPS = 2000
"""Steps of one subject in one round; enough for any quantile, and they are all kept."""


def measure(plan: Plan, tell: Callable[[str], None]) -> list[dict]:
    """The rows of all groups: closed loop, then paced. ``tell`` hears what is going on."""
    rows = []
    for group in plan.groups():
        rows += measure_group(group, plan, tell)
    return rows


def measure_group(group, plan: Plan, tell: Callable[[str], None]) -> list[dict]:
    """Builds, checks, warms up and times the models of one window and block size."""
    config = group[0][0]
    name = f"W {config.window}, n {config.block_size}"
    subjects = []
    for member, batch in group:
        tell(f"{name}: checking {member.attention} with {member.norm}, batch {batch}")
        subjects.append(model_subject(member, batch, plan))
    tell(f"{name}: checking the baselines")
    subjects += _baselines(group, plan)
    timed = [subject for subject in subjects if subject.step is not None]
    rounds = interleave(timed, plan.rounds, plan.round_s, lambda r: tell(f"{name}: round {r}"))
    for subject, times in zip(timed, rounds, strict=True):
        subject.row |= summary(times) | rates(subject.row, times, plan)
    rows = [subject.row for subject in subjects]
    for subject in timed:
        if subject.row["kind"] == "model" and _is_paced(config, plan):
            tell(f"{name}: paced {subject.row['attention']} with {subject.row['norm']}")
            rows.append(paced_row(subject, plan.step_period_s(config), plan))
    return rows


def stages(group, plan: Plan) -> int:
    """How often `measure_group` tells what is going on, when nothing is left out."""
    paced = len(group) if _is_paced(group[0][0], plan) else 0
    return len(group) + 1 + plan.rounds + paced


def _is_paced(config, plan: Plan) -> bool:
    streams = config.block_size < config.window
    return plan.paced_s > 0 and streams and config.block_size in plan.block_sizes


def _baselines(group, plan: Plan) -> Iterable[Subject]:
    """Floors by attention and batch, re-encoding where it can be borne, and nothing at all."""
    floors = {(c.attention, b): (c, b) for c, b in group if attention_class(c.attention).fused}
    for config, batch in floors.values():
        yield floor_subject(config, batch, plan)
    config, batch = group[0]
    yield null_subject(config, batch, plan)
    if config.block_size < config.window:
        yield _re_encode(config, plan)
        if is_onnx_possible(plan) and ("flash", 1) in floors:
            yield onnx_subject(config, plan)
        if is_compiling_possible(plan) and ("flash", 1) in floors:
            yield compiled_subject(config, plan)


def _re_encode(config, plan: Plan) -> Subject:
    subject = re_encode_subject(config, 1, plan)
    if subject.step is not None:
        seconds = subject.run() / 1e9
        if seconds > plan.re_encode_limit_s:
            subject.row["skipped"] = (
                f"one step takes {seconds:.1f} s, the limit is {plan.re_encode_limit_s:g} s"
            )
            subject.step = None
    return subject


def interleave(
    subjects: Sequence[Subject], rounds: int, round_s: float, tell: Callable[[int], None]
) -> list[list[list[int]]]:
    """Nanoseconds of each step, by subject and round.

    In every round each subject runs for ``round_s`` seconds, at least one step, next to the others;
    the order is turned around from round to round.
    """
    times: list[list[list[int]]] = [[] for _ in subjects]
    gc.collect()
    gc.disable()
    try:
        for r in range(rounds):
            tell(r + 1)
            order = range(len(subjects)) if r % 2 == 0 else reversed(range(len(subjects)))
            for i in order:
                times[i].append(_run_for(subjects[i], round_s))
    finally:
        gc.enable()
    return times


def _run_for(subject: Subject, seconds: float) -> list[int]:
    if subject.reheat:
        subject.run()  # brings its weights and ring back into the cache; not counted
    end = time.perf_counter_ns() + int(seconds * 1e9)
    found = [subject.run()]
    while time.perf_counter_ns() < end and len(found) < _MOST_STEPS:
        found.append(subject.run())
    return found


def summary(rounds: Sequence[Sequence[int]]) -> dict:
    """Quantiles in ms with their 95 % intervals, and the raw nanoseconds."""
    ordered = sorted(value for values in rounds for value in values)
    found: dict = {"steps": len(ordered), "rounds": len(rounds)}
    for name, p in QUANTILES.items():
        found[f"{name}_ms"] = quantile(ordered, p) / 1e6
        ends = quantile_interval(ordered, p)
        found[f"{name}_interval_ms"] = [None if end is None else end / 1e6 for end in ends]
    found["max_ms"] = ordered[-1] / 1e6
    found["ns"] = [list(values) for values in rounds]
    return found


def rates(row: dict, rounds: Sequence[Sequence[int]], plan: Plan) -> dict:
    """What a closed loop achieves: tokens and samples of all streams a second, budget misses."""
    times = [value for values in rounds for value in values]
    tokens = len(times) * row["block_size"] * row["batch"] / (sum(times) / 1e9)
    found = {
        "tokens_per_s": tokens,
        "samples_per_s": tokens * plan.hop,
        "budget_ms": plan.budget_ms,
        "miss_rate": sum(value > plan.budget_ms * 1e6 for value in times) / len(times),
    }
    if "flops" in row:
        found["gflop_per_s"] = row["flops"] / quantile(sorted(times), 0.5)
    return found


def paced_row(subject: Subject, period_s: float, plan: Plan) -> dict:
    """Steps arrive every ``period_s`` seconds whether the model is ready or not.

    Latency counts from the scheduled arrival, so a stall is charged to every step that waited. A
    model that cannot follow runs with a growing backlog until the time is over.
    """
    latencies, late_ns = pace(subject.run, int(period_s * 1e9), plan.paced_s)
    due = len(latencies) + late_ns // int(period_s * 1e9)
    kept = (
        "kind",
        "attention",
        "norm",
        "window",
        "block_size",
        "batch",
        "device",
        "dtype",
        "threads",
        "seed",
        "kernel",
        "gate",
    )
    row = {name: subject.row[name] for name in kept} | {"mode": "paced"}
    return (
        row
        | summary([latencies])
        | {
            "period_ms": period_s * 1e3,
            "tokens_per_s_offered": subject.row["block_size"] * subject.row["batch"] / period_s,
            "backlog_steps": due - len(latencies),
            "budget_ms": plan.budget_ms,
            "miss_rate": sum(value > plan.budget_ms * 1e6 for value in latencies) / len(latencies),
        }
    )


def pace(step: Callable[[], object], period_ns: int, seconds: float) -> tuple[list[int], int]:
    """Latencies from the scheduled arrivals in ns, and how late the last arrival was begun."""
    start = time.perf_counter_ns()
    end, due, latencies, late = start + int(seconds * 1e9), start, [], 0
    while not latencies or time.perf_counter_ns() < end:
        late = time.perf_counter_ns() - due
        if late < 0:
            time.sleep(-late / 1e9)
            late = 0
        step()
        latencies.append(time.perf_counter_ns() - due)
        due += period_ns
    return latencies, late

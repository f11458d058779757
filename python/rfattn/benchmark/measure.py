# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times cases side by side in the closed loop, and paced at the real rate; returns rows."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence

from ..attention import stored_as
from .cases import (
    Case,
    is_onnx_possible,
    model_case,
    onnx_case,
    operators_case,
    runner_case,
    single_steps_case,
)
from .intervals import quantile, quantile_interval
from .plan import Group, Plan
from .rows import step_times

Baselines = Callable[[Group, Plan], Iterable[Case]]
"""Makes the cases that are timed next to the models of a group."""

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_MOST_STEPS = 2000
"""Steps of one case in one round: enough for any quantile, and all of them are kept."""
_KEPT_WHEN_PACED = (
    "kind mode attention norm window block_size batch device dtype threads seed runner kernel check"
).split()


def measure(
    plan: Plan, on_progress: Callable[[str], None], baselines: Baselines | None = None
) -> list[dict]:
    """The rows of all groups, closed loop and paced. ``on_progress`` is called with a line at each
    stage; ``baselines`` defaults to `own_baselines`."""
    rows = []
    for group in plan.groups():
        rows += measure_group(group, plan, on_progress, baselines or own_baselines)
    return rows


def measure_group(
    group: Group, plan: Plan, on_progress: Callable[[str], None], baselines: Baselines
) -> list[dict]:
    """Builds, checks, warms up and times the models and baselines of a group."""
    cases = []
    for config, batch in group.members:
        on_progress(f"{group.name}: checking {config.attention} with {config.norm}, batch {batch}")
        cases.append(model_case(config, batch, plan))
    on_progress(f"{group.name}: checking the baselines")
    cases += baselines(group, plan)
    timed = [case for case in cases if case.step is not None]
    for case in cases:
        case.row["mode"] = group.mode
    rounds = interleave(
        timed, plan.rounds, plan.round_s, lambda r: on_progress(f"{group.name}: round {r}")
    )
    for case, times in zip(timed, rounds, strict=True):
        case.row |= summary(*times)
        case.row |= rates(case.row, plan)
    rows = [case.row for case in cases]
    for case in timed:
        if case.row["kind"] == "model" and _is_paced(group, plan):
            on_progress(f"{group.name}: paced {case.row['attention']} with {case.row['norm']}")
            rows.append(paced_row(case, plan.step_period_s(group.members[0][0]), plan))
    return rows


def stages(group: Group, plan: Plan) -> int:
    """How often `measure_group` calls ``on_progress`` when it leaves nothing out."""
    paced = len(group.members) if _is_paced(group, plan) else 0
    return len(group.members) + 1 + plan.rounds + paced


def _is_paced(group: Group, plan: Plan) -> bool:
    return plan.paced_s > 0 and group.mode == "stream"


def own_baselines(group: Group, plan: Plan) -> Iterable[Case]:
    """Torch's operators alone by attention and batch, the models with other runners, single steps
    next to those of several streams, and ONNX Runtime where it is installed."""
    stored = {
        (c.attention, b): (c, b) for c, b in group.members if stored_as(c.attention) == c.attention
    }
    for config, batch in stored.values():
        yield operators_case(config, batch, plan)
    for config, batch in group.members:
        for runner in plan.runners[1:]:
            yield runner_case(config, batch, plan, runner)
    if group.mode == "whole window":
        return
    for config, batch in group.members:
        if batch > 1:
            yield single_steps_case(config, batch, plan)
    if is_onnx_possible(plan) and ("flash", 1) in stored:
        yield onnx_case(group.members[0][0], plan)


def interleave(
    cases: Sequence[Case], rounds: int, round_s: float, on_round: Callable[[int], None]
) -> list[tuple[list[list[int]], list[list[int]]]]:
    """For each case, the nanoseconds of each step in each round: those that passed, and those of
    the processor.

    In every round each case runs for ``round_s`` seconds, at least one step, next to the others;
    every other round runs in reverse order.
    """
    times: list = [([], []) for _ in cases]
    gc.collect()
    gc.disable()
    try:
        for r in range(rounds):
            on_round(r + 1)
            order = range(len(cases)) if r % 2 == 0 else reversed(range(len(cases)))
            for i in order:
                steps = _run_for(cases[i], round_s)
                for clock, kept in enumerate(times[i]):
                    kept.append([step[clock] for step in steps])
    finally:
        gc.enable()
    return times


def _run_for(case: Case, seconds: float) -> list[tuple[int, int]]:
    if case.reheat:
        case.run()  # brings weights and ring back into the processor's cache; not counted
    end = time.perf_counter_ns() + int(seconds * 1e9)
    found = [case.run()]
    while time.perf_counter_ns() < end and len(found) < _MOST_STEPS:
        found.append(case.run())
    return found


def summary(rounds: Sequence[Sequence[int]], cpu: Sequence[Sequence[int]] = ()) -> dict:
    """Quantiles in ms with their 95 % intervals, and the raw nanoseconds; with the nanoseconds of
    the processor, ``cpu``, also those and their median."""
    ordered = _flat(rounds)
    found: dict = {"steps": len(ordered), "rounds": len(rounds)}
    for name, p in QUANTILES.items():
        found |= _quantile(name, ordered, p)
    found["max_ms"] = ordered[-1] / 1e6
    found["ns"] = [list(values) for values in rounds]
    if cpu:
        found |= _quantile("cpu_p50", _flat(cpu), 0.5) | {"cpu_ns": [list(v) for v in cpu]}
    return found


def _flat(rounds: Sequence[Sequence[int]]) -> list[int]:
    return sorted(value for values in rounds for value in values)


def _quantile(name: str, ordered: Sequence[int], p: float) -> dict:
    ends = [None if end is None else end / 1e6 for end in quantile_interval(ordered, p)]
    return {f"{name}_ms": quantile(ordered, p) / 1e6, f"{name}_interval_ms": ends}


def rates(row: dict, plan: Plan) -> dict:
    """Tokens and samples of all streams per second in the closed loop, by the clock of
    `step_times`, and budget misses, by the wall clock."""
    times = _flat(step_times(row))
    tokens = len(times) * row["block_size"] * row["batch"] / (sum(times) / 1e9)
    found = {
        "tokens_per_s": tokens,
        "samples_per_s": tokens * plan.hop,
        **_misses(row["ns"], plan),
    }
    if "flops" in row:
        found["gflop_per_s"] = row["flops"] / quantile(times, 0.5)
    return found


def _misses(rounds: Sequence[Sequence[int]], plan: Plan) -> dict:
    times = _flat(rounds)
    missed = sum(value > plan.budget_ms * 1e6 for value in times)
    return {"budget_ms": plan.budget_ms, "miss_rate": missed / len(times)}


def paced_row(case: Case, period_s: float, plan: Plan) -> dict:
    """The row of a case whose steps arrive every ``period_s`` seconds, ready or not.

    Latency counts from the scheduled arrival, so a stall is charged to every step that waited. A
    model that is too slow runs with a growing backlog until the time is over. ``cpu_p99_ms`` is of
    the steps themselves, and ``cpu_backlog_steps`` how many periods more than they had they would
    have taken without other programs.
    """
    period_ns = int(period_s * 1e9)
    cpu: list[int] = []
    latencies, late_ns = pace(lambda: cpu.append(case.run()[1]), period_ns, plan.paced_s)
    row = {name: case.row[name] for name in _KEPT_WHEN_PACED} | {"mode": "paced"}
    return row | {
        **summary([latencies], [cpu]),
        **_misses([latencies], plan),
        "period_ms": period_s * 1e3,
        "tokens_per_s_offered": case.row["block_size"] * case.row["batch"] / period_s,
        "backlog_steps": late_ns // period_ns,
        "cpu_p99_ms": quantile(sorted(cpu), QUANTILES["p99"]) / 1e6,
        "cpu_backlog_steps": max(0, sum(cpu) // period_ns - len(cpu)),
    }


def pace(step: Callable[[], object], period_ns: int, seconds: float) -> tuple[list[int], int]:
    """Latencies from the scheduled arrivals, and how late the last step began; in nanoseconds."""
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

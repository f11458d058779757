# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole benchmark and returns one JSON value, the input of reports and comparisons."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

from ..attention import ModelConfig
from ..inference import blas, onnx_file
from ..inference.devices import resolve_device, resolve_dtype
from . import machine, recommend
from .child import measure_in_child
from .measure import measure, stages
from .plan import Plan
from .rows import SCHEMA

CHILD_TIMEOUT_S = 600.0


def run(
    plan: Plan,
    command: str,
    on_progress: Callable[[str], None],
    eval_results: Iterable[dict] = (),
) -> dict:
    """Measures everything in ``plan``.

    Args:
        command: kept with the results.
        on_progress: called with a line at each stage, `count_stages` times.
        eval_results: what `gr-rfattn eval --json` wrote, for the recommendation.

    Returns:
        schema, command, plan, machine, rows (see measure.py), absent (what could not be measured
        and why), memory, capacity (see capacity.py; None without), eval, recommendation, seconds.
    """
    start = time.monotonic()
    blas.set_torch_threads(plan.threads)
    blas.cap_blas_threads()
    report: dict = {
        "schema": SCHEMA,
        "command": command,
        "plan": asdict(plan),
        "machine": machine.describe(resolve_device(plan.device)),
    }
    report["rows"] = measure(plan, on_progress)
    absent = onnx_file.missing()
    report["absent"] = {"ONNX Runtime": absent} if absent else {}
    report["memory"] = list(memory_rows(plan, on_progress))
    report["capacity"] = measure_capacity(plan, on_progress, report["absent"])
    report["eval"] = list(eval_results)
    report["recommendation"] = recommend.recommend(report)
    report["machine"]["load_average_at_end"] = list(os.getloadavg())
    report["seconds"] = time.monotonic() - start
    return report


def count_stages(plan: Plan) -> int:
    """How often `run` calls ``on_progress`` when it leaves nothing out."""
    return (
        sum(stages(group, plan) for group in plan.groups())
        + len(_memory_shapes(plan))
        + (plan.path_s > 0.0)
    )


def _memory_shapes(plan: Plan) -> list[tuple[int, str]]:
    windows = plan.windows if plan.all_norms else plan.windows[:1]
    attentions = plan.attentions if plan.all_norms else plan.attentions[:2][-1:]
    return [(window, attention) for window in windows for attention in attentions]


def memory_rows(plan: Plan, on_progress: Callable[[str], None]) -> Iterator[dict]:
    """Memory of each attention in its own process: all windows in a long run, one window in a
    short one. The soak runs at the first window if any block size streams."""
    for window, attention in _memory_shapes(plan):
        on_progress(f"memory of {attention}, W {window}, in a process of its own")
        settings = child_settings(plan, streaming_config(plan, attention, window))
        settings["runner"] = plan.runners[0]
        soak = plan.soak_tokens if window == plan.windows[0] and any(plan.block_sizes) else 0
        found = measure_in_child(
            "gnuradio.rfattn.benchmark.memory", settings | {"soak_tokens": soak}, CHILD_TIMEOUT_S
        )
        yield {"attention": attention, "window": window, **found}


def measure_capacity(
    plan: Plan, on_progress: Callable[[str], None], absent: dict[str, str]
) -> dict | None:
    """What this machine follows, in a process of its own; what is missing goes to ``absent``."""
    if not plan.path_s:
        return None
    on_progress("the path of live, in a process of its own")
    cores = len(os.sched_getaffinity(0))
    settings = {"signal_s": plan.path_s, "cores": cores, "device": plan.device}
    found = measure_in_child("gnuradio.rfattn.benchmark.capacity", settings, CHILD_TIMEOUT_S)
    if "error" in found:
        absent["the path of live"] = found["error"]
        return None
    return found


def streaming_config(plan: Plan, attention: str, window: int) -> ModelConfig:
    """The configuration at the plan's first block size that streams."""
    n = next((n for n in plan.block_sizes if n), plan.base.block_size)
    return plan.base.replace(
        attention=attention, norm=plan.norms[0], window=window, block_size=min(n, window)
    )


def child_settings(plan: Plan, config: ModelConfig) -> dict:
    """What every measurement in a child process takes; the type of the numbers is that of the rows
    that are timed here."""
    return {
        "config": config.to_dict(),
        "device": plan.device,
        "dtype": resolve_dtype(plan.dtype, resolve_device(plan.device)),
        "threads": plan.threads,
        "seed": plan.seed,
    }

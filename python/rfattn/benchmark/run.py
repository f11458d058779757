# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole benchmark: one JSON value, from which the reports and comparisons are made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict

from ..inference import blas, onnx_step
from ..inference.devices import resolve_device
from . import compiled_step, goals, machine, recommend
from .child import measure_in_child
from .measure import measure, stages
from .plan import Plan

SCHEMA = 1
_CHILD_TIMEOUT_S = 600.0
_FFT_SIZES = (64, 256, 1024, 4096)
_QUICK_ROUND_S = 0.1
_STARTS = 3


def run(plan: Plan, command: str, tell: Callable[[str], None], eval_results=()) -> dict:
    """Measures everything that ``plan`` asks for. ``tell`` hears what is going on; ``command`` and
    the results of `gr-rfattn eval` are kept with the figures.

    Returns:
        schema, command, plan, machine, rows (see measure.py), memory, flowgraph, front_end,
        first_label, absent (what could not be measured and why), goals, recommendation, eval,
        seconds.
    """
    start = time.monotonic()
    blas.set_torch_threads(plan.threads)
    blas.cap_blas_threads()
    report: dict = {
        "schema": SCHEMA,
        "command": command,
        "plan": asdict(plan),
        "machine": machine.describe(str(resolve_device(plan.device))),
    }
    report["rows"] = measure(plan, tell)
    report["absent"] = {}
    if onnx_step.missing():
        report["absent"]["ONNX Runtime"] = onnx_step.missing()
    if plan.compiled and compiled_step.missing():
        report["absent"]["torch.compile"] = compiled_step.missing()
    report["memory"] = list(memory_rows(plan, tell))
    report["flowgraph"] = list(flowgraph_rows(plan, tell)) if plan.flowgraph else []
    report["front_end"] = front_end_rows(plan, tell, report["absent"]) if plan.flowgraph else []
    report["first_label"] = first_label_rows(tell) if plan.flowgraph else []
    report["eval"] = list(eval_results)
    report["goals"] = goals.evaluate(report)
    report["recommendation"] = recommend.recommend(report)
    report["machine"]["load_average_at_end"] = list(os.getloadavg())
    report["seconds"] = time.monotonic() - start
    return report


def count_stages(plan: Plan) -> int:
    """How often `run` tells what is going on, when nothing is left out."""
    models = sum(stages(group, plan) for group in plan.groups())
    rest = len(_flowgraph_attentions(plan)) + 1 + _STARTS if plan.flowgraph else 0
    return models + len(_memory_shapes(plan)) + rest


def _memory_shapes(plan: Plan) -> list[tuple[int, str]]:
    windows = plan.windows if plan.all_norms else plan.windows[:1]
    attentions = plan.attentions if plan.all_norms else plan.attentions[1:2]
    return [(window, attention) for window in windows for attention in attentions]


def _flowgraph_attentions(plan: Plan) -> list[str]:
    wanted = ("flash", "latent") if plan.all_norms else ("flash",)
    return [attention for attention in wanted if attention in plan.attentions]


def first_label_rows(tell: Callable[[str], None]) -> list[dict]:
    """Processes that start, one after the other: the first finds its files as they were, the others
    find them in memory."""
    rows = []
    for start in range(_STARTS):
        tell(f"first label, start {start + 1}")
        rows.append(measure_in_child("first_label", {}, _CHILD_TIMEOUT_S))
    return rows


def soak(plan: Plan, tokens: int) -> dict:
    """A long run of the first attention at the first window, through the real flowgraph (see
    soak.py); {"error": line} when it fails."""
    config = streaming(plan, plan.attentions[0], plan.windows[0])
    found = measure_in_child("soak", {**common(plan, config), "tokens": tokens}, None)
    return {
        "attention": config.attention,
        "norm": config.norm,
        "window": config.window,
        "block_size": config.block_size,
        **found,
    }


def memory_rows(plan: Plan, tell: Callable[[str], None]):
    """Each attention in a process of its own: the whole matrix in a long run, one window in a short
    one; the soak on the first window, where anything streams."""
    for window, attention in _memory_shapes(plan):
        tell(f"memory of {attention}, W {window}, in a process of its own")
        config = streaming(plan, attention, window)
        soak = plan.soak_tokens if window == plan.windows[0] and any(plan.block_sizes) else 0
        settings = {**common(plan, config), "batch": 1, "soak_tokens": soak}
        found = measure_in_child("memory", settings, _CHILD_TIMEOUT_S)
        yield {"attention": attention, "window": window, **found}


def flowgraph_rows(plan: Plan, tell: Callable[[str], None]):
    """The flowgraph of `flash` and `latent` at the first window, whichever are asked for."""
    for attention in _flowgraph_attentions(plan):
        tell(f"flowgraph with {attention}")
        config = streaming(plan, attention, plan.windows[0])
        settings = {
            **common(plan, config),
            "rounds": min(plan.rounds, 8),
            "seconds": max(plan.round_s, _QUICK_ROUND_S),
            "hop": plan.hop,
            "sample_rate": plan.sample_rate,
            "budget_ms": plan.budget_ms,
        }
        found = measure_in_child("flowgraph", settings, _CHILD_TIMEOUT_S)
        yield {
            "attention": attention,
            "window": config.window,
            "block_size": config.block_size,
            **found,
        }


def front_end_rows(plan: Plan, tell: Callable[[str], None], absent: dict) -> list[dict]:
    tell("power_spectrum")
    sizes = _FFT_SIZES if plan.all_norms else _FFT_SIZES[:1]
    settings = {"sizes": sizes, "rounds": 5, "seconds": min(plan.round_s, 0.2), "seed": plan.seed}
    found = measure_in_child("front_end", settings, _CHILD_TIMEOUT_S)
    if isinstance(found, dict):
        absent["power_spectrum"] = found["error"]
        return []
    return found


def streaming(plan: Plan, attention: str, window: int):
    """The streaming configuration at the plan's first block size that is none of a whole window."""
    n = next((n for n in plan.block_sizes if n), plan.base.block_size)
    return plan.base.replace(
        attention=attention, norm=plan.norms[0], window=window, block_size=min(n, window)
    )


def common(plan: Plan, config) -> dict:
    return {
        "config": config.to_dict(),
        "device": plan.device,
        "dtype": plan.dtype,
        "threads": plan.threads,
        "seed": plan.seed,
    }

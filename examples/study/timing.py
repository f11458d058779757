# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Latency, throughput and memory by sequence length, measured by the installed benchmark.

Every model passes the benchmark's check before it is timed. Those of one length run side by side in
the closed loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from gnuradio.rfattn import __version__
from gnuradio.rfattn.attention import attention_class, kv_bytes
from gnuradio.rfattn.attention.cost import cache_shapes
from gnuradio.rfattn.benchmark.intervals import ratio_interval
from gnuradio.rfattn.benchmark.measure import measure_group
from gnuradio.rfattn.benchmark.plan import Group, Plan
from gnuradio.rfattn.inference import blas, cpu_info

from store import kept
from study_plan import StudyPlan


def run(
    plan: StudyPlan, n_classes: int, out: Path, on_progress: Callable[[str], None]
) -> list[dict]:
    """The benchmark's rows of all lengths; rows in ``out`` of the same configuration, processor and
    versions are used again."""
    blas.set_torch_threads(plan.training.threads)
    blas.cap_blas_threads()
    rows = []
    for bench in plan.bench(n_classes):
        for group in bench.groups():
            config = group.members[0][0]
            path = out / "timings" / f"W{config.window}_n{config.block_size}.json"
            make = functools.partial(measure_length, group, bench, on_progress)
            rows += kept(path, _key(bench, group), make)["rows"]
    return rows


def measure_length(group: Group, bench: Plan, on_progress: Callable[[str], None]) -> dict:
    on_progress(f"timing {group.name}")
    rows = measure_group(group, bench, lambda text: None, lambda group, plan: ())
    for row in rows:
        if "ns" in row:
            row["windows_per_s"] = row["tokens_per_s"] / row["block_size"]
    return {"rows": rows}


def _key(bench: Plan, group: Group) -> dict:
    settings = asdict(bench)
    for name in ("memory_limit_bytes", "windows", "block_sizes"):
        del settings[name]
    return {
        "version": __version__,
        "cpu": cpu_info.name(),
        "torch": torch.__version__,
        "plan": settings,
        "group": [[config.to_dict(), batch] for config, batch in group.members],
    }


def mechanism(plan: StudyPlan, n_classes: int, rows: Sequence[dict]) -> list[dict]:
    """What each attention keeps, from the shapes alone.

    Rows of layers (those with a ring or state), bytes_per_token_and_layer (None where what is kept
    does not grow with the window), kv_bytes by length (float32), and allocated_as_predicted:
    whether the timed models held exactly that, None if none was timed.
    """
    base = plan.bench(n_classes)[0].base
    return [_mechanism(base, plan.windows, attention, rows) for attention in plan.attentions]


def _mechanism(base, windows, attention: str, rows: Sequence[dict]) -> dict:
    shapes = [
        base.replace(attention=attention, window=w, rope_period=max(base.rope_period, 2 * w))
        for w in windows
    ]
    first, described = shapes[0], attention_class(attention)
    layers = described.cached_layers(first)
    ring_bytes = 4 * sum(torch.Size(shape).numel() for shape in cache_shapes(first)[1:])
    same = [r for r in rows if r["attention"] == attention and "kv_bytes" in r]
    exact = all(r["kv_bytes"] == r["kv_bytes_predicted"] for r in same)
    return {
        "attention": attention,
        "layers": layers,
        "bytes_per_token_and_layer": (
            ring_bytes / (layers * first.window) if described.windowed else None
        ),
        "kv_bytes": {str(shape.window): kv_bytes(shape) for shape in shapes},
        "allocated_as_predicted": exact if same else None,
    }


def norm_ratios(rows: Sequence[dict]) -> list[dict]:
    """Time of a step with rmsnorm over that with layernorm, paired by rounds, for every attention
    and length that has both."""
    timed = {(r["attention"], r["mode"], r["window"], r["norm"]): r for r in rows if "ns" in r}
    found = []
    for (attention, mode, window, norm), row in timed.items():
        other = timed.get((attention, mode, window, "rmsnorm"))
        if norm == "layernorm" and other is not None:
            value, low, high = ratio_interval(other["ns"], row["ns"])
            where = {"attention": attention, "mode": mode, "window": window}
            found.append(where | {"ratio": value, "low": low, "high": high})
    return found

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Latency, throughput and memory by sequence length, by the benchmark's own measuring.

Every model passes the benchmark's check before it is timed; those of one length are timed in
interleaved rounds, in the closed loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from .. import __version__
from ..attention import attention_class, kv_bytes
from ..attention.cost import cache_shapes
from ..benchmark.intervals import ratio_interval
from ..benchmark.measure import interleave, rates, summary
from ..benchmark.plan import Plan
from ..benchmark.subjects import model_subject
from ..inference import blas
from ..inference import cpu_info as processor
from .plan import StudyPlan
from .store import kept


def run(plan: StudyPlan, n_classes: int, out: Path, tell: Callable[[str], None]) -> list[dict]:
    """The benchmark's rows of all lengths. ``tell`` hears what is going on; what lies in ``out``
    from the same configuration, processor and versions is reused."""
    blas.set_torch_threads(plan.training.threads)
    blas.cap_blas_threads()
    rows = []
    for bench in plan.bench(n_classes):
        for group in bench.groups():
            config = group[0][0]
            path = out / "timings" / f"W{config.window}_n{config.block_size}.json"
            key = _key(bench, group)
            make = lambda g=group, b=bench: {"rows": _group(g, b, tell)}  # noqa: E731
            rows += kept(path, key, make)["rows"]
    return rows


def _group(group, bench: Plan, tell: Callable[[str], None]) -> list[dict]:
    """The rows of one length. ``cpu_share``: the processor time that the rounds had over the time
    they took; below 1, others had the processor in between."""
    config = group[0][0]
    name = f"W {config.window}, n {config.block_size}"
    subjects = []
    for member, batch in group:
        tell(f"{name}: checking {member.attention} with {member.norm}")
        subjects.append(model_subject(member, batch, bench))
    timed = [subject for subject in subjects if subject.step is not None]
    cpu, wall = time.process_time(), time.perf_counter()
    rounds = interleave(timed, bench.rounds, bench.round_s, lambda r: tell(f"{name}: round {r}"))
    had = (time.process_time() - cpu) / (time.perf_counter() - wall)
    for subject, times in zip(timed, rounds, strict=True):
        subject.row |= summary(times) | rates(subject.row, times, bench)
        subject.row["cpu_share"] = had
        subject.row["windows_per_s"] = subject.row["tokens_per_s"] / subject.row["block_size"]
    return [subject.row for subject in subjects]


def _key(bench: Plan, group) -> dict:
    settings = asdict(bench)
    for name in ("memory_limit_bytes", "windows", "block_sizes"):
        del settings[name]
    return {
        "version": __version__,
        "cpu": processor.name(),
        "torch": torch.__version__,
        "plan": settings,
        "group": [[c.to_dict(), b] for c, b in group],
    }


def mechanism(plan: StudyPlan, n_classes: int, rows: Sequence[dict]) -> list[dict]:
    """What each attention keeps, from the shapes alone: bytes in float32 by length, bytes per token
    and layer that has a ring, the number of such layers, and whether the models that were timed
    allocated exactly that (None where none was)."""
    base = plan.bench(n_classes)[0].base
    found = []
    for attention in plan.attentions:
        shapes = {
            w: base.replace(attention=attention, window=w, rope_period=max(base.rope_period, 2 * w))
            for w in plan.windows
        }
        first = next(iter(shapes.values()))
        rings = cache_shapes(first)[1:]
        layers = attention_class(attention).cached_layers(first)
        ring_bytes = 4 * sum(torch.Size(shape).numel() for shape in rings)
        allocated = [
            r["kv_bytes"] == r["kv_bytes_predicted"]
            for r in rows
            if r["attention"] == attention and "kv_bytes" in r
        ]
        found.append(
            {
                "attention": attention,
                "layers": layers,
                "bytes_per_token_and_layer": ring_bytes / (layers * first.window),
                "kv_bytes": {str(w): kv_bytes(shape) for w, shape in shapes.items()},
                "allocated_as_predicted": all(allocated) if allocated else None,
            }
        )
    return found


def norm_ratios(rows: Sequence[dict]) -> list[dict]:
    """Time of a step with rmsnorm over that with layernorm, paired by rounds, for every attention
    and length that has both."""
    timed = {(r["attention"], r["mode"], r["window"], r["norm"]): r for r in rows if "ns" in r}
    found = []
    for (attention, mode, window, norm), row in timed.items():
        other = timed.get((attention, mode, window, "rmsnorm"))
        if norm == "layernorm" and other is not None:
            value, low, high = ratio_interval(other["ns"], row["ns"])
            found.append(
                {
                    "attention": attention,
                    "mode": mode,
                    "window": window,
                    "ratio": value,
                    "low": low,
                    "high": high,
                }
            )
    return found

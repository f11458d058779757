# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's goals against what one run measured side by side."""

from __future__ import annotations

import operator
from dataclasses import dataclass

from gnuradio.rfattn.benchmark.report import streams_gain
from gnuradio.rfattn.benchmark.rows import Ratio, find, operators_of, ratio
from gnuradio.rfattn.inference import DEFAULT_MODEL

_LONG = 4096
"""From this window on, attention is most of a step and its calls little."""
_COMPARE = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True)
class Goal:
    what: str
    against: str
    relation: str
    bound: float

    def judge(self, measured, unit: str = "×") -> dict:
        """A line of the table for ``measured``: None, a value, or (value, low, high).

        ``met`` judges the value; ``clear`` is whether both ends of the interval agree with it.
        """
        value, low, high = measured if isinstance(measured, tuple) else (measured, None, None)
        holds = [
            _COMPARE[self.relation](v, self.bound) for v in (value, low, high) if v is not None
        ]
        return {
            "what": self.what,
            "against": self.against,
            "relation": self.relation,
            "bound": self.bound,
            "here": value,
            "interval": [low, high],
            "unit": unit,
            "met": holds[0] if holds else None,
            "clear": len(set(holds)) == 1,
        }


def evaluate(report: dict) -> list[dict]:
    """All goals; ``here`` is None where this run did not measure both sides."""
    return [
        *_front_end(report),
        *_step(report),
        *_perceiver(report),
        *_flowgraph(report),
        *_path(report),
        *_first_label(report),
        *_streams(report),
        *_memory(report),
    ]


def _front_end(report: dict):
    for row in report["front_end"]:
        if "refused" in row:
            continue
        name = f"power_spectrum, fft {row['fft_size']}, hop {row['hop']}: CPU per sample"
        goal = Goal(name, "FFTW and VOLK in a bare loop", "<=", 1.5)
        yield goal.judge(tuple(row["ratio to bare loop"]))
        if "ratio to in-tree chain" in row:
            least = row["ns_per_sample"]["bare loop"] / row["ns_per_sample"]["in-tree chain"]
            against = f"in-tree chain of four blocks (bare loop: {least:.2g})"
            yield Goal(name, against, "<=", 0.2).judge(tuple(row["ratio to in-tree chain"]))


def _step(report: dict):
    sizes = report["plan"]["block_sizes"]
    for window, n in (shape for shape in _stream_shapes(report) if shape[1] in sizes):
        where = {"mode": "stream", "window": window, "block_size": n, "batch": 1}
        model = find(report["rows"], kind="model", attention="flash", norm="layernorm", **where)
        alone = find(report["rows"], kind="operators", attention="flash", **where)
        name = f"flash step, W = {window}, n = {n}: speed"
        least = 0.9 if window >= _LONG else 0.85
        yield Goal(name, "torch's operators alone", ">=", least).judge(ratio(alone, model))
        other = find(report["rows"], kind="re-encode", **where)
        wanted = {1024: 16.0, 4096: 140.0, 16384: 500.0}.get(window)
        if wanted and n == 64:
            onnx = find(report["rows"], kind="onnx", **where)
            least = ratio(other, alone)
            against = "re-encoding with nn.TransformerEncoder"
            against += "" if least is None else f" (operators alone: {least[0]:.3g})"
            yield Goal(name, against, ">=", wanted).judge(ratio(other, model))
            yield Goal(name, "ONNX Runtime", ">=", 1.0).judge(ratio(onnx, model))
            compiled = find(report["rows"], kind="compiled", **where)
            yield Goal(name, "torch.compile", ">=", 1.0).judge(ratio(compiled, model))


def _perceiver(report: dict):
    for window, n in _stream_shapes(report):
        wanted = {1024: 0.33, 4096: 0.22, 16384: 0.15}.get(window)
        if wanted is None or n != 64:
            continue
        where = {
            "kind": "model",
            "mode": "stream",
            "window": window,
            "block_size": n,
            "batch": 1,
            "norm": "layernorm",
        }
        perceiver = find(report["rows"], attention="perceiver", **where)
        flash = find(report["rows"], attention="flash", **where)
        name = f"perceiver step, W = {window}, n = {n}"
        both = perceiver is not None and flash is not None
        least = (
            ratio(*(operators_of(r, report["rows"]) for r in (perceiver, flash))) if both else None
        )
        against = "flash" if least is None else f"flash (their operators alone: {least[0]:.2g})"
        yield Goal(f"{name}: time", against, "<=", wanted).judge(ratio(perceiver, flash))
        rings = perceiver["kv_bytes"] / flash["kv_bytes"] if both else None
        yield Goal(f"{name}: KV bytes", "flash", "<=", 0.2501).judge(rings)


def _flowgraph(report: dict):
    for row in report["flowgraph"]:
        if "error" in row:
            continue
        name = f"flowgraph with {row['attention']}, W = {row['window']}"
        overhead = tuple(row["overhead"]["ratio"])
        yield Goal(f"{name}: time per step", "bare step", "<=", 1.05).judge(overhead)
        yield Goal(f"{name}: CPU per step of the model's block", "bare step", "<=", 1.05).judge(
            tuple(row["overhead"]["cpu_ratio"])
        )
        copy = row["cpu"]["copy_ratio"]
        against = f"flowgraph without them (a block that only copies: {copy:.2g})"
        yield Goal(f"{name}: CPU of probe and stats", against, "<=", 0.01).judge(
            row["cpu"]["probe_and_stats_ratio"]
        )
        for load in row["overload"]:
            against = f"overload {load['factor']:g}×, policy drop, capacity {load['capacity']}"
            oldest = load["capacity"] + 2.0  # those that wait, the one before them, one on its way
            age = Goal(f"{name}: p99 of a label's age", against, "<=", oldest)
            yield age.judge(load["age_in_steps"], "steps")
            run = Goal(f"{name}: median run of steps without a gap", against, ">=", 2.0)
            yield run.judge(load["run_in_windows"], "windows")
            yield Goal(f"{name}: samples accepted", against, ">=", 0.99).judge(load["accepted"])
            yield Goal(f"{name}: in = out + dropped + rest", against, "==", 1.0).judge(
                float(load["tokens_add_up"])
            )


def _path(report: dict):
    """Of the band that is on the air all the time."""
    for row in (row for row in report.get("path", []) if row["band"] == "20 emissions"):
        cores, name = row["cores"], "default path, 20 emissions at 2.4 MS/s"
        labels = Goal(f"{name}: CPU of the labels", "the band in real time", "<=", 0.05)
        yield labels.judge(cores["labels"] + cores["others"], "cores")
        whole = Goal(f"{name}: CPU of all blocks", "the band in real time", "<=", 0.6)
        yield whole.judge(row["sum"], "cores")


def _first_label(report: dict):
    runs = [run for run in report.get("first_label", []) if "error" not in run]
    goal = Goal(f"{DEFAULT_MODEL}: start of the process to the first label", "the clock", "<=", 2.0)
    yield goal.judge(min((run["label_s"] for run in runs), default=None), "s")
    cost = Goal(f"{DEFAULT_MODEL}: CPU until the first label", "the clock", "<=", 2.0)
    yield cost.judge(min((run["cpu_s"] for run in runs), default=None), "s")


def _streams(report: dict):
    """Of the shape of the shipped model. The operators of the batch are context, not a goal."""
    count = report["plan"]["streams"]
    if not count:
        return
    where = {"mode": "streams", "attention": "flash"}
    alone = find(report["rows"], kind="operators", batch=count, **where)
    share: Ratio | None = ratio(alone, find(report["rows"], kind="model", batch=count, **where))
    against = f"{count} single steps"
    against += "" if share is None else f" (the call's operators alone: {share[0]:.2g})"
    name = f"{DEFAULT_MODEL}'s shape, {count} streams in one call: throughput"
    yield Goal(name, against, ">=", 2.2).judge(streams_gain(report["rows"], count, **where))


def _memory(report: dict):
    exact = [
        row["kv_bytes"] / row["kv_bytes_predicted"]
        for row in report["rows"]
        if "kv_bytes_predicted" in row
    ]
    worst = max(exact, key=lambda value: abs(value - 1.0)) if exact else None
    yield Goal("KV bytes allocated, the worst of all rows", "predicted", "==", 1.0).judge(worst)
    for row in report["memory"]:
        if "soak_tokens" in row:
            name = f"RSS after {row['soak_tokens']:,} tokens of {row['attention']}"
            share = 1.0 + row["rss_growth_bytes"] / row["peak_rss_bytes"]
            yield Goal(name, "after the first tenth", "<=", 1.01).judge(share)


def _stream_shapes(report: dict) -> list[tuple[int, int]]:
    found = {(r["window"], r["block_size"]) for r in report["rows"] if r["mode"] == "stream"}
    return sorted(found)

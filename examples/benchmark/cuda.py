#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the step on a CUDA device, without GNU Radio: latency, streams, throughput by batch.

Writes report.md and report.json into --out. With --device cpu the same code runs in tiny sizes, so
that it is tested where there is no device. tests/cuda.sh sets the module path and runs the tests,
too. Exit status 1 when a row fails its check.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from gnuradio.rfattn.attention import stored_as
from gnuradio.rfattn.benchmark.cases import Case, floor_case, torch_case
from gnuradio.rfattn.benchmark.measure import measure
from gnuradio.rfattn.benchmark.plan import SHAPE, Group, Plan
from gnuradio.rfattn.benchmark.report import LATENCY
from gnuradio.rfattn.benchmark.rows import find, ratio
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference import cpu_info
from gnuradio.rfattn.reporting import interval, mebibytes, table_of

P99_MS, STREAMS = 0.5, 64
"""Goals at W = 16k, n = 64: p99 of the step of one stream, and real-time streams."""
_TINY = {
    "attentions": ("flash", "latent"),
    "base": SHAPE.replace(d_model=16, n_heads=2, n_layers=2, n_bins=8, n_classes=3),
    "windows": (32,),
    "block_sizes": (8,),
    "batches": (1, 3),
    "rounds": 3,
    "round_s": 0.01,
    "sample_rate": 10e3,
}
_FULL = {
    "windows": (16384,),
    "block_sizes": (64,),
    "batches": (1, 8, 32, 64, 128),
    "rounds": 8,
    "round_s": 0.2,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, or cpu in tiny sizes")
    parser.add_argument("--out", metavar="DIR", default="cuda", help="folder of the report")
    parser.add_argument("--tests", metavar="TEXT", default="not run", help="result of the tests")
    arguments = parser.parse_args(argv)
    tiny = arguments.device == "cpu"
    plan = Plan(
        **(_TINY if tiny else _FULL),
        device=arguments.device,
        runner="graph",
        all_norms=False,
        streams=0,
        paced_s=0.0,
    )
    report = {
        "command": shlex.join(sys.argv),
        "machine": machine(arguments.device),
        "tests": arguments.tests,
        "period_ms": 1e3 * plan.step_period_s(plan.groups()[0].members[0][0]),
        "rows": measure(plan, _print_line, baselines),
        "study": study(plan, tiny),
    }
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "report.json", json.dumps(report, allow_nan=False) + "\n")
    replace_file(out / "report.md", markdown(report))
    print(out / "report.md")
    return 1 if any("refused" in row for row in report["rows"]) else 0


def machine(device: str) -> dict:
    found = {"python": sys.version.split()[0], "torch": torch.__version__, "cpu": cpu_info.name()}
    if device != "cpu":
        free, total = torch.cuda.mem_get_info(device)
        found |= {
            "device": torch.cuda.get_device_name(device),
            "CUDA": str(torch.version.cuda),
            "memory": f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free",
        }
    return found


def baselines(group: Group, plan: Plan) -> Iterable[Case]:
    """The floor of each batch, and one stream whose kernels are started one by one."""
    plain = [(c, b) for c, b in group.members if c.norm == plan.norms[0]]
    for config, batch in plain:
        if stored_as(config.attention) == config.attention:
            yield floor_case(config, batch, plan)
        if batch == 1:
            yield torch_case(config, batch, plan)


def study(plan: Plan, tiny: bool) -> list[dict] | str:
    """The study's claims about latency and memory, timed in its own shape; or why not."""
    try:
        import claims
        import timing
        from study_plan import StudyPlan
    except ImportError as error:
        return f"Not measured: {error}."
    chosen = StudyPlan(
        attentions=plan.attentions,
        windows=(128,) if tiny else (1024, 16384),
        whole_windows=(),
        rounds=plan.rounds,
        round_s=plan.round_s,
    )
    rows = []
    for bench in chosen.bench():
        bench = dataclasses.replace(bench, device=plan.device, runner=plan.runner)
        for group in bench.groups():
            rows += timing.measure_length(group, bench, _print_line)["rows"]
    measured = {
        "rows": rows,
        "accuracy": [],
        "norm": {"latency": timing.norm_ratios(rows), "accuracy": []},
        "mechanism": timing.mechanism(chosen, 2, rows),
    }
    return [claim for claim in claims.evaluate(measured) if "accuracy" not in claim["claim"]]


def markdown(report: dict) -> str:
    models = [r for r in report["rows"] if r["kind"] == "model" and "ns" in r]
    window, n = (models[0][name] for name in ("window", "block_size")) if models else ("-", "-")
    parts = [
        "# The step on a CUDA device\n",
        "".join(f"- {name}: {value}\n" for name, value in report["machine"].items()),
        f"- `{report['command']}`\n- tests: {report['tests']}\n",
        f"W = {window}, n = {n}; random weights, checked against one offline pass in float32 "
        "before the timing. Closed loop: the next step starts when the logits of the last are on "
        "the CPU.\n",
        "## Goals\n",
        table_of(_GOALS, goals(report["rows"], report["period_ms"])),
        "## Throughput by batch\n",
        table_of(_columns(report["rows"]), models),
        "## The study\n",
        report["study"] if isinstance(report["study"], str) else table_of(_CLAIMS, report["study"]),
        "## Refused and left out\n",
        table_of(_LEFT_OUT, [r for r in report["rows"] if "ns" not in r]).replace(
            "Not measured.", "None."
        ),
    ]
    return "\n".join(parts)


def goals(rows: list[dict], period_ms: float) -> list[dict]:
    """By attention, with layernorm: p99 of one stream, and the most streams whose steps end within
    the time that one brings."""
    found = []
    for attention in dict.fromkeys(r["attention"] for r in rows if r["kind"] == "model"):
        mine = [
            r
            for r in rows
            if (r["kind"], r["attention"], r["norm"]) == ("model", attention, "layernorm")
            and "ns" in r
        ]
        one = find(mine, batch=1)
        if one is not None:
            streams = max((r["batch"] for r in mine if r["p99_ms"] <= period_ms), default=0)
            found.append(
                {
                    "attention": attention,
                    "p99_ms": one["p99_ms"],
                    "interval": interval(*one["p99_interval_ms"]),
                    "streams": streams,
                    "period_ms": period_ms,
                }
            )
    return found


def _columns(rows: list[dict]) -> dict[str, Callable]:
    def against(kind: str) -> Callable:
        def cell(row: dict) -> str:
            where = {"attention": row["attention"], "batch": row["batch"]}
            found = ratio(find(rows, kind=kind, **where), row)
            return "-" if found is None else f"{found[0]:.3g} {interval(*found[1:])}"

        return cell

    return {
        "attention": lambda r: r["attention"],
        "norm": lambda r: r["norm"],
        "number": lambda r: r["dtype"],
        "kernel": lambda r: r["kernel"],
        "streams": lambda r: r["batch"],
        **LATENCY,
        "tokens/s": lambda r: f"{r['tokens_per_s']:,.0f}",
        "speed of floor": against("floor"),
        "faster than one by one": against("torch"),
        "KV MiB": lambda r: mebibytes(r["kv_bytes"]),
        "temporary MiB": lambda r: mebibytes(r["peak_temporary_bytes"]),
    }


_GOALS = {
    "attention": lambda r: r["attention"],
    f"p99 of one stream, ms (goal < {P99_MS})": lambda r: f"{r['p99_ms']:.3g} {r['interval']}",
    f"real-time streams, at least (goal {STREAMS})": lambda r: r["streams"],
    "a step every, ms": lambda r: f"{r['period_ms']:.3g}",
    "both reached": lambda r: "yes" if r["p99_ms"] < P99_MS and r["streams"] >= STREAMS else "no",
}
_CLAIMS = {
    name: lambda r, name=name: r[name] for name in ("claim", "there", "here", "verdict", "sentence")
}
_LEFT_OUT = {
    "row": lambda r: f"{r['kind']} {r['attention']} {r['norm']} {r['batch']}",
    "reason": lambda r: r.get("refused") or r.get("skipped"),
}


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

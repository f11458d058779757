#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the step on a CUDA device, without GNU Radio: latency, streams, throughput by batch.

Writes report.md and report.json (see cuda_report.py) into --out. With --device cpu the same code
runs in tiny sizes, so that it is tested where there is no device. tests/cuda.sh sets the module
path and runs the tests, too. Exit status 1 when a row fails its check, and of --check FILE when the
file is no report of this form.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import torch
from gnuradio.rfattn.attention import ModelConfig, attention_class, kv_bytes, stored_as
from gnuradio.rfattn.attention.cost import ITEM_BYTES
from gnuradio.rfattn.benchmark.cases import Case, operators_case, runner_case
from gnuradio.rfattn.benchmark.machine import commit
from gnuradio.rfattn.benchmark.measure import measure
from gnuradio.rfattn.benchmark.plan import SHAPE, Group, Plan
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference import cpu_info
from gnuradio.rfattn.inference.devices import resolve_device, resolve_dtype

import cuda_report

_TINY = {
    "attentions": ("flash", "perceiver"),
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
    parser.add_argument("--check", metavar="FILE", help="examine a report.json and measure nothing")
    arguments = parser.parse_args(argv)
    if arguments.check:
        return check(arguments.check)
    tiny = arguments.device == "cpu"
    plan = Plan(
        **(_TINY if tiny else _FULL),
        device=arguments.device,
        runners=("graph",),
        all_norms=False,
        streams=0,
        paced_s=0.0,
    )
    left_out = ""
    if not tiny:
        plan, left_out = that_fits(plan, torch.cuda.mem_get_info(plan.device)[0])
    report = {
        "schema": cuda_report.SCHEMA,
        "commit": commit(),
        "command": shlex.join(sys.argv),
        "machine": machine(arguments.device),
        "tests": arguments.tests,
        "period_ms": 1e3 * plan.step_period_s(plan.groups()[0].members[0][0]),
        "rows": measure(plan, _print_line, baselines),
        "left_out": left_out,
    }
    cuda_report.check(report)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "report.json", json.dumps(report, allow_nan=False) + "\n")
    replace_file(out / "report.md", cuda_report.markdown(report))
    print(out / "report.md")
    return 1 if any("refused" in row for row in report["rows"]) else 0


def check(path: str) -> int:
    """Prints what a report states, or why it is none."""
    try:
        report = cuda_report.read_report(path)
    except ValueError as error:
        print(f"cuda: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {cuda_report.summary(report)}")
    return 0


def machine(device: str) -> dict:
    """The entries `cuda_report.MACHINE`."""
    found = dict.fromkeys(cuda_report.MACHINE) | {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "torch": str(torch.__version__),
        "cpu": cpu_info.name(),
    }
    if device != "cpu":
        free, total = torch.cuda.mem_get_info(device)
        found |= {
            "card": torch.cuda.get_device_name(device),
            "capability": ".".join(map(str, torch.cuda.get_device_capability(device))),
            "driver": driver(),
            "cuda": str(torch.version.cuda),
            "memory": f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free",
        }
    return found


def driver() -> str:
    """The version of NVIDIA's driver, which torch does not tell; "unknown" without nvidia-smi."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return run.stdout.partition("\n")[0].strip() or "unknown"


def that_fits(plan: Plan, free: int) -> tuple[Plan, str]:
    """The plan without the largest batches, as far as the caches of all models and of their
    operators alone would take more than ``free`` bytes; and what that leaves out."""
    left_out = []
    while len(plan.batches) > 1 and 2 * _cache_bytes(plan) > free:
        left_out.append(plan.batches[-1])
        plan = dataclasses.replace(plan, batches=plan.batches[:-1])
    if not left_out:
        return plan, ""
    batches = ", ".join(map(str, reversed(left_out)))
    return plan, f"batches of {batches} streams: {free / 2**30:.1f} GiB are free"


def _cache_bytes(plan: Plan) -> int:
    """Of the caches, and of the scores where they are written out, of which there are two copies
    at a time."""
    dtype = resolve_dtype(plan.dtype, resolve_device(plan.device))
    return sum(
        kv_bytes(config, batch, dtype) + 2 * ITEM_BYTES[dtype] * batch * _scores(config)
        for group in plan.groups()
        for config, batch in group.members
    )


def _scores(config: ModelConfig) -> int:
    described = attention_class(config.attention)
    return 0 if described.fused else described.written_scores(config.of_layers)


def baselines(group: Group, plan: Plan) -> Iterable[Case]:
    """Torch's operators alone for each batch, and a stream whose kernels are started one by one."""
    plain = [(c, b) for c, b in group.members if c.norm == plan.norms[0]]
    for config, batch in plain:
        if stored_as(config.attention) == config.attention:
            yield operators_case(config, batch, plan)
        if batch == 1:
            yield runner_case(config, batch, plan, "torch")


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what this machine can do: attentions, norms and windows side by side, with baselines.

Writes report.json (everything), report.md and PNG figures. Exit status 1 when a row fails its check
against the oracle, or, with --compare, when a row became slower beyond noise or keeps more memory;
0 otherwise.
"""

from __future__ import annotations

import itertools
import json
import shlex
import sys
from pathlib import Path

from ..benchmark.options import add_plan_options, make_plan
from ..reporting import Progress


def add_arguments(parser) -> None:
    add = parser.add_argument
    add(
        "--out", metavar="DIR", default="bench", help="folder of the report (default: %(default)s)"
    ).not_with = "--against"
    add_plan_options(parser, not_with="--against")
    add = parser.add_argument_group("other results").add_argument
    add(
        "--eval",
        action="append",
        default=[],
        metavar="FILE",
        help="accuracy of a model, written by `gr-rfattn eval --json`; may be given several times",
    ).not_with = "--against"
    add("--compare", metavar="OLD.json", help="show what changed beyond noise since that report")
    add(
        "--against",
        metavar="NEW.json",
        help="with --compare: compare these two files, measure nothing",
    ).needs = "--compare"
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from ..benchmark import compare

    old = compare.load(arguments.compare) if arguments.compare else None
    new = compare.load(arguments.against) if arguments.against else measure(arguments)
    refused = [row["refused"] for row in new["rows"] if "refused" in row]
    for reason in refused:
        print(f"gr-rfattn: refused: {reason}", file=sys.stderr)
    if old is None:
        return 1 if refused else 0
    result = compare.compare(old, new)
    print(compare.text(result))
    return 1 if refused or result["worse"] else 0


def measure(arguments) -> dict:
    """Runs the benchmark, writes its files, prints their paths and the recommendation."""
    from ..benchmark import report as files
    from ..benchmark.run import count_stages
    from ..benchmark.run import run as run_benchmark

    plan = make_plan(arguments)
    results = [json.loads(Path(path).read_text(encoding="utf-8")) for path in arguments.eval]
    command = shlex.join(["gr-rfattn", *sys.argv[1:]])
    with Progress(arguments.quiet, total=count_stages(plan)) as progress:
        found = run_benchmark(plan, command, show_stages(progress), results)
    for path in files.write(found, arguments.out):
        print(path)
    print(found["recommendation"]["sentence"])
    return found


def show_stages(progress: Progress):
    """A function that shows each stage as it begins, behind the share that is done."""
    done = itertools.count()
    return lambda text: progress.show(text, next(done))

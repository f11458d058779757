# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what this machine can do: attentions, norms and windows side by side, with baselines.

Writes report.json (everything), report.md and PNG figures. Exit status 1 when a row fails its check
against the oracle, or, with --compare, when a row became slower beyond noise or keeps more memory;
0 otherwise, whether the goals are reached or not.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import json
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from .output import Progress, octets

_SUFFIXES = {"k": 1024, "K": 1024}


def add_arguments(parser) -> None:
    parser.add_argument(
        "--quick", action="store_true", help="less than a minute: two windows, short rounds"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="bench", help="folder of the report (default: %(default)s)"
    )
    axes = parser.add_argument_group("what to measure (lists with commas)")
    axes.add_argument(
        "--model",
        metavar="NAME",
        help="models of the shape of this family or file, for --attention auto "
        "--bench FILE of the other commands",
    )
    axes.add_argument("--attention", dest="attentions", metavar="A,B", type=names)
    axes.add_argument("--norm", dest="norms", metavar="A,B", type=names)
    axes.add_argument("--window", dest="windows", metavar="1k,4k", type=sizes)
    axes.add_argument(
        "--block-size",
        dest="block_sizes",
        metavar="16,64,W",
        type=block_sizes,
        help="tokens in a step; W: the whole window",
    )
    axes.add_argument(
        "--batch", dest="batches", metavar="1,8", type=sizes, help="streams that step together"
    )
    axes.add_argument(
        "--no-flowgraph",
        dest="flowgraph",
        action="store_false",
        default=None,
        help="models alone, without GNU Radio",
    )
    how = parser.add_argument_group("how")
    how.add_argument("--device", help="cpu, cuda, cuda:1, auto (default: cpu)")
    how.add_argument("--dtype", help="default: auto, float32 on the CPU, bfloat16 on CUDA")
    how.add_argument(
        "--threads", type=int, metavar="N", help="threads of torch (default: 0, all cores but one)"
    )
    how.add_argument("--budget-ms", type=float, metavar="MS", help="deadline (default: 30)")
    how.add_argument(
        "--sample-rate",
        type=frequency,
        metavar="HZ",
        help="rate of the paced runs, e.g. 2.4M (default: 1M)",
    )
    how.add_argument("--rounds", type=int, metavar="N")
    how.add_argument("--seed", type=int, metavar="N")
    files = parser.add_argument_group("other results")
    files.add_argument(
        "--eval",
        action="append",
        default=[],
        metavar="FILE",
        help="what `gr-rfattn eval --json` wrote; several times for several models",
    )
    files.add_argument(
        "--compare",
        metavar="OLD.json",
        help="show what changed beyond noise since that report.json",
    )
    files.add_argument(
        "--against",
        metavar="NEW.json",
        help="with --compare: compare these two files, measure nothing",
    )
    parser.add_argument(
        "--soak",
        type=tokens,
        metavar="TOKENS",
        help="instead of the benchmark: stream so many tokens, such as 1M, through "
        "the flowgraph of the first attention and window; fails when memory grows "
        "or the cache is not exact",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from ..benchmark import compare

    if arguments.soak:
        return soak(arguments)
    if arguments.against and not arguments.compare:
        raise ValueError("--against needs --compare")
    old = compare.load(arguments.compare) if arguments.compare else None
    new = compare.load(arguments.against) if arguments.against else measure(arguments)
    refused = [row for row in (*new["rows"], *new["front_end"]) if "refused" in row]
    for row in refused:
        print(f"gr-rfattn: refused: {row['refused']}", file=sys.stderr)
    if old is None:
        return 1 if refused else 0
    result = compare.compare(old, new)
    print(compare.text(result))
    return 1 if refused or result["worse"] else 0


def measure(arguments) -> dict:
    """Runs the benchmark, writes its files, prints the goals and the recommendation."""
    from ..benchmark import report as files
    from ..benchmark.run import count_stages
    from ..benchmark.run import run as run_benchmark

    plan = make_plan(arguments)
    results = [json.loads(Path(path).read_text(encoding="utf-8")) for path in arguments.eval]
    with telling(arguments.quiet, count_stages(plan)) as tell:
        found = run_benchmark(plan, shlex.join(["gr-rfattn", *sys.argv[1:]]), tell, results)
    for path in files.write(found, arguments.out):
        print(path)
    for goal in found["goals"]:
        if goal["met"] is not None:
            print(
                f"{'reached' if goal['met'] else 'missed '}  {goal['what']} against "
                f"{goal['against']}: {goal['here']:.3g} (goal {goal['relation']} "
                f"{goal['bound']:g})"
            )
    print(found["recommendation"]["sentence"])
    return found


def soak(arguments) -> int:
    from ..benchmark.run import soak as run_soak

    found = run_soak(make_plan(arguments), arguments.soak)
    if "error" in found:
        raise RuntimeError(found["error"])
    growth = found["end_rss_bytes"] - found["settled_rss_bytes"]
    print(
        f"{found['attention']} with {found['norm']}, W {found['window']}, n "
        f"{found['block_size']}: {found['tokens']} tokens in {found['steps']} steps"
    )
    print(
        f"{'flat ' if found['flat'] else 'grows'}  resident {octets(found['settled_rss_bytes'])} "
        f"when settled, {octets(found['end_rss_bytes'])} at the end "
        f"({growth / found['settled_rss_bytes']:+.2%}, 1 % is allowed)"
    )
    print(
        f"{'exact' if found['exact'] else 'wrong'}  cache {found['kv_bytes']} bytes, predicted "
        f"{found['kv_bytes_predicted']}; last logits {found['max_error']:.2g} of their size from "
        f"a run begun late, {found['tolerance']:g} is allowed"
    )
    return 0 if found["flat"] and found["exact"] else 1


def make_plan(arguments):
    from ..benchmark.plan import QUICK, Plan, fields_of_model
    from ..inference.devices import resolve_device

    given = {field.name: getattr(arguments, field.name, None) for field in dataclasses.fields(Plan)}
    chosen = {name: value for name, value in given.items() if value is not None}
    shape = fields_of_model(arguments.model) if arguments.model else {}
    plan = Plan(**((QUICK if arguments.quick else {}) | shape | chosen))
    device = str(resolve_device(plan.device))
    return dataclasses.replace(plan, device=device)


@contextlib.contextmanager
def telling(quiet: bool, stages: int):
    """A function that is told each of the ``stages`` as it begins, and shows it: a bar with the
    share that is done and the time where rich and a terminal are there, a plain line every few
    seconds otherwise."""
    if quiet or not sys.stderr.isatty() or find_spec("rich") is None:
        progress, done = Progress(quiet), itertools.count()
        yield lambda text: progress.show(f"{min(1.0, next(done) / stages):.0%} {text}")
        progress.clear()
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("{task.description}"),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=stages, completed=-1)
        yield lambda text: shown.update(task, advance=1, description=text)


def tokens(text: str) -> int:
    """1M → 1000000"""
    count = frequency(text)
    if count < 1 or count != int(count):
        raise argparse.ArgumentTypeError(f"must be a whole number of tokens, got {text!r}")
    return int(count)


def names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def sizes(text: str) -> tuple[int, ...]:
    """1k,4096 → (1024, 4096)"""
    return tuple(_size(part.strip()) for part in text.split(","))


def block_sizes(text: str) -> tuple[int, ...]:
    """As `sizes`; W is 0, the whole window."""
    return tuple(
        0 if part.strip() in ("w", "W") else _size(part.strip()) for part in text.split(",")
    )


def _size(text: str) -> int:
    factor = _SUFFIXES.get(text[-1:], 1)
    digits = text[:-1] if factor != 1 else text
    if not digits.isdigit() or int(digits) == 0:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers >= 1, such as 64 or 4k, got {text!r}"
        )
    return int(digits) * factor


def frequency(text: str) -> float:
    """2.4M → 2.4e6"""
    factor = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1:], 1.0)
    try:
        return float(text[:-1] if factor != 1.0 else text) * factor
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a rate such as 2.4M, got {text!r}") from None

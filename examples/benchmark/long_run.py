#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a flowgraph keeps right, at its size and as fast over a long run.

python3 long_run.py --tokens 100M --seconds 3600 --streams 16 > soak.md

Streams come and go, with positions around 0, 2**31, 1e12 and 2**53, while the model is swapped.
Prints memory and times over the run, and how far sampled logits are from the offline pass. Exit
status 1 when a token is not accounted for, a logit is wrong, or memory grows.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.benchmark.memory import process_bytes
from gnuradio.rfattn.benchmark.options import frequency
from gnuradio.rfattn.inference import blas

from soak_streams import (
    MODELS,
    SHAPE,
    STARTS,
    Checker,
    ComingAndGoing,
    Interval,
    SoakFlowgraph,
    write_models,
)

ROWS = 12
"""Of the table over the run."""
LARGEST_GROWTH = 1.03
"""Of the largest resident size, from the second quarter of the time to the last."""
STEPS_A_STREAM = 20
"""That come from each stream, on average, between two swaps: every stream shows every model."""


def parse(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--tokens", type=token_count, default=1_000_000, help="of all streams, such as 100M")
    add("--seconds", type=float, default=600.0, help="the run ends after that in any case")
    add("--streams", type=int, default=16, help="alive at a time")
    add("--swap-s", type=float, default=1.0, help="least time between two swaps of the model")
    add("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def token_count(text: str) -> int:
    """1M → 1000000"""
    count = frequency(text)
    if count < 1 or count != int(count):
        raise argparse.ArgumentTypeError(f"must be a whole number of tokens, got {text!r}")
    return int(count)


def main(arguments=None) -> int:
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = run(options, Path(folder))
    print(report(options, found, shlex.join(sys.argv)))
    return int(bool(found["faults"]))


def run(options, folder: Path) -> dict:
    """rows, a dictionary each; totals; and faults, a line each."""
    blas.set_torch_threads(1)
    paths = write_models(folder, options.seed)
    shape = ModelConfig(**SHAPE)
    table = verify.random_tokens(shape, 1, 250, options.seed)[0].numpy()
    source = ComingAndGoing(table, options.streams, options.tokens, options.seconds, options.seed)
    flowgraph = SoakFlowgraph(paths, source, options.streams, options.seed)
    cpu_s = time.process_time()
    rows = _watch(flowgraph, list(paths.values()), options)
    cpu_s = time.process_time() - cpu_s
    checker = Checker(paths, table)  # takes memory, so after the last row
    for sample in flowgraph.observer.samples:
        checker.check(sample)
    return {"rows": rows, "cpu_s": cpu_s} | _totals(flowgraph, checker, rows)


def _watch(flowgraph, paths, options) -> list[dict]:
    """Swaps and looks until the run ends; a row for every look."""
    rows, swaps, begun = [], 0, time.monotonic()
    seen, swapped, steps = flowgraph.observer, begun, 0
    flowgraph.start()
    every = options.seconds / ROWS / 4
    looked = begun
    while not _is_over(flowgraph):
        time.sleep(0.02)
        now = time.monotonic()
        enough = seen.steps - steps >= STEPS_A_STREAM * options.streams
        if now - swapped >= options.swap_s and enough:
            swaps += 1
            flowgraph.model.set_model(paths[swaps % len(paths)])
            swapped, steps = time.monotonic(), seen.steps
            seen.forget(before=max(seen.newest - 1000, 0))
        if now - looked >= every:
            rows.append(_row(flowgraph, swaps, now - begun))
            looked = now
    flowgraph.wait()
    if flowgraph.model.error is not None:
        raise flowgraph.model.error
    rows.append(_row(flowgraph, swaps, time.monotonic() - begun))
    return rows


def _is_over(flowgraph) -> bool:
    source, buffer = flowgraph.source, flowgraph.buffer
    done = flowgraph.model.error is not None or source.is_done
    return done and buffer.tokens_in() == source.made and buffer.steps_queued() == 0


def _row(flowgraph, swaps: int, seconds: float) -> dict:
    seen = flowgraph.observer
    interval, seen.interval = seen.interval, Interval()
    times = {
        f"{name} p{q}": float(np.percentile(values, q)) if values else 0.0
        for name, values in (("latency", interval.latency), ("step", interval.step))
        for q in (50, 95)
    }
    return {
        "seconds": seconds,
        "tokens": flowgraph.buffer.tokens_in(),
        "streams": flowgraph.source.streams,
        "swaps": swaps,
        "rss": process_bytes("VmRSS"),
    } | times


def _totals(flowgraph, checker, rows: list[dict]) -> dict:
    """Sums, and what is wrong with them."""
    buffer, seen = flowgraph.buffer, flowgraph.observer
    counts = {
        "made": flowgraph.source.made,
        "in": buffer.tokens_in(),
        "out": buffer.tokens_out(),
        "incomplete": buffer.tokens_incomplete(),
        "dropped": buffer.tokens_dropped(),
        "waiting": buffer.tokens_waiting(),
    }
    growth = _largest_rss(rows, 0.75, 1.0) / _largest_rss(rows, 0.25, 0.5)
    tolerance = verify.TOLERANCE["float32"]
    accounted = counts["out"] + counts["incomplete"] + counts["dropped"] + counts["waiting"]
    faults = {
        f"{counts['made']} tokens made, {counts['in']} came in": counts["made"] != counts["in"],
        f"{counts['in']} tokens in, {accounted} accounted for": counts["in"] != accounted,
        f"{counts['dropped']} tokens dropped": counts["dropped"] > 0,
        f"{seen.steps} labels of {counts['out']} tokens": seen.steps * SHAPE["block_size"]
        != counts["out"],
        f"{seen.evictions} caches evicted": seen.evictions > 0,
        f"logits differ by {checker.worst:.1e}": not checker.worst <= tolerance,
        f"memory grew by {growth - 1:.1%}": growth > LARGEST_GROWTH,
    }
    return {
        "counts": counts,
        "growth": growth,
        "worst": checker.worst,
        "checked": dict(checker.checked),
        "by_model": dict(seen.by_model),
        "faults": [line for line, is_wrong in faults.items() if is_wrong],
    }


def _largest_rss(rows: list[dict], begin: float, end: float) -> int:
    """Between two shares of the time; models differ in size, so one row says little."""
    last = rows[-1]["seconds"]
    inside = [r["rss"] for r in rows if begin * last <= r["seconds"] <= end * last]
    return max(inside or [rows[-1]["rss"]])


def report(options, found: dict, command: str) -> str:
    """Markdown."""
    rows = found["rows"]
    chosen = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, ROWS).astype(int))]
    lines = [
        "# A long run",
        "",
        f"    {command}",
        "",
        f"{summary(describe('cpu'))}; one torch thread. "
        f"{options.streams} streams at a time; the models "
        f"{', '.join(f'{a} with {n}' for a, n in MODELS)} in turn.",
        "",
        "| s | tokens | streams | swaps | RSS MiB | step p50, p95 ms | latency p50, p95 ms |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['seconds']:.0f} | {r['tokens']:,} | {r['streams']:,} | {r['swaps']} | "
        f"{r['rss'] / 2**20:.1f} | {r['step p50']:.2f}, {r['step p95']:.2f} | "
        f"{r['latency p50']:.1f}, {r['latency p95']:.1f} |"
        for r in chosen
    ]
    checked = ", ".join(f"{found['checked'].get(s, 0)} from {s}" for s in STARTS)
    tokens = max(found["counts"]["out"], 1)
    counts = ", ".join(f"{name} {count:,}" for name, count in found["counts"].items())
    return "\n".join(
        [
            *lines,
            "",
            f"Tokens: {counts}.",
            f"The process took {found['cpu_s']:.0f} s of CPU, so {tokens / found['cpu_s']:,.0f} "
            f"tokens a CPU second, and had {found['cpu_s'] / rows[-1]['seconds']:.0%} of a core. "
            f"So 1e8 tokens take {1e8 / tokens * found['cpu_s'] / 3600:.1f} h of a core.",
            f"Sampled steps compared with the offline pass, by the first position: {checked}; the "
            f"largest difference is {found['worst']:.1e} of their size.",
            f"The largest RSS of the last quarter is {found['growth']:.3f} of that of the second.",
            f"Faults: {'; '.join(found['faults']) or 'none'}.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attention remembers whom, over how many emissions: accuracy by window.

recall [--attention A,B] [--norm A,B] [--window 1k,4k,16k] [--seeds 3] [--length 16k] [--out recall]

Each emission of a made-up band is a token. A transmitter sends twice, and the label of the second
emission is to be told from the first, which may be thousands of emissions back. Every attention and
norm is trained from random weights for half a minute on bands of up to 1024 emissions, and then
hears one of --length, an emission a step, in the runner `native`, with each window. Writes
OUT.json, OUT.md and OUT.png.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.attention.registry import attention_class
from gnuradio.rfattn.benchmark.options import names, sizes
from gnuradio.rfattn.files import replace_with
from gnuradio.rfattn.reporting import Progress, table

from .harness import (
    add_report_options,
    check_numbers,
    headline,
    opening,
    parser_of,
    run_all,
    text_of,
    write_report,
)
from .studies.significance import mean_interval

REACHES = (64, 256, 1024, 4096, 16384)
"""Limits of the distances, in emissions, by which the report counts."""
WINDOWS = (1024, 2048, 4096, 8192, 16384)
OWN_SIZES = {
    "perceiver": {"n_latents": 2, "n_cross_layers": 2},
    "hybrid": {"layer_attentions": "gdn gqa"},
}
"""Of two layers both look at the window, or one has a state and one a window."""


class Job(NamedTuple):
    attention: str
    norm: str
    seed: int


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    # `mha` computes what `flash` does.
    usual = [name for name in ATTENTIONS if name != "mha"]
    add = parser.add_argument
    add("--attention", metavar="A,B", type=names, default=usual, help="default: all but mha")
    add("--norm", metavar="A,B", type=names, default=list(NORMS), help="default: all")
    add("--window", metavar="W,W", type=sizes, default=WINDOWS, help="in emissions")
    add("--seeds", type=int, default=3, metavar="N", help="trainings of each model")
    add("--length", type=int, default=16384, metavar="N", help="emissions of the band")
    add_report_options(parser, "recall")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("seeds", "length", "jobs"))
    for name, known in (("attention", ATTENTIONS), ("norm", NORMS)):
        for value in getattr(options, name):
            if value not in known:
                parser.error(f"--{name} must be one of {', '.join(known)}, got {value}")
    return options


def judge(job: Job, windows, length: int, stages=None) -> dict:
    """The figures of one training."""
    import torch

    from .studies import recall_task

    torch.set_num_threads(1)
    own = OWN_SIZES.get(job.attention, {})
    stages = recall_task.STAGES if stages is None else stages
    config = recall_task.recall_config(job.attention, job.norm, stages[-1].length, **own)
    model = recall_task.train(config, job.seed, stages)
    band = recall_task.make_bands(np.random.default_rng([job.seed, 61]), 1, length)
    # Without a window there is one state, and one figure.
    is_windowed = attention_class(job.attention).windowed
    found = []
    for window in windows if is_windowed else windows[:1]:
        heard = recall_task.recall(model, config.replace(window=window), band)
        found.append(
            {
                "window": window if is_windowed else None,
                "right": float(heard.is_right.mean()),
                "by_distance": by_distance(heard.is_right, heard.distances),
                "state_bytes": heard.state_bytes,
                "step_us": heard.step_us,
            }
        )
    return {"model": f"{job.attention}, {job.norm}", "seed": job.seed, "windows": found}


def by_distance(is_right: np.ndarray, distances: np.ndarray) -> list[float | None]:
    """Share that is right up to each of `REACHES`, from the one before; None: nothing is so far."""
    found: list[float | None] = []
    for low, high in zip((0, *REACHES), REACHES, strict=False):
        which = (distances > low) & (distances <= high)
        found.append(float(is_right[which].mean()) if which.any() else None)
    return found


def run(options: argparse.Namespace) -> dict:
    seeds = range(1, options.seeds + 1)
    jobs = [Job(a, n, s) for a in options.attention for n in options.norm for s in seeds]
    with Progress(options.quiet) as progress:
        results = run_all(
            functools.partial(judge, windows=options.window, length=options.length),
            jobs,
            options.jobs,
            lambda name, done: progress.show(f"{name}, {done} of {len(jobs)}"),
            lambda job: f"{job.attention}, {job.norm}, seed {job.seed}",
        )
    return {**opening("recall"), "length": options.length, "rows": rows_of(results)}


def rows_of(results: list[dict]) -> list[dict]:
    """A row for each model and window, with means over the seeds."""
    runs: dict[tuple, list[dict]] = {}
    for result in results:
        for found in result["windows"]:
            runs.setdefault((result["model"], found["window"]), []).append(found)
    return [
        {
            "model": model,
            "window": window,
            "right": mean_interval([one["right"] for one in own]),
            "by_distance": [
                None if None in shares else float(np.mean(shares))
                for shares in zip(*(one["by_distance"] for one in own), strict=True)
            ],
            "state_bytes": own[0]["state_bytes"],
            "step_us": float(np.mean([one["step_us"] for one in own])),
        }
        for (model, window), own in runs.items()
    ]


def to_markdown(report: Mapping) -> str:
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    yield headline(
        "Who remembers whom",
        report,
        f"{{machine}}. A band of {report['length']} emissions, each transmitter twice; the label "
        "of the second emission is told from the first. By chance 12.5 % are right. Mean over the "
        "seeds, with the standard deviation.",
    )
    heads = ["model", "window", "right, %"]
    heads += [f"up to {reach} back, %" for reach in REACHES]
    yield table([*heads, "state, KiB", "step, µs"], [_row(row) for row in report["rows"]])


def _row(row: Mapping) -> list[str]:
    right = row["right"]
    spread = "" if right["sd"] is None else f" ± {right['sd'] * 100:.1f}"
    return [
        row["model"],
        "-" if row["window"] is None else str(row["window"]),
        f"{right['mean'] * 100:.1f}{spread}",
        *("-" if one is None else f"{one * 100:.0f}" for one in row["by_distance"]),
        f"{row['state_bytes'] / 1024:.0f}",
        f"{row['step_us']:.1f}",
    ]


def draw(report: Mapping, path: str) -> None:
    """Accuracy by window, a line for each attention with the first norm of the report."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    norm = report["rows"][0]["model"].split(", ")[1]
    lines: dict[str, list] = {}
    for row in report["rows"]:
        attention, own = row["model"].split(", ")
        if own == norm:
            lines.setdefault(attention, []).append((row["window"], row["right"]["mean"] * 100))
    windows = sorted({row["window"] for row in report["rows"] if row["window"]}) or [1]
    figure, axes = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
    for name, points in lines.items():
        if points[0][0] is None:
            axes.plot(windows, [points[0][1]] * len(windows), "--", label=f"{name}, no window")
        else:
            axes.plot(*zip(*points, strict=True), "o-", label=name)
    axes.axhline(12.5, color="grey", linewidth=0.8)
    axes.set_xscale("log", base=2)
    axes.set_xticks(windows, [str(window) for window in windows])
    axes.set(xlabel="window, emissions", ylabel="right, %", ylim=(0, 100))
    axes.set_title(f"Labels recalled among {report['length']} emissions ({norm})")
    axes.grid(alpha=0.3)
    axes.legend()
    replace_with(path, functools.partial(figure.savefig, dpi=120, format="png"))
    pyplot.close(figure)


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, to_markdown(report))
    draw(report, f"{options.out}.png")


if __name__ == "__main__":
    main()

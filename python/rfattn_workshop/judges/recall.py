#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which attention remembers whom, over how many emissions, and what a step of it costs.

recall [--model A,B] [--norm A,B] [--seeds 3] [--budget 600] [--rates R,R,R] [--out recall]

Each emission of a made-up band is a token. A transmitter sends twice, and the label of the second
emission is to be told from the first, which may be thousands of emissions back. Every model is
trained from random weights on bands of up to 1024 emissions, until that gains nothing or the budget
is spent, with the learning rate that is best in short trials of its own. Then it hears bands of
each --length, an emission a step, in the runner `native`, with a window as long as the band.

Each training is kept in the folder OUT and used again, so an interrupted run continues. Writes
OUT.json, OUT.md and OUT.png about all trainings in that folder; --seeds 0 trains nothing.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.attention import NORMS
from gnuradio.rfattn.benchmark.options import names, sizes
from gnuradio.rfattn.files import replace_with
from gnuradio.rfattn.reporting import Progress, table

from .harness import (
    add_report_options,
    check_numbers,
    headline,
    opening,
    parser_of,
    text_of,
    write_report,
)
from .studies.significance import mean_interval
from .studies.store import kept, read

REACHES = (64, 256, 1024, 4096, 16384)
"""Limits of the distances, in emissions, by which the report counts."""
RATES = ("0.0015", "0.004", "0.01")
MODELS = {
    "flash": {"attention": "flash"},
    "gqa": {"attention": "gqa"},
    "mla": {"attention": "mla"},
    "hybrid": {"attention": "hybrid", "layer_attentions": "gdn gqa"},
    "ssm": {"attention": "ssm"},
    "ssm-128": {"attention": "ssm", "state_size": 128},
    "gdn": {"attention": "gdn"},
    "gdn-1": {"attention": "gdn", "n_heads": 1},
    "perceiver-2": {"attention": "perceiver", "n_latents": 2, "n_cross_layers": 2},
    "perceiver-32": {"attention": "perceiver", "n_latents": 32, "n_cross_layers": 2},
}
"""`mha` computes what `flash` does. Of `ssm-128` and `gdn-1`, which has one head, the state is four
times as large. Both layers of a `perceiver` look at the window."""


class Job(NamedTuple):
    """A training. Seed 0 is a trial, which is judged by its checks alone."""

    model: str
    norm: str
    seed: int
    rate: float
    budget_s: float


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--model", metavar="A,B", type=names, default=list(MODELS), help="default: all")
    add("--norm", metavar="A,B", type=names, default=list(NORMS), help="default: all")
    add("--length", metavar="N,N", type=sizes, default=(1024, 4096, 16384), help="of the bands")
    add("--seeds", type=int, default=3, metavar="N", help="trainings of each model")
    add("--budget", type=float, default=600.0, metavar="S", help="CPU seconds of a training")
    add("--trial", type=float, default=60.0, metavar="S", help="CPU seconds of a trial of a rate")
    add("--rates", metavar="R,R", type=names, default=RATES, help="to choose from")
    add_report_options(parser, "recall", has_jobs=False)
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("budget", "trial"), ("seeds",))
    for name, known in (("model", MODELS), ("norm", NORMS)):
        for value in getattr(options, name):
            if value not in known:
                parser.error(f"--{name} must be one of {', '.join(known)}, got {value}")
    return options


def judge(job: Job, lengths) -> dict:
    """The figures of one training, with bands of the same number of emissions of each length."""
    import torch

    from .studies import recall_task

    torch.set_num_threads(1)
    config = recall_task.recall_config(norm=job.norm, **MODELS[job.model])
    model, found = recall_task.train(config, job.seed, job.rate, job.budget_s)
    found["bands"] = []
    for length in lengths if job.seed else ():
        random = np.random.default_rng([job.seed, 61])
        bands = recall_task.make_bands(random, max(lengths) // length, length)
        is_right, distances = recall_task.recall(model, config, bands)
        shares = by_distance(is_right, distances)
        found["bands"].append({"right": float(is_right.mean()), "by_distance": shares})
    return found


def by_distance(is_right: np.ndarray, distances: np.ndarray) -> list[float | None]:
    """Share that is right up to each of `REACHES`, from the one before; None: nothing is so far."""
    found: list[float | None] = []
    for low, high in zip((0, *REACHES), REACHES, strict=False):
        which = (distances > low) & (distances <= high)
        found.append(float(is_right[which].mean()) if which.any() else None)
    return found


def run(options: argparse.Namespace) -> None:
    """Trains and judges what is not in the folder yet."""
    folder = Path(options.out)
    with Progress(options.quiet) as progress:

        def result_of(*job) -> dict:
            job = Job(*job)
            progress.show(" ".join(map(str, job)))
            path = folder / f"{'_'.join(map(str, job))}.json"
            key = {**job._asdict(), "length": options.length}
            return kept(path, key, lambda: judge(job, options.length))

        def gain(model: str, rate: str) -> float:
            trial = result_of(model, NORMS[0], 0, float(rate), options.trial)
            return sum(trial["curve"][-1][1:])

        for seed in range(1, options.seeds + 1):
            for norm in options.norm:
                for model in options.model:
                    rate = max(options.rates, key=functools.partial(gain, model))
                    result_of(model, norm, seed, float(rate), options.budget)


def report_of(options: argparse.Namespace) -> dict:
    """All trainings in the folder, those of one model, norm and budget together, and the costs."""
    runs: dict[tuple, list[dict]] = {}
    for found in map(read, sorted(Path(options.out).glob("*.json"))):
        one = found["key"] | found["result"]
        if one["seed"]:
            order = list(MODELS).index(one["model"]), one["norm"], one["budget_s"]
            runs.setdefault(order, []).append(one)
    rows = [runs[order] for order in sorted(runs)]
    costs = costs_of(dict.fromkeys(own[0]["model"] for own in rows), options.length)
    return {**opening("recall"), "length": options.length, "runs": rows, "costs": costs}


def costs_of(models: Iterable[str], lengths, rounds: int = 15, steps: int = 64) -> dict:
    """Of each model the KiB that a stream keeps and the CPU time of a step in µs with each
    window, full: medians of rounds in which all take turns, with random weights."""
    from .studies import recall_task

    found: dict[str, list] = {model: [] for model in models}
    for _ in range(rounds):
        for model, own in found.items():
            config = recall_task.recall_config(norm=NORMS[0], **MODELS[model])
            own.append([recall_task.cost(config.replace(window=n), steps) for n in lengths])
    return {model: (np.median(own, axis=0) / [1024, 1]).tolist() for model, own in found.items()}


def to_markdown(report: Mapping) -> str:
    heads = [f"band of {length}: right, %" for length in report["length"]]
    heads += [f"up to {reach} back" for reach in REACHES]
    heads = ["model", "norm", *heads, "rate", "seeds", "training, CPU s", "ended"]
    costs = [f"W {n}: {what}" for n in report["length"] for what in ("KiB", "µs a step")]
    words = (
        "{machine}. In each band each transmitter sends twice, and the label of the second "
        "emission is told from the first; by chance 12.5 % are right. Trained on bands of up to "
        "1024 emissions until the last third gained less than a point (*flat*), or to the end of "
        "the budget. The window is as long as the band. Mean and standard deviation over the "
        "seeds; by distance in the longest bands. Then the state of a stream and the CPU time of "
        "a step of one emission, with a full window."
    )
    first = table(heads, [_line(own) for own in report["runs"]])
    rows = [[model, *np.ravel(own).tolist()] for model, own in report["costs"].items()]
    cells = [[one, *(f"{x:.0f}" if x > 999 else f"{x:.3g}" for x in more)] for one, *more in rows]
    second = table(["model", *costs], cells)
    return text_of([headline("Who remembers whom", report, words), first, second])


def _line(own: list[dict]) -> list[str]:
    """Of some trainings that differ by their seeds."""
    bands = list(zip(*(one["bands"] for one in own), strict=True))
    return [
        own[0]["model"],
        own[0]["norm"],
        *(_spread([one["right"] for one in band]) for band in bands),
        *map(_spread, zip(*(one["by_distance"] for one in bands[-1]), strict=True)),
        f"{own[0]['rate']:g}",
        str(len(own)),
        f"{np.mean([one['spent_s'] for one in own]):.0f}",
        ", ".join(sorted({one["ended"] for one in own})),
    ]


def _spread(shares: Sequence) -> str:
    """Mean of shares in percent, with the standard deviation of several."""
    if None in shares:
        return "-"
    found = mean_interval([100 * share for share in shares])
    return f"{found['mean']:.1f}" + ("" if found["sd"] is None else f" ± {found['sd']:.1f}")


def draw(report: Mapping, path: str) -> None:
    """Accuracy by the time of training in the bands that are checked, and by length in the end, of
    each model with the first norm."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(12, 4.2), sharey=True, layout="constrained")
    axes[2].set_prop_cycle(color=pyplot.colormaps["tab20"].colors)
    for own in report["runs"]:
        if own[0]["norm"] == NORMS[0]:
            right = np.mean([[band["right"] for band in one["bands"]] for one in own], axis=0)
            label = f"{own[0]['model']}, {own[0]['budget_s']:g} s"
            (line,) = axes[2].plot(report["length"], 100 * right, "o-", label=label)
            for spent, *checked in (np.transpose(one["curve"]) for one in own):
                for part, shares in zip(axes, checked, strict=False):
                    part.plot(spent, 100 * shares, color=line.get_color(), linewidth=1)
    time = {"xscale": "log", "xlabel": "training, CPU s"}
    axes[0].set(**time, ylabel="right, %", ylim=(0, 101), title="bands as long as trained")
    axes[1].set(**time, title="four times as long")
    axes[2].set(title="after the training", xlabel="emissions of the band")
    axes[2].set_xscale("log", base=2)
    axes[2].set_xticks(report["length"], map(str, report["length"]))
    for part in axes:
        part.axhline(12.5, color="grey", linewidth=0.8)
        part.grid(alpha=0.3)
    figure.legend(loc="outside right center")
    replace_with(path, functools.partial(figure.savefig, dpi=120, format="png"))
    pyplot.close(figure)


def main() -> None:
    options = parse(None)
    run(options)
    report = report_of(options)
    write_report(options.out, report, to_markdown(report))
    draw(report, f"{options.out}.png")


if __name__ == "__main__":
    main()

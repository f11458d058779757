#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of the first steps of a burst, which is a new stream, next to a step of an old stream.

The streams take turns: the steps of a burst, then as many of the old stream. Each pair begins after
a pause, in which other programs take the caches of the processor; the last column has no pause
before it.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import torch
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL, AttentionModelAdapter
from gnuradio.rfattn.inference.blas import set_torch_threads
from gnuradio.rfattn.reporting import table_of

_STEPS = 3
_OLD = 0


def measure(attention: str, bursts: int, pause_s: float, seed: int = 1) -> dict:
    """Medians in µs for each of the first steps of a burst, ``new``, and for as many of a stream
    with a full window, ``old``, both after a pause."""
    set_torch_threads(1)
    model = AttentionModelAdapter.load(
        DEFAULT_EMISSION_MODEL, attention, "layernorm", "cpu", max_streams=2
    )
    model.warm_up()
    model.fill([_OLD])
    torch.manual_seed(seed)
    tokens = torch.randn(_STEPS, 1, model.block_size, model.n_values) * 5.0 - 60.0
    found: dict[str, list] = {"new": [], "old": []}
    for burst in range(1, bursts + 1):
        for name, stream in (("new", burst), ("old", _OLD)):
            time.sleep(pause_s)
            found[name].append([_step_us(model, step, stream) for step in tokens])
        model.end(burst)
    return {name: [median(us) for us in zip(*rows, strict=True)] for name, rows in found.items()}


def _step_us(model: AttentionModelAdapter, tokens: torch.Tensor, stream: int) -> float:
    start = time.thread_time_ns()
    model.step(tokens, [stream])
    return (time.thread_time_ns() - start) / 1e3


def steps_table(rows: dict[str, dict]) -> str:
    """A line for each attention."""
    columns = {"attention": lambda item: item[0]}
    for i in range(_STEPS):
        columns[f"burst, step {i + 1}"] = lambda item, i=i: f"{item[1]['new'][i]:.0f}"
    columns["old stream, after a pause"] = lambda item: f"{item[1]['old'][0]:.0f}"
    columns["old stream"] = lambda item: f"{item[1]['old'][-1]:.0f}"
    return table_of(columns, rows.items())


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bursts", type=int, default=200, help="of each attention")
    parser.add_argument("--pause", type=float, default=0.005, help="seconds before each")
    chosen = parser.parse_args(argv)
    names = ("flash", "gqa", "perceiver", "mla", "ssm")
    rows = {name: measure(name, chosen.bursts, chosen.pause) for name in names}
    print("µs of CPU\n\n" + steps_table(rows), end="")


if __name__ == "__main__":
    main()

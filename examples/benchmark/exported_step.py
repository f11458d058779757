#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the runners that torch offers on a CPU: TorchScript, torch.export and AOTInductor.

Each model is written to files, compiled where a compiler is installed, loaded in a process of its
own by each runner, checked against the offline pass, and stepped in turn on one thread. "eager" is
the same module without TorchScript. Times are those of the processor, which other programs disturb
little, and speeds are those relative to runner "torch". Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from gnuradio.rfattn.attention import ATTENTIONS, ModelConfig, new_cache
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.child import measure_in_child
from gnuradio.rfattn.benchmark.intervals import ratio_interval
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.benchmark.options import names, sizes
from gnuradio.rfattn.benchmark.plan import fields_of_model
from gnuradio.rfattn.inference import AttentionModelAdapter, blas, export_file
from gnuradio.rfattn.inference.export_archive import SUFFIX
from gnuradio.rfattn.reporting import process_bytes, table_of
from torch import Tensor

from thread_times import gain_cell, in_turn

Step = Callable[[Tensor, Sequence[int]], Tensor]
_SEED, _TOLERANCE = 3, verify.TOLERANCE[torch.float32]
_BEYOND = 8
"""Steps after the ring is full."""
_REPEATS = 5
_COLUMNS = {
    "attention": lambda r: r["attention"],
    "W": lambda r: r["window"],
    "runner": lambda r: r["runner"],
    "written in, s": lambda r: _number(r, "written_s"),
    "loaded in, s": lambda r: _number(r, "load_s"),
    "first step, ms": lambda r: _number(r, "first_ms"),
    "memory, MiB": lambda r: _number(r, "memory_mib"),
    "step, ms": lambda r: _number(r, "step_ms"),
    "speed": lambda r: gain_cell({"gain": r["step_ms gain"]}),
    "streams together, ms": lambda r: _number(r, "together_ms"),
    "their speed": lambda r: gain_cell({"gain": r["together_ms gain"]}),
    "run of a stream, ms": lambda r: _number(r, "run_ms"),
    "its speed": lambda r: gain_cell({"gain": r["run_ms gain"]}),
    "error": lambda r: f"{r['max_error']:.1g}",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", metavar="NAME", default="emissions", help="family whose shape is measured")
    add("--attention", metavar="A,B", type=names, default=ATTENTIONS, help="attentions to measure")
    add("--window", metavar="1k,4k", type=sizes, help="tokens (default: that of the family)")
    add(
        "--streams",
        type=int,
        metavar="N",
        default=8,
        help="streams that step together, and steps of a run",
    )
    add("--rounds", type=int, metavar="N", default=25, help="rounds of steps in turn")
    arguments = parser.parse_args(argv)
    blas.set_torch_threads(1)
    base, rows = fields_of_model(arguments.model)["base"], []
    for window in arguments.window or (base.window,):
        for attention in arguments.attention:
            print(f"W {window}, {attention}", file=sys.stderr, flush=True)
            shape = base.replace(attention=attention, window=window)
            rows += measure_shape(shape, arguments.streams, arguments.rounds)
    print(f"{summary(describe('cpu'))}; {arguments.streams} streams together\n")
    print(table_of(_COLUMNS, rows), end="")
    return 0


def measure_shape(config: ModelConfig, streams: int, rounds: int) -> list[dict]:
    """The rows of one model, one for each runner that is possible here.

    Raises:
        ValueError: when a runner fails, or does not compute the right logits.
    """
    model = verify.random_model(config, _SEED)
    tokens = verify.random_tokens(config, streams, config.blocks_in_window + _BEYOND, _SEED)
    blocks, wanted = tokens.split(config.block_size, dim=1), verify.oracle(model, tokens, config)
    with tempfile.TemporaryDirectory() as folder:
        written = write_files(model, config, Path(folder))
        rows, steps = [], []
        for runner, (path, seconds) in written.items():
            row = {"attention": config.attention, "window": config.window, "runner": runner}
            row |= {"written_s": seconds, **load_in_child(runner, path)} if path else {}
            steps.append(make_step(runner, path, model, config, streams))
            got = torch.stack([steps[-1](block, range(streams)) for block in blocks], dim=1)
            check = verify.require(runner, got, wanted, _TOLERANCE, verify.ORACLE)
            rows.append(row | {"max_error": check["max_error"]})
    for name, numbers in (
        ("step_ms", [0]),
        ("together_ms", list(range(streams))),
        ("run_ms", [0] * streams),
    ):
        calls = [functools.partial(step, blocks[-1][: len(numbers)], numbers) for step in steps]
        times = in_turn(calls, rounds, _REPEATS)
        for row, found in zip(rows, times, strict=True):
            row[name] = statistics.median(found) / 1e6
            pair = ([[ns] for ns in each] for each in (times[0], found))
            row[f"{name} gain"] = ratio_interval(*pair)
    return rows


def write_files(model, config: ModelConfig, folder: Path) -> dict[str, tuple[Path | None, float]]:
    """The file of a model for each runner, None where it needs none, and the seconds of the
    processor that writing it took."""
    contract = verify.contract_of(config)
    found: dict[str, tuple[Path | None, float]] = {}

    def write(runner: str, suffix: str, save: Callable[[Path], object]) -> None:
        path, start = folder / f"{runner}{suffix}", _processor_s()
        save(path)
        found[runner] = path, _processor_s() - start

    write("torch", ".pt", AttentionModelAdapter(model, contract, "cpu").save)
    found["eager"] = None, 0.0
    write("export", SUFFIX, lambda path: export_file.save(path, model, contract))
    try:
        write("compiled", SUFFIX, lambda path: export_file.save(path, model, contract, True))
    except ValueError as error:
        print(f"runner compiled left out: {error}", file=sys.stderr)
    return found


def load_in_child(runner: str, path: Path) -> dict:
    """What `measure` finds in a process of its own."""
    settings = {"runner": runner, "path": str(path)}
    found = measure_in_child("exported_step", settings, None)
    if "error" in found:
        raise ValueError(found["error"])
    return found


def measure(runner: str, path: str) -> dict:
    """Seconds of the processor to load a model, its first step, and the memory that both took."""
    blas.set_torch_threads(1)
    before, start = process_bytes("VmRSS"), _processor_s()
    adapter = AttentionModelAdapter.load(path, device="cpu", runner=runner, run_code=True)
    loaded = _processor_s()
    adapter.step(torch.full((1, adapter.block_size, adapter.n_values), -60.0))
    stepped = _processor_s()
    return {
        "load_s": loaded - start,
        "first_ms": (stepped - loaded) * 1e3,
        "memory_mib": (process_bytes("VmRSS") - before) / 2**20,
    }


def make_step(runner: str, path: Path | None, model, config: ModelConfig, streams: int) -> Step:
    """A function (tokens, streams) → logits over the caches of ``streams`` streams."""
    if path is None:
        return EagerStep(model, config, streams).step
    return AttentionModelAdapter.load(
        path, device="cpu", max_streams=streams, runner=runner, run_code=True
    ).step


class EagerStep:
    """Steps streams by the module itself, without an adapter."""

    def __init__(self, model, config: ModelConfig, streams: int):
        self._model, self._n = model, config.block_size
        self._caches = [new_cache(config) for _ in range(streams)]
        self._seen = [0] * streams

    def step(self, tokens: Tensor, streams: Sequence[int]) -> Tensor:
        """See AttentionModelAdapter.step."""
        runs = Counter(streams)
        caches, seen = [self._caches[i] for i in runs], [self._seen[i] for i in runs]
        with torch.inference_mode():
            logits = self._model(tokens, caches, seen, seen, list(runs.values()))
        for i, count in runs.items():
            self._seen[i] += count * self._n
        return logits


def _processor_s() -> float:
    """Seconds of the processor that this process and those it waited for have taken."""
    waited_for = os.times()
    return time.process_time() + waited_for.children_user + waited_for.children_system


def _number(row: dict, name: str) -> str:
    return f"{row[name]:.3g}" if name in row else "-"


if __name__ == "__main__":
    sys.exit(main())

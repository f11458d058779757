# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of the real flowgraph: time added to a step, latency at the real rate and in overload.

Runs in a process of its own.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

import numpy as np
from gnuradio import blocks, gr
from gnuradio.rfattn import tags, transformer, zmq_stats_sink
from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.intervals import ratio_interval
from gnuradio.rfattn.benchmark.measure import summary
from gnuradio.rfattn.capacity.cpu_time import cpu_of_blocks, of_block
from gnuradio.rfattn.inference import AttentionModelAdapter, blas

from first_label import BenchFlowgraph, sample_source

_OVERLOADS = (2.0, 10.0)
_WINDOWS = 2
"""Steps that may wait in the overload measurement, in windows; the default of `gr-rfattn live`."""
_THROTTLE_S = 1e-3
"""Time between two chunks of a throttled source."""


def measure(
    config: dict,
    device: str,
    dtype: str,
    threads: int,
    seed: int,
    rounds: int,
    seconds: float,
    sample_rate: float,
    hop: int,
    budget_ms: float,
) -> dict:
    """Measures the flowgraph of one configuration: dtype, overhead, cpu, paced, overload.

    ``dtype`` is a type and not "auto", with which block and bare steps would each time their own.
    """
    if dtype == "auto":
        raise ValueError("flowgraph: dtype must be a type, such as float32, got 'auto'")
    blas.set_torch_threads(threads)
    shape = ModelConfig.from_dict(config)
    weights, contract = verify.random_model(shape, seed), verify.contract_of(shape, hop)
    where = {"device": device, "dtype": dtype}
    made = AttentionModelAdapter(weights, without_front_end(contract), **where)
    of_tokens = as_block(made, threads, **where)
    found = {
        "dtype": of_tokens.adapter.dtype,
        "overhead": overhead(of_tokens, shape, made, seed, rounds, seconds),
    }
    model = as_block(AttentionModelAdapter(weights, contract, **where), threads, **where)
    found["cpu"] = cpu_shares(model, seed, seconds * rounds)
    found["paced"] = paced(model, seed, sample_rate, seconds * rounds, budget_ms)
    step_s = found["overhead"]["flowgraph_ms"] / 1e3
    found["overload"] = [
        overload(model, seed, factor, step_s, seconds * rounds) for factor in _OVERLOADS
    ]
    return found


def as_block(adapter: AttentionModelAdapter, threads: int, device: str, dtype: str) -> transformer:
    """A block that runs the model of an adapter, a step a call, as what it is compared with."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.pt")
        adapter.save(path)
        return transformer(path, device=device, dtype=dtype, threads=threads, max_batch=1)


def without_front_end(contract: dict) -> dict:
    """The contract of a model that takes tokens which state no front end, such as those of a vector
    source."""
    return contract | {"front_end": {}}


def overhead(model, shape: ModelConfig, adapter, seed: int, rounds: int, seconds: float) -> dict:
    """Compares the flowgraph, with tokens from memory, with bare steps of the same model.

    ``ratio`` is of the time from label to label, ``cpu_ratio`` of the CPU time of the model's block
    per step, which other programs do not disturb.
    """
    tokens = verify.random_tokens(shape, 1, 8, seed)
    source = blocks.vector_source_f(tokens.flatten().tolist(), True, shape.n_bins)
    flowgraph = BenchFlowgraph([source], model, front_end=False)
    bare, whole, bare_cpu, block_cpu = [], [], [], []
    fill = shape.blocks_in_window + 2
    adapter.fill()
    for _ in range(rounds):
        times, cpu_ns = _bare(adapter, tokens, seconds)
        bare.append(times)
        bare_cpu.append([cpu_ns])
        flowgraph.sink.reset()
        flowgraph.start()
        _wait_for(flowgraph, fill)
        spent, moved, _ = cpu_of_blocks(seconds, lambda: model.nitems_written(0))
        flowgraph.end()
        block_cpu.append([of_block(spent, model) / max(1, moved)])
        ends = [step[tags.KEY_END_NS] for step in flowgraph.steps()][fill:]
        if len(ends) < 2:
            raise ValueError(f"flowgraph: fewer than 2 steps in {seconds:.1f} s")
        whole.append(np.diff(ends).tolist())
    return {
        "bare_ms": median(map(median, bare)) / 1e6,
        "ratio": ratio_interval(whole, bare),
        "cpu_ratio": ratio_interval(block_cpu, bare_cpu),
        "flowgraph_ms": median(map(median, whole)) / 1e6,
    }


def _wait_for(flowgraph: BenchFlowgraph, steps: int) -> None:
    """Waits until so many steps reached the end, or an error ended the model's block."""
    while flowgraph.sink.nitems_read(0) < steps and flowgraph.transformer.error is None:
        time.sleep(1e-3)


def _bare(adapter, tokens, seconds: float) -> tuple[list[int], float]:
    """Nanoseconds of each step, and the mean CPU nanoseconds of this thread."""
    parts, found = [p.contiguous() for p in tokens.split(adapter.block_size, dim=1)], []
    cpu = time.thread_time_ns()
    end = time.perf_counter_ns() + int(seconds * 1e9)
    while time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        adapter.step(parts[len(found) % len(parts)])
        found.append(time.perf_counter_ns() - start)
    return found, (time.thread_time_ns() - cpu) / len(found)


def cpu_shares(model, seed: int, seconds: float) -> dict:
    """CPU time of every block, and the share of the probe and the statistics. ``copy_ratio`` is
    that of a block of GNU Radio that only copies, in the place of the probe: waking any block once
    a step costs as much."""
    flowgraph = BenchFlowgraph([sample_source(seed)], model)
    stats = zmq_stats_sink("tcp://127.0.0.1:*")
    flowgraph.msg_connect(flowgraph.probe, "stats", stats, "stats")
    spent, (moved, _), passed = _spent(flowgraph, seconds)
    stats.close()
    own = of_block(spent, flowgraph.probe) + of_block(spent, stats)
    copy = blocks.copy(gr.sizeof_float * model.n_classes)
    of_copy, _, _ = _spent(BenchFlowgraph([sample_source(seed)], model, probe=copy), seconds)
    return {
        "blocks_ns": {name: ns for name, ns in spent.items() if ns},
        "probe_and_stats_ratio": _share(own, spent),
        "copy_ratio": _share(of_block(of_copy, copy), of_copy),
        "samples_per_s": moved / passed,
    }


def _spent(flowgraph: BenchFlowgraph, seconds: float) -> tuple[dict[str, int], np.ndarray, float]:
    """See `cpu_of_blocks`; counts samples and steps."""
    spectrum, model = flowgraph.spectrum, flowgraph.transformer
    flowgraph.start()
    time.sleep(0.2)
    found = cpu_of_blocks(
        seconds, lambda: np.array([spectrum.nitems_read(0), model.nitems_written(0)])
    )
    flowgraph.end()
    return found


def _cpu_ms(spent: dict[str, int], model, steps: int) -> float:
    """CPU time of the model's block for a step."""
    return of_block(spent, model) / max(1, steps) / 1e6


def _share(own: int, spent: dict[str, int]) -> float:
    return own / (sum(spent.values()) - own)


def paced(model, seed: int, sample_rate: float, seconds: float, budget_ms: float) -> dict:
    """Latency at the real rate, from the arrival of a step's last sample to its label."""
    flowgraph = BenchFlowgraph(throttled(seed, sample_rate), model)
    spent, (_, steps), _ = _spent(flowgraph, seconds)
    found = _lateness(flowgraph) | _counts(flowgraph)
    missed = sum(ns > budget_ms * 1e6 for ns in found["ns"][0]) / found["steps"]
    return found | {
        "cpu_ms": _cpu_ms(spent, model, steps),
        "sample_rate": sample_rate,
        "budget_ms": budget_ms,
        "miss_rate": missed,
    }


def overload(model, seed: int, factor: float, step_s: float, seconds: float) -> dict:
    """Latency and counts at ``factor`` times the rate that the model can follow, with policy drop.

    ``age_in_steps`` is the 99th percentile of the age of a label (see `ages`). ``run_in_windows``
    is the median length of the runs of steps between two drops; None when no run ended in a drop.
    """
    step_samples = model.block_size * model.front_end["hop"]
    rate = factor * step_samples / step_s
    window = model.adapter.window // model.block_size
    flowgraph = BenchFlowgraph(throttled(seed, rate), model, "drop", _WINDOWS * window)
    spent, (moved, taken), passed = _spent(flowgraph, seconds)
    found = _lateness(flowgraph) | _counts(flowgraph)
    steps = flowgraph.steps()
    runs = list(Counter(s[tags.KEY_SEGMENT] for s in steps).values())[:-1]  # the last is cut short
    return found | {
        "cpu_ms": _cpu_ms(spent, model, taken),
        "factor": factor,
        "capacity": _WINDOWS * window,
        "sample_rate": rate,
        "accepted": moved / passed / rate,
        "step_ms": median((s[tags.KEY_END_NS] - s[tags.KEY_START_NS]) / 1e6 for s in steps),
        "age_in_steps": float(np.percentile(ages(steps), 99)),
        "run_in_windows": median(runs) / window if runs else None,
    }


def ages(steps: list[dict]) -> np.ndarray:
    """The age of each label in steps: the labels that came since its last sample arrived, with its
    own. What other programs do to the processor changes times, but not this."""
    arrivals, ends = ([s[key] for s in steps] for key in (tags.KEY_ARRIVAL_NS, tags.KEY_END_NS))
    return 1 + np.arange(len(steps)) - np.searchsorted(ends, arrivals, side="right")


def _lateness(flowgraph: BenchFlowgraph) -> dict:
    late = [s[tags.KEY_END_NS] - s[tags.KEY_ARRIVAL_NS] for s in flowgraph.steps()]
    if not late:
        raise ValueError("flowgraph: no step reached the end")
    return summary([late])


def _counts(flowgraph: BenchFlowgraph) -> dict:
    buffer = flowgraph.buffer
    counts = {
        name: getattr(buffer, f"tokens_{name}")()
        for name in ("in", "out", "dropped", "incomplete", "waiting")
    }
    total = sum(counts.values()) - counts["in"]
    return {"tokens": counts, "tokens_add_up": counts["in"] == total}


def throttled(seed: int, sample_rate: float) -> list:
    """A source of noise at this rate, in chunks of about a millisecond."""
    chunk = max(1, math.floor(sample_rate * _THROTTLE_S))
    throttle = blocks.throttle(gr.sizeof_gr_complex, sample_rate, True, chunk)
    return [sample_source(seed), throttle]

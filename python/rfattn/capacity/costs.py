# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the path cost on this machine, from two short runs of it."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..attention import ModelConfig, kv_bytes, step_flops
from ..flowgraph.options import ModelOptions
from ..inference import AttentionModelAdapter, read_contract
from ..packages import load
from .band import most_emissions, widest
from .bursts import MOST_BURSTS, BurstCosts, Bursts, burst_costs, burst_kind
from .path import PathRun, measure_path

FEW, MANY = 2, 12
"""Emissions in the band of the two runs, where so many fit."""
SIGNAL_S = 6.0
"""Of each run: six looks of the model at each emission."""
LIMIT_S = 20.0
_DEVICE_STREAMS, _DEVICE_CALLS = 64, 30
_LEAST, _MOST = 1e-12, 1e18
_ABOVE_ZERO = (
    *("sample_rate", "width", "step_s", "tokens_per_s"),
    *("process_bytes", "step_flops", "kv_bytes"),
)
_OF_MODEL = ("name", "device", "dtype", "attention", "norm")
_MOST_RATE = 1e8
"""Hz; a fifth of a second of the band takes 1 GB then."""


@dataclass(frozen=True)
class Line:
    """A cost that grows with a count: ``base + slope * count``."""

    base: float
    slope: float

    def __call__(self, count: float) -> float:
        return self.base + self.slope * count


@dataclass(frozen=True)
class Costs:
    """What the parts of the path take; processor times are CPU seconds of one core.

    Attributes:
        sample_rate, width: of the band that was measured, Hz, and of its emissions.
        detector: for a second of the band, by its emissions.
        extractor: for a second of the band, by the tokens that are made in it.
        labels: for a second of the band, by its emissions.
        step_s: of the model for a step of one stream, as the path calls it.
        device_step_s: seconds of the GPU for a step, many streams in a call; device_bytes: memory
            of it; both None on the CPU.
        tokens_per_s: that an emission of this width makes in a second.
        process_bytes: resident memory of a process that runs the path, without caches.
        model: name, and what `AttentionModelAdapter.describe` says of it.
        config: see `ModelConfig.to_dict`.
        step_flops: operations of a step; kv_bytes: cache of a stream; both exact.
        bursts: what a burst takes; None where it was not measured.
        origin: how the costs were derived from those of another model; empty where they were not.
    """

    sample_rate: float
    width: float
    detector: Line
    extractor: Line
    labels: Line
    step_s: float
    device_step_s: float | None
    device_bytes: int | None
    tokens_per_s: float
    process_bytes: int
    model: dict
    config: dict
    step_flops: int
    kv_bytes: int
    bursts: BurstCosts | None = None
    origin: str = ""

    @classmethod
    def from_dict(cls, value: dict) -> Costs:
        """The costs that `dataclasses.asdict` wrote.

        Raises:
            ValueError, TypeError, KeyError: it is none.
        """
        lines = {name: Line(**value[name]) for name in ("detector", "extractor", "labels")}
        bursts = value.get("bursts") and BurstCosts(**value["bursts"])
        costs = cls(**{**value, **lines, "bursts": bursts})
        amounts = [getattr(costs, name) for name in _ABOVE_ZERO]
        device = [costs.device_step_s, costs.device_bytes]
        amounts += [] if device == [None, None] else device
        parts = [part for line in lines.values() for part in (line.base, line.slope)]
        parts += [] if bursts is None else dataclasses.astuple(bursts)
        texts = [costs.model[name] for name in _OF_MODEL]
        if not (
            all(is_amount(amount, _LEAST) for amount in amounts)
            and all(is_amount(part, 0.0) for part in parts)
            and all(isinstance(text, str) for text in (*texts, costs.origin))
        ):
            raise ValueError("an amount or a text is none")
        config = ModelConfig.from_dict({**costs.config})
        return dataclasses.replace(costs, config=config.to_dict())


def is_amount(value, least: float) -> bool:
    """Whether ``value`` is a number that is not less, and that sums and products can bear."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= _MOST


def measure_costs(
    sample_rate: float,
    width: float,
    options: ModelOptions,
    window: int = 0,
    signal_s: float | None = None,
    bursts_per_s: float = 0.0,
) -> Costs:
    """Runs the path twice, with few emissions in the band and with many, on one thread.

    Args:
        sample_rate: Hz; width: of the emissions, Hz.
        options: the model; its threads are not used.
        window: tokens of the model's window; 0: as in its file. Other weights would cost the same.
        signal_s: seconds of the band in each run; None: `SIGNAL_S`.
        bursts_per_s: then once more, with no emission but so many bursts, at most `MOST_BURSTS`; 0:
            not.

    Raises:
        ImportError, ValueError, RuntimeError: see `measure_path`.
    """
    seconds = SIGNAL_S if signal_s is None else signal_s
    if sample_rate > _MOST_RATE:
        raise ValueError(
            f"rate must be at most {_MOST_RATE:g} Hz to be measured, got {sample_rate:g}; "
            "--benchmark plans from what bench has measured"
        )
    most = most_emissions(sample_rate, width)
    if most < 1:
        raise ValueError(
            f"width must be at most {widest(sample_rate):g} Hz at a rate of {sample_rate:g} Hz, "
            f"got {width:g}"
        )
    with model_of_window(options, window) as used:
        counts = sorted({min(FEW, most), min(MANY, most)})
        runs = [measure_path(sample_rate, n, width, used, seconds, LIMIT_S) for n in counts]
        costs = costs_of([run for run, _ in runs], runs[-1][1], options.model)
        if not bursts_per_s:
            return costs
        bursts = Bursts(sample_rate, min(bursts_per_s, MOST_BURSTS), burst_kind(sample_rate))
        run, _ = measure_path(sample_rate, 0, width, used, seconds, LIMIT_S, bursts=bursts)
    return dataclasses.replace(costs, bursts=burst_costs(run, costs))


@contextlib.contextmanager
def model_of_window(options: ModelOptions, window: int):
    """Yields the options of a model on one thread; with another window than its own, they are those
    of a file that is there until the context ends."""
    options = dataclasses.replace(options, threads=1)
    contract = read_contract(options.model, options.attention, options.norm)
    if window in (0, contract["model"]["window"]):
        yield options
        return
    contract = {**contract, "model": of_window(contract["model"], window)}
    load("torch", "a window that is not the model's own")
    from ..attention import StreamingTransformer

    module = StreamingTransformer(ModelConfig.from_dict(contract["model"]))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.pt")
        AttentionModelAdapter(module, contract, "cpu", "float32").save(path)
        yield dataclasses.replace(options, model=path, attention="model", norm="model")


def of_window(shape: dict, window: int) -> dict:
    """The shape of a model, see `ModelConfig`, with another window; 0: its own."""
    window = window or shape["window"]
    period = max(shape["rope_period"], 2 * window)
    return {**shape, "window": window, "rope_period": period}


def costs_of(runs: list[PathRun], adapter: AttentionModelAdapter, name: str) -> Costs:
    """The costs from runs of the path with different numbers of emissions, and the model.

    Raises:
        RuntimeError: the model took no step in them.
    """
    steps = sum(run.steps for run in runs)
    if not steps:
        total = sum(run.signal_s for run in runs)
        raise RuntimeError(f"the model labelled nothing in {total:g} s of the band")
    emission_s = sum(run.emissions * run.signal_s for run in runs)
    device = None if adapter.device == "cpu" else adapter.device
    description = {**adapter.describe(), "name": name}
    return Costs(
        sample_rate=runs[0].sample_rate,
        width=runs[0].width,
        detector=line_of([(r.emissions, r.parts["detector"]) for r in runs]),
        extractor=line_of([(r.tokens / r.signal_s, r.parts["extractor"]) for r in runs]),
        labels=line_of([(r.emissions, r.parts["labels"]) for r in runs]),
        step_s=sum(r.parts["model"] * r.signal_s for r in runs) / steps,
        device_step_s=device and device_step_s(adapter),
        device_bytes=device and memory_of(device),
        tokens_per_s=sum(run.tokens for run in runs) / emission_s,
        process_bytes=max(run.process_bytes for run in runs),
        model=description,
        config=adapter.config.to_dict(),
        step_flops=step_flops(adapter.config),
        kv_bytes=kv_bytes(adapter.config, 1, adapter.dtype),
    )


def line_of(points: list[tuple[float, float]]) -> Line:
    """The line through two points (count, cost), with no negative part; through one and the
    origin."""
    (few, low), (many, high) = points[0], points[-1]
    if many == few:
        return Line(0.0, low / max(few, 1e-9))
    slope = max(0.0, (high - low) / (many - few))
    if low - slope * few < 0.0:
        return Line(0.0, high / many)
    return Line(low - slope * few, slope) if slope else Line((low + high) / 2, 0.0)


def memory_of(device: str) -> int:
    """Bytes of memory of a GPU."""
    return load("torch", device).cuda.get_device_properties(device).total_memory


def device_step_s(adapter: AttentionModelAdapter) -> float:
    """Seconds for a step of one stream where a call steps as many as the adapter holds, at most
    64, with full windows."""
    streams = range(min(_DEVICE_STREAMS, adapter.max_streams))
    tokens = np.full((len(streams), adapter.block_size, adapter.n_values), -60.0, np.float32)
    adapter.warm_up(len(streams))
    adapter.fill(streams)
    times = []
    for _ in range(_DEVICE_CALLS):
        start = time.perf_counter()
        adapter.step(tokens, streams)
        times.append(time.perf_counter() - start)
    for stream in streams:
        adapter.end(stream)
    return statistics.median(times) / len(streams)

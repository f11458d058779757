# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing to be timed, built, checked and warmed up."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..attention import ModelConfig, kv_bytes, new_cache
from ..inference import AttentionModelAdapter
from ..inference.devices import resolve_device, resolve_dtype
from ..inference.onnx_step import OnnxSession, missing
from . import compiled_step, gate
from .baselines import Floor, Null, ReEncode
from .compiled_step import CompiledStep
from .plan import Plan, needed_bytes

_POOL = 8
"""Different blocks of tokens that a subject is fed in turn."""
_SETTLE = 5
"""Steps after the ring is full that are still warm-up."""


@dataclass
class Subject:
    """``row`` is what is known of it before it is timed; one that was left out has no ``step``."""

    row: dict
    step: Callable[[Tensor], Tensor] | None = None
    blocks: list[Tensor] = field(default_factory=list)
    reheat: bool = True
    """Whether the first step of a round is left out of the times."""
    _turn: int = 0

    def run(self) -> int:
        """One step; its nanoseconds."""
        tokens = self.blocks[self._turn % len(self.blocks)]
        self._turn += 1
        start = time.perf_counter_ns()
        self.step(tokens)
        return time.perf_counter_ns() - start

    def warm_up(self, steps: int) -> None:
        for _ in range(steps):
            self.run()
        self.row["warm_up_steps"] = steps


def model_subject(config: ModelConfig, batch: int, plan: Plan) -> Subject:
    """The adapter of a random model with a full ring; left out where memory does not allow it."""
    device, dtype = _place(plan)
    row = _row("model", config, batch, plan)
    needed = needed_bytes(config, batch, dtype)
    if device.type == "cpu" and needed > plan.memory_limit_bytes:
        row["skipped"] = (
            f"would take {needed / 2**30:.1f} GiB, the limit is "
            f"{plan.memory_limit_bytes / 2**30:.1f} GiB"
        )
        return Subject(row)
    try:
        model = gate.random_model(config, plan.seed)
        adapter = AttentionModelAdapter(
            model, gate.contract_of(config, plan.hop), plan.device, plan.dtype, batch
        )
        row["gate"] = gate.check_stream(adapter, model, plan.seed)
    except ValueError as error:
        return _refused(row, error)
    step, streams = functools.partial(_step_all, adapter), range(batch)
    subject = Subject(row, step, _blocks(config, batch, plan))
    start = time.perf_counter()
    subject.run()
    row["first_step_ms"] = (time.perf_counter() - start) * 1e3
    adapter.fill(streams)
    subject.warm_up(_SETTLE)
    row |= {
        "kernel": gate.kernel_that_ran(step, subject.blocks[0]),
        "kv_bytes": adapter.kv_bytes,
        "kv_bytes_predicted": kv_bytes(config, batch, adapter.dtype),
        "flops": batch * adapter.flops_per_step,
    }
    return subject


def _step_all(adapter: AttentionModelAdapter, tokens: Tensor) -> Tensor:
    """One step of the streams 0 to B - 1 in one call."""
    return adapter.step(tokens, range(len(tokens)))


def floor_subject(config: ModelConfig, batch: int, plan: Plan) -> Subject:
    row = _row("floor", config, batch, plan)
    floor = Floor(config, batch, *_place(plan))
    try:
        row["gate"] = gate.check_floor(floor, config, batch)
    except gate.GateError as error:
        return _refused(row, error)
    return _baseline(row, floor.step, config, batch, plan)


def re_encode_subject(config: ModelConfig, batch: int, plan: Plan) -> Subject:
    """torch's encoder over the whole window, with the weights of the `flash` model."""
    device, dtype = _place(plan)
    row = _row("re-encode", config, batch, plan)
    model = gate.random_model(config.replace(attention="flash", norm="layernorm"), plan.seed)
    try:
        baseline = ReEncode(config, batch, model.to(device, dtype))
        row["gate"] = gate.check_re_encode(baseline, model, config, plan.seed)
    except gate.GateError as error:
        return _refused(row, error)
    subject = _baseline(row, baseline.step, config, batch, plan, settle=0)
    subject.reheat = False  # it is larger than any cache
    return subject


def is_onnx_possible(plan: Plan) -> bool:
    return missing() is None and _place(plan) == (torch.device("cpu"), torch.float32)


def onnx_subject(config: ModelConfig, plan: Plan) -> Subject:
    """One stream of the `flash` model in ONNX Runtime, with a full ring; for the CPU in float32."""
    config = config.replace(attention="flash", norm="layernorm")
    subject = _ring_subject("onnx", "ONNX Runtime", OnnxStep, config, plan)
    if subject.step is not None:
        subject.row["kernel"] = "ONNX Runtime"
    return subject


class OnnxStep:
    """Steps an eager model over the full rings of ``cache`` in ONNX Runtime."""

    def __init__(self, model, config: ModelConfig, cache: list[Tensor], seen: int):
        self._session = OnnxSession(model, config)
        self._binding = self._session.bind(cache)
        self._seen, self._n = seen, config.block_size

    def step(self, tokens: Tensor) -> Tensor:
        """See `AttentionModelAdapter.step`."""
        logits = self._session.step(tokens, self._binding, self._seen, self._seen)
        self._seen += self._n
        return logits


def is_compiling_possible(plan: Plan) -> bool:
    on_cpu = _place(plan) == (torch.device("cpu"), torch.float32)
    return plan.compiled and on_cpu and compiled_step.missing() is None


def compiled_subject(config: ModelConfig, plan: Plan) -> Subject:
    """One stream of the `flash` model through torch.compile, with a full ring; for the CPU in
    float32."""
    config = config.replace(attention="flash", norm="layernorm")
    return _ring_subject("compiled", "torch.compile", CompiledStep, config, plan)


def _ring_subject(kind: str, name: str, make, config: ModelConfig, plan: Plan) -> Subject:
    row = _row(kind, config, 1, plan)
    model = gate.random_model(config, plan.seed)
    try:
        row["gate"] = gate.check_ring_step(name, make, model, config, plan.seed)
    except gate.GateError as error:
        return _refused(row, error)
    cache = [torch.randn_like(part) for part in new_cache(config)]
    baseline = make(model, config, cache, config.window)
    return _baseline(row, baseline.step, config, 1, plan)


def null_subject(config: ModelConfig, batch: int, plan: Plan) -> Subject:
    row = _row("null", config, batch, plan)
    return _baseline(row, Null(config, batch).step, config, batch, plan)


def _baseline(row, step, config, batch: int, plan: Plan, settle: int = _SETTLE) -> Subject:
    subject = Subject(row, step, _blocks(config, batch, plan))
    subject.warm_up(settle)
    row["kernel"] = gate.kernel_that_ran(step, subject.blocks[0])
    return subject


def _refused(row: dict, error: ValueError) -> Subject:
    row["refused"] = " ".join(str(error).split())
    return Subject(row)


def _place(plan: Plan) -> tuple[torch.device, torch.dtype]:
    device = resolve_device(plan.device)
    return device, resolve_dtype(plan.dtype, device)


def _blocks(config: ModelConfig, batch: int, plan: Plan) -> list[Tensor]:
    tokens = gate.random_tokens(config, batch, _POOL, plan.seed)
    return [block.contiguous() for block in tokens.split(config.block_size, dim=1)]


def _row(kind: str, config: ModelConfig, batch: int, plan: Plan) -> dict:
    device, dtype = _place(plan)
    return {
        "kind": kind,
        "mode": "whole window" if config.block_size == config.window else "stream",
        "attention": config.attention if kind in ("model", "floor") else "-",
        "norm": config.norm if kind == "model" else "-",
        "window": config.window,
        "block_size": config.block_size,
        "batch": batch,
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "seed": plan.seed,
    }

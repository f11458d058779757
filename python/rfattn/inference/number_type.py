# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the type of a model's numbers where nobody states one.

bfloat16 is faster on CUDA, from Ampere on. On a CPU that multiplies it by itself it may be, which a
few steps in either type tell. Results are in examples/benchmark/results/number_types.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from ..attention.config import ModelConfig
from ..attention.cost import step_flops
from . import cpu_info
from .caches import StreamState
from .devices import resolve_dtype

LEAST_FLOPS = {"amx_bf16": 1e6, "avx512_bf16": 1e7}
"""Of a step, by the instructions of the processor. In less, starting the operators takes most of
the time; with AVX-512 the shipped models were slower in bfloat16."""
LEAST_GAIN = 1.1
"""Below it, float32 stays: it is more exact, and a busy machine times a step so wrongly."""
_ROUNDS = 15


class NumberType(NamedTuple):
    """A type, and why it was chosen; "" where it was stated."""

    dtype: torch.dtype
    reason: str = ""


def choose(
    name: str, device: torch.device, config: ModelConfig | None, runner: str, make: Callable
) -> NumberType:
    """The type called ``name`` and, with "auto", what is faster.

    Args:
        config: shape of a model of kind "stream"; None for another kind.
        runner: as `AttentionModelAdapter` takes it.
        make: builds a runner that computes in a given dtype.

    Raises:
        ValueError: there is no such type.
    """
    dtype = resolve_dtype(name, device)
    if name != "auto":
        return NumberType(dtype)
    if device.type != "cpu":
        is_default = dtype == torch.bfloat16
        reason = "the default on CUDA" if is_default else "this GPU does not compute in bfloat16"
        return NumberType(dtype, reason)
    flags = cpu_info.flags()
    least = next((LEAST_FLOPS[flag] for flag in LEAST_FLOPS if flag in flags), None)
    if least is None:
        return NumberType(dtype, "this processor has no instructions for bfloat16")
    if config is None or runner not in ("auto", "torch"):
        kind = "a model of kind 'window'" if config is None else f"runner {runner!r}"
        return NumberType(dtype, f"{kind} is not timed")
    if step_flops(config) < least:
        return NumberType(dtype, "a step is too small to gain from bfloat16")
    exact, fast = _time_in_turn([make(torch.float32), make(torch.bfloat16)], config)
    times = f"a step takes {exact * 1e3:.2f} ms in float32 and {fast * 1e3:.2f} in bfloat16"
    return NumberType(torch.bfloat16 if exact > LEAST_GAIN * fast else dtype, times)


def _time_in_turn(runners: list, config: ModelConfig) -> list[float]:
    """The shortest time of a step over a full ring, s, by runner."""
    states, shortest = [], [float("inf")] * len(runners)
    tokens = torch.randn(1, config.block_size, config.n_values) * 10 - 60
    with torch.inference_mode():
        for runner in runners:
            states.append(StreamState(0, runner.new_tensors(0)))
            runner.fill(states[-1])
        for _ in range(_ROUNDS):
            for i, (runner, state) in enumerate(zip(runners, states, strict=True)):
                start = time.perf_counter()
                runner.step(tokens, [state], [1])
                shortest[i] = min(shortest[i], time.perf_counter() - start)
    return shortest

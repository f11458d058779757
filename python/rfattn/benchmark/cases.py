# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases: models and baselines that are built, checked and warmed up, ready to be timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from ..attention import ModelConfig, new_cache, step_flops
from ..inference import onnx_file
from ..inference.build_runner import RUNNERS
from ..inference.devices import resolve_device, resolve_dtype
from ..silence import silence
from . import verify
from .baselines import Operators, need
from .plan import Plan, needed_bytes
from .streams import make_adapter, step_all, step_each

_POOL = 8
"""Different blocks of tokens that a case takes in turn."""
_SETTLE = 5
"""Steps after the ring is full that still count as warm-up."""


@dataclass
class Case:
    """``row`` is what the report holds about it before the timing. A case that was left out has no
    ``step``, and its row gives the reason."""

    row: dict
    step: Callable[[Tensor], Tensor] | None = None
    blocks: list[Tensor] = field(default_factory=list)
    reheat: bool = True
    """Whether the first step of a round is left out of the times."""
    _turn: int = 0

    def run(self) -> tuple[int, int]:
        """Makes one step; returns the nanoseconds that passed, and those of the processor in all
        threads of this process."""
        tokens = self.blocks[self._turn % len(self.blocks)]
        self._turn += 1
        cpu, start = time.process_time_ns(), time.perf_counter_ns()
        self.step(tokens)
        end = time.perf_counter_ns()
        return end - start, time.process_time_ns() - cpu

    def warm_up(self, steps: int) -> None:
        for _ in range(steps):
            self.run()
        self.row["warm_up_steps"] = steps


def model_case(config: ModelConfig, batch: int, plan: Plan) -> Case:
    """A random model with full rings that steps ``batch`` streams in one call; left out where
    memory does not allow it."""
    return _adapter_case("model", step_all, config, batch, plan)


def single_steps_case(config: ModelConfig, batch: int, plan: Plan) -> Case:
    """The same model, which steps each of the ``batch`` streams in a call of its own."""
    return _adapter_case("single steps", step_each, config, batch, plan)


def runner_case(config: ModelConfig, batch: int, plan: Plan, runner: str) -> Case:
    """The same model with another runner, which is also the kind of its row."""
    return _adapter_case(runner, step_all, config, batch, replace(plan, runners=(runner,)))


def _adapter_case(kind: str, make_step, config: ModelConfig, batch: int, plan: Plan) -> Case:
    device, dtype = place(plan)
    row = make_row(kind, config, batch, plan)
    needed = needed_bytes(config, batch, dtype)
    if device == "cpu" and needed > plan.memory_limit_bytes:
        row["skipped"] = (
            f"would take {needed / 2**30:.1f} GiB, the limit is "
            f"{plan.memory_limit_bytes / 2**30:.1f} GiB"
        )
        return Case(row)
    try:
        model = verify.random_model(config, plan.seed)
        contract = verify.contract_of(config, plan.hop)
        adapter = make_adapter(model, contract, plan.device, dtype, batch, plan.runners[0])
        row["check"] = verify.check_stream(adapter, model, batch, plan.seed, make_step)
    except (ValueError, torch.OutOfMemoryError) as error:
        return refuse(row, error)
    case = Case(row, make_step(adapter, batch), token_blocks(config, batch, plan))
    row["first_step_ms"] = case.run()[0] / 1e6
    adapter.fill(range(batch))
    case.warm_up(_SETTLE)
    row |= {
        "runner": adapter.runner,
        "kernel": verify.kernel_of(adapter, case.step, case.blocks[0]),
        "kv_bytes": adapter.kv_bytes,
        "kv_bytes_predicted": adapter.max_kv_bytes,
        "flops": batch * step_flops(config),
        "peak_temporary_bytes": adapter.peak_temporary_bytes,
    }
    return case


def operators_case(config: ModelConfig, batch: int, plan: Plan) -> Case:
    """Torch's operators of a step alone, with what the step needs whatever computes it."""
    row = make_row("operators", config, batch, plan)
    try:
        device, dtype = place(plan)
        operators = Operators(config, batch, torch.device(device), getattr(torch, dtype))
        row["check"] = verify.check_operators(operators, config, batch)
    except (verify.VerificationError, torch.OutOfMemoryError) as error:
        return refuse(row, error)
    row |= need(operators)
    return baseline_case(row, operators.step, config, batch, plan)


class OnnxStep:
    """Steps an eager model over the full rings of ``cache`` by its ONNX file, in ONNX Runtime.

    A ring is input and output in the same memory, so that only new keys and values are written.
    """

    def __init__(self, model, config: ModelConfig, cache: list[Tensor], seen: int):
        self._session = onnx_session(onnx_file.export_step(model, config))
        level, *rings = [part.numpy() for part in cache]
        counts = {name: np.array([seen]) for name in ("position", "seen")}
        self._tokens = np.zeros((1, config.block_size, config.n_values), np.float32)
        self._logits = np.zeros((1, config.n_classes), np.float32)
        self._state = {"level": level, **counts}
        self._new = {f"new_{name}": np.zeros_like(part) for name, part in self._state.items()}
        self._rings = {f"ring{i}": ring for i, ring in enumerate(rings)}  # keeps their memory
        self._binding = self._session.io_binding()
        given = {"tokens": self._tokens, **self._state, **self._rings}
        made = {
            "logits": self._logits,
            **self._new,
            **{f"new_{n}": r for n, r in self._rings.items()},
        }
        for arrays, places, bind in (
            (given, self._session.get_inputs(), self._binding.bind_input),
            (made, self._session.get_outputs(), self._binding.bind_output),
        ):
            for name in (place.name for place in places):
                array = arrays[name]
                bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)

    def step(self, tokens: Tensor) -> np.ndarray:
        """See `AttentionModelAdapter.step`."""
        self._tokens[:] = tokens.numpy()
        self._session.run_with_iobinding(self._binding)
        for name, part in self._state.items():
            part[:] = self._new[f"new_{name}"]
        return self._logits.copy()


def onnx_session(content: bytes):
    """A session of ONNX Runtime with as many threads as torch takes."""
    # With Debian's onnx loaded too, the library that they share warns of operators registered
    # twice. A failed import still raises.
    with silence(2):
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def is_onnx_possible(plan: Plan) -> bool:
    return onnx_file.missing() is None and place(plan) == ("cpu", "float32")


def onnx_case(config: ModelConfig, plan: Plan) -> Case:
    """One stream of the `flash` model in ONNX Runtime with a full ring, on the CPU in float32."""
    case = ring_case("onnx", "ONNX Runtime", OnnxStep, config, plan)
    if case.step is not None:
        case.row["kernel"] = "ONNX Runtime"
    return case


def ring_case(kind: str, name: str, make, config: ModelConfig, plan: Plan) -> Case:
    """One stream of the `flash` model with layernorm, stepped over a full ring by
    ``make(model, config, cache, seen).step``."""
    config = config.replace(attention="flash", norm="layernorm")
    row = make_row(kind, config, 1, plan)
    model = verify.random_model(config, plan.seed)
    try:
        row["check"] = verify.check_ring_step(name, make, model, config, plan.seed)
    except verify.VerificationError as error:
        return refuse(row, error)
    cache = [torch.randn_like(part) for part in new_cache(config)]
    baseline = make(model, config, cache, config.window)
    return baseline_case(row, baseline.step, config, 1, plan)


def baseline_case(
    row: dict, step, config: ModelConfig, batch: int, plan: Plan, settle: int = _SETTLE
) -> Case:
    """A warm case of any ``step(tokens [batch, n, n_values])``."""
    case = Case(row, step, token_blocks(config, batch, plan))
    case.warm_up(settle)
    row["kernel"] = verify.kernel_that_ran(step, case.blocks[0])
    return case


def refuse(row: dict, error: Exception) -> Case:
    """The case of a row that failed its check, or for which the device has no memory."""
    row["refused"] = " ".join(str(error).split())
    return Case(row)


def place(plan: Plan) -> tuple[str, str]:
    """The device and the arithmetic of a plan."""
    device = resolve_device(plan.device)
    return device, resolve_dtype(plan.dtype, device)


def token_blocks(config: ModelConfig, batch: int, plan: Plan) -> Sequence[Tensor]:
    """Random steps of tokens, each [batch, n, n_values]."""
    tokens = verify.random_tokens(config, batch, _POOL, plan.seed)
    return [block.contiguous() for block in tokens.split(config.block_size, dim=1)]


def make_row(kind: str, config: ModelConfig, batch: int, plan: Plan) -> dict:
    """The keys that distinguish rows. ``batch``: the streams that one timed step serves."""
    device, dtype = place(plan)
    is_model = kind in ("model", "single steps", *RUNNERS)
    return {
        "kind": kind,
        "mode": "whole window" if config.block_size == config.window else "stream",
        "attention": config.attention if is_model or kind == "operators" else "-",
        "norm": config.norm if is_model else "-",
        "window": config.window,
        "block_size": config.block_size,
        "batch": batch,
        "device": device,
        "dtype": dtype,
        "threads": torch.get_num_threads(),
        "seed": plan.seed,
    }

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the runners of torch, and proves that they run the kernel that was asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch

from ..attention.config import ModelConfig
from ..attention.kernels import KernelWatch, ProductScores, replace_fused
from ..attention.model import StreamingTransformer
from ..attention.registry import attention_class
from . import cpu_info, torchscript
from .devices import dtype_name
from .eager import build
from .graph_runner import GraphRunner
from .runners import StreamRunner, WindowRunner


def build_torch_runner(
    name: str,
    module,
    script: Callable[[], torch.jit.ScriptModule],
    contract: dict,
    device: torch.device,
    dtype: torch.dtype,
    max_streams: int,
):
    """The runner called ``name`` for a model, and the name of the attention kernel that it runs;
    see `build_runner`.

    Args:
        script: makes the model as TorchScript, for the runners that need it.
    """
    shape, is_stream = contract["model"], contract["kind"] == "stream"
    if not is_stream:
        return _window_runner(name, module, script, shape, device, dtype), "own"
    config = ModelConfig.from_dict(shape)
    where = config, device, dtype
    if name == "torch" and not (device.type == "cpu" and writes_scores(config, dtype_name(dtype))):
        return _prove(StreamRunner(script(), *where), *where)
    eager = _eager(module, contract)
    if device.type == "cpu" and writes_scores(config, dtype_name(dtype)):
        return _with_products(name, eager, *where, max_streams), "explicit"
    return _prove(_graph(eager, *where, max_streams), *where)


def _window_runner(name: str, module, script, shape: dict, device, dtype) -> WindowRunner:
    if name not in ("auto", "torch"):
        raise ValueError(f"runner {name!r} cannot run a model of kind 'window'; 'torch' can")
    is_program = isinstance(module, torch.fx.GraphModule)
    return WindowRunner(module if is_program else script(), shape, device, dtype)


def _with_products(name: str, eager, config: ModelConfig, device, dtype, max_streams: int):
    """The runner of a model whose scores are written out in bfloat16."""
    if name == "graph":
        eager = replace_fused(copy.deepcopy(eager), ProductScores)
        return GraphRunner(eager, config, device, dtype, max_streams)
    return StreamRunner(
        torchscript.script_stream(eager, config, products=True), config, device, dtype
    )


def writes_scores(config: ModelConfig, dtype: str) -> bool:
    """Whether an attention with torch's fused kernel runs without it on this CPU.

    In bfloat16 the kernel takes 3 to 14 times as long as in float32 where there is no AMX, and with
    AMX still 2 to 13 times for `perceiver` and for heads narrower than 32 (docs/models.md).
    """
    described = attention_class(config.attention)
    if dtype != "bfloat16" or not described.fused:
        return False
    is_fast = described.fast_bfloat16 and described.kernel_width(config) >= 32
    return not (is_fast and cpu_info.has_amx())


def _graph(eager, config: ModelConfig, device, dtype, max_streams: int) -> GraphRunner:
    try:
        return GraphRunner(eager, config, device, dtype, max_streams)
    except RuntimeError as error:
        raise ValueError(
            f"runner 'graph' cannot record a step of {config.attention!r} on {device}: "
            f"{_line(error)}; runner 'torch' needs no recording"
        ) from None


def _prove(runner, config: ModelConfig, device: torch.device, dtype: torch.dtype):
    """The runner, and the name of the attention kernel that its steps run, which must not be
    torch's fallback."""
    described = attention_class(config.attention)
    if not described.fused:
        return runner, described.plain_kernel
    width = described.kernel_width(config)
    where = f"device {device}, dtype {dtype_name(dtype)}, head width {width}"
    try:
        with torch.inference_mode(), KernelWatch() as watch:
            runner.try_steps()
    except RuntimeError as error:
        raise ValueError(_not_fused(config, f"{where}: {_line(error)}")) from None
    if "math" in watch.kernels or not watch.kernels:
        text = f"torch falls back to its math kernel on {where}"
        if device.type == "cuda" and width % 8:  # of the kernel that takes a mask
            text += ", which is no multiple of 8"
        raise ValueError(_not_fused(config, text))
    return runner, " and ".join(sorted(watch.kernels))


def _not_fused(config: ModelConfig, reason: str) -> str:
    return f"attention {config.attention!r} cannot run fused here: {reason}; mha can"


def _eager(module, contract: dict) -> StreamingTransformer:
    if isinstance(module, StreamingTransformer):
        return module
    weights = {name: weight.cpu().numpy() for name, weight in module.state_dict().items()}
    return build(contract, weights, "contract")


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Picks the runner that was asked for, and proves that it runs the kernel that was asked for."""

from __future__ import annotations

import copy

import torch

from ..attention.config import ModelConfig
from ..attention.kernels import KernelWatch, ProductScores, replace_fused
from ..attention.model import StreamingTransformer
from ..attention.registry import attention_class
from . import cpu_info, files, onnx_step, torchscript
from .devices import dtype_name
from .graph_runner import GraphRunner
from .runners import OnnxRunner, StreamRunner, WindowRunner

RUNNERS = ("auto", "torch", "graph", "onnx")


def build_runner(
    name: str,
    module,
    scripted: torch.jit.ScriptModule,
    contract: dict,
    device: torch.device,
    dtype: torch.dtype,
    max_streams: int,
):
    """The runner called ``name`` for a model, and the name of the attention kernel that it runs.

    Args:
        module, scripted: the model, and the same as TorchScript.
        name: one of `RUNNERS`; see `AttentionModelAdapter`.

    Raises:
        ValueError: when it cannot run this model here, with the reason.
    """
    if name not in RUNNERS:
        raise ValueError(f"runner must be one of {', '.join(RUNNERS)}, got {name!r}")
    shape, is_stream = contract["model"], contract["kind"] == "stream"
    if name == "auto":
        name = "graph" if is_stream and device.type == "cuda" else "torch"
    if name == "onnx":
        _check_onnx(contract, device, dtype)
    if not is_stream:
        if name != "torch":
            raise ValueError(f"runner {name!r} cannot run a model of kind 'window'; 'torch' can")
        return WindowRunner(scripted, shape, device, dtype), "own"
    config = ModelConfig.from_dict(shape)
    if name == "onnx":
        eager = _eager(module, contract)
        return OnnxRunner(scripted, eager, config, device, dtype), "ONNX Runtime"
    if device.type == "cpu" and writes_scores(config, dtype):
        eager = _eager(module, contract)
        if name == "graph":
            eager = replace_fused(copy.deepcopy(eager), ProductScores)
            return GraphRunner(eager, config, device, dtype, max_streams), "explicit"
        scripted = torchscript.script_stream(eager, config, products=True)
        return StreamRunner(scripted, config, device, dtype), "explicit"
    if name == "graph":
        eager = _eager(module, contract)
        runner = _graph(eager, config, device, dtype, max_streams)
    else:
        runner = StreamRunner(scripted, config, device, dtype)
    return _prove(runner, config, device, dtype)


def writes_scores(config: ModelConfig, dtype: torch.dtype) -> bool:
    """Whether an attention with torch's fused kernel runs without it on this CPU.

    In bfloat16 the kernel takes 3 to 14 times as long as in float32 where there is no AMX, and with
    AMX still 2 to 13 times for `latent` and for heads narrower than 32 (docs/models.md).
    """
    described = attention_class(config.attention)
    if dtype != torch.bfloat16 or not described.fused:
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
        raise ValueError(_not_fused(config, f"torch falls back to its math kernel on {where}"))
    return runner, " and ".join(sorted(watch.kernels))


def _not_fused(config: ModelConfig, reason: str) -> str:
    return f"attention {config.attention!r} cannot run fused here: {reason}; mha can"


def _check_onnx(contract: dict, device: torch.device, dtype: torch.dtype) -> None:
    attention = contract["model"].get("attention", "own")
    if contract["kind"] != "stream" or attention not in onnx_step.RUNS:
        raise ValueError(f"runner 'onnx' runs {', '.join(onnx_step.RUNS)}, got {attention}")
    if (device.type, dtype) != ("cpu", torch.float32):
        raise ValueError(
            "runner 'onnx' runs on the CPU in float32, got "
            f"{device}, {str(dtype).removeprefix('torch.')}"
        )
    if onnx_step.missing():
        raise ValueError(f"runner 'onnx': {onnx_step.missing()}")


def _eager(module, contract: dict) -> StreamingTransformer:
    if isinstance(module, StreamingTransformer):
        return module
    return files.build(contract, module.state_dict(), "contract")


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

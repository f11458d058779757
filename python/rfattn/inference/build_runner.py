# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Picks the runner that was asked for, and proves that it runs the kernel that was asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch

from ..attention.config import ModelConfig
from ..attention.kernels import KernelWatch, ProductScores, replace_fused
from ..attention.model import StreamingTransformer
from ..attention.registry import attention_class
from . import cpu_info, files, onnx_step, torchscript
from .devices import dtype_name
from .export_file import how_to_compile
from .export_runner import CompiledRunner, ExportRunner
from .exported import Library
from .graph_runner import GraphRunner
from .runners import ExportedWindowRunner, OnnxRunner, StreamRunner, WindowRunner

RUNNERS = ("auto", "torch", "graph", "onnx", "export", "compiled")
_ON_CPU = ("onnx", "export", "compiled")
"""Those that run on the CPU in float32 alone."""


def build_runner(
    name: str,
    module,
    script: Callable[[], torch.jit.ScriptModule],
    contract: dict,
    device: torch.device,
    dtype: torch.dtype,
    max_streams: int,
    library: Library | None = None,
):
    """The runner called ``name`` for a model, and the name of the attention kernel that it runs.

    Args:
        name: one of `RUNNERS`; see `AttentionModelAdapter`.
        module: the model.
        script: makes the same as TorchScript, for the runners that need it.
        library: the step of the model, for "compiled".

    Raises:
        ValueError: when it cannot run this model here, with the reason.
    """
    if name not in RUNNERS:
        raise ValueError(f"runner must be one of {', '.join(RUNNERS)}, got {name!r}")
    shape, is_stream = contract["model"], contract["kind"] == "stream"
    if name == "auto":
        name = _default(module, is_stream, device)
    if name in _ON_CPU and (device.type, dtype) != ("cpu", torch.float32):
        where = f"{device}, {dtype_name(dtype)}"
        raise ValueError(f"runner {name!r} runs on the CPU in float32, got {where}")
    if name == "onnx":
        _check_onnx(contract)
    if not is_stream:
        return _window_runner(name, module, script, shape, device, dtype), "own"
    config = ModelConfig.from_dict(shape)
    where = config, device, dtype
    if name == "torch" and not (device.type == "cpu" and writes_scores(config, dtype)):
        return _prove(StreamRunner(script(), *where), *where)
    eager = _eager(module, contract)
    if name == "onnx":
        return OnnxRunner(script(), eager, *where), "ONNX Runtime"
    if name == "compiled":
        return _compiled(library, eager, *where, max_streams)
    if name == "export":
        return _prove(ExportRunner(eager, *where, max_streams), *where)
    if device.type == "cpu" and writes_scores(config, dtype):
        return _with_products(name, eager, *where, max_streams), "explicit"
    return _prove(_graph(eager, *where, max_streams), *where)


def _default(module, is_stream: bool, device: torch.device) -> str:
    if not is_stream:
        return "export" if isinstance(module, torch.fx.GraphModule) else "torch"
    return "graph" if device.type == "cuda" else "torch"


def _window_runner(name: str, module, script, shape: dict, device, dtype) -> WindowRunner:
    possible = _default(module, False, device)
    if name != possible:
        raise ValueError(f"runner {name!r} cannot run a model of kind 'window'; {possible!r} can")
    if possible == "export":
        return ExportedWindowRunner(module, shape, device, dtype)
    return WindowRunner(script(), shape, device, dtype)


def _with_products(name: str, eager, config: ModelConfig, device, dtype, max_streams: int):
    """The runner of a model whose scores are written out in bfloat16."""
    if name == "graph":
        eager = replace_fused(copy.deepcopy(eager), ProductScores)
        return GraphRunner(eager, config, device, dtype, max_streams)
    return StreamRunner(
        torchscript.script_stream(eager, config, products=True), config, device, dtype
    )


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


def _compiled(library: Library | None, eager, config: ModelConfig, device, dtype, max_streams):
    if library is None:
        raise ValueError(f"runner 'compiled' needs a model file with a library; {how_to_compile()}")
    described = attention_class(config.attention)
    if described.fused != library.is_fused:
        raise ValueError(_not_fused(config, "the library does not call torch's fused kernel"))
    runner = CompiledRunner(library, eager, config, device, dtype, max_streams)
    return runner, "flash" if library.is_fused else described.plain_kernel


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


def _check_onnx(contract: dict) -> None:
    attention = contract["model"].get("attention", "own")
    if contract["kind"] != "stream" or attention not in onnx_step.RUNS:
        raise ValueError(f"runner 'onnx' runs {', '.join(onnx_step.RUNS)}, got {attention}")
    if onnx_step.missing():
        raise ValueError(f"runner 'onnx': {onnx_step.missing()}")


def _eager(module, contract: dict) -> StreamingTransformer:
    if isinstance(module, StreamingTransformer):
        return module
    return files.build(contract, module.state_dict(), "contract")


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

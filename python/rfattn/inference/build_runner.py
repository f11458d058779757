# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Picks the runner that was asked for."""

from __future__ import annotations

from ..attention.config import ModelConfig
from ..attention.registry import BUILT_IN
from ..packages import load
from . import native_runner
from .native_runner import NativeRunner

RUNNERS = ("auto", "native", "torch", "graph")


def build_runner(name: str, model, contract: dict, device: str, dtype: str, max_streams: int):
    """The runner called ``name`` for a model, and the name of the attention kernel that it runs.

    Args:
        name: one of `RUNNERS`; see `AttentionModelAdapter`.
        model: a `Model`.

    Raises:
        ValueError: when it cannot run this model here, with the reason.
    """
    if name not in RUNNERS:
        raise ValueError(f"runner must be one of {', '.join(RUNNERS)}, got {name!r}")
    name = _default(contract, device, dtype) if name == "auto" else name
    if name == "native":
        _check_native(contract, device, dtype)
        config = ModelConfig.from_dict(contract["model"])
        runner = NativeRunner(model.weights, config, model.path)
        return runner, runner.kernel
    torch = load("torch", f"runner {name!r}")
    from . import torch_runners

    place = torch.device(device), getattr(torch, dtype)
    parts = model.module, lambda: model.scripted, contract
    return torch_runners.build_torch_runner(name, *parts, *place, max_streams)


def _default(contract: dict, device: str, dtype: str) -> str:
    """A model of kind "window" has one runner, which torch_runners.py knows."""
    if contract["kind"] != "stream":
        return "auto"
    if device != "cpu":
        return "graph"
    is_native = dtype == "float32" and native_runner.is_built() and not _own_parts(contract)
    return "native" if is_native else "torch"


def _own_parts(contract: dict) -> set[str]:
    """Names of the attentions and norms of a model that are not built in."""
    model = contract["model"]
    layers = str(model.get("layer_attentions", "")) if model.get("attention") == "hybrid" else ""
    return {model.get("attention"), model.get("norm"), *layers.split()} - {None, *BUILT_IN}


def _check_native(contract: dict, device: str, dtype: str) -> None:
    if contract["kind"] != "stream":
        raise ValueError("runner 'native' cannot run a model of kind 'window'; 'torch' can")
    if (device, dtype) != ("cpu", "float32"):
        raise ValueError(f"runner 'native' runs on the CPU in float32, got {device}, {dtype}")
    if own := ", ".join(_own_parts(contract)):
        raise ValueError(f"runner 'native' has only what is built in, got {own}; 'torch' has all")
    if not native_runner.is_built():
        raise ValueError("runner 'native' needs the compiled part of gr-rfattn; 'torch' does not")

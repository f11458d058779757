# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a model steps streams of given states.

Each runner has ``step(tokens, states, runs)``, where ``runs`` tells how many steps each stream has
in ``tokens``, at most its ``longest_run``, and tokens and logits are arrays; ``new_tensors`` of the
stream in a slot, ``bytes_per_stream``, ``prepare(streams)`` and ``fill(state)``. Its
``temporary_bytes`` are what a step takes beside the caches, where it can tell. `build_runner` picks
one, and `AttentionModelAdapter` advances the states.

The runners here are those of torch, whose steps are ``step_tensors``.
"""

from __future__ import annotations

import contextlib
import copy

import numpy as np
import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.cost import kv_bytes, new_cache
from . import torchscript
from .caches import StreamState
from .devices import dtype_name
from .files import ModelFileError

_ROWS_OF_RUN = 64
"""Vectors that a run has at most. With more, the products of a single step fill the processor, and
the mask of a run would be large."""


class TorchRunner:
    """Steps with tensors on the CPU, in and out."""

    def step(self, tokens: np.ndarray, states: list[StreamState], runs: list[int]) -> np.ndarray:
        with torch.inference_mode():
            return self.step_tensors(torch.from_numpy(tokens), states, runs).numpy()


class StreamRunner(TorchRunner):
    """Steps a model of kind "stream" over the rings of its streams.

    On CUDA a run is one step: the fused kernel there takes no mask.
    """

    name = "torch"
    temporary_bytes = None

    def __init__(self, module, config: ModelConfig, device: torch.device, dtype: torch.dtype):
        own = _copy_to(module, device, dtype)
        if device.type == "cpu":
            _transpose_weights(own)
        self.module, self.device = torchscript.freeze(own), device
        self._config, self._dtype = config, dtype
        self.bytes_per_stream = kv_bytes(config, 1, dtype_name(dtype))
        rows = _ROWS_OF_RUN if device.type == "cpu" else 1
        self.longest_run = max(1, rows // config.of_layers.block_size)

    def new_tensors(self, slot: int) -> list[Tensor]:
        return new_cache(self._config, self.device, self._dtype)

    def step_tensors(self, tokens: Tensor, states: list[StreamState], runs: list[int]) -> Tensor:
        with torchscript.running():
            logits = self.module(
                tokens.to(self.device),
                [state.tensors for state in states],
                [state.position for state in states],
                [state.seen for state in states],
                runs,
            )
        return logits.cpu()

    def prepare(self, streams: int) -> None:
        """A step needs nothing that is made before."""

    def fill(self, state: StreamState) -> None:
        """Makes the state that of a full ring, for warming up and timing."""
        fill_rings(state, self._config.window)

    def try_steps(self) -> None:
        """Runs a single step and a run of two, if it takes these, of a stream that nobody has."""
        for count in {1, min(2, self.longest_run)}:
            tokens = torch.zeros(count, self._config.block_size, self._config.n_values)
            self.step_tensors(tokens, [StreamState(0, self.new_tensors(0))], [count])


class WindowRunner(TorchRunner):
    """Re-encodes the last W tokens at every step, for a model of the plain form window [1, W,
    n_bins + n_features] → logits, in TorchScript.

    Until W tokens of a segment have come, copies of the segment's first token fill the front of the
    window.
    """

    name = "torch"
    temporary_bytes = None
    longest_run = 1

    def __init__(self, module, shape: dict, device: torch.device, dtype: torch.dtype):
        own = _copy_to(module, device, dtype)
        is_script = isinstance(own, torch.jit.ScriptModule)
        self.module, self.device = torchscript.freeze(own) if is_script else own, device
        self._running = torchscript.running if is_script else contextlib.nullcontext
        values = shape["n_bins"] + shape.get("n_features", 0)
        self._shape = (1, shape["window"], values)
        self.n_classes, self.dtype = shape["n_classes"], dtype
        self.bytes_per_stream = 4 * shape["window"] * values

    def new_tensors(self, slot: int) -> list[Tensor]:
        return [torch.zeros(self._shape, device=self.device)]

    def step_tensors(self, tokens: Tensor, states: list[StreamState], runs: list[int]) -> Tensor:
        tokens = tokens.to(self.device)
        with self._running():
            rows = [self._one(tokens[i : i + 1], state) for i, state in enumerate(states)]
            return torch.cat(rows).to("cpu", torch.float32)

    def _one(self, tokens: Tensor, state: StreamState) -> Tensor:
        window, n = state.tensors[0], tokens.size(1)
        if state.seen == 0:
            window.copy_(tokens[:, :1].expand_as(window))
        window.copy_(torch.cat((window[:, n:], tokens), dim=1))
        try:
            logits = self.module(window.to(self.dtype))
        except Exception as error:  # its own code may raise anything
            reason = str(error).strip().rpartition("\n")[2] or type(error).__name__
            raise ModelFileError(f"the model failed at a window {self._shape}: {reason}") from error
        returned = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        if returned != (1, self.n_classes):
            raise ModelFileError(
                f"the model returned logits {returned} for a window {self._shape}, "
                f"its contract states {(1, self.n_classes)}"
            )
        return logits

    def prepare(self, streams: int) -> None:
        """A step needs nothing that is made before."""

    def fill(self, state: StreamState) -> None:
        """A window is always full."""


def fill_rings(state: StreamState, window: int) -> None:
    """Makes the state that of a full ring, which holds arbitrary values."""
    for ring in state.tensors[1:]:
        ring.fill_(1.0)  # memory never written to is one page of zeros, which costs nothing
    state.seen = max(state.seen, window)


def _copy_to(module, device: torch.device, dtype: torch.dtype):
    """A copy on the device, which may be frozen, while the file's module keeps its weights."""
    with torch.no_grad():
        return copy.deepcopy(module).to(device=device, dtype=dtype)


def _transpose_weights(module) -> None:
    """Lays the weights of linear maps into memory input by input, which changes no value: OpenBLAS
    multiplies with them a tenth faster."""
    for name, weight in module.named_parameters():
        if name.endswith("weight") and weight.dim() == 2:
            weight.data = weight.t().contiguous().t()

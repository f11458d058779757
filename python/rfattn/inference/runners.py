# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a model is stepped, and the state that it leaves from step to step.

Each runner has `step`, `reset`, `fill` and `state_bytes`; `AttentionModelAdapter` picks one.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.cost import new_cache
from ..attention.model import StreamingTransformer
from . import onnx_step, torchscript
from .files import ModelFileError


class StreamRunner:
    """Steps a model of kind "stream" over its rings."""

    def __init__(
        self, module, config: ModelConfig, batch: int, device: torch.device, dtype: torch.dtype
    ):
        own = _copy_to(module, device, dtype)
        if device.type == "cpu":
            _turn_weights(own)
        self.module, self.device = torchscript.freeze(own), device
        self.cache = new_cache(config, batch, device, dtype)
        self.block_size, self.window = config.block_size, config.window
        self.position = self.seen = 0

    def step(self, tokens: Tensor) -> Tensor:
        with torch.inference_mode(), torchscript.running(self.device):
            logits = self.module(tokens, self.cache, self.position, self.seen)
        self.position += self.block_size
        self.seen += self.block_size
        return logits

    def reset(self, position: int | None) -> None:
        self.seen = 0
        if position is not None:
            self.position = position

    def fill(self) -> None:
        """Goes on as if the ring were full; for warming up."""
        for ring in self.cache[1:]:
            ring.fill_(1.0)  # memory never written to is one page of zeros, which costs nothing
        self.seen = max(self.seen, self.window)

    @property
    def state_bytes(self) -> int:
        return sum(t.numel() * t.element_size() for t in self.cache)


class OnnxRunner(StreamRunner):
    """As `StreamRunner`; once the ring is full, ONNX Runtime steps over the same ring."""

    def __init__(
        self,
        module,
        eager: StreamingTransformer,
        config: ModelConfig,
        batch: int,
        device: torch.device,
        dtype: torch.dtype,
    ):
        super().__init__(module, config, batch, device, dtype)
        self._full = onnx_step.OnnxStep(eager, config, self.cache, config.window)

    def step(self, tokens: Tensor) -> Tensor:
        if self.seen < self.window:
            return super().step(tokens)
        self._full.position, self._full.seen = self.position, self.seen
        logits = self._full.step(tokens)
        self.position, self.seen = self._full.position, self._full.seen
        return logits


class WindowRunner:
    """Re-encodes the last W tokens at every step, for a model of the plain form window [1, W,
    n_bins] → logits.

    Until W tokens of a segment have come, the window is filled up in front with the segment's first
    token.
    """

    def __init__(self, module, shape: dict, batch: int, device: torch.device, dtype: torch.dtype):
        self.module, self.device = torchscript.freeze(_copy_to(module, device, dtype)), device
        self.window = torch.zeros(batch, shape["window"], shape["n_bins"], device=device)
        self.n_classes, self.dtype = shape["n_classes"], dtype
        self.seen = 0

    def step(self, tokens: Tensor) -> Tensor:
        if self.seen == 0:
            self.window.copy_(tokens[:, :1].expand_as(self.window))
        self.seen += tokens.size(1)
        self.window = torch.cat((self.window[:, tokens.size(1) :], tokens), dim=1)
        with torch.inference_mode(), torchscript.running(self.device):
            rows = [self.module(stream[None].to(self.dtype)) for stream in self.window]
        logits = torch.cat(rows).to(torch.float32)
        expected = (self.window.size(0), self.n_classes)
        if logits.shape != expected:
            raise ModelFileError(
                f"the model gave logits {tuple(logits.shape)} for a window "
                f"{tuple(self.window.shape)}, its contract says {expected}"
            )
        return logits

    def reset(self, position: int | None) -> None:
        self.seen = 0

    def fill(self) -> None:
        """A window is always full."""

    @property
    def state_bytes(self) -> int:
        return self.window.numel() * self.window.element_size()


def _copy_to(module, device: torch.device, dtype: torch.dtype):
    """A copy on the device, which may be frozen, while the file's module keeps its weights."""
    with torch.no_grad():
        return copy.deepcopy(module).to(device=device, dtype=dtype)


def _turn_weights(module) -> None:
    """Lays the weights of linear maps into memory input by input, which changes no value: OpenBLAS
    multiplies with them a tenth faster."""
    for name, weight in module.named_parameters():
        if name.endswith("weight") and weight.dim() == 2:
            weight.data = weight.t().contiguous().t()

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transformer layer, and the encoder whose tokens look at the window in every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .norms import build_norm
from .rings import Segment, Step

if TYPE_CHECKING:
    from .config import ModelConfig


class Layer(nn.Module):
    """A pre-norm transformer layer (Xiong et al. 2020, arXiv 2002.04745).

    ``x`` are the vectors that pass through the layers. ``tokens`` are the embedded tokens, which
    only an attention of latents to the window reads.
    """

    def __init__(self, config: ModelConfig, attention: nn.Module):
        super().__init__()
        self.attention_norm = build_norm(config.norm, config.d_model)
        self.attention = attention
        self.feed_forward_norm = build_norm(config.norm, config.d_model)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, tokens: Tensor, step: Step) -> Tensor:
        x = x + self.attention(self.attention_norm(x), tokens, step)
        return x + self.feed_forward(self.feed_forward_norm(x))

    def offline(self, x: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        x = x + self.attention.offline(self.attention_norm(x), tokens, segment)
        return x + self.feed_forward(self.feed_forward_norm(x))


class OutputGate(nn.Linear):
    """y sigmoid(W x) of what an attention found for the vectors x, both [B, T, d], before its
    output map (Qiu et al. 2025, arXiv 2505.06708)."""

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        return y * torch.sigmoid(F.linear(x, self.weight))


class Unchanged(nn.Module):
    """In the place of a part that a model does without."""

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return x


def build_gate(config: ModelConfig) -> nn.Module:
    """The gate of a layer's attention, if it has one."""
    return OutputGate(config.d_model, config.d_model, bias=False) if config.gate else Unchanged()


class FeedForward(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.up = nn.Linear(config.d_model, config.ffn_factor * config.d_model)
        self.down = nn.Linear(config.ffn_factor * config.d_model, config.d_model)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x)))


class TokenEncoder(nn.Module):
    """Every token looks at the window in every layer; the result is the mean over a step."""

    def __init__(self, config: ModelConfig, layers: list[Layer]):
        super().__init__()
        self.block_size = config.block_size
        self.layers = nn.ModuleList(layers)
        self.norm = build_norm(config.norm, config.d_model)

    def forward(self, x: Tensor, step: Step) -> Tensor:
        """x [B, n, d] → [B, d]"""
        for layer in self.layers:
            x = layer(x, x, step)
        return self.norm(x).mean(dim=1)

    def offline(self, x: Tensor, segment: Segment) -> Tensor:
        """x [B, T, d] → [B, T / n, d]"""
        for layer in self.layers:
            x = layer.offline(x, x, segment)
        return self.norm(x).unflatten(1, (-1, self.block_size)).mean(dim=2)


def load_same_shape(target: nn.Module, source: nn.Module) -> None:
    """Copies every weight of ``source`` that has the same name and shape in ``target``."""
    own, weights = target.state_dict(), source.state_dict().items()
    same = {name: w for name, w in weights if name in own and own[name].shape == w.shape}
    target.load_state_dict(same, strict=False)

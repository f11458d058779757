# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`perceiver`: learned latents look at the window in some layers and at each other in the rest.

Shapes: B streams, n tokens of a step, T tokens and K steps of a segment, W window, h heads, dh =
d/h, M latents. The caches are keys and values [1, h, W, dh] in each cross layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .kernels import FusedScores
from .layers import Layer, load_same_shape
from .norms import build_norm
from .rings import RingAttention, Segment, Step
from .rope import rotate

if TYPE_CHECKING:
    from .config import ModelConfig


class LatentEncoder(nn.Module):
    """M learned latents pass through the layers; the result is their mean."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.block_size = config.block_size
        self.latents = nn.Parameter(torch.empty(config.n_latents, config.d_model))
        nn.init.normal_(self.latents, std=0.02)
        self.cross = nn.ModuleList(
            [Layer(config, CrossAttention(config, 1 + 2 * i)) for i in range(config.n_cross_layers)]
        )
        self.tower = nn.ModuleList(
            [
                Layer(config, LatentSelfAttention(config))
                for _ in range(config.n_layers - config.n_cross_layers)
            ]
        )
        self.norm = build_norm(config.norm, config.d_model)

    def forward(self, x: Tensor, step: Step) -> Tensor:
        """x [B, n, d] → [B, d]"""
        z = self.latents.expand(x.size(0), -1, -1)
        for layer in self.cross:
            z = layer(z, x, step)
        for layer in self.tower:
            z = layer(z, x, step)
        return self.norm(z).mean(dim=1)

    def offline(self, x: Tensor, segment: Segment) -> Tensor:
        """x [B, T, d] → [B, T / n, d]"""
        K = x.size(1) // self.block_size
        z = self.latents.expand(x.size(0), K, -1, -1)  # (B, K, M, d)
        for layer in self.cross:
            z = layer.offline(z, x, segment)
        for layer in self.tower:
            z = layer.offline(z, x, segment)
        return self.norm(z).mean(dim=2)


class CrossAttention(nn.Module):
    """M latents look at the window (Perceiver, Jaegle et al. 2021, arXiv 2103.03206).

    The window's keys and values are cached like those of `flash`. The queries are the M latents of
    each step, rotated to the position of its newest token.
    """

    def __init__(self, config: ModelConfig, ring: int = 1):
        super().__init__()
        self.head_dim, self.block_size = config.head_dim, config.block_size
        self.rope = config.rope
        self.scale = config.head_dim**-0.5
        self.context_norm = build_norm(config.norm, config.d_model)
        self.query = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kv = nn.Linear(config.d_model, 2 * config.d_model, bias=False)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = FusedScores()
        self.over_rings = RingAttention(self.kernel, ring, ring + 1)

    def split_heads(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), -1, self.head_dim)  # (B, T, heads, dh)

    def queries(self, z: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        q = self.split_heads(self.query(z))
        if self.rope:
            q = rotate(q, cos, sin)
        return q.transpose(1, 2)  # (B, h, M, dh)

    def keys_values(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
        k, v = self.split_heads(self.kv(self.context_norm(tokens))).chunk(2, dim=2)
        if self.rope:
            k = rotate(k, cos, sin)
        return k.transpose(1, 2), v.transpose(1, 2)  # (B, h, T, dh)

    def merge(self, y: Tensor) -> Tensor:
        B, h, M, dh = y.shape
        return self.out(y.transpose(1, 2).reshape(B, M, h * dh))

    def forward(self, z: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. z [B, M, d] latents, tokens [B, n, d]"""
        k, v = self.keys_values(tokens, step.cos, step.sin)
        q = self.queries(z, step.cos[:, -1:], step.sin[:, -1:])
        return self.merge(self.over_rings(q, k, v, self.scale, step))

    def offline(self, z: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. z [B, K, M, d], the latents of its K steps; tokens [B, T, d]"""
        B, K, M, d = z.shape
        last = slice(self.block_size - 1, None, self.block_size)  # the newest token of each step
        factors = [part[:, last].repeat_interleave(M, dim=1) for part in (segment.cos, segment.sin)]
        q = self.queries(z.view(B, K * M, d), factors[0], factors[1])  # (B, h, K M, dh)
        k, v = self.keys_values(tokens, segment.cos, segment.sin)
        rows = segment.mask[last].repeat_interleave(M, dim=0)
        return self.merge(self.kernel(q, k, v, rows, self.scale)).view(B, K, M, d)


class LatentSelfAttention(nn.Module):
    """Full attention among the M latents of a step; nothing is cached."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.head_dim = config.head_dim
        self.scale = config.head_dim**-0.5
        self.qkv = nn.Linear(config.d_model, 3 * config.d_model, bias=False)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = FusedScores()

    def forward(self, z: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. z [B, M, d]"""
        return self.among(z)

    def offline(self, z: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. z [B, K, M, d]"""
        return self.among(z.flatten(0, 1)).view(z.shape)

    def among(self, z: Tensor) -> Tensor:
        """z [B, M, d] → [B, M, d]"""
        B, M, d = z.shape
        q, k, v = self.qkv(z).view(B, M, -1, self.head_dim).transpose(1, 2).chunk(3, dim=1)
        y = self.kernel(q, k, v, None, self.scale)
        return self.out(y.transpose(1, 2).reshape(B, M, d))


def convert(encoder: LatentEncoder, origin: nn.Module) -> None:
    """The first layers look at the window, the rest become the tower over the latents."""
    layers = zip([*encoder.cross, *encoder.tower], origin.layers, strict=True)
    for i, (layer, source) in enumerate(layers):
        load_same_shape(layer, source)
        attention = layer.attention
        q, k, v = (w.flatten(0, 1) for w in source.attention.heads())
        if i < len(encoder.cross):
            attention.query.weight.copy_(q)
            attention.kv.weight.copy_(torch.cat((k, v)))
            attention.context_norm.load_state_dict(source.attention_norm.state_dict())
        else:
            attention.qkv.weight.copy_(torch.cat((q, k, v)))
        attention.out.load_state_dict(source.attention.out.state_dict())

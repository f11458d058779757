# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`mha`, `flash` and `gqa`: query heads over as many or fewer key and value heads.

Shapes: B streams, n tokens of a step, T tokens of a segment, W window, h heads, G KV heads, dh =
d/h. The caches are keys and values [1, G, W, dh] in each layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .kernels import ExplicitScores, FusedScores
from .layers import build_gate
from .registry import attention_class
from .rings import RingAttention, Segment, Step, fold_heads
from .rope import rotate

if TYPE_CHECKING:
    from .config import ModelConfig


class GroupedAttention(nn.Module):
    """h query heads over G key and value heads (Ainslie et al. 2023, arXiv 2305.13245).

    G = h is multi-head attention. ``kernel`` decides how the scores are computed, not what they
    are.
    """

    def __init__(self, config: ModelConfig, n_kv_heads: int, kernel: nn.Module, ring: int = 1):
        super().__init__()
        self.n_heads = config.n_heads
        self.n_kv_heads = n_kv_heads
        self.head_dim = config.head_dim
        self.rope = config.rope
        self.scale = config.head_dim**-0.5
        self.qkv = nn.Linear(
            config.d_model, (config.n_heads + 2 * n_kv_heads) * config.head_dim, bias=False
        )
        self.gate = build_gate(config)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel
        self.over_rings = RingAttention(kernel, ring, ring + 1)

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        B, T, _ = x.shape
        heads = self.qkv(x).view(B, T, -1, self.head_dim)  # (B, T, h + 2 G, dh)
        qk, v = heads.split((self.n_heads + self.n_kv_heads, self.n_kv_heads), dim=2)
        if self.rope:
            qk = rotate(qk, cos, sin)
        q, k = qk.split((self.n_heads, self.n_kv_heads), dim=2)
        q = fold_heads(q.transpose(1, 2), self.n_kv_heads)
        return q, k.transpose(1, 2), v.transpose(1, 2)  # (B, G, (h/G) T, dh), 2 (B, G, T, dh)

    def merge(self, y: Tensor, x: Tensor) -> Tensor:
        T = x.size(1)
        heads = y.reshape(y.size(0), self.n_heads, T, self.head_dim)
        merged = heads.transpose(1, 2).reshape(y.size(0), T, self.n_heads * self.head_dim)
        return self.out(self.gate(merged, x))

    def forward(self, x: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. x [B, n, d]"""
        q, k, v = self.project(x, step.cos, step.sin)
        return self.merge(self.over_rings(q, k, v, self.scale, step), x)

    def offline(self, x: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. x [B, T, d]"""
        q, k, v = self.project(x, segment.cos, segment.sin)
        rows = segment.mask.repeat(self.n_heads // self.n_kv_heads, 1)
        return self.merge(self.kernel(q, k, v, rows, self.scale), x)

    def on_values(
        self, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, cache, mask: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """See `Attention.onnx`."""
        q, k, v = self.project(x, cos, sin)
        keys, values = (
            ring.index_copy(2, slots, new) for ring, new in zip(cache, (k, v), strict=True)
        )
        scores = torch.matmul(q * self.scale, keys.transpose(-2, -1))
        y = torch.matmul((scores + mask).softmax(dim=-1), values)
        return self.merge(y, x), [keys, values]

    def heads(self) -> tuple[Tensor, Tensor, Tensor]:
        """The weights of queries [h, dh, d], keys and values [G, dh, d]."""
        weights = self.qkv.weight.view(-1, self.head_dim, self.qkv.in_features)
        return weights.split((self.n_heads, self.n_kv_heads, self.n_kv_heads))


def make(config: ModelConfig, ring: int) -> GroupedAttention:
    """See `Attention.make`."""
    described = attention_class(config.attention)
    kernel = FusedScores() if described.fused else ExplicitScores()
    return GroupedAttention(config, described.kv_heads(config), kernel, ring)


def fill(attention: GroupedAttention, origin: GroupedAttention) -> None:
    """The heads of a group share the mean of their keys and values (arXiv 2305.13245, §2.1)."""
    q, k, v = origin.heads()
    G = attention.n_kv_heads
    pooled = [w.view(G, -1, *w.shape[1:]).mean(dim=1) for w in (k, v)]
    attention.qkv.weight.copy_(torch.cat((q, *pooled)).flatten(0, 1))
    attention.out.load_state_dict(origin.out.state_dict())

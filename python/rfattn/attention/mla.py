# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`mla`: what is cached is a low-rank latent of each token.

Shapes: B streams, n tokens of a step, T tokens of a segment, W window, h heads, dh = d/h, c KV
rank, r rotary width. The cache is one ring of latents [1, 1, W, c + r] in each layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .kernels import FusedScores
from .layers import build_gate
from .norms import RMSNorm
from .rings import RingAttention, Segment, Step, fold_heads
from .rope import rotate

if TYPE_CHECKING:
    from .config import ModelConfig


class LatentKVAttention(nn.Module):
    """Low-rank joint keys and values with a decoupled rotary part (DeepSeek-V2, arXiv 2405.04434,
    §2.1).

    The cache holds c + r elements a token, whatever the number of heads. The up-projections are
    absorbed into the query and the output, so that all heads share one key of c + r elements, whose
    first c are also the value.
    """

    def __init__(self, config: ModelConfig, kernel: nn.Module, ring: int = 1):
        super().__init__()
        h, dh, c, r = config.n_heads, config.head_dim, config.kv_rank, config.rope_dim
        self.n_heads, self.head_dim, self.kv_rank, self.rope_dim = h, dh, c, r
        self.rope = config.rope
        self.scale = (dh + r) ** -0.5
        self.query = nn.Linear(config.d_model, h * (dh + r), bias=False)
        self.kv_down = nn.Linear(config.d_model, c + r, bias=False)
        self.kv_norm = RMSNorm(c)
        self.key_up = nn.Parameter(torch.empty(h, dh, c))
        self.value_up = nn.Parameter(torch.empty(h, c, dh))
        self.gate = build_gate(config)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel
        # One tensor as key and value: the fused CPU kernel wants both of one width.
        self.over_rings = RingAttention(kernel, ring, ring)
        for weight in (self.key_up, self.value_up):
            nn.init.normal_(weight, std=c**-0.5)

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
        """Queries over all heads, one after the other [B, 1, h T, c + r], and the latents [B, 1, T,
        c + r]."""
        B, T, _ = x.shape
        q = self.query(x).view(B, T, self.n_heads, self.head_dim + self.rope_dim)
        q_content, q_rotary = q.split((self.head_dim, self.rope_dim), dim=-1)
        latent, k_rotary = self.kv_down(x).unsqueeze(2).split((self.kv_rank, self.rope_dim), dim=-1)
        if self.rope:
            q_rotary, k_rotary = rotate(q_rotary, cos, sin), rotate(k_rotary, cos, sin)
        q_latent = torch.matmul(q_content.transpose(1, 2), self.key_up)  # (B, h, T, c)
        query = fold_heads(torch.cat((q_latent, q_rotary.transpose(1, 2)), dim=-1), 1)
        return query, torch.cat((self.kv_norm(latent), k_rotary), dim=-1).transpose(1, 2)

    def merge(self, y: Tensor, x: Tensor) -> Tensor:
        T = x.size(1)
        latent = y[..., : self.kv_rank].reshape(y.size(0), self.n_heads, T, self.kv_rank)
        heads = torch.matmul(latent, self.value_up)  # (B, h, T, dh)
        merged = heads.transpose(1, 2).reshape(y.size(0), T, self.n_heads * self.head_dim)
        return self.out(self.gate(merged, x))

    def forward(self, x: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. x [B, n, d]"""
        query, latent = self.project(x, step.cos, step.sin)
        return self.merge(self.over_rings(query, latent, latent, self.scale, step), x)

    def offline(self, x: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. x [B, T, d]"""
        query, latent = self.project(x, segment.cos, segment.sin)
        rows = segment.mask.repeat(self.n_heads, 1)
        return self.merge(self.kernel(query, latent, latent, rows, self.scale), x)


def make(config: ModelConfig, ring: int) -> LatentKVAttention:
    """See `Attention.make`."""
    return LatentKVAttention(config, FusedScores(), ring)


def fill(attention: LatentKVAttention, origin: nn.Module) -> None:
    """Keys and values of all heads through one singular value decomposition of rank c.

    The r/2 fastest rotary pairs become the decoupled part, with keys averaged over the heads.
    The other pairs turn little within a window and become content, which is not rotated.
    """
    q, k, v = origin.heads()
    h, dh, d = q.shape
    c, r = attention.kv_rank, attention.rope_dim
    pairs = torch.arange(min(r, dh) // 2)  # rotary pair i is elements i and i + dh/2
    fast = torch.cat((pairs, pairs + dh // 2))
    content = torch.ones(dh, 1)
    content[fast] = 0.0
    U, S, V = torch.linalg.svd(torch.cat((k * content, v)).flatten(0, 1), full_matrices=False)
    c_used = min(c, len(S))
    up = (U * S)[:, :c_used].view(2, h, dh, c_used)
    attention.kv_down.weight.zero_()
    attention.kv_down.weight[:c_used].copy_(V[:c_used])
    attention.kv_down.weight[c : c + len(fast)].copy_(k[:, fast].mean(dim=0))
    # Normed input has elements of variance 1, and the rows of V are orthonormal: the latent
    # has a root mean square of sqrt(c_used / c), which kv_norm removes.
    gain = (c_used / c) ** 0.5
    attention.key_up.zero_()
    attention.value_up.zero_()
    attention.key_up[:, :, :c_used].copy_(up[0] * gain)
    attention.value_up[:, :c_used].copy_(up[1].transpose(1, 2) * gain)
    # The scores are divided by sqrt(dh + r) instead of sqrt(dh).
    rescaled = q * ((dh + r) / dh) ** 0.5
    query = torch.zeros(h, dh + r, d)
    query[:, :dh] = rescaled * content
    query[:, dh : dh + len(fast)] = rescaled[:, fast]
    attention.query.weight.copy_(query.flatten(0, 1))
    attention.out.load_state_dict(origin.out.state_dict())

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attention layers: each computes a step over its part of the cache, and a whole recording in
one pass.

The cache of a layer is a ring of exactly ``window`` slots. A step writes its n new keys and values
over the oldest n, then lets its n queries see every filled slot. No mask is needed: softmax does
not care in which order slots lie, and a block sees all of itself. The offline pass computes the
same function with an explicit band mask.

Shapes: B streams, n tokens of a step, T tokens of a recording, W window, S filled slots, h heads, G
    KV heads, dh = d/h, M latents, c KV rank, r rotary width of `mla`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .kernels import ExplicitScores, FusedScores
from .norms import RMSNorm, build_norm
from .rope import rotate


def fold_heads(q: Tensor, n_kv_heads: int) -> Tensor:
    """[B, h, T, D] → [B, G, (h/G) T, D]: the queries that share a KV head, one after the other.

    Exact and without a copy of keys or values, where torch 2.6's ``enable_gqa`` repeats them on
    CPU.
    """
    B, h, T, D = q.shape
    return q.reshape(B, n_kv_heads, (h // n_kv_heads) * T, D)


def store(ring: Tensor, new: Tensor, slot: int) -> None:
    """Writes ``new`` [B, G, n, D] into slots ``slot`` … ``slot + n - 1`` of ``ring`` [B, G, W,
    D]."""
    ring.narrow(2, slot, new.size(2)).copy_(new)


class GroupedAttention(nn.Module):
    """`mha`, `flash` and `gqa`: h query heads over G key and value heads (Ainslie et al. 2023,
    arXiv 2305.13245).

    G = h is multi-head attention. ``kernel`` decides how the scores are computed, not what they
    are.
    """

    def __init__(self, config: ModelConfig, n_kv_heads: int, kernel: nn.Module):
        super().__init__()
        self.n_heads = config.n_heads
        self.n_kv_heads = n_kv_heads
        self.head_dim = config.head_dim
        self.rope = config.rope
        self.scale = config.head_dim**-0.5
        self.qkv = nn.Linear(
            config.d_model, (config.n_heads + 2 * n_kv_heads) * config.head_dim, bias=False
        )
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        B, T, _ = x.shape
        heads = self.qkv(x).view(B, T, -1, self.head_dim)  # (B, T, h + 2 G, dh)
        qk, v = heads.split((self.n_heads + self.n_kv_heads, self.n_kv_heads), dim=2)
        if self.rope:
            qk = rotate(qk, cos, sin)
        q, k = qk.split((self.n_heads, self.n_kv_heads), dim=2)
        # (B, h, T, dh), (B, G, T, dh), (B, G, T, dh)
        return q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)

    def merge(self, y: Tensor, T: int) -> Tensor:
        heads = y.reshape(y.size(0), self.n_heads, T, self.head_dim)
        return self.out(heads.transpose(1, 2).reshape(y.size(0), T, self.n_heads * self.head_dim))

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: list[Tensor], slot: int, filled: int
    ) -> Tensor:
        """One step. x [B, n, d]; cache keys and values [B, G, W, dh]; writes at ``slot``, sees
        ``filled`` slots."""
        q, k, v = self.project(x, cos, sin)
        store(cache[0], k, slot)
        store(cache[1], v, slot)
        keys, values = cache[0].narrow(2, 0, filled), cache[1].narrow(2, 0, filled)
        y = self.kernel(fold_heads(q, self.n_kv_heads), keys, values, None, self.scale)
        return self.merge(y, x.size(1))

    def offline(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """A whole recording. x [B, T, d]; mask [T, T], True where a token may look."""
        q, k, v = self.project(x, cos, sin)
        rows = mask.repeat(self.n_heads // self.n_kv_heads, 1)
        y = self.kernel(fold_heads(q, self.n_kv_heads), k, v, rows, self.scale)
        return self.merge(y, x.size(1))

    @staticmethod
    def cache_shapes(config: ModelConfig, batch: int) -> list[tuple[int, ...]]:
        G = config.n_kv_heads if config.attention == "gqa" else config.n_heads
        return [(batch, G, config.window, config.head_dim)] * 2

    @staticmethod
    def step_flops(config: ModelConfig) -> int:
        """Floating-point operations of one step of one stream with a full ring; a multiply-add
        counts 2."""
        d, n, W = config.d_model, config.block_size, config.window
        G = config.n_kv_heads if config.attention == "gqa" else config.n_heads
        projections = 4 * d * d + 4 * d * G * config.head_dim
        return n * (projections + 4 * W * d)


class LatentKVAttention(nn.Module):
    """`mla`: low-rank joint keys and values with decoupled rotary part (DeepSeek-V2, arXiv
    2405.04434, §2.1).

    What is cached is the latent: c + r elements a token, whatever the number of heads. The
        up-projections are absorbed into the query and the output, so that all heads share one key
        of c + r elements, whose first c are also the value.
    """

    def __init__(self, config: ModelConfig, kernel: nn.Module):
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
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel
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

    def merge(self, y: Tensor, T: int) -> Tensor:
        latent = y[..., : self.kv_rank].reshape(y.size(0), self.n_heads, T, self.kv_rank)
        heads = torch.matmul(latent, self.value_up)  # (B, h, T, dh)
        return self.out(heads.transpose(1, 2).reshape(y.size(0), T, self.n_heads * self.head_dim))

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: list[Tensor], slot: int, filled: int
    ) -> Tensor:
        """One step. x [B, n, d]; cache latents [B, 1, W, c + r]; writes at ``slot``, sees
        ``filled`` slots."""
        query, latent = self.project(x, cos, sin)
        store(cache[0], latent, slot)
        seen = cache[0].narrow(2, 0, filled)
        # One tensor as key and value: the fused CPU kernel wants both of one width.
        return self.merge(self.kernel(query, seen, seen, None, self.scale), x.size(1))

    def offline(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """A whole recording. x [B, T, d]; mask [T, T], True where a token may look."""
        query, latent = self.project(x, cos, sin)
        rows = mask.repeat(self.n_heads, 1)
        return self.merge(self.kernel(query, latent, latent, rows, self.scale), x.size(1))

    @staticmethod
    def cache_shapes(config: ModelConfig, batch: int) -> list[tuple[int, ...]]:
        return [(batch, 1, config.window, config.kv_rank + config.rope_dim)]

    @staticmethod
    def step_flops(config: ModelConfig) -> int:
        """Floating-point operations of one step of one stream with a full ring; a multiply-add
        counts 2."""
        d, n, W, h, dh = (
            config.d_model,
            config.block_size,
            config.window,
            config.n_heads,
            config.head_dim,
        )
        c, r = config.kv_rank, config.rope_dim
        projections = 2 * d * h * (dh + r) + 2 * d * (c + r) + 4 * h * dh * c + 2 * d * d
        return n * (projections + 4 * W * h * (c + r))


class CrossAttention(nn.Module):
    """`latent`: M latents look at the window (Perceiver, Jaegle et al. 2021, arXiv 2103.03206).

    The window's keys and values are cached like those of `flash`; the queries are the M latents of
    each block, turned to the position of its newest token.
    """

    def __init__(self, config: ModelConfig, kernel: nn.Module):
        super().__init__()
        self.n_heads, self.head_dim, self.block_size = (
            config.n_heads,
            config.head_dim,
            config.block_size,
        )
        self.rope = config.rope
        self.scale = config.head_dim**-0.5
        self.context_norm = build_norm(config.norm, config.d_model)
        self.query = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kv = nn.Linear(config.d_model, 2 * config.d_model, bias=False)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel

    def heads(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), -1, self.head_dim)  # (B, T, heads, dh)

    def queries(self, z: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        q = self.heads(self.query(z))
        if self.rope:
            q = rotate(q, cos, sin)
        return q.transpose(1, 2)  # (B, h, M, dh)

    def keys_values(self, context: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
        k, v = self.heads(self.kv(self.context_norm(context))).chunk(2, dim=2)
        if self.rope:
            k = rotate(k, cos, sin)
        return k.transpose(1, 2), v.transpose(1, 2)  # (B, h, T, dh)

    def merge(self, y: Tensor) -> Tensor:
        B, h, M, dh = y.shape
        return self.out(y.transpose(1, 2).reshape(B, M, h * dh))

    def forward(
        self,
        z: Tensor,
        context: Tensor,
        cos: Tensor,
        sin: Tensor,
        cache: list[Tensor],
        slot: int,
        filled: int,
    ) -> Tensor:
        """One step. z [B, M, d] latents, context [B, n, d] new tokens; cache keys and values [B, h,
        W, dh]."""
        k, v = self.keys_values(context, cos, sin)
        store(cache[0], k, slot)
        store(cache[1], v, slot)
        q = self.queries(z, cos[-1:], sin[-1:])
        keys, values = cache[0].narrow(2, 0, filled), cache[1].narrow(2, 0, filled)
        return self.merge(self.kernel(q, keys, values, None, self.scale))

    def offline(self, z: Tensor, context: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """A whole recording. z [B, K, M, d], the latents of its K blocks; context [B, T, d]; mask
        [T, T]."""
        B, K, M, d = z.shape
        last = slice(self.block_size - 1, None, self.block_size)  # the newest token of each block
        turns = [part[last].repeat_interleave(M, dim=0) for part in (cos, sin)]
        q = self.queries(z.view(B, K * M, d), turns[0], turns[1])  # (B, h, K M, dh)
        k, v = self.keys_values(context, cos, sin)
        rows = mask[last].repeat_interleave(M, dim=0)
        return self.merge(self.kernel(q, k, v, rows, self.scale)).view(B, K, M, d)

    @staticmethod
    def cache_shapes(config: ModelConfig, batch: int) -> list[tuple[int, ...]]:
        return [(batch, config.n_heads, config.window, config.head_dim)] * 2

    @staticmethod
    def step_flops(config: ModelConfig) -> int:
        """Floating-point operations of one step of one stream with a full ring; a multiply-add
        counts 2."""
        d, M = config.d_model, config.n_latents
        return 4 * config.block_size * d * d + 4 * M * d * d + 4 * M * config.window * d


class LatentSelfAttention(nn.Module):
    """Full attention among the M latents of a block; nothing to cache."""

    def __init__(self, config: ModelConfig, kernel: nn.Module):
        super().__init__()
        self.head_dim = config.head_dim
        self.scale = config.head_dim**-0.5
        self.qkv = nn.Linear(config.d_model, 3 * config.d_model, bias=False)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)
        self.kernel = kernel

    def forward(self, z: Tensor) -> Tensor:
        """z [B, M, d] → [B, M, d]"""
        B, M, d = z.shape
        q, k, v = self.qkv(z).view(B, M, -1, self.head_dim).transpose(1, 2).chunk(3, dim=1)
        y = self.kernel(q, k, v, None, self.scale)
        return self.out(y.transpose(1, 2).reshape(B, M, d))

    @staticmethod
    def step_flops(config: ModelConfig) -> int:
        """Floating-point operations of one step of one stream; a multiply-add counts 2."""
        d, M = config.d_model, config.n_latents
        return 8 * M * d * d + 4 * M * M * d


def build_attention(config: ModelConfig) -> nn.Module:
    """The token-to-token attention layer that ``config.attention`` names (`latent` has layers of
    its own)."""
    if config.attention == "mha":
        return GroupedAttention(config, config.n_heads, ExplicitScores())
    if config.attention == "flash":
        return GroupedAttention(config, config.n_heads, FusedScores())
    if config.attention == "gqa":
        return GroupedAttention(config, config.n_kv_heads, FusedScores())
    return LatentKVAttention(config, FusedScores())

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `mla` is, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operations, Product, Scores, gate
from .attention import Attention

if TYPE_CHECKING:
    from ..config import ModelConfig


@dataclass(frozen=True)
class LatentKVSizes:
    """The sizes of `mla`."""

    kv_rank: int = 32
    """Width of the compressed keys and values of `mla`."""
    rope_dim: int = 16
    """Width of the decoupled rotary part of `mla`; the other attentions rotate whole heads."""


class MultiHeadLatent(Attention):
    """Multi-head latent attention."""

    name = "mla"
    file = "mla"
    gates = True
    sizes = LatentKVSizes
    rotated = "rope_dim"

    @classmethod
    def score_width(cls, config: ModelConfig) -> int:
        return config.head_dim + config.rope_dim

    @classmethod
    def kernel_width(cls, config: ModelConfig) -> int:
        return config.kv_rank + config.rope_dim

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [(1, 1, config.window, config.kv_rank + config.rope_dim)]

    @classmethod
    def layer_operations(cls, config: ModelConfig, streams: int) -> Operations:
        d, h, n, dh = config.d_model, config.n_heads, config.block_size, config.head_dim
        c, r, rows = config.kv_rank, config.rope_dim, streams * config.block_size
        return [
            Product(rows, d, h * (dh + r)),
            Product(rows, d, c + r),
            Product(rows, dh, c, count=h),
            Scores(streams, 1, h * n, config.window, c + r),
            Product(rows, c, dh, count=h),
            *gate(config, rows),
            Product(rows, d, d),
        ]

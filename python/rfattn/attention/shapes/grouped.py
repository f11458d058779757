# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `mha`, `flash` and `gqa` are, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operations, Product, Scores, gate
from .attention import Attention

if TYPE_CHECKING:
    from ..config import ModelConfig


class _Grouped(Attention):
    """What `mha`, `flash` and `gqa` have in common."""

    file = "grouped"
    gates = True

    @classmethod
    def kv_heads(cls, config: ModelConfig) -> int:
        return config.n_heads

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [(1, cls.kv_heads(config), config.window, config.head_dim)] * 2

    @classmethod
    def layer_operations(cls, config: ModelConfig, streams: int) -> Operations:
        d, h, n, dh = config.d_model, config.n_heads, config.block_size, config.head_dim
        G = cls.kv_heads(config)
        return [
            Product(streams * n, d, (h + 2 * G) * dh),
            Scores(streams, G, h // G * n, config.window, dh),
            *gate(config, streams * n),
            Product(streams * n, d, d),
        ]


class Flash(_Grouped):
    """Multi-head attention by torch's fused kernel."""

    name = "flash"
    multi_head = True
    mixes = True
    onnx = True


class MultiHead(_Grouped):
    """The same with the scores written out: the oracle of the others."""

    name = "mha"
    multi_head = True
    fused = False
    stored_as = "flash"


@dataclass(frozen=True)
class GroupedSizes:
    """The sizes of `gqa`."""

    n_kv_heads: int = 1
    """Key and value heads of `gqa`, a divisor of the heads."""


class GroupedQuery(_Grouped):
    """Groups of query heads share keys and values, so that the rings are smaller."""

    name = "gqa"
    onnx = True
    mixes = True
    sizes = GroupedSizes

    @classmethod
    def kv_heads(cls, config: ModelConfig) -> int:
        return config.n_kv_heads

    @classmethod
    def check(cls, config: ModelConfig) -> None:
        rule = f"a divisor of n_heads={config.n_heads}"
        config.require(config.n_heads % config.n_kv_heads == 0, "n_kv_heads", rule)

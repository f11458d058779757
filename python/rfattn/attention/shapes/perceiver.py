# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `perceiver` is, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operations, Product, Scores, feed_forward
from .attention import Attention

if TYPE_CHECKING:
    from ..config import ModelConfig


@dataclass(frozen=True)
class PerceiverSizes:
    """The sizes of `perceiver`."""

    n_latents: int = 32
    """Learned latents of `perceiver`."""
    n_cross_layers: int = 1
    """Layers of `perceiver` that look at the window; the rest work on the latents alone."""


class Perceiver(Attention):
    """Cross-attention of learned latents to the window, then self-attention among them."""

    name = "perceiver"
    file = "perceiver"
    sizes = PerceiverSizes
    fast_bfloat16 = False

    @classmethod
    def check(cls, config: ModelConfig) -> None:
        rule = f"<= n_layers={config.n_layers}"
        config.require(config.n_cross_layers <= config.n_layers, "n_cross_layers", rule)

    @classmethod
    def encoder(cls, config: ModelConfig):
        return cls.modules().LatentEncoder(config)

    @classmethod
    def cache_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return cls.ring_shapes(config) * config.n_cross_layers

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [(1, config.n_heads, config.window, config.head_dim)] * 2

    @classmethod
    def operations(cls, config: ModelConfig, streams: int) -> Operations:
        d, h, M, dh = config.d_model, config.n_heads, config.n_latents, config.head_dim
        rows = streams * M
        cross = [
            Product(streams * config.block_size, d, 2 * d),
            Product(rows, d, d),
            Scores(streams, h, M, config.window, dh),
            Product(rows, d, d),
            *feed_forward(config, rows),
        ]
        among = [
            Product(rows, d, 3 * d),
            Scores(streams, h, M, M, dh),
            Product(rows, d, d),
            *feed_forward(config, rows),
        ]
        n_tower = config.n_layers - config.n_cross_layers
        return cross * config.n_cross_layers + among * n_tower

    @classmethod
    def convert(cls, encoder, origin) -> None:
        cls.modules().convert(encoder, origin)

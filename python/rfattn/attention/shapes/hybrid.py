# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `hybrid` is: an attention for each layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operations, feed_forward
from ..registry import ATTENTIONS, attention_class
from .attention import Attention

if TYPE_CHECKING:
    from ..config import ModelConfig


@dataclass(frozen=True)
class HybridSizes:
    """The layers of `hybrid`."""

    layer_attentions: str = "gdn gdn gdn gqa"
    """Attentions of the layers of `hybrid`, which begin anew where there are more layers."""


class Hybrid(Attention):
    """Layers that keep a state, and some that see a window."""

    name = "hybrid"
    sizes = HybridSizes
    gates = True

    @classmethod
    def layers(cls, config: ModelConfig) -> list[type[Attention]]:
        """The attention of each layer."""
        names = config.layer_attentions.split()
        return [attention_class(names[i % len(names)]) for i in range(config.n_layers)]

    @classmethod
    def check(cls, config: ModelConfig) -> None:
        names = config.layer_attentions.split()
        is_known = bool(names) and set(names) <= {*ATTENTIONS}
        is_known = is_known and all(attention_class(name).mixes for name in names)
        known = [name for name in ATTENTIONS if is_known or attention_class(name).mixes]
        config.require(is_known, "layer_attentions", f"names of {', '.join(known)}")
        sees = config.attention != cls.name or any(one.fused for one in cls.layers(config))
        config.require(sees, "layer_attentions", "such that a layer sees a window")

    @classmethod
    def encoder(cls, config: ModelConfig):
        from ..layers import Layer, TokenEncoder

        layers, ring = [], 1
        for one in cls.layers(config):
            own = config.replace(attention=one.name, gate=config.gate and one.gates)
            layers.append(Layer(config, one.modules().make(own, ring)))
            ring += len(one.ring_shapes(config))
        return TokenEncoder(config, layers)

    @classmethod
    def cache_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [shape for one in cls.layers(config) for shape in one.ring_shapes(config)]

    @classmethod
    def exact_caches(cls, config: ModelConfig) -> list[bool]:
        return [one.exact_cache for one in cls.layers(config) for _ in one.ring_shapes(config)]

    @classmethod
    def operations(cls, config: ModelConfig, streams: int) -> Operations:
        fed = feed_forward(config, streams * config.block_size)
        return [
            operation
            for one in cls.layers(config)
            for operation in one.layer_operations(config, streams) + fed
        ]

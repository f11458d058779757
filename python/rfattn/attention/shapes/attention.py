# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rest of the package asks about an attention: one class that answers everything."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ..operations import Operations, feed_forward

if TYPE_CHECKING:
    from ..config import ModelConfig


@dataclass(frozen=True)
class NoSizes:
    """An attention without sizes of its own."""


class Attention:
    """Describes one attention; a subclass is used as it is and never instantiated.

    The methods here serve attentions in which every token looks at the window in every layer. They
    need `ring_shapes` and `layer_operations`. Other architectures override `encoder`,
    `cache_shapes`, `operations` and `convert`.

    Descriptors do without torch. ``file`` beside this folder has the modules of torch, that of the
    descriptor itself where it is empty: functions
    ``make(config, ring)``, the attention of a layer whose first ring is number ``ring`` of a
    stream's cache, and ``fill(attention, origin)``, which writes weights made from those of the
    multi-head ``origin`` into it. A part of the attention module that reads and writes caches has a
    method ``pooled()``, which returns the part that does so over a pool of caches (see pool.py).

    The configurations that the methods take count in patches (see `ModelConfig.of_layers`).
    """

    name: str
    file: str = ""
    sizes: type = NoSizes
    """A frozen dataclass of the sizes that this attention alone has; `ModelConfig` inherits it."""
    fused = True
    """Whether torch's fused kernel must run."""
    plain_kernel = "explicit"
    """Name of what computes it where no fused kernel does."""
    fast_bfloat16 = True
    """Whether the fused kernel is fast in bfloat16 on a CPU with AMX."""
    windowed = True
    """Whether its layers see a window of tokens; False: all tokens of the segment so far."""
    onnx = False
    """Whether its step can be written as an ONNX file (see inference/onnx_file.py). Its module then
    has ``on_values(x, cos, sin, slots, cache, mask)``: a step of one stream whose cache, as
    `ring_shapes` has it, is a value; returns what the layer returns and the new cache. ``slots`` of
    the ring take the new tokens; ``mask`` [window] is added to the scores."""
    stored_as: str | None = None
    """The attention whose weights and model files it uses; None: its own."""
    rotated: str | None = "head_dim"
    """The size in ModelConfig that counts the elements of a head rotated by position; None: it has
    no use for positions."""
    exact_cache = False
    """Whether what a layer keeps is in float32 whatever the model computes in."""
    multi_head = False
    """Whether its weights are multi-head ones, from which the other attentions are converted."""
    gates = False
    """Whether a layer may have a gate behind its attention."""
    mixes = False
    """Whether `hybrid` may have it in some of its layers."""

    @classmethod
    def check(cls, config: ModelConfig) -> None:
        """Calls ``config.require`` for each rule about the attention's own sizes, apart from being
        at least 1."""

    @classmethod
    def score_width(cls, config: ModelConfig) -> int:
        """Elements of a key before anything is absorbed, by whose root scores are divided."""
        return config.head_dim

    @classmethod
    def kernel_width(cls, config: ModelConfig) -> int:
        """Elements of a key as the fused kernel sees it."""
        return config.head_dim

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        """Shapes of the rings of one layer, or of what it keeps in their place."""
        raise NotImplementedError

    @classmethod
    def written_scores(cls, config: ModelConfig) -> int:
        """Scores of a step of one stream that are in memory at once where no fused kernel runs."""
        return config.n_heads * config.block_size * config.window

    @classmethod
    def layer_operations(cls, config: ModelConfig, streams: int) -> Operations:
        """The operations of one layer's attention in a step with full rings."""
        raise NotImplementedError

    @classmethod
    def modules(cls):
        """The file with the modules of torch."""
        return import_module(f"..{cls.file}" if cls.file else cls.__module__, __package__)

    @classmethod
    def encoder(cls, config: ModelConfig):
        """All layers and the last norm, as a module of torch: vectors of the tokens in, one vector
        a step out."""
        from ..layers import Layer, TokenEncoder

        per_layer, make = len(cls.ring_shapes(config)), cls.modules().make
        layers = [Layer(config, make(config, 1 + i * per_layer)) for i in range(config.n_layers)]
        return TokenEncoder(config, layers)

    @classmethod
    def cache_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        """Shapes of all rings of one stream, in the order of the layers."""
        return cls.ring_shapes(config) * config.n_layers

    @classmethod
    def exact_caches(cls, config: ModelConfig) -> list[bool]:
        """Which of `cache_shapes` are in float32 whatever the model computes in."""
        return [cls.exact_cache] * len(cls.cache_shapes(config))

    @classmethod
    def operations(cls, config: ModelConfig, streams: int) -> Operations:
        """The operations of all layers in a step with full rings."""
        layer = cls.layer_operations(config, streams)
        return (layer + feed_forward(config, streams * config.block_size)) * config.n_layers

    @classmethod
    def convert(cls, encoder, origin) -> None:
        """Fills ``encoder`` from the encoder of a multi-head model, whose sizes and norm it has."""
        from ..layers import load_same_shape

        for layer, source in zip(encoder.layers, origin.layers, strict=True):
            load_same_shape(layer, source)
            file = import_module(type(layer.attention).__module__)
            file.fill(layer.attention, source.attention)

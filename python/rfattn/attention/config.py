# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a model: every number that decides it, checked once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from ..checked import CheckedDataclass
from .registry import ATTENTIONS, BUILT_IN, NORMS, attention_class, today

EMBEDDINGS = ("linear", "conv")
_DESCRIPTORS = tuple(attention_class(name) for name in ATTENTIONS if name in BUILT_IN)
_OWN_SIZES = tuple(dict.fromkeys(described.sizes for described in _DESCRIPTORS))


@dataclass(frozen=True)
class ModelConfig(*_OWN_SIZES, CheckedDataclass):
    """The shape of a streaming transformer.

    A *token* is one power spectrum, a *block* the ``block_size`` tokens of one step, the *window*
    what one attention layer sees. A token sees its own block and the ``window / block_size - 1``
    blocks before it, so ``block_size=1`` is causal attention and ``block_size=window`` the
    whole-window classifier. Both are counted in tokens; the layers see them joined by ``patch``.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    title: ClassVar[str] = "model configuration"

    n_bins: int = 64
    """Values of a token's spectrum."""
    n_features: int = 0
    """Values behind the spectrum of each token that describe its emission."""
    feature_units: int = 32
    """Units of the layer between the features of an emission and the vector of a patch."""
    n_classes: int = 2
    """Classes of the labels."""
    block_size: int = 32
    """Tokens of a step, after which there is a label."""
    window: int = 512
    """Tokens that an attention layer sees, a multiple of the block size. A layer of `ssm` or
    `gdn` sees all tokens of the segment so far; its slowest head begins training with a memory of
    a window."""
    patch: int = 1
    """Neighbouring tokens that enter the layers as one, like the patches of a vision transformer
    (Dosovitskiy et al. 2021, arXiv 2010.11929): the same window for that many times less work and
    memory."""
    embedding: str = "linear"
    """How a patch becomes a vector: by one linear map, or behind convolutions along frequency."""
    embedding_channels: int = 64
    """Channels of the convolutions of ``conv``."""
    d_model: int = 64
    """Width of the layers, a multiple of the heads."""
    n_heads: int = 4
    """Heads of a layer's attention."""
    n_layers: int = 4
    """Number of layers."""
    ffn_factor: int = 4
    """Width of a layer's feed-forward part as a multiple of its own."""
    attention: str = "flash"
    """Attention of the layers; of `hybrid` each layer has its own."""
    norm: str = "layernorm"
    """Norm before each part of a layer and behind the last layer."""
    gate: bool = False
    """Whether a sigmoid of the layer's input scales what a softmax attention found; of `hybrid` in
    the layers that see a window."""
    rope: bool = True
    """Whether keys and queries are rotated by their position; `ssm` and `gdn` do without."""
    rope_base: float = 10000.0
    """Ratio of the fastest rotation to the slowest, about."""
    rope_period: int = 2**20
    """Tokens after which all rotary angles repeat, so that they stay exact at any position."""
    level_horizon: int = 512
    """Tokens over which the running level averages, which is subtracted from the input."""

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.type == "int":
                least = int(field.name != "n_features")
                self.require(getattr(self, field.name) >= least, field.name, f">= {least}")
        object.__setattr__(self, "attention", today(self.attention))
        self.require_one_of("attention", ATTENTIONS)
        self.require_one_of("norm", NORMS)
        self.require_one_of("embedding", EMBEDDINGS)
        n, window, heads = self.block_size, self.window, self.n_heads
        self.require(window % n == 0, "window", f"a multiple of block_size={n}")
        self.require(n % self.patch == 0, "patch", f"a divisor of block_size={n}")
        self.require(self.d_model % heads == 0, "d_model", f"a multiple of n_heads={heads}")
        own = attention_class(self.attention)
        for described in dict.fromkeys((*_DESCRIPTORS, own)):
            described.check(self)
        gated = [described.name for described in _DESCRIPTORS if described.gates]
        self.require(
            not self.gate or own.gates, "gate", f"false, or the attention one of {', '.join(gated)}"
        )
        self.require(self.rotary_dim % 2 == 0, own.rotated, "even, for rotary pairs")
        self.require(self.rope_period >= 2 * window, "rope_period", f">= 2 * window={window}")
        self.require(self.rope_base > 1.0, "rope_base", "> 1")

    @property
    def n_values(self) -> int:
        """Values of a token: its spectrum and its features."""
        return self.n_bins + self.n_features

    @property
    def head_dim(self) -> int:
        return self.d_model // self.n_heads

    @property
    def rotary_dim(self) -> int:
        """Elements of a head that are rotated by position."""
        rotated = attention_class(self.attention).rotated
        return getattr(self, rotated) if rotated else 0

    @property
    def of_layers(self) -> ModelConfig:
        """The shape that the layers see: patches take the place of tokens."""
        return self.replace(
            block_size=self.block_size // self.patch,
            window=self.window // self.patch,
            patch=1,
            n_bins=self.n_bins * self.patch,
        )

    @property
    def steady_after(self) -> int:
        """Tokens of a segment after which each step computes the same shapes."""
        return self.window if attention_class(self.attention).windowed else self.block_size

    @property
    def blocks_in_window(self) -> int:
        return self.window // self.block_size


def own_sizes(attention: str) -> tuple[str, ...]:
    """Names of the sizes in `ModelConfig` that ``attention`` alone has."""
    return tuple(field.name for field in dataclasses.fields(attention_class(attention).sizes))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a model: every number that decides it, checked once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from .registry import ATTENTIONS, NORMS, attention_class

EMBEDDINGS = ("linear", "conv")
_DESCRIPTORS = tuple(attention_class(name) for name in ATTENTIONS)
_OWN_SIZES = tuple(dict.fromkeys(described.sizes for described in _DESCRIPTORS))


@dataclass(frozen=True)
class ModelConfig(*_OWN_SIZES):
    """The shape of a streaming transformer.

    A *token* is one power spectrum, a *block* the ``block_size`` tokens of one step, the *window*
    what one attention layer sees. A token sees its own block and the ``window / block_size - 1``
    blocks before it, so ``block_size=1`` is causal attention and ``block_size=window`` the
    whole-window classifier. Both are counted in tokens; the layers see them joined by ``patch``.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    n_bins: int = 64
    n_classes: int = 2
    block_size: int = 32
    window: int = 512
    patch: int = 1
    """Neighbouring tokens that enter the layers as one, like the patches of a vision transformer
    (Dosovitskiy et al. 2021, arXiv 2010.11929): the same window for that many times less work and
    memory."""
    embedding: str = "linear"
    """How a patch becomes a vector: by one linear map, or behind convolutions along frequency."""
    embedding_channels: int = 64
    """Channels of the convolutions of ``conv``."""
    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 4
    ffn_factor: int = 4
    attention: str = "flash"
    norm: str = "layernorm"
    rope: bool = True
    rope_base: float = 10000.0
    rope_period: int = 2**20
    """Tokens after which all rotary angles repeat, so that they stay exact at any position (see
    rope.py)."""
    level_horizon: int = 512
    """Tokens over which the running level averages, which is subtracted from the input (see
    model.py)."""

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.type == "int":
                self._require(field.name, getattr(self, field.name) >= 1, ">= 1")
        self._require("attention", self.attention in ATTENTIONS, f"one of {', '.join(ATTENTIONS)}")
        self._require("norm", self.norm in NORMS, f"one of {', '.join(NORMS)}")
        self._require("embedding", self.embedding in EMBEDDINGS, f"one of {', '.join(EMBEDDINGS)}")
        n, window, heads = self.block_size, self.window, self.n_heads
        self._require("window", window % n == 0, f"a multiple of block_size={n}")
        self._require("patch", n % self.patch == 0, f"a divisor of block_size={n}")
        self._require("d_model", self.d_model % heads == 0, f"a multiple of n_heads={heads}")
        for described in _DESCRIPTORS:
            described.check(self, self._require)
        rotated = attention_class(self.attention).rotated
        self._require(rotated, self.rotary_dim % 2 == 0, "even, for rotary pairs")
        self._require("rope_period", self.rope_period >= 2 * window, f">= 2 * window={window}")
        self._require("rope_base", self.rope_base > 1.0, "> 1")

    def _require(self, name: str, holds: bool, rule: str) -> None:
        if not holds:
            value = getattr(self, name)
            raise ValueError(f"model configuration: {name} must be {rule}, got {value!r}")

    @property
    def head_dim(self) -> int:
        return self.d_model // self.n_heads

    @property
    def rotary_dim(self) -> int:
        """Elements of a head that are rotated by position."""
        return getattr(self, attention_class(self.attention).rotated)

    @property
    def own_sizes(self) -> tuple[str, ...]:
        """Names of the sizes that this attention alone has."""
        return own_sizes(self.attention)

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
    def blocks_in_window(self) -> int:
        return self.window // self.block_size

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> ModelConfig:
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"model configuration: unknown parameter {', '.join(unknown)}")
        return cls(**values)

    def replace(self, **changes) -> ModelConfig:
        return dataclasses.replace(self, **changes)


def own_sizes(attention: str) -> tuple[str, ...]:
    """Names of the sizes in `ModelConfig` that ``attention`` alone has."""
    return tuple(field.name for field in dataclasses.fields(attention_class(attention).sizes))

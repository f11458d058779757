# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model is: every number that shapes it, checked once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

ATTENTIONS = ("mha", "flash", "gqa", "latent", "mla")
NORMS = ("layernorm", "rmsnorm")
EMBEDDINGS = ("linear", "conv")
OWN_SIZES = {
    "gqa": ("n_kv_heads",),
    "latent": ("n_latents", "n_cross_layers"),
    "mla": ("kv_rank", "rope_dim"),
}
"""The sizes that one attention alone asks about."""
_COUNTS = (
    "n_bins",
    "n_classes",
    "block_size",
    "window",
    "patch",
    "embedding_channels",
    "d_model",
    "n_heads",
    "n_layers",
    "ffn_factor",
    "n_kv_heads",
    "n_latents",
    "n_cross_layers",
    "kv_rank",
    "rope_dim",
    "level_horizon",
)


@dataclass(frozen=True)
class ModelConfig:
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
    n_kv_heads: int = 1
    """KV heads of ``gqa``; the other attentions do not look at it."""
    n_latents: int = 32
    """Learned latents of ``latent``."""
    n_cross_layers: int = 1
    """How many of the ``n_layers`` of ``latent`` look at the window; the rest work on the latents
    alone."""
    kv_rank: int = 32
    """Width of the compressed keys and values of ``mla``."""
    rope_dim: int = 16
    """Width of the decoupled rotary part of ``mla``; the other attentions rotate whole heads."""
    rope: bool = True
    rope_base: float = 10000.0
    rope_period: int = 2**20
    """Tokens after which all rotary angles repeat; what makes them exact for ever (see rope.py)."""
    level_horizon: int = 512
    """Tokens over which the running level averages that is taken off the input (see model.py)."""

    def __post_init__(self):
        for name in _COUNTS:
            self._require(getattr(self, name) >= 1, name, ">= 1")
        self._require(self.attention in ATTENTIONS, "attention", f"one of {', '.join(ATTENTIONS)}")
        self._require(self.norm in NORMS, "norm", f"one of {', '.join(NORMS)}")
        self._require(self.embedding in EMBEDDINGS, "embedding", f"one of {', '.join(EMBEDDINGS)}")
        self._require(
            self.window % self.block_size == 0, "window", f"a multiple of {self.block_size=}"
        )
        self._require(
            self.block_size % self.patch == 0, "patch", f"a divisor of {self.block_size=}"
        )
        self._require(self.d_model % self.n_heads == 0, "d_model", f"a multiple of {self.n_heads=}")
        self._require(
            self.n_heads % self.n_kv_heads == 0, "n_kv_heads", f"a divisor of {self.n_heads=}"
        )
        self._require(
            self.n_cross_layers <= self.n_layers, "n_cross_layers", f"<= {self.n_layers=}"
        )
        rotated = "rope_dim" if self.attention == "mla" else "head_dim"
        self._require(self.rotary_dim % 2 == 0, rotated, "even, for rotary pairs")
        self._require(self.rope_period >= 2 * self.window, "rope_period", f">= 2 * {self.window=}")
        self._require(self.rope_base > 1.0, "rope_base", "> 1")

    def _require(self, holds: bool, name: str, rule: str) -> None:
        if not holds:
            value, rule = getattr(self, name), rule.replace("self.", "")
            raise ValueError(f"model configuration: {name} must be {rule}, got {value!r}")

    @property
    def head_dim(self) -> int:
        return self.d_model // self.n_heads

    @property
    def rotary_dim(self) -> int:
        """Elements of a head that are rotated by position."""
        return self.rope_dim if self.attention == "mla" else self.head_dim

    @property
    def in_patches(self) -> ModelConfig:
        """The same model as its layers see it, which know nothing of what a token was before."""
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

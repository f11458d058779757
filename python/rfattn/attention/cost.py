# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a configuration costs before it runs: the bytes that a stream's cache takes, and the
operations of a step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .config import ModelConfig
from .operations import Operations, Product, embedding
from .registry import attention_class

if TYPE_CHECKING:
    import torch
    from torch import Tensor

ITEM_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes of a number, by the name of its type."""


def cache_shapes(config: ModelConfig) -> list[tuple[int, ...]]:
    """Shapes of a stream's cache: first its running level (float32), then the rings in the order of
    the layers."""
    return [(1,), *attention_class(config.attention).cache_shapes(config.of_layers)]


def new_cache(
    config: ModelConfig,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
) -> list[Tensor]:
    """A fresh cache of one stream of a model that computes in ``dtype``."""
    return new_pool(config, 1, device, dtype)


def new_pool(
    config: ModelConfig,
    slots: int,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
) -> list[Tensor]:
    """The fresh caches of ``slots`` streams, one behind the other along the first axis; ``dtype``
    None is float32."""
    import torch

    exact = torch.float32
    return [
        torch.zeros(slots * first, *rest, dtype=exact if is_exact else dtype, device=device)
        for (first, *rest), is_exact in _caches(config)
    ]


def kv_bytes(config: ModelConfig, streams: int = 1, dtype: str = "float32") -> int:
    """Bytes of the caches of ``streams`` streams of a model that computes in ``dtype``, from the
    configuration alone."""
    return streams * sum(
        (4 if is_exact else ITEM_BYTES[dtype]) * math.prod(shape)
        for shape, is_exact in _caches(config)
    )


def _caches(config: ModelConfig) -> Iterator[tuple[tuple[int, ...], bool]]:
    """`cache_shapes`, and whether each is in float32 whatever the model computes in."""
    exact = attention_class(config.attention).exact_caches(config.of_layers)
    return zip(cache_shapes(config), [True, *exact], strict=True)


def step_operations(config: ModelConfig, streams: int = 1) -> Operations:
    """The matrix products and attentions of a step of ``streams`` streams with full rings, in their
    order."""
    layers = attention_class(config.attention).operations(config.of_layers, streams)
    head = Product(streams, config.d_model, config.n_classes)
    return [*embedding(config, streams), *layers, head]


def step_flops(config: ModelConfig) -> int:
    """Floating-point operations of one step of one stream with full rings: matrix products and
    attention, a multiply-add counts 2."""
    return sum(operation.flops for operation in step_operations(config))

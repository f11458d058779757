# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a configuration costs before it runs: the state it keeps, to the byte, and the work of a
step."""

from __future__ import annotations

import torch
from torch import Tensor

from .attentions import CrossAttention, GroupedAttention, LatentKVAttention, LatentSelfAttention
from .config import ModelConfig
from .embedding import embedding_class


def cache_shapes(config: ModelConfig, batch: int = 1) -> list[tuple[int, ...]]:
    """Shapes of a stream's state: first the running level (float32), then the rings in the order of
    the layers."""
    config = config.in_patches
    if config.attention == "latent":
        rings = CrossAttention.cache_shapes(config, batch) * config.n_cross_layers
    elif config.attention == "mla":
        rings = LatentKVAttention.cache_shapes(config, batch) * config.n_layers
    else:
        rings = GroupedAttention.cache_shapes(config, batch) * config.n_layers
    return [(batch,), *rings]


def new_cache(
    config: ModelConfig,
    batch: int = 1,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> list[Tensor]:
    """Fresh state for ``batch`` streams."""
    level, *rings = cache_shapes(config, batch)
    state = [torch.zeros(level, dtype=torch.float32, device=device)]
    return state + [torch.zeros(shape, dtype=dtype, device=device) for shape in rings]


def kv_bytes(config: ModelConfig, batch: int = 1, dtype: torch.dtype = torch.float32) -> int:
    """Bytes of the state that `new_cache` allocates, from the configuration alone."""
    level, *rings = cache_shapes(config, batch)
    elements = sum(torch.Size(shape).numel() for shape in rings)
    return 4 * level[0] + elements * dtype.itemsize


def step_flops(config: ModelConfig) -> int:
    """Floating-point operations of one step of one stream with a full ring: matrix products, a
    multiply-add counts 2."""
    ends = embedding_class(config).step_flops(config) + 2 * config.d_model * config.n_classes
    config = config.in_patches
    d, n = config.d_model, config.block_size
    per_row = 4 * config.ffn_factor * d * d  # feed-forward
    if config.attention == "latent":
        n_tower = config.n_layers - config.n_cross_layers
        layers = config.n_cross_layers * CrossAttention.step_flops(config)
        layers += n_tower * LatentSelfAttention.step_flops(config)
        return ends + layers + config.n_layers * config.n_latents * per_row
    attention = LatentKVAttention if config.attention == "mla" else GroupedAttention
    return ends + config.n_layers * (attention.step_flops(config) + n * per_row)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of a step: its matrix products and attentions alone, without anything between them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from ..attention import ModelConfig
from ..attention.embedding import KERNEL, halved


@dataclass(frozen=True)
class Gemm:
    """``count`` products of [rows, inner] with [inner, columns]."""

    rows: int
    inner: int
    columns: int
    count: int = 1

    @property
    def flops(self) -> int:
        return 2 * self.count * self.rows * self.inner * self.columns


@dataclass(frozen=True)
class Scores:
    """softmax(q k^T) v for q [batch, heads, queries, width] and `keys` keys and values."""

    batch: int
    heads: int
    queries: int
    keys: int
    width: int

    @property
    def flops(self) -> int:
        return 4 * self.batch * self.heads * self.queries * self.keys * self.width


def operations(config: ModelConfig, batch: int) -> list[Gemm | Scores]:
    """The matrix products and attentions of a step with a full ring, in order."""
    embedding = _EMBEDDINGS[config.embedding](config, batch)
    config = config.in_patches
    d, rows = config.d_model, batch * config.block_size
    if config.attention == "latent":
        layers = _cross_layer(config, batch) * config.n_cross_layers
        layers += _latent_layer(config, batch) * (config.n_layers - config.n_cross_layers)
    else:
        attention = _low_rank if config.attention == "mla" else _grouped
        layers = (attention(config, batch) + _feed_forward(config, rows)) * config.n_layers
    return [*embedding, *layers, Gemm(batch, d, config.n_classes)]


def _linear_embedding(config: ModelConfig, batch: int) -> list[Gemm]:
    patches = batch * config.block_size // config.patch
    return [Gemm(patches, config.patch * config.n_bins, config.d_model)]


def _conv_embedding(config: ModelConfig, batch: int) -> list[Gemm]:
    """Each convolution, as the matrix product over the bins that it covers."""
    patches, channels = batch * config.block_size // config.patch, config.embedding_channels
    half = halved(config.n_bins)
    quarter = halved(half)
    return [
        Gemm(patches * half, config.patch * KERNEL, channels),
        Gemm(patches * quarter, channels * KERNEL, channels),
        Gemm(patches, channels * quarter, config.d_model),
    ]


_EMBEDDINGS = {"linear": _linear_embedding, "conv": _conv_embedding}


def _feed_forward(config: ModelConfig, rows: int) -> list[Gemm | Scores]:
    d, wide = config.d_model, config.ffn_factor * config.d_model
    return [Gemm(rows, d, wide), Gemm(rows, wide, d)]


def _grouped(config: ModelConfig, batch: int) -> list[Gemm | Scores]:
    d, h, n, dh = config.d_model, config.n_heads, config.block_size, config.head_dim
    G = config.n_kv_heads if config.attention == "gqa" else h
    return [
        Gemm(batch * n, d, (h + 2 * G) * dh),
        Scores(batch, G, h // G * n, config.window, dh),
        Gemm(batch * n, d, d),
    ]


def _low_rank(config: ModelConfig, batch: int) -> list[Gemm | Scores]:
    d, h, n, dh = config.d_model, config.n_heads, config.block_size, config.head_dim
    c, r, rows = config.kv_rank, config.rope_dim, batch * config.block_size
    return [
        Gemm(rows, d, h * (dh + r)),
        Gemm(rows, d, c + r),
        Gemm(rows, dh, c, count=h),
        Scores(batch, 1, h * n, config.window, c + r),
        Gemm(rows, c, dh, count=h),
        Gemm(rows, d, d),
    ]


def _cross_layer(config: ModelConfig, batch: int) -> list[Gemm | Scores]:
    d, rows = config.d_model, batch * config.n_latents
    return [
        Gemm(batch * config.block_size, d, 2 * d),
        Gemm(rows, d, d),
        Scores(batch, config.n_heads, config.n_latents, config.window, config.head_dim),
        Gemm(rows, d, d),
        *_feed_forward(config, rows),
    ]


def _latent_layer(config: ModelConfig, batch: int) -> list[Gemm | Scores]:
    d, M, rows = config.d_model, config.n_latents, batch * config.n_latents
    return [
        Gemm(rows, d, 3 * d),
        Scores(batch, config.n_heads, M, M, config.head_dim),
        Gemm(rows, d, d),
        *_feed_forward(config, rows),
    ]


class Floor:
    """Runs the step's matrix products and fused attentions, each on its own operands, with no norm,
    rotation, residual or cache write between them.

    It computes no logits, so the check compares its number of operations with that of the step. On
    CUDA it replays a recorded graph, which removes the cost of launches. `mha` has the floor of
    `flash`.
    """

    def __init__(self, config: ModelConfig, batch: int, device: torch.device, dtype: torch.dtype):
        self.operations = operations(config, batch)
        self.device = device
        self._options = {"device": device, "dtype": dtype}
        self._calls = [self._prepare(operation) for operation in self.operations]
        self._logits = torch.zeros(batch, config.n_classes)
        self._graph = self._record() if device.type == "cuda" else None

    @property
    def flops(self) -> int:
        return sum(operation.flops for operation in self.operations)

    def step(self, tokens: Tensor) -> Tensor:
        if self._graph is not None:
            self._graph.replay()
            torch.cuda.synchronize(self.device)
        else:
            with torch.inference_mode():
                self._run()
        return self._logits

    def _run(self) -> None:
        for call in self._calls:
            call()

    def _record(self):
        with torch.inference_mode():
            for _ in range(3):
                self._run()
            torch.cuda.synchronize(self.device)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._run()
        return graph

    def _prepare(self, operation: Gemm | Scores):
        if isinstance(operation, Scores):
            shape = (operation.batch, operation.heads)
            q = torch.randn(*shape, operation.queries, operation.width, **self._options)
            k, v = torch.randn(2, *shape, operation.keys, operation.width, **self._options)
            return lambda: scaled_dot_product_attention(q, k, v)
        many = operation.count > 1
        lead = (operation.count,) if many else ()
        a = torch.randn(*lead, operation.rows, operation.inner, **self._options)
        b = torch.randn(*lead, operation.columns, operation.inner, **self._options)
        out = torch.empty(*lead, operation.rows, operation.columns, **self._options)
        product = torch.bmm if many else torch.mm
        return lambda: product(a, b.mT, out=out)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix products and attentions that a step consists of, as data: for counting operations and
for the benchmark, which times them alone."""

from __future__ import annotations

from dataclasses import dataclass

KERNEL = 5
"""Bins that a convolution of the embedding sees; it moves on by `STRIDE`."""
STRIDE = 2


@dataclass(frozen=True)
class Product:
    """``count`` products of [rows, inner] with [inner, columns]."""

    rows: int
    inner: int
    columns: int
    count: int = 1

    @property
    def flops(self) -> int:
        """Floating-point operations; a multiply-add counts 2."""
        return 2 * self.count * self.rows * self.inner * self.columns


@dataclass(frozen=True)
class Scores:
    """softmax(q k^T) v for q [batch, heads, queries, width] and ``keys`` keys and values."""

    batch: int
    heads: int
    queries: int
    keys: int
    width: int

    @property
    def flops(self) -> int:
        """Floating-point operations of both products; a multiply-add counts 2."""
        return 4 * self.batch * self.heads * self.queries * self.keys * self.width


Operations = list[Product | Scores]


def feed_forward(config, rows: int) -> Operations:
    """The feed-forward part of a layer over ``rows`` vectors."""
    d, wide = config.d_model, config.ffn_factor * config.d_model
    return [Product(rows, d, wide), Product(rows, wide, d)]


def gate(config, rows: int) -> Operations:
    """The gate behind an attention over ``rows`` vectors."""
    return [Product(rows, config.d_model, config.d_model)] if config.gate else []


def embedding(config, streams: int) -> Operations:
    """What makes vectors of the tokens of a step, and of their features. Each convolution counts as
    the product that it is of the bins it sees."""
    patches, d = streams * config.block_size // config.patch, config.d_model
    products: Operations = [Product(patches, config.patch * config.n_bins, d)]
    if config.embedding == "conv":
        channels, half = config.embedding_channels, halved(config.n_bins)
        quarter = halved(half)
        products = [
            Product(patches * half, config.patch * KERNEL, channels),
            Product(patches * quarter, channels * KERNEL, channels),
            Product(patches, channels * quarter, d),
        ]
    if config.n_features:
        products += [
            Product(patches, config.n_features, config.feature_units),
            Product(patches, config.feature_units, d),
        ]
    return products


def halved(bins: int) -> int:
    """Bins that a convolution leaves."""
    return (bins + 1) // STRIDE

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix products and attentions that a step consists of, as data: for counting operations and
for the benchmark, which times them alone."""

from __future__ import annotations

from dataclasses import dataclass


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

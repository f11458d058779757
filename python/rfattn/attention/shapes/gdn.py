# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `gdn` is, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations import Operations, Product
from .recurrent import PIECE, Recurrent

if TYPE_CHECKING:
    from ..config import ModelConfig


class GatedDeltaRule(Recurrent):
    """A delta rule with a decay."""

    name = "gdn"
    file = "gdn"

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [(1, config.n_heads, config.head_dim, config.head_dim)]

    @classmethod
    def layer_operations(cls, config: ModelConfig, streams: int) -> Operations:
        d, h, n, D = config.d_model, config.n_heads, config.block_size, config.head_dim
        rows, count = streams * n, streams * h
        among: Operations = []
        for T in (min(PIECE, n - start) for start in range(0, n, PIECE)):
            square, read = Product(T, D, T, count), Product(T, D, D, count)
            among += [square, read, square, read, Product(T, T, D, count), Product(D, T, D, count)]
        return [Product(rows, d, 4 * d + 2 * h), *among, Product(rows, d, d)]

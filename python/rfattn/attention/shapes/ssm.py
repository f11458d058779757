# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ssm` is, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operations, Product
from .recurrent import PIECE, Recurrent

if TYPE_CHECKING:
    from ..config import ModelConfig


@dataclass(frozen=True)
class StateSpaceSizes:
    """The sizes of `ssm`."""

    state_size: int = 32
    """Numbers that `ssm` keeps in each layer for each element of the width."""


class SelectiveStateSpace(Recurrent):
    """A state space with decays that follow from the tokens."""

    name = "ssm"
    file = "ssm"
    sizes = StateSpaceSizes
    onnx = True

    @classmethod
    def ring_shapes(cls, config: ModelConfig) -> list[tuple[int, ...]]:
        return [(1, config.state_size, config.d_model)]

    @classmethod
    def layer_operations(cls, config: ModelConfig, streams: int) -> Operations:
        d, h, n, D = config.d_model, config.n_heads, config.block_size, config.head_dim
        S, rows = config.state_size, streams * n
        among: Operations = []
        for T in (min(PIECE, n - start) for start in range(0, n, PIECE)):
            among += [
                Product(T, S, T, count=streams),
                Product(T, T, D, count=streams * h),
                Product(T, S, d, count=streams),
                Product(S, T, d, count=streams),
            ]
        return [Product(rows, d, 2 * d + 2 * S + h), *among, Product(rows, d, d)]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What attentions have in common whose layers keep a state of fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attention import Attention

if TYPE_CHECKING:
    from ..config import ModelConfig

PIECE = 64
"""Tokens that are computed at once; their work among each other grows with the square."""


class Recurrent(Attention):
    """A state in the place of keys and values, without positions."""

    fused = False
    plain_kernel = "scan"
    windowed = False
    rotated = None
    exact_cache = True
    mixes = True

    @classmethod
    def written_scores(cls, config: ModelConfig) -> int:
        piece = min(config.block_size, PIECE)
        return config.n_heads * piece * (piece + 1)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotary position embedding (Su et al. 2021, arXiv 2104.09864) whose angles stay exact on an
endless stream."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Rope(nn.Module):
    """Cosines and sines of the rotary angles of given positions.

    The usual frequencies ``base ** (-2 i / dim)`` radians a token are rounded to whole numbers of
    turns ``k_i`` per ``period`` tokens. The angle of position p is then ``2 pi ((k_i (p mod
    period)) mod period) / period``: integers until the last step, so it is as exact at token 2**53
    as at token 0 (a float32 angle is off by 0.4 rad at 2**24).

    Elements are paired half with half: element i turns with element i + dim/2.
    """

    def __init__(self, dim: int, period: int, base: float):
        super().__init__()
        radians = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
        turns = (radians * period / (2 * math.pi)).round().clamp(min=1)
        self.register_buffer("turns", turns.to(torch.int64))
        self.period = period

    def forward(self, positions: list[int], count: int) -> tuple[Tensor, Tensor]:
        """The factors that `rotate` takes, for ``count`` positions from each of ``positions`` on.

        Returns cosines [B, count, 1, dim], and sines, negative in their first half; float32.
        """
        starts = [position % self.period for position in positions]
        return self.of(torch.tensor(starts, device=self.turns.device), count)

    def of(self, starts: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The same for positions [B], int64, already taken modulo the period."""
        ramp = torch.arange(count, device=self.turns.device).view(-1, 1, 1)
        phase = (starts.view(-1, 1, 1, 1) + ramp) * self.turns % self.period
        angle = phase.to(torch.float64) * (2 * math.pi / self.period)
        cos, sin = angle.cos().to(torch.float32), angle.sin().to(torch.float32)
        return torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)


class NoRope(nn.Module):
    """In the place of `Rope` where positions have no use: its factors are empty."""

    def forward(self, positions: list[int], count: int) -> tuple[Tensor, Tensor]:
        return torch.empty(0), torch.empty(0)

    def of(self, starts: Tensor, count: int) -> tuple[Tensor, Tensor]:
        nothing = starts.new_empty(0, dtype=torch.float32)
        return nothing, nothing


def build_rope(dim: int, period: int, base: float) -> nn.Module:
    """`Rope` for ``dim`` elements of a head; for none, `NoRope`."""
    return Rope(dim, period, base) if dim else NoRope()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates the pairs of ``x`` [B, T, heads, dim] by the angles of their positions; cos, sin
    [B or 1, T, 1, dim] as `Rope` returns them, in the dtype of x."""
    first, second = x.chunk(2, dim=-1)
    return (x * cos).addcmul_(torch.cat((second, first), dim=-1), sin)

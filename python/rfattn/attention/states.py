# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of fixed size in the place of rings, as `ssm` and `gdn` keep them, always in float32: in
bfloat16 a slow state would lose what is small beside it.

A *scan* is a module that takes what T tokens of B streams write, tensors [B, T, ...], and the
states [B, ...] before them. It returns what the tokens read [B, T, h, D] and the states behind
them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .rings import PooledStep, Step, of_lanes


class Pieces(nn.Module):
    """A scan of any number of tokens: that of ``scan`` over at most ``piece`` tokens at a time."""

    def __init__(self, scan: nn.Module, piece: int):
        super().__init__()
        self.scan, self.piece = scan, piece

    def forward(self, written: list[Tensor], state: Tensor) -> tuple[Tensor, Tensor]:
        T = written[0].size(1)
        if T <= self.piece:
            return self.scan(written, state)
        results: list[Tensor] = []
        for start in range(0, T, self.piece):
            n = min(self.piece, T - start)
            y, state = self.scan([part.narrow(1, start, n) for part in written], state)
            results.append(y)
        return torch.cat(results, dim=1), state


class StreamStates(nn.Module):
    """The states of B streams, each number ``state`` of its stream's cache."""

    def __init__(self, scan: nn.Module, state: int):
        super().__init__()
        self.scan, self.state = scan, state

    def forward(self, written: list[Tensor], step: Step) -> Tensor:
        """What N steps read [N, n, h, D]; writes the states. ``written`` is [N, n, ...] each."""
        if min(step.runs) == max(step.runs):  # which many streams in a call mostly are
            return self.together(written, step.caches, step.filled)
        results: list[Tensor] = []
        first = 0
        for i, count in enumerate(step.runs):
            own = [part.narrow(0, first, count) for part in written]
            results.append(self.together(own, [step.caches[i]], [step.filled[i]]))
            first += count
        return torch.cat(results)

    def together(
        self, written: list[Tensor], caches: list[list[Tensor]], filled: list[int]
    ) -> Tensor:
        """Streams whose runs are equally long. A run is one sequence of all its tokens."""
        for i, cache in enumerate(caches):
            if filled[i] == 0:
                cache[self.state].zero_()
        N, n, B = written[0].size(0), written[0].size(1), len(caches)
        if N != B:
            written = [part.flatten(0, 1).unflatten(0, (B, -1)) for part in written]
        if B == 1:
            state = caches[0][self.state]
            y, after = self.scan(written, state)
            state.copy_(after)
        else:
            states = [cache[self.state] for cache in caches]
            y, after = self.scan(written, torch.cat(states))
            for i, state in enumerate(states):
                state.copy_(after[i])
        return y if N == B else y.flatten(0, 1).unflatten(0, (N, n))

    def pooled(self) -> nn.Module:
        return PooledStates(self.scan, self.state)


class PooledStates(nn.Module):
    """The states of B lanes, in the place of `StreamStates`; `pool.begin` zeroes that of a new
    segment."""

    def __init__(self, scan: nn.Module, state: int):
        super().__init__()
        self.scan, self.state = scan, state

    def forward(self, written: list[Tensor], step: PooledStep) -> Tensor:
        """What a step of each lane reads [B, n, h, D]; writes the states."""
        states = step.pool[self.state]
        y, after = self.scan(written, of_lanes(states, step.slots, step.in_place))
        states.index_copy_(0, step.slots, after)
        return y


def first_rates(window: int, n_heads: int) -> Tensor:
    """Rates [h], before their softplus, with which training begins: the slowest head forgets a
    token over about a window, the others sooner."""
    horizons = [window ** ((i + 1) / n_heads) for i in range(n_heads)]
    return torch.tensor([math.log(math.expm1(1 / horizon)) for horizon in horizons])


def decays(log_decay: Tensor) -> Tensor:
    """What is left behind each of T tokens of the state before them, in column 0, and of what token
    s wrote, in column s + 1; from logarithms of the decays [B, T, h], [B, h, T, 1 + T].

    Logarithms are added from s + 1 on: a difference of two sums from the first token would lose the
    digits of a slow decay behind a fast one.
    """
    B, T, h = log_decay.shape
    rows = log_decay.transpose(1, 2).unsqueeze(3).expand(B, h, T, T + 1)
    return rows.tril().cumsum(2).exp().tril(1)

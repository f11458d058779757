# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ssm`: a state of fixed size takes the place of keys and values.

The layer is that of Mamba-2 (Dao and Gu 2024, arXiv 2405.21060) without its short convolution. Of
the selective state-space layers it is the one whose decay is a single number for each head and
token, so that a piece of a sequence is a few matrix products and needs no kernel of its own.

Shapes: B streams, n tokens of a step, T tokens of a segment, h heads, D = d/h, S state size. The
cache is one state [1, S, d] in each layer, always in float32: in bfloat16 a slow state would
lose what is small beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .norms import build_norm
from .rings import PooledStep, Segment, Step, of_lanes
from .shapes.ssm import PIECE

if TYPE_CHECKING:
    from .config import ModelConfig


class Written(NamedTuple):
    """What tokens write and read, float32: values times their rate [B, T, h, D], b and c [B, T, S],
    logarithms of the decays [B, T, h]."""

    values: Tensor
    b: Tensor
    c: Tensor
    log_decay: Tensor


class StateSpace(nn.Module):
    """A state that each token decays, writes to and reads.

    Each head has a decay a and a rate r that follow from the token. With x, b and c, linear maps of
    the token, state = a state + r b x and y = c state + skip x; all heads have the same b and c. y,
    normed, times a gate leaves the layer.
    """

    def __init__(self, config: ModelConfig, ring: int = 1):
        super().__init__()
        d, h, S = config.d_model, config.n_heads, config.state_size
        self.n_heads, self.head_dim, self.state_size = h, config.head_dim, S
        self.sizes = [d, d, S, S, h]
        self.inputs = nn.Linear(d, sum(self.sizes), bias=False)
        # The slowest head forgets a token over about a window, the others sooner.
        horizons = [config.window ** ((i + 1) / h) for i in range(h)]
        self.rate = nn.Parameter(torch.tensor([math.log(math.expm1(1 / t)) for t in horizons]))
        self.log_decay = nn.Parameter(torch.zeros(h))
        self.skip = nn.Parameter(torch.ones(h, 1))
        self.norm = build_norm(config.norm, d)
        self.out = nn.Linear(d, d, bias=False)
        self.over_states = StreamStates(ring)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """In float32 the gate [B, T, d], the values x [B, T, h, D] of the heads, b and c [B, T, S],
        and the rates [B, T, h]."""
        projected = self.inputs(x).to(torch.float32)
        gate, values, b, c, rate = projected.split(self.sizes, dim=2)
        values = values.unflatten(2, (self.n_heads, self.head_dim))
        return gate, values, b, c, F.softplus(rate + self.rate)

    def write(self, values: Tensor, b: Tensor, c: Tensor, rate: Tensor) -> Written:
        return Written(values * rate.unsqueeze(3), b, c, rate * -self.log_decay.exp())

    def merge(self, y: Tensor, values: Tensor, gate: Tensor) -> Tensor:
        dtype = self.out.weight.dtype
        y = torch.addcmul(y, values, self.skip).flatten(2).to(dtype)
        return self.out(self.norm(y) * F.silu(gate).to(dtype))

    def forward(self, x: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. x [B, n, d]"""
        gate, values, b, c, rate = self.project(x)
        y = self.over_states(self.write(values, b, c, rate), step)
        return self.merge(y, values, gate)

    def offline(self, x: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. x [B, T, d]"""
        gate, values, b, c, rate = self.project(x)
        state = torch.zeros((x.size(0), self.state_size, x.size(2)), device=x.device)
        y, _ = scan(self.write(values, b, c, rate), state)
        return self.merge(y, values, gate)

    def on_values(
        self, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, cache, mask: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """See `Attention.onnx`."""
        gate, values, b, c, rate = self.project(x)
        y, state = scan(self.write(values, b, c, rate), cache[0])
        return self.merge(y, values, gate), [state]


class StreamStates(nn.Module):
    """The states of B streams, each number ``state`` of its stream's cache."""

    def __init__(self, state: int):
        super().__init__()
        self.state = state

    def forward(self, written: Written, step: Step) -> Tensor:
        """What N steps read [N, n, h, D]; writes the states."""
        if min(step.runs) == max(step.runs):  # which many streams in a call mostly are
            return self.together(written, step.caches, step.filled)
        results: list[Tensor] = []
        first = 0
        for i, count in enumerate(step.runs):
            own = part(written, 0, first, count)
            results.append(self.together(own, [step.caches[i]], [step.filled[i]]))
            first += count
        return torch.cat(results)

    def together(self, written: Written, caches: list[list[Tensor]], filled: list[int]) -> Tensor:
        """Streams whose runs are equally long. A run is one sequence of all its tokens."""
        for i, cache in enumerate(caches):
            if filled[i] == 0:
                cache[self.state].zero_()
        if len(caches) == 1:
            state = caches[0][self.state]
            y, after = scan(in_line(written, 1), state)
            state.copy_(after)
        else:
            states = [cache[self.state] for cache in caches]
            y, after = scan(in_line(written, len(states)), torch.cat(states))
            for i, state in enumerate(states):
                state.copy_(after[i])
        return y if y.size(0) == written.values.size(0) else y.reshape(written.values.shape)

    def pooled(self) -> nn.Module:
        return PooledStates(self.state)


class PooledStates(nn.Module):
    """The states of B lanes, in the place of `StreamStates`; `pool.begin` zeroes that of a new
    segment."""

    def __init__(self, state: int):
        super().__init__()
        self.state = state

    def forward(self, written: Written, step: PooledStep) -> Tensor:
        """What a step of each lane reads [B, n, h, D]; writes the states."""
        states = step.pool[self.state]
        y, after = scan(written, of_lanes(states, step.slots, step.in_place))
        states.index_copy_(0, step.slots, after)
        return y


def in_line(written: Written, streams: int) -> Written:
    """[N, n, ...] → [streams, N n / streams, ...]: the steps of a run, one after the other."""
    N, n, h, D = written.values.shape
    if N == streams:
        return written
    return Written(
        written.values.reshape(streams, -1, h, D),
        written.b.reshape(streams, N // streams * n, -1),
        written.c.reshape(streams, N // streams * n, -1),
        written.log_decay.reshape(streams, -1, h),
    )


def part(written: Written, axis: int, start: int, n: int) -> Written:
    """``n`` entries of an axis from ``start`` on."""
    return Written(
        written.values.narrow(axis, start, n),
        written.b.narrow(axis, start, n),
        written.c.narrow(axis, start, n),
        written.log_decay.narrow(axis, start, n),
    )


def scan(written: Written, state: Tensor, piece: int = PIECE) -> tuple[Tensor, Tensor]:
    """What the tokens read [B, T, h, D] when ``state`` [B, S, d] lies before them, and the state
    behind them."""
    T = written.values.size(1)
    if T <= piece:
        return scan_piece(written, state)
    results: list[Tensor] = []
    for start in range(0, T, piece):
        n = min(piece, T - start)
        y, state = scan_piece(part(written, 1, start, n), state)
        results.append(y)
    return torch.cat(results, dim=1), state


def scan_piece(written: Written, state: Tensor) -> tuple[Tensor, Tensor]:
    """As `scan`, by matrix products of at most `PIECE` tokens.

    Column 0 of ``decay`` is what is left of the state at a token, column s + 1 what is left of
    token s. Logarithms are added from s + 1 on: a difference of two sums from the beginning of the
    piece would lose the digits of a slow decay behind a fast one.
    """
    B, T, h, D = written.values.shape
    values, b, c = written.values, written.b.transpose(1, 2), written.c
    log_decay = written.log_decay.transpose(1, 2).unsqueeze(3).expand(B, h, T, T + 1)
    decay = log_decay.tril().cumsum(2).exp().tril(1)  # (B, h, T, 1 + T)
    scores = torch.bmm(c, b).unsqueeze(1) * decay[:, :, :, 1:]  # (B, h, T, T)
    among = torch.matmul(scores, values.transpose(1, 2)).transpose(1, 2)
    before = torch.bmm(c, state).view(B, T, h, D)
    y = torch.addcmul(among, before, decay[:, :, :, 0].transpose(1, 2).unsqueeze(3))
    left = decay[:, :, -1].transpose(1, 2).unsqueeze(3)  # at the last token (B, 1 + T, h, 1)
    kept = (state.view(B, -1, h, D) * left[:, :1]).flatten(2)
    return y, torch.baddbmm(kept, b, (values * left[:, 1:]).flatten(2))


def make(config: ModelConfig, ring: int) -> StateSpace:
    """See `Attention.make`."""
    return StateSpace(config, ring)


def fill(attention: StateSpace, origin: nn.Module) -> None:
    """Values and output are taken over. What decides where they go, and the gate, is new."""
    d = attention.inputs.in_features
    attention.inputs.weight[d : 2 * d].copy_(origin.heads()[2].flatten(0, 1))
    attention.out.load_state_dict(origin.out.state_dict())

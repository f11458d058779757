# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ssm`: a state of fixed size takes the place of keys and values.

The layer is that of Mamba-2 (Dao and Gu 2024, arXiv 2405.21060) without its short convolution. Of
the selective state-space layers it is the one whose decay is a single number for each head and
token, so that a piece of a sequence is a few matrix products and needs no kernel of its own.

Shapes: B streams, n tokens of a step, T tokens of a segment, h heads, D = d/h, S state size. The
cache is one state [1, S, d] in each layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .norms import build_norm
from .rings import Segment, Step
from .shapes.recurrent import PIECE
from .states import Pieces, StreamStates, decays, first_rates

if TYPE_CHECKING:
    from .config import ModelConfig


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
        self.rate = nn.Parameter(first_rates(config.window, h))
        self.log_decay = nn.Parameter(torch.zeros(h))
        self.skip = nn.Parameter(torch.ones(h, 1))
        self.norm = build_norm(config.norm, d)
        self.out = nn.Linear(d, d, bias=False)
        self.over_states = StreamStates(Pieces(Scan(), PIECE), ring)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """In float32 the gate [B, T, d], the values x [B, T, h, D] of the heads, b and c [B, T, S],
        and the rates [B, T, h]."""
        projected = self.inputs(x).to(torch.float32)
        gate, values, b, c, rate = projected.split(self.sizes, dim=2)
        values = values.unflatten(2, (self.n_heads, self.head_dim))
        return gate, values, b, c, F.softplus(rate + self.rate)

    def write(self, values: Tensor, b: Tensor, c: Tensor, rate: Tensor) -> list[Tensor]:
        return [values * rate.unsqueeze(3), b, c, rate * -self.log_decay.exp()]

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
        y, _ = self.over_states.scan(self.write(values, b, c, rate), state)
        return self.merge(y, values, gate)

    def on_values(
        self, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, cache, mask: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """See `Attention.onnx`."""
        gate, values, b, c, rate = self.project(x)
        y, state = self.over_states.scan(self.write(values, b, c, rate), cache[0])
        return self.merge(y, values, gate), [state]


class Scan(nn.Module):
    """The recurrence over at most `PIECE` tokens, by matrix products; see states.py."""

    def forward(self, written: list[Tensor], state: Tensor) -> tuple[Tensor, Tensor]:
        """Of tokens the values times their rate [B, T, h, D], b and c [B, T, S], and logarithms of
        the decays [B, T, h]; state [B, S, d]."""
        values, b, c, log_decay = written
        B, T, h, D = values.shape
        b, decay = b.transpose(1, 2), decays(log_decay)
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

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`gdn`: a state of fixed size that is corrected where a key is written again.

The layer is that of Gated DeltaNet (Yang, Kautz and Hatamizadeh 2024, arXiv 2412.06464) without its
short convolutions. Where `ssm` adds what a token writes, this one first takes away what the state
already holds for the token's key.

Shapes: B streams, n tokens of a step, T tokens of a segment, h heads, D = d/h. The cache is one
state [1, h, D, D], keys by values, in each layer.
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


class GatedDelta(nn.Module):
    """A state that each token decays, corrects and reads.

    Each head has queries and keys of length 1, a decay a and a share r that follow from the token.
    With column vectors, state = a state, then state = state + k (r (v - state^T k))^T, and
    y = state^T q. y, normed, times a gate leaves the layer.
    """

    def __init__(self, config: ModelConfig, ring: int = 1):
        super().__init__()
        d, h = config.d_model, config.n_heads
        self.heads = [h, config.head_dim]
        self.sizes = [d, d, d, d, h, h]
        self.inputs = nn.Linear(d, sum(self.sizes), bias=False)
        self.rate = nn.Parameter(first_rates(config.window, h))
        self.norm = build_norm(config.norm, d)
        self.out = nn.Linear(d, d, bias=False)
        self.over_states = StreamStates(Pieces(Scan(), PIECE), ring)

    def project(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """In float32 the gate [B, T, d], and what `Scan` takes."""
        projected = self.inputs(x).to(torch.float32)
        gate, q, k, v, share, rate = projected.split(self.sizes, dim=2)
        q, k, v = [part.unflatten(2, self.heads) for part in (q, k, v)]
        q, k = F.normalize(q, dim=3), F.normalize(k, dim=3)
        return gate, [q, k, v, share.sigmoid(), -F.softplus(rate + self.rate)]

    def merge(self, y: Tensor, gate: Tensor) -> Tensor:
        dtype = self.out.weight.dtype
        return self.out(self.norm(y.flatten(2).to(dtype)) * F.silu(gate).to(dtype))

    def forward(self, x: Tensor, tokens: Tensor, step: Step) -> Tensor:
        """One step. x [B, n, d]"""
        gate, written = self.project(x)
        return self.merge(self.over_states(written, step), gate)

    def offline(self, x: Tensor, tokens: Tensor, segment: Segment) -> Tensor:
        """A whole segment. x [B, T, d]"""
        gate, written = self.project(x)
        h, D = self.heads
        y, _ = self.over_states.scan(written, torch.zeros((x.size(0), h, D, D), device=x.device))
        return self.merge(y, gate)


class Scan(nn.Module):
    """The recurrence over at most `PIECE` tokens, by matrix products; see states.py.

    Each token writes k u^T. What it finds for its key is what is left of the state and of those
    written before it in the piece, so that the u of all tokens solve a triangular system (the WY
    form of Yang et al. 2024, arXiv 2406.06484).
    """

    def forward(self, written: list[Tensor], state: Tensor) -> tuple[Tensor, Tensor]:
        """Of tokens queries, keys and values [B, T, h, D], shares and logarithms of the decays
        [B, T, h]; state [B, h, D, D]."""
        q, k, v, share, log_decay = written
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, h, T, D)
        share, decay = share.transpose(1, 2).unsqueeze(3), decays(log_decay)
        before, among = decay[..., :1], decay[..., 1:]
        known = among * torch.matmul(k, k.transpose(2, 3))
        wanted = share * (v - before * torch.matmul(k, state))
        # The diagonal, which counts as 1, is not read.
        u = torch.linalg.solve_triangular(share * known, wanted, upper=False, unitriangular=True)
        seen = among * torch.matmul(q, k.transpose(2, 3))
        y = before * torch.matmul(q, state) + torch.matmul(seen, u)
        left = decay[:, :, -1].unsqueeze(3)  # at the last token (B, h, 1 + T, 1)
        after = left[:, :, :1] * state + torch.matmul((left[:, :, 1:] * k).transpose(2, 3), u)
        return y.transpose(1, 2), after


def make(config: ModelConfig, ring: int) -> GatedDelta:
    """See `Attention.make`."""
    return GatedDelta(config, ring)


def fill(attention: GatedDelta, origin: nn.Module) -> None:
    """Queries, keys, values and output are taken over. Gate, shares and decays are new."""
    d = attention.inputs.in_features
    heads = [part.flatten(0, 1) for part in origin.heads()]
    attention.inputs.weight[d : 4 * d].copy_(torch.cat(heads))
    attention.out.load_state_dict(origin.out.state_dict())

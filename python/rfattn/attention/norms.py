# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The norms that a model can be built with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .own import load


class RMSNorm(nn.Module):
    """Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019, arXiv
    1910.07467).

    Equal to ``torch.nn.functional.rms_norm``. The mean square is taken through ``vector_norm``, one
    reduction without a squared copy of the input, which is what the composite operator of torch
    costs most.
    """

    def __init__(self, dim: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.dim = dim
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        return x * torch.rsqrt(norm.square() / self.dim + self.eps).to(x.dtype) * self.weight


class DynamicTanh(nn.Module):
    """weight tanh(alpha x) + bias (Zhu et al. 2025, arXiv 2503.10622), which takes the place of a
    norm: nothing is summed over a vector."""

    def __init__(self, dim: int):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1,), 0.5))
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.bias, self.weight, torch.tanh(self.alpha * x))


_NORMS = {"layernorm": nn.LayerNorm, "rmsnorm": RMSNorm, "dyt": DynamicTanh}


def build_norm(name: str, dim: int) -> nn.Module:
    """The norm called ``name`` over vectors of ``dim`` elements."""
    return (_NORMS.get(name) or load("norms", name))(dim)

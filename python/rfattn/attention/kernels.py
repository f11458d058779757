# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to compute the same attention: scores written out (the oracle), torch's operator, and scores
written out as is fastest in bfloat16.

All take queries [B, H, Q, D], keys [B, H, S, D] and values [B, H, S, D], an optional mask [Q, S]
that is True where a query may look, and the scale of the scores, and return [B, H, Q, D].
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode


class ExplicitScores(nn.Module):
    """softmax(q k^T scale) v, written out. Plain on purpose: the rest is tested against it."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float) -> Tensor:
        scores = torch.matmul(q, k.transpose(-2, -1)) * scale  # [B, H, Q, S]
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        return torch.matmul(scores.softmax(dim=-1), v)


class FusedScores(nn.Module):
    """torch's scaled_dot_product_attention; `KernelWatch` finds which kernel runs."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)


class ProductScores(nn.Module):
    """Scores written out for bfloat16 on a CPU, where torch's fused kernel leaves its fast path and
    products alone take that of oneDNN."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float) -> Tensor:
        scores = torch.matmul(q * scale, k.transpose(-2, -1))  # queries are fewer than scores
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        return torch.matmul(scores.softmax(dim=-1), v)


def replace_fused(model: nn.Module, make: type[nn.Module]) -> nn.Module:
    """Gives every part of ``model`` that has torch's fused kernel another; returns the model."""
    for module in model.modules():
        if isinstance(getattr(module, "kernel", None), FusedScores):
            module.kernel = make()
    return model


KERNELS = {
    "_scaled_dot_product_flash_attention_for_cpu": "flash",
    "_scaled_dot_product_flash_attention": "flash",
    "_scaled_dot_product_efficient_attention": "efficient",
    "_scaled_dot_product_cudnn_attention": "cudnn",
    "_scaled_dot_product_attention_math": "math",
}
"""Kernel by operator of torch."""


class KernelWatch(TorchDispatchMode):
    """A context that notes which kernels torch's scaled_dot_product_attention runs in this thread.

    torch falls back to its math kernel, which materialises the scores, without a word. Forbidding
    that is a setting of the whole process, which would end attention in other threads; this only
    looks.

    Attributes:
        kernels: "flash", "efficient", "cudnn" and "math", as far as they ran.
    """

    def __init__(self):
        super().__init__()
        self.kernels: set[str] = set()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if operator is torch.ops.aten.scaled_dot_product_attention.default:
            with self:  # in inference mode torch has not chosen yet
                return operator.decompose(*args, **kwargs)
        if (name := operator.__name__.partition(".")[0]) in KERNELS:
            self.kernels.add(KERNELS[name])
        return operator(*args, **kwargs)

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
from torch.nn.attention import SDPBackend, sdpa_kernel


class ExplicitScores(nn.Module):
    """softmax(q k^T scale) v, written out. Plain on purpose: the rest is tested against it."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float) -> Tensor:
        scores = torch.matmul(q, k.transpose(-2, -1)) * scale  # [B, H, Q, S]
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        return torch.matmul(scores.softmax(dim=-1), v)


class FusedScores(nn.Module):
    """torch's scaled_dot_product_attention; `fused_backend` finds which kernel runs."""

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


_FUSED = {
    "cpu": {"flash": SDPBackend.FLASH_ATTENTION},
    "cuda": {
        "flash": SDPBackend.FLASH_ATTENTION,
        "efficient": SDPBackend.EFFICIENT_ATTENTION,
        "cudnn": SDPBackend.CUDNN_ATTENTION,
    },
}


def fused_backend(device: torch.device, dtype: torch.dtype, head_dim: int) -> str:
    """The name of the fused kernel that takes this head width, found by running it.

    torch silently falls back to its math kernel, which materialises the scores. Here each fused
    kernel is run alone, so that the one named has really run. The choice of kernels is a
    process-wide setting of torch: call this before a flowgraph runs, never in work().

    Raises:
        RuntimeError: when no fused kernel takes it, with torch's reason.
    """
    q = torch.zeros(1, 1, 2, head_dim, device=device, dtype=dtype)
    k = torch.zeros(1, 1, 4, head_dim, device=device, dtype=dtype)
    reason = "torch has no fused attention for this device"
    for name, backend in _FUSED.get(device.type, {}).items():
        try:
            with sdpa_kernel(backend):
                F.scaled_dot_product_attention(q, k, k)
            return name
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
    raise RuntimeError(
        f"no fused attention kernel for device {device}, dtype {dtype}, "
        f"head width {head_dim}: {reason}"
    )


def only_fused(device: torch.device):
    """A context in which torch may use its fused kernels alone and raises instead of falling back
    to math."""
    return sdpa_kernel(list(_FUSED[device.type].values()))

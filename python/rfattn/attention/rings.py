# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer is given beside its input, and attention over the rings of several streams.

The cache of a stream is a list of tensors: its running level, then rings of exactly ``window``
slots, one or two a layer. A step writes its n new keys and values over the oldest n, then lets its
n queries see every slot written so far. No mask is needed: softmax does not depend on the order of
the slots, and the tokens of a step see each other.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Step(NamedTuple):
    """One step of B streams: rotary factors of the new tokens (see `Rope`), and for each stream its
    cache, the slot of its first new token and the number of slots it sees."""

    cos: Tensor
    sin: Tensor
    caches: list[list[Tensor]]
    slots: list[int]
    visible: list[int]


class Segment(NamedTuple):
    """A whole segment: rotary factors of all T tokens, and mask [T, T], True where a row may see a
    column."""

    cos: Tensor
    sin: Tensor
    mask: Tensor


class RingAttention(nn.Module):
    """Attention of B streams, each over its own rings at its own fill.

    Args:
        kernel: computes the attention of one stream (see kernels.py).
        keys, values: numbers of the rings in a stream's cache; equal where one tensor is both.
    """

    def __init__(self, kernel: nn.Module, keys: int, values: int):
        super().__init__()
        self.kernel = kernel
        self.keys, self.values = keys, values

    def forward(self, q: Tensor, k: Tensor, v: Tensor, scale: float, step: Step) -> Tensor:
        """q [B, G, Q, D], new keys k and values v [B, G, n, D] → [B, G, Q, D]; writes the rings."""
        if len(step.caches) == 1:
            return self.one(q, k, v, scale, step, 0)
        qs, ks, vs = q.split(1), k.split(1), v.split(1)
        results: list[Tensor] = []
        for i in range(len(step.caches)):
            results.append(self.one(qs[i], ks[i], vs[i], scale, step, i))
        return torch.cat(results)

    def one(self, q: Tensor, k: Tensor, v: Tensor, scale: float, step: Step, i: int) -> Tensor:
        """Stream number ``i`` of the step; q, k, v [1, G, ., D]."""
        cache, slot, n = step.caches[i], step.slots[i], k.size(2)
        keys, values = cache[self.keys], cache[self.values]
        keys.narrow(2, slot, n).copy_(k)
        if self.values != self.keys:
            values.narrow(2, slot, n).copy_(v)
        seen = step.visible[i]
        return self.kernel(q, keys.narrow(2, 0, seen), values.narrow(2, 0, seen), None, scale)


def fold_heads(q: Tensor, n_kv_heads: int) -> Tensor:
    """[B, h, T, D] → [B, G, (h/G) T, D]: the queries that share a KV head, one after the other.

    Exact and without a copy of keys or values, where torch 2.6's ``enable_gqa`` repeats them on
    CPU.
    """
    B, h, T, D = q.shape
    return q.reshape(B, n_kv_heads, (h // n_kv_heads) * T, D)

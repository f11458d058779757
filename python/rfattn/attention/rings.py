# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a layer is given beside its input, and attention over the rings of several streams.

The cache of a stream is a list of tensors: its running level, then rings of exactly ``window``
slots, one or two a layer. A step writes its n new keys and values over the oldest n, then lets its
n queries see every slot written so far. No mask is needed: softmax does not depend on the order of
the slots, and the tokens of a step see each other.

A *run* is several steps of one stream that follow each other, computed at once. Its steps see
different slots, so a run of two or more needs a mask over the ring as it was and the new tokens.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Step(NamedTuple):
    """Runs of B streams, N steps together: rotary factors of the new tokens (see `Rope`), and for
    each stream its cache, the slot of its first new token, the slots written before, the steps of
    its run, and which slots each of these sees (see `run_mask`), which is not read where the run is
    one step."""

    cos: Tensor
    sin: Tensor
    caches: list[list[Tensor]]
    slots: list[int]
    filled: list[int]
    runs: list[int]
    masks: list[Tensor]


class Segment(NamedTuple):
    """A whole segment: rotary factors of all T tokens, and mask [T, T], True where a row may see a
    column."""

    cos: Tensor
    sin: Tensor
    mask: Tensor


class PooledStep(NamedTuple):
    """As `Step`, for lanes (see pool.py): rotary factors of the new tokens, the pool, the slot that
    each lane writes [B], where its ring takes the new tokens [B, n], which part of the ring it sees
    [B, 1, 1, W] (None: all), and whether lane i reads slot i and not the slot that it writes."""

    cos: Tensor
    sin: Tensor
    pool: list[Tensor]
    slots: Tensor
    rows: Tensor
    mask: Tensor | None
    in_place: bool


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
        """q [N, G, Q, D], new keys k and values v [N, G, n, D] → [N, G, Q, D]; writes the rings."""
        if len(step.caches) == 1:
            return self.one(q, k, v, scale, step, 0)
        qs, ks, vs = q.split(step.runs), k.split(step.runs), v.split(step.runs)
        results: list[Tensor] = []
        for i in range(len(step.caches)):
            results.append(self.one(qs[i], ks[i], vs[i], scale, step, i))
        return torch.cat(results)

    def one(self, q: Tensor, k: Tensor, v: Tensor, scale: float, step: Step, i: int) -> Tensor:
        """Stream number ``i``; q, k, v [K, G, ., D], of the K steps of its run."""
        keys, values = step.caches[i][self.keys], step.caches[i][self.values]
        if step.runs[i] == 1:
            self.write(k, v, keys, values, step.slots[i])
            seen = min(step.filled[i] + k.size(2), keys.size(2))
            return self.kernel(q, keys.narrow(2, 0, seen), values.narrow(2, 0, seen), None, scale)
        K, G, Q, D = q.shape
        k, v = self.in_line(k), self.in_line(v)
        all_keys = torch.cat((keys.narrow(2, 0, step.filled[i]), k), dim=2)
        all_values = all_keys
        if self.values != self.keys:
            all_values = torch.cat((values.narrow(2, 0, step.filled[i]), v), dim=2)
        rows = step.masks[i].unsqueeze(1).expand(-1, Q, -1).flatten(0, 1)  # (K Q, slots)
        y = self.kernel(self.in_line(q), all_keys, all_values, rows, scale)
        self.write(k, v, keys, values, step.slots[i])
        return y.view(G, K, Q, -1).transpose(0, 1)

    def in_line(self, x: Tensor) -> Tensor:
        """[K, G, n, D] → [1, G, K n, D]: the steps of a run, one after the other."""
        return x.transpose(0, 1).flatten(1, 2).unsqueeze(0)

    def write(self, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, slot: int) -> None:
        """Writes new keys and values [1, G, T, D] into the rings from ``slot`` on, the last W of
        them where T is more."""
        T, W = k.size(2), keys.size(2)
        token = max(0, T - W)
        while token < T:
            first = (slot + token) % W
            n = min(W - first, T - token)
            keys.narrow(2, first, n).copy_(k.narrow(2, token, n))
            if self.values != self.keys:
                values.narrow(2, first, n).copy_(v.narrow(2, token, n))
            token += n

    def pooled(self) -> nn.Module:
        return PooledRings(self.kernel, self.keys, self.values)


class PooledRings(nn.Module):
    """Attention of B lanes over the rings of their slots, in the place of a `RingAttention`."""

    def __init__(self, kernel: nn.Module, keys: int, values: int):
        super().__init__()
        self.kernel, self.keys, self.values = kernel, keys, values

    def forward(self, q: Tensor, k: Tensor, v: Tensor, scale: float, step: PooledStep) -> Tensor:
        """q [B, G, Q, D], new keys k and values v [B, G, n, D] → [B, G, Q, D]; writes the rings."""
        keys = values = self.write(k, step.pool[self.keys], step)
        if self.values != self.keys:
            values = self.write(v, step.pool[self.values], step)
        return self.kernel(q, keys, values, step.mask, scale)

    def write(self, new: Tensor, rings: Tensor, step: PooledStep) -> Tensor:
        """Writes ``new`` into the rings [S, G, W, D]; returns those of the lanes [B, G, W, D]."""
        rings[step.slots.unsqueeze(1), :, step.rows] = new.transpose(1, 2)
        return of_lanes(rings, step.slots, step.in_place)


def of_lanes(part: Tensor, slots: Tensor, in_place: bool) -> Tensor:
    """What lanes read of a part of the pool: a view where they are in place, else a copy."""
    return part.narrow(0, 0, slots.size(0)) if in_place else part.index_select(0, slots)


def run_mask(K: int, n: int, slot: int, filled: int, window: int, device: torch.device) -> Tensor:
    """[K, filled + K n], True where a step of a run may look: at the slots of the ring as it was
    before the run, then at the run's own tokens.

    Args:
        K: steps, of ``n`` tokens each.
        slot: where the first new token will be written; filled: slots written before.
    """
    steps = torch.arange(K, device=device).unsqueeze(1)
    old = torch.arange(filled, device=device)
    # The step that writes over the slot is the first that does not see it.
    gone = torch.div((old - slot) % window, n, rounding_mode="floor")
    new = torch.div(torch.arange(K * n, device=device), n, rounding_mode="floor")
    age = steps - new
    return torch.cat((gone > steps, (age >= 0) & (age < window // n)), dim=1)


def fold_heads(q: Tensor, n_kv_heads: int) -> Tensor:
    """[B, h, T, D] → [B, G, (h/G) T, D]: the queries that share a KV head, one after the other.

    Exact and without a copy of keys or values, where torch 2.6's ``enable_gqa`` repeats them on
    CPU.
    """
    B, h, T, D = q.shape
    return q.reshape(B, n_kv_heads, (h // n_kv_heads) * T, D)

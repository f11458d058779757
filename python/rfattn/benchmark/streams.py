# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adapters of several streams: ``step(tokens [B, n, n_bins], streams)`` with B stream numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..inference import AttentionModelAdapter


def make_adapter(model, contract: dict, device: str, dtype: str, streams: int):
    """An adapter that holds the caches of ``streams`` streams, numbered from 0."""
    # The only place that uses `batch`. With streams in the adapter it becomes
    # AttentionModelAdapter(model, contract, device, dtype, max_streams=streams), and
    # _LockstepStreams goes.
    adapter = AttentionModelAdapter(model, contract, device, dtype, streams)
    if streams == 1:
        return adapter
    singles = [AttentionModelAdapter(model, contract, device, dtype) for _ in range(streams)]
    return _LockstepStreams(adapter, singles)


def step_all(adapter, streams: int) -> Callable[[Tensor], Tensor]:
    """A function that steps all streams in one call: tokens [streams, n, n_bins] to logits."""
    if streams == 1:
        return adapter.step
    return functools.partial(adapter.step, streams=range(streams))


def step_each(adapter, streams: int) -> Callable[[Tensor], Tensor]:
    """A function that steps all streams in one call each, for comparison with `step_all`."""

    def step(tokens: Tensor) -> Tensor:
        return torch.cat([adapter.step(tokens[s : s + 1], streams=[s]) for s in range(streams)])

    return step


class _LockstepStreams:
    """Steps all streams in one call of a batched adapter, or one stream in an adapter of its own.

    A stream has two caches that do not follow each other, so a caller uses one way only.
    """

    def __init__(self, together: AttentionModelAdapter, singles: list[AttentionModelAdapter]):
        self._together, self._singles = together, singles
        self.config, self.device, self.dtype = together.config, together.device, together.dtype

    def step(self, tokens: Tensor, streams: Sequence[int]) -> Tensor:
        if len(streams) == len(self._singles):
            return self._together.step(tokens)
        (stream,) = streams
        return self._singles[stream].step(tokens)

    def reset(self, position: int | None = None) -> None:
        for adapter in (self._together, *self._singles):
            adapter.reset(position=position)

    def fill(self) -> None:
        for adapter in (self._together, *self._singles):
            adapter.fill()

    @property
    def kv_bytes(self) -> int:
        return self._together.kv_bytes

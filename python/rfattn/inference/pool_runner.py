# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runners over one pool of caches have in common (see attention/pool.py)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.cost import kv_bytes, new_pool
from ..attention.model import StreamingTransformer
from ..attention.pool import PooledTransformer, begin
from .caches import StreamState
from .devices import dtype_name
from .runners import TorchRunner, fill_rings


class PoolRunner(TorchRunner):
    """Steps a model of kind "stream" over one pool, which is allocated at once.

    Steps of the same stream follow each other.

    Args:
        model: an eager model.
        config: its shape.
        slots: caches in the pool, one for each stream, and spare ones.
    """

    longest_run = 8
    temporary_bytes = None

    def __init__(
        self,
        model: StreamingTransformer,
        config: ModelConfig,
        device: torch.device,
        dtype: torch.dtype,
        slots: int,
    ):
        self.module = PooledTransformer(model, config).to(device=device, dtype=dtype).eval()
        self.bytes_per_stream = kv_bytes(config, 1, dtype_name(dtype))
        self._config = config
        self._pool = new_pool(config, slots, device, dtype)

    def new_tensors(self, slot: int) -> list[Tensor]:
        """The part of the pool that belongs to a slot."""
        return [part[slot : slot + 1] for part in self._pool]

    def prepare(self, streams: int) -> None:
        """Makes what calls of up to ``streams`` streams need; nothing here."""

    def fill(self, state: StreamState) -> None:
        """Makes the state that of a full ring, for warming up and timing."""
        fill_rings(state, self._config.window)

    def _turns(
        self, states: list[StreamState], runs: list[int]
    ) -> Iterator[tuple[int, list[int], Tensor, bool]]:
        """The steps of a call, one of each stream in a turn, by their slots: number of the turn,
        rows of its tokens, lanes as `PooledTransformer` takes them, and whether all their rings are
        full.

        Empties the slots of new segments.
        """
        first = list(accumulate(runs, initial=0))
        by_slot = sorted(range(len(runs)), key=lambda i: states[i].slot)
        for state in states:
            if state.seen == 0:
                begin(self._pool, state.slot)
        for turn in range(max(runs)):
            at = [i for i in by_slot if runs[i] > turn]
            lanes, full = self._lanes_of([states[i] for i in at], turn)
            yield turn, [first[i] + turn for i in at], lanes, full

    def _lanes_of(self, states: list[StreamState], turn: int) -> tuple[Tensor, bool]:
        """The lanes of states that are ``turn`` steps further, and whether all their rings are
        full."""
        done = turn * self._config.block_size
        seen = [state.seen + done for state in states]
        starts = [self.module.start_of(state.position + done) for state in states]
        lanes = torch.tensor([[state.slot for state in states], starts, seen])
        return lanes, min(seen) >= self._config.steady_after

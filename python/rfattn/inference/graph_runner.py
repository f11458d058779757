# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps streams over a pool of caches; on CUDA as graphs that are recorded once.

A step of a small model is some hundred kernels of a few microseconds each: started one by one from
Python they take longer to start than to run. A graph starts all of them in one call.
"""

from __future__ import annotations

from collections import deque
from itertools import accumulate

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.cost import kv_bytes, new_pool
from ..attention.model import StreamingTransformer
from ..attention.pool import PooledTransformer, begin
from .caches import StreamState
from .lanes import DEPTH, Inputs, Lanes, RecordedLanes
from .runners import fill_rings


class GraphRunner:
    """Steps a model of kind "stream" over one pool, in as few lanes as hold the streams of a call:
    1, 2, 4, 8 … or ``max_streams``.

    Steps of the same stream follow each other; the tokens of the next are copied meanwhile. On the
    CPU the same program runs without a graph, which is slower than `StreamRunner` and meant for
    tests.

    Attributes:
        temporary_bytes: what a step takes beside the pool; None on the CPU.

    Raises:
        RuntimeError: when torch cannot record the step.
    """

    name = "graph"
    longest_run = 8

    def __init__(
        self,
        model: StreamingTransformer,
        config: ModelConfig,
        device: torch.device,
        dtype: torch.dtype,
        max_streams: int,
    ):
        self.module = PooledTransformer(model, config).to(device=device, dtype=dtype).eval()
        self.bytes_per_stream = kv_bytes(config, 1, dtype)
        self._config, self._spare = config, max_streams
        self._pool = new_pool(config, max_streams + 1, device, dtype)
        counts = lane_counts(max_streams)
        if device.type == "cpu":
            self.temporary_bytes = None
            self._lanes = [
                Lanes(count, self._program, config, device, self._spare) for count in counts
            ]
        else:
            with torch.cuda.device(device), torch.inference_mode():
                self._record(counts, device)

    def new_tensors(self, slot: int) -> list[Tensor]:
        """The part of the pool that belongs to a slot."""
        return [part[slot : slot + 1] for part in self._pool]

    def step(self, tokens: Tensor, states: list[StreamState], runs: list[int]) -> Tensor:
        logits = torch.empty(len(tokens), self._config.n_classes)
        first = list(accumulate(runs, initial=0))
        for state in states:
            if state.seen == 0:
                begin(self._pool, state.slot)
        waiting: deque[tuple[Lanes, int, list[int]]] = deque()
        for turn in range(max(runs)):
            if len(waiting) == DEPTH:
                _collect(waiting, logits)
            at = [i for i, count in enumerate(runs) if count > turn]
            rows = [first[i] + turn for i in at]
            lanes = next(lanes for lanes in self._lanes if lanes.count >= len(at))
            numbers, full = self._numbers([states[i] for i in at], turn)
            lanes.start(turn, tokens[rows], numbers, full)
            waiting.append((lanes, turn, rows))
        while waiting:
            _collect(waiting, logits)
        return logits

    def fill(self, state: StreamState) -> None:
        """Makes the state that of a full ring, for warming up and timing."""
        fill_rings(state, self._config.window)

    def try_steps(self) -> None:
        """Runs the program of a step in the spare slot, as it is recorded: with and without a mask
        over a ring that is not full."""
        inputs = Inputs(1, self._config, self._pool[0].device)
        inputs.lanes[0] = self._spare
        for full in (False, True):
            self._program(inputs.tokens, inputs.lanes, full)

    def _numbers(self, states: list[StreamState], turn: int) -> tuple[Tensor, bool]:
        """The lanes of states that are ``turn`` steps further, and whether all their rings are
        full."""
        done = turn * self._config.block_size
        seen = [state.seen + done for state in states]
        starts = [self.module.start_of(state.position + done) for state in states]
        numbers = torch.tensor([[state.slot for state in states], starts, seen])
        return numbers, min(seen) >= self._config.steady_after

    def _program(self, tokens: Tensor, lanes: Tensor, full: bool) -> Tensor:
        return self.module(tokens, lanes, self._pool, full)

    def _record(self, counts: list[int], device: torch.device) -> None:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        where = (torch.cuda.Stream(device), torch.cuda.Stream(device))
        memory = torch.cuda.graph_pool_handle()
        # The largest first: its memory holds all that the others need.
        self._lanes = [
            RecordedLanes(count, self._program, self._config, device, self._spare, *where, memory)
            for count in reversed(counts)
        ][::-1]
        self.temporary_bytes = torch.cuda.max_memory_allocated(device) - before


def lane_counts(max_streams: int) -> list[int]:
    """1, 2, 4, 8 … and ``max_streams``."""
    powers = [2**i for i in range(max_streams.bit_length()) if 2**i < max_streams]
    return [*powers, max_streams]


def _collect(waiting: deque, logits: Tensor) -> None:
    """Waits for the oldest step on its way and keeps its logits."""
    lanes, turn, rows = waiting.popleft()
    logits[rows] = lanes.result(turn)[: len(rows)]

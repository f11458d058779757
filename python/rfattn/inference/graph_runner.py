# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps streams over a pool of caches; on CUDA as graphs that are recorded once.

A step of a small model is some hundred kernels of a few microseconds each: started one by one from
Python they take longer to start than to run. A graph starts all of them in one call.
"""

from __future__ import annotations

from collections import deque
from itertools import product

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from .caches import StreamState
from .lanes import DEPTH, Inputs, Lanes, RecordedLanes
from .pool_runner import PoolRunner
from .recorder import Recorder


class GraphRunner(PoolRunner):
    """Steps a model of kind "stream" over one pool, in few more lanes than hold the streams of a
    call (`lane_count`).

    The tokens of the next turn are copied while one is computed. On the CPU the same program runs
    without a graph, which is slower than `StreamRunner` and meant for tests.

    Raises:
        RuntimeError: when torch cannot record the step.
    """

    name = "graph"

    def __init__(
        self,
        model: StreamingTransformer,
        config: ModelConfig,
        device: torch.device,
        dtype: torch.dtype,
        max_streams: int,
    ):
        super().__init__(model, config, device, dtype, max_streams + 1)
        self._device, self._spare = device, max_streams
        self._by_count: dict[int, Lanes] = {}
        self._recorder = None
        if device.type == "cuda":
            self._recorder = Recorder(device)
            self.prepare(1)

    @property
    def temporary_bytes(self) -> int | None:
        """What a step takes beside the pool; None on the CPU."""
        return None if self._recorder is None else self._recorder.temporary_bytes

    def step_tensors(self, tokens: Tensor, states: list[StreamState], runs: list[int]) -> Tensor:
        logits = torch.empty(len(tokens), self._config.n_classes)
        waiting: deque[tuple[Lanes, int, list[int]]] = deque()
        for turn, rows, numbers, full in self._turns(states, runs):
            if len(waiting) == DEPTH:
                _collect(waiting, logits)
            lanes = self._lanes(len(rows))
            # The slots are in order: those of the first lanes, if they are the first.
            in_place = int(numbers[0, -1]) == len(rows) - 1
            lanes.start(turn, tokens[rows], numbers, full or not self.module.windowed, in_place)
            waiting.append((lanes, turn, rows))
        while waiting:
            _collect(waiting, logits)
        return logits

    def prepare(self, streams: int) -> None:
        """Records the graphs of calls of up to ``streams`` streams; others at their first call."""
        counts = {lane_count(n, self._spare) for n in range(1, streams + 1)}
        kinds = ((False, True) if self.module.windowed else (True,), (False, True))
        with torch.inference_mode():
            for count, full, in_place in product(sorted(counts, reverse=True), *kinds):
                self._lanes(count).prepare(full, in_place)

    def try_steps(self) -> None:
        """Runs the program of a step in the spare slot, as it is recorded: with and without a mask
        over a ring that is not full."""
        inputs = Inputs(1, self._config, self._device)
        inputs.lanes[0] = self._spare
        for full in (False, True):
            self._program(inputs.tokens, inputs.lanes, full, False)

    def _program(self, tokens: Tensor, lanes: Tensor, full: bool, in_place: bool) -> Tensor:
        return self.module(tokens, lanes, self._pool, full, in_place)

    def _lanes(self, streams: int) -> Lanes:
        """The lanes of a call of so many streams."""
        count = lane_count(streams, self._spare)
        if count not in self._by_count:
            shape = count, self._program, self._config, self._device, self._spare
            self._by_count[count] = (
                Lanes(*shape) if self._recorder is None else RecordedLanes(*shape, self._recorder)
            )
        return self._by_count[count]


def lane_count(streams: int, max_streams: int) -> int:
    """The lanes of a call of ``streams`` streams: as many up to 8, then the next of 10, 12, 14, 16,
    20, 24 …, four between powers of two, or ``max_streams``. Less than a fifth has no stream."""
    step = max(1, 2 ** (streams - 1).bit_length() // 8)
    return min(max_streams, -(-streams // step) * step)


def _collect(waiting: deque, logits: Tensor) -> None:
    """Waits for the oldest step on its way and keeps its logits."""
    lanes, turn, rows = waiting.popleft()
    logits[rows] = lanes.result(turn)[: len(rows)]

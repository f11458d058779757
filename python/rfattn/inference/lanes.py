# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of a fixed number of lanes, with the memory that its tokens and logits pass through.

Every buffer is there twice: while one step is computed, the tokens of the next are written and
copied.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from .recorder import Recorder

DEPTH = 2
"""Steps that may be on their way at a time."""

Program = Callable[[Tensor, Tensor, bool, bool], Tensor]
"""(tokens, lanes, full, in place) → logits; see `PooledTransformer.forward`."""


class Inputs:
    """Lanes [3, B] and tokens [B, n, n_values] of a step in one piece of memory, so that one copy
    moves both."""

    def __init__(self, count: int, config: ModelConfig, device: torch.device, pinned: bool = False):
        numbers, tokens = 3 * count, (count, config.block_size, config.n_values)
        size = 8 * numbers + 4 * torch.Size(tokens).numel()
        self.memory = torch.zeros(size, dtype=torch.uint8, device=device, pin_memory=pinned)
        self.lanes = self.memory[: 8 * numbers].view(torch.int64).view(3, count)
        self.tokens = self.memory[8 * numbers :].view(torch.float32).view(tokens)


class Lanes:
    """Steps ``count`` lanes, here on the CPU, where everything happens at once.

    Args:
        count: lanes of a step.
        program: computes it.
        config: the shape of the model.
        device: where it runs.
        spare: the slot of lanes without a stream.
    """

    def __init__(
        self, count: int, program: Program, config: ModelConfig, device: torch.device, spare: int
    ):
        self.count, self._program = count, program
        pinned, host = device.type == "cuda", torch.device("cpu")
        self._host = [Inputs(count, config, host, pinned) for _ in range(DEPTH)]
        self._logits = [
            torch.zeros(count, config.n_classes, pin_memory=pinned) for _ in range(DEPTH)
        ]
        self._input = Inputs(count, config, device)
        # A lane without a stream sees all of the spare slot, so that it never asks for a mask.
        self._idle = torch.tensor([[spare], [0], [config.window]])
        for inputs in (*self._host, self._input):
            inputs.lanes.copy_(self._idle)

    def start(
        self, turn: int, tokens: Tensor, lanes: Tensor, full: bool, in_place: bool = False
    ) -> None:
        """Starts the step of up to ``count`` streams: tokens [B, n, n_values], lanes [3, B].

        ``turn`` counts the steps on their way; `result` must have returned that of turn - DEPTH.
        """
        host, B = self._host[turn % DEPTH], tokens.size(0)
        host.tokens[:B].copy_(tokens)
        host.lanes[:, :B].copy_(lanes)
        host.lanes[:, B:].copy_(self._idle)
        self._run(turn % DEPTH, full, in_place)

    def result(self, turn: int) -> Tensor:
        """Logits [count, n_classes] of a step, valid until the next is started in its place."""
        return self._logits[turn % DEPTH]

    def prepare(self, full: bool, in_place: bool) -> None:
        """Nothing to record here."""

    def _run(self, place: int, full: bool, in_place: bool) -> None:
        self._input.memory.copy_(self._host[place].memory)
        logits = self._program(self._input.tokens, self._input.lanes, full, in_place)
        self._logits[place].copy_(logits)


class RecordedLanes(Lanes):
    """The same on CUDA, as graphs that are recorded when they are first needed, or before by
    `prepare`, and replayed from then on: with and without a mask over rings that are not full, and
    with and without a copy of the rings.

    Tokens go through pinned memory and are copied on a stream of their own, while the step before
    is computed. Logits are a few kilobytes and come back on the stream of the step.

    Args:
        recorder: of this device.

    Raises:
        RuntimeError: when the step cannot be recorded.
    """

    def __init__(
        self,
        count: int,
        program: Program,
        config: ModelConfig,
        device: torch.device,
        spare: int,
        recorder: Recorder,
    ):
        super().__init__(count, program, config, device, spare)
        self._recorder, self._device = recorder, device
        self._staged = [Inputs(count, config, device) for _ in range(DEPTH)]
        self._copied = [torch.cuda.Event() for _ in range(DEPTH)]
        self._done = [torch.cuda.Event() for _ in range(DEPTH)]
        self._graphs: dict[tuple[bool, bool], tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    def result(self, turn: int) -> Tensor:
        self._done[turn % DEPTH].synchronize()
        return super().result(turn)

    def prepare(self, full: bool, in_place: bool) -> None:
        """Records the graph of such steps if it is not there."""
        if (full, in_place) in self._graphs:
            return
        # Recording runs the step: not that of the streams which came last.
        self._input.lanes.copy_(self._idle)
        self._graphs[full, in_place] = self._recorder.record(
            lambda: self._program(self._input.tokens, self._input.lanes, full, in_place)
        )

    def _run(self, place: int, full: bool, in_place: bool) -> None:
        self.prepare(full, in_place)
        computing = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._recorder.copying):
            self._staged[place].memory.copy_(self._host[place].memory, non_blocking=True)
            self._copied[place].record()
        computing.wait_event(self._copied[place])
        self._input.memory.copy_(self._staged[place].memory)
        graph, logits = self._graphs[full, in_place]
        graph.replay()
        self._logits[place].copy_(logits, non_blocking=True)
        self._done[place].record(computing)

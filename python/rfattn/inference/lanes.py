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

DEPTH = 2
"""Steps that may be on their way at a time."""
_RUNS_BEFORE_RECORDING = 3
"""In which the libraries under torch choose their kernels and take their memory."""

Program = Callable[[Tensor, Tensor, bool], Tensor]
"""(tokens, lanes, full) → logits; see `PooledTransformer.forward`."""


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

    def start(self, turn: int, tokens: Tensor, lanes: Tensor, full: bool) -> None:
        """Starts the step of up to ``count`` streams: tokens [B, n, n_values], lanes [3, B].

        ``turn`` counts the steps on their way; `result` must have returned that of turn - DEPTH.
        """
        host, B = self._host[turn % DEPTH], tokens.size(0)
        host.tokens[:B].copy_(tokens)
        host.lanes[:, :B].copy_(lanes)
        host.lanes[:, B:].copy_(self._idle)
        self._run(turn % DEPTH, full)

    def result(self, turn: int) -> Tensor:
        """Logits [count, n_classes] of a step, valid until the next is started in its place."""
        return self._logits[turn % DEPTH]

    def _run(self, place: int, full: bool) -> None:
        self._input.memory.copy_(self._host[place].memory)
        logits = self._program(self._input.tokens, self._input.lanes, full)
        self._logits[place].copy_(logits)


class RecordedLanes(Lanes):
    """The same on CUDA, as two graphs that are recorded here and replayed from then on: with and
    without a mask over rings that are not full.

    Tokens go through pinned memory and are copied on ``copying``, a stream of their own, while the
    step before is computed. Logits are a few kilobytes and come back on the stream of the step.

    Args:
        copying, recording: streams of this device, the second for recording alone. (torch has one
            of its own for that, which belongs to the device that recorded first in this process,
            and to one thread at a time.)
        memory: handle of the memory that graphs use for what lies between input and output. Graphs
            that never run at the same time may share it.

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
        copying: torch.cuda.Stream,
        recording: torch.cuda.Stream,
        memory: tuple[int, int],
    ):
        super().__init__(count, program, config, device, spare)
        self._copying, self._recording = copying, recording
        self._memory, self._device = memory, device
        self._staged = [Inputs(count, config, device) for _ in range(DEPTH)]
        self._copied = [torch.cuda.Event() for _ in range(DEPTH)]
        self._done = [torch.cuda.Event() for _ in range(DEPTH)]
        self._graphs = {full: self._record(full) for full in (False, True)}

    def result(self, turn: int) -> Tensor:
        self._done[turn % DEPTH].synchronize()
        return super().result(turn)

    def _run(self, place: int, full: bool) -> None:
        computing = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._copying):
            self._staged[place].memory.copy_(self._host[place].memory, non_blocking=True)
            self._copied[place].record()
        computing.wait_event(self._copied[place])
        self._input.memory.copy_(self._staged[place].memory)
        graph, logits = self._graphs[full]
        graph.replay()
        self._logits[place].copy_(logits, non_blocking=True)
        self._done[place].record(computing)

    def _record(self, full: bool) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        """The graph of a step, and the logits that it writes."""
        computing, side = torch.cuda.current_stream(self._device), torch.cuda.Stream(self._device)
        side.wait_stream(computing)
        with torch.cuda.stream(side):
            for _ in range(_RUNS_BEFORE_RECORDING):
                self._program(self._input.tokens, self._input.lanes, full)
        computing.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # Other threads may go on using CUDA, such as the model that this one will replace.
        with torch.cuda.graph(
            graph, self._memory, self._recording, capture_error_mode="thread_local"
        ):
            logits = self._program(self._input.tokens, self._input.lanes, full)
        return graph, logits

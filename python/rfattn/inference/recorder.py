# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what a program starts on a CUDA device as a graph, while others use the device."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import torch
from torch import Tensor

_RUNS_BEFORE_RECORDING = 3
"""In which the libraries under torch choose their kernels and take their memory."""
_capturing = threading.Lock()  # torch records one graph at a time in a process


class Recorder:
    """Records graphs of one device that never run at the same time.

    torch.cuda.graph would collect garbage, wait for the device and give back its memory before each
    graph, to leave as much memory as there is. The first holds the interpreter, the others the
    device, and the steps of another model would wait for all three.

    Attributes:
        copying: a stream beside that of the step, for the tokens of the next.
        temporary_bytes: the most that a program took beside what it was given, and what other
            models of the process took meanwhile, since torch counts them together.
        graphs: how many were recorded.
    """

    def __init__(self, device: torch.device):
        self._device = device
        self.copying, self._recording = torch.cuda.Stream(device), torch.cuda.Stream(device)
        self._memory = torch.cuda.graph_pool_handle()
        self.temporary_bytes = self.graphs = 0

    def record(self, program: Callable[[], Tensor]) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        """The graph of ``program``, and the tensor to which it writes its result. Runs it a few
        times before.

        Raises:
            RuntimeError: when torch cannot record it; the error of the program, where that failed.
        """
        computing = torch.cuda.current_stream(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        before = torch.cuda.memory_allocated(self._device)
        self._recording.wait_stream(computing)
        with torch.cuda.stream(self._recording):
            for _ in range(_RUNS_BEFORE_RECORDING):
                program()
        computing.wait_stream(self._recording)
        peak = torch.cuda.max_memory_allocated(self._device)
        self.temporary_bytes = max(self.temporary_bytes, peak - before)
        graph = torch.cuda.CUDAGraph()
        with _capturing, torch.cuda.stream(self._recording):
            # Other threads may use CUDA meanwhile, such as the model that this one will replace.
            graph.capture_begin(self._memory, capture_error_mode="thread_local")
            try:
                result = program()
            except BaseException:
                # Ending a recording that failed fails, too, and what matters is the first error.
                with contextlib.suppress(RuntimeError):
                    graph.capture_end()
                raise
            graph.capture_end()
        self.graphs += 1
        return graph, result

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps streams by an exported program, or by the library that was compiled from it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from . import exported
from .caches import StreamState
from .pool_runner import PoolRunner

_TOLERANCE = 1e-4
"""Largest difference of a library's logits over their size: rounding through all layers."""


class ExportRunner(PoolRunner):
    """Steps a model of kind "stream" over one pool, in as many lanes as there are streams in a
    call; on the CPU in float32.

    The program is made anew from the model: a file's own is code and does not run.

    Raises:
        ValueError: torch cannot export the step; one line.
    """

    name = "export"

    def __init__(
        self,
        model: StreamingTransformer,
        config: ModelConfig,
        device: torch.device,
        dtype: torch.dtype,
        max_streams: int,
    ):
        super().__init__(model, config, device, dtype, max_streams)
        self._run = self._program()

    def step(self, tokens: Tensor, states: list[StreamState], runs: list[int]) -> Tensor:
        logits = torch.empty(len(tokens), self._config.n_classes)
        for _, rows, lanes, _ in self._turns(states, runs):
            logits[rows] = self._run(tokens[rows], lanes, self._pool)
        return logits

    def try_steps(self) -> None:
        """Runs a step of the first slot, which nobody has yet."""
        tokens = torch.zeros(1, self._config.block_size, self._config.n_values)
        self._run(tokens, torch.zeros(3, 1, dtype=torch.int64), self._pool)

    def _program(self) -> Callable[[Tensor, Tensor, list[Tensor]], Tensor]:
        return exported.Program(exported.program_of(self._config), self.module)


class CompiledRunner(ExportRunner):
    """As `ExportRunner`, but a library runs the step.

    Raises:
        ValueError: the library does not compute the step of the model.
    """

    name = "compiled"

    def __init__(
        self,
        library: exported.Library,
        model: StreamingTransformer,
        config: ModelConfig,
        device: torch.device,
        dtype: torch.dtype,
        max_streams: int,
    ):
        self._library = library
        super().__init__(model, config, device, dtype, max_streams)
        self._compare()

    def _program(self) -> exported.Library:
        return self._library

    def _compare(self) -> None:
        """Compares a step with the model: a library holds weights of its own."""
        n, generator = self._config.block_size, torch.Generator().manual_seed(0)
        tokens = torch.randn(1, n, self._config.n_values, generator=generator)
        with torch.inference_mode():
            tokens[:, :, : self._config.n_bins].mul_(10.0).sub_(60.0)
            wanted = self.module.offline(tokens)[:, 0]
            found = self._run(tokens, torch.zeros(3, 1, dtype=torch.int64), self._pool)
        error = (found - wanted).abs().max() / wanted.square().mean().sqrt()
        if not error <= _TOLERANCE:
            raise ValueError(
                f"runner 'compiled': a step of the library differs from the model by {error:.2g} "
                f"of the logits' size, {_TOLERANCE:g} is allowed; compile it anew"
            )

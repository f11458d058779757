# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps streams in C++ (lib/model), without torch."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from ..attention.config import ModelConfig
from .caches import StreamState
from .contract import ModelFileError

_COMPILED = "gnuradio.rfattn.model_python"
_ROWS_OF_RUN = 64
"""Vectors that a run has at most. With more, a single step fills the processor by itself."""


def is_built() -> bool:
    """Whether the compiled part is there, which a source folder alone does not have."""
    return find_spec(_COMPILED) is not None


class Slot(NamedTuple):
    """The cache of a stream, which the compiled part holds."""

    nbytes: int


class NativeRunner:
    """Steps a model of kind "stream" on the CPU in float32, in one thread.

    A step of any number of streams is one call without the interpreter's lock.

    Args:
        weights: by name, as `StreamingTransformer.state_dict` calls them.
        path: of the file that they come from, for refusals.

    Raises:
        ModelFileError: weights and shape do not match.
    """

    name = "native"
    temporary_bytes = None

    def __init__(self, weights: dict[str, np.ndarray], config: ModelConfig, path):
        from ..model_python import native_model

        try:
            self._model = native_model(config.to_dict(), weights)
        except ValueError as error:
            text = f"{path}: weights and contract do not match: {error}"
            raise ModelFileError(text) from None
        self.kernel = self._model.instructions
        self.bytes_per_stream = self._model.bytes_per_stream
        self.longest_run = max(1, _ROWS_OF_RUN // config.of_layers.block_size)
        self._window = config.window

    def new_tensors(self, slot: int) -> list[Slot]:
        self._model.hold(slot)
        return [Slot(self.bytes_per_stream)]

    def step(self, tokens: np.ndarray, states: list[StreamState], runs: list[int]) -> np.ndarray:
        return self._model.step(
            tokens,
            [state.slot for state in states],
            [state.position for state in states],
            [state.seen for state in states],
            runs,
        )

    def prepare(self, streams: int) -> None:
        """A step needs nothing that is made before."""

    def fill(self, state: StreamState) -> None:
        """Makes the state that of a full ring, for warming up and timing."""
        self._model.fill(state.slot)
        state.seen = max(state.seen, self._window)

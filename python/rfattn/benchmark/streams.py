# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of several streams: all in one call, and one by one for comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor

from ..inference import AttentionModelAdapter


def make_adapter(
    model, contract: dict, device: str, dtype: str, streams: int, runner: str = "auto"
):
    """An adapter that holds the caches of ``streams`` streams, numbered from 0."""
    return AttentionModelAdapter(model, contract, device, dtype, streams, runner)


def step_all(adapter, streams: int) -> Callable[[Tensor], np.ndarray]:
    """A function that steps all streams in one call: tokens [streams, n, n_values] to logits."""
    numbers = range(streams)
    return lambda tokens: adapter.step(tokens, numbers)


def step_each(adapter, streams: int) -> Callable[[Tensor], np.ndarray]:
    """A function that steps all streams in one call each, for comparison with `step_all`."""

    def step(tokens: Tensor) -> np.ndarray:
        return np.concatenate([adapter.step(tokens[s : s + 1], [s]) for s in range(streams)])

    return step

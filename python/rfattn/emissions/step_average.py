# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probabilities of an emission's classes, from those that a model gave at each step."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

MEMORY_STEPS = 64
"""The newest step weighs at least one over this, so that an emission that becomes another is
labelled anew."""
_LEAST = 1e-6
"""Least probability of a step, so that no single one rules a class out."""


class StepAverage:
    """The weighted geometric mean of the probabilities of steps, scaled to add up to 1.

    Step k has the weight k: the more tokens a step could look back at, the more it knows. From step
    128 on the mean is a moving one, in which the newest step has the weight 1/64.
    """

    def __init__(self):
        self.steps = 0
        self._mean_log: np.ndarray | float = 0.0

    def add(self, probabilities: np.ndarray) -> None:
        """Takes the probabilities of the next steps, [steps, n_classes], at least one."""
        kept, weights = _weights(min(self.steps, 2 * MEMORY_STEPS), len(probabilities))
        logs = np.log(np.maximum(np.asarray(probabilities, np.float64), _LEAST))
        self._mean_log = kept * self._mean_log + weights @ logs
        self.steps += len(probabilities)

    def logs(self) -> np.ndarray:
        """Logarithms of the probabilities, float64 [n_classes]. There must have been a step."""
        return self._mean_log - np.logaddexp.reduce(self._mean_log)

    def probabilities(self) -> np.ndarray:
        """Float64 [n_classes]. There must have been a step."""
        return np.exp(self.logs())


@lru_cache(maxsize=4096)
def _weights(steps: int, count: int) -> tuple[float, np.ndarray]:
    """Weights of the mean so far and of ``count`` new steps, after so many; from 128 on they are
    the same."""
    new = np.arange(1, count + 1) + steps
    newest = np.maximum(2.0 / (new + 1.0), 1.0 / MEMORY_STEPS)
    # What each step leaves of those before it: from each step to the last.
    kept = np.append(np.cumprod((1.0 - newest)[::-1])[::-1], 1.0)
    return kept[0], newest * kept[1:]

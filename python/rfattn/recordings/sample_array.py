# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples in memory as a recording."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

from .recording import Capture, DataType, Facts


@dataclass(frozen=True, kw_only=True)
class SampleArray(Facts):
    """Samples in memory: complex64 or float32 [n], full scale 1.0."""

    array: np.ndarray

    @classmethod
    def of(cls, samples, sample_rate: float, frequency: float | None = None) -> SampleArray:
        """Checks the samples, and copies them unless they are complex64 or float32 already.

        Args:
            samples: complex or float [n], n > 0; real ones are audio or an envelope.
            sample_rate: Hz.
            frequency: middle of the band, Hz; None: unknown.

        Raises:
            ValueError: naming the argument, the rule and the value.
        """
        array = np.asarray(samples)
        if array.dtype.kind not in "fc":
            raise ValueError(
                f"samples must be complex or float, of full scale 1.0, got {array.dtype}"
            )
        if array.ndim != 1 or not len(array):
            raise ValueError(f"samples must have the shape [n], n > 0, got {list(array.shape)}")
        if not isinstance(sample_rate, Real) or not 0 < sample_rate < float("inf"):
            raise ValueError(f"rate must be a number > 0 in Hz, got {sample_rate!r}")
        if frequency is not None and not isinstance(frequency, Real):
            raise ValueError(f"frequency must be a number in Hz or None, got {frequency!r}")
        is_real = array.dtype.kind == "f"
        datatype = DataType.parse("rf32_le" if is_real else "cf32_le")
        return cls(
            Path("samples"),
            datatype,
            float(sample_rate),
            (Capture(0, None if frequency is None else float(frequency)),),
            array=array.astype(np.float32 if is_real else np.complex64, copy=False),
        )

    @property
    def n_samples(self) -> int:
        return len(self.array)

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64."""
        end = None if count is None else start + count
        return self.array[start:end].astype(np.complex64, copy=False)

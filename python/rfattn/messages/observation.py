# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message with what a model made of an emission: enough to learn from, and no samples."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue.formats import formats
from .entries import entry
from .findings import check_names
from .limits import MAX_CLASSES, check_length

_LOGARITHMS = {"least": -1e6, "most": 1e-6}
_SIZE = {"least": 0.0, "most": 1e15}


@dataclass(frozen=True)
class Observation:
    """What a model made of an emission that has ended, and what was measured of it."""

    id: int = entry("Number of the emission within a run.")
    run: str = entry("Tells the run of the block from all others.")
    model: str = entry("Tells the model from all others; its taught classes do not count.")
    log_probabilities: dict[str, float] = entry(
        "Logarithms of the probabilities of the model's classes by its mean over the steps.",
        **_LOGARITHMS,
    )
    width_hz: float = entry("Upper minus lower edge, Hz.", **_SIZE)
    is_cut: bool = entry("Whether a part of it may lie outside the receiver's band.")
    snr_db: float = entry("Power over that of the noise during its bursts, dB.")
    burst_count: int = entry("Bursts that ended.")
    burst_s: float | None = entry("Median duration of a burst, s.", default=None, **_SIZE)
    frequency_hz: float | None = entry("Middle between its edges, Hz.", default=None)
    symbol_rate: float | None = entry(
        "Symbol rate that most steps show, Hz.", default=None, **_SIZE
    )
    frames: str | None = entry(
        "The format whose frames were found, such as `AIS`; absent: none were.", default=None
    )

    def __post_init__(self):
        check_length("observations: log_probabilities", self.log_probabilities, MAX_CLASSES)
        for name in ("run", "model"):
            check_length(f"observations: {name}", getattr(self, name), 64)
        if self.frames is not None:
            check_names("observations: frames", [self.frames], formats())

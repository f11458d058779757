# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one input of a model has for itself, and what several bands cannot have."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ..blocks.detection_sink import detection_sink
from ..recordings.front_end import FrontEnd
from ..rfattn_python import power_spectrum, token_buffer, token_squelch

AUDIO_SETTLE_STEPS = 256
"""22 s of audio at 48 kHz: longer than most carriers that quiet the noise of an FM receiver."""

SQUELCH_WINDOWS = 2
"""Windows of context before an active step. A layer sees its window of what the layer below made of
a window, so one window changes labels: 8 of the active steps of the recordings behind rf14, two
none."""


@dataclass(frozen=True)
class Band:
    """The blocks before and after one input and output of the model; squelch: or None."""

    spectrum: power_spectrum
    squelch: token_squelch | None
    buffer: token_buffer
    detections: detection_sink

    @property
    def tokens(self) -> list:
        """What the samples go through to become tokens."""
        return [self.spectrum] if self.squelch is None else [self.spectrum, self.squelch]


def make_band(
    model, front_end: FrontEnd, policy: str, capacity: int, on_detection, squelch_db: float | None
) -> Band:
    """The blocks of one input of ``model``; the other parameters as of `StreamFlowgraph`."""
    squelch = None
    if squelch_db is not None:
        context = context_steps(model.adapter.window, model.block_size)
        capacity += context  # which comes at once
        settle = {"settle_steps": AUDIO_SETTLE_STEPS} if front_end.sides == "one" else {}
        squelch = token_squelch(model.n_bins, model.block_size, squelch_db, context, **settle)
    return Band(
        power_spectrum(**asdict(front_end)),
        squelch,
        token_buffer(model.n_bins, model.block_size, capacity, policy),
        detection_sink(model.classes, on_detection),
    )


def context_steps(window: int, block_size: int) -> int:
    """Steps that a squelch keeps for the model to begin with."""
    return SQUELCH_WINDOWS * window // block_size


def check_bands(n_bands: int, is_real: bool, squelch_db: float | None) -> None:
    """Refuses what several bands cannot have.

    Raises:
        ValueError: with the reason.
    """
    if n_bands > 1 and squelch_db is not None:
        raise ValueError(
            f"{n_bands} bands have no squelch: the model takes a step of each at once, so a band "
            "that skips one would hold up the others"
        )
    if n_bands > 1 and is_real:
        raise ValueError(f"a real-valued source has no {n_bands} bands: give complex samples")

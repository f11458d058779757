# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The squelch in front of a model: how much context it keeps, and how it settles on audio."""

from __future__ import annotations

from ..recordings.front_end import FrontEnd
from ..rfattn_python import token_squelch

AUDIO_SETTLE_STEPS = 256
"""22 s of audio at 48 kHz: longer than most carriers that quiet the noise of an FM receiver."""

SQUELCH_WINDOWS = 2
"""Windows of context before an active step. Each layer sees a window of the one below, so that
one window of context changed the labels of 8 active steps in the recordings behind rf14; two
changed none."""


def context_steps(window: int, block_size: int) -> int:
    """Steps that a squelch keeps for the model to begin with."""
    return SQUELCH_WINDOWS * window // block_size


def make_squelch(model, front_end: FrontEnd, threshold_db: float) -> token_squelch:
    """A squelch for the tokens of ``front_end`` in front of the block ``model``."""
    settle = {"settle_steps": AUDIO_SETTLE_STEPS} if front_end.sides == "one" else {}
    context = context_steps(model.adapter.window, model.block_size)
    return token_squelch(model.n_bins, model.block_size, threshold_db, context, **settle)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes that speech modulates, beside what the model says of the shape.

A model sees steps of a fraction of a second, in which a voice may be anything: a vowel, a hiss, a
pause. That it comes in syllables shows in seconds.
"""

from __future__ import annotations

from functools import lru_cache

from .classes import classes
from .weights import Names, Weighing, favoured, unchanged, weighted

OTHERS = 0.03
"""Weight of the other classes, where speech was found. Not 0: data that fades fast, and sweeps,
change their amplitude like speech now and then."""
CONSTANT = 0.03
"""Weight of `ssb` where the amplitude of an emission as narrow stays: that of a voice does not."""
LEAST = 0.02
"""Least probability of the class of the speech before it is weighed."""


_PITCH = 0.25
"""A symbol rate below this share of the width may be the pitch of a voice on a single sideband."""


def is_pitch(symbol_rate: float, width_hz: float) -> bool:
    """Whether what looks like a symbol rate, in Bd, may be the pitch of a voice on a single
    sideband of this width: data with so few symbols for its width changes no amplitude."""
    return symbol_rate < _PITCH * width_hz


@lru_cache(maxsize=256)
def weigh_by_speech(names: Names, speech: str | None, width_hz: float) -> Weighing:
    """What it changes of the probabilities of classes that speech modulates something.

    Args:
        names: of the classes.
        speech: "amplitude", "frequency", or "constant", an amplitude without any; None, "none",
            and what has no class in ``names``, change nothing.
        width_hz: of the emission.
    """
    if speech == "constant":
        return weighted(names, {name: CONSTANT if name == "ssb" else 1.0 for name in names})
    found = _class_of(speech, width_hz)
    if found not in names:
        return unchanged(names)
    return favoured(names, found, LEAST, OTHERS)


def _class_of(speech: str | None, width_hz: float) -> str | None:
    for row in classes():
        least, most = row.speech_width_hz
        if speech is not None and row.speech == speech and least <= width_hz <= most:
            return row.name
    return None

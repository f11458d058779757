# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a label."""

from __future__ import annotations

from ..catalogue.classes import UNKNOWN

UNLABELLED = "unlabelled"
"""What stands for the label where no model looked and there must be a word."""
PROVED = "proved"
"""What a label stands on that chance would need 20 bits for: frames of the class were found."""
BASES = (PROVED, "rate", "shape")
"""What a label may stand on, from the surest to the least sure: frames of the class, which chance
makes once in a million emissions; a measured symbol rate that the class has; or the shape of the
signal alone."""
LEAST_GUESS = 0.1
"""A guess less probable than this is not shown: it is about as good as none."""


def is_in_doubt(label: str | None) -> bool:
    """Whether an emission has no class, since the model is in doubt or did not look at it, and no
    frames gave one.

    Only then is it shown what known signals it is compatible with: many signals are, and beside a
    class the names would contradict it.
    """
    return label in (None, UNKNOWN)


def label_text(
    label: str | None,
    family: str | None,
    guess: str | None,
    confidence: float | None,
    basis: str | None = None,
) -> str | None:
    """What is shown of a label, such as "dmr 0.93 (proved)", "family FSK packets (tpms? 0.50)" or
    "unknown (dmr? 0.41)"; "dmr (proved)" where no model looked; None without a label. A guess below
    `LEAST_GUESS` is left out."""
    if label is None:
        return None
    if label != UNKNOWN:
        share = "" if confidence is None else f" {confidence:.2f}"
        return f"{label}{share}" + (f" ({basis})" if basis else "")
    shown = f"family {family}" if family else UNKNOWN
    has_guess = guess not in (None, UNKNOWN) and confidence >= LEAST_GUESS
    return f"{shown} ({guess}? {confidence:.2f})" if has_guess else shown

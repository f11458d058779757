# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes whose frames begin with known symbols, beside what the model says of the shape.

Some formats have the same modulation and width, and so the same spectrum: FT8 and JS8, D-STAR and
satellites with 4800 Bd. What tells them apart is the word with which their frames begin, for which
`emission_extractor` looks.
"""

from __future__ import annotations

from functools import lru_cache

from .classes import classes
from .weights import Names, Weighing, weighted

CLASS_OF = {name: row.name for row in classes() for name in row.frames}
"""Class by format."""
ALSO_OF = {name: row.name for row in classes() for name in row.shared_frames}
"""Another class by format, which may have it too. The shape tells which it is."""
ALSO = 0.1
"""Weight of that class."""
WITHOUT_SYMBOLS = frozenset(name for row in classes() if not row.has_symbols for name in row.frames)
"""Formats of analogue signals."""
OTHERS = 1e-4
"""Weight of the other classes, where frames of a format were found. Not 0: a word may come about by
chance, and a transmitter of another class may use the same frames."""
LEAST = 1e-3
"""Least probability of the class of the frames before it is weighed: what a model was not trained
on it may exclude, and yet be wrong."""


ABSENT = 0.1
"""Weight of a class each burst of which has frames of its format, where a burst had none. Not less:
some bursts wake a receiver and have no frame, and a burst may be cut off."""
CERTAIN_SNR_DB = 12.0
"""SNR in its own band from which on the frames of an emission would have been found."""


@lru_cache(maxsize=256)
def weigh_by_sync(names: Names, sync: str | None, absent: tuple[str, ...] = ()) -> Weighing:
    """What the format whose frames were found, or were not, changes of the probabilities.

    Args:
        names: of the classes.
        sync: the format; None, or one without a class in ``names``, changes nothing.
        absent: formats that each burst of their class has, and this emission has not; likewise.
    """
    found, missing = CLASS_OF.get(sync), {CLASS_OF.get(name) for name in absent}
    if found not in names:
        return weighted(names, {n: ABSENT if n in missing else 1.0 for n in names})
    weights = dict.fromkeys(names, OTHERS) | {ALSO_OF.get(sync): ALSO} | {found: 1.0}
    return weighted(names, weights, {found: LEAST})

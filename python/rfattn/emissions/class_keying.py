# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes of a carrier that is switched on and off, beside what the model says of the shape.

Remote controls look different with each receiver: near ones spill over the band, and gain control
and clipping bend their pulses. That there is a carrier or nothing stays.
"""

from __future__ import annotations

from functools import lru_cache

from .classes import known_of
from .weights import Names, Weighing, unchanged, weighted

OTHERS = 0.03
"""Weight of classes with other pulses. Not 0: pulses of noise may look like it now and then."""
ANY, LEAST = "ook_srd", 0.02
"""The class of whatever is keyed so with its pulses, and its least probability before that."""


@lru_cache(maxsize=256)
def weigh_by_keying(names: Names, pulse_s: float | None) -> Weighing:
    """What the pulses of a carrier that is switched on and off change of the probabilities.

    Args:
        names: of the classes.
        pulse_s: length of the short pulses in s; None, where it is no such carrier, changes
            nothing.
    """
    if pulse_s is None:
        return unchanged(names)
    pulses = known_of("pulse_s").items()
    keyed = {name for name, (least, most) in pulses if least <= pulse_s <= most}
    weights = {name: 1.0 if name in keyed else OTHERS for name in names}
    return weighted(names, weights, {ANY: LEAST} if ANY in keyed else {})

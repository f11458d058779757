# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes that are never so wide, or so narrow, beside what the model says of the shape.

A carrier with little modulation, such as a voice radio in a pause, may look like a time signal, and
a spur of a receiver with a wide band like a part of LTE; how wide its band is tells them apart.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .weights import Names, Weighing, fitting, values_of

MOST_HZ: dict[str, float] = {
    "dcf77": 4e3,
    "wspr": 4e3,
    "jt65": 4e3,
    "psk31": 4e3,
    "rtty": 4e3,
    "navtex": 4e3,
    "ft8": 6e3,
    "js8": 6e3,
}
"""Widest emission of a class, in Hz, with what a strong one spills; of `ft8` and `js8` also where
many stations are found as one."""
LEAST_HZ: dict[str, float] = {
    "ble": 300e3,
    "dab": 500e3,
    "dect": 300e3,
    "dvbt": 1.5e6,
    "gsm": 70e3,
    "iridium": 8e3,
    "lrpt": 30e3,
    "lte_fdd": 150e3,
    "lte_tdd": 150e3,
    "mode_s": 60e3,
    "noaa_apt": 12e3,
    "tetra": 8e3,
    "wifi_ofdm": 1.5e6,
    "zigbee": 300e3,
}
"""Narrowest emission of a class, in Hz: about a third of its standard's channel, of which the rest
may be lost in fades or noise; of LTE a resource block."""
OTHER_WIDTH = 0.05
"""Weight of a class in a wider or narrower emission. Not 0: edges may be wrong."""


def weigh_by_width(names: Names, width_hz: float, is_cut: bool) -> Weighing:
    """What the width of an emission changes of the probabilities of classes.

    Args:
        names: of the classes.
        width_hz: upper minus lower edge.
        is_cut: part of the emission may lie outside the receiver's band, so it may be wider.
    """
    least, most = _limits(names)
    fits = width_hz <= most
    if not is_cut:
        fits &= width_hz >= least
    return fitting(names, fits, OTHER_WIDTH)


@lru_cache(maxsize=8)
def _limits(names: Names) -> tuple[np.ndarray, np.ndarray]:
    """The two tables, [classes] each."""
    return values_of(names, LEAST_HZ, 0.0), values_of(names, MOST_HZ, math.inf)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receivers of the bands for training, and which of them can show a class."""

from __future__ import annotations

from dataclasses import dataclass

from gnuradio.rfattn.catalogue.classes import classes

from .services.simple import OTHERS as UNFRAMED_OTHERS
from .services.simple import UNFRAMED

RECEIVERS: tuple[tuple[float, float], ...] = (
    (12e3, 24.0),
    (24e3, 16.0),
    (48e3, 12.0),
    (96e3, 8.0),
    (250e3, 4.0),
    (960e3, 2.0),
    (1.024e6, 2.0),
    (1.92e6, 2.0),
    (2.4e6, 2.0),
    (3.2e6, 0.9),
    (5e6, 0.6),
    (8e6, 0.4),
    (10e6, 0.35),
    (20e6, 0.2),
    (30.72e6, 0.12),
)
"""Sample rate in Hz and length in s of the bands."""


@dataclass(frozen=True)
class Need:
    """What a class needs of a band."""

    width_hz: float
    """Usual width."""
    seconds: float
    """Shortest length that shows what the class is."""


_CLASSES = {row.name: Need(row.usual_width_hz, row.shows_in_s) for row in classes()}

NEEDS: dict[str, Need] = {
    **_CLASSES,
    **{name: _CLASSES[name.removeprefix(UNFRAMED)] for name in UNFRAMED_OTHERS},
    # Technologies of no class that look like one, a carrier for example, when less of them is seen.
    "ale2g": Need(2e3, 1.2),
    "burst_modem": Need(2.7e3, 1.2),
    "buzzer": Need(2e3, 2.0),
    "cis12": Need(2.7e3, 1.2),
    "dgps_msk": Need(200, 2.0),
    "dsc": Need(300, 2.0),
    "freedv": Need(1.2e3, 1.2),
    "fsk441": Need(2e3, 1.2),
    "fst4": Need(15, 12.0),
    "ft4": Need(90, 6.0),
    "hell": Need(300, 2.0),
    "hfdl": Need(2.4e3, 1.2),
    "jt9": Need(16, 16.0),
    "mfsk16": Need(300, 2.0),
    "mil110": Need(2.7e3, 1.2),
    "msk144": Need(2.6e3, 1.2),
    "olivia": Need(500, 2.0),
    "pactor": Need(500, 2.0),
    "q65": Need(200, 12.0),
    "sitor_a": Need(300, 2.0),
    "slow_tones": Need(1e3, 4.0),
    "stanag4285": Need(2.7e3, 1.2),
    "thor": Need(250, 2.0),
    "time_ticks": Need(1e3, 2.0),
    "vft": Need(2.5e3, 2.0),
}
"""Of each class, and of technologies of no class."""

MOST_NARROW = 4000
"""Rate of the widest receiver over the width of the narrowest emission in its band."""
LEAST_WIDTH_HZ = 600.0
"""Narrower emissions count as this wide when a receiver is chosen."""
_LEAST_WIDE = 1.3
"""Rate of the narrowest receiver over the width of an emission."""


def receivers_for(name: str) -> list[tuple[float, float]]:
    """Rate in Hz and length in s of the receivers that can show a class.

    Args:
        name: one of `NEEDS`.

    Returns:
        Those of `RECEIVERS` that fit; the widest where none does.
    """
    need = NEEDS[name]
    fits = [
        (rate, seconds)
        for rate, seconds in RECEIVERS
        if _LEAST_WIDE * need.width_hz <= rate <= MOST_NARROW * max(need.width_hz, LEAST_WIDTH_HZ)
        and seconds >= need.seconds
    ]
    return fits or [max(RECEIVERS, key=lambda r: r[0])]

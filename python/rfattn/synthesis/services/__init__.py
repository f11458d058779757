# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the signals of real services, with the modulation, framing and timing of their standards.

A service is a function of a random generator and a duration in s. It returns a `Signal` at complex
baseband, at a rate of its own, centred on the service's nominal frequency, without channel and
noise. Each draw is another transmitter with other content: everything that differs between real
transmitters is drawn.
"""

from __future__ import annotations

from collections.abc import Callable

from ..keying import Signal
from ..waveform import Rng
from . import (
    chirps,
    contactless,
    ships,
    short_range_fsk,
    short_range_ook,
    transponders,
    two_gigahertz,
    uncommon,
    wlan,
)

Service = Callable[[Rng, float], Signal]

SERVICES: dict[str, Service] = {
    **short_range_ook.SERVICES,
    **short_range_fsk.SERVICES,
    **chirps.SERVICES,
    **two_gigahertz.SERVICES,
    **wlan.SERVICES,
    **transponders.SERVICES,
    **ships.SERVICES,
    **contactless.SERVICES,
}
"""What makes an emission of each class of `emissions.families`."""

OTHERS: dict[str, Service] = {
    **short_range_fsk.OTHERS,
    **chirps.OTHERS,
    **transponders.OTHERS,
    **contactless.OTHERS,
    **uncommon.OTHERS,
}
"""Technologies that are no class, which a model should call unknown."""

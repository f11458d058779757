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
    digital_broadcast,
    iridium,
    lte,
    nr,
    satellite_fsk,
    satellite_psk,
    sondes,
    vdl2,
    wide_others,
)

Service = Callable[[Rng, float], Signal]

SERVICES: dict[str, Service] = {
    **digital_broadcast.SERVICES,
    **iridium.SERVICES,
    **lte.SERVICES,
    **satellite_fsk.SERVICES,
    **satellite_psk.SERVICES,
    **sondes.SERVICES,
    **vdl2.SERVICES,
}
"""What makes an emission of each class of `emissions.families`."""

OTHERS: dict[str, Service] = {
    **digital_broadcast.OTHERS,
    **lte.OTHERS,
    **nr.OTHERS,
    **sondes.OTHERS,
    **wide_others.OTHERS,
}
"""Technologies that are no class, which a model should call unknown."""

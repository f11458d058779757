# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an emission is demodulated for somebody who listens, and which one is at a frequency."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalogue.class_row import sideband_middle
from ..catalogue.classes import listen_mode
from ..messages.audio import AUTO, AudioRequest
from ..messages.emission import Emission

MOST_WIDTH_HZ = 400e3
"""An emission that is wider is nothing to listen to, and would take a core."""
_DEMODULATIONS = {"": "fm", "wfm": "fm", "cw": "usb"}
"""What modes of receivers become: FM is as wide as the emission, Morse code is at 1500 Hz."""
_NEAR_HZ = 1000.0
"""An emission with an edge this near to a frequency is at it; half of its width, where more."""


def demodulation_of(request: AudioRequest, emission: Emission) -> str:
    """One of `DEMODULATIONS`: the request's or, where that leaves it open, that of the label, of an
    unknown one of the guess; "fm" for all that the catalogue does not have."""
    if request.mode != AUTO:
        return request.mode
    label = emission.guess if emission.label == "unknown" else emission.label
    kind = listen_mode(label, None if emission.rx_freq is None else emission.middle)
    return _DEMODULATIONS.get(kind, kind)


def carrier_of(request: AudioRequest, demodulation: str) -> int | None:
    """The suppressed carrier of a sideband, Hz, where the request states it."""
    return request.frequency if demodulation in ("usb", "lsb") and request.mode != AUTO else None


def emission_at(request: AudioRequest, emissions: Iterable[Emission]) -> Emission | None:
    """The emission at the frequency of a request: of several the one whose middle is nearest.
    None: there is none."""
    place = request.frequency + sideband_middle(request.mode)
    near = [emission for emission in emissions if _is_near(emission, place)]
    return min(near, key=lambda emission: abs(emission.middle - place), default=None)


def _is_near(emission: Emission, place: float) -> bool:
    beyond = max(emission.freq_lower - place, place - emission.freq_upper)
    return beyond <= max(_NEAR_HZ, emission.width / 2)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a receiver is set to so that it plays an emission."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gnuradio.rfattn.catalogue.class_row import SIDEBAND_MIDDLE_HZ
from gnuradio.rfattn.catalogue.classes import listen_mode
from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.reporting import hertz

_LEAST_PASSBAND_HZ = {"fm": 10e3, "wfm": 180e3, "am": 6e3, "usb": 2.7e3, "lsb": 2.7e3, "cw": 500.0}
_BESIDE = 1.2
"""Passband over the width between the edges, which is measured within a tenth or so."""
_STEP_HZ = 100.0
_MOST_HZ = 1e12


@dataclass(frozen=True)
class Dial:
    """The setting of a receiver.

    Attributes:
        frequency: that its display shows, whole Hz; of a sideband that of the carrier that is left
            out.
        mode: one of `class_row.LISTEN_MODES`; "": it stays as it is.
        passband: width of its filter, whole Hz; 0: the one that it usually has in this mode.
    """

    frequency: int
    mode: str = ""
    passband: int = 0

    def __post_init__(self):
        if not 0 < self.frequency <= _MOST_HZ:
            raise ValueError(f"frequency must be > 0 and at most 1 THz, got {self.frequency} Hz")

    def __str__(self) -> str:
        """Such as "145.5 MHz, FM 12 kHz"."""
        filter_text = f" {hertz(self.passband)}" if self.passband else ""
        mode = f"{self.mode.upper()}{filter_text}" if self.mode else "mode as it was"
        return f"{hertz(self.frequency)}, {mode}"


def dial_of(
    emission: Emission, label: str | None, mode: str = "", passband: float | None = None
) -> Dial:
    """The setting for an emission.

    Args:
        label: its class, from the model or a person; of one that is not in the catalogue, or whose
            sound is of no use, the mode stays as it is.
        mode: replaces that of the class; "": does not.
        passband: Hz, 0: the one that the receiver usually has in this mode; None: from the width.

    Raises:
        ValueError: the emission states no absolute frequency.
    """
    if emission.rx_freq is None:
        raise ValueError(
            f"emission {emission.id} is at no known frequency: its flowgraph does not state rx_freq"
        )
    middle = emission.middle
    mode = mode or listen_mode(label, middle)
    if not mode:
        return Dial(round(middle))
    if passband is None:
        width = max(_LEAST_PASSBAND_HZ[mode], _BESIDE * emission.width)
        passband = math.ceil(width / _STEP_HZ) * _STEP_HZ
    sign = {"usb": -1, "lsb": 1}.get(mode, 0)
    offset = max(SIDEBAND_MIDDLE_HZ, passband / 2)
    return Dial(round(middle + sign * offset), mode, round(passband))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transmitters of a scene.

The other modules of this package draw widths and lengths as shares of a recording, for training;
those of a scene have the physical values of their services, so that it is the same at every rate.
"""

from __future__ import annotations

from collections.abc import Callable

from . import transmitters_analogue as analogue
from . import transmitters_digital as digital
from .keying import Signal
from .waveform import Rng

TRANSMITTERS: dict[str, Callable[[Rng, float], Signal]] = {
    "ais": digital.ais,
    "am": analogue.am,
    "carrier": analogue.unmodulated,
    "cw": analogue.cw,
    "dmr": digital.dmr,
    "fsk": digital.fsk,
    "gsm": digital.gsm,
    "hopper": digital.hopper,
    "lora": digital.lora,
    "lte": digital.lte,
    "nfm": analogue.nfm,
    "ofdm": digital.ofdm,
    "ook": digital.ook,
    "pager": digital.pager,
    "psk31": analogue.psk31,
    "pulses": digital.pulses,
    "qpsk": digital.qpsk,
    "rtty": analogue.rtty,
    "ssb": analogue.ssb,
    "wfm": analogue.wfm,
    "wifi": digital.wifi,
}
"""The kinds of emissions, and what makes so many seconds of them from random numbers."""

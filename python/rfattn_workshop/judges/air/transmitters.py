# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks' own transmitters, which scenes can have once this module is imported.

They judge detector and labels: no model learns from them, and they share no code for their signals
with `gnuradio.rfattn_workshop.synthesis.services`, from which the models for emissions learn.
"""

from __future__ import annotations

from collections.abc import Callable

from ...synthesis.scene_signal import add_kinds
from ...synthesis.waves.keying import Signal
from ...synthesis.waves.waveform import Rng
from . import transmitters_analogue as analogue
from . import transmitters_digital as digital

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

add_kinds(TRANSMITTERS)

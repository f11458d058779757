# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demodulates the channel of an emission for somebody who listens, with GNU Radio's blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio import analog, blocks, filter

from ...messages.audio import AUDIO_RATE
from .demodulator import ChannelFlowgraph, ChannelQueue, demodulation, in_the_middle

_WIDE_HZ = 50e3
"""FM that is wider is broadcasting: without a lower limit, and with another pre-emphasis."""
_DEEMPHASIS_S = {True: 50e-6, False: 75e-6}
_SPEECH_HZ = {"fm": (250.0, 5000.0), "am": (150.0, 4500.0)}
"""Below are the tones that control relays, and what is left of the carrier."""
_SLOPE_HZ = 150.0
_FULL_SCALE = 32767.0
_AM_LEVEL_S = 0.15
"""In which the level follows that of the carrier: slower than speech, faster than fading."""
_AM_GAIN = 1.8
"""The carrier is 0.5, so that a modulation of 100 % is 0.9 of full scale."""
_SIDEBAND = {"attack": 1e-2, "decay": 2e-4, "level": 0.25, "most_gain": 30.0}
"""The gain is 1 for the level that was measured, and rises by 1.2 a second in a pause."""


class AudioDemodulator(ChannelFlowgraph):
    """A flowgraph from a `ChannelQueue` to sound: 16 bits, `AUDIO_RATE` samples a second.

    FM is full at the edges of the emission. AM is scaled by its carrier, a sideband by its own
    level.

    Args:
        kind: one of `DEMODULATIONS`.
        queue: takes the samples of the channel.
        write: called with sound; it returns False when nobody takes it any more.
        rate: of the channel, Hz.
        offset: of the middle of the emission from that of the channel, Hz; of a sideband, of what
            becomes 1500 Hz.
        width: of the emission, Hz.
        level: amplitude of the emission, > 0.
    """

    def __init__(
        self,
        kind: str,
        queue: ChannelQueue,
        write: Callable[[bytes], bool],
        rate: float,
        offset: float,
        width: float,
        level: float,
    ):
        between = [
            *in_the_middle(rate, offset, level),
            *_before(kind, rate),
            *demodulation(kind, AUDIO_RATE, rate, width),
            *_behind(kind, width),
            blocks.float_to_short(1, _FULL_SCALE),
        ]
        name = f"{kind} to listen"
        ChannelFlowgraph.__init__(self, name, queue, between, np.dtype(np.int16), write)


def _before(kind: str, rate: float) -> list:
    """Blocks in front of the demodulator."""
    if kind != "am":
        return []
    # The gain rises by `speed` of the error in a sample, which is half of the gain's.
    speed = min(0.5, 2.0 / (_AM_LEVEL_S * rate))
    return [analog.agc_cc(speed, 0.5, 1.0, 1000.0)]


def _behind(kind: str, width: float) -> list:
    """Blocks behind the demodulator."""
    if kind in ("usb", "lsb"):
        how = _SIDEBAND
        gain = analog.agc2_ff(how["attack"], how["decay"], how["level"], 1.0)
        gain.set_max_gain(how["most_gain"])
        return [gain]
    is_wide = kind == "fm" and width > _WIDE_HZ
    found = [] if is_wide else [_band_pass(*_SPEECH_HZ[kind])]
    if kind == "fm":
        return [*found, analog.fm_deemph(AUDIO_RATE, _DEEMPHASIS_S[is_wide])]
    return [*found, blocks.multiply_const_ff(_AM_GAIN)]


def _band_pass(low: float, high: float):
    return filter.fir_filter_fff(1, filter.firdes.band_pass(1.0, AUDIO_RATE, low, high, _SLOPE_HZ))

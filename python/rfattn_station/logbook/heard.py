# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emission that ended, and a time in which a receiver listened, as a logbook keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """An emission that ended.

    Attributes:
        start_s, end_s: first and last sample, s since 1970 (UTC).
        frequency_hz, width_hz: middle and occupied bandwidth on the air, Hz.
        burst_count: bursts of it that were found.
        period_s: from one burst to the next, s; None: no period.
        snr_db: signal to noise ratio, dB.
        power_db: mean power while it was on the air, dB of full scale; None: not measured.
        symbol_rate: symbols a second; None: none was measured.
        label, family, confidence, basis: of its label, as in JSON; None: it has none.
        sender: whom its content names, such as ``mmsi 211234560`` or ``icao 3c6589``; None: nobody.
        content: what was read from it; None: nothing, or it is not kept.
        receiver: name of the receiver.
        air_s: how long its bursts were on the air together, s; None: all the time.
    """

    start_s: float
    end_s: float
    frequency_hz: float
    width_hz: float
    burst_count: int = 1
    period_s: float | None = None
    snr_db: float = 0.0
    power_db: float | None = None
    symbol_rate: float | None = None
    label: str | None = None
    family: str | None = None
    confidence: float | None = None
    basis: str | None = None
    sender: str | None = None
    content: str | None = None
    receiver: str = ""
    air_s: float | None = None


@dataclass(frozen=True, slots=True)
class Listened:
    """A time in which a receiver listened to one band with the same settings, without a pause.

    Attributes:
        receiver: name of the receiver.
        start_s, end_s: s since 1970 (UTC).
        low_hz, high_hz: edges of the band, Hz.
        settings: what else the levels depend on, such as gain and antenna, as one text:
            levels of different texts are not compared.
    """

    receiver: str
    start_s: float
    end_s: float
    low_hz: float
    high_hz: float
    settings: str = ""

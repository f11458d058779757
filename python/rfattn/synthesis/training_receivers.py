# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receivers of the bands for training, and which of them can show a class."""

from __future__ import annotations

from dataclasses import dataclass

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


NEEDS: dict[str, Need] = {
    "acars": Need(6e3, 1.2),
    "afsk1200": Need(10e3, 1.2),
    "ais": Need(12e3, 1.2),
    "am_voice": Need(8e3, 1.2),
    "ble": Need(1.2e6, 0.3),
    "carrier": Need(100, 1.0),
    "cw": Need(150, 2.0),
    "dab": Need(1.54e6, 0.3),
    "dcf77": Need(200, 4.0),
    "dect": Need(1.2e6, 0.3),
    "dmr": Need(8e3, 1.2),
    "dpmr": Need(4e3, 1.2),
    "dstar": Need(6e3, 1.2),
    "dvbt": Need(1.8e6, 0.1),
    "ert": Need(100e3, 0.9),
    "fsk_srd": Need(60e3, 0.9),
    "ft8": Need(50, 12.0),
    "gsm": Need(220e3, 0.3),
    "inmarsat": Need(2e3, 2.0),
    "iridium": Need(40e3, 0.9),
    "js8": Need(60, 8.0),
    "jt65": Need(180, 12.0),
    "lora": Need(125e3, 0.9),
    "lrpt": Need(120e3, 0.6),
    "lte_fdd": Need(1.1e6, 0.1),
    "lte_tdd": Need(1.1e6, 0.1),
    "mode_s": Need(2.2e6, 0.3),
    "navtex": Need(300, 2.0),
    "nfc_a": Need(1.5e6, 0.1),
    "nfc_b": Need(1.5e6, 0.1),
    "nfc_f": Need(1.5e6, 0.1),
    "nfc_v": Need(1.5e6, 0.1),
    "nfm_voice": Need(10e3, 1.2),
    "noaa_apt": Need(36e3, 1.2),
    "nxdn": Need(6e3, 1.2),
    "ook_srd": Need(30e3, 0.9),
    "orbcomm": Need(5e3, 1.2),
    "p25": Need(8e3, 1.2),
    "pocsag": Need(10e3, 1.2),
    "psk31": Need(50, 2.0),
    "radiosonde": Need(10e3, 1.2),
    "rtty": Need(300, 2.0),
    "sat_bpsk": Need(10e3, 1.2),
    "sat_fsk": Need(15e3, 1.2),
    "ssb": Need(2.7e3, 1.2),
    "tetra": Need(22e3, 0.9),
    "tpms": Need(80e3, 0.9),
    "vdl2": Need(14e3, 0.9),
    "vor": Need(21e3, 1.2),
    "wfm": Need(180e3, 0.9),
    "wifi_ofdm": Need(17e6, 0.1),
    "wspr": Need(6, 20.0),
    "ysf": Need(9e3, 1.2),
    "zigbee": Need(2e6, 0.3),
    "zwave": Need(90e3, 0.9),
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

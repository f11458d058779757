# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classes of emissions, in families.

The classes of a family look alike, so that the family can be certain where the class is not.
"""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, ...]] = {
    "analogue FM": ("nfm_voice", "wfm", "noaa_apt", "afsk1200"),
    "analogue AM": ("am_voice", "vor", "acars"),
    "SSB": ("ssb",),
    "carrier": ("carrier", "cw", "dcf77"),
    "OOK": ("ook_srd", "ert"),
    "FSK packets": ("fsk_srd", "zwave", "tpms", "ais"),
    "FSK telemetry": ("sat_fsk", "radiosonde", "pocsag"),
    "digital voice": ("dmr", "dstar", "ysf", "p25", "nxdn", "dpmr"),
    "trunked and cellular TDMA": ("tetra", "gsm", "dect"),
    "PSK": ("sat_bpsk", "orbcomm", "inmarsat", "iridium", "vdl2", "lrpt"),
    "OFDM": ("lte_fdd", "lte_tdd", "dab", "dvbt", "wifi_ofdm"),
    "chirps": ("lora",),
    "2.4 GHz short range": ("ble", "zigbee"),
    "pulses": ("mode_s",),
    "HF digital": ("ft8", "wspr", "js8", "jt65", "rtty", "psk31", "navtex"),
    "NFC": ("nfc_a", "nfc_b", "nfc_f", "nfc_v"),
}
"""The classes of each family."""

FAMILY_OF: dict[str, str] = {name: family for family, names in FAMILIES.items() for name in names}
"""The family of each class."""

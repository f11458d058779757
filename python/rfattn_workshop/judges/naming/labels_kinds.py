# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which labels are right for the signals that the benchmark of labels makes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gnuradio.rfattn.catalogue.classes import known_of, services

from ...synthesis.scene_signal import SERVICE
from ...synthesis.services import OTHERS, SERVICES
from ...synthesis.services.simple import UNFRAMED
from ..air import transmitters  # noqa: F401, adds kinds to scenes

FAMILY_OF = known_of("family")


@dataclass(frozen=True)
class Kind:
    """A kind of signals that scenes can have, and what it should be called."""

    kind: str
    """Name in scenes; see `scene.draw_scene`."""
    name: str
    """Row of the tables: the first right class, or the technology."""
    right: frozenset[str]
    """Classes that are right; empty for a technology of no class."""
    families: frozenset[str]
    """Families that are right where there is no label."""


OWN_KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "ais": (("ais",), "GMSK of 9600 Bd in slots of 26.67 ms"),
    "am": (("am_voice",), "a carrier with voice on both sides"),
    "carrier": (("carrier",), "nothing but a carrier that drifts"),
    "cw": (("cw",), "Morse of 12 to 30 words a minute"),
    "dmr": (("dmr",), "4-FSK of 4800 Bd, 27.5 ms of every 60 ms"),
    "fsk": (("fsk_srd", "sat_fsk"), "packets of 1.2 to 50 kBd: sensors, meters, small satellites"),
    "gsm": (("gsm",), "a telephone's bursts of 148 bits at 270.8 kBd, every 4.615 ms"),
    "lora": (("lora",), "chirps of 62.5 to 250 kHz, spreading factors 7 to 11"),
    "lte": (("lte_fdd",), "a downlink of 1.4 MHz without pauses"),
    "nfm": (("nfm_voice",), "a hand-held: voice on 2 to 4 kHz of deviation"),
    "ook": (("ook_srd",), "remotes: pulse width, pulse distance, Manchester; 100 to 700 us"),
    "pager": (("pocsag",), "FSK of 512 to 2400 Bd, 4.5 kHz to either side, with preamble"),
    "psk31": (("psk31",), "BPSK of 31.25 Bd"),
    "rtty": (("rtty",), "FSK of 45 to 75 Bd, 170 to 850 Hz apart"),
    "ssb": (("ssb",), "voice of 300 to 3000 Hz without carrier"),
    "wfm": (("wfm",), "stereo broadcast of 75 kHz of deviation"),
}
"""The kinds of `transmitters.TRANSMITTERS` that are a class: the right classes, and why. That
generator shares no code for its signals with `services`, from which the models learn."""

OWN_STRANGERS: dict[str, tuple[tuple[str, ...], str]] = {
    "hopper": ((), "bursts of FSK on 4 to 20 channels"),
    "ofdm": (("OFDM",), "100 to 700 kHz wide, with null symbols: no standard"),
    "pulses": (("pulses",), "as Mode S at half its speed"),
    "qpsk": (("PSK",), "4.8 to 72 kBd without framing"),
    "wifi": (("OFDM",), "802.11ah in 1 MHz: a twentieth of the width of wifi_ofdm"),
}
"""The kinds of `transmitters.TRANSMITTERS` that are no class: the right families, and why."""

ROWS = (
    "wfm nfm_voice mode_s ook_srd am_voice fsk_srd ais dmr pocsag tetra p25 lte_fdd gsm wifi_ofdm "
    "ble afsk1200 lora tpms dab dvbt noaa_apt lrpt"
).split()
"""The classes of `services` that people receive most; each should be right in nine of ten cases."""

_FAMILIES_OF_OTHERS = {
    "2.4 GHz short range": "fhss_rc wifi_dsss",
    "FSK packets": "lr_fhss random_fsk random_hopper uat wmbus",
    "FSK telemetry": "edacs flex horus motorola_type2 random_fsk wenet",
    "HF digital": (
        "ale2g burst_modem cis12 dgps_msk dsc freedv fsk441 fst4 ft4 hell hfdl jt9 many_channels "
        "mfsk16 mil110 msk144 olivia pactor parallel_tones q65 sitor_a slow_tones stanag4285 thor "
        "vft"
    ),
    "OFDM": "drm drone_ofdm dvbt2 isdbt lte_uplink nb_iot nr_cell nr_ssb random_ofdm",
    "OOK": "car_key_lf random_ask rfid_uhf",
    "PSK": "beacon_406 dvbs goes_hrit hrpt mil110 random_psk sigfox stanag4285 thuraya",
    "SSB": "data_on_am freedv random_am selcal_tones sstv",
    "analogue AM": "aero_beacon data_on_am ils random_am random_raster time_ticks",
    "analogue FM": (
        "data_on_fm mpt1327 random_fm random_raster selcal_tones squelch_tone sstv "
        "wireless_microphone"
    ),
    "carrier": "aero_beacon buzzer swept_carrier time_signal time_ticks tone_group",
    "chirps": "chirp_keyed codar fmcw_radar oth_radar random_chirp",
    "digital voice": "edacs freedv m17 tetrapol",
    "pulses": "coded_pulses impulse_train loran pulse_keyed uat",
    "trunked and cellular TDMA": "tetrapol thuraya",
}
"""Technologies of `OTHERS` that a family describes rightly, by the modulation that they use."""


def own_kinds() -> list[Kind]:
    """The kinds of the benchmark's own transmitters that are a class."""
    return [
        Kind(kind, classes[0], frozenset(classes), frozenset(FAMILY_OF[c] for c in classes))
        for kind, (classes, _) in OWN_KINDS.items()
    ]


def own_strangers() -> list[Kind]:
    """The kinds of the benchmark's own transmitters that are no class."""
    return [
        Kind(kind, kind, frozenset(), frozenset(families))
        for kind, (families, _) in OWN_STRANGERS.items()
    ]


def service_kinds(classes: Collection[str]) -> list[Kind]:
    """The classes that `services` can make."""
    return [
        Kind(SERVICE + name, name, frozenset([name]), frozenset([FAMILY_OF[name]]))
        for name in classes
        if name in SERVICES
    ]


def service_strangers() -> list[Kind]:
    """The technologies that are no class; frames prove the labels of some."""
    return [
        Kind(SERVICE + name, name, frozenset({name} & {*services()}), families_of_other(name))
        for name in sorted(OTHERS)
    ]


def families_of_other(name: str) -> frozenset[str]:
    """The families that describe a technology of no class rightly."""
    if name.startswith(UNFRAMED):
        return frozenset([FAMILY_OF[name.removeprefix(UNFRAMED)]])
    return frozenset(f for f, names in _FAMILIES_OF_OTHERS.items() if name in names.split())

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals of Python packages in another Python, such as TorchSig 2.2 and lora-phy."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .labels_foreign_sender import ANYWHERE, SHORTWAVE, Sender

_SCRIPT = Path(__file__).with_name("labels_foreign_python.py")
TORCHSIG = "torchsig"
_PSK, _FSK = ("PSK",), ("FSK packets", "FSK telemetry", "digital voice")
_MODE_S = 1.5e6
"""Its pulses fill more, but most receivers have 2 to 3 MS/s."""
_KBD = (20e3, 300e3)


def _known(
    kind, labels, widths, over, burst_s, count=1, pauses=0.0, channel_hz=None, where=None
) -> Sender:
    job = TORCHSIG, kind, widths, over, burst_s, count, pauses
    return Sender(kind, TORCHSIG, job, tuple(labels.split()), (), where, channel_hz)


def _stranger(kind, families=(), widths=_KBD, over=4.0, burst_s=(0.3, 0.6)) -> Sender:
    return Sender(
        kind, TORCHSIG, (TORCHSIG, kind, widths, over, burst_s, 1, 0.0), (), families, ANYWHERE
    )


SENDERS = (
    _known("dmr", "dmr", [4800.0], 10.0, (2.0, 2.0)),
    _known("p25", "p25", [4800.0], 10.0, (2.0, 2.0)),
    _known("gsm", "gsm", [1625e3 / 6], 4.0, (0.4, 0.4)),
    _known("lora", "lora", [125e3, 125e3, 250e3], 4.0, (0.2, 0.3), 3, 1.0),
    _known("adsb-long", "mode_s", [2e6], 4.0, (120e-6, 120e-6), 25, 40.0, _MODE_S),
    _known("adsb-short", "mode_s", [2e6], 4.0, (64e-6, 64e-6), 25, 60.0, _MODE_S),
    _known("btle", "ble", [1e6], 4.0, (3e-4, 2e-3), 12, 10.0),
    _known("zigbee", "zigbee", [2e6], 4.0, (1e-3, 4e-3), 8, 5.0),
    _known("80211a", "wifi_ofdm", [20e6], 2.0, (2e-4, 1.5e-3), 12, 3.0),
    _known("ook", "ook_srd", (1e3, 10e3), 50.0, (0.03, 0.1), 4, 0.5),
    _known("2gfsk", "fsk_srd sat_fsk", (5e3, 50e3), 8.0, (0.03, 0.1), 4, 2.0),
    _known("tone", "carrier", [1e4], 4.0, (6.0, 6.0), where=ANYWHERE),
    _known("am-dsb", "am_voice", [8e3], 6.0, (2.0, 2.0)),
    _known("fm", "nfm_voice", [12e3], 8.0, (2.0, 2.0)),
    _stranger("chirpss", ("chirps",)),
    _stranger("lfm-radar", ("chirps",), (100e3, 600e3)),
    _stranger("lfm-data", ("chirps",), (50e3, 400e3)),
    *(
        _stranger(f"ofdm-{carriers}", ("OFDM",), (200e3, 1e6), 2.5)
        for carriers in (64, 180, 300, 600, 1024, 2048)
    ),
    *(_stranger(kind, _PSK) for kind in ("qpsk", "8psk", "16psk", "dvbs2")),
    *(_stranger(kind, _PSK) for kind in ("16qam", "64qam", "256qam", "32apsk")),
    _stranger("4ask", ("OOK",)),
    _stranger("8ask"),
    *(_stranger(kind, _FSK) for kind in ("4fsk", "4gfsk", "8fsk", "16fsk", "16gmsk")),
    Sender("LoRa", "lora-phy", ("lora",), ("lora",)),
    Sender("ADS-B", "adsb-generator", ("adsb",), ("mode_s",), channel_hz=_MODE_S),
    Sender(
        *("slow-scan television", "pysstv", ("slow_scan",), ()),
        *(("SSB", "analogue FM", "HF digital"), SHORTWAVE),
    ),
    Sender("5G downlink of 5 MHz", "py3gpp", ("nr_cell",), (), ("OFDM",), (700e6, 960e6)),
    Sender("OFDM frames", "liquid-dsp", ("liquid_frames",), (), ("OFDM",), ANYWHERE),
)


def version(python: str, package: str) -> str:
    """The version of a package that a Python has.

    Raises:
        RuntimeError: it has none; the message gives the reason.
    """
    return _run(python, "version", package).strip()


def make(python: str, jobs: Sequence[dict]) -> dict[str, str]:
    """Lets the other Python write files; the reasons of those that failed, by their path."""
    return dict(json.loads(_run(python, "make", text=json.dumps(list(jobs)))))


def _run(python: str, *arguments, text: str | None = None) -> str:
    command = [python, str(_SCRIPT), *arguments]
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"{python}: {error.strerror}") from None
    if done.returncode:
        reason = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        raise RuntimeError(f"{python}: {reason}")
    return done.stdout.splitlines()[-1] if done.stdout else ""

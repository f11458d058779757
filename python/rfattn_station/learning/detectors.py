# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the detector that each label's audio was behind, and what the transmitter's modulation is.

The table holds the labels and sublabels of labelled folders. Deviations are those of the standards;
small satellites differ, and get a modulation index of 0.6.
"""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.recordings.sigmf import SigMFError
from gnuradio.rfattn.signals.modulate import AM, FM


@dataclass(frozen=True)
class SSB:
    """A single-sideband receiver, whose audio is the band moved down."""


def _satellite(baud: float) -> FM:
    """Packets of small satellites: a modulation index of 0.6, but 900 Hz at least."""
    return FM(max(0.3 * baud, 900.0), max(0.9 * baud, 1500.0), "two levels")


DETECTORS: dict[str, FM | AM | SSB] = {
    "dmr": FM(1944.0, 3800.0, "four levels"),
    "ysf": FM(2700.0, 3800.0, "four levels"),
    "dpmr": FM(1050.0, 1900.0, "four levels"),
    "dstar": FM(1200.0, 4500.0, "two levels"),
    "afsk1200": FM(3000.0, 4000.0, "peak"),
    "noaa_apt": FM(17000.0, 4800.0, "peak"),
    "radiosonde_imet": FM(3000.0, 4000.0, "peak"),
    "sat_fsk afsk1200": FM(3000.0, 4000.0, "peak"),
    "sat_fsk afsk4800": FM(4000.0, 10000.0, "peak"),
    **{f"sat_fsk fsk{baud}": _satellite(baud) for baud in (500, 1200, 1250, 2400, 4800, 9600)},
    "vor": AM(0.30, 9000.0, 10920.0, 12000.0),
    "acars": AM(0.80, 300.0, 3500.0, 5000.0),
    **{
        name: SSB()
        for name in (
            *("ft8", "wspr", "js8", "jt65", "jt9", "fst4", "msk144", "fsk441", "navtex"),
            *("rtty", "psk31", "freedv", "inmarsat", "sat_bpsk", "horus"),
            *("aero_10500", "horus_4fsk"),
        )
    },
}
"""The detector of each label's audio; a sublabel decides where labels have several."""


def find_detector(recording: Recording, label: str) -> FM | AM | SSB:
    """The detector that a real-valued recording comes from.

    Raises:
        SigMFError: it is not one of `DETECTORS`.
    """
    sublabel = re.sub("_audio$", "", _sublabels(recording.data_path).get(recording.data_path, ""))
    for key in (f"{label} {sublabel}", sublabel, label):
        if key in DETECTORS:
            return DETECTORS[key]
    raise SigMFError(f"{recording.path}: cannot be modulated again: {_fault(label, sublabel)}")


def _fault(label: str, sublabel: str) -> str:
    if label.startswith("nfc_"):
        return "the envelope of a field has lost its phase"
    if label == "noise":
        return "noise behind a detector is no emission"
    return f"no detector is stated for the audio of {label!r} {sublabel!r}"


def _sublabels(path: Path) -> dict[Path, str]:
    """The sublabels of the recordings beside ``path``, from the table of its labelled folder."""
    for folder in path.parents[:2]:
        if (folder / "labels.csv").exists():
            return _read_sublabels(folder)
    return {}


@functools.lru_cache(maxsize=8)
def _read_sublabels(folder: Path) -> dict[Path, str]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return {folder / row["file"]: row.get("sublabel") or "" for row in csv.DictReader(file)}

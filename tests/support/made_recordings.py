# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic recordings for the tests, by class; each is made when a test first asks for it."""

import json
from pathlib import Path

from gnuradio.rfattn.recordings.sigmf import META_SUFFIX
from gnuradio.rfattn_workshop.synthesis import synthesize

SEED = 3
"""The shipped model was trained on signals of seeds 1 and 2."""
SEEDS = {"lte_tdd": 9, "wifi_ofdm": 8}
"""Of classes whose first steps are labelled wrongly with SEED."""
TUNED = {
    "ft8": (12e3, None),
    "lte_tdd": (1.92e6, 2585e6),
    "sat_fsk": (48e3, None),
    "wifi_ofdm": (20e6, None),
}
"""Sample rate and centre frequency in Hz that replace those of the generator in the metadata."""


class MadeRecordings(dict):
    """Maps a class to its recording: the path without the suffixes of SigMF."""

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def __missing__(self, label: str) -> Path:
        out = self.folder / label
        (written,) = synthesize(out, 1, SEEDS.get(label, SEED), [label])
        if label in TUNED:
            tune(written, *TUNED[label])
        self[label] = Path(str(written).removesuffix(META_SUFFIX))
        return self[label]

    def meta(self, label: str) -> Path:
        return Path(f"{self[label]}{META_SUFFIX}")


def tune(meta_file: Path, rate: float, frequency: float | None) -> None:
    """Replaces the sample rate and centre frequency; the samples stay as they are."""
    meta = json.loads(meta_file.read_text())
    scale = rate / meta["global"]["core:sample_rate"]
    meta["global"]["core:sample_rate"] = rate
    for annotation in meta["annotations"]:
        for edge in ("core:freq_lower_edge", "core:freq_upper_edge"):
            annotation[edge] = annotation[edge] * scale + (frequency or 0.0)
    if frequency is not None:
        meta["captures"][0]["core:frequency"] = frequency
    meta_file.write_text(json.dumps(meta, indent=1) + "\n")

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny cut sets, to train a model for emissions on within seconds."""

from pathlib import Path

import numpy as np
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import DIRECT, MADE, RECORDED, Cut, write_cuts

N_BINS = CHANNEL_FRONT_END.n_bins
LABELS = ("dmr", "tpms", "other")
GROUPS = 40
"""Groups of made-up cuts of each label, of which some validate."""


def cut_of(label, group, split="train", origin=MADE, count=24, number=1, **changes):
    """A cut with a band of its own for each label, 20 dB above the noise."""
    rng = np.random.default_rng([LABELS.index(label), *group.encode()])
    tokens = rng.normal(-60.0, 3.0, (count, N_BINS + len(FEATURES)))
    first = 16 * (1 + LABELS.index(label))
    tokens[:, first : first + 8] += 20.0
    tokens[:, N_BINS:] = rng.normal(0.0, 0.3, len(FEATURES))
    file = label if origin == MADE else f"/nowhere/{group}.sigmf-data"
    values = {"label": label, "group": group, "split": split, "origin": origin, "file": file}
    values |= {"emission": number, "tokens": tokens.astype(np.float16)}
    return Cut(**values | {"facts": Facts(12e3, snr_db=20.0, burst_s=0.02).to_dict()} | changes)


def tiny_cuts():
    """Made-up cuts of every label; of each class also a recording in each split."""
    cuts = [cut_of(label, f"{label} {k}") for label in LABELS for k in range(GROUPS)]
    for label in ("dmr", "tpms"):
        cuts.append(cut_of(label, f"{label} sent again", origin=RECORDED))
        cuts += [cut_of(label, f"{label} {s}", s, DIRECT) for s in ("train", "val", "test")]
    return cuts


def write_cut_folder(folder: Path) -> Path:
    """Two cut sets."""
    folder.mkdir(exist_ok=True)
    cuts = tiny_cuts()
    write_cuts(folder / "bands_00001.npz", cuts[:50], CHANNEL_FRONT_END)
    write_cuts(folder / "recordings_0000.npz", cuts[50:], CHANNEL_FRONT_END)
    return folder

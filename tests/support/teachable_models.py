# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny network for emissions with its rehearsal, which can be taught, and what it is taught."""

from dataclasses import replace

from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn_station.learning.rehearsal import write_rehearsal

from attention_models import save_model
from cut_sets import N_BINS, cut_of


def save_teachable(folder, classes, cuts):
    """Saves it with random weights; returns its path."""
    path = folder / "flash_layernorm.pt"
    save_model(
        path,
        {"n_bins": N_BINS},
        list(classes),
        takes="emission",
        decision={"threshold": 0.5},
        features=FEATURES,
        n_bins=N_BINS,
        n_features=len(FEATURES),
        block_size=8,
        window=32,
    )
    model, contract = load_eager(path)
    write_rehearsal(path, model, ModelConfig.from_dict(contract["model"]), cuts)
    return path


def gates(label="gate", count=2, width_hz=50e3):
    """Cuts of a label, each of a recording of its own."""
    facts = Facts(width_hz, snr_db=20.0, symbol_rate=2400.0).to_dict()
    found = []
    for number in range(count):
        name = f"{label} {number}"
        found.append(replace(cut_of("other", name, stated=label), facts=facts, file=name))
    return found

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small synthetic folder to train on within seconds: tones, noise, and chirps of no class."""

import csv
import json
from pathlib import Path

import numpy as np

TINY = {
    "model": {
        "block_size": 4,
        "patch": 4,
        "embedding_channels": 8,
        "window": 16,
        "d_model": 16,
        "n_heads": 2,
        "n_layers": 1,
        "n_cross_layers": 1,
    },
    "front_end": {"fft_size": 16, "hop": 16, "n_bins": 16},
    "augmentation": {"variants": 2, "max_tokens": 64, "synthetic_noise": 1, "shift_max": 0.05},
    "steps": 40,
    "batch_size": 8,
    "sequence_tokens": 16,
    "learning_rate": 1e-2,
    "warmup_steps": 5,
    "validate_every": 20,
    "device": "cpu",
    "threads": 1,
}

DIES = """
import os, signal
from gnuradio.rfattn_workshop.train.run_file import RunFile

save = RunFile.save

def save_and_die(*arguments):
    save(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""The start of a program that kills itself, by `save_and_die`, when a run is on disk."""


def write_recording(folder, name, label, samples, start, count):
    raw = np.column_stack([samples.real, samples.imag]) * 32767
    raw.astype("<i2").tofile(folder / f"{name}.sigmf-data")
    annotation = {"core:sample_start": start, "core:sample_count": count, "core:label": label}
    meta = {
        "global": {"core:datatype": "ci16_le", "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0}],
        "annotations": [annotation],
    }
    (folder / f"{name}.sigmf-meta").write_text(json.dumps(meta))


def write_folder(
    folder: Path, groups: int = 1, splits=("train", "val", "test"), n_samples: int = 1600
) -> Path:
    """``groups`` recordings of each class in each split, and one chirp of split `ood`, with
    labels.csv. A tone begins in the middle of its recording."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    rows = []
    n = n_samples
    for label in ("tone", "noise", "other"):
        for split in splits if label != "other" else ("ood",):
            for group in range(groups if label != "other" else 1):
                samples = 0.01 * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
                start = 0 if label == "noise" else n // 2
                slope = 1e-4 if label == "other" else 0.0
                if label != "noise":
                    k = np.arange(n - start)
                    samples[start:] += 0.3 * np.exp(2j * np.pi * (0.1 + slope * k) * k)
                name = f"{label}_{split}{group or ''}"
                write_recording(folder, name, label, samples, start, n - start)
                rows.append(
                    {
                        "file": f"{name}.sigmf-data",
                        "label": label,
                        "split": split,
                        "group": name,
                        "source_repo": "nobody/tones",
                        "license": "MIT",
                    }
                )
    write_table(folder, rows)
    return folder


def write_table(folder: Path, rows) -> None:
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_table(folder: Path) -> list[dict]:
    with (folder / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def rewrite(folder: Path, **columns) -> None:
    """Changes columns of labels.csv to a value, or to what a function returns for the row."""
    rows = read_table(folder)
    for row in rows:
        row |= {k: value(row) if callable(value) else value for k, value in columns.items()}
    write_table(folder, rows)

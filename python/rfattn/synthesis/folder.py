# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of synthetic recordings: draw, quantise, write, list."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..recordings.sigmf import DATA_SUFFIX, GENERATOR, META_SUFFIX, VERSION, Annotation
from . import ft8, lte, mode_s, nfc, noise, other, satellite, srd, wifi
from .neighbours import neighbours
from .receiver import Received, receive
from .waveform import Rng

SAMPLES = 131072
"""Of a recording, unless its class says otherwise."""
_COUNTS = {"lte_fdd": 262144, "lte_tdd": 262144}
_EMISSIONS = {
    "fsk_srd": srd.fsk,
    "lte_fdd": lte.lte_fdd,
    "lte_tdd": lte.lte_tdd,
    "mode_s": mode_s.mode_s,
    "ook_srd": srd.ook,
    "wifi_ofdm": wifi.wifi_ofdm,
}
_SNR_DB = {
    "fsk_srd": (0, 55),
    "lte_fdd": (-5, 35),
    "lte_tdd": (-5, 35),
    "mode_s": (0, 40),
    "ook_srd": (5, 65),
    "wifi_ofdm": (0, 48),
}
_RECEPTIONS = {
    "ft8": ft8.ft8,
    "nfc_a": nfc.nfc_a,
    "nfc_b": nfc.nfc_b,
    "nfc_f": nfc.nfc_f,
    "nfc_v": nfc.nfc_v,
    "noise": noise.noise,
    "other": other.other,
    "sat_bpsk": satellite.sat_bpsk,
    "sat_fsk": satellite.sat_fsk,
}
CLASSES = tuple(sorted({**_EMISSIONS, **_RECEPTIONS}))
"""Every class that can be made; `other` is many technologies that are none of the others."""
_COLUMNS = (
    "file",
    "label",
    "split",
    "source_repo",
    "source_path",
    "source_commit",
    "license",
    "sublabel",
    "group",
    "datatype",
    "sample_rate",
    "frequency",
    "samples",
    "active",
    "annotations",
    "sha256",
)


def draw(label: str, rng: Rng, samples: int | None = None) -> Received:
    """One recording of a class.

    Raises:
        ValueError: an unknown class.
    """
    count = samples or _COUNTS.get(label, SAMPLES)
    if label in _EMISSIONS:
        emission = _EMISSIONS[label](rng, count)
        return receive(rng, emission, rng.uniform(*_SNR_DB[label]), neighbours(rng, emission))
    if label not in _RECEPTIONS:
        raise ValueError(f"synthesis: classes must be of {', '.join(CLASSES)}, got {label!r}")
    return _RECEPTIONS[label](rng, count)


def synthesize(
    out: str | os.PathLike,
    per_class: int = 30,
    seed: int = 1,
    classes: Sequence[str] = CLASSES,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Path]:
    """Writes ``per_class`` recordings of every class and ``labels.csv`` into a new folder.

    The same seed gives the same files, whatever other classes are made with them. Each recording is
    a group of its own in split `train`.

    Args:
        progress: called with each file's name once it is written.

    Returns:
        The ``.sigmf-meta`` files.

    Raises:
        ValueError: an unfit parameter. FileExistsError: ``out`` holds something already.
    """
    if per_class < 1:
        raise ValueError(f"synthesis: per_class must be >= 1, got {per_class}")
    unknown = [name for name in classes if name not in CLASSES]
    if unknown or not classes:
        raise ValueError(
            f"synthesis: classes must be of {', '.join(CLASSES)}, "
            f"got {', '.join(unknown) or 'none'}"
        )
    out = Path(out)
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out}: must be empty or new")
    rows, written = [], []
    for label in classes:
        (out / label).mkdir(parents=True)
        for k in range(per_class):
            rng = np.random.default_rng([seed, k, *label.encode()])
            received = draw(label, rng)
            stem = out / label / f"synthetic_{label}_{seed}_{k:04d}"
            rows.append(_write(stem, label, received))
            written.append(Path(f"{stem}{META_SUFFIX}"))
            progress(stem.name)
    with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return written


def _write(stem: Path, label: str, received: Received) -> dict:
    """Writes both files of a recording and returns its row of the table."""
    data = _quantised(received).tobytes()
    count = len(received.samples)
    spans = received.spans
    top = received.rate / 2
    bottom = 0.0 if received.datatype.startswith("r") else -top
    annotations = [Annotation(a, b - a, label, bottom, top) for a, b in spans if b > a]
    meta = {
        "global": {
            "core:datatype": received.datatype,
            "core:sample_rate": float(received.rate),
            "core:version": VERSION,
            "core:license": "https://spdx.org/licenses/GPL-3.0-or-later.html",
            "core:description": f"Synthetic: {label}, {received.name}.",
            "core:recorder": GENERATOR,
        },
        "captures": [{"core:sample_start": 0}],
        "annotations": [annotation.to_dict() for annotation in annotations],
    }
    Path(f"{stem}{DATA_SUFFIX}").write_bytes(data)
    Path(f"{stem}{META_SUFFIX}").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return {
        "file": f"{label}/{stem.name}{DATA_SUFFIX}",
        "label": label,
        "split": "train",
        "source_repo": "gr-rfattn synthesize",
        "license": "GPL-3.0-or-later",
        "sublabel": received.name,
        "group": stem.name,
        "datatype": received.datatype,
        "sample_rate": received.rate,
        "samples": count,
        "active": round(sum(a.count for a in annotations) / count, 3),
        "annotations": len(annotations),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _quantised(received: Received) -> np.ndarray:
    """Integers of the datatype, in steps of the converter, clipped at full scale."""
    samples = received.samples
    values = samples.view(np.float32) if np.iscomplexobj(samples) else samples
    values = np.round(values / received.lsb) * received.lsb
    if received.datatype == "cu8":
        return np.clip(np.round(values * 127.5 + 127.5), 0, 255).astype(np.uint8)
    full = 128 if received.datatype == "ci8" else 32768
    kind = np.int8 if received.datatype == "ci8" else np.dtype("<i2")
    return np.clip(np.round(values * full), -full, full - 1).astype(kind)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a folder of synthetic recordings: draws, quantises, writes and lists them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.checked import suggestion
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.recordings import sigmf_keys as keys
from gnuradio.rfattn.recordings.labelled_folder import SYNTHESIZED
from gnuradio.rfattn.recordings.sigmf import (
    DATA_SUFFIX,
    GENERATOR,
    META_SUFFIX,
    VERSION,
    Annotation,
)

from .. import lte, nfc
from ..receiver import Received, receive
from ..waves.waveform import Emission, Rng
from . import ft8, mode_s, noise, other, satellite, srd, wifi
from .neighbours import neighbours

SAMPLES = 131072
"""Samples of a recording, unless its class needs more."""


class _Class(NamedTuple):
    """How to make the recordings of a class."""

    make: Callable[[Rng, int], Emission | Received]
    """Makes so many samples: an emission to be received, or a finished recording."""
    snr_db: tuple[float, float] | None = None
    """Range of the signal-to-noise ratio of an emission, in dB."""
    samples: int | None = None
    """Samples of a recording (default: `SAMPLES`)."""


_CLASSES = {
    "fsk_srd": _Class(srd.fsk, (0, 55)),
    "ft8": _Class(ft8.ft8),
    "lte_fdd": _Class(lte.lte_fdd, (-5, 35), 262144),
    "lte_tdd": _Class(lte.lte_tdd, (-5, 35), 262144),
    "mode_s": _Class(mode_s.mode_s, (0, 40)),
    "nfc_a": _Class(nfc.nfc_a),
    "nfc_b": _Class(nfc.nfc_b),
    "nfc_f": _Class(nfc.nfc_f),
    "nfc_v": _Class(nfc.nfc_v),
    "noise": _Class(noise.noise),
    "ook_srd": _Class(srd.ook, (5, 65)),
    "other": _Class(other.other),
    "sat_bpsk": _Class(satellite.sat_bpsk),
    "sat_fsk": _Class(satellite.sat_fsk),
    "wifi_ofdm": _Class(wifi.wifi_ofdm, (0, 48)),
}
CLASSES = tuple(_CLASSES)
"""All classes; `other` stands for many technologies that belong to none of the others."""
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
    """Draws one recording of a class.

    Args:
        samples: number of samples (default: that of the class).

    Raises:
        ValueError: an unknown class.
    """
    if label not in _CLASSES:
        raise ValueError(f"synthesis: classes must be of {', '.join(CLASSES)}, got {label!r}")
    kind = _CLASSES[label]
    made = kind.make(rng, samples or kind.samples or SAMPLES)
    if kind.snr_db is None:
        return made
    return receive(rng, made, rng.uniform(*kind.snr_db), neighbours(rng, made))


def synthesize(
    out: str | os.PathLike,
    per_class: int = 30,
    seed: int = 1,
    classes: Sequence[str] = CLASSES,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Path]:
    """Writes ``per_class`` recordings of every class and ``labels.csv`` into a new folder.

    The same seed gives the same files, whichever classes are made together. Each recording is a
    group of its own in split `train`.

    Args:
        progress: called with the name of each recording when it is written.

    Returns:
        The ``.sigmf-meta`` files.

    Raises:
        ValueError: a parameter breaks a rule.
        FileExistsError: ``out`` is not empty.
    """
    if per_class < 1:
        raise ValueError(f"synthesis: per_class must be >= 1, got {per_class}")
    unknown = [name for name in classes if name not in CLASSES]
    if unknown or not classes:
        raise ValueError(
            f"synthesis: classes must be of {', '.join(CLASSES)}, "
            f"got {', '.join(unknown) or 'none'}{suggestion(''.join(unknown[:1]), CLASSES)}"
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
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    replace_file(out / "labels.csv", table.getvalue())
    return written


def _write(stem: Path, label: str, received: Received) -> dict:
    """Writes both files of a recording; returns its row of the table."""
    data = _quantise(received).tobytes()
    count = len(received.samples)
    spans = received.spans
    top = received.rate / 2
    bottom = 0.0 if received.datatype.startswith("r") else -top
    annotations = [Annotation(a, b - a, label, bottom, top) for a, b in spans if b > a]
    meta = {
        keys.GLOBAL: {
            keys.DATATYPE: received.datatype,
            keys.SAMPLE_RATE: float(received.rate),
            keys.VERSION: VERSION,
            keys.LICENSE: "https://spdx.org/licenses/GPL-3.0-or-later.html",
            keys.DESCRIPTION: f"Synthetic: {label}, {received.name}.",
            keys.RECORDER: GENERATOR,
        },
        keys.CAPTURES: [{keys.SAMPLE_START: 0}],
        keys.ANNOTATIONS: [annotation.to_dict() for annotation in annotations],
    }
    replace_file(f"{stem}{DATA_SUFFIX}", data)
    replace_file(f"{stem}{META_SUFFIX}", json.dumps(meta, indent=1) + "\n")
    return {
        "file": f"{label}/{stem.name}{DATA_SUFFIX}",
        "label": label,
        "split": "train",
        "source_repo": SYNTHESIZED,
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


def _quantise(received: Received) -> np.ndarray:
    """Rounds to steps of the converter and clips to integers of the datatype."""
    samples = received.samples
    values = samples.view(np.float32) if np.iscomplexobj(samples) else samples
    values = np.round(values / received.lsb) * received.lsb
    if received.datatype == "cu8":
        return np.clip(np.round(values * 127.5 + 127.5), 0, 255).astype(np.uint8)
    full = 128 if received.datatype == "ci8" else 32768
    kind = np.int8 if received.datatype == "ci8" else np.dtype("<i2")
    return np.clip(np.round(values * full), -full, full - 1).astype(kind)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model was trained and judged on: how many recordings of what, at which rates, whose."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..recordings.sigmf import LabelledRecording, Recording

NOT_STATED = "not stated"


def provenance(folder, entries: Sequence[LabelledRecording]) -> dict:
    """A summary for the model card, as JSON.

    Returns:
        ``folder``: its name. ``recordings``, ``groups``: {split: {label: count}}. ``rates``:
        {split: {label: sample rates in Hz, null where a recording states none}}. ``sources``: one
        entry for each source and licence, with the number of recordings in each split.
        ``shared_groups``: groups with training and other recordings.
    """
    tables = {"recordings": {}, "groups": {}, "rates": {}}
    origins = _origins(Path(folder))
    sources: dict[tuple[str, str], Counter] = {}
    for entry in sorted(entries, key=lambda e: (e.split, e.label)):
        recording = Recording.open(entry.path)
        for name, value in (
            ("recordings", str(recording.data_path)),
            ("groups", entry.group),
            ("rates", recording.sample_rate),
        ):
            tables[name].setdefault(entry.split, {}).setdefault(entry.label, set()).add(value)
        source, licence = origins.get(entry.path, (None, None))
        key = (source or NOT_STATED, licence or _licence(recording))
        sources.setdefault(key, Counter())[entry.split] += 1
    return {
        "folder": Path(folder).resolve().name,
        "recordings": _each(tables["recordings"], len),
        "groups": _each(tables["groups"], len),
        "rates": _each(tables["rates"], lambda rates: sorted(rates, key=lambda r: r or 0.0)),
        "sources": [
            {"source": source, "licence": licence, "recordings": dict(counts)}
            for (source, licence), counts in sorted(sources.items())
        ],
        "shared_groups": _shared(entries),
    }


def _origins(folder: Path) -> dict[Path, tuple[str | None, str | None]]:
    """Columns source_repo and license of ``labels.csv``, where they are there."""
    table = folder / "labels.csv"
    if not table.exists():
        return {}
    with table.open(newline="", encoding="utf-8") as file:
        return {
            folder / row["file"]: (row.get("source_repo"), row.get("license"))
            for row in csv.DictReader(file)
        }


def _licence(recording: Recording) -> str:
    """What the recording itself says."""
    about = json.loads(recording.meta_path.read_text(encoding="utf-8"))["global"]
    return about.get("core:license") or NOT_STATED


def _shared(entries: Sequence[LabelledRecording]) -> list[str]:
    splits: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        splits.setdefault((entry.label, entry.group), set()).add(entry.split)
    return sorted({group for (_, group), found in splits.items() if {"train"} < found})


def _each(table: dict, change) -> dict:
    return {
        split: {label: change(found) for label, found in labels.items()}
        for split, labels in table.items()
    }

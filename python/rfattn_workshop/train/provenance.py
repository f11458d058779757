# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summarises the recordings behind a model: how many of what, at which rates, from where."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from gnuradio.rfattn.recordings import sigmf_keys
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording, read_origins
from gnuradio.rfattn.recordings.recording import Recording

NOT_STATED = "not stated"

_Table = dict[str, dict[str, set]]
"""{split: {label: values}}"""


def provenance(folder, entries: Sequence[LabelledRecording]) -> dict:
    """Summarises recordings for the model card, as JSON.

    Returns:
        ``folder``: its name. ``recordings`` and ``groups``: {split: {label: count}}. ``rates``:
        {split: {label: sample rates in Hz}}, with null for a recording that states none.
        ``sources``: for each source and licence the number of recordings in each split.
        ``shared_groups``: groups with recordings both in split `train` and in others.
    """
    recordings, groups, rates = _Table(), _Table(), _Table()
    origins = read_origins(folder)
    sources: dict[tuple[str, str], Counter] = {}
    for entry in sorted(entries, key=lambda e: (e.split, e.label)):
        recording = open_recording(entry.path)
        for table, value in (
            (recordings, recording.data_path),
            (groups, entry.group),
            (rates, recording.sample_rate),
        ):
            table.setdefault(entry.split, {}).setdefault(entry.label, set()).add(value)
        source, licence = origins.get(entry.path, (None, None))
        key = (source or NOT_STATED, licence or _own_licence(recording))
        sources.setdefault(key, Counter())[entry.split] += 1
    return {
        "folder": Path(folder).resolve().name,
        "recordings": _map_cells(recordings, len),
        "groups": _map_cells(groups, len),
        "rates": _map_cells(rates, lambda found: sorted(found, key=lambda rate: rate or 0.0)),
        "sources": [
            {"source": source, "licence": licence, "recordings": dict(counts)}
            for (source, licence), counts in sorted(sources.items())
        ],
        "shared_groups": _shared_groups(entries),
    }


def _own_licence(recording: Recording) -> str:
    """The licence in the recording's own metadata."""
    if recording.meta_path is None:
        return NOT_STATED
    meta = json.loads(recording.meta_path.read_text(encoding="utf-8"))
    return meta[sigmf_keys.GLOBAL].get(sigmf_keys.LICENSE) or NOT_STATED


def _shared_groups(entries: Sequence[LabelledRecording]) -> list[str]:
    splits: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        splits.setdefault((entry.label, entry.group), set()).add(entry.split)
    return sorted({group for (_, group), found in splits.items() if {"train"} < found})


def _map_cells(table: _Table, change: Callable[[set], object]) -> dict:
    return {
        split: {label: change(found) for label, found in labels.items()}
        for split, labels in table.items()
    }

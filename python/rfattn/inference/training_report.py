# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of training, ``_metrics.json`` beside a model file, states about the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..checked import shown
from ..messages.label_text import UNKNOWN
from ..recordings.labelled_folder import SYNTHESIZED

MADE = "made"
"""Origin of cuts that were made up, as reports state it."""
METRICS = "_metrics.json"
"""What follows the name of a model in the name of its report."""
RECORDINGS, MADE_UP = "recordings", "made-up"
"""How a class is known: the model was trained with recordings of it, or with made-up signals
alone."""
WAYS = (RECORDINGS, MADE_UP)
_SHARES = ("right", "unknown", "family", "wrong", "guess")
"""Shares of the recordings that the report of a model of emissions states."""


def report_beside(path: str | Path) -> dict:
    """The report of the training that made a model file; empty where there is none.

    Raises:
        ValueError: in one line, where it is no JSON object.
    """
    path = Path(path)
    report = path.with_name(f"{path.stem}{METRICS}")
    if not report.is_file():
        return {}
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{report}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{report}: must be a JSON object, got {shown(found)}")
    return found


def measured(report: Mapping) -> dict[str, dict]:
    """The figures by recording of a model of emissions, by split; empty for an empty report."""
    figures = {split: report.get(split, {}).get("recordings", {}) for split in ("val", "test")}
    return {
        split: {"count": row["count"], **{name: row[name] for name in _SHARES}}
        for split, row in figures.items()
        if isinstance(row, dict) and row.get("count")
    }


def known_by(report: Mapping) -> dict[str, str]:
    """How each class except "unknown" is known, one of `WAYS`; empty where the report does not
    state what the model learnt from.

    The last training counts: the models that it started from may have learnt from more. For a model
    of bands, a folder counts as recordings unless `gr-rfattn synthesize` made everything in it.
    """
    if "cuts" in report:
        recorded = _cut_from_recordings(report)
    elif "data" in report:
        recorded = _in_folders(report)
    else:
        return {}
    names = (name for name in report["classes"] if name != UNKNOWN)
    return {name: RECORDINGS if name in recorded else MADE_UP for name in names}


def classes_by_way(known: Mapping[str, str]) -> dict[str, list[str]]:
    """The classes of `known_by`, by the way in which they are known."""
    found = {way: [name for name in known if known[name] == way] for way in WAYS}
    return {way: names for way, names in found.items() if names}


def _cut_from_recordings(report: Mapping) -> set[str]:
    """The classes of emissions with a cut of a recording in split train."""
    return {
        name
        for name, counts in report["cuts"].items()
        for key in counts
        if key.endswith(" train") and not key.startswith(f"{MADE} ")
    }


def _in_folders(report: Mapping) -> set[str]:
    """The classes of bands with a recording in split train of a folder that holds recordings."""
    return {
        name
        for part in (report["data"], *report["extra_data"])
        if any(s["source"] != SYNTHESIZED and "train" in s["recordings"] for s in part["sources"])
        for name in part["recordings"].get("train", {})
    }

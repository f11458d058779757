# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a folder of labelled recordings: which files it has, their labels, splits and groups.

A table ``labels.csv`` in the folder lists the recordings; its columns are ``file``, ``label`` and,
where they are known, ``split``, ``group``, ``source_repo`` and ``license``. Without the table every
``.sigmf-meta`` below the folder is a recording.

Splits are those of the table. If it states none, every recording belongs to `train`, or to `ood`
("out of distribution") if its label is `other`. If no recording belongs to `val`, some groups of
the training recordings become `val`; a group is never in both.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checked import plain_name
from ..files import replace_file
from .formats import open_recording
from .recording import Recording, RecordingError
from .sigmf import META_SUFFIX, Annotation, SigMFError

SPLITS = ("train", "val", "test", "ood")
OTHER = "other"
"""The label of recordings that belong to no class."""
SYNTHESIZED = "gr-rfattn synthesize"
"""The source of made-up recordings."""
_TABLE = "labels.csv"


@dataclass(frozen=True)
class LabelledRecording:
    """A recording of a labelled folder. Recordings of one session or device share a ``group``."""

    path: Path
    label: str
    split: str = ""
    group: str = ""

    def __str__(self) -> str:
        return str(self.path)


def find_recordings(
    folder: str | os.PathLike, bad: dict[str, str] | None = None
) -> list[LabelledRecording]:
    """The recordings of a folder, with the splits that its table states.

    Without a table the label is the annotation label that covers most samples, the split is empty
    and each recording is a group of its own.

    Args:
        bad: takes the error of each recording that cannot be read, by its path, in place of an
            exception. Those that a table lists are not read.

    Raises:
        SigMFError: no such folder, no recordings, or a table without columns ``file`` and
        ``label``.
        RecordingError: a recording cannot be read, and ``bad`` is None.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SigMFError(f"{folder}: no such folder")
    has_table = (folder / _TABLE).exists()
    found = _read_table(folder) if has_table else _search(folder, bad)
    if not found and not bad:
        hint = "" if has_table else f"; those of other formats need a {_TABLE}"
        raise SigMFError(f"{folder}: no SigMF recordings in it{hint}")
    return found


def open_labelled(path: str | os.PathLike, label: str) -> Recording:
    """Opens a recording of a labelled folder. One without annotations has its label from the first
    sample to the last.

    Raises:
        RecordingError: see `open_recording`.
    """
    recording = open_recording(path)
    if recording.annotations or not label:
        return recording
    whole = Annotation(0, recording.n_samples, label)
    return dataclasses.replace(recording, annotations=(whole,))


def read_folder(folder) -> list[LabelledRecording]:
    """The recordings of a folder, each with a label and a split.

    Raises:
        SigMFError: see `find_recordings`; a recording without a label; or an unknown split, or none
        where other recordings have one.
    """
    entries = find_recordings(folder)
    refuse(folder, [e for e in entries if not e.label], "have no label")
    if not any(e.split for e in entries):
        return [
            dataclasses.replace(e, split="ood" if e.label == OTHER else "train") for e in entries
        ]
    strange = [e for e in entries if e.split not in SPLITS]
    refuse(folder, strange, f"have a split that is not one of {', '.join(SPLITS)}")
    return entries


def split_folder(folder, val_share: float, seed: int) -> tuple[list[LabelledRecording], set[str]]:
    """The recordings of a folder, and the groups that were moved from `train` to `val`.

    Args:
        val_share: share of each class's groups to move where no recording belongs to `val`, at
            least one if there are two.
        seed: decides which groups move.

    Raises:
        SigMFError: see `read_folder`; or no class has two groups to take one from.
    """
    entries = read_folder(folder)
    if any(e.split == "val" for e in entries):
        return entries, set()
    moved = _draw_groups(entries, val_share, np.random.default_rng([seed, 3]))
    if not moved:
        raise SigMFError(
            f"{folder}: no recordings of split 'val', and none can be taken from 'train': no class "
            "has two groups of recordings"
        )
    return [
        dataclasses.replace(e, split="val") if e.split == "train" and e.group in moved else e
        for e in entries
    ], moved


def select_split(entries: Iterable[LabelledRecording], split: str) -> list[LabelledRecording]:
    """The entries of a split.

    Raises:
        SigMFError: there is none.
    """
    chosen = [entry for entry in entries if entry.split == split]
    if not chosen:
        raise SigMFError(f"no recordings of split {split!r}")
    return chosen


def fingerprint(folder, entries: Iterable[LabelledRecording]) -> dict[str, dict[str, str]]:
    """Identifies the recordings, wherever the folder lies.

    Returns:
        For each data file, by its path in the folder: label, split, group, and the SHA-256 of
        metadata and samples.
    """
    found = {}
    for entry in entries:
        recording = open_recording(entry.path)
        name = str(recording.data_path.relative_to(Path(folder)))
        meta = b"" if recording.meta_path is None else recording.meta_path.read_bytes()
        digest = hashlib.sha256(meta)
        with recording.data_path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        about = {"label": entry.label, "split": entry.split, "group": entry.group}
        found[name] = {**about, "sha256": digest.hexdigest()}
    return found


def read_origins(folder) -> dict[Path, tuple[str | None, str | None]]:
    """Source and licence of each recording, by its path, as the folder's table states them."""
    table = Path(folder) / _TABLE
    if not table.exists():
        return {}
    return {
        table.parent / row["file"]: (row.get("source_repo"), row.get("license"))
        for row in _read_rows(table)
    }


def refuse(folder, failing: Sequence[LabelledRecording], fault: str) -> None:
    """Raises a SigMFError that counts and names the ``failing`` recordings, if there are any."""
    if failing:
        names = ", ".join(plain_name(entry.path.name) for entry in failing[:3])
        rest = ", …" if len(failing) > 3 else ""
        raise SigMFError(f"{folder}: {len(failing)} recordings {fault}: {names}{rest}")


def put_in_table(folder: str | os.PathLike, files: Sequence[str], label: str, group: str) -> None:
    """Gives recordings a label in the table of a folder, which is made where there is none.

    Other rows and columns stay; a row that is there keeps its split and gets the label. The file is
    replaced as a whole.

    Raises:
        OSError: naming the file; it cannot be written.
        SigMFError: the table is not as `find_recordings` needs it.
    """
    table = Path(folder) / _TABLE
    rows = {row["file"]: row for row in _read_rows(table)} if table.exists() else {}
    for name in files:
        rows[name] = {**rows.get(name, {}), "file": name, "label": label, "group": group}
    named = (name for row in rows.values() for name in row if name is not None)
    columns = dict.fromkeys(["file", "label", "group", *named])
    if "split" in columns:
        split = "ood" if label == OTHER else "train"
        for name in files:
            rows[name]["split"] = rows[name].get("split") or split
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    replace_file(table, text.getvalue())


def _draw_groups(entries, share: float, rng: np.random.Generator) -> set[str]:
    """Groups of the training recordings: ``share`` of every class's, leaving each class one."""
    groups: dict[str, set[str]] = {}
    for entry in entries:
        if entry.split == "train" and entry.label != OTHER:
            groups.setdefault(entry.label, set()).add(entry.group)
    drawn: set[str] = set()
    for label in sorted(groups, key=lambda name: (len(groups[name]), name)):
        wanted = max(1, round(share * len(groups[label])))
        for group in rng.permutation(sorted(groups[label])):
            more = {*drawn, str(group)}
            if len(drawn & groups[label]) < wanted and all(g - more for g in groups.values()):
                drawn = more
    return drawn


def _read_table(folder: Path) -> list[LabelledRecording]:
    return [
        LabelledRecording(
            folder / row["file"],
            row["label"],
            row.get("split") or "",
            row.get("group") or row["file"],
        )
        for row in _read_rows(folder / _TABLE)
    ]


def _read_rows(table: Path) -> list[dict[str, str]]:
    try:
        return list(_rows(table))
    except (csv.Error, UnicodeError) as error:
        raise SigMFError(f"{table}: not a table in UTF-8: {error}") from None


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {"file", "label"} - set(reader.fieldnames or ())
        if missing:
            raise SigMFError(f"{table}: no column {', '.join(sorted(missing))}")
        for row in reader:
            if not row["file"] or row["label"] is None:
                raise SigMFError(f"{table}: line {reader.line_num} lacks a file or a label")
            yield row


def _search(folder: Path, bad: dict[str, str] | None) -> list[LabelledRecording]:
    found = []
    for path in sorted(folder.rglob(f"*{META_SUFFIX}")):
        try:
            found.append(LabelledRecording(path, open_recording(path).label, "", path.stem))
        except RecordingError as error:
            if bad is None:
                raise
            bad[str(path)] = str(error)
    return found

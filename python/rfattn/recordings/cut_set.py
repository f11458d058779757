# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes cut sets: the tokens of emissions that were cut out, with their labels.

A *cut* is one segment of one emission. A model for emissions is trained on a folder of cut sets,
which needs no GNU Radio to be read.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import replace_file
from ..reporting import track
from .front_end import FrontEnd

MADE, RECORDED, DIRECT = "made", "recorded", "direct"
"""Origins: made-up signals; recordings that were put into made-up bands; recordings as they are."""
SUFFIX = ".npz"
_COLUMNS = ("label", "group", "split", "origin", "file", "emission")


@dataclass(frozen=True)
class Cut:
    """One segment of an emission."""

    label: str
    group: str
    """Cuts of one group are never in two splits."""
    split: str
    """`train`, `val`, `test` or `ood`."""
    origin: str
    """`MADE`, `RECORDED` or `DIRECT`."""
    file: str
    """Recording that the signal comes from, or the kind of a made-up one."""
    emission: int
    """Number of the emission within its band or recording."""
    tokens: np.ndarray
    """float16 [T, n_bins + features]."""


def write_cuts(path: str | os.PathLike, cuts: Sequence[Cut], front_end: FrontEnd) -> None:
    """Writes a cut set, a ``.npz`` file, whole or not at all."""
    rows = [[getattr(cut, name) for name in _COLUMNS] for cut in cuts]
    about = {"front_end": front_end.to_dict(), "names": _COLUMNS, "rows": rows}
    lengths = np.array([len(cut.tokens) for cut in cuts], np.int64)
    width = cuts[0].tokens.shape[1] if cuts else front_end.n_bins
    tokens = np.concatenate([c.tokens for c in cuts] or [np.empty((0, width), np.float16)])
    data = io.BytesIO()
    np.savez(data, about=np.array(json.dumps(about)), lengths=lengths, tokens=tokens)
    replace_file(Path(path), data.getvalue())


def read_cuts(path: str | os.PathLike) -> tuple[list[Cut], FrontEnd]:
    """Reads one cut set.

    Raises:
        ValueError: the file is no cut set.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            about = json.loads(str(found["about"]))
            tokens, lengths = found["tokens"], found["lengths"]
        front_end = FrontEnd.from_dict(about["front_end"])
        ends = np.cumsum(lengths)
        cuts = [
            Cut(**dict(zip(about["names"], row, strict=True)), tokens=tokens[end - n : end])
            for row, end, n in zip(about["rows"], ends, lengths, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a cut set: {error}") from None
    return cuts, front_end


def is_cut_folder(folder: str | os.PathLike) -> bool:
    """Whether a folder holds cut sets."""
    return any(Path(folder).glob(f"*{SUFFIX}"))


def read_folder(folder: str | os.PathLike, quiet: bool = False) -> tuple[list[Cut], FrontEnd]:
    """Reads all cut sets of a folder, in the order of their names, and shows progress on stderr.

    Raises:
        ValueError: there is none, one is unusable, or they differ in front end or width of a token.
    """
    paths = sorted(Path(folder).glob(f"*{SUFFIX}"))
    if not paths:
        raise ValueError(f"{folder}: no cut sets (*{SUFFIX}) in it")
    read = [read_cuts(path) for path in track(paths, "reading cut sets", quiet)]
    cuts, front_end = [cut for found, _ in read for cut in found], read[0][1]
    for path, (_, other) in zip(paths, read, strict=True):
        differences = other.differences(front_end, paths[0].name)
        if differences:
            raise ValueError(f"{path}: another front end: {'; '.join(differences)}")
    widths = {cut.tokens.shape[1] for cut in cuts}
    if len(widths) > 1:
        raise ValueError(f"{folder}: its cut sets have tokens of {sorted(widths)} values")
    return cuts, front_end

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of emissions that a detector found and an extractor cut out, with their labels, in files.

A *cut* is one segment of one emission. A folder of cut sets is what a model for emissions is
trained on; it needs no GNU Radio to be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import replace_file
from ..recordings.front_end import FrontEnd

MADE, RECORDED, DIRECT = "made", "recorded", "direct"
"""Origins: made-up signals; recordings that were put into made-up bands; recordings as they are."""


@dataclass(frozen=True)
class Cut:
    """One segment of an emission."""

    label: str
    group: str
    """Cuts of one group are never in two splits."""
    split: str
    origin: str
    """`MADE`, `RECORDED` or `DIRECT`."""
    file: str
    """Recording that the signal comes from, or the seed of the band."""
    emission: int
    """Number of the emission within its band or recording."""
    tokens: np.ndarray
    """float16 [T, n_bins + features]."""


def write_cuts(path: str | os.PathLike, cuts: Sequence[Cut], front_end: FrontEnd) -> None:
    """Writes a cut set, a ``.npz`` file, whole or not at all."""
    names = ("label", "group", "split", "origin", "file", "emission")
    rows = [[getattr(cut, name) for name in names] for cut in cuts]
    about = {"front_end": front_end.to_dict(), "names": names, "rows": rows}
    lengths = np.array([len(cut.tokens) for cut in cuts], np.int64)
    width = cuts[0].tokens.shape[1] if cuts else front_end.n_bins
    tokens = np.concatenate([c.tokens for c in cuts] or [np.empty((0, width), np.float16)])
    import io

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
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{path}: not a cut set: {error}") from None
    ends = np.cumsum(lengths)
    cuts = [
        Cut(**dict(zip(about["names"], row, strict=True)), tokens=tokens[end - n : end])
        for row, end, n in zip(about["rows"], ends, lengths, strict=True)
    ]
    return cuts, front_end


def read_folder(folder: str | os.PathLike) -> tuple[list[Cut], FrontEnd]:
    """Reads all cut sets of a folder.

    Raises:
        ValueError: there is none, or they differ in their front ends.
    """
    paths = sorted(Path(folder).glob("*.npz"))
    if not paths:
        raise ValueError(f"{folder}: no cut sets (*.npz) in it")
    read = [read_cuts(path) for path in paths]
    front_ends = {front_end for _, front_end in read}
    if len(front_ends) > 1:
        raise ValueError(f"{folder}: its cut sets have different front ends")
    return [cut for cuts, _ in read for cut in cuts], front_ends.pop()

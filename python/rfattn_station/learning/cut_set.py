# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes cut sets: the tokens of emissions that were cut out, with their labels.

A *cut* is one segment of one emission. A model for emissions is trained on a folder of cut sets,
which needs no GNU Radio to be read.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tokenize import TokenError

import numpy as np
from gnuradio.rfattn.checked import plain_name, shown
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.inference import training_report
from gnuradio.rfattn.json_files import parse_json
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.reporting import track

MADE, RECORDED, DIRECT = training_report.MADE, "recorded", "direct"
"""Origins: made-up signals; recordings that were put into made-up bands; recordings as they are."""
SUFFIX = ".npz"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
DAMAGE = (
    ValueError,
    OSError,
    EOFError,
    TokenError,  # of the header of an array
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
)
"""What reading a damaged ``.npz`` file raises."""
_COLUMNS = ("label", "group", "split", "origin", "file", "emission", "stated", "facts", "is_piece")


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
    stated: str = ""
    """What its recording is labelled, where that is no class and became `other`."""
    facts: dict = field(default_factory=dict)
    """What was measured of the emission; see `KnownEmission.facts`."""
    is_piece: bool = False
    """It is a piece of such a signal, and may be called so or unknown."""


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
        with zipfile.ZipFile(path) as archive:
            about = parse_json(str(read_array(archive, "about")).encode("utf-8"))
            tokens, lengths = read_array(archive, "tokens"), read_array(archive, "lengths")
        front_end = FrontEnd.from_dict(about["front_end"])
        _check_tokens(tokens, lengths, front_end)
        ends = np.cumsum(lengths)
        cuts = [
            _cut(dict(zip(about["names"], row, strict=True)), tokens[end - n : end])
            for row, end, n in zip(about["rows"], ends, lengths, strict=True)
        ]
    except (KeyError, TypeError, AttributeError, *DAMAGE) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(f"{path}: not a cut set: {reason[:160]}") from None
    return cuts, front_end


def read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """An array of a ``.npz`` file, which is not larger than its member.

    Raises:
        KeyError: there is none, or one of `DAMAGE`.
    """
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as file:
        read_header = _HEADERS[np.lib.format.read_magic(file)]
        shape, _, dtype = read_header(file)
    if math.prod(shape) * dtype.itemsize > member.file_size:
        raise ValueError(f"{name} has the shape {shape}, and {member.file_size} bytes")
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _check_tokens(tokens: np.ndarray, lengths: np.ndarray, front_end: FrontEnd) -> None:
    if tokens.ndim != 2 or tokens.dtype != np.float16 or tokens.shape[1] < front_end.n_bins:
        raise ValueError(
            f"tokens must be float16 [T, {front_end.n_bins} or more], got {tokens.dtype} "
            f"{list(tokens.shape)}"
        )
    if not np.isfinite(tokens).all():
        raise ValueError("tokens must be finite")
    is_whole = lengths.ndim == 1 and lengths.dtype == np.int64 and (lengths >= 0).all()
    if not is_whole or (lengths > len(tokens)).any() or lengths.sum() != len(tokens):
        raise ValueError(f"lengths must add up to the {len(tokens)} tokens")


def _cut(fields: dict, tokens: np.ndarray) -> Cut:
    for name, value in fields.items():
        kind = {"emission": int, "facts": dict, "is_piece": bool}.get(name, str)
        if type(value) is not kind:
            raise ValueError(f"{name} must be {kind.__name__}, got {shown(value)}")
    return Cut(**fields, tokens=tokens)


def no_classes(labels: Iterable[str]) -> str:
    """A line that names labels that are no classes, and what happens to them; empty for none."""
    names = ", ".join(plain_name(label) for label in sorted(set(labels)))
    if not names:
        return ""
    return f"{names}: no classes of the model; they become 'other', which it learns to call unknown"


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

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SigMF recordings in numpy: read the samples and what is said about them, write annotations."""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

META_SUFFIX, DATA_SUFFIX = ".sigmf-meta", ".sigmf-data"
GENERATOR = "gr-rfattn"
VERSION = "1.2.6"
_DATATYPE = re.compile(r"([cr])(?:(f)(32|64)_(le|be)|([iu])(?:(16|32)_(le|be)|(8)))")


class SigMFError(ValueError):
    """A recording that cannot be used; one line that names the file and the reason."""


@dataclass(frozen=True)
class DataType:
    """A ``core:datatype``: how to read a sample and scale it to full scale 1.0.

    Signed integers are divided by 2^(bits-1); unsigned ones have their zero at half a step (127.5
    of 255) and are divided by that. Floats are taken as they are.
    """

    name: str
    is_real: bool
    dtype: np.dtype
    zero: float
    scale: float

    @classmethod
    def parse(cls, name: str) -> DataType:
        match = _DATATYPE.fullmatch(name)
        if match is None:
            raise ValueError(f"unknown core:datatype {name!r}")
        number, kind = match[1], match[2] or match[5]
        bits = int(match[3] or match[6] or match[8])
        order = ">" if "be" in (match[4], match[7]) else "<"
        dtype = np.dtype(f"{order}{kind}{bits // 8}")
        half = 2.0 ** (bits - 1)
        zero, scale = {"f": (0.0, 1.0), "i": (0.0, half), "u": (half - 0.5, half - 0.5)}[kind]
        return cls(name, number == "r", dtype, zero, scale)

    @property
    def sample_bytes(self) -> int:
        return self.dtype.itemsize * (1 if self.is_real else 2)

    def to_complex64(self, raw: np.ndarray) -> np.ndarray:
        """Raw values, I and Q interleaved unless real, to complex64 at full scale 1.0."""
        values = raw.astype(np.float64 if self.dtype.itemsize > 2 else np.float32)
        values = ((values - self.zero) / self.scale).astype(np.float32)
        return values.astype(np.complex64) if self.is_real else values.view(np.complex64)


@dataclass(frozen=True)
class Capture:
    """What holds from sample ``start`` to the next capture: frequency in Hz, ISO-8601 time."""

    start: int
    frequency: float | None = None
    datetime: str | None = None


@dataclass(frozen=True)
class Annotation:
    """``count`` samples from ``start`` are ``label``; band edges in Hz, if stated."""

    start: int
    count: int
    label: str = ""
    freq_lower_edge: float | None = None
    freq_upper_edge: float | None = None
    comment: str = ""

    @property
    def end(self) -> int:
        return self.start + self.count

    def to_dict(self) -> dict:
        fields = {
            "core:sample_start": self.start,
            "core:sample_count": self.count,
            "core:freq_lower_edge": self.freq_lower_edge,
            "core:freq_upper_edge": self.freq_upper_edge,
            "core:label": self.label or None,
            "core:comment": self.comment or None,
            "core:generator": GENERATOR,
        }
        return {key: value for key, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Recording:
    """One SigMF recording: a ``.sigmf-meta`` and the ``.sigmf-data`` beside it.

    ``sample_rate`` (Hz) and a capture's frequency are None where the recording does not state them.
    ``is_real``: the samples are real-valued (an audio or envelope signal), read as complex with a
    zero imaginary part.
    """

    meta_path: Path
    data_path: Path
    datatype: DataType
    sample_rate: float | None
    n_samples: int
    captures: tuple[Capture, ...]
    annotations: tuple[Annotation, ...]

    @classmethod
    def open(cls, path: str | os.PathLike) -> Recording:
        """Opens a recording by its ``.sigmf-meta``, its ``.sigmf-data`` or their common stem.

        Raises:
            SigMFError: a missing, unreadable or truncated file, a missing or unknown datatype.
        """
        stem = _stem(path)
        meta_path, data_path = Path(f"{stem}{META_SUFFIX}"), Path(f"{stem}{DATA_SUFFIX}")
        meta = _read_meta(meta_path)
        about = meta["global"]
        if "core:datatype" not in about:
            raise SigMFError(f"{meta_path}: core:datatype is missing")
        try:
            datatype = DataType.parse(str(about["core:datatype"]))
            captures = tuple(_capture(entry) for entry in meta.get("captures", []))
            n_samples = _count_samples(data_path, datatype, about)
            annotations = tuple(_annotation(a, n_samples) for a in meta.get("annotations", []))
            rate = about.get("core:sample_rate")
            sample_rate = float(rate) if rate else None
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else error
            raise SigMFError(f"{meta_path}: {reason}") from None
        return cls(meta_path, data_path, datatype, sample_rate, n_samples, captures, annotations)

    @property
    def is_real(self) -> bool:
        return self.datatype.is_real

    @property
    def frequency(self) -> float | None:
        """Centre frequency of the first capture in Hz."""
        return self.captures[0].frequency if self.captures else None

    @property
    def label(self) -> str:
        """The label that covers most samples; empty without annotations."""
        covered: dict[str, int] = {}
        for annotation in self.annotations:
            covered[annotation.label] = covered.get(annotation.label, 0) + annotation.count
        return max(covered, key=covered.get) if covered else ""

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64 at full scale 1.0.

        Raises:
            ValueError: the range does not lie in the recording.
        """
        count = self.n_samples - start if count is None else count
        if not (0 <= start and 0 <= count and start + count <= self.n_samples):
            raise ValueError(
                f"{self.data_path}: samples {start} to {start + count} do not lie in its "
                f"{self.n_samples}"
            )
        values = count if self.is_real else 2 * count
        offset = start * self.datatype.sample_bytes
        raw = np.fromfile(self.data_path, self.datatype.dtype, values, offset=offset)
        return self.datatype.to_complex64(raw)


@dataclass(frozen=True)
class LabelledRecording:
    """A recording of a labelled folder. ``group``: recordings of one session or device share it."""

    path: Path
    label: str
    split: str = ""
    group: str = ""


def find_recordings(folder: str | os.PathLike) -> list[LabelledRecording]:
    """The recordings of a folder: those in its ``labels.csv``, else every ``.sigmf-meta`` below it.

    Without ``labels.csv`` the label is the annotation label that covers most samples, the split is
    empty and each recording is a group of its own.

    Raises:
        SigMFError: no such folder, nothing in it, or a ``labels.csv`` without columns ``file`` and
        ``label``.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SigMFError(f"{folder}: no such folder")
    table = folder / "labels.csv"
    found = _read_table(table) if table.exists() else _search(folder)
    if not found:
        raise SigMFError(f"{folder}: no SigMF recordings in it")
    return found


def write_annotations(
    path: str | os.PathLike, annotations, base: str | os.PathLike | None = None
) -> None:
    """Writes the metadata of ``base`` (default: ``path`` itself) with ``annotations`` to ``path``.

    Annotations that gr-rfattn wrote earlier are replaced, others are kept; all are sorted by
    sample. The file appears at once or not at all.

    Args:
        path: a ``.sigmf-meta`` file.
        annotations: :class:`Annotation` objects.

    Raises:
        SigMFError: ``base`` cannot be read.
    """
    path = Path(path)
    meta = _read_meta(Path(base or path))
    kept = [a for a in meta.get("annotations", []) if a.get("core:generator") != GENERATOR]
    kept += [annotation.to_dict() for annotation in annotations]
    meta["annotations"] = sorted(kept, key=lambda a: a["core:sample_start"])
    meta["global"]["core:version"] = VERSION
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False) as file:
        json.dump(meta, file, indent=2)
        file.write("\n")
    os.chmod(file.name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
    os.replace(file.name, path)


def _stem(path: str | os.PathLike) -> str:
    text = os.fspath(path)
    for suffix in (META_SUFFIX, DATA_SUFFIX):
        if text.endswith(suffix):
            return text[: -len(suffix)]
    return text


def _read_meta(path: Path) -> dict:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SigMFError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise SigMFError(f"{path}: not JSON: {error}") from None
    if not isinstance(meta, dict) or not isinstance(meta.get("global"), dict):
        raise SigMFError(f"{path}: no global object in it")
    return meta


def _capture(entry: dict) -> Capture:
    if entry.get("core:header_bytes"):
        raise ValueError("core:header_bytes is not supported")
    frequency = entry.get("core:frequency")
    frequency = None if frequency is None else float(frequency)
    return Capture(int(entry["core:sample_start"]), frequency, entry.get("core:datetime"))


def _annotation(entry: dict, n_samples: int) -> Annotation:
    start = int(entry["core:sample_start"])
    return Annotation(
        start,
        int(entry.get("core:sample_count", n_samples - start)),
        entry.get("core:label", ""),
        entry.get("core:freq_lower_edge"),
        entry.get("core:freq_upper_edge"),
        entry.get("core:comment", ""),
    )


def _count_samples(data_path: Path, datatype: DataType, about: dict) -> int:
    if about.get("core:num_channels", 1) != 1:
        raise ValueError(f"core:num_channels must be 1, got {about['core:num_channels']}")
    if not data_path.is_file():
        raise ValueError(f"{data_path.name} is missing")
    size = data_path.stat().st_size
    if size % datatype.sample_bytes:
        raise ValueError(
            f"{data_path.name} is truncated: {size} bytes are no whole number of "
            f"{datatype.sample_bytes}-byte samples"
        )
    return size // datatype.sample_bytes


def _read_table(table: Path) -> list[LabelledRecording]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {"file", "label"} - set(reader.fieldnames or ())
        if missing:
            raise SigMFError(f"{table}: no column {', '.join(sorted(missing))}")
        return [
            LabelledRecording(
                table.parent / row["file"],
                row["label"],
                row.get("split") or "",
                row.get("group") or row["file"],
            )
            for row in reader
        ]


def _search(folder: Path) -> list[LabelledRecording]:
    paths = sorted(folder.rglob(f"*{META_SUFFIX}"))
    return [LabelledRecording(path, Recording.open(path).label, "", path.stem) for path in paths]

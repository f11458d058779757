# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads SigMF recordings into numpy: samples, captures, annotations; writes annotations."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import replace_file
from . import sigmf_keys as keys
from .sigmf_metadata import check_metadata, read_metadata

META_SUFFIX, DATA_SUFFIX = ".sigmf-meta", ".sigmf-data"
GENERATOR = "gr-rfattn"
"""The generator of our annotations, by which they are found again."""
VERSION = "1.2.6"
"""The SigMF version of the metadata that we write."""
_DATATYPE = re.compile(r"([cr])(?:(f)(32|64)_(le|be)|([iu])(?:(16|32)_(le|be)|(8)))")


class SigMFError(ValueError):
    """A recording cannot be used. The message is one line with the file and the reason."""


@dataclass(frozen=True)
class DataType:
    """How to read a sample of a ``core:datatype`` and scale it to full scale 1.0.

    Signed integers are divided by 2^(bits-1). Unsigned integers have their zero between two codes
    (127.5 of 0 to 255), which is subtracted before the division by the same number. Floats stay.
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
            raise ValueError(f"unknown {keys.DATATYPE} {name!r}")
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
    """Centre frequency in Hz and ISO-8601 time from sample ``start`` to the next capture."""

    start: int
    frequency: float | None = None
    datetime: str | None = None


@dataclass(frozen=True)
class Annotation:
    """A label for ``count`` samples from ``start``, with band edges in Hz if they are stated.

    ``details`` are fields of the namespace ``rfattn`` (see docs/sigmf-extension.md), by their names
    without it.
    """

    start: int
    count: int
    label: str = ""
    freq_lower_edge: float | None = None
    freq_upper_edge: float | None = None
    comment: str = ""
    details: dict | None = None

    @property
    def end(self) -> int:
        return self.start + self.count

    def to_dict(self) -> dict:
        fields = {
            keys.SAMPLE_START: self.start,
            keys.SAMPLE_COUNT: self.count,
            keys.FREQ_LOWER_EDGE: self.freq_lower_edge,
            keys.FREQ_UPPER_EDGE: self.freq_upper_edge,
            keys.LABEL: self.label or None,
            keys.COMMENT: self.comment or None,
            keys.GENERATOR: GENERATOR,
            **{f"{keys.NAMESPACE}:{name}": value for name, value in (self.details or {}).items()},
        }
        return {key: value for key, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Recording:
    """One SigMF recording: a ``.sigmf-meta`` and the ``.sigmf-data`` beside it.

    ``sample_rate`` (Hz) and a capture's frequency are None if the recording does not state them.
    If ``is_real``, the samples are real-valued (audio, an envelope) and are read as complex with a
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
            SigMFError: a file is missing, unreadable or truncated, or its datatype is unknown.
        """
        stem = _stem(path)
        meta_path, data_path = Path(f"{stem}{META_SUFFIX}"), Path(f"{stem}{DATA_SUFFIX}")
        meta = _read_meta(meta_path)
        about = meta[keys.GLOBAL]
        if keys.DATATYPE not in about:
            raise SigMFError(f"{meta_path}: {keys.DATATYPE} is missing")
        try:
            datatype = DataType.parse(str(about[keys.DATATYPE]))
            captures = tuple(_capture(entry) for entry in meta.get(keys.CAPTURES, []))
            n_samples = _count_samples(data_path, datatype, about)
            annotations = tuple(_annotation(a, n_samples) for a in meta.get(keys.ANNOTATIONS, []))
            rate = about.get(keys.SAMPLE_RATE)
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
        """The label that covers most samples, empty without annotations."""
        covered: dict[str, int] = {}
        for annotation in self.annotations:
            covered[annotation.label] = covered.get(annotation.label, 0) + annotation.count
        return max(covered, key=covered.get) if covered else ""

    def samples(self, start: int = 0, count: int | None = None) -> np.ndarray:
        """``count`` samples (default: all) from ``start`` as complex64 at full scale 1.0.

        Raises:
            ValueError: the range exceeds the recording.
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


def write_annotations(
    path: str | os.PathLike, annotations, base: str | os.PathLike | None = None
) -> None:
    """Writes the metadata of ``base`` (default: ``path`` itself) with ``annotations`` to ``path``.

    Annotations that gr-rfattn wrote earlier are replaced, others are kept; all are sorted by
    sample. The file is replaced as a whole.

    Args:
        path: a ``.sigmf-meta`` file.
        annotations: :class:`Annotation` objects.

    Raises:
        SigMFError: ``base`` cannot be read, or an annotation breaks a rule of SigMF.
    """
    path = Path(path)
    meta = _read_meta(Path(base or path))
    kept = [a for a in meta.get(keys.ANNOTATIONS, []) if a.get(keys.GENERATOR) != GENERATOR]
    kept += [annotation.to_dict() for annotation in annotations]
    meta[keys.ANNOTATIONS] = sorted(kept, key=lambda a: a[keys.SAMPLE_START])
    meta[keys.GLOBAL][keys.VERSION] = VERSION
    state_extension(meta)
    try:
        check_metadata(meta)
    except ValueError as error:
        raise SigMFError(f"{path} not written: {error}") from None
    replace_file(path, json.dumps(meta, indent=2, allow_nan=False) + "\n")


def state_extension(meta: dict) -> None:
    """Lists our namespace among the extensions where the annotations have fields of it."""
    about, prefix = meta[keys.GLOBAL], f"{keys.NAMESPACE}:"
    others = [e for e in about.pop(keys.EXTENSIONS, []) if e.get("name") != keys.NAMESPACE]
    if any(key.startswith(prefix) for entry in meta[keys.ANNOTATIONS] for key in entry):
        ours = {"name": keys.NAMESPACE, "version": keys.NAMESPACE_VERSION, "optional": True}
        others.append(ours)
    if others:
        about[keys.EXTENSIONS] = others


def _stem(path: str | os.PathLike) -> str:
    text = os.fspath(path)
    for suffix in (META_SUFFIX, DATA_SUFFIX):
        if text.endswith(suffix):
            return text[: -len(suffix)]
    return text


def _read_meta(path: Path) -> dict:
    try:
        return read_metadata(path)
    except OSError as error:
        raise SigMFError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise SigMFError(f"{path}: {error}") from None


def _capture(entry: dict) -> Capture:
    if entry.get(keys.HEADER_BYTES):
        raise ValueError(f"{keys.HEADER_BYTES} is not supported")
    frequency = entry.get(keys.FREQUENCY)
    frequency = None if frequency is None else float(frequency)
    return Capture(int(entry[keys.SAMPLE_START]), frequency, entry.get(keys.DATETIME))


def _annotation(entry: dict, n_samples: int) -> Annotation:
    start = int(entry[keys.SAMPLE_START])
    return Annotation(
        start,
        int(entry.get(keys.SAMPLE_COUNT, n_samples - start)),
        entry.get(keys.LABEL, ""),
        entry.get(keys.FREQ_LOWER_EDGE),
        entry.get(keys.FREQ_UPPER_EDGE),
        entry.get(keys.COMMENT, ""),
    )


def _count_samples(data_path: Path, datatype: DataType, about: dict) -> int:
    if about.get(keys.NUM_CHANNELS, 1) != 1:
        raise ValueError(f"{keys.NUM_CHANNELS} must be 1, got {about[keys.NUM_CHANNELS]}")
    if not data_path.is_file():
        raise ValueError(f"{data_path.name} is missing")
    size = data_path.stat().st_size
    if size % datatype.sample_bytes:
        raise ValueError(
            f"{data_path.name} is truncated: {size} bytes are no whole number of "
            f"{datatype.sample_bytes}-byte samples"
        )
    return size // datatype.sample_bytes

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the metadata of SigMF recordings; writes annotations."""

from __future__ import annotations

import json
import os
from copy import deepcopy
from pathlib import Path

from ..files import replace_file
from . import sigmf_keys as keys
from .annotation import GENERATOR, Annotation
from .recording import Capture, DataType, Recording, RecordingError
from .sigmf_metadata import check_metadata, read_metadata

META_SUFFIX, DATA_SUFFIX = ".sigmf-meta", ".sigmf-data"
VERSION = "1.2.6"
"""The SigMF version of the metadata that we write."""


class SigMFError(RecordingError):
    """The metadata of a recording, or a folder of recordings, cannot be used."""


def read(path: str | os.PathLike) -> Recording:
    """Reads the metadata of a recording by its ``.sigmf-meta``, its ``.sigmf-data`` or their common
    stem.

    Raises:
        SigMFError: a file is missing, unreadable or truncated, or its datatype is unknown.
    """
    meta_path = Path(f"{stem_of(path)}{META_SUFFIX}")
    meta = _read_meta(meta_path)
    about = meta[keys.GLOBAL]
    if keys.DATATYPE not in about:
        raise SigMFError(f"{meta_path}: {keys.DATATYPE} is missing")
    try:
        datatype = DataType.parse(str(about[keys.DATATYPE]))
        entries = meta.get(keys.CAPTURES, [])
        captures = tuple(_capture(entry) for entry in entries)
        offset = _header_bytes(entries)
        data_path = _data_path(meta_path, about)
        n_samples = _count_samples(data_path, datatype, about, offset)
        rate = about.get(keys.SAMPLE_RATE)
        return Recording(
            meta_path,
            datatype,
            float(rate) if rate else None,
            captures,
            data_path=data_path,
            n_samples=n_samples,
            meta_path=meta_path,
            offset_bytes=offset,
            annotations=tuple(_annotation(a, n_samples) for a in meta.get(keys.ANNOTATIONS, [])),
        )
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise SigMFError(f"{meta_path}: {reason}") from None


def metadata_of(recording: Recording) -> dict:
    """SigMF metadata of a recording: its own, with the rate and the frequency that options stated
    where it has none, or those of a non-conforming data set, which name its file and the bytes
    around the samples.

    Raises:
        SigMFError: the metadata cannot be read, or SigMF has no such datatype.
    """
    if recording.meta_path is not None:
        return _completed(_read_meta(recording.meta_path), recording)
    if recording.datatype.is_packed:
        raise SigMFError(
            f"{recording.path}: SigMF has no 24-bit samples, so --annotate cannot describe it"
        )
    size, offset = recording.data_path.stat().st_size, recording.offset_bytes
    samples_end = offset + recording.n_samples * recording.datatype.sample_bytes
    about = {
        keys.DATATYPE: recording.datatype.name,
        keys.VERSION: VERSION,
        keys.DATASET: recording.data_path.name,
        keys.TRAILING_BYTES: size - samples_end,
    }
    if recording.sample_rate is not None:
        about[keys.SAMPLE_RATE] = recording.sample_rate
    (capture,) = recording.captures
    entry = {
        keys.SAMPLE_START: 0,
        keys.HEADER_BYTES: offset,
        keys.FREQUENCY: capture.frequency,
        keys.DATETIME: capture.datetime,
    }
    entry = {key: value for key, value in entry.items() if value is not None}
    return {keys.GLOBAL: about, keys.CAPTURES: [entry], keys.ANNOTATIONS: []}


def _completed(meta: dict, recording: Recording) -> dict:
    """The metadata with what options stated: edges of annotations count from that frequency, and
    other programs draw them only where they find it."""
    if recording.sample_rate is not None:
        meta[keys.GLOBAL].setdefault(keys.SAMPLE_RATE, recording.sample_rate)
    if recording.frequency is not None:
        captures = meta.get(keys.CAPTURES) or [{keys.SAMPLE_START: 0}]
        captures[0].setdefault(keys.FREQUENCY, recording.frequency)
        meta[keys.CAPTURES] = captures
    return meta


def write_annotations(
    path: str | os.PathLike, annotations, base: str | os.PathLike | dict | None = None
) -> None:
    """Writes the metadata of ``base`` (default: ``path`` itself) with ``annotations`` to ``path``.

    Annotations that gr-rfattn wrote earlier are replaced, others are kept, those of ``base`` and
    those of ``path``; all are sorted by sample. The file is replaced as a whole.

    Args:
        path: a ``.sigmf-meta`` file.
        annotations: :class:`Annotation` objects.
        base: a ``.sigmf-meta`` file, or the metadata themselves.

    Raises:
        SigMFError: ``base`` or the file at ``path`` cannot be read, or an annotation breaks a rule
            of SigMF.
    """
    path = Path(path)
    meta = deepcopy(base) if isinstance(base, dict) else _read_meta(Path(base or path))
    kept = _others(meta)
    if base is not None and path.exists():
        copied = {json.dumps(a, sort_keys=True) for a in kept}
        there = _others(_read_meta(path))
        kept += [a for a in there if json.dumps(a, sort_keys=True) not in copied]
    kept += [annotation.to_dict() for annotation in annotations]
    meta[keys.ANNOTATIONS] = sorted(kept, key=lambda a: a[keys.SAMPLE_START])
    _write(path, meta)


def _others(meta: dict) -> list[dict]:
    """The annotations that gr-rfattn did not write."""
    return [a for a in meta.get(keys.ANNOTATIONS, []) if a.get(keys.GENERATOR) != GENERATOR]


def set_label(path: str | os.PathLike, label: str, generator: str) -> None:
    """Gives the annotations of gr-rfattn in a ``.sigmf-meta`` file another label and generator;
    those of that generator get the label, too. Their other fields stay. The file is replaced as a
    whole.

    Raises:
        OSError: naming the file; it cannot be written.
        SigMFError: it cannot be read, or has no such annotation.
    """
    path = Path(path)
    meta = _read_meta(path)
    ours = [
        entry
        for entry in meta.get(keys.ANNOTATIONS, [])
        if entry.get(keys.GENERATOR) in (GENERATOR, generator)
    ]
    if not ours:
        raise SigMFError(f"{path}: no annotation of {GENERATOR} in it")
    for entry in ours:
        entry |= {keys.LABEL: label, keys.GENERATOR: generator}
    _write(path, meta)


def _write(path: Path, meta: dict) -> None:
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


def stem_of(path: str | os.PathLike) -> str:
    """The path of a recording without the suffix of its metadata or its samples."""
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


def _header_bytes(entries: list[dict]) -> int:
    """Bytes before the first sample, as a non-conforming data set states them."""
    if any(entry.get(keys.HEADER_BYTES) for entry in entries[1:]):
        raise ValueError(f"{keys.HEADER_BYTES} is not supported behind the first capture")
    return int(entries[0].get(keys.HEADER_BYTES, 0)) if entries else 0


def _data_path(meta_path: Path, about: dict) -> Path:
    """The file of the samples: beside the metadata, of their name or as core:dataset names it."""
    dataset = about.get(keys.DATASET)
    if dataset is None:
        return Path(f"{stem_of(meta_path)}{DATA_SUFFIX}")
    if Path(dataset).name != dataset:
        raise ValueError(f"{keys.DATASET} must name a file beside it, got {dataset!r}")
    return meta_path.with_name(dataset)


def _capture(entry: dict) -> Capture:
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


def _count_samples(data_path: Path, datatype: DataType, about: dict, offset: int) -> int:
    if about.get(keys.NUM_CHANNELS, 1) != 1:
        raise ValueError(f"{keys.NUM_CHANNELS} must be 1, got {about[keys.NUM_CHANNELS]}")
    if not data_path.is_file():
        raise ValueError(f"{data_path.name} is missing")
    size = data_path.stat().st_size - offset - int(about.get(keys.TRAILING_BYTES, 0))
    if size < 0 or size % datatype.sample_bytes:
        raise ValueError(
            f"{data_path.name} is truncated: {size} bytes are no whole number of "
            f"{datatype.sample_bytes}-byte samples"
        )
    return size // datatype.sample_bytes

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings of an archive: files, folders, and addresses of files that lie elsewhere.

An address, such as ``https://host/x.cu8`` or ``sftp://host/night/``, is what fsspec reads
(python3-fsspec); one that ends with a slash is a folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ..packages import load
from .formats import DATATYPES, STDIN, SUFFIXES
from .recording import RecordingError
from .sigmf import DATA_SUFFIX, META_SUFFIX, stem_of

_RAW = {f".{name}" for name in (*DATATYPES, *SUFFIXES)}


def list_recordings(names: Iterable[str]) -> list[str]:
    """The recordings that ``names`` stand for, in that order: of a folder all below it, by name.

    In a folder these are recordings: SigMF (its ``.sigmf-meta``), WAV, and raw samples whose suffix
    states their type.

    Raises:
        RecordingError: a folder without recordings, one recording twice, or standard input.
        ImportError: naming the package that an address needs.
        OSError: a folder cannot be read.
    """
    found: dict[str, None] = {}
    for name in names:
        if name == STDIN:
            raise RecordingError("an archive takes files, got - for standard input")
        for recording in _below(name):
            if recording in found:
                raise RecordingError(f"{recording}: given twice")
            found[recording] = None
    return list(found)


@contextmanager
def local_path(name: str, folder: str = "") -> Iterator[str]:
    """The path of a recording; of one with an address that of a copy, which is then deleted.

    Args:
        folder: where a relative path begins.

    Raises:
        OSError: the recording cannot be copied.
    """
    if not is_address(name):
        yield os.path.join(folder, name)
        return
    with tempfile.TemporaryDirectory(prefix="gr-rfattn-") as copies:
        yield _copy(name, copies)


def is_address(name: str) -> bool:
    return "://" in name


def _below(name: str) -> list[str]:
    if is_address(name):
        files = _below_address(name) if name.endswith("/") else None
    else:
        files = _below_folder(Path(name)) if Path(name).is_dir() else None
    if files is None:
        return [name]
    found = sorted(_recordings(files))
    if not found:
        raise RecordingError(f"{name}: no recordings in this folder")
    return found


def _below_folder(folder: Path) -> list[str]:
    def stop(error: OSError):
        raise error

    found = []
    for place, folders, files in os.walk(folder, onerror=stop, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.join(place, name) for name in files]
    return found


def _below_address(address: str) -> list[str]:
    files, folder = _file_system(address)
    return [files.unstrip_protocol(path) for path in files.find(folder)]


def _recordings(files: list[str]) -> Iterator[str]:
    described = {stem_of(name) for name in files if name.endswith(META_SUFFIX)}
    for name in files:
        path = PurePosixPath(name)
        suffix = path.suffix.lower()
        is_described = name in described or name.removesuffix(path.suffix) in described
        if path.name.startswith("."):
            continue
        if name.endswith(META_SUFFIX) or (
            suffix in {".wav", *_RAW} and not is_described  # by metadata beside it
        ):
            yield name


def _copy(address: str, folder: str) -> str:
    """Copies a recording, and the other file of SigMF; returns the path of the copy."""
    files, path = _file_system(address)
    stem = stem_of(path)
    names = [path] if stem == path else [f"{stem}{META_SUFFIX}", f"{stem}{DATA_SUFFIX}"]
    for name in names:
        files.get_file(name, os.path.join(folder, PurePosixPath(name).name))
    return os.path.join(folder, PurePosixPath(names[0]).name)


def _file_system(address: str):
    """The file system of an address, and the path in it."""
    return load("fsspec", address).url_to_fs(address)

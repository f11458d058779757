# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces files as a whole, so that a kill or a full disk never leaves half a file."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: str | os.PathLike, content: bytes | str) -> None:
    """Writes ``content`` (text as UTF-8) to ``path``, which keeps its old content until then.

    Raises:
        OSError: the folder does not take the file; nothing has changed.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    replace_with(path, lambda partial: partial.write_bytes(data))


def replace_with(path: str | os.PathLike, write: Callable[[Path], object]) -> None:
    """Calls ``write`` with a temporary path beside ``path``, then puts that file in its place; see
    `replacing`.

    Raises:
        OSError: the folder does not take the file; nothing has changed.
    """
    with replacing(path) as partial:
        write(partial)


def own_folder(name: str) -> Path:
    """The folder of a user's own models or formats: below $XDG_DATA_HOME, or ~/.local/share where
    it is not set."""
    # Path.home() raises where a user has no home, as in some containers; this names no folder then.
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(data) / "gr-rfattn" / name


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Gives a temporary path beside ``path``; at the end that file takes its place.

    The data reaches the disk before the name changes. An existing file keeps its permissions, and a
    symbolic link still points to its file. A path that is not a regular file, such as /dev/stdout
    or a pipe, is written directly. An exception removes the temporary file; a kill may leave it,
    hidden, with a name that ends in ``.partial``.

    Raises:
        OSError: naming ``path``; the folder does not take the file, and nothing has changed.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        yield path
        return
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with naming(path, partial):
            partial.touch(exist_ok=False)
            yield partial
            if path.exists():
                shutil.copymode(path, partial)
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path, refusal: str) -> Iterator[None]:
    """Holds the lock of a file, which is made where it is not there, and stays.

    Raises:
        ValueError: ``refusal``; another process, or another part of this one, holds it.
        OSError: the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(refusal) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def naming(path: Path, partial: Path) -> Iterator[None]:
    """Has an OSError about the temporary file ``partial``, or about none, name ``path``: what the
    user asked for."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(partial)):
            raise
        raise type(error)(error.errno, os.strerror(error.errno), str(path)) from None

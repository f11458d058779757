# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Lines file of an archive, which a later run continues."""

from __future__ import annotations

import fcntl
import io
import itertools
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ...checked import plain_name, shown
from ...files import naming
from ...flowgraph.archive import Labelled
from ..output.emission_lines import MOST_BYTES
from ..output.json_output import SCHEMA, JsonLines


class LinesFile:
    """Adds recordings to the file, each with all its lines at once.

    The first line holds the settings. Then each recording has a line for each emission, and a
    summary; behind all recordings come those that failed. A kill leaves at most one recording
    without its summary, which `open_lines` drops.

    Args:
        descriptor: of the file, open at its end; path: what errors name.
        head: the first line of a new file; None: the file has one.
        finished: files of the recordings that are in the file.

    Raises:
        OSError: by all methods, naming the file; it cannot be written.
    """

    def __init__(self, descriptor: int, path: str, head: dict | None, finished: set[str]):
        self._descriptor, self._path, self._head = descriptor, path, head
        self.finished = finished

    def add(self, labelled: Labelled) -> None:
        """Adds a recording that was labelled."""
        text = io.StringIO()
        lines = JsonLines(text)
        lines.begin(labelled.about)
        for record in labelled.records:
            lines.add("emission", record.to_dict())
        lines.end(labelled.rest)
        self._write(text.getvalue())

    def end(self, failed: dict[str, str], actions: dict) -> None:
        """Adds what failed, the error by file, and what became of commands and messages."""
        for name, error in failed.items():
            self._write(_line({"type": "failed", "file": name, "error": error}))
        if actions:
            self._write(_line({"type": "actions", **actions}))
        with naming(Path(self._path), Path(self._path)):
            os.fsync(self._descriptor)

    def _write(self, text: str) -> None:
        if self._head is not None:
            text, self._head = _line(self._head) + text, None
        data = text.encode("ascii")
        with naming(Path(self._path), Path(self._path)):
            while data:
                data = data[os.write(self._descriptor, data) :]


def _line(value: dict) -> str:
    return f"{json.dumps(value, allow_nan=False)}\n"


@contextmanager
def open_lines(path: str, settings: dict, resume: bool) -> Iterator[LinesFile]:
    """Opens a new file, or with ``resume`` one that is there, without its end: a line that is not
    whole, and those behind the last summary. A file to which nothing was added is removed.

    Args:
        settings: what the results depend on; those of a file that is there must be the same.

    Raises:
        ValueError: in one line that names the file, where it cannot be made or continued.
    """
    head = {"type": "settings", "schema": SCHEMA, **settings}
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe would wait
    flags |= 0 if resume else os.O_EXCL
    try:
        descriptor = os.open(path, flags, 0o666)
    except FileExistsError:
        raise ValueError(
            f"--json: {path} exists: continue it with --resume, or name another file"
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"--json: {path} is no regular file")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"--json: another program writes {path}") from None
        with open(descriptor, "rb", closefd=False) as file:
            finished, end = _read(file, path, head)
        os.truncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        try:
            yield LinesFile(descriptor, path, None if end else head, finished)
        finally:
            if not os.fstat(descriptor).st_size:  # nothing was done
                os.unlink(path)
    finally:
        os.close(descriptor)


def _read(file: BinaryIO, path: str, head: dict) -> tuple[set[str], int]:
    """The recordings that a file holds, and where the last of them ends, in bytes."""
    finished: set[str] = set()
    end = position = 0
    for number in itertools.count(1):
        line, where = file.readline(MOST_BYTES), f"--json: {path}: line {number}"
        if len(line) == MOST_BYTES:
            raise ValueError(f"{where} has more than {MOST_BYTES} bytes, so it cannot be continued")
        if not line.endswith(b"\n"):
            break
        position += len(line)
        value = _parse(line, where)
        if number == 1:
            _check_same(path, value, json.loads(json.dumps(head)))
            end = position
        elif value.get("type") == "summary":
            name = value.get("file")
            if not isinstance(name, str):
                raise ValueError(f"{where} names no file, so it cannot be continued")
            finished.add(name)
            end = position
    return finished, end


def _parse(line: bytes, where: str) -> dict:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no JSON object, so it cannot be continued")
    return value


def _check_same(path: str, there: dict, ours: dict) -> None:
    if there.get("type") != "settings":
        raise ValueError(f"--json: {path} does not begin with settings, so it cannot be continued")
    for name in {**ours, **there}:
        if there.get(name) != ours.get(name):
            raise ValueError(
                f"--json: {path} was made with {plain_name(name)} {shown(there.get(name))}, now "
                f"it is {shown(ours.get(name))}: continue with the same settings, or name another "
                "file"
            )

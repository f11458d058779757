# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Lines file of an archive, which a later run continues."""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ..flowgraph.archive import Labelled
from .json_output import JsonLines
from .options import SCHEMA

SUFFIX = ".jsonl"


class LinesFile:
    """Adds recordings to the file, each with all its lines at once.

    The first line holds the settings. Then each recording has a line for each emission, and a
    summary; behind all recordings come those that failed. A kill leaves at most one recording
    without its summary, which `open_lines` drops.

    Attributes:
        finished: files of the recordings that were in the file when it was opened.
    """

    def __init__(self, file: BinaryIO, head: dict, finished: set[str]):
        self._file, self._head, self.finished = file, head, finished

    def add(self, labelled: Labelled) -> None:
        """Adds a recording that was labelled."""
        text = io.StringIO()
        lines = JsonLines(text)
        lines.begin(labelled.about, "emissions")
        for record in labelled.records:
            lines.add("emission", record.to_dict())
        lines.end(labelled.rest)
        self._write(text.getvalue())

    def end(self, failed: dict[str, str], actions: dict) -> None:
        """Adds what failed, the error by file, and what became of commands and messages."""
        for name, error in failed.items():
            self._line({"type": "failed", "file": name, "error": error})
        if actions:
            self._line({"type": "actions", **actions})
        os.fsync(self._file.fileno())

    def _line(self, value: dict) -> None:
        self._write(f"{json.dumps(value, allow_nan=False)}\n")

    def _write(self, text: str) -> None:
        if not self._file.tell():
            text = f"{json.dumps(self._head)}\n{text}"
        self._file.write(text.encode("ascii"))
        self._file.flush()


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
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if resume else os.O_EXCL)
    try:
        descriptor = os.open(path, flags, 0o666)
    except FileExistsError:
        raise ValueError(
            f"--json: {path} exists: continue it with --resume, or name another file"
        ) from None
    with open(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"--json: another program writes {path}") from None
        finished, end = _read(file, path, head)
        file.truncate(end)
        file.seek(end)
        try:
            yield LinesFile(file, head, finished)
        finally:
            if not os.fstat(descriptor).st_size:  # nothing was done
                os.unlink(path)


def _read(file: BinaryIO, path: str, head: dict) -> tuple[set[str], int]:
    """The recordings that a file holds, and where the last of them ends, in bytes."""
    finished: set[str] = set()
    end = position = 0
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            break
        position += len(line)
        value = _parse(line, f"--json: {path}: line {number}")
        if number == 1:
            _check_same(path, value, json.loads(json.dumps(head)))
            end = position
        elif value.get("type") == "summary":
            finished.add(value["file"])
            end = position
    return finished, end


def _parse(line: bytes, where: str) -> dict:
    try:
        value = json.loads(line)
    except ValueError:
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
                f"--json: {path} was made with {name} {there.get(name)!r}, now it is "
                f"{ours.get(name)!r}: continue with the same settings, or name another file"
            )

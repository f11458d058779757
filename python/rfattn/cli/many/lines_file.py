# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Lines file of an archive."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...files import naming
from ...flowgraph.archive import Labelled
from ..output.json_output import SCHEMA, JsonLines


class LinesFile:
    """Adds recordings to the file, each with all its lines at once.

    The first line holds the settings. Then each recording has a line for each emission, and a
    summary; behind all recordings come those that failed. A kill leaves at most one recording
    without its summary.

    Args:
        file: new, without a buffer; path: what errors name.
        settings: what the results depend on.

    Raises:
        OSError: by all methods, naming the file; it cannot be written.
    """

    def __init__(self, file: io.RawIOBase, path: str, settings: dict):
        self._file, self._path = file, Path(path)
        self._head = _line({"type": "settings", "schema": SCHEMA, **settings})

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
        with naming(self._path, self._path):
            os.fsync(self._file)

    def _write(self, text: str) -> None:
        data, self._head = (self._head + text).encode("ascii"), ""
        with naming(self._path, self._path):
            while data:
                data = data[self._file.write(data) :]


def _line(value: dict) -> str:
    return f"{json.dumps(value, allow_nan=False)}\n"


@contextmanager
def open_lines(path: str, settings: dict) -> Iterator[LinesFile]:
    """Makes the file; it is removed where nothing was added to it.

    Args:
        settings: what the results depend on.

    Raises:
        ValueError: in one line that names the file: it is there.
        OSError: it cannot be made.
    """
    try:
        file = open(path, "xb", buffering=0)
    except FileExistsError:
        raise ValueError(f"--json: {path} exists: name another file") from None
    with file:
        try:
            yield LinesFile(file, path, settings)
        finally:
            if not file.tell():
                os.unlink(path)

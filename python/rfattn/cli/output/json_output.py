# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the JSON of `label` and `live` while they run, without keeping it in memory."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

from ..._version import __version__
from ...emissions.rounding import rounded
from ...failures import Failures, counted
from ...files import replacing
from ...flowgraph.listening import Span
from ...reporting import check_json_path, versions

SCHEMA = 2
"""Version of the JSON of `label` and `live`."""

LINES_SUFFIX = ".jsonl"
"""Files with this suffix get an object a line while the command runs."""


class NoJson:
    """Where no JSON is asked for."""

    is_lines = False
    """Whether each object is a line."""
    has_stdout = False
    """Whether it takes stdout, so that nothing else is printed there."""

    def begin(self, about: dict) -> None:
        """Begins a recording or a receiver; its emissions follow."""

    def add(self, kind: str, value: dict) -> None:
        """Writes an emission or an event."""

    def end(self, rest: dict) -> None:
        """Ends what `begin` began, with what is known now."""

    def total(self, actions: dict) -> None:
        """Writes what became of commands and messages, behind all recordings."""


class JsonLines(NoJson):
    """One object a line: what is known before the first sample, each emission when it is final, and
    a summary at the end.

    Args:
        file: where the lines go; None: stdout.
    """

    is_lines = True

    def __init__(self, file: TextIO | None = None):
        self._file, self.has_stdout = file, file is None
        self._start_s = self._until_s = -math.inf  # of the time of listening

    def begin(self, about: dict) -> None:
        self._about = about
        name = next(iter(about))
        self._name = {name: about[name]}
        self._print({"type": "begin", "schema": SCHEMA, "version": __version__, **about})

    def add_listened(self, span: Span) -> None:
        """Writes what is new of a time of listening."""
        if span.start_s != self._start_s:
            self._start_s = self._until_s = span.start_s
        if span.end_s > self._until_s:
            times = {"start_unix_s": self._until_s, "end_unix_s": span.end_s}
            edges = {"freq_lower": span.low_hz, "freq_upper": span.high_hz}
            self.add("listened", {**times, **edges})
            self._until_s = span.end_s

    def add(self, kind: str, value: dict) -> None:
        self._print({"type": kind, **self._name, **value})

    def end(self, rest: dict) -> None:
        self._print({"type": "summary", "schema": SCHEMA, **self._about, **rest})

    def total(self, actions: dict) -> None:
        self._print({"type": "actions", **actions})

    def _print(self, value: dict) -> None:
        print(_text(value) + "\n", end="", file=self._file, flush=True)


class JsonDocument(NoJson):
    """One object in a file.

    Args:
        file: open for writing.
        in_list: whether there are several recordings, in the list "recordings".
    """

    def __init__(self, file: TextIO, in_list: bool):
        self._file, self._in_list = file, in_list
        self._recordings = self._items = 0
        self._events: list[dict] = []
        self._actions: dict = {}
        file.write(f'{{"schema": {SCHEMA},\n' + ('"recordings": [' if in_list else ""))

    def begin(self, about: dict) -> None:
        if self._in_list:
            self._file.write(",\n{" if self._recordings else "\n{")
        self._recordings += 1
        self._items, self._events = 0, []
        self._fields(about)
        self._file.write(',\n"emissions": [')

    def add(self, kind: str, value: dict) -> None:
        if kind == "event":  # one list at a time is written
            self._events.append(value)
            return
        self._file.write((",\n" if self._items else "\n") + _text(value))
        self._items += 1

    def end(self, rest: dict) -> None:
        self._file.write("],\n")
        events = {"events": self._events} if self._events else {}
        self._fields({**events, **rest})
        if self._in_list:
            self._file.write("}")

    def total(self, actions: dict) -> None:
        self._actions = {"actions": actions}

    def close(self) -> None:
        self._file.write("],\n" if self._in_list else ",\n")
        self._fields({**self._actions, "versions": versions()})
        self._file.write("}\n")

    def _fields(self, values: dict) -> None:
        self._file.write(",\n".join(_text({name: value})[1:-1] for name, value in values.items()))


def _text(value: dict) -> str:
    return json.dumps(rounded(value), allow_nan=False)


@contextmanager
def open_json(path: str | None, in_list: bool) -> Iterator[NoJson]:
    """Opens what ``--json`` asks for before the work begins; see `JsonDocument`.

    An exception leaves an older file as it was, unless it gets lines. What cannot be written ends
    nothing before the end.

    Raises:
        ValueError: the file cannot be written; at the end, where a part could not.
    """
    check_json_path(path)
    if not path:
        yield NoJson()
    elif path == "-":
        yield JsonLines()
    elif path.endswith(LINES_SUFFIX):
        with _open_parts(path, path) as file:
            yield JsonLines(file)
    else:
        with replacing(path) as partial, _open_parts(partial, path) as file:
            document = JsonDocument(file, in_list)
            yield document
            document.close()


@contextmanager
def _open_parts(path, name: str) -> Iterator[_Parts]:
    """A `_Parts` of a file.

    Raises:
        ValueError: at the end, in one line, where some could not be written.
    """
    with open(path, "wb", buffering=0) as file:
        parts = _Parts(file, name)
        yield parts
    if parts.failures.count:
        raise ValueError(f"--json: {parts.failures}")


class _Parts:
    """A file that gets each part as a whole. One that cannot be written, as on a full disk, is left
    out and counted in ``failures``, and names the file."""

    def __init__(self, file: BinaryIO, name: str):
        self._file, self._name = file, name
        self.failures = Failures(lambda text: print(f"gr-rfattn: --json: {text}", file=sys.stderr))

    @counted
    def write(self, text: str) -> None:
        begin = self._file.tell() if self._file.seekable() else None
        left = text.encode()
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            if begin is not None:
                self._file.truncate(self._file.seek(begin))
            raise OSError(error.errno, error.strerror, self._name) from None

    def flush(self) -> None:
        """Does nothing: a part is written at once."""

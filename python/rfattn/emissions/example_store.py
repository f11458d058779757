# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled emissions that a station learns from, in a file; no samples are in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from ..checked import shown
from ..messages.entries import read_as, to_dict
from ..messages.observation import Observation
from ..messages.values import check_values
from .evidence import Facts
from .sqlite_file import check_tables, connect, file_in, named_errors

CHECKSUM, PERSON = "checksum", "person"
"""Who gave an example its label: a frame with a right checksum, or a person."""
FILE = "examples.sqlite"
MOST_OF_A_LABEL = 300
"""Examples kept of a label, some 1.5 kB each; the oldest goes."""
_TABLE = (
    "examples (run text, id integer, model text, label text, origin text, number integer, "
    "observation text, primary key (run, id))"
)
_WAIT_S = 10.0
_MOST_ROWS = 2**18
"""A file has at most so many rows, which hold more than 800 labels."""
_DIGITS = 4


@dataclass(frozen=True)
class StoredExample:
    """An emission with a label.

    Attributes:
        label: a class, a name of one's own, or "other".
        origin: `CHECKSUM` or `PERSON`.
        number: counts the examples of the label from 0.
        observation: what the model made of it.
    """

    label: str
    origin: str
    number: int
    observation: Observation

    @property
    def source(self) -> str:
        """Tells the emission from all others."""
        return f"{self.observation.run} {self.observation.id}"

    @property
    def facts(self) -> Facts:
        return Facts(**{f.name: getattr(self.observation, f.name) for f in fields(Facts)})


class ExampleStore:
    """Keeps labelled emissions in a file of a folder, the newest of each label.

    Several processes may write at once. An emission that a person labelled keeps this label.

    Args:
        folder: is made if its parent exists.
        is_new: whether the file may be made; else it must be there.
        most: examples kept of a label.
        wait_s: how long another process may hold the file.

    Raises:
        ValueError: in one line: there is no such folder or file, or it is damaged, or another one.
            So do all methods where the file cannot be read or written.
    """

    def __init__(
        self, folder, is_new: bool = True, most: int = MOST_OF_A_LABEL, wait_s: float = _WAIT_S
    ):
        writers = "gr-rfattn live and serve write it with --learn"
        self.path = file_in(folder, FILE, is_new, writers)
        self._most, self._lock = most, threading.Lock()
        with named_errors(self.path):
            self._data = connect(self.path, wait_s)
            check_tables(self._data, ["examples"], [f"create table {_TABLE}"], is_new)
            self._data.execute("pragma journal_mode = wal")
            self._data.execute(f"create table if not exists {_TABLE}")

    def close(self) -> None:
        self._data.close()

    def add(self, label: str, origin: str, observation: Observation) -> None:
        """Adds an emission, or replaces what is known of it."""
        text = json.dumps(_rounded(observation))
        where = observation.run, observation.id
        with self._transaction():
            row = self._one("select label, origin from examples where run = ? and id = ?", where)
            if row is not None and row[1] == PERSON != origin:
                label, origin = row
            values = [observation.model, origin, text, *where]
            if row is not None and row[0] == label:
                self._data.execute(
                    "update examples set model = ?, origin = ?, observation = ? "
                    "where run = ? and id = ?",
                    values,
                )
                return
            (number,) = self._one(
                "select coalesce(max(number) + 1, 0) from examples where label = ?", [label]
            )
            self._data.execute(
                "insert or replace into examples (model, origin, observation, run, id, label, "
                "number) values (?, ?, ?, ?, ?, ?, ?)",
                [*values, label, number],
            )
            self._data.execute(
                "delete from examples where label = ? and number <= ?", [label, number - self._most]
            )

    def examples(self, model: str = "") -> list[StoredExample]:
        """Those that a model looked at, by its `fingerprint`, in order of labels and numbers; "":
        all."""
        with named_errors(self.path):
            (count,) = self._one(
                "select count(*) from (select 1 from examples limit ?)", [_MOST_ROWS + 1]
            )
            if count > _MOST_ROWS:
                raise ValueError(f"it has more than {_MOST_ROWS} examples")
            rows = self._data.execute(
                "select label, origin, number, observation from (select * from examples limit ?) "
                "where ? in ('', model) order by label, number",
                [_MOST_ROWS, model],
            ).fetchall()
            return [_stored(*row) for row in rows]

    def forget(self, label: str) -> int:
        """Removes the examples of a label; returns how many there were."""
        with self._transaction():
            return self._data.execute("delete from examples where label = ?", [label]).rowcount

    def _one(self, query: str, values) -> tuple | None:
        return self._data.execute(query, values).fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, named_errors(self.path):
            self._data.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._data.execute("rollback")
                raise
            self._data.execute("commit")


def _stored(label, origin, number, text) -> StoredExample:
    """A row as an example, once its values are those that `ExampleStore.add` writes."""
    if not (isinstance(label, str) and 0 < len(label) <= 100 and label.isprintable()):
        raise ValueError(f"label must be printable text, got {shown(label)}")
    if origin not in (CHECKSUM, PERSON) or not (isinstance(number, int) and number >= 0):
        raise ValueError(f"origin and number must be as written, got {shown([origin, number])}")
    message = json.loads(text)
    check_values(message, "observation")
    return StoredExample(label, origin, number, read_as(Observation, message, "observation"))


def _rounded(observation: Observation) -> dict:
    """The observation as JSON, with logarithms of four decimals."""
    logs = observation.log_probabilities
    short = {name: round(float(value), _DIGITS) for name, value in logs.items()}
    return {**to_dict(observation), "log_probabilities": short}

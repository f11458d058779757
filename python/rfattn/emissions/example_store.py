# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled emissions that a station learns from, in a file; no samples are in it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from ..checked import shown
from ..messages.entries import read_as, to_dict
from ..messages.observation import Observation
from ..messages.values import check_values
from ..printable import printable
from .evidence import Facts

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
"""Of a file; those of more than 800 labels."""
_MOST_ROW_BYTES = 2**20
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
        self,
        folder,
        is_new: bool = True,
        most: int = MOST_OF_A_LABEL,
        wait_s: float = _WAIT_S,
    ):
        self.path, self._most, self._lock = Path(folder) / FILE, most, threading.Lock()
        if is_new and not self.path.parent.is_dir():
            if not self.path.parent.parent.is_dir():
                raise ValueError(f"{folder}: no folder {self.path.parent.parent} to make it in")
            self.path.parent.mkdir(exist_ok=True)
        elif not is_new and not self.path.is_file():
            raise ValueError(
                f"{folder}: no {FILE} in it; gr-rfattn live and serve write it with --learn"
            )
        with self._named_errors():
            self._data = sqlite3.connect(
                self.path, timeout=wait_s, isolation_level=None, check_same_thread=False
            )
            self._data.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_ROW_BYTES)
            self._data.execute("pragma trusted_schema = off")
            self._check_table(is_new)
            self._data.execute("pragma journal_mode = wal")
            self._data.execute("pragma synchronous = normal")
            self._data.execute(f"create table if not exists {_TABLE}")

    def _check_table(self, may_be_missing: bool) -> None:
        """Raises ValueError where examples is another table or a view, or has triggers."""
        found = self._data.execute(
            "select sql from sqlite_master where tbl_name = 'examples' collate nocase "
            "and sql is not null"
        ).fetchmany(2)
        if may_be_missing and not found:
            return
        if [_bare(str(sql)) for (sql,) in found] != [_bare(f"create table {_TABLE}")]:
            raise ValueError("it has not the table examples that gr-rfattn makes")

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
                "delete from examples where label = ? and number <= ?",
                [label, number - self._most],
            )

    def examples(self, model: str = "") -> list[StoredExample]:
        """Those that a model looked at, by its `fingerprint`, in order of labels and numbers; "":
        all."""
        with self._named_errors():
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
        with self._lock, self._named_errors():
            self._data.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._data.execute("rollback")
                raise
            self._data.execute("commit")

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{self.path}: {printable(str(error))[:200]}") from None


def _bare(sql: str) -> str:
    """A statement without what may differ between two that mean the same."""
    return "".join(sql.lower().split())


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
    """As JSON, with logarithms of four decimals."""
    logs = observation.log_probabilities
    short = {name: round(float(value), _DIGITS) for name, value in logs.items()}
    return {**to_dict(observation), "log_probabilities": short}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of SQLite in the folder of a station, which several processes may use at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from gnuradio.rfattn.printable import printable

_MOST_ROW_BYTES = 2**20


def file_in(folder, name: str, is_new: bool, writers: str) -> Path:
    """The path of a file; makes its folder, if the parent of that exists.

    Args:
        is_new: whether the file may be made; else it must be there, as ``writers`` writes it.

    Raises:
        ValueError: in one line: there is no such folder or file.
    """
    path = Path(folder) / name
    if is_new and not path.parent.is_dir():
        if not path.parent.parent.is_dir():
            raise ValueError(f"{folder}: no folder {path.parent.parent} to make it in")
        path.parent.mkdir(exist_ok=True)
    elif not is_new and not path.is_file():
        raise ValueError(f"{folder}: no {name} in it; {writers}")
    return path


def connect(path: Path, wait_s: float, synchronous: str = "normal") -> sqlite3.Connection:
    """Opens a file, for any thread; another process may hold it for ``wait_s``. With the power the
    newest rows may be lost where ``synchronous`` is "normal", and none where it is "full"."""
    data = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    data.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_ROW_BYTES)
    data.execute("pragma trusted_schema = off")
    data.execute(f"pragma synchronous = {synchronous}")
    return data


def check_tables(data, tables: Collection[str], made: Collection[str], may_be_missing: bool):
    """Refuses tables of these names that others made, views and triggers.

    Args:
        tables: their names; made: the statements that make them and their indices.
        may_be_missing: whether a file without any of them is good, too.

    Raises:
        ValueError: in one line.
    """
    places = ", ".join("?" * len(tables))
    found = data.execute(
        f"select sql from sqlite_master where lower(tbl_name) in ({places}) and sql is not null",
        [*tables],
    ).fetchmany(len(made) + 1)
    if may_be_missing and not found:
        return
    if sorted(_bare(str(sql)) for (sql,) in found) != sorted(map(_bare, made)):
        noun = "table" if len(tables) == 1 else "tables"
        raise ValueError(f"it has not the {noun} {', '.join(tables)} that gr-rfattn makes")


@contextmanager
def named_errors(path, *kinds: type[Exception]) -> Iterator[None]:
    """Raises what goes wrong as a ValueError in one line that names the file."""
    try:
        yield
    except (sqlite3.Error, ValueError, TypeError, RecursionError, *kinds) as error:
        raise ValueError(f"{path}: {printable(str(error))[:200]}") from None


def _bare(sql: str) -> str:
    """A statement without what may differ between two that mean the same."""
    return "".join(sql.lower().split())

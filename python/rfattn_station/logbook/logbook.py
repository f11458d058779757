# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logbook of a station: a file of SQLite in its folder, or a PostgreSQL server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import Text, event, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from . import tables
from .heard import Heard, Listened
from .sqlite_file import check_tables, connect, file_in, named_errors
from .tables import EVENTS, HEARD, HOUR_US, LISTENED, RECEIVERS, STALE, STATE

FILE = "logbook.sqlite"
_WAIT_S = 10.0
_MOST_STATE_BYTES = 2**28
_SERVER = "postgresql"
_SERVER_OPTIONS = {
    "connect_timeout": 5,
    "options": "-c statement_timeout=60000 -c lock_timeout=10000",
    "tcp_user_timeout": 10_000,
}
THINNED = "thinned_until"
"""Of the state: before this hour there are counts alone."""
UNTIL = {24: "days_until", 168: "weeks_until"}
"""Of the state: before this hour there are counts of so many hours together."""


def is_server(where: str) -> bool:
    """Whether a logbook is on a server, and not in a folder."""
    return where.startswith((f"{_SERVER}:", f"{_SERVER}+"))


class Logbook:
    """Writes and reads a logbook. Several processes may write at once, and others read.

    Args:
        where: a folder, which is made if its parent exists, or postgresql://USER@HOST/NAME.
        is_new: whether the logbook may be made; else it must be there.
        wait_s: how long another process may hold the file.
        later: whether a server may be absent; `make` is called when it is there.

    Raises:
        ValueError: in one line: there is no such folder, file or server, or it is damaged, or
            another one.
    """

    def __init__(self, where, is_new=True, wait_s: float = _WAIT_S, later: bool = False):
        where = str(where)
        if is_server(where):
            self._path, self._insert, self.name = None, postgresql.insert, _shown(where)
            self._engine = _server(where)
        else:
            writers = "gr-rfattn live writes it with --station"
            self._path = file_in(where, FILE, is_new, writers)
            self._insert, self.name = sqlite.insert, str(self._path)
            self._engine = _file(self._path, wait_s)
        self._receivers: dict[tuple[str, str], int] = {}
        with self._named_errors():
            if self._path is not None:
                self._check_file(is_new)
            if is_new and not (later and self._path is None):
                self.make()

    def make(self) -> None:
        """Makes the tables that are not there yet."""
        with self.writing() as data:
            if self._path is None:  # receivers that begin together: one makes them
                data.execute(select(func.pg_advisory_xact_lock(func.hashtext(_SERVER))))
            tables.make(data)
            first = [{"name": THINNED, "value": "0"}, {"name": "version", "value": "1"}]
            data.execute(self._insert(STATE).on_conflict_do_nothing(), first)

    def _check_file(self, is_new: bool) -> None:
        made = tables.statements(self._engine)
        data = connect(self._path, _WAIT_S)
        try:
            check_tables(data, tables.NAMES, made, may_be_missing=is_new)
            if is_new:
                data.execute("pragma journal_mode = wal")
        finally:
            data.close()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[sqlalchemy.Connection]:
        """A transaction that writes: all of it is kept, with the power of the machine gone, too,
        or nothing."""
        with self._engine.connect() as data:
            data = data.execution_options(writes=True)
            with data.begin():
                yield data

    @contextmanager
    def reading(self) -> Iterator[sqlalchemy.Connection]:
        """A state of the logbook that does not change meanwhile.

        Raises:
            ValueError: in one line that names the logbook.
        """
        with self._named_errors(), self._engine.connect() as data:
            if self._path is None:
                data = data.execution_options(isolation_level="REPEATABLE READ")
            with data.begin():
                yield data

    def write(
        self, heard: Sequence[Heard], listened: Iterable[Listened] = (), settings="", state=None
    ) -> int:
        """Adds emissions and times of listening, or nothing. An emission that is there already
        stays as it is, and a time of listening that began at the same moment gets its newest end.

        Args:
            settings: of the receivers of the emissions, as those of `Listened`.
            state: values of JSON by name, that replace those of the state.

        Returns:
            how many emissions were left out, since all of their time is thinned to counts.

        Raises:
            SQLAlchemyError: nothing was added.
        """
        known = dict(self._receivers)
        with self.writing() as data:
            first = thinned_until(data)
            rows = [
                tables.row_of(one, self._number(data, known, one.receiver, settings))
                for one in heard
            ]
            kept = [row for row in rows if row["end_us"] >= first * HOUR_US]
            spans = [
                tables.span_of(one, self._number(data, known, one.receiver, one.settings))
                for one in listened
            ]
            if kept:
                data.execute(self._insert(HEARD).on_conflict_do_nothing(), kept)
            if spans:
                new = self._insert(LISTENED)
                later = new.on_conflict_do_update(
                    index_elements=[*LISTENED.primary_key], set_={"end_us": new.excluded.end_us}
                )
                data.execute(later, spans)
            self.make_stale(data, [*kept, *spans], first)
            for name, value in (state or {}).items():
                self.set_state(data, name, value)
        self._receivers = known  # once they are kept
        return len(rows) - len(kept)

    def _number(self, data, known: dict, name: str, settings: str) -> int:
        """The number of a receiver with these settings, which gets one if it is new."""
        if (name, settings) not in known:
            here = {"name": name, "settings": settings}
            find = select(RECEIVERS.c.number).filter_by(**here)
            number = data.execute(find).scalar()
            if number is None:
                next_one = select(
                    func.coalesce(func.max(RECEIVERS.c.number) + 1, 0),
                    literal(name, Text),
                    literal(settings, Text),
                )
                new = self._insert(RECEIVERS).from_select(["number", *here], next_one)
                data.execute(new)
                number = data.execute(find).scalar_one()
            known[name, settings] = number
        return known[name, settings]

    def make_stale(self, data, rows: Iterable[dict], first: int) -> None:
        """Has the hours of rows counted again, from the hour ``first`` on."""
        hours = {
            hour
            for row in rows
            for hour in range(max(first, row["start_us"] // HOUR_US), row["end_us"] // HOUR_US + 1)
        }
        if hours:
            new = self._insert(STALE)
            # An update locks the row against a count that began before.
            again = new.on_conflict_do_update(
                index_elements=["hour"], set_={"hour": new.excluded.hour}
            )
            data.execute(again, [{"hour": hour} for hour in sorted(hours)])

    def add_events(self, data, receiver: str, events: Iterable[dict]) -> None:
        """Adds events of the transmitters that a receiver hears, or of itself; one that is there
        stays."""
        rows = [
            {
                "time_us": tables.microseconds(one["time_unix_s"]),
                "receiver": receiver,
                "transmitter": -1 if one["event"] == "receiver" else one["transmitter"],
                "event": one["event"],
                "value": json.dumps(one),
            }
            for one in events
        ]
        if rows:
            data.execute(self._insert(EVENTS).on_conflict_do_nothing(), rows)

    def set_state(self, data, name: str, value) -> None:
        self.set_texts(data, {name: json.dumps(value)})

    def set_texts(self, data, texts: dict[str, str]) -> None:
        """Sets values of the state, by name, that are JSON already."""
        new = self._insert(STATE)
        data.execute(
            new.on_conflict_do_update(index_elements=["name"], set_={"value": new.excluded.value}),
            [{"name": name, "value": text} for name, text in texts.items()],
        )

    def size_bytes(self) -> int | None:
        """Of the file, without what is free in it; None of a server."""
        if self._path is None:
            return None
        with self._engine.connect() as data:
            count, free, size = (
                data.exec_driver_sql(f"pragma {name}").scalar()
                for name in ("page_count", "freelist_count", "page_size")
            )
        return (count - free) * size

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        with named_errors(self.name, SQLAlchemyError):
            try:
                yield
            except SQLAlchemyError as error:  # without the statement, which may be long
                raise ValueError(reason_of(error)) from None


def reason_of(error: SQLAlchemyError) -> str:
    """What a server or SQLite has to complain of, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def state_of(data, name: str, locks: bool = False):
    """A value of the state; None: there is none.

    Args:
        locks: in a transaction that writes: nobody else changes it until its end.
    """
    find = select(STATE.c.value).where(STATE.c.name == name)
    value = data.execute(find.with_for_update() if locks else find).scalar()
    return None if value is None else json.loads(value)


def thinned_until(data, locks: bool = False) -> int:
    """Before this hour there are counts alone; 0: nothing was thinned.

    Args:
        locks: in a transaction that writes: nobody else counts or thins until its end.
    """
    writes = data.get_execution_options().get("writes")
    find = select(STATE.c.value).where(STATE.c.name == THINNED)
    return int(data.execute(find.with_for_update(read=not locks) if writes else find).scalar_one())


def counted_with(data, hour: int) -> tuple[int, int]:
    """The first of the hours that are counted together with one, and the one behind the last."""
    whole = [hours for hours, name in UNTIL.items() if hour < (state_of(data, name) or 0)]
    hours = max(whole, default=1)
    return hour // hours * hours, (hour // hours + 1) * hours


def _file(path, wait_s: float) -> sqlalchemy.Engine:
    def open_file():
        data = connect(path, wait_s, "full")
        data.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_STATE_BYTES)
        return data

    engine = sqlalchemy.create_engine("sqlite://", creator=open_file, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(data):
        writes = data.get_execution_options().get("writes")
        data.exec_driver_sql("begin immediate" if writes else "begin")

    return engine


def _server(where: str) -> sqlalchemy.Engine:
    try:
        return sqlalchemy.create_engine(where, pool_pre_ping=True, connect_args=_SERVER_OPTIONS)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{where.partition(':')[0]}: no package {error.name} is installed"
        ) from None
    except (SQLAlchemyError, ValueError):
        raise ValueError(f"{_shown(where)}: no address of a PostgreSQL server") from None


def _shown(where: str) -> str:
    """The address without its password."""
    try:
        return sqlalchemy.make_url(where).render_as_string(hide_password=True)
    except (SQLAlchemyError, ValueError):
        return "postgresql:"

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of a logbook, the same in SQLite and in PostgreSQL.

Times are whole microseconds since 1970 (UTC), frequencies whole Hz: two writers of the same
emission agree on its key, and no time zone matters. An hour is one of UTC, counted since 1970.
"""

from __future__ import annotations

import math

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from .heard import Heard, Listened

US = 1_000_000
HOUR_US = 3600 * US
RASTER_HZ = 12_500
"""Occupancy is counted by channels of so many Hz."""
_FINENESS = 16
"""A wide emission counts from and to multiples of an eighth to a sixteenth of its width, which are
the raster times a power of two, so that edges that tremble make few rows."""
_METADATA = MetaData()


def _table(name: str, *columns: Column | Index, key: tuple[str, ...]) -> Table:
    return Table(name, _METADATA, *columns, PrimaryKeyConstraint(*key), sqlite_with_rowid=False)


def _whole(name: str) -> Column:
    return Column(name, BigInteger, nullable=False, autoincrement=False)


RECEIVERS = _table(
    "receivers",
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Index("receivers_by_name", "name", "settings", unique=True),
    key=("number",),
)
HEARD = _table(
    "heard",
    _whole("start_us"),
    _whole("frequency"),
    _whole("receiver"),
    _whole("end_us"),
    _whole("air_us"),
    _whole("low"),
    _whole("high"),
    Column("width", Float),
    Column("burst_count", Integer),
    *(Column(name, Float) for name in ("period_s", "snr_db", "power_db", "symbol_rate")),
    Column("label", Text),
    Column("family", Text),
    Column("confidence", Float),
    *(Column(name, Text) for name in ("basis", "sender", "content")),
    key=("start_us", "frequency", "receiver"),
)
"""Emissions. `low` and `high` are the edges of the channels that one counts in, in `RASTER_HZ`."""
CROSSES = text(f"end_us / {HOUR_US} > start_us / {HOUR_US}")
"""Holds for emissions of several hours, which an index has."""
Index("heard_of_hours", HEARD.c.end_us, sqlite_where=CROSSES, postgresql_where=CROSSES)
Index("heard_by_frequency", HEARD.c.frequency, HEARD.c.start_us)
Index("heard_by_label", HEARD.c.label, HEARD.c.start_us)
Index(
    "heard_by_sender",
    *(HEARD.c[name] for name in ("sender", "start_us", "end_us", "label", "low", "high")),
    sqlite_where=HEARD.c.sender.is_not(None),
    postgresql_where=HEARD.c.sender.is_not(None),
)
LISTENED = _table(
    "listened",
    _whole("start_us"),
    _whole("receiver"),
    _whole("low_hz"),
    _whole("high_hz"),
    _whole("end_us"),
    key=("start_us", "receiver", "low_hz", "high_hz"),
)
HOURS = _table(
    "hours",
    _whole("hour"),
    _whole("low"),
    _whole("high"),
    _whole("receiver"),
    Column("label", Text, nullable=False),
    _whole("begun"),
    _whole("present"),
    _whole("air_us"),
    _whole("first_us"),
    _whole("last_us"),
    Index("hours_by_channel", "low", "high", "hour", "present", "air_us"),
    Index("hours_by_label", "label", "hour", "begun", "first_us", "last_us", "low", "high"),
    key=("hour", "low", "high", "receiver", "label"),
)
"""What was heard in an hour: emissions that began in it, and all that were on the air in it. The
indices have all that is summed."""
LISTENED_HOURS = _table(
    "listened_hours",
    _whole("hour"),
    _whole("receiver"),
    _whole("low_hz"),
    _whole("high_hz"),
    _whole("listened_us"),
    _whole("looks"),
    key=("hour", "receiver", "low_hz", "high_hz"),
)
EVENTS = _table(
    "events",
    _whole("time_us"),
    Column("receiver", Text, nullable=False),
    _whole("transmitter"),
    Column("event", Text, nullable=False),
    Column("value", Text, nullable=False),
    key=("time_us", "receiver", "transmitter", "event"),
)
"""What happened to transmitters, each with its event as JSON."""
STALE = _table("stale", _whole("hour"), key=("hour",))
"""Hours that are to be counted, or counted again."""
STATE = _table(
    "state",
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    key=("name",),
)
TABLES = _METADATA.sorted_tables
NAMES = [table.name for table in TABLES]


def statements(engine) -> list[str]:
    """What makes the tables and their indices."""
    made = [
        CreateTable(table) if index is None else CreateIndex(index)
        for table in TABLES
        for index in (None, *sorted(table.indexes, key=lambda index: index.name))
    ]
    return [str(one.compile(engine)).strip() for one in made]


def make(connection) -> None:
    _METADATA.create_all(connection)


def microseconds(seconds: float) -> int:
    return round(seconds * US)


def row_of(heard: Heard, receiver: int) -> dict:
    """An emission as a row of `HEARD`."""
    start, end = microseconds(heard.start_s), microseconds(heard.end_s)
    end = max(start, end)
    air = end - start if heard.air_s is None else microseconds(heard.air_s)
    low, high = _channels(heard.frequency_hz, heard.width_hz)
    return {
        "start_us": start,
        "end_us": end,
        "air_us": min(max(0, air), end - start),
        "frequency": round(heard.frequency_hz),
        "receiver": receiver,
        "low": low,
        "high": high,
        "width": heard.width_hz,
        **{name: getattr(heard, name) for name in _SAME},
    }


def span_of(listened: Listened, receiver: int) -> dict:
    """A time of listening as a row of `LISTENED`."""
    start = microseconds(listened.start_s)
    return {
        "start_us": start,
        "end_us": max(start, microseconds(listened.end_s)),
        "receiver": receiver,
        "low_hz": round(listened.low_hz),
        "high_hz": round(listened.high_hz),
    }


_SAME = [
    column.name
    for column in HEARD.columns
    if column.name in Heard.__dataclass_fields__ and column.name != "receiver"
]


def heard_of(row, receiver: str) -> Heard:
    """A row of `HEARD` as an emission."""
    return Heard(
        row.start_us / US,
        row.end_us / US,
        float(row.frequency),
        row.width,
        receiver=receiver,
        air_s=row.air_us / US,
        **{name: getattr(row, name) for name in _SAME},
    )


def _channels(frequency: float, width: float) -> tuple[int, int]:
    step = 1
    while width > _FINENESS * step * RASTER_HZ:
        step *= 2
    size = step * RASTER_HZ
    low = math.floor((frequency - width / 2) / size)
    high = max(low + 1, math.ceil((frequency + width / 2) / size))
    return low * step, high * step

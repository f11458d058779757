# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what was heard in each hour, and thins what is older to these counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import and_, case, delete, func, insert, select

from .logbook import THINNED, UNTIL, Logbook, state_of, thinned_until
from .tables import CROSSES, HEARD, HOUR_US, HOURS, LISTENED, LISTENED_HOURS, STALE, US

LOOK_US = US
"""A look is a second of listening, or a shorter visit of a receiver that scans."""
_SETTLED_US = 60 * US
"""An hour is counted so long after its end: what ended in it is there."""
_ROWS_AT_ONCE = 2000
"""Rows that a transaction removes: others wait for it."""
_MOST_HOURS = 24
LONGEST_US = HOUR_US
"""Of a row of `LISTENED`."""
_DAY_H, _WEEK_H = UNTIL
_FINE_H = 28 * _DAY_H
"""The page shows 28 days hour by hour, so their counts become coarser at last."""
_FIRST_H = 490_896
"""2026 begins, in hours since 1970. No logbook is older, so a clock before it is wrong."""


@dataclass
class Count:
    """What was heard in a range of channels by one receiver under one label: emissions that began,
    all that were on the air, how long, and the first and the last moment of that."""

    begun: int = 0
    present: int = 0
    air_us: int = 0
    first_us: int = 2**62
    last_us: int = 0

    def add(self, begun: int, present: int, air_us: int, first_us: int, last_us: int) -> None:
        self.begun += begun
        self.present += present
        self.air_us += air_us
        self.first_us, self.last_us = min(self.first_us, first_us), max(self.last_us, last_us)


Counts = defaultdict[tuple[int, int, int, str], Count]
"""By lower and upper channel, receiver, and label ("" for none)."""


def heard_between(data, first_us: int, last_us: int, *where) -> Counts:
    """Counts emissions by their rows: those that begin from ``first_us`` on and before ``last_us``,
    and the time on the air between.

    Args:
        where: conditions of `HEARD` that hold for those that count.
    """
    counts: Counts = defaultdict(Count)
    row = HEARD.c
    keys = row.low, row.high, row.receiver, func.coalesce(row.label, "")
    begins = and_(row.start_us >= first_us, row.start_us < last_us)
    number, air = func.count(), func.sum(row.air_us)
    inside = select(*keys, number, number, air, func.min(row.start_us), func.max(row.end_us))
    inside = inside.where(begins, row.end_us <= last_us, *where).group_by(*keys)
    for *key, begun, present, air_us, first, last in data.execute(inside):
        counts[tuple(key)].add(begun, present, int(air_us), first, last)
    whole = first_us // HOUR_US * HOUR_US
    of_this_hour = and_(
        row.start_us >= whole,
        row.start_us < last_us,
        row.end_us > case((row.start_us < first_us, first_us), else_=last_us),
    )
    # The sum keeps the key out, so that the index of these emissions is used.
    of_more_hours = and_(row.start_us + 0 < whole, row.end_us > first_us, CROSSES)
    for condition in of_this_hour, of_more_hours:
        parts = select(*keys, row.start_us, row.end_us, row.air_us).where(condition, *where)
        for *key, start, end, air_us in data.execute(parts):
            begin, stop = max(start, first_us), min(end, last_us)
            part = round(air_us * (stop - begin) / (end - start))
            counts[tuple(key)].add(start >= first_us, 1, part, begin, stop)
    return counts


def listened_between(data, first_us: int, last_us: int) -> dict[tuple, tuple[int, int]]:
    """Time of listening in microseconds, and looks, by receiver and edges of the band in Hz."""
    sums: dict[tuple, tuple[int, int]] = {}
    row = LISTENED.c
    spans = select(row.receiver, row.low_hz, row.high_hz, row.start_us, row.end_us).where(
        row.start_us < last_us, row.start_us >= first_us - LONGEST_US, row.end_us > first_us
    )
    for *key, start, end in data.execute(spans):
        time = min(end, last_us) - max(start, first_us)
        before, looks = sums.get(tuple(key), (0, 0))
        sums[tuple(key)] = before + time, looks + max(1, time // LOOK_US)
    # A clock that was set back makes some moments twice.
    return {key: (min(time, last_us - first_us), looks) for key, (time, looks) in sums.items()}


def count_hour(data, hour: int) -> None:
    """Counts an hour that is stale, once more if it was counted before."""
    is_thinned = hour < thinned_until(data, locks=True)
    if not data.execute(delete(STALE).where(STALE.c.hour == hour)).rowcount or is_thinned:
        return
    first, last = hour * HOUR_US, (hour + 1) * HOUR_US
    heard, listened = heard_between(data, first, last), listened_between(data, first, last)
    rows = [_row(HOURS, hour, key, vars(count).values()) for key, count in heard.items()]
    spans = [_row(LISTENED_HOURS, hour, *pair) for pair in listened.items()]
    for table, new in ((HOURS, rows), (LISTENED_HOURS, spans)):
        data.execute(delete(table).where(table.c.hour == hour))
        if new:
            data.execute(insert(table), new)


def _row(table, hour: int, key: tuple, values) -> dict:
    return dict(zip(table.columns.keys(), (hour, *key, *values), strict=True))


def count_hours(logbook: Logbook, before: int, most: int | None = None) -> int:
    """Counts stale hours before this one; returns how many.

    Args:
        most: hours that are counted; None: all.
    """
    with logbook.reading() as data:
        stale = select(STALE.c.hour).where(STALE.c.hour < before).order_by(STALE.c.hour)
        hours = list(data.execute(stale.limit(most)).scalars())
    for hour in hours:
        with logbook.writing() as data:
            count_hour(data, hour)
    return len(hours)


def settled_hour(now_us: int) -> int:
    """The hours before this one are over, and what ended in them is there."""
    return (now_us - _SETTLED_US) // HOUR_US


def thin(logbook: Logbook, before: int) -> None:
    """Leaves the counts alone of hours before this one, but at most of a day behind the oldest row:
    a clock that is wrong costs no more. `remove_thinned` then removes the rows."""
    with logbook.reading() as data:
        thinned = thinned_until(data)
        begins = [
            data.execute(
                select(func.min(table.c.start_us)).where(table.c.end_us > thinned * HOUR_US)
            ).scalar()
            for table in (HEARD, LISTENED)
        ]
    known = [begin // HOUR_US for begin in begins if begin is not None]
    until = min(before, max(min(known), thinned) + _MOST_HOURS) if known else thinned
    if until <= thinned:
        return
    count_hours(logbook, until)
    with logbook.writing() as data:
        thinned_until(data, locks=True)
        for hour in data.execute(select(STALE.c.hour).where(STALE.c.hour < until)).scalars().all():
            count_hour(data, hour)
        logbook.set_state(data, THINNED, until)


def thin_to(logbook: Logbook, most_bytes: int, before: int) -> str:
    """Where the file is larger, leaves the counts alone of the hour of the oldest row, if it is
    before ``before``. Where counts alone are larger, makes those of a day or a week one.

    Returns:
        what is less now than the counts of hours, for a line; "" where that is nothing.
    """
    if (logbook.size_bytes() or 0) <= most_bytes:
        return ""
    with logbook.reading() as data:
        until = thinned_until(data)
        row = HEARD.c
        oldest = data.execute(select(func.min(row.start_us))).scalar()
        removed = select(row.start_us).where(
            row.start_us < until * HOUR_US, row.end_us <= until * HOUR_US
        )
        if data.execute(removed.limit(1)).scalar() is not None:
            return ""  # `remove_thinned` will make the file smaller
    begin = before if oldest is None else max(oldest // HOUR_US, until)
    if begin < before:
        thin(logbook, begin + 1)
        return ""
    for age in (_FINE_H, 0):
        for hours in (_DAY_H, _WEEK_H):
            if _merge_oldest(logbook, hours, until - age):
                unit = "day" if hours == _DAY_H else "week"
                return f"counts alone are larger than --keep: older ones are kept by {unit}"
    return "counts by week are larger than --keep, and nothing else can go"


def _merge_oldest(logbook: Logbook, hours: int, before: int) -> bool:
    """Makes the counts of the oldest day or week one that were not; returns whether there were."""
    with logbook.writing() as data:
        thinned_until(data, locks=True)
        row, until = HOURS.c, state_of(data, UNTIL[hours]) or 0
        oldest = data.execute(select(func.min(row.hour)).where(row.hour >= until)).scalar()
        end = before if oldest is None else (oldest // hours + 1) * hours
        if oldest is None or end > before:
            return False
        _merge(data, end - hours, end)
        logbook.set_state(data, UNTIL[hours], end)
    return True


def _merge(data, first: int, end: int) -> None:
    """Makes the counts of all hours from ``first`` to ``end`` those of the first one."""
    least, most = {"first_us": func.min}, {"last_us": func.max}
    for table in HOURS, LISTENED_HOURS:
        keys = [column for column in table.primary_key if column.name != "hour"]
        values = [column for column in table.columns if column not in {*table.primary_key}]
        sums = [{**least, **most}.get(one.name, func.sum)(one).label(one.name) for one in values]
        is_there = table.c.hour.between(first, end - 1)
        rows = data.execute(select(*keys, *sums).where(is_there).group_by(*keys)).all()
        data.execute(delete(table).where(is_there))
        if rows:
            data.execute(insert(table), [{"hour": first, **one._mapping} for one in rows])


def believe(logbook: Logbook, settled: int) -> str:
    """Lets emissions be kept one by one again where a clock that was ahead has thinned hours that
    are not over. Their counts become those of the hour before.

    Args:
        settled: see `settled_hour`.

    Returns:
        what happened, for a line; "" where that is nothing.
    """
    with logbook.reading() as data:
        if not _FIRST_H < settled < thinned_until(data):
            return ""
    while remove_thinned(logbook):  # whose counts are there
        pass
    with logbook.writing() as data:
        ahead = thinned_until(data, locks=True) - settled
        _merge(data, settled - 1, settled + ahead)
        logbook.set_state(data, THINNED, settled)
        for hours, name in UNTIL.items():
            until = min(state_of(data, name) or 0, settled // hours * hours)
            logbook.set_state(data, name, until)
    return f"its clock was {ahead} h ahead; counts of these hours are those of the last one now"


def remove_thinned(logbook: Logbook) -> bool:
    """Removes some rows of which the counts are left; returns whether there may be more."""
    more = False
    with logbook.writing() as data:
        end = thinned_until(data) * HOUR_US
        for table in (HEARD, LISTENED):
            row = table.c
            is_old = and_(row.start_us < end, row.end_us <= end)
            far = select(row.start_us).where(is_old).order_by(row.start_us).offset(_ROWS_AT_ONCE)
            last = data.execute(far.limit(1)).scalar()
            more |= last is not None
            data.execute(
                delete(table).where(is_old, row.start_us < (end if last is None else last))
            )
    return more

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a logbook: what was heard, and which emissions."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import and_, func, select, tuple_

from .heard import Heard
from .hours import heard_between, listened_between
from .logbook import counted_with, thinned_until
from .names import event_message, given_names, is_muted
from .tables import (
    EVENTS,
    HEARD,
    HOUR_US,
    HOURS,
    LISTENED_HOURS,
    RASTER_HZ,
    RECEIVERS,
    STALE,
    US,
    heard_of,
)

END_US = 2**62
"""Later than any emission."""
_FEW = 20_000
"""So many emissions of a band are sorted by time; of more, the hours are found that have enough."""
_AT_ONCE = 500
_KEY = HEARD.c.start_us, HEARD.c.frequency, HEARD.c.receiver


@dataclass(frozen=True)
class Filter:
    """Which emissions are asked for; None: any.

    Attributes:
        since_us, until_us: when they are on the air, or begin; microseconds since 1970.
        low_hz, high_hz: edges of a band; both or none.
        label: theirs; "" of those without one.
        sender: whom their content names.
    """

    since_us: int = 0
    until_us: int = END_US
    low_hz: float | None = None
    high_hz: float | None = None
    label: str | None = None
    sender: str | None = None

    @property
    def channels(self) -> tuple[int, int] | None:
        """The channels of the band, in `RASTER_HZ`."""
        if self.low_hz is None:
            return None
        return int(self.low_hz // RASTER_HZ), int(-(-self.high_hz // RASTER_HZ))

    def of_counts(self, table, inside: bool = False) -> list:
        """Conditions of `HOURS`, or of `HEARD` where rows count alike, but that of time.

        Args:
            inside: all channels of an emission are within the band, and not the middle alone.
        """
        row, found = table.c, []
        if self.channels is not None:
            low, high = self.channels
            middle = (row.low + row.high).between(2 * low, 2 * high)
            found += [row.low >= low, row.high <= high] if inside else [middle]
        if self.label is not None:
            found.append(func.coalesce(row.label, "") == self.label)
        return found

    def of_rows(self) -> list:
        """Conditions of `HEARD` for single emissions, but that of time. One alone is such that an
        index helps, which has them in the order of time: sums keep the others out."""
        found, row = [], HEARD.c
        if self.low_hz is not None:
            found.append((row.frequency + 0).between(round(self.low_hz), round(self.high_hz)))
        if self.label is not None:
            label = func.coalesce(row.label, "") if self.sender is not None else row.label
            found.append(label == self.label if self.label else row.label.is_(None))
        if self.sender is not None:
            found.append(row.sender == self.sender)
        return found


@dataclass(frozen=True)
class Hours:
    """How a time is counted: by the counts of whole hours, and by the rows of what is left.

    Hours that were thinned count as a whole, and so do days and weeks that are counted together.

    Attributes:
        first, last: the first of the hours, and the one behind the last.
        parts: begin and end of the times whose rows count, microseconds since 1970: those that
            are no whole hours, and those of stale hours.
    """

    first: int
    last: int
    parts: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, data, since_us: int, until_us: int) -> Hours:
        thinned = thinned_until(data)
        first, last = -(-since_us // HOUR_US), until_us // HOUR_US
        if since_us // HOUR_US < thinned:
            first = counted_with(data, since_us // HOUR_US)[0]
        if last < thinned:
            last = counted_with(data, (until_us - 1) // HOUR_US)[1]
        parts = []
        if first > last:  # within one hour
            return cls(first, first, [(since_us, until_us)])
        if since_us < first * HOUR_US:
            parts.append((since_us, first * HOUR_US))
        if until_us > last * HOUR_US and until_us < END_US:
            parts.append((last * HOUR_US, until_us))
        of_stale = select(STALE.c.hour).where(
            STALE.c.hour >= max(first, thinned), STALE.c.hour < last
        )
        for hour in data.execute(of_stale.order_by(STALE.c.hour)).scalars():
            parts.append((hour * HOUR_US, (hour + 1) * HOUR_US))
        return cls(first, last, parts)

    def where(self, table):
        """Condition of the rows of a table of hours."""
        hour, fresh = table.c.hour, table.c.hour.not_in(select(STALE.c.hour))
        if self.first == 0 and self.last == END_US // HOUR_US:  # so that no index is chosen for it
            return fresh
        return and_(hour >= self.first, hour < self.last, fresh)


def heard_labels(data, asked: Filter) -> dict[str, dict]:
    """What was heard, by label, "" for none, those of the most emissions first: ``emissions``,
    ``first_s`` and ``last_s`` when they were on the air, and ``low_hz`` to ``high_hz``, where."""
    found: dict[str, list] = {}

    def add(label: str, *values: int) -> None:
        begun, first, last, low, high = values
        old = found.setdefault(label, [0, first, last, low, high])
        old[:] = (
            old[0] + begun,
            min(old[1], first),
            max(old[2], last),
            min(old[3], low),
            max(old[4], high),
        )

    if asked.sender is not None:
        row, label = HEARD.c, func.coalesce(HEARD.c.label, "")
        values = func.count(), func.min(row.start_us), func.max(row.end_us), func.min(row.low)
        of_sender = select(label, *values, func.max(row.high)).where(
            row.start_us >= asked.since_us, row.start_us < asked.until_us, *asked.of_rows()
        )
        for one in data.execute(of_sender.group_by(label)):
            add(*one)
    else:
        row, hours = HOURS.c, Hours.of(data, asked.since_us, asked.until_us)
        values = func.sum(row.begun), func.min(row.first_us), func.max(row.last_us)
        conditions = [hours.where(HOURS), *asked.of_counts(HOURS)]
        counted = select(row.label, *values, func.min(row.low), func.max(row.high))
        for label, begun, *rest in data.execute(counted.where(*conditions).group_by(row.label)):
            add(label, int(begun), *rest)
        rows = asked.of_counts(HEARD)
        for part in hours.parts:
            for (low, high, _, label), count in heard_between(data, *part, *rows).items():
                add(label, count.begun, count.first_us, count.last_us, low, high)
    names = "emissions", "first_s", "last_s", "low_hz", "high_hz"
    units = 1, 1 / US, 1 / US, RASTER_HZ, RASTER_HZ
    rows = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return {
        label: {name: value * unit for name, value, unit in zip(names, values, units, strict=True)}
        for label, values in rows
    }


def listened_to(data, asked: Filter) -> dict[tuple[str, float, float], tuple[int, int]]:
    """How long was listened in microseconds, and how many looks that were, by the name of the
    receiver and the edges of the band."""
    hours, row = Hours.of(data, asked.since_us, asked.until_us), LISTENED_HOURS.c
    names = dict(data.execute(select(RECEIVERS.c.number, RECEIVERS.c.name)).tuples().all())
    sums: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    keys = row.receiver, row.low_hz, row.high_hz
    counted = select(*keys, func.sum(row.listened_us), func.sum(row.looks))
    rows = [
        (tuple(key), (int(time), int(looks)))
        for *key, time, looks in data.execute(
            counted.where(hours.where(LISTENED_HOURS)).group_by(*keys)
        )
    ]
    for part in hours.parts:
        rows += listened_between(data, *part).items()
    for (receiver, low, high), (time, looks) in rows:
        found = sums[names[receiver], low, high]
        found[0] += time
        found[1] += looks
    return {key: (time, looks) for key, (time, looks) in sums.items()}


def events(data, asked: Filter, most: int) -> list[dict]:
    """The newest events of transmitters that are not muted, see `event_message`, in the order of
    their times."""
    row = EVENTS.c
    found = select(row.receiver, row.value).where(
        row.time_us >= asked.since_us, row.time_us < asked.until_us
    )
    rows = data.execute(found.order_by(row.time_us.desc())).yield_per(_AT_ONCE)
    names = given_names(data)
    found = (event_message(receiver, json.loads(value), names) for receiver, value in rows)
    near = (one for one in found if _is_near(asked, one["frequency"]) and not is_muted(one, names))
    named = (one for one in near if asked.label in (None, one["label"] or ""))
    return list(islice(named, most))[::-1]


def _is_near(asked: Filter, hz: float | None) -> bool:
    return asked.low_hz is None or (hz is not None and asked.low_hz <= hz <= asked.high_hz)


def is_asked(asked: Filter, transmitter) -> bool:
    """Whether a `Transmitter` is among those that are asked for."""
    one = transmitter
    return (
        one.first_s * US < asked.until_us
        and one.last_s * US >= asked.since_us
        and any(_is_near(asked, hz) for hz in one.frequencies_hz)
        and (asked.label is None or any((name or "") == asked.label for name in one.labels))
        and asked.sender in (None, one.sender)
    )


def emissions(data, asked: Filter, most: int) -> list[Heard]:
    """The newest emissions that began in the time asked for, in the order of their begins."""
    row, since, until = HEARD.c, asked.since_us, asked.until_us
    conditions = asked.of_rows()
    if asked.low_hz is not None and asked.sender is None:
        band = select(*_KEY).where(
            row.frequency.between(round(asked.low_hz), round(asked.high_hz)),
            row.start_us.between(since, until),
        )
        keys = data.execute(band.limit(_FEW + 1)).all()
        if len(keys) <= _FEW:
            newest = sorted(keys, reverse=True)
            return _of_keys(data, newest, conditions, most)
        since, until = _hours_with(data, asked, most)
    names = dict(data.execute(select(RECEIVERS.c.number, RECEIVERS.c.name)).tuples().all())
    newest = select(HEARD).where(row.start_us >= since, row.start_us < until, *conditions)
    rows = data.execute(newest.order_by(row.start_us.desc()).limit(most)).all()
    return [heard_of(one, names[one.receiver]) for one in reversed(rows)]


def _of_keys(data, keys: list, conditions: list, most: int) -> list[Heard]:
    names = dict(data.execute(select(RECEIVERS.c.number, RECEIVERS.c.name)).tuples().all())
    found = []
    for begin in range(0, len(keys), _AT_ONCE):
        some = select(HEARD).where(tuple_(*_KEY).in_(keys[begin : begin + _AT_ONCE]), *conditions)
        rows = data.execute(some.order_by(HEARD.c.start_us.desc())).all()
        found += rows[: most - len(found)]
        if len(found) >= most:
            break
    return [heard_of(one, names[one.receiver]) for one in reversed(found)]


def _hours_with(data, asked: Filter, most: int) -> tuple[int, int]:
    """Begin and end of a time in which at least so many emissions of those asked for began; by the
    counts of hours, whose channels are wider than the band."""
    row, since, until = HOURS.c, asked.since_us, asked.until_us
    hours = Hours.of(data, since, until)
    stale = min((begin for begin, _ in hours.parts), default=END_US)
    counted = (
        select(row.hour, func.sum(row.begun))
        .where(hours.where(HOURS), *asked.of_counts(HOURS, inside=True))
        .group_by(row.hour)
        .order_by(row.hour.desc())
    )
    count = 0
    for hour, begun in data.execute(counted):
        count, found = count + int(begun), hour * HOUR_US
        if count >= most:
            break
    return max(since, min(stale, found if count else END_US)), until

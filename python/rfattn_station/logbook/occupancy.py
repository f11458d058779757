# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the time a channel is occupied, as ITU-R SM.1880-2 and SM.2256 define it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from gnuradio.rfattn.wilson import Interval, wilson
from sqlalchemy import func, select

from .hours import heard_between
from .questions import Filter, Hours, listened_to
from .tables import HEARD, HOURS, RASTER_HZ, US


@dataclass(frozen=True)
class Occupancy:
    """Channels that lie side by side and were occupied alike.

    Attributes:
        low_hz, high_hz: edges.
        emissions: that were on the air there.
        air_s, listened_s: occupancy time and integration time, s; those of all receivers that
            listened there add up.
        looks: seconds of listening, and shorter visits of a receiver that scans.
    """

    low_hz: float
    high_hz: float
    emissions: int
    air_s: float
    listened_s: float
    looks: int

    @property
    def share(self) -> float | None:
        """Frequency channel occupancy: occupancy time over integration time; None: nobody
        listened."""
        return min(1.0, self.air_s / self.listened_s) if self.listened_s else None

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of the share (Wilson), from the looks that are worth as much as
        independent ones.

        A transmitter that is on and off for times without memory is worth n / (2 p (1 - p)) of
        them, where it was on n times: the variance of the share is 2 p^2 (1 - p)^2 / n.
        """
        if self.share is None:
            return None
        doubt = 2 * self.share * (1 - self.share)
        worth = min(self.looks, (self.emissions + 1) / doubt) if doubt else self.looks
        return wilson(self.share * worth, worth)


def occupancies(data, asked: Filter) -> list[Occupancy]:
    """Those of the channels that were occupied at all, by frequency."""
    row, hours = HOURS.c, Hours.of(data, asked.since_us, asked.until_us)
    of_hours, of_rows = [hours.where(HOURS)], []
    band = asked.channels
    if band is not None:
        for table, conditions in ((HOURS, of_hours), (HEARD, of_rows)):
            conditions += [table.c.low < band[1], table.c.high > band[0]]
    if asked.label is not None:
        of_hours.append(row.label == asked.label)
        of_rows.append(func.coalesce(HEARD.c.label, "") == asked.label)
    # At each edge, by how much emissions, their time, time of listening, and looks change.
    steps: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(low: float, high: float, *values: int) -> None:
        for edge, sign in ((low, 1), (high, -1)):
            steps[edge] = [
                old + sign * value for old, value in zip(steps[edge], values, strict=True)
            ]

    sums = select(row.low, row.high, func.sum(row.present), func.sum(row.air_us))
    for low, high, count, air in data.execute(sums.where(*of_hours).group_by(row.low, row.high)):
        add(low, high, int(count), int(air), 0, 0)
    for part in hours.parts:
        for (low, high, _, _), count in heard_between(data, *part, *of_rows).items():
            add(low, high, count.present, count.air_us, 0, 0)
    for (_, low, high), (time, looks) in listened_to(data, asked).items():
        add(low / RASTER_HZ, high / RASTER_HZ, 0, 0, time, looks)
    found, now = [], [0, 0, 0, 0]
    edges = sorted(steps)
    for edge, after in zip(edges, edges[1:], strict=False):
        now = [old + step for old, step in zip(now, steps[edge], strict=True)]
        low, high = (edge, after) if band is None else (max(edge, band[0]), min(after, band[1]))
        if now[0] and low < high:
            count, air, time, looks = now
            found.append(
                Occupancy(low * RASTER_HZ, high * RASTER_HZ, count, air / US, time / US, looks)
            )
    return found


def band_share(rows: list[Occupancy], low_hz: float, high_hz: float) -> float | None:
    """Frequency band occupancy: the mean of that of all channels of a band, so far as somebody
    listened; None: nobody did."""
    width = high_hz - low_hz
    known = [row for row in rows if row.share is not None]
    return sum(row.share * (row.high_hz - row.low_hz) for row in known) / width if known else None

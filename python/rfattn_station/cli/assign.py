# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`station FILE... --assign OUT`: which transmitter each line of `live` or `label` is of."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict

from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.files import replacing

from ..logbook.heard import Heard, Listened
from ..logbook.names import event_message
from ..transmitters.station import Station
from .logbook_import import heard_lines

_ASKED_S = 60.0
"""Between two questions for events, of the time of the emissions."""


class Assignment:
    """Joins the emissions of files as a logbook would, each receiver or recording by itself.

    All emissions are held in memory. Where no line states when somebody listened, all the time
    counts.

    Args:
        files: lines that `live` or `label` wrote.
        note: called with a text where the last line of a file is cut off.

    Attributes:
        transmitters: with the ``receiver`` of each; events: see `messages.event`.

    Raises:
        ValueError: in one line that names the file.
    """

    def __init__(self, files: list[str], note: Callable[[str], object]):
        self._files = files
        self._ids: dict[tuple[str, int], int] = {}  # by file and number of the emission in it
        self.transmitters: list[dict] = []
        self.events: list[dict] = []
        found: dict[str, list[tuple[float, str, int, Heard]]] = {}
        spans: dict[str, list[Listened]] = {}
        for name in files:
            number = 0
            for one in heard_lines(name, note):
                if isinstance(one, Listened):
                    spans.setdefault(one.receiver, []).append(one)
                    continue
                if isinstance(one, Heard):
                    found.setdefault(one.receiver, []).append((one.start_s, name, number, one))
                number += 1
        for receiver, rows in found.items():
            listened = sorted(spans.get(receiver, ()), key=lambda span: span.end_s)
            self._join(receiver, sorted(rows, key=lambda row: row[:3]), deque(listened))
        self.events.sort(key=lambda event: event["time_unix_s"])

    def _join(
        self, receiver: str, rows: list[tuple[float, str, int, Heard]], spans: deque[Listened]
    ) -> None:
        station, ids, asked = Station(), [], rows[0][0]
        for start, _, _, heard in rows:
            while spans and spans[0].start_s <= start:
                station.listened(spans.popleft())
            if start - asked > _ASKED_S:
                asked = start
                self._take_events(receiver, station.events(start))
            ids.append(station.add(heard))
        self._take_events(receiver, station.events(rows[-1][3].end_s))
        for moved in station.rejoined():
            if moved.emissions is None:
                ids = [moved.now if one == moved.was else one for one in ids]
            for number in moved.emissions or ():
                ids[number] = moved.now
        for (_, name, number, _), one in zip(rows, ids, strict=True):
            self._ids[name, number] = one
        for one in station.transmitters():
            labels = {label or "": share for label, share in one.labels.items()}
            self.transmitters.append({"receiver": receiver, **asdict(one), "labels": labels})

    def _take_events(self, receiver: str, events: list) -> None:
        self.events += [event_message(receiver, asdict(event), {}) for event in events]

    def write(self, path: str) -> int:
        """Writes all lines again, those of emissions with their ``transmitter``, which is null for
        those that a logbook leaves out. Returns how many have one."""
        with replacing(path) as partial, partial.open("w", encoding="utf-8") as out:
            for name in self._files:
                self._write_lines(name, out)
        return len(self._ids)

    def _write_lines(self, name: str, out) -> None:
        number = 0
        with open(name, encoding="utf-8") as file:
            for line in file:
                try:
                    value = json.loads(line)
                except ValueError:  # the last one, which is cut off
                    return
                if value["type"] == "emission":
                    value["transmitter"] = self._ids.get((name, number))
                    number += 1
                print(json.dumps(value), file=out)

    def to_dict(self) -> dict:
        return rounded({"transmitters": self.transmitters, "events": self.events})

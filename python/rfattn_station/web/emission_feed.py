# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emissions of a `State` as a page shows them."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict

from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.telemetry.state import State

from .content_lines import line_of, newest_of
from .history import History

_ROW_S = 0.1
"""Length of a row of the waterfall: bursts that are not further apart are one span."""

_MAX_SPANS = 200
_SHOWN_BURSTS = 8


class EmissionFeed:
    """Finds the emissions that changed since a page was last told.

    An entry has the fields of `Emission` but bursts, and

    - ``key``: tells it from all others of the state; ids repeat when the detector starts again
    - ``is_live``; ``began``, ``heard``: time of its first sample, by when its first message was
      sent, and of its last message, s since 1970
    - ``spans``: (first sample, sample after the last) of stretches on the air without a pause
      longer than a row of the waterfall, the oldest first, without the burst on the air
    - ``bursts``: (first sample, number of samples) of the latest bursts, the oldest first
    - ``corrected``: the label that a person gave it, or None
    - ``decoded_count``: how many lines were read from its signal; ``content``, the newest one as
      `content_lines.newest_of` gives it, or None

    Args:
        state: to which every message has been added before `add`.
        history: gets each emission that ended.
        first_run: number of the first run of the detector, by which keys differ from those of
            publishers before.
    """

    def __init__(self, state: State, history: History, first_run: int = 0):
        self._records = state.emissions
        self._history = history
        self._first_run = self.next_run = first_run
        self._corrected: dict[str, str] = {}
        self._spans: dict[str, deque] = {}
        self._heard: dict[str, float] = {}
        self._began: dict[str, float] = {}
        self._sent: dict[str, tuple[Emission, bool, str | None, int]] = {}

    def add(self, emission: Emission, when: float) -> None:
        """Takes a message that the state has got, too."""
        record = self._newest(emission.id)
        key = self._key(record)
        self.next_run = self._first_run + record.run + 1
        spans = self._spans.setdefault(key, deque(maxlen=_MAX_SPANS))
        pause = _ROW_S * (emission.rx_rate or 0.0)
        for start, count in emission.burst_pairs():
            if spans and start - spans[-1][1] <= pause:
                spans[-1] = (spans[-1][0], start + count)
            else:
                spans.append((start, start + count))
        self._began.setdefault(key, when - _age_s(emission))
        self._heard[key] = when

    def changed(self) -> list[dict]:
        """Returns the emissions that changed since the last call."""
        records = {self._key(record): record for record in self._records.all()}
        now = {
            key: (record.latest, record.is_live, self._corrected.get(key), record.decoded_count)
            for key, record in records.items()
        }
        changed = [key for key in now if now[key] != self._sent.get(key)]
        self._sent = now
        for kept in (self._spans, self._heard, self._began, self._corrected):
            for key in kept.keys() - now.keys():
                del kept[key]
        entries = [self._entry(key, records[key]) for key in changed]
        for entry in entries:
            if records[entry["key"]].latest.is_part:
                self._history.drop(entry["key"])
            elif not entry["is_live"]:
                self._history.put(entry)
        return entries

    def all(self) -> list[dict]:
        """Returns all emissions that the state has."""
        return [self._entry(self._key(record), record) for record in self._records.all()]

    def find(self, key: str) -> dict | None:
        """Returns the entry of an emission, also of one that only the history has; None: there is
        none."""
        record = self._record(key)
        return self._history.get(key) if record is None else self._entry(key, record)

    def contents(self, key: str) -> dict | None:
        """Returns ``count``, how many lines were read from the signal of an emission, and
        ``lines``, those that are kept, the oldest first: see `line_of`; of an emission that only
        the history has, the newest one. None: there is no such emission."""
        record = self._record(key)
        if record is not None:
            lines = [line_of(decoded, record, self._began[key]) for decoded in record.decoded]
            return {"count": record.decoded_count, "lines": lines}
        entry = self._history.get(key)
        if entry is None:
            return None
        lines = [entry["content"]] if entry["content"] else []
        return {"count": entry["decoded_count"], "lines": lines}

    def correct(self, key: str, label: str) -> None:
        """Notes the label that a person gave to an emission that `find` has found."""
        if key in self._heard:
            self._corrected[key] = label
        else:
            self._history.put({**self._history.get(key), "corrected": label})

    def end(self) -> None:
        """Puts what has not been there yet into the history, ended: the publisher is gone."""
        self.changed()
        for entry in self.all():
            if entry["is_live"]:
                self._history.put({**entry, "is_live": False})

    def _record(self, key: str) -> EmissionRecord | None:
        found = (record for record in self._records.all() if self._key(record) == key)
        return next(found, None)

    def _newest(self, number: int) -> EmissionRecord:
        """The newest record of an id."""
        live = self._records.live.get(number)
        ended = reversed(self._records.ended.values())
        return live or next(record for record in ended if record.latest.id == number)

    def _entry(self, key: str, record: EmissionRecord) -> dict:
        return {
            **asdict(record.latest),
            "key": key,
            "is_live": record.is_live,
            "began": self._began[key],
            "heard": self._heard[key],
            "spans": list(self._spans[key]),
            "bursts": record.all_bursts()[-_SHOWN_BURSTS:],
            "corrected": self._corrected.get(key),
            "decoded_count": record.decoded_count,
            "content": newest_of(record, self._began[key]),
        }

    def _key(self, record: EmissionRecord) -> str:
        return f"{self._first_run + record.run}.{record.latest.id}"


def _age_s(emission: Emission) -> float:
    """From the first sample to the message; 0 where the rate is unknown."""
    age = emission.sample_now - emission.sample_start
    return age / emission.rx_rate if emission.rx_rate else 0.0

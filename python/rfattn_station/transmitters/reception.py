# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all transmitters have in common, which is the receiver's: whether it hears, how strongly."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from .alarms import RECEIVER, Event, shown_change, shown_time
from .coverage import Age
from .known import Known
from .track import LEVEL, TIME, Track

_DEAF = 18.0  # nats of the silence of all, each with `_EACH` at most
_EACH = 3.0
_LEAST, _MOST = 5, 12
"""Transmitters whose levels are compared, those that were heard last."""
_SURE = 5.0  # deviations of the median of their levels from what they were
_TOLD_DB = 3.0
_KEPT = 256
_LOOK_S = 600.0  # after which it is looked again which are regular


class Reception:
    """Takes the receiver out of what is heard of the transmitters.

    Attributes:
        heard_s: when one that is regular was last heard, s since 1970.
        events: what happened to the receiver since somebody took them.
    """

    def __init__(self, known: Known):
        self._known = known
        self.heard_s = math.inf  # not yet, or not known since a state was read
        self._deaf_since_s: float | None = None
        self._level_db = self._told_db = 0.0  # by which all are stronger than they were
        self._regular: list[Track] = []
        self._looked, self._least_s = Age(-math.inf), math.inf
        self._levels: deque[tuple[float, int, float, float]] = deque(maxlen=_KEPT)
        self.events: list[Event] = []

    def correct(self, row: np.ndarray) -> None:
        """Takes the receiver out of the level of an emission."""
        row[LEVEL] -= self._level_db

    def proved_s(self, now_s: float) -> float:
        """Until when others than one that may be silent prove that the receiver hears."""
        return now_s if len(self._regular) < 2 else min(now_s, self.heard_s)

    def look(self, now_s: float) -> None:
        """Looks whether all are silent. Such a time does not count as listened to."""
        self.heard_s = min(self.heard_s, now_s)  # also if the clock was set back
        age = self._known.coverage.age
        if age - self._looked > _LOOK_S:
            self._looked = age
            tracks = self._known.tracks.values()
            self._regular = [one for one in tracks if one.is_regular and one.missing_s is None]
            periods = sorted(one.rhythm.period_s for one in self._regular)
            fastest = math.ceil(_DEAF / _EACH)
            self._least_s = periods[fastest - 1] if len(periods) >= fastest else math.inf
        if self._deaf_since_s is None and now_s - self.heard_s > self._least_s:
            nats = sum(min(_EACH, self._surprise(one, now_s)) for one in self._regular)
            if nats >= _DEAF:
                self._deaf_since_s = self.heard_s
                text = f"hears nothing since {shown_time(self.heard_s)}"
                self._tell(now_s, self.heard_s, nats, text, False)
                for track in self._known.tracks.values():
                    track.lose_phase(now_s, 0.0)
        if self._deaf_since_s is not None:
            self._known.coverage.deafen(self._deaf_since_s, now_s)

    def _surprise(self, track: Track, now_s: float) -> float:
        if track.rhythm is None or track.missing_s is not None:
            return 0.0
        return track.surprise(self._known.listened_since(track, now_s, self.heard_s))

    def hear(self, track: Track, row: np.ndarray) -> None:
        """Takes an emission that came in its rhythm."""
        self.heard_s = max(self.heard_s, float(row[TIME]))
        if self._deaf_since_s is not None:
            hours = (self.heard_s - self._deaf_since_s) / 3600.0
            self._deaf_since_s = None
            self._tell(self.heard_s, self.heard_s, 0.0, f"hears again after {hours:.1f} h", True)
        count, mean, variance = track.slow_level
        if count >= _LEAST and row[LEVEL] == row[LEVEL]:
            entry = float(row[TIME]), track.number, float(row[LEVEL]) - mean, variance
            self._levels.append(entry)
            self._compare_levels()

    def have_heard(self, since_s: float, track: Track) -> bool:
        """Whether enough others were heard since then to know if a level is that of all."""
        others = {number for time_s, number, *_ in self._levels if time_s >= since_s}
        return len(others - {track.number}) >= min(_LEAST, len(self._regular) - 1)

    def _compare_levels(self) -> None:
        newest = {}
        for entry in reversed(self._levels):
            newest.setdefault(entry[1], entry)
            if len(newest) == _MOST:
                break
        if len(newest) < _LEAST:
            return
        shifts = np.array([entry[2] for entry in newest.values()])
        shift = float(np.median(shifts))
        spread = 1.48 * float(np.median(np.abs(shifts - shift)))
        own = math.sqrt(sum(entry[3] for entry in newest.values()) / len(newest))
        if abs(shift) > _SURE * 1.25 * max(own, spread) / math.sqrt(len(newest)):
            self._take_away(shift, max(entry[0] for entry in newest.values()))

    def _take_away(self, shift: float, now_s: float) -> None:
        """Corrects what was heard since the levels changed, which is where they fit best."""
        times, levels = np.array([(entry[0], entry[2]) for entry in reversed(self._levels)]).T
        last = np.argmax(np.cumsum((levels - shift / 2.0) * math.copysign(1.0, shift)))
        since, shift = float(times[last]), float(np.median(levels[: last + 1]))
        for track in self._known.tracks.values():
            rows = track.latest()
            rows[rows[:, TIME] >= since, LEVEL] -= shift
        self._levels.clear()
        self._level_db += shift
        change = self._level_db - self._told_db
        if abs(change) >= _TOLD_DB:
            self._told_db = self._level_db
            self._tell(now_s, since, 0.0, f"hears all {shown_change(change)}", None)

    def _tell(self, now_s: float, since_s: float, nats: float, text: str, works) -> None:
        self.events.append(Event(RECEIVER, now_s, since_s, None, None, None, nats, text, works))

    def to_state(self) -> list:
        heard_s = self.heard_s if math.isfinite(self.heard_s) else None
        return [heard_s, self._deaf_since_s, self._level_db, self._told_db]

    def restore(self, state: list) -> None:
        heard_s, self._deaf_since_s, self._level_db, self._told_db = state
        self.heard_s = math.inf if heard_s is None else heard_s

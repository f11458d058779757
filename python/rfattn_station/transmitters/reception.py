# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all transmitters have in common, which is the receiver's: whether it hears, how strongly,
and at which frequency."""

from __future__ import annotations

import math

import numpy as np

from . import joining
from .alarms import RECEIVER, Event, shown_change, shown_time
from .coverage import Age
from .known import Known
from .shared import LEAST, Shared
from .track import FREQUENCY, LEVEL, TIME, Track

_DEAF = 18.0  # nats of the silence of all, each with `_EACH` at most, and that all moved
_EACH = 3.0
_TOLD_DB = 3.0  # twice the power
_TOLD_PPM = 2.0  # to which a compensated crystal keeps
_MOST_PPM = 200.0  # between two receivers whose crystals are not compensated
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
        self._level, self._frequency = Shared(LEVEL, _TOLD_DB), Shared(FREQUENCY, _TOLD_PPM)
        self._regular: list[Track] = []
        self._looked, self._least_s = Age(-math.inf), math.inf
        self.events: list[Event] = []

    def correct(self, row: np.ndarray) -> None:
        """Takes the receiver out of the level and the frequency of an emission."""
        for shared in (self._level, self._frequency):
            row[:] = shared.without(row, shared.value)

    def proved_s(self, now_s: float) -> float:
        """Until when others than one that may be silent prove that the receiver hears."""
        return now_s if len(self._regular) < 2 else min(now_s, self.heard_s)

    def look(self, now_s: float) -> None:
        """Looks whether all are silent. Such a time does not count as listened to."""
        self.heard_s = min(self.heard_s, now_s)  # also if the clock was set back
        age = self._known.coverage.age
        is_time = age - self._looked > _LOOK_S
        if is_time:
            self._looked = age
            tracks = self._known.tracks.values()
            self._regular = [one for one in tracks if one.is_regular and one.missing_s is None]
            periods = sorted(one.rhythm.period_s for one in self._regular)
            fastest = math.ceil(_DEAF / _EACH)
            self._least_s = periods[fastest - 1] if len(periods) >= fastest else math.inf
        if self._deaf_since_s is None and now_s - self.heard_s > self._least_s:
            nats = sum(min(_EACH, self._surprise(one, now_s)) for one in self._regular)
            if nats >= _DEAF and not self._follow(now_s):
                self._deaf_since_s = self.heard_s
                text = f"hears nothing since {shown_time(self.heard_s)}"
                self._tell(now_s, self.heard_s, text, nats=nats, works=False)
                for track in self._known.tracks.values():
                    track.lose_phase(now_s, 0.0)
        if self._deaf_since_s is not None and not (is_time and self._follow(now_s)):
            self._known.coverage.deafen(self._deaf_since_s, now_s)

    def _surprise(self, track: Track, now_s: float) -> float:
        if track.rhythm is None or track.missing_s is not None:
            return 0.0
        return track.surprise(self._known.listened_since(track, now_s, self.heard_s))

    def _follow(self, now_s: float) -> bool:
        """Looks whether all that are silent go on at other frequencies, as much higher or lower."""
        young = [one for one in self._known.tracks.values() if one.first_s > self.heard_s]
        pairs = []
        for old in self._regular if young else ():
            width = 3e6 * math.sqrt(max(old.channels)[2]) / old.frequency_hz
            for new in young:
                ppm = 1e6 * (new.frequency_hz / old.frequency_hz - 1.0)
                row = new.latest()[-1].tolist()
                is_due = old.rhythm.misfit(new.last_s - old.firm_s) < 3.0
                is_alike = is_due and self._known.content(old, row, new.settings) > 0.0
                if is_alike and abs(ppm) < _MOST_PPM:
                    pairs.append((ppm, width, old, new))
        best: dict[int, tuple] = {}
        for ppm, width, *_ in pairs:
            alike = {one[2].number: one for one in pairs if abs(one[0] - ppm) < width}
            best = max(best, alike, key=len)
        count, widest = len(best), max((one[1] for one in best.values()), default=0.0)
        chance = len(pairs) * widest / _MOST_PPM
        if count < LEAST or count * (math.log(count / chance) - 1.0) + chance < _DEAF:
            return False
        since = min(one.first_s for one in young)
        self._hear_again(now_s)
        self._change(self._frequency, float(np.median([one[0] for one in best.values()])), since)
        for _, _, old, new in best.values():
            if new.number in self._known.tracks:
                new.channels = []
                joining.absorb(self._known, old, new)
        return True

    def hear(self, track: Track, row: np.ndarray) -> None:
        """Takes an emission that came in its rhythm."""
        self._hear_again(max(self.heard_s, float(row[TIME])))
        count, mean, variance = track.slow_level
        if count >= LEAST and row[LEVEL] == row[LEVEL]:
            found = self._level.add(track, row, float(row[LEVEL]) - mean, variance)
            if found is not None:
                self._change(self._level, *found)
        before = 1e6 * (row[FREQUENCY] / track.in_channel() - 1.0)
        if len(before) >= LEAST:
            found = self._frequency.add(track, row, float(np.median(before)), float(before.var()))
            if found is not None:
                self._change(self._frequency, *found)

    def _hear_again(self, time_s: float) -> None:
        self.heard_s = time_s
        if self._deaf_since_s is not None:
            hours = (time_s - self._deaf_since_s) / 3600.0
            self._deaf_since_s = None
            self._tell(time_s, time_s, f"hears again after {hours:.1f} h", works=True)

    def have_heard(self, since_s: float, track: Track) -> bool:
        """Whether enough others were heard since then to know if a level is that of all."""
        others = self._level.heard(since_s) - {track.number}
        return len(others) >= min(LEAST, len(self._regular) - 1)

    def _change(self, shared: Shared, shift: float, since_s: float) -> None:
        for track in self._known.tracks.values():
            rows = track.latest()
            is_later = rows[:, TIME] >= since_s
            rows[is_later] = shared.without(rows[is_later], shift)
        change = shared.move(shift)
        if change is not None:
            ppm = f"{abs(change):.1f} ppm {'higher' if change > 0.0 else 'lower'}"
            how = shown_change(change) if shared is self._level else ppm
            self._tell(self.heard_s, since_s, f"hears all {how}")

    def _tell(self, now_s: float, since_s: float, text: str, nats=0.0, works=None) -> None:
        self.events.append(Event(RECEIVER, now_s, since_s, None, None, None, nats, text, works))

    def to_state(self) -> list:
        heard_s = self.heard_s if math.isfinite(self.heard_s) else None
        levels, ppm = self._level, self._frequency
        return [heard_s, self._deaf_since_s, levels.value, levels.told, ppm.value, ppm.told]

    def restore(self, state: list) -> None:
        heard_s, self._deaf_since_s, self._level.value, self._level.told, *ppm = state
        self.heard_s = math.inf if heard_s is None else heard_s
        self._frequency.value, self._frequency.told = ppm or (0.0, 0.0)

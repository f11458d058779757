# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all transmitters have in common, which is the receiver's: whether it hears, how strongly,
and at which frequency."""

from __future__ import annotations

import math
from dataclasses import astuple
from statistics import median

import numpy as np

from ..logbook.heard import Heard
from . import floor
from .alarms import RECEIVER, Event, shown_change, shown_time
from .coverage import Age
from .known import Known
from .shared import LEAST, Shared
from .track import FREQUENCY, LEVEL, TIME, Track

_DEAF = 18.0  # nats of the silence of all, each with `_EACH` at most
_EACH = 3.0
_MOVED = 3  # transmitters that move alike show that it is the receiver
_TOLD_PPM = 2.0  # to which a compensated crystal keeps
_LOOK_S = 3600.0  # after which it is looked again which are regular; a move waits so long


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
        self._level, self._frequency = Shared(LEVEL, floor.TOLD_DB), Shared(FREQUENCY, _TOLD_PPM)
        self._gain = 0.0, -math.inf  # the last change of the level of all, dB, and since when
        self._regular: list[Track] = []
        self._looked, self._least_s = Age(-math.inf), math.inf
        self._moves: list[tuple[Event, Track, float]] = []
        self.events: list[Event] = []

    def correct(self, row: np.ndarray) -> None:
        """Takes the receiver out of the level and the frequency of an emission."""
        for shared in (self._level, self._frequency):
            row[shared.column] = shared.less(row[shared.column], shared.value)

    def proved_s(self, now_s: float) -> float:
        """Until when others than one that may be silent prove that the receiver hears."""
        return now_s if len(self._regular) < 2 else min(now_s, self.heard_s)

    def look(self, now_s: float) -> None:
        """Looks whether all are silent. Such a time does not count as listened to."""
        self.heard_s = min(self.heard_s, now_s)  # also if the clock was set back
        age = self._known.coverage.age
        while self._moves and abs(now_s - self._moves[0][0].time_unix_s) > _LOOK_S:
            self.events.append(self._moves.pop(0)[0])
        if age - self._looked > _LOOK_S:
            self._looked = age
            tracks = self._known.tracks.values()
            self._regular = [
                one for one in tracks if one.timing.is_regular and one.missing_s is None
            ]
            periods = sorted(one.rhythm.period_s for one in self._regular)
            fastest = math.ceil(_DEAF / _EACH)
            self._least_s = periods[fastest - 1] if len(periods) >= fastest else math.inf
        if self._deaf_since_s is None and now_s - self.heard_s > self._least_s:
            since = self.heard_s
            due = [one for one in self._regular if one.rhythm and one.missing_s is None]
            silences = [self._known.listened_since(one, now_s, since) for one in due]
            nats = sum(
                min(_EACH, one.timing.surprise(s)) for one, s in zip(due, silences, strict=True)
            )
            expected = sum((now_s - since) / one.rhythm.period_s for one in due)
            if nats >= _DEAF and 2 * self._heard(since) < expected:
                self._deaf_since_s = self.heard_s
                text = f"hears nothing since {shown_time(self.heard_s)}"
                self._tell(now_s, self.heard_s, text, nats=nats, works=False)
                for track in self._known.tracks.values():
                    track.lose_phase(now_s, 0.0)
        if self._deaf_since_s is not None:
            self._known.coverage.deafen(self._deaf_since_s, now_s)

    def _heard(self, since_s: float) -> int:
        """Emissions of all since a time."""
        tracks = [one for one in self._known.tracks.values() if one.last_s > since_s]
        return sum(int((one.rows[:, TIME] > since_s).sum()) for one in tracks)

    def take_move(self, event: Event, track: Track, hz: float) -> None:
        """Takes the event of a transmitter that moved, and tells it after a while, unless others
        move as much higher or lower until then."""
        ppm = 1e6 * hz / track.frequency_hz
        self._moves.append((event, track, ppm))
        alike = [one for one in self._moves if abs(one[2] - ppm) < _TOLD_PPM]
        tracks = {moved.number: moved for _, moved, _ in alike}
        if len(tracks) < _MOVED:
            return
        self._moves = [one for one in self._moves if one not in alike]
        ppm = float(np.median([one[2] for one in alike]))
        for number in sorted(tracks.keys() & self._known.tracks.keys()):  # others were joined since
            for channel in tracks[number].channels:
                channel[1] = self._frequency.less(channel[1], ppm)
            self._known.index.add(tracks[number])
        since = min(one[0].since_unix_s for one in alike)
        self._known.coverage.deafen(since, event.time_unix_s)  # nobody else was known then
        self._hear_again(event.time_unix_s)
        self._change(self._frequency, ppm, since)

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
            found = self._frequency.add(track, row, median(before.tolist()), float(before.var()))
            if found is not None:
                self._change(self._frequency, *found)

    def hear_floor(self, track: Track, heard: Heard) -> None:
        """Takes the noise beside an emission."""
        if heard.power_db is None:
            return
        noise_db = heard.power_db - heard.snr_db - 10.0 * math.log10(max(heard.width_hz, 1.0))
        raised = floor.hear(self._known, track, heard.start_s, noise_db)
        if raised is None:
            return
        (db, since_s, text), (gain_db, gain_since_s) = raised, self._gain
        # Where the level of all changed as much, and was told, it is the gain.
        if abs(gain_db - db) > floor.TOLD_DB or abs(gain_since_s - since_s) > _LOOK_S:
            self._tell(heard.start_s, since_s, text)

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
            rows = track.rows
            is_later = rows[:, TIME] >= since_s
            rows[is_later, shared.column] = shared.less(rows[is_later, shared.column], shift)
        if shared is self._level:
            self._gain = shift, since_s
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
        moves = [[list(astuple(event)), track.number, ppm] for event, track, ppm in self._moves]
        shared = [levels.value, levels.told, ppm.value, ppm.told]
        return [heard_s, self._deaf_since_s, *shared, moves]

    def restore(self, state: list) -> None:
        """Takes a state; the transmitters are known."""
        heard_s, self._deaf_since_s, self._level.value, self._level.told, *later = state
        self.heard_s = math.inf if heard_s is None else heard_s
        self._frequency.value, self._frequency.told, moves = later or (0.0, 0.0, ())
        tracks = self._known.tracks
        self._moves = [(Event(*one), tracks[k], ppm) for one, k, ppm in moves if k in tracks]
        self.events += [Event(*one) for one, k, _ in moves if k not in tracks]

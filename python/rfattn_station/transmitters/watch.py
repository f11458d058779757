# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new, missing, back or changed among the transmitters that are known."""

from __future__ import annotations

import copy
import math
from dataclasses import astuple

import numpy as np

from . import floor, joining
from .alarms import (
    BACK,
    CHANGED,
    LEAST_WEEKS,
    MISSING,
    NEW,
    RHYTHM,
    SHARES,
    WEEK_S,
    Event,
    Pool,
    shown_change,
    shown_time,
)
from .coverage import Age
from .known import Known
from .reception import Reception
from .timing import LEAST_BEATS
from .track import LEVEL, TIME, Track, average

KNOWN = 12
"""Emissions of a transmitter that is no passer-by."""
_DAY_S = 86400.0
_SETTLED_S = 3 * _DAY_S  # at the start, in which chance and what is only not known look alike
_LEVELS = 8  # latest emissions whose mean level is compared with the levels before
_AFTER_BREAK = 12  # emissions that are left to find another rhythm where one is given up
_NO_RHYTHM = 10.0  # nats of a silence after which a young rhythm was chance
_LEAST_OWN = 18.0  # nats that it is the one that was missing, or that is new
_MOST_BEAT = 3.0  # that one more emission in a rhythm may add
_MOST_NATS = 12.0  # that one emission may add to evidence


class Watch:
    """Compares what is surprising with what was as surprising by chance.

    Args:
        known: the transmitters.
        reception: what they have in common.
        alarms_per_week: how many false alarms a week are accepted.
    """

    def __init__(self, known: Known, reception: Reception, alarms_per_week: float):
        self.known, self._alarms_per_week = known, alarms_per_week
        self._reception = reception
        self._shifted: dict[int, float] = {}  # since when a level is another one
        self._pools = {kind: Pool() for kind in SHARES}
        self._born: dict[str, list[float]] = {}  # of each kind of sender, when it was new
        self.events: list[Event] = []

    @property
    def age(self) -> Age:
        """How long was listened."""
        return self.known.coverage.age

    @property
    def weeks(self) -> float:
        """Weeks of listening that are scored."""
        return max(0.0, self.age.s - _SETTLED_S) / WEEK_S

    def _threshold(self, kind: str) -> float:
        allowed = SHARES[kind] * self._alarms_per_week
        found = self._pools[kind].threshold(self.age, self.weeks, allowed)
        return math.inf if found is None else found

    def _event(self, kind: str, track: Track, now: float, since: float, nats, text) -> Event:
        best = max(track.labels, key=track.labels.get, default=None)
        label = None if best is None else self.known.usual.names[best]
        frequency = track.frequency_hz
        return Event(kind, now, since, track.number, frequency, label, min(nats, 1e9), text)

    def _raise(self, *what) -> None:
        self.events.append(self._event(*what))

    def collect(self, track: Track, nats: float) -> None:
        """Adds to the evidence that a transmitter is no passer-by, until it is used up."""
        if track.is_known:
            return
        if track.rhythm is not None:
            most = track.evidence + _MOST_BEAT
            track.evidence = max(0.0, min(most, self.known.own_nats(track)))
            return
        track.evidence = max(0.0, track.evidence + min(nats, _MOST_NATS))
        track.peak = max(track.peak, track.evidence)
        if track.evidence == 0.0:
            self.end_evidence(track)

    def end_evidence(self, track: Track) -> None:
        peak, track.peak = track.peak, 0.0
        if peak > 1.0 and self.known.coverage.age_at(track.first_s) > Age(_SETTLED_S):
            self._pools[NEW].add(self.age, peak)

    def end_rhythm(self, track: Track) -> None:
        """Gives a rhythm up, which was chance if it is young."""
        if track.timing.beats < LEAST_BEATS and self.weeks > 0.0:
            self._pools[RHYTHM].add(self.age, track.evidence)
            track.is_known = True  # what is left are emissions that have no rhythm
        track.timing.end()

    def check_rhythm(self, track: Track) -> None:
        """Gives a rhythm up that no longer holds, when another one is looked for."""
        if track.timing.is_broken and track.last_s >= track.searched:
            self.end_rhythm(track)
            track.keep(track.rows[-_AFTER_BREAK:])

    def check_new(self, track: Track) -> Track:
        """Reports a transmitter that is new. Returns it, or the one that it is part of."""
        if track.is_known or (track.count < 4 and track.sender is None):
            return track
        now = track.last_s
        if self.known.coverage.age_at(track.first_s) < Age(WEEK_S):
            track.is_known = track.count >= KNOWN or self.age > Age(WEEK_S)
            if track.is_known and track.rhythm is None:
                self.end_evidence(track)
            return track
        if track.sender is not None:
            track.is_known = True
            born = self._born.setdefault(track.sender.partition(" ")[0], [])
            week = self.age.s - WEEK_S
            born[:] = [age_s for age_s in born[-64:] if age_s > week] + [self.age.s]
            if len(born) - 1 > self._alarms_per_week:
                return track
        elif track.evidence < self._least_new(track):
            if track.count >= KNOWN and (track.rhythm is None or track.timing.is_regular):
                self.end_evidence(track)
                track.is_known = True
            return track
        else:
            old, was = joining.unite(self.known, track)
            self.report_rhythm(old, was)
            if old is not track and old.is_known:
                return old
            track = old
        track.is_known = True
        old = self.check_predecessor(track)
        if old is not track:
            return old
        if track.rhythm is None:  # it may have been chance, so it counts as such
            self.end_evidence(track)
        self._raise(NEW, track, now, track.first_s, track.evidence, "new")
        return track

    def _least_new(self, track: Track) -> float:
        if track.rhythm is None:
            return self._threshold(NEW)
        return max(_LEAST_OWN, self._threshold(RHYTHM))

    def check_missing(self, track: Track, now_s: float) -> None:
        timing, firm_s = track.timing, track.timing.firm_s
        if track.missing_s is not None:
            return
        nats = timing.surprise(self.known.listened_since(track, now_s, firm_s))
        if timing.beats < LEAST_BEATS and nats > _NO_RHYTHM:
            self.end_rhythm(track)
        if not timing.is_regular or nats < 4.0 or nats < self._threshold(MISSING):
            return
        if floor.hides(self.known, track):
            return
        new = joining.successor(self.known, track)
        if new is not None:
            self._replace(track, new, now_s)
            return
        track.missing_s, track.returned = firm_s, [0, 0.0]
        self._raise(MISSING, track, now_s, firm_s, nats, f"missing since {shown_time(firm_s)}")

    def check_predecessor(self, track: Track) -> Track:
        """Joins a transmitter to the regular one that became it, and returns what it is now."""
        old = joining.predecessor(self.known, track)
        if old is None:
            return track
        self._replace(old, track, track.last_s)
        return old

    def _replace(self, old: Track, new: Track, now_s: float) -> None:
        """Continues a transmitter as a new one, which it became."""
        known, was, since, missing_s = self.known, old.rhythm, new.first_s, old.missing_s
        moved_hz, nats = new.frequency_hz - old.frequency_hz, new.evidence
        is_moved = old.frequency_ratio(new.frequency_hz, 1e-5) <= 0.0
        known.move(new.number, old.number)
        old.continue_as(new)
        known.forget(new)
        known.index.add(old)
        if is_moved:
            text = f"moved by {moved_hz / 1e3:+.1f} kHz"
            event = self._event(CHANGED, old, now_s, since, nats, text)
            self._reception.take_move(event, old, moved_hz)
        elif abs(was.period_s / old.rhythm.period_s - 1.0) > 0.05:
            self.report_rhythm(old, (was, since), now_s)
        elif missing_s is not None:
            self._report_back(old, missing_s, since, nats)

    def report_rhythm(self, track: Track, was: joining.Was, now_s: float | None = None) -> None:
        """Reports that a transmitter had another rhythm, if it had."""
        if was is None or self.weeks < LEAST_WEEKS:
            return
        (rhythm, since_s), now_s = was, track.last_s if now_s is None else now_s
        text = f"every {track.rhythm.period_s:.0f} s, was every {rhythm.period_s:.0f} s"
        self._raise(CHANGED, track, now_s, since_s, track.evidence, text)

    def check_back(self, track: Track, nats: float) -> None:
        count, total = track.returned
        if track.rhythm is not None and track.timing.firm_s != track.last_s:
            count, total = 0, 0.0  # what came before is not of its rhythm
        count, total = track.returned = [count + 1, total + min(nats, _MOST_NATS)]
        if count < 2 or total < max(_LEAST_OWN, self._threshold(RHYTHM)):
            return
        since = float(track.rows[-count, TIME])
        self._report_back(track, track.missing_s, since, total)
        track.missing_s, track.returned = None, [0, 0.0]

    def _report_back(self, track: Track, missing_s: float, since_s: float, nats: float) -> None:
        silence = self.known.listened_since(track, since_s, missing_s)
        if track.rhythm is not None:  # else it was given up since
            self.take_silence(track.timing.surprise(silence))
        text = f"back after {(since_s - missing_s) / _DAY_S:.1f} days"
        self._raise(BACK, track, track.last_s, since_s, nats, text)

    def check_level(self, track: Track) -> None:
        """Compares the latest levels with those before."""
        slow, levels, now = track.slow_level, track.rows[:, LEVEL], track.last_s
        if not track.timing.is_regular and track.sender is None:
            return
        if slow[0] < 2 * _LEVELS or len(levels) < 2 * _LEVELS:
            if levels[-1] == levels[-1]:
                average(slow, float(levels[-1]), 200.0)
            return
        latest = levels[-_LEVELS:]
        shift = float(np.mean(latest)) - slow[1]
        score = _LEVELS * shift * shift / (2.0 * slow[2])
        if score != score:
            return
        if score > self._threshold(CHANGED) and track.is_known:
            if not self._reception.have_heard(self._shifted.setdefault(track.number, now), track):
                return
            del self._shifted[track.number]
            since = float(track.rows[-_LEVELS, TIME])
            self._raise(CHANGED, track, now, since, score, shown_change(shift))
            track.slow_level = [float(_LEVELS), slow[1] + shift, slow[2]]
            track.level_excess = 0.0
            return
        self._shifted.pop(track.number, None)
        track.level_excess = max(track.level_excess, score)
        if score < 1.0 and track.level_excess > 2.0:
            self._pools[CHANGED].add(self.age, track.level_excess)
            track.level_excess = 0.0
        average(slow, float(latest[0]), 200.0)

    def take_silence(self, nats: float) -> None:
        """Notes how surprising a silence was that has ended."""
        if nats > 2.0 and self.weeks > 0.0:
            self._pools[MISSING].add(self.age, nats)

    def to_state(self) -> dict:
        return {
            "pools": {kind: copy.deepcopy(pool.to_state()) for kind, pool in self._pools.items()},
            "born": copy.deepcopy(self._born),
            "events": [astuple(event) for event in self.events],
        }

    def restore(self, state: dict) -> None:
        self._pools = {kind: Pool(state["pools"].get(kind, ())) for kind in SHARES}
        self._born = copy.deepcopy(state["born"])
        self.events = [Event(*values) for values in state["events"]]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which transmitter an emission is of."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..logbook.heard import Heard, Listened
from .coverage import CLOCK_S, Coverage
from .index import FrequencyIndex
from .track import FREQUENCY, LABEL, NUMBER, TIME, WIDTH, Track
from .transmitter import Moved
from .usual import PART_HZ, Usual

_CANDIDATES = 64
_FAR = -6.0  # nats of a frequency that no longer fits
_MOST_CONTENT = 15.0  # nats that width, length, rate, level and label add at most
_NEW = math.log(0.5)
_FEW = 20.0  # transmitters that are to be expected where none is known yet


class Known:
    """The transmitters that are known.

    Attributes:
        tracks: by their ids.
        moved: emissions that have another transmitter since somebody asked.
        most: above so many the one that was silent for longest is forgotten.
    """

    def __init__(self, most: int):
        self.tracks: dict[int, Track] = {}
        self.index, self.coverage, self.usual = FrequencyIndex(), Coverage(), Usual()
        self.senders: dict[str, int] = {}
        self.moved: list[Moved] = []
        self.numbers, self.most = 0, most

    def find(self, row, settings: str, sender: str | None) -> Track | None:
        """The transmitter of an emission that is likelier than a new one, or None."""
        if sender is not None:
            number = self.senders.get(sender)
            return None if number is None else self.tracks[number]
        values = row.tolist()
        births, density = self.usual.log_births(), self.usual.density(values[FREQUENCY])
        near = []
        for number in self.index.near(values[FREQUENCY], values[WIDTH], _CANDIDATES):
            track = self.tracks[number]
            place = track.frequency_ratio(values[FREQUENCY], density)
            if place > _FAR:
                near.append((place + self.log_intensity(track, values[TIME]), place, track))
        near.sort(key=lambda entry: (-entry[0], entry[2].number))
        best, best_nats = None, -math.inf
        for nats, _, track in near:
            if nats - births + _MOST_CONTENT < max(best_nats, _NEW):
                break
            total = nats - births + self.content(track, values, settings)
            if total > best_nats:
                best, best_nats = track, total
        new = _NEW
        if best_nats < _MOST_CONTENT:
            # Half of the new transmitters are like a regular one in all but their times.
            alike = [
                place + self.content(track, values, settings)
                for _, place, track in near
                if track.rhythm is not None
            ]
            many = math.exp(min(max(alike, default=0.0), 50.0)) / (len(self.tracks) + _FEW)
            new = math.log(0.5 + 0.5 * many)
        return best if best_nats > new else None

    def content(self, track: Track, row: list[float], settings: str) -> float:
        """Log-likelihood ratio of what an emission is like, but for its frequency."""
        code = int(row[LABEL])
        share = self.usual.share_of_label(code)
        return track.content_ratio(row, settings, self.usual.features(code), share)

    def beyond_usual(self, track: Track, row, settings: str) -> float:
        """Nats that an emission is of this transmitter, and neither of strangers there nor of
        another one that is known and has no rhythm."""
        values, nats = row.tolist(), []
        numbers = self.index.near(values[FREQUENCY], values[WIDTH], _CANDIDATES)
        others = [self.tracks[number] for number in numbers if number != track.number]
        others = [one for one in others if one.is_known and one.rhythm is None]
        for one in (track, *others):
            likeness = self._likeness(one, values, settings)
            nats.append(likeness + self.log_intensity(one, values[TIME]))
        usual = self.usual.log_irregular(values)
        return nats[0] - max([usual, *nats[1:]])

    def own_nats(self, track: Track) -> float:
        """Nats that the emissions of a transmitter with a rhythm are of one, each by those before
        it, and neither of strangers there nor of the others that are known: an emission of these
        that was heard in part, or by chance in a rhythm, is nothing new."""
        rows, settings = track.rows, track.settings
        like, total = Track(track.number, rows[0], settings), 0.0
        for before, row in itertools.pairwise(rows):
            values = row.tolist()
            own = self._likeness(like, values, settings)
            own += track.rhythm.log_density(max(values[TIME] - before[TIME], 0.01))
            numbers = self.index.near(values[FREQUENCY], values[WIDTH], _CANDIDATES)
            others = (self.tracks[number] for number in numbers if number != track.number)
            usual = [
                self._likeness(one, values, settings) + one.log_rate(values[TIME])
                for one in others
                if one.is_known
            ]
            total += own - np.logaddexp.reduce([self.usual.log_irregular(values), *usual])
            like.take(row, settings, 0.0, 0.0)
        return float(total)

    def _likeness(self, track: Track, row: list[float], settings: str) -> float:
        """Log-likelihood ratio of place and content of an emission to those of strangers."""
        place = track.frequency_ratio(row[FREQUENCY], 1.0 / PART_HZ)
        return place + self.content(track, row, settings)

    def log_intensity(self, track: Track, time_s: float) -> float:
        """Logarithm of the emissions a second that are to be expected of a transmitter now."""
        unheard = max(0.0, time_s - track.timing.firm_s)
        if track.rhythm is not None and unheard > 2.0 * track.rhythm.period_s:
            unheard = self.listened_since(track, time_s, track.timing.firm_s)
        return track.log_intensity(time_s, unheard)

    def listened_since(self, track: Track, time_s: float, start_s: float | None = None) -> float:
        """Seconds of listening to a transmitter since a time, by default its last emission, with
        the settings with which it was heard then."""
        start = track.last_s if start_s is None else start_s
        return self.coverage.listened_s(track.frequency_hz, track.settings, start, time_s)

    def new_track(self, row, settings: str, sender: str | None) -> Track:
        """A transmitter that begins with an emission."""
        self.usual.add_transmitter(row)
        self.usual.add_irregular(row)
        track = self.open_track(row, settings, sender)
        if len(self.tracks) > self.most:
            self.forget(min(self.tracks.values(), key=lambda one: (one.last_s, one.number)))
        return track

    def open_track(self, row, settings: str, sender: str | None = None) -> Track:
        track = Track(self.numbers, row, settings, sender)
        track.age_s = self.coverage.age_at(track.last_s).s
        self.numbers += 1
        self.tracks[track.number] = track
        if sender is not None:
            self.senders[sender] = track.number
        self.index.add(track)
        return track

    def listened(self, span: Listened) -> None:
        """Adds a time of listening, see `Coverage.add`."""
        self._begin_anew(span.start_s, self.coverage.add(span))

    def move_to(self, heard: Heard) -> None:
        """Lets time pass until an emission."""
        self._begin_anew(heard.start_s, self.coverage.move_to(heard))
        self.usual.move_to(self.coverage.age)

    def _begin_anew(self, time_s: float, gap_s: float) -> None:
        for track in self.tracks.values() if abs(gap_s) > CLOCK_S else ():
            track.lose_phase(time_s, gap_s)

    def forget(self, track: Track) -> None:
        self.index.remove(track)
        del self.tracks[track.number]
        if track.sender is not None:
            del self.senders[track.sender]

    def move(self, was: int, now: int, rows: np.ndarray | None = None) -> None:
        """Notes that emissions have another transmitter."""
        numbers = None if rows is None else tuple(rows[:, NUMBER].astype(int).tolist())
        self.moved.append(Moved(was, now, numbers))

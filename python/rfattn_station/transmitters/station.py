# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transmitters that a station hears, and what happens to them."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np

from ..logbook.heard import Heard, Listened
from . import joining, state
from .alarms import Event
from .coverage import Age, Coverage
from .index import FrequencyIndex
from .known import Known
from .reception import Reception
from .track import TIME, Track
from .transmitter import Moved, Transmitter, describe
from .usual import Usual
from .watch import KNOWN, Watch

_DAY_S = 86400.0
_SWEEP_S = _DAY_S / 4.0
_PASSED_S = 7 * _DAY_S  # without an emission, after which one with few is forgotten


class Station:
    """Joins emissions into transmitters, and reports those that are new, missing, back or changed.

    It does not learn how emissions look: labels, rates and levels are those that were measured.

    Args:
        alarms_per_week: how many false alarms a week its user accepts, > 0.
        most_transmitters: above so many the one that was silent for longest is forgotten.

    Attributes:
        known: what is known of all transmitters, to read.
    """

    def __init__(self, alarms_per_week: float = 1.0, most_transmitters: int = 20_000):
        if not alarms_per_week > 0.0:
            raise ValueError(f"alarms_per_week must be > 0, got {alarms_per_week}")
        if most_transmitters < 1:
            raise ValueError(f"most_transmitters must be > 0, got {most_transmitters}")
        self.known = Known(most_transmitters)
        self._reception = Reception(self.known)
        self._watch = Watch(self.known, self._reception, alarms_per_week)
        self._emissions, self._swept, self._model = 0, Age(-_DAY_S), ""

    def add(self, heard: Heard) -> int:
        """The id of the transmitter of an emission; emissions come in the order of their starts."""
        for name in ("start_s", "end_s", "frequency_hz", "width_hz"):
            if not math.isfinite(getattr(heard, name)):
                raise ValueError(f"{name} must be finite, got {getattr(heard, name)}")
        known, watch = self.known, self._watch
        known.move_to(heard)
        self._reception.look(heard.start_s)
        row = known.usual.row(heard, self._emissions)
        self._reception.correct(row)
        settings = known.coverage.settings(heard.receiver, heard.frequency_hz)
        track = known.find(row, settings, heard.sender)
        if track is None:
            track = known.new_track(row, settings, heard.sender)
        else:
            self._take(track, row, settings)
        self._reception.hear_floor(track, heard)
        self._emissions += 1
        if track.sender is None or track.rhythm is None:
            had = track.rhythm
            watch.check_rhythm(track)
            track, was = joining.rejoin(known, track)
            watch.report_rhythm(track, was)
            if had is None and track.rhythm is not None:
                track = watch.check_predecessor(track)
        track = watch.check_new(track)
        if known.coverage.age - self._swept > _SWEEP_S:
            self._sweep(known.coverage.age)
        return track.number

    def _take(self, track: Track, row: np.ndarray, settings: str) -> None:
        known, watch, time = self.known, self._watch, float(row[TIME])
        silence = known.listened_since(track, time)
        unheard = known.listened_since(track, time, track.timing.firm_s)
        nats = 0.0
        if track.missing_s is not None or not track.is_known:
            nats = known.beyond_usual(track, row, settings)
        if track.noise.is_drowned:  # and the floor is lower since
            silence = unheard = 0.0
            track.timing.in_phase = False
        surprise = track.timing.surprise(unheard) if track.timing.is_regular else 0.0
        track.take(row, settings, silence, unheard)
        track.age_s = known.coverage.age.s
        if track.rhythm is None:
            known.usual.add_irregular(row)
            watch.collect(track, nats)
        elif track.timing.firm_s == time:
            if track.missing_s is None:
                watch.take_silence(surprise)
            watch.collect(track, nats)
        if track.timing.is_regular and track.timing.firm_s == time:
            self._reception.hear(track, row)
        known.index.add(track)
        if track.missing_s is not None:
            watch.check_back(track, nats)
        watch.check_level(track)

    def listened(self, span: Listened) -> None:
        """Adds a time in which a receiver listened.

        Call it when a span begins, and again with a later end while it lasts and when it ends: a
        silence counts in such times only. Without any, the receiver is taken to be always on.
        """
        self.known.listened(span)

    def model(self, name: str) -> None:
        """States which model gives the labels from now on. Those of another are compared anew."""
        if self._model and name != self._model:
            for track in self.known.tracks.values():
                track.labels = {}
        self._model = name

    def events(self, now_s: float) -> list[Event]:
        """What was noticed since the last call, in the order of its time."""
        self._reception.look(now_s)
        now_s = self._reception.proved_s(now_s)
        for track in list(self.known.tracks.values()):
            if track.rhythm is not None and now_s - track.last_s > 3.0 * track.rhythm.period_s:
                self._watch.check_missing(track, now_s)
        found = [*self._watch.events, *self._reception.events]
        self._watch.events, self._reception.events = [], []
        return sorted(found, key=lambda event: event.time_unix_s)

    def rejoined(self) -> list[Moved]:
        """Which emissions have another transmitter since the last call, in this order."""
        moved, self.known.moved = self.known.moved, []
        return moved

    def named(self, names: dict[int, str]) -> list[Transmitter]:
        """Gives transmitters these names and all others none, and returns those that are known. One
        that has a name is not forgotten as a passer-by."""
        for track in self.known.tracks.values():
            track.name = names.get(track.number, "")
        tracks = (self.known.tracks.get(number) for number in sorted(names))
        return [describe(track, self.known.usual.names) for track in tracks if track is not None]

    def transmitters(self) -> list[Transmitter]:
        """All transmitters, in the order of their ids."""
        names = self.known.usual.names
        return [describe(track, names) for _, track in sorted(self.known.tracks.items())]

    def _sweep(self, age: Age) -> None:
        """Forgets those that passed by."""
        known, self._swept = self.known, age
        for track in list(known.tracks.values()):
            silent_s = age - Age(track.age_s)
            is_passed = silent_s > (_PASSED_S if track.count > 1 else _PASSED_S / 2.0)
            if track.count < KNOWN and is_passed and track.sender is None and not track.name:
                self._watch.end_evidence(track)
                known.forget(track)
        known.usual.fade(_SWEEP_S)

    def to_state(self) -> dict:
        """All that is known, as values that JSON can hold."""
        known = self.known
        return {
            "version": state.VERSION,
            "tracks": [state.track_to_state(track) for track in known.tracks.values()],
            "index": known.index.to_state(),
            "coverage": known.coverage.to_state(),
            "usual": known.usual.to_state(),
            "watch": self._watch.to_state(),
            "reception": self._reception.to_state(),
            "moved": [astuple(moved) for moved in known.moved],
            "numbers": [known.numbers, self._emissions],
            "swept_age_s": self._swept.s,
            "model": self._model,
        }

    @classmethod
    def from_state(cls, kept: dict, alarms_per_week: float = 1.0, **options) -> Station:
        """A station that continues where another one was when its state was kept."""
        if kept.get("version") != state.VERSION:
            made = f"another gr-rfattn made it: version {kept.get('version')}"
            raise ValueError(f"version must be {state.VERSION}; {made}")
        station = cls(alarms_per_week, **options)
        known = station.known
        tracks = [state.track_from_state(one) for one in kept["tracks"] if state.is_sound(one)]
        known.tracks = {track.number: track for track in tracks}
        known.senders = {one.sender: one.number for one in tracks if one.sender is not None}
        known.index = FrequencyIndex.from_state(kept["index"], known.tracks)
        known.coverage = Coverage.from_state(kept["coverage"])
        known.usual = Usual.from_state(kept["usual"])
        known.moved = [
            Moved(was, now, None if numbers is None else tuple(numbers))
            for was, now, numbers in kept["moved"]
        ]
        known.numbers, station._emissions = kept["numbers"]
        station._swept, station._model = Age(kept["swept_age_s"]), kept["model"]
        station._watch.restore(kept["watch"])
        if "reception" in kept:
            station._reception.restore(kept["reception"])
        return station

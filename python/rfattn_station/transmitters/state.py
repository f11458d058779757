# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station knows, as values that JSON can hold."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np

from .rhythm import Rhythm
from .timing import Timing
from .track import Noise, Track

VERSION = 2
_PLAIN = (
    "number name sender first_s count channels hours means settings slow_level searched age_s "
    "evidence peak is_known missing_s returned level_excess"
)
_TIMING = "last_s firm_s in_phase beats fit caught missed gaps outages octaves"


def _plain(track: Track):
    """The names of what is kept as it is, each with what it is kept of."""
    parts = (track, _PLAIN), (track.timing, _TIMING)
    return ((part, name) for part, names in parts for name in names.split())


def track_to_state(track: Track) -> dict:
    state = {name: _copied(getattr(part, name)) for part, name in _plain(track)}
    state["labels"] = [[code, n] for code, n in track.labels.items()]
    state["rhythm"] = None if track.rhythm is None else [float(x) for x in astuple(track.rhythm)]
    state["noise"] = list(astuple(track.noise))
    rows = track.rows.tolist()
    state["rows"] = [[None if math.isnan(x) else x for x in row] for row in rows]
    return state


def track_from_state(state: dict) -> Track:
    track = Track.__new__(Track)
    track.timing = Timing(0.0)
    for part, name in _plain(track):
        setattr(part, name, _copied(state[name]))
    track.noise = Noise(*state.get("noise", ()))
    track.labels = {int(code): n for code, n in state["labels"]}
    track.timing.rhythm = None if state["rhythm"] is None else Rhythm(*state["rhythm"])
    rows = [[math.nan if x is None else x for x in row] for row in state["rows"]]
    track.rows = np.array(rows, float)
    return track


def is_sound(value) -> bool:
    """Whether all numbers in it are finite."""
    if isinstance(value, dict):
        return all(map(is_sound, value.values()))
    if isinstance(value, list):
        return all(map(is_sound, value))
    return not isinstance(value, float) or math.isfinite(value)


def _copied(value):
    """Lists are copied, since a station changes its own."""
    return [_copied(one) for one in value] if isinstance(value, list) else value

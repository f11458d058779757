# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station knows, as values that JSON can hold."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np

from .rhythm import Rhythm
from .track import Track

VERSION = 1
_PLAIN = (
    "number name sender first_s last_s firm_s count channels hours beats caught missed gaps fit "
    "outages octaves means evidence peak is_known missing_s returned settings slow_level "
    "level_excess searched"
).split()


def track_to_state(track: Track) -> dict:
    state = {name: _copied(getattr(track, name)) for name in _PLAIN}
    state["labels"] = [[code, n] for code, n in track.labels.items()]
    state["rhythm"] = None if track.rhythm is None else [float(x) for x in astuple(track.rhythm)]
    rows = track.latest().tolist()
    state["rows"] = [[None if math.isnan(x) else x for x in row] for row in rows]
    return state


def track_from_state(state: dict) -> Track:
    track = Track.__new__(Track)
    for name in _PLAIN:
        setattr(track, name, _copied(state[name]))
    track.labels = {int(code): n for code, n in state["labels"]}
    track.rhythm = None if state["rhythm"] is None else Rhythm(*state["rhythm"])
    rows = [[math.nan if x is None else x for x in row] for row in state["rows"]]
    track.rows, track.used = np.array(rows, float), len(rows)
    return track


def _copied(value):
    """Lists are copied, since a station changes its own."""
    return [_copied(one) for one in value] if isinstance(value, list) else value

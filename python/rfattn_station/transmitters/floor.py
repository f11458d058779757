# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The noise beside emissions, which shows where the floor of a band is another one."""

from __future__ import annotations

import math

import numpy as np

from .known import Known
from .shared import LEAST
from .track import Track

TOLD_DB = 3.0
"""By how much the floor or the level of all changes before this is told: twice the power."""
_HELD_S = 3600.0  # longer than most emissions beside others, which raise what is measured as noise


def hear(
    known: Known, track: Track, time_s: float, floor_db: float
) -> tuple[float, float, str] | None:
    """Takes the noise beside an emission of a transmitter, dB of full scale in a Hz.

    Returns:
        by how many dB the floor around is higher, since when (s since 1970), and this in words;
        None: not enough of them were heard with another one for an hour.
    """
    noise = track.noise
    noise.is_drowned = False
    error = floor_db - noise.mean_db
    if noise.count < LEAST or abs(error) < TOLD_DB or error * noise.other_db < 0.0:
        noise.settle(0.0)
        noise.count = min(noise.count + 1, 50)
        noise.mean_db += error / noise.count
        return None
    if not noise.others:
        noise.since_s = time_s
    noise.others += 1
    noise.other_db += (error - noise.other_db) / noise.others
    held_s = time_s - noise.since_s
    raised = _spread(known, track, time_s) if noise.others >= 3 and held_s > _HELD_S else None
    if raised is None and held_s > 24.0 * _HELD_S:  # no other one has it
        noise.settle(noise.other_db)
    return raised


def _spread(known: Known, track: Track, now_s: float) -> tuple[float, float, str] | None:
    """Moves the floor of all around a transmitter that changed like it or were not heard since."""
    since_s, sign = track.noise.since_s, math.copysign(1.0, track.noise.other_db)
    near = [one for one in known.tracks.values() if one.settings == track.settings]
    near = [one for one in near if one.noise.count >= LEAST and len(one.channels) == 1]
    near.sort(key=lambda one: one.frequency_hz)
    # Up to the nearest that were heard since, with the floor that they had before.
    changed = [one.noise.others > 0 and one.noise.other_db * sign > 0.0 for one in near]
    ends = [k for k, one in enumerate(near) if one.last_s >= since_s and not changed[k]]
    if track not in near:
        return None
    own = near.index(track)
    low = max((k + 1 for k in ends if k < own), default=0)
    high = min((k for k in ends if k > own), default=len(near))
    alike = [k for k in range(low, high) if changed[k]]
    if len(alike) < LEAST:
        return None
    db = float(np.median([near[k].noise.other_db for k in alike]))
    weakest_db = min(_snr_db(near[k]) - near[k].noise.other_db for k in alike)
    part = near[alike[0] : alike[-1] + 1]
    for one in part:
        if one.noise.is_drowned and db < 0.0:
            one.lose_phase(now_s, 0.0)
            one.timing.firm_s = now_s
        is_heard = one.noise.others > 0
        one.noise.settle(one.noise.other_db if is_heard else db)
        one.noise.is_drowned = not is_heard and db > 0.0 and _snr_db(one) < weakest_db
    low_mhz, high_mhz = part[0].frequency_hz / 1e6, part[-1].frequency_hz / 1e6
    how = f"floor {abs(db):.0f} dB {'up' if db > 0.0 else 'down'}"
    return db, since_s, f"{how} from {low_mhz:.3f} to {high_mhz:.3f} MHz"


def hides(known: Known, track: Track) -> bool:
    """Whether a transmitter may be silent because the floor is higher: it is known to be, or the
    nearest one that was heard since was heard with more noise."""
    if track.noise.is_drowned:
        return True
    heard = [one for one in known.tracks.values() if one.last_s > track.timing.firm_s]
    heard = [one for one in heard if one.noise.count >= LEAST and one is not track]
    nearest = min(heard, key=lambda one: abs(one.frequency_hz - track.frequency_hz), default=track)
    return nearest.noise.other_db > 0.0


def _snr_db(track: Track) -> float:
    """Mean ratio of a transmitter to the noise in its width."""
    width_db = 10.0 / math.log(10.0) * track.means[0][1]
    return track.slow_level[1] - track.noise.mean_db - width_db

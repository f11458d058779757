# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain memories of a band: tracks by frequency and class, and counts by channel and hour."""

from __future__ import annotations

import math

import numpy as np

from .senders_air import DAY_S, START_S, Air

_NEAR_HZ = 1200.0
_CHANNEL_HZ = 25e3
_LEARNED = 0.5  # of the days, in which a memory learns and does not report
_EDGES_S = np.concatenate([[0.0], np.geomspace(0.5, 2 * DAY_S, 240), [1e12]])


def tracks_of(air: Air) -> np.ndarray:
    """A transmitter of each emission: that of the nearest frequency with the same label."""
    ids, tracks = [], {}
    for heard in air.heard:
        own = tracks.setdefault(heard.label, [])
        nearest = min(own, key=lambda one: abs(one[0] - heard.frequency_hz), default=None)
        if nearest is None or abs(nearest[0] - heard.frequency_hz) > _NEAR_HZ:
            nearest = [heard.frequency_hz, 0, len(ids)]
            own.append(nearest)
        nearest[1] += 1
        nearest[0] += max(0.02, 1.0 / nearest[1]) * (heard.frequency_hz - nearest[0])
        ids.append(nearest[2])
    return np.array(ids)


def channels_of(air: Air) -> np.ndarray:
    """A number of the channel and label of each emission."""
    numbers: dict = {}
    keys = [(int(one.frequency_hz // _CHANNEL_HZ), one.label) for one in air.heard]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])


class Intervals:
    """Each track by the density of its intervals in the first half.

    A silence scores the emissions that were to be expected since the last one.
    """

    def __init__(self, own: np.ndarray, half_s: float):
        counts = np.histogram(np.diff(own[own < half_s]), _EDGES_S)[0] + 0.02
        share = counts / counts.sum()
        self._sums = np.cumsum(share / (1.0 - np.cumsum(share) + share))

    def score(self, start_s, end_s):
        return np.interp(end_s - start_s, _EDGES_S[1:], self._sums)

    def time_of(self, start_s, score: float):
        """When a silence that began at a time has a score."""
        return start_s + np.interp(score, self._sums, _EDGES_S[1:])


class HourlyCounts:
    """Each channel by its emissions in each hour of the day in the first half."""

    def __init__(self, own: np.ndarray, half_s: float):
        hours = (own[own < half_s] % DAY_S // 3600.0).astype(int)
        rates = (np.bincount(hours, minlength=24) + 0.5) / (half_s / 24.0)
        self._times = np.arange(0.0, 4.0 * half_s, 3600.0)
        steps = np.resize(rates, len(self._times) - 1) * 3600.0
        self._sums = np.concatenate([[0.0], np.cumsum(steps)])

    def score(self, start_s, end_s):
        return np.interp(end_s, self._times, self._sums) - np.interp(
            start_s, self._times, self._sums
        )

    def time_of(self, start_s, score: float):
        until = np.interp(start_s, self._times, self._sums) + score
        return np.interp(until, self._sums, self._times)


def silent_ratios(air: Air, ids, memory, alarms: float, oracle: dict, stops: dict) -> list:
    """Silent periods until each stopped device was missing, as a share of the oracle's; None: it
    was not. The threshold has `alarms` false alarms a week in hindsight.

    Args:
        memory: `Intervals` or `HourlyCounts`.
        stops: when each device stopped and when it came back, s.
    """
    times = np.array([one.start_s for one in air.heard]) - START_S
    half, known, scores = air.days * DAY_S * _LEARNED, {}, []
    for number, own in _groups(ids, times):
        if (own < half).sum() < 30:
            continue
        known[number] = memory(own, half)
        late = own[own >= half]
        scores += known[number].score(late[:-1], late[1:]).tolist()
    limit = sorted(scores, reverse=True)[max(1, round(alarms * air.days / 14.0))]
    ratios = []
    for number, (stop, back) in stops.items():
        last = times[(air.truth == number) & (times < stop)].max()
        track = int(np.bincount(ids[(air.truth == number) & (times < stop)]).argmax())
        own = times[(ids == track) & (times >= last) & (times < back)]
        noticed = math.inf
        if track in known:
            due = known[track].time_of(own, limit)
            early = due[due < np.append(own[1:], back)]
            noticed = early[0] if len(early) else math.inf
        periods = oracle[number] * air.devices[number].period_s
        ratios.append((noticed - last) / periods if noticed < math.inf else None)
    return ratios


def _groups(ids: np.ndarray, times: np.ndarray):
    order = np.argsort(ids, kind="stable")
    starts = np.flatnonzero(np.diff(ids[order], prepend=-1))
    for number, own in zip(ids[order][starts], np.split(times[order], starts[1:]), strict=True):
        yield int(number), own

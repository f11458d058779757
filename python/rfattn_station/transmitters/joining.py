# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins anew what was joined before more was known: splits rhythms, and unites what is one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .rhythm import LEAST_NATS, Rhythm, find_rhythm
from .track import (
    DEVIATIONS,
    FEATURES,
    FREQUENCY,
    MOST_ROWS,
    NUMBER,
    TIME,
    WIDTH,
    Track,
    deviation_hz,
    log_normal,
)

if TYPE_CHECKING:
    from .known import Known

Was = tuple[Rhythm, float] | None
"""A rhythm, and since when there is another one, s since 1970."""

_ALIKE = 5.0  # deviations within which emissions may be of one transmitter
_LEAST_REST = 3  # emissions that are a transmitter of their own beside a rhythm
_LEAST_UNION = 4.0  # nats that two are one, by what their emissions are like
_LEAST_CHANGE = 6.0  # nats that a new transmitter is an old one
_GAPPY = 0.4  # share of missed emissions above which the others may be in another channel
_UNION_ROWS = 64
_LEAST_NATS = 8.0  # of a rhythm by itself
_CLOSE = 3.0  # deviations
_LOOKS = 4.0  # nats, since each emission is a look
_PRIOR = 3.0  # emissions that the usual deviations count for
_LEAST_PAUSE_S = 30.0  # between two searches for a rhythm


def rejoin(known: Known, track: Track) -> tuple[Track, Was]:
    """Looks for a rhythm, or for the other channels of a transmitter.

    Returns:
        the transmitter of the newest emission, and which rhythm it had if it has another now.
    """
    if track.last_s < track.searched:
        return track, None
    track.searched = track.last_s + _LEAST_PAUSE_S
    if track.rhythm is not None:
        age = track.last_s - track.first_s
        track.searched = track.last_s + max(8.0 * track.rhythm.period_s, age)
        return unite(known, track)
    rows, owners = _alike(known, track)
    span = max(float(rows[-1, TIME] - rows[0, TIME]), 1e-9)
    rate = (len(rows) - 1) / span * max(1.0, known.usual.busy(track.last_s))
    found = find_rhythm(rows[:, TIME], rate, _LEAST_NATS)
    nats = found[2] + _closeness(rows, found[1]) if found and found[1][-1] else 0.0
    if nats < LEAST_NATS + _LOOKS:
        is_time = track.count >= 4 and (track.count % 16 == 0 or track.count in (4, 8))
        return unite(known, track) if is_time else (track, None)
    rhythm, members, _ = found
    return _gather(known, rhythm, rows[members], owners[members], nats), None


def _alike(known: Known, track: Track) -> tuple[np.ndarray, np.ndarray]:
    """The latest emissions without a rhythm that are like the newest one of a transmitter, in the
    order of their starts, and the ids of their transmitters."""
    newest = track.rows[-1]
    near = [known.tracks[n] for n in known.index.near(newest[FREQUENCY], newest[WIDTH], 64)]
    near = [one for one in near if one.rhythm is None and one.sender == track.sender]
    rows = np.concatenate([one.rows for one in near])
    owners = np.repeat([one.number for one in near], [len(one.rows) for one in near])
    limits = np.array([deviation_hz(math.exp(newest[WIDTH])), *DEVIATIONS]) * _ALIKE
    columns = [FREQUENCY, *FEATURES]
    is_alike = ~(np.abs(rows[:, columns] - newest[columns]) > limits).any(axis=1)
    is_alike &= rows[:, NUMBER] <= newest[NUMBER]
    order = np.argsort(rows[is_alike, NUMBER])[-MOST_ROWS:]
    return rows[is_alike][order], owners[is_alike][order]


def _closeness(rows: np.ndarray, members: np.ndarray) -> float:
    """Nats that are to be added where few of the other emissions are as much alike as those of a
    rhythm are: so few would have come at random."""
    columns = [FREQUENCY, *FEATURES]
    usual = np.array([deviation_hz(math.exp(rows[-1, WIDTH])), *DEVIATIONS]) ** 2
    own, count = rows[members][:, columns], int(members.sum())
    variance = (count * own.var(axis=0) + _PRIOR * usual) / (count + _PRIOR)
    distance = np.abs(rows[:, columns] - own.mean(axis=0)) / np.sqrt(variance)
    close = ~(distance > _CLOSE).any(axis=1) | members
    return (count - 1) * math.log(len(rows) / close.sum())


def _gather(known: Known, rhythm, rows, owners, nats: float) -> Track:
    """Makes emissions of several transmitters one with a rhythm."""
    numbers, counts = np.unique(owners, return_counts=True)
    parts = [known.tracks[int(number)] for number in numbers]
    whole = [
        (count, -one.number)
        for one, count in zip(parts, counts, strict=True)
        if one.count == len(one.rows) and one.count - count < max(_LEAST_REST, 0.2 * one.count)
    ]
    first_s = min(float(one.rows[0, TIME]) for one in parts)
    begins = rhythm.silent_periods(float(rows[0, TIME]) - first_s) * -math.log(rhythm.missed)
    was_known = any(one.is_known for one in parts)
    if whole:
        track = known.tracks[-max(whole)[1]]
    else:
        track = _opened(known, rows, parts[0].settings)
        # What was there as long as the emissions reach back is found now, but it is not new.
        track.is_known = was_known and begins < 10.0
    for one in parts:
        if one is not track:
            own = one.rows
            is_taken = np.isin(own[:, NUMBER], rows[:, NUMBER])
            known.move(one.number, track.number, own[is_taken])
            if is_taken.all() and one.count == len(one.rows) and not one.name:
                known.forget(one)
            elif not is_taken.all():
                one.keep(own[~is_taken])
    if whole:
        more = rows[~np.isin(rows[:, NUMBER], track.rows[:, NUMBER])]
        both = np.concatenate([track.rows, more])
        track.count += len(more)
        track.learn_again(both[np.argsort(both[:, NUMBER])][-MOST_ROWS:])
        track.first_s = min(track.first_s, float(rows[0, TIME]))
        known.index.add(track)
    track.timing.begin(rhythm, rows[:, TIME])
    if not track.is_known:
        track.evidence = max(track.evidence, min(nats, known.own_nats(track)))
    return track


def _opened(known: Known, rows: np.ndarray, settings: str) -> Track:
    track = known.open_track(rows[0], settings)
    for row in rows[1:]:
        track.take(row, settings, 0.0, 0.0)
    known.index.add(track)
    return track


def similarity(known: Known, one: Track, two: Track) -> float:
    """Nats that the emissions of two are alike, but for their frequency and times."""
    total = 0.0
    code = max(one.labels, key=one.labels.get, default=0)
    for k, other in enumerate(known.usual.features(code)):
        (n, mean, variance), (m, mean_2, variance_2) = one.means[k], two.means[k]
        if n < 2.0 or m < 2.0 or (k == 3 and one.settings != two.settings):
            continue
        error = variance / min(n, 10.0) + variance_2 / min(m, 10.0)
        chance = max(2.0 * other[2], 2.0 * error)
        difference = mean - mean_2
        ratio = log_normal(difference, 0.0, error) - log_normal(difference, 0.0, chance)
        total += max(ratio, -5.0)
    counts = sum(one.labels.values()), sum(two.labels.values())
    if all(counts):
        both = one.labels.keys() & two.labels.keys()
        same = sum(min(one.labels[c] / counts[0], two.labels[c] / counts[1]) for c in both)
        total += math.log(same + 0.02) - math.log(known.usual.share_of_label(code))
    return total


def _may_share(track: Track, other: Track) -> bool:
    """Whether the rhythm of two, if they are one, may be hidden by their being two."""
    if track.frequency_ratio(other.frequency_hz, 1e-5) > 0.0:
        return True
    return all(one.rhythm is None or one.rhythm.missed > _GAPPY for one in (track, other))


def unite(known: Known, track: Track) -> tuple[Track, Was]:
    """Joins the channels of a transmitter that changes them, where together they have a rhythm.

    Returns:
        as `rejoin`.
    """
    others = []
    for other in known.tracks.values():
        if other is track or other.count < 3 or other.sender != track.sender:
            continue
        if _may_share(track, other) and other.last_s > track.rows[0, TIME]:
            nats = similarity(known, track, other)
            if nats > _LEAST_UNION:
                others.append((nats, other.number))
    others = [known.tracks[number] for _, number in sorted(others, reverse=True)[:7]]
    if not others:
        return track, None
    rows = np.concatenate([one.rows for one in (track, *others)])
    rows = rows[np.argsort(rows[:, TIME], kind="stable")][-_UNION_ROWS:]
    found = find_rhythm(rows[:, TIME])
    if found is None:
        return track, None
    rhythm, members, nats = found
    span = float(rows[-1, TIME] - rows[0, TIME])
    parts, apart = [], 0.0  # nats of each by itself
    for one in (track, *others):
        is_own = np.isin(rows[:, NUMBER], one.rows[:, NUMBER])
        if (is_own & members).sum() >= max(3.0, 0.7 * is_own.sum()):
            parts.append(one)
            alone = find_rhythm(rows[is_own, TIME], (len(rows) - 1) / span)
            apart += 0.0 if alone is None else alone[2]
    if len(parts) < 2 or track not in parts or nats < apart - _LOOKS * (len(parts) - 1):
        return track, None
    oldest = min(parts, key=lambda one: one.number)
    was = oldest.rhythm
    was_regular = oldest.is_known and _is_old(oldest)
    for one in parts:
        if one is not oldest:
            known.move(one.number, oldest.number)
            oldest.absorb(one)
            known.forget(one)
            known.index.add(oldest)
    oldest.timing.begin(rhythm, rows[members, TIME])
    if was_regular and abs(was.period_s / rhythm.period_s - 1.0) > 0.05:
        return oldest, (was, float(rows[0, TIME]))
    return oldest, None


def _is_old(track: Track) -> bool:
    """Whether it is known for long that a transmitter is regular."""
    return track.timing.is_regular and track.timing.beats >= MOST_ROWS


def successor(known: Known, old: Track) -> Track | None:
    """The new transmitter that a silent one became."""
    return _best((change(known, old, new), new) for new in known.tracks.values())


def predecessor(known: Known, new: Track) -> Track | None:
    """The regular transmitter that became a new one."""
    return _best((change(known, old, new), old) for old in known.tracks.values())


def _best(pairs) -> Track | None:
    nats, best = max(pairs, key=lambda pair: pair[0])
    return best if nats > _LEAST_CHANGE else None


def change(known: Known, old: Track, new: Track) -> float:
    """Nats that a regular transmitter became a new one: moved, or has another rhythm."""
    rhythm = old.rhythm
    if old is new or len(new.rows) < 4 or old.sender or new.sender:
        return -math.inf
    if not _is_old(old):
        return -math.inf
    # One began when the other ended, within some periods.
    silent_s = old.timing.firm_s if old.missing_s is None else old.missing_s
    since = new.first_s - silent_s
    is_near = old.frequency_ratio(new.frequency_hz, 1e-5) > 0.0
    intervals = np.diff(new.rows[:, TIME]).tolist()
    fits = sum(rhythm.misfit(interval) < 4.0 for interval in intervals) / len(intervals)
    is_same = is_near and fits >= 0.75  # only its phase is another, after a silence of any length
    before = 4.0 if is_near else 0.6  # by chance the old rhythm may seem to last for a while
    after = math.inf if is_same else 6.0
    if not -before * rhythm.period_s < since < after * rhythm.period_s:
        return -math.inf
    if new.last_s - silent_s < 3.0 * rhythm.period_s:
        return -math.inf
    if fits < 0.75 and not (is_near and new.rhythm is not None):
        return -math.inf
    return similarity(known, old, new) + (3.0 if is_near else 0.0) + (3.0 if fits >= 0.75 else 0.0)

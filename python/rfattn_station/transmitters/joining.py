# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins anew what was joined before more was known: splits rhythms, and unites what is one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .rhythm import LEAST_NATS, find_rhythm
from .track import (
    DEVIATIONS,
    FEATURES,
    FREQUENCY,
    MOST_CHANNELS,
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
    from .watch import Watch

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
_USUAL_JITTER = 0.02  # of a period
_BROKEN = 0.5  # share of intervals that fit, below which a rhythm is given up
_AFTER_BREAK = 12  # emissions that are then left to find another
_LEAST_PAUSE_S = 30.0  # between two searches for a rhythm


def rejoin(known: Known, watch: Watch, track: Track) -> Track:
    """Looks for a rhythm, or for the other channels of a transmitter.

    Returns:
        the transmitter of the newest emission.
    """
    if track.last_s < track.searched:
        return track
    track.searched = track.last_s + _LEAST_PAUSE_S
    if track.rhythm is not None and track.fit < _BROKEN:
        watch.end_rhythm(track)
        keep_rows(known, track, track.latest()[-_AFTER_BREAK:].copy())
    if track.rhythm is not None:
        age = track.last_s - track.first_s
        track.searched = track.last_s + max(8.0 * track.rhythm.period_s, age)
        return unite(known, watch, track)
    rows, owners = _alike(known, track)
    span = max(float(rows[-1, TIME] - rows[0, TIME]), 1e-9)
    rate = (len(rows) - 1) / span * max(1.0, known.usual.busy(track.last_s))
    found = find_rhythm(rows[:, TIME], rate, _LEAST_NATS)
    nats = found[2] + _closeness(rows, found[1]) if found and found[1][-1] else 0.0
    if nats < LEAST_NATS + _LOOKS:
        is_time = track.count >= 4 and (track.count % 16 == 0 or track.count in (4, 8))
        return unite(known, watch, track) if is_time else track
    rhythm, members, _ = found
    return _gather(known, watch, rhythm, rows[members], owners[members], nats)


def _alike(known: Known, track: Track) -> tuple[np.ndarray, np.ndarray]:
    """The latest emissions without a rhythm that are like the newest one of a transmitter, in the
    order of their starts, and the ids of their transmitters."""
    newest = track.latest()[-1]
    near = [known.tracks[n] for n in known.index.near(newest[FREQUENCY], newest[WIDTH], 64)]
    near = [one for one in near if one.rhythm is None and one.sender == track.sender]
    rows = np.concatenate([one.latest() for one in near])
    owners = np.repeat([one.number for one in near], [one.used for one in near])
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


def _gather(known: Known, watch: Watch, rhythm, rows, owners, nats: float) -> Track:
    """Makes emissions of several transmitters one with a rhythm."""
    numbers, counts = np.unique(owners, return_counts=True)
    parts = [known.tracks[int(number)] for number in numbers]
    whole = [
        (count, -one.number)
        for one, count in zip(parts, counts, strict=True)
        if one.used == one.count and one.used - count < max(_LEAST_REST, 0.2 * one.used)
    ]
    first_s = min(float(one.latest()[0, TIME]) for one in parts)
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
            own = one.latest()
            is_taken = np.isin(own[:, NUMBER], rows[:, NUMBER])
            known.move(one.number, track.number, own[is_taken])
            if is_taken.all() and one.count == one.used and not one.name:
                known.forget(one)
            elif not is_taken.all():
                keep_rows(known, one, own[~is_taken].copy())
    if whole:
        more = rows[~np.isin(rows[:, NUMBER], track.latest()[:, NUMBER])]
        both = np.concatenate([track.latest(), more])
        track.count += len(more)
        _relearn(track, both[np.argsort(both[:, NUMBER])][-MOST_ROWS:])
        track.first_s = min(track.first_s, float(rows[0, TIME]))
        known.index.add(track)
    _set_rhythm(track, rhythm, rows)
    if not track.is_known:
        track.evidence = max(track.evidence, min(nats, watch.own_nats(track)))
    return track


def _opened(known: Known, rows: np.ndarray, settings: str) -> Track:
    track = known.open_track(rows[0], settings)
    for row in rows[1:]:
        track.take(row, settings, 0.0, 0.0)
    known.index.add(track)
    return track


def _set_rhythm(track: Track, rhythm, rows: np.ndarray) -> None:
    track.beats, track.fit = len(rows) - 1, 1.0
    # A few intervals may be alike by chance: the prior counts as three of them.
    usual = (_USUAL_JITTER * rhythm.period_s) ** 2
    variance = (track.beats * rhythm.jitter_s**2 + 3.0 * usual) / (track.beats + 3.0)
    track.rhythm = replace(rhythm, jitter_s=math.sqrt(variance))
    track.caught, track.missed, track.gaps = 8.0, 2.0, 1.6
    track.last_s = track.firm_s = float(rows[-1, TIME])


def keep_rows(known: Known, track: Track, rows: np.ndarray) -> None:
    """Leaves a transmitter only so many of its latest emissions."""
    track.count -= track.used - len(rows)
    _relearn(track, rows)
    if track.count == len(rows):
        track.first_s = float(rows[0, TIME])
    track.last_s = float(rows[-1, TIME])
    track.searched = 0.0


def _relearn(track: Track, rows: np.ndarray) -> None:
    """Makes what a transmitter is like that of rows."""
    like = Track(track.number, rows[0], track.settings)
    for row in rows[1:]:
        like.take(row, track.settings, 0.0, 0.0)
    for name in ("channels", "means", "labels", "octaves", "rows", "used", "slow_level"):
        setattr(track, name, getattr(like, name))


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


def unite(known: Known, watch: Watch, track: Track) -> Track:
    """Joins the channels of a transmitter that changes them, where together they have a rhythm."""
    others = []
    for other in known.tracks.values():
        if other is track or other.count < 3 or other.sender != track.sender:
            continue
        if _may_share(track, other) and other.last_s > track.latest()[0, TIME]:
            nats = similarity(known, track, other)
            if nats > _LEAST_UNION:
                others.append((nats, other.number))
    others = [known.tracks[number] for _, number in sorted(others, reverse=True)[:7]]
    if not others:
        return track
    rows = np.concatenate([one.latest() for one in (track, *others)])
    rows = rows[np.argsort(rows[:, TIME], kind="stable")][-_UNION_ROWS:]
    found = find_rhythm(rows[:, TIME])
    if found is None:
        return track
    rhythm, members, nats = found
    span = float(rows[-1, TIME] - rows[0, TIME])
    parts, apart = [], 0.0  # nats of each by itself
    for one in (track, *others):
        is_own = np.isin(rows[:, NUMBER], one.latest()[:, NUMBER])
        if (is_own & members).sum() >= max(3.0, 0.7 * is_own.sum()):
            parts.append(one)
            alone = find_rhythm(rows[is_own, TIME], (len(rows) - 1) / span)
            apart += 0.0 if alone is None else alone[2]
    if len(parts) < 2 or track not in parts or nats < apart - _LOOKS * (len(parts) - 1):
        return track
    oldest = min(parts, key=lambda one: one.number)
    was = oldest.rhythm
    was_regular = oldest.is_known and oldest.is_regular and oldest.beats >= MOST_ROWS
    for one in parts:
        if one is not oldest:
            absorb(known, oldest, one)
    _set_rhythm(oldest, rhythm, rows[members])
    if was_regular and abs(was.period_s / rhythm.period_s - 1.0) > 0.05:
        watch.report_rhythm(oldest, was, oldest.last_s, float(rows[0, TIME]))
    return oldest


def absorb(known: Known, track: Track, other: Track) -> None:
    """Makes the emissions of another transmitter those of this one."""
    known.move(other.number, track.number)
    rows = np.concatenate([track.latest(), other.latest()])
    rows = rows[np.argsort(rows[:, TIME], kind="stable")][-MOST_ROWS:]
    track.rows, track.used = rows, len(rows)
    track.channels = sorted(track.channels + other.channels, reverse=True)[:MOST_CHANNELS]
    track.count += other.count
    track.first_s = min(track.first_s, other.first_s)
    track.last_s = max(track.last_s, other.last_s)
    track.age_s = max(track.age_s, other.age_s)
    track.is_known |= other.is_known
    track.evidence = max(track.evidence, other.evidence)
    track.hours = [a + b for a, b in zip(track.hours, other.hours, strict=True)]
    for code, n in other.labels.items():
        track.labels[code] = track.labels.get(code, 0.0) + n
    known.forget(other)
    known.index.add(track)


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
    if old is new or new.used < 4 or old.sender or new.sender:
        return -math.inf
    if not old.is_regular or old.beats < MOST_ROWS:
        return -math.inf
    # One began when the other ended, within some periods.
    silent_s = old.firm_s if old.missing_s is None else old.missing_s
    since = new.first_s - silent_s
    is_near = old.frequency_ratio(new.frequency_hz, 1e-5) > 0.0
    intervals = np.diff(new.latest()[:, TIME]).tolist()
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


def continue_with(known: Known, old: Track, new: Track) -> tuple[float, bool]:
    """Continues a transmitter with the emissions of a new one.

    Returns:
        by how many Hz it moved, and whether this is another channel.
    """
    moved_hz = new.frequency_hz - old.frequency_hz
    is_moved = old.frequency_ratio(new.frequency_hz, 1e-5) <= 0.0
    known.move(new.number, old.number)
    names = "channels means labels rows used slow_level last_s firm_s age_s octaves settings"
    for name in names.split():
        setattr(old, name, getattr(new, name))
    old.count += new.count
    if new.rhythm is not None:
        old.rhythm, old.beats, old.fit = new.rhythm, max(new.beats, 20), 1.0
    old.missing_s, old.returned, old.searched = None, [0, 0.0], 0.0
    known.forget(new)
    known.index.add(old)
    return moved_hz, is_moved

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A station hears a made-up band, and its transmitters and events are compared with the truth."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from gnuradio.rfattn_station.transmitters.alarms import BACK, CHANGED, MISSING, NEW, Event
from gnuradio.rfattn_station.transmitters.station import Station

from .senders_air import SETS, START_S, Air, AirSet, Device, make_air

_MINUTE_S = 60.0
_OWNERS = 20  # latest emissions of a transmitter that show which device it is
WITHIN = 5  # emissions in which what is new or back is to be noticed
SLOWER = 1.5  # silent periods of an oracle in which what is missing is to be noticed


@dataclass(frozen=True)
class Heard:
    """What a station made of a band.

    Attributes:
        ids: transmitter of each emission, as they were joined in the end.
        events: with the device that the transmitter was when the event was reported.
        cpu_s: seconds of CPU time.
    """

    ids: np.ndarray
    events: list[tuple[Event, int]]
    cpu_s: float


def replay(air: Air, station: Station) -> Heard:
    """Gives a station all emissions of a band, and asks for its events each minute or ten."""
    ids, spans = np.full(len(air.heard), -1), list(air.listened)
    events, cpu, asked = [], time.process_time(), air.heard[0].start_s
    for number, heard in enumerate(air.heard):
        while len(spans) > 1 and spans[1].start_s <= heard.start_s:
            station.listened(spans.pop(0))
        while heard.start_s - asked > _MINUTE_S:
            asked = min(heard.start_s, asked + 10.0 * _MINUTE_S)
            if asked > spans[0].start_s:
                station.listened(replace(spans[0], end_s=min(asked, spans[0].end_s)))
            found = station.events(asked)
            _rejoin(ids, station)
            events += [(event, _owner(ids, air.truth, event.transmitter)) for event in found]
        ids[number] = station.add(heard)
    _rejoin(ids, station)
    return Heard(ids, events, time.process_time() - cpu)


def _rejoin(ids: np.ndarray, station: Station) -> None:
    for moved in station.rejoined():
        which = ids == moved.was if moved.emissions is None else list(moved.emissions)
        ids[which] = moved.now


def _owner(ids: np.ndarray, truth: np.ndarray, transmitter: int) -> int:
    own = truth[np.flatnonzero(ids == transmitter)[-_OWNERS:]]
    return Counter(own.tolist()).most_common(1)[0][0] if len(own) else -1


def pairwise(ids: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F1 of *the same transmitter*, of all pairs of emissions.

    Emissions of strangers are of one transmitter with no other.
    """
    is_device = truth >= 0
    both = _pairs(Counter(zip(ids[is_device].tolist(), truth[is_device].tolist(), strict=True)))
    found, right = _pairs(Counter(ids.tolist())), _pairs(Counter(truth[is_device].tolist()))
    return both / found, both / right, 2.0 * both / (found + right)


def false_events(air: Air, heard: Heard) -> Counter:
    """How many events of each kind are false.

    The return of what was never missing belongs to the false `missing` and is not counted again;
    that of what is still silent is false.
    A device that moved may be reported as missing and as new, once each.
    """
    devices, seen, false = {one.number: one for one in air.devices}, Counter(), Counter()
    for event, owner in heard.events:
        if event.transmitter is None:
            continue
        when = event.time_unix_s - START_S
        truth = (
            [kind for kind, start in devices[owner].events if start <= when] if owner >= 0 else []
        )
        right = {
            MISSING: MISSING in truth and BACK not in truth or CHANGED in truth,
            NEW: NEW in truth or CHANGED in truth,
            BACK: MISSING not in truth or BACK in truth,
            CHANGED: CHANGED in truth,
        }[event.event]
        is_again = event.event != BACK and seen[owner, event.event] > 0
        seen[owner, event.event] += right
        false[event.event] += not right or is_again
    return false


def receiver_told(settings: AirSet, heard: Heard) -> list[tuple[str, float | None]]:
    """What happened to the receiver, and after how many hours an event said so; then each other
    event of the receiver, and at which hour it came."""
    told = [
        ((event.time_unix_s - START_S) / 3600.0, event.text)
        for event, _ in heard.events
        if event.transmitter is None
    ]
    day, loss_db = settings.weaker
    happened = [(24.0 * day, "weaker" if loss_db > 0.0 else "stronger")] if loss_db else []
    day, ppm = settings.higher
    happened += [(24.0 * day, "higher" if ppm > 0.0 else "lower")] if ppm else []
    first, last, more_db = settings.noisier
    happened += [(24.0 * first, " up "), (24.0 * last, " down ")] if more_db else []
    for day, hours in settings.deaf:
        happened += [(24.0 * day, "nothing"), (24.0 * day + hours, "again")]
    found = []
    for hour, what in sorted(happened):
        first = next((one for one in told if what in one[1] and one[0] >= hour), None)
        if first is not None:
            told.remove(first)
        found.append((what, None if first is None else first[0] - hour))
    return [*found, *((f"unexpected: {text}", hour) for hour, text in told)]


def oracle_periods(air: Air, weeks: float) -> dict[int, int]:
    """Silent periods after which each regular device is missing, for one who knows the truth.

    The oracle knows which emission is of which device, each period and each share of missed
    emissions, and so many nats that of all silences that ended one a week was that long.
    """
    nats, scores = {}, []
    for device in air.devices:
        if device.period_s is None or device.later_period_s is not None:
            continue
        silent, received = _silences(air, device)
        if received < 20:
            continue
        missed = max(silent.sum() / (silent.sum() + received), 0.02)
        nats[device.number] = -math.log(missed)
        scores += (silent * nats[device.number]).tolist()
    threshold = sorted(scores, reverse=True)[max(1, round(weeks))]
    return {number: math.floor(threshold / one) + 1 for number, one in nats.items()}


def _silences(air: Air, device: Device) -> tuple[np.ndarray, int]:
    """Of each interval how many emissions were not received, while somebody listened."""
    times = _times(air, device.number, 0.0, math.inf)
    last = min((start for _, start in device.events), default=math.inf)
    times = times[times < last]
    span = np.searchsorted([start for start, _ in air.on_s], times)
    steps = np.rint(np.diff(times) / device.period_s)[np.diff(span) == 0]
    return np.maximum(steps - 1.0, 0.0), len(times)


def stops_of(air: Air, oracle: dict[int, int]) -> dict[int, tuple[float, float]]:
    """When each device stopped that the oracle would notice in time, and when it was back, s."""
    found = {}
    for device in air.devices:
        when = dict(device.events)
        if MISSING in when and device.number in oracle:
            back = when.get(BACK, air.days * 86400.0)
            last = _times(air, device.number, 0.0, when[MISSING])[-1]
            needed = last + oracle[device.number] * SLOWER * device.period_s
            if needed + _paused_s(air, last, needed) < back:
                found[device.number] = when[MISSING], back
    return found


def missing_ratios(
    air: Air, heard: Heard, oracle: dict[int, int], stops: dict
) -> list[float | None]:
    """Silent periods until each stopped device was missing, as a share of the oracle's; None: it
    was not."""
    ratios = []
    for number, (stop, back) in stops.items():
        last = _times(air, number, 0.0, stop)[-1]
        # The oracle is asked every minute, too.
        allowed = oracle[number] * air.devices[number].period_s + _MINUTE_S
        noticed = [
            event.time_unix_s - START_S
            for event, owner in heard.events
            if event.event == MISSING and owner == number and event.time_unix_s - START_S > last
        ]
        is_noticed = bool(noticed) and noticed[0] < back
        silent = noticed[0] - last - _paused_s(air, last, noticed[0]) if is_noticed else None
        ratios.append(silent / allowed if is_noticed else None)
    return ratios


def emissions_until(air: Air, heard: Heard, kind: str) -> list[int | None]:
    """Emissions of each device that is new or back until this was reported; None: it was not."""
    counts = []
    for device in air.devices:
        for start in [start for one, start in device.events if one == kind]:
            times = _times(air, device.number, start, math.inf)
            if len(times) < 2 * WITHIN:
                continue
            reported = [
                event.time_unix_s - START_S
                for event, owner in heard.events
                if owner == device.number
                and event.event == kind
                and event.time_unix_s - START_S >= start
            ]
            # Events are asked for once a minute: what came in that minute does not count.
            until = reported[0] - _MINUTE_S if reported else math.inf
            counts.append(1 + int((times < until).sum()) if reported else None)
    return counts


def changes_noticed(air: Air, heard: Heard) -> list[int | None]:
    """1 for each device that moved or has another rhythm and was reported as changed, else None."""
    noticed = {owner for event, owner in heard.events if event.event == CHANGED}
    changed = [one.number for one in air.devices if CHANGED in dict(one.events)]
    return [1 if number in noticed else None for number in changed]


def _times(air: Air, number: int, start_s: float, end_s: float) -> np.ndarray:
    times = np.array([air.heard[k].start_s for k in np.flatnonzero(air.truth == number)]) - START_S
    return times[(times >= start_s) & (times < end_s)]


def _paused_s(air: Air, start_s: float, end_s: float) -> float:
    """Seconds of a time in which nobody listened, or nothing could be heard."""
    on = sum(max(0.0, min(stop, end_s) - max(start, start_s)) for start, stop in air.on_s)
    return max(0.0, end_s - start_s - on)


def judge(name: str, seed: int, days: int = 28, alarms: float = 1.0) -> dict:
    """The figures of a band."""
    air = make_air(SETS[name], seed, days)
    heard = replay(air, Station(alarms))
    oracle = oracle_periods(air, days / 7.0)
    stops = stops_of(air, oracle)
    is_regular = np.isin(air.truth, [one.number for one in air.devices if one.period_s])
    return {
        "seed": seed,
        "intervals_a_week": float(is_regular.sum() / (days / 7.0)),
        "ms_per_emission": heard.cpu_s / len(air.heard) * 1e3,
        "f1": pairwise(heard.ids, air.truth)[2],
        "missing": missing_ratios(air, heard, oracle, stops),
        "new": emissions_until(air, heard, NEW),
        "back": emissions_until(air, heard, BACK),
        "changed": changes_noticed(air, heard),
        "false": dict(false_events(air, heard)),
        "receiver": receiver_told(SETS[name], heard),
        "weeks": days / 7.0 - 1.0,
    }


def _pairs(counts: Counter) -> float:
    return sum(count * (count - 1) / 2.0 for count in counts.values())

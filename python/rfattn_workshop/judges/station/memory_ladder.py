# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of memories of a band, up to one that knows its parameters: what is left to gain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from gnuradio.rfattn_station.transmitters.rhythm import find_rhythm
from gnuradio.rfattn_station.transmitters.station import Station
from gnuradio.rfattn_station.transmitters.track import FREQUENCY

from .memories import (
    LEAST,
    ROOT,
    Counts,
    Emission,
    Memory,
    Tracks,
    Transmitters,
    awake_s,
    emissions_of,
    nats,
    scored,
)
from .senders_air import DAY_S, PRESSED_A_DAY, START_S, Air, AirSet, Device, is_awake, make_air

_ROWS = 48  # latest emissions by which a rhythm is found


class StationMemory(Transmitters):
    """The transmitters of a station, as it has joined them by then, with their rhythms."""

    def __init__(self, air: Air, labels: int, names: list[str]):
        super().__init__(air, labels, 2 * len(air.heard))
        self._air, self._station = air, Station()
        self._spans = list(air.listened)
        self._numbers = {name: number for number, name in enumerate(names)}

    def add(self, emission: Emission) -> None:
        station, heard = self._station, self._air.heard[emission.number]
        while len(self._spans) > 1 and self._spans[1].start_s <= heard.start_s:
            station.listened(self._spans.pop(0))
        if emission.number % 32 == 0:
            now = min(heard.start_s, self._spans[0].end_s)
            station.listened(replace(self._spans[0], end_s=now))
            station.events(heard.start_s)
        which = station.add(heard)
        moved = {number for one in station.rejoined() for number in (one.was, one.now)}
        self.learn_marks(which, emission)
        for number in moved | {which}:
            self._read(number, is_new=number != which)
        self.background.known_s = max(emission.time_s, DAY_S)
        if which not in self.known:
            self.background.add(emission)

    def _read(self, which: int, is_new: bool) -> None:
        """Takes over what the station knows of a transmitter."""
        known = self._station.known
        track = known.tracks.get(which)
        self.known.discard(which)
        if track is None:
            return
        self.first[which], self.last[which] = track.first_s - START_S, track.last_s - START_S
        self.count[which], rhythm = track.count, track.rhythm
        self.period[which] = 0.0 if rhythm is None else rhythm.period_s
        if rhythm is not None:
            self.jitter[which], self.missed[which] = rhythm.jitter_s, rhythm.missed
        if is_new:
            frequencies = track.latest()[:, FREQUENCY]
            self.frequency[which] = frequencies[-8:].mean()
            self.variance[which] = max(frequencies.var(), 150.0**2)
            self.weight[which] = len(frequencies)
            self.labels[which] = 0.1
            for code, count in track.labels.items():
                self.labels[which, self._numbers[known.usual.names[code]]] += count
        if track.count >= LEAST:
            self.known.add(which)


class TrueTransmitters(Transmitters):
    """Knows which emission is of which device, and learns the rest."""

    def __init__(self, air: Air, labels: int):
        super().__init__(air, labels, len(air.devices))
        self._truth, self._devices = air.truth, air.devices
        self._times: dict[int, list[float]] = {}

    def add(self, emission: Emission) -> None:
        which = int(self._truth[emission.number])
        if which < 0:
            self.background.add(emission)
            return
        self.learn(which, emission)
        times = self._times.setdefault(which, [])
        times.append(emission.time_s)
        if self._devices[which].period_s is None or len(times) % 32 != 8:
            return
        found = find_rhythm(np.array(times[-_ROWS:]))
        if found is not None:
            rhythm = found[0]
            self.period[which], self.jitter[which] = rhythm.period_s, rhythm.jitter_s
            self.missed[which] = max(rhythm.missed, 0.02)


class Oracle(Transmitters):
    """Knows all parameters of a band, which device sends when, and how it drifts.

    What it does not know is which emissions will be missed. Where clocks have no error that adds
    up, it knows the phase by all emissions before; of fades it knows nothing.
    """

    outage = 0.0

    def __init__(self, air: Air, labels: int, settings: AirSet, names: list[str]):
        super().__init__(air, labels, len(air.devices))
        self._truth, self._devices, self._set = air.truth, air.devices, settings
        self.is_clocked = settings.is_clocked
        self.missed[:] = settings.missed
        share = (1.0 - settings.unnamed) / settings.classes
        self._of_strangers = [settings.unnamed if one == "unknown" else share for one in names]
        self._drift = [_drift(air, device) for device in air.devices]
        for device in air.devices:
            own = self.labels[device.number]
            own[:] = 0.0
            own[names.index(f"class_{device.label}")] = 1.0 - settings.unnamed
            own[names.index("unknown")] += settings.unnamed

    def _on(self, time_s: float, is_regular: bool) -> np.ndarray:
        return np.array(
            [
                device.number
                for device in self._devices
                if (device.period_s is not None) == is_regular
                and (self.count[device.number] > 0 or not is_regular)
                and any(start <= time_s < end for start, end in device.on_s)
            ],
            int,
        )

    def marks(self, which: np.ndarray, emission: Emission) -> np.ndarray:
        found, s = np.empty(len(which)), self._set.frequency_error_hz
        swing = math.sin(emission.time_s / DAY_S * 2.0 * math.pi)
        for k, number in enumerate(which):
            channels = _channels(self._devices[number], emission.time_s)
            z = (emission.frequency_hz - channels - self._drift[number] * swing) / s
            found[k] = np.exp(-0.5 * z * z).mean() / s / ROOT
        return found * self.labels[which, emission.label]

    def _pressed(self) -> float:
        return PRESSED_A_DAY / DAY_S * (1.0 - self._set.missed)

    def intensity(self, emission: Emission) -> float:
        time_s, awake = emission.time_s, float(is_awake(emission.time_s))
        regular, others = self._on(time_s, True), self._on(time_s, False)
        density, later = self.silence(regular, np.maximum(time_s - self.last[regular], 1e-3))
        total = float((density / later * self.marks(regular, emission)).sum())
        total += self._pressed() * awake * float(self.marks(others, emission).sum())
        strangers = self._set.strangers_a_day / DAY_S * awake * self._of_strangers[emission.label]
        return total + strangers * _stranger_density(self._set, emission.frequency_hz)

    def expected(self, start_s: float, end_s: float) -> float:
        regular, last = self._on(end_s, True), self.last
        before = self.silence(regular, np.maximum(start_s - last[regular], 0.0))[1]
        behind = self.silence(regular, np.maximum(end_s - last[regular], 0.0))[1]
        others = len(self._on(end_s, False)) * self._pressed()
        rate = others + self._set.strangers_a_day / DAY_S
        return float(np.log(before / behind).sum()) + rate * awake_s(start_s, end_s)

    def add(self, emission: Emission) -> None:
        which, time_s = int(self._truth[emission.number]), emission.time_s
        if which < 0:
            return
        device = self._devices[which]
        period = _period(device, time_s)
        self.count[which] += 1
        n = min(self.count[which], 400)
        if self.is_clocked and period and n > 1 and period == self.period[which]:
            due = self.last[which] + round((time_s - self.last[which]) / period) * period
            time_s = due + (time_s - due) / n
        self.last[which] = time_s
        if period:
            self.period[which], self.jitter[which] = period, device.jitter * period


def _period(device: Device, time_s: float) -> float | None:
    is_changed = device.later_period_s is not None and time_s >= device.events[0][1]
    return device.later_period_s if is_changed else device.period_s


def _channels(device: Device, time_s: float) -> np.ndarray:
    is_moved = device.later_hz is not None and time_s >= device.events[0][1]
    return np.array([device.later_hz] if is_moved else device.frequencies_hz)


def _drift(air: Air, device: Device) -> float:
    """How far a device wanders in a day, by all of its emissions."""
    own = np.flatnonzero(air.truth == device.number)
    times = np.array([air.heard[k].start_s for k in own]) - START_S
    swing = np.sin(times / DAY_S * 2.0 * np.pi)
    off = []
    for k, time_s in zip(own, times, strict=True):
        apart = air.heard[k].frequency_hz - _channels(device, time_s)
        off.append(apart[np.abs(apart).argmin()])
    return float(np.sum(off * swing) / max(np.sum(swing**2), 1e-9))


def _stranger_density(settings: AirSet, frequency_hz: float) -> float:
    if not settings.raster_hz:
        places, s = np.zeros(1), settings.band_hz / 8.0
    else:
        places, s = np.arange(-5, 6) * settings.raster_hz, math.hypot(1500.0, 300.0)
    return float(np.exp(-0.5 * ((frequency_hz - places) / s) ** 2).mean() / s / ROOT)


def rungs(air: Air, settings: AirSet, names: list[str]) -> dict[str, Callable[[], Memory]]:
    """The memories from the plainest on, each to be made when it is its turn."""
    labels = len(names)
    return {
        "counts by channel": lambda: Counts(air, labels, 1),
        "counts by channel and hour": lambda: Counts(air, labels, 24),
        "a track a frequency and label": lambda: Tracks(air, labels),
        "station": lambda: StationMemory(air, labels, names),
        "told which device sends": lambda: TrueTransmitters(air, labels),
        "told all parameters": lambda: Oracle(air, labels, settings, names),
    }


def ladder(settings: AirSet, seed: int, days: int) -> dict[str, float]:
    """Nats an emission of each memory, on the second half of a band."""
    air = make_air(settings, seed, days)
    emissions, names = emissions_of(air)
    is_scored = scored(air, emissions)
    made = rungs(air, settings, names)
    return {name: nats(make(), emissions, is_scored) for name, make in made.items()}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up band of four weeks: devices whose emissions a station hears, and what they do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from gnuradio.rfattn_station.logbook.heard import Heard, Listened

DAY_S = 86400.0
START_S = 1.7e9 - 1.7e9 % DAY_S
_PRESSED_A_DAY = 30.0  # of a device that people press, if none is missed
_MIDDLE_HZ = 434e6
_FLOOR_DB = -90.0  # noise in the width of an emission
STRANGER = -1
"""Instead of the number of a device, for what is sent once."""


@dataclass(frozen=True)
class AirSet:
    """Parameters of a band.

    Attributes:
        regular, pressed, hoppers: devices with a rhythm, those that people press, and those with
            a rhythm and four channels.
        strangers_a_day: emissions of transmitters that come once.
        band_hz: the part of the band in which devices are, Hz.
        raster_hz: distance of the channels; 0: none, devices are where they like.
        periods_s: shortest and longest period; more than two: the periods that devices have.
        jitter: least and most, as a share of the period.
        is_clocked: jitter does not add up from one interval to the next.
        missed: share of emissions that are missed.
        fades_s: mean length of the times in which more is missed, s; 0: each by itself.
        drift_hz: how far the frequency of a device wanders in a day.
        frequency_error_hz, level_error_db, length_error: of a measurement.
        classes: how many labels there are.
        unnamed: share of emissions whose label is unknown.
        stops, returns, starts, moves, changes: regular devices that do so from the third week on.
        deaf: day and hours of each time in which the receiver runs and hears nothing.
        weaker: day from which on all is weaker, and by how many dB.
        higher: day from which on all is at higher frequencies, and by how many ppm.
        noisier: first and last day on which the floor of the upper half of the band is higher, and
            by how many dB; what is within 6 dB of it is not heard.
    """

    regular: int = 32
    pressed: int = 12
    hoppers: int = 3
    strangers_a_day: float = 400.0
    band_hz: float = 200e3
    raster_hz: float = 0.0
    periods_s: tuple[float, ...] = (120.0, 7200.0)
    jitter: tuple[float, float] = (0.002, 0.03)
    is_clocked: bool = False
    missed: float = 0.2
    fades_s: float = 0.0
    drift_hz: float = 1e3
    frequency_error_hz: float = 300.0
    level_error_db: float = 2.0
    length_error: float = 0.05
    classes: int = 6
    unnamed: float = 0.1
    stops: int = 4
    returns: int = 3
    starts: int = 4
    moves: int = 3
    changes: int = 2
    deaf: tuple[tuple[float, float], ...] = ()
    weaker: tuple[float, float] = (0.0, 0.0)
    higher: tuple[float, float] = (0.0, 0.0)
    noisier: tuple[float, float, float] = (0.0, 0.0, 0.0)


SETS = {
    "work": AirSet(),
    "other": AirSet(
        regular=36,
        pressed=8,
        hoppers=2,
        strangers_a_day=150.0,
        band_hz=600e3,
        raster_hz=25e3,
        periods_s=(90.0, 180.0, 300.0, 600.0, 900.0, 900.0, 1800.0, 1800.0, 3600.0, 7200.0),
        jitter=(0.0005, 0.01),
        is_clocked=True,
        fades_s=1200.0,
        drift_hz=600.0,
        frequency_error_hz=200.0,
        level_error_db=4.0,
        length_error=0.1,
        classes=3,
        unnamed=0.2,
    ),
    "people": AirSet(
        regular=20,
        pressed=40,
        hoppers=2,
        strangers_a_day=250.0,
        band_hz=400e3,
        periods_s=(60.0, 3600.0),
        jitter=(0.001, 0.02),
        frequency_error_hz=250.0,
        level_error_db=3.0,
        classes=4,
        unnamed=0.15,
    ),
}
for name, missed in (("perfect", 0.0), ("reliable", 0.01), ("lossy", 0.4)):
    SETS[name] = replace(SETS["work"], missed=missed)
SETS["antenna"] = replace(SETS["work"], deaf=((16.3, 6.0), (22.6, 36.0)), weaker=(18.4, 6.0))
SETS["crystal"] = replace(SETS["other"], higher=(17.3, 3.1))
SETS["dongle"] = replace(SETS["work"], weaker=(17.3, -4.0), higher=(17.3, -23.0))
SETS["noisy"] = replace(SETS["work"], noisier=(16.4, 23.1, 22.0))
SETS["blind"] = replace(
    SETS["people"], missed=0.1, deaf=((18.8, 20.0),), weaker=(24.1, 9.0), higher=(16.2, 40.0)
)
"""Each was chosen before it was measured; the last one was measured once, when all was done."""


@dataclass
class Device:
    """What a device is, and what it does.

    Attributes:
        on_s: first and last time of each span in which it sends, s since `START_S`.
        event, event_s: ``missing``, ``back`` (after ``missing``), ``new`` or ``changed``, and when.
    """

    number: int
    period_s: float | None
    jitter: float
    frequencies_hz: list[float]
    label: int
    width_hz: float
    rate: float
    length_s: float
    level_db: float
    on_s: list[tuple[float, float]]
    events: list[tuple[str, float]] = field(default_factory=list)
    later_hz: float | None = None
    later_period_s: float | None = None


@dataclass(frozen=True)
class Air:
    """What a station hears in `days`, and the truth: the device of each emission, and the spans in
    which the receiver hears, s since `START_S`."""

    days: int
    heard: list[Heard]
    truth: np.ndarray
    devices: list[Device]
    listened: list[Listened]
    on_s: list[tuple[float, float]]


def make_air(settings: AirSet, seed: int, days: int = 28) -> Air:
    rng = np.random.default_rng([seed, 83])
    end = days * DAY_S
    devices = _devices(settings, rng, end)
    rows = [_sent(device, settings, rng, end) for device in devices]
    rows.append(_strangers(settings, rng, end))
    rows = np.concatenate(rows)
    listened = _listened(rng, end, settings.band_hz)
    rows = rows[np.argsort(rows[:, 0])]
    is_on = np.zeros(len(rows), bool)
    for span in listened:
        inside = (rows[:, 0] + START_S >= span.start_s) & (rows[:, 0] + START_S < span.end_s)
        is_on |= inside
        rows[inside, 5] += 8.0 if span.settings == "gain 2" else 0.0
    on = [(span.start_s - START_S, span.end_s - START_S) for span in listened]
    for day, hours in settings.deaf:
        start, stop = day * DAY_S, day * DAY_S + hours * 3600.0
        is_on &= (rows[:, 0] < start) | (rows[:, 0] > stop)
        parts = [part for a, b in on for part in ((a, min(b, start)), (max(a, stop), b))]
        on = [(a, b) for a, b in parts if a < b]
    (weak, loss_db), (high, ppm) = settings.weaker, settings.higher
    rows[rows[:, 0] > weak * DAY_S, 5] -= loss_db
    rows[:, 1] += _MIDDLE_HZ
    rows[rows[:, 0] > high * DAY_S, 1] *= 1.0 + 1e-6 * ppm
    first, last, more_db = settings.noisier
    days_s = rows[:, 0] / DAY_S
    is_noisy = (days_s > first) & (days_s < last) & (rows[:, 1] > _MIDDLE_HZ)
    floor = np.random.default_rng([seed, 84]).normal(_FLOOR_DB, 1.0, len(rows)) + is_noisy * more_db
    is_on &= rows[:, 5] - floor > 6.0
    rows, floor = rows[is_on], floor[is_on]
    return Air(
        days,
        [_heard(*both) for both in zip(rows, floor, strict=True)],
        rows[:, 7].astype(int),
        devices,
        listened,
        on,
    )


def _heard(row, floor_db) -> Heard:
    start, frequency, width, rate, length, level, label, _ = map(float, row)
    return Heard(
        start_s=START_S + start,
        end_s=START_S + start + length,
        frequency_hz=frequency,
        width_hz=width,
        snr_db=level - float(floor_db),
        power_db=level,
        symbol_rate=rate,
        label="unknown" if label < 0 else f"class_{label:.0f}",
        receiver="roof",
    )


def _devices(settings: AirSet, rng, end: float) -> list[Device]:
    half = end / 2.0
    count = settings.regular + settings.pressed + settings.hoppers
    devices = []
    for number in range(count):
        is_pressed = settings.regular <= number < settings.regular + settings.pressed
        channels = 4 if number >= settings.regular + settings.pressed else 1
        label = int(rng.integers(settings.classes))
        devices.append(
            Device(
                number,
                None if is_pressed else _period(settings, rng),
                float(rng.uniform(*settings.jitter)),
                [_frequency(settings, rng) for _ in range(channels)],
                label,
                *_content(label, rng),
                [(0.0, end)],
            )
        )
    order = iter(devices[: settings.regular])  # their parameters are drawn, so the order is free

    def some(number):
        return [(next(order), float(half + rng.uniform(0.05, 0.75) * half)) for _ in range(number)]

    for device, when in some(settings.stops):
        device.on_s, device.events = [(0.0, when)], [("missing", when)]
    for device, when in some(settings.returns):
        back = min(when + float(rng.uniform(1.5, 3.0)) * DAY_S, end)
        device.on_s, device.events = [(0.0, when), (back, end)], [("missing", when), ("back", back)]
    for device, when in some(settings.starts):
        device.on_s, device.events = [(when, end)], [("new", when)]
    for device, when in some(settings.moves):
        device.later_hz = device.frequencies_hz[0] + 25e3 * float(rng.choice([-1.0, 1.0]))
        device.events = [("changed", when)]
    for device, when in some(settings.changes):
        device.later_period_s = device.period_s * float(rng.choice([0.5, 1.7]))
        device.events = [("changed", when)]
    return devices


def _content(label: int, rng) -> tuple[float, ...]:
    """Width, symbol rate, length and level of a transmitter."""
    rate = 1200.0 * 2.0**label * (1.0 + rng.normal(0.0, 0.004))
    length = 0.05 * (1.0 + label) * float(np.exp(rng.normal(0.0, 0.3)))
    return 8e3 * 2.0**label, rate, length, float(rng.uniform(-70.0, -40.0))


def _period(settings: AirSet, rng) -> float:
    if len(settings.periods_s) > 2:
        return float(rng.choice(settings.periods_s) * (1.0 + rng.normal(0.0, 0.002)))
    return float(np.exp(rng.uniform(*np.log(settings.periods_s))))


def _frequency(settings: AirSet, rng) -> float:
    if not settings.raster_hz:
        return float(rng.normal(0.0, settings.band_hz / 8.0))
    channel = rng.integers(-5, 6) * settings.raster_hz
    return float(channel + rng.normal(0.0, 1500.0))


def _times(device: Device, settings: AirSet, rng, start: float, end: float, period) -> np.ndarray:
    if period is None:
        return _pressed(rng, start, end, _PRESSED_A_DAY)
    count = int((end - start) / period) + 9
    if settings.is_clocked:
        ticks = np.arange(count) * period + rng.uniform(0.0, period)
        times = start + ticks + rng.normal(0.0, device.jitter * period, count)
    else:
        steps = np.maximum(period / 2.0, rng.normal(period, device.jitter * period, count))
        times = start + rng.uniform(0.0, period) + np.cumsum(steps)
    return times[times < end]


def _pressed(rng, start: float, end: float, a_day: float) -> np.ndarray:
    """Times that people choose: more by day than by night."""
    count = rng.poisson(a_day * (end - start) / DAY_S * 1.2)
    times = np.sort(rng.uniform(start, end, count))
    return times[rng.random(count) < is_awake(times) / 1.2]


def is_awake(time_s):
    """Share of people that are awake, at a time since a day began."""
    return 0.15 + np.maximum(0.0, np.sin((time_s / DAY_S - 0.3) * 2.0 * np.pi)) ** 2


def _is_received(times: np.ndarray, settings: AirSet, rng) -> np.ndarray:
    if not settings.fades_s:
        return rng.random(len(times)) >= settings.missed
    # A tenth of the time is a fade, in which five times as much is missed as at other times.
    share = settings.missed / 1.4
    changes = np.cumsum(rng.exponential(settings.fades_s * np.resize([9.0, 1.0], 40000)))
    is_faded = np.searchsorted(changes, times) % 2 == 1
    return rng.random(len(times)) >= np.where(is_faded, 5.0 * share, share)


def _sent(device: Device, settings: AirSet, rng, end: float) -> np.ndarray:
    parts = []
    for start, stop in device.on_s:
        change = device.events[0][1] if device.later_period_s else stop
        parts.append(_times(device, settings, rng, start, min(change, stop), device.period_s))
        if change < stop:
            parts.append(_times(device, settings, rng, change, stop, device.later_period_s))
    times = np.concatenate(parts)
    times = times[_is_received(times, settings, rng)]
    frequencies = rng.choice(device.frequencies_hz, len(times))
    if device.later_hz is not None:
        frequencies[times >= device.events[0][1]] = device.later_hz
    wander = rng.uniform(-settings.drift_hz, settings.drift_hz)
    frequencies += wander * np.sin(times / DAY_S * 2.0 * np.pi)
    return _measured(times, frequencies, device, settings, rng)


def _strangers(settings: AirSet, rng, end: float) -> np.ndarray:
    times = _pressed(rng, 0.0, end, settings.strangers_a_day)
    rows = []
    for time in times:
        label = int(rng.integers(settings.classes))
        one = Device(STRANGER, None, 0.0, [], label, *_content(label, rng), [])
        frequency = _frequency(settings, rng)
        rows.append(_measured(np.array([time]), np.array([frequency]), one, settings, rng))
    return np.concatenate(rows)


def _measured(times, frequencies, device: Device, settings: AirSet, rng) -> np.ndarray:
    count = len(times)

    def noise(size):
        return rng.normal(0.0, size, count)

    label = np.where(rng.random(count) < settings.unnamed, -1, device.label)
    return np.column_stack(
        [
            times,
            frequencies + noise(settings.frequency_error_hz),
            device.width_hz * np.exp(noise(0.1)),
            device.rate * (1.0 + noise(0.003)),
            device.length_s * np.exp(noise(settings.length_error)),
            device.level_db + noise(settings.level_error_db),
            label,
            np.full(count, device.number),
        ]
    )


def _listened(rng, end: float, band_hz: float) -> list[Listened]:
    """Three pauses, and another gain behind the last of them for a day."""
    band = _MIDDLE_HZ - band_hz, _MIDDLE_HZ + band_hz
    pauses = sorted(rng.uniform(0.3, 0.95, 3) * end)
    lengths = rng.permutation([1800.0, 7200.0, 40000.0])
    edges = [0.0]
    for pause, length in zip(pauses, lengths, strict=True):
        edges += [pause, max(pause + length, edges[-1])]
    edges.append(end)
    spans = []
    for number in range(4):
        start, stop = edges[2 * number], edges[2 * number + 1]
        if stop <= start:
            continue
        parts = [(start, stop, "gain 1")]
        if number == 3 and stop - start > DAY_S / 2.0:
            middle = start + DAY_S / 2.0
            parts = [(start, middle, "gain 2"), (middle, stop, "gain 1")]
        spans += [Listened("roof", START_S + a, START_S + b, *band, text) for a, b, text in parts]
    return spans

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions of made-up transmitters, for tests of a station that joins them."""

from dataclasses import replace

import numpy as np
from gnuradio.rfattn_station.logbook.heard import Heard, Listened

DAY_S = 86400.0
START_S = 1_700_006_400.0  # midnight, UTC


def emission(time_s, frequency_hz=433.92e6, **values):
    """An emission that is like the others of its transmitter, but for what is given."""
    values = {"power_db": -50.0, "symbol_rate": 2400.0, "label": "ook_srd", **values}
    values.setdefault("snr_db", values["power_db"] + 90.0)
    return Heard(START_S + time_s, START_S + time_s + 0.1, frequency_hz, 20e3, **values)


def regular(period_s, end_s, start_s=0.0, jitter=0.01, missed=0.2, seed=1, **values):
    """Emissions with a rhythm. `frequency_hz` may be a function of the time in s."""
    rng = np.random.default_rng(seed)
    count = int((end_s - start_s) / period_s) + 9
    times = start_s + np.cumsum(rng.normal(period_s, jitter * period_s, count))
    times = times[(rng.random(count) >= missed) & (times < end_s)]
    frequency = values.pop("frequency_hz", 433.92e6)
    power = values.pop("power_db", -50.0)
    found = []
    for time in times.tolist():
        middle = frequency(time) if callable(frequency) else frequency
        level = power(time) if callable(power) else power
        measured = {"power_db": level + float(rng.normal(0.0, 1.0)), **values}
        found.append(emission(time, middle + float(rng.normal(0.0, 100.0)), **measured))
    return found


def strangers(a_day, end_s, seed=9, middle_hz=433.92e6, width_hz=200e3):
    """Emissions of transmitters that come once."""
    rng = np.random.default_rng(seed)
    return [
        emission(
            time,
            middle_hz + float(rng.uniform(-0.5, 0.5)) * width_hz,
            power_db=float(rng.uniform(-70.0, -40.0)),
            symbol_rate=2400.0 * (1.0 + float(rng.normal(0.0, 0.01))),
        )
        for time in np.sort(rng.uniform(0.0, end_s, int(a_day * end_s / DAY_S))).tolist()
    ]


def listened(start_s, end_s, settings="gain 1", receiver=""):
    return Listened(receiver, START_S + start_s, START_S + end_s, 433e6, 435e6, settings)


def play(station, emissions, spans=(), every_s=600.0):
    """Gives a station emissions and spans in the order of their times.

    Returns:
        the emissions in order, the transmitter of each as it was joined in the end, and all events.
    """
    emissions, ids, events = sorted(emissions, key=lambda one: one.start_s), [], []
    end_s = max([*(span.end_s for span in spans), emissions[-1].start_s + every_s])

    def listen(now_s):
        for span in spans:
            if span.start_s <= now_s:
                station.listened(replace(span, end_s=min(span.end_s, now_s)))

    now_s, first = emissions[0].start_s, station.to_state()["numbers"][1]
    while now_s < end_s:
        now_s += every_s
        while len(ids) < len(emissions) and emissions[len(ids)].start_s <= now_s:
            listen(emissions[len(ids)].start_s)
            ids.append(station.add(emissions[len(ids)]))
        listen(now_s)
        events += station.events(now_s)
    for moved in station.rejoined():
        numbers = range(first, first + len(ids)) if moved.emissions is None else moved.emissions
        for k in (number - first for number in numbers):
            if k >= 0 and ids[k] == moved.was:
                ids[k] = moved.now
    return emissions, ids, events

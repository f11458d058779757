# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single emissions that are asked for are those that a search through all of them finds."""

import random
from itertools import product

import pytest
from gnuradio.rfattn_station.logbook import questions
from gnuradio.rfattn_station.logbook.hours import count_hours, remove_thinned, thin
from gnuradio.rfattn_station.logbook.questions import Filter, emissions, heard_labels

NIGHT = 1_790_035_200.0
HOURS = 12
BANDS = (None, (433.1e6, 433.3e6), (433.9e6, 434e6), (440e6, 450e6))
TIMES = (None, (3 * 3600, 5.5 * 3600), (0, 1800), (9 * 3600, 9 * 3600 + 10))


@pytest.fixture
def air(heard):
    draw = random.Random(11)
    return [
        heard(
            draw.uniform(0, HOURS * 3600),
            draw.choice([0.5, 5000.0]),
            433 + draw.triangular(0, 1, 0.2),
            label=draw.choice(["ais", "ais", "dmr", None]),
            sender=draw.choice(["mmsi 1", None, None]),
        )
        for _ in range(300)
    ]


def fits(one, band, times, label, sender):
    return (
        (band is None or band[0] <= round(one.frequency_hz) <= band[1])
        and (times is None or times[0] <= one.start_s - NIGHT < times[1])
        and (label is None or (one.label or "") == label)
        and (sender is None or one.sender == sender)
    )


@pytest.mark.parametrize("few", [20_000, 5])
def test_the_newest_of_any_kind(logbook, air, few, monkeypatch):
    """By the index of frequencies, and by the hours that have enough; with hours that were not
    counted yet, and of those that were thinned what is left."""
    monkeypatch.setattr(questions, "_FEW", few)
    monkeypatch.setattr(questions, "_AT_ONCE", 7)
    logbook.write(air[:150])
    count_hours(logbook, round(NIGHT / 3600) + 6)
    logbook.write(air[150:])
    left = air
    for thinned in (0, 4):
        thin(logbook, round(NIGHT / 3600) + thinned)
        while remove_thinned(logbook):
            pass
        left = [one for one in air if one.end_s >= NIGHT + thinned * 3600]
        for case in product(BANDS, TIMES, (None, "ais", "", "none"), (None, "mmsi 1", "x")):
            band, times, label, sender = case
            span = (
                {}
                if times is None
                else dict(
                    zip(
                        ("since_us", "until_us"),
                        (round((NIGHT + t) * 1e6) for t in times),
                        strict=True,
                    )
                )
            )
            edges = {} if band is None else {"low_hz": band[0], "high_hz": band[1]}
            asked = Filter(**span, **edges, label=label, sender=sender)
            right = sorted((one for one in left if fits(one, *case)), key=lambda one: one.start_s)
            with logbook.reading() as data:
                for most in (1, 4, 1000):
                    found = emissions(data, asked, most)
                    starts = [pytest.approx(one.start_s, abs=1e-6) for one in right[-most:]]
                    assert [one.start_s for one in found] == starts, (case, most)
                if thinned == 0 and times is None and band is None:
                    counts = {
                        name: row["emissions"] for name, row in heard_labels(data, asked).items()
                    }
                    assert sum(counts.values()) == len(right), case

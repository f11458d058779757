# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where samples and frequencies lie in a waterfall."""

import numpy as np
import pytest
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.telemetry.waterfall import Waterfall, round_steps, spans_of

from page_messages import EMISSION, SPECTRA


def row(start, **fields):
    return schema.read("spectra", {**SPECTRA, "sample_start": start, **fields})


def filled(*starts, n_rows=300, **fields):
    waterfall = Waterfall(n_rows)
    for start in starts:
        waterfall.add(row(start, **fields))
    return waterfall


def test_it_begins_empty():
    assert Waterfall().rows() is None


def test_rows_are_the_newest_ones():
    waterfall = filled(*range(0, 5000, 1000), n_rows=3)
    rows = waterfall.rows()
    assert rows.samples == [2000, 3000, 4000] and waterfall.count == 5
    assert rows.values.shape == (3, 2) and rows.values.dtype == np.float32
    assert rows.seconds == 3000 / 1.92e6
    assert (rows.low, rows.high, rows.is_absolute) == (2.585e9 - 0.96e6, 2.585e9 + 0.96e6, True)


def test_a_sample_lies_between_the_rows_around_it():
    rows = filled(0, 1000, 3000).rows()  # the last one is taken to be as long as the one before
    places = {0: 3.0, 500: 2.5, 1000: 2.0, 2000: 1.5, 3000: 1.0, 4000: 0.5, 5000: 0.0, 9000: 0.0}
    assert {sample: rows.y(sample) for sample in places} == places
    assert filled(500).rows().y(500) == 1.0


def test_a_frequency_lies_between_the_edges():
    rows = filled(0).rows()
    assert [rows.x(f) for f in (rows.low, 2.585e9, rows.high)] == [0.0, 0.5, 1.0]
    assert filled(0, sample_rate=None).rows().low is None


@pytest.mark.parametrize(
    "other",
    [
        {"frequency": 1e6},
        {"sample_rate": 1e6},
        {"peak_db": [0.0] * 3, "mean_db": [0.0] * 3},
        {"sample_start": 5},
    ],
)
def test_rows_of_another_band_or_recording_are_forgotten(other):
    waterfall = filled(0, 1000)
    waterfall.add(row(**{"start": 2000, **other}) if "sample_start" not in other else row(5))
    assert len(waterfall.rows().samples) == 1


def test_levels_lie_around_the_noise_and_the_peak():
    waterfall = filled(0, peak_db=[-80.0] * 99 + [-20.0], mean_db=[-80.0] * 100)
    assert waterfall.rows().levels() == (-83.0, -18.0)
    assert filled(0, peak_db=[None, None]).rows().levels() == (0.0, 20.0)
    assert filled(0, peak_db=[-80.0, -80.0]).rows().levels() == (-83.0, -63.0)


def record_of(bursts=(), is_live=False, **fields):
    message = {**EMISSION, "state": "update" if is_live else "end", **fields}
    return EmissionRecord(schema.read("emissions", message), bursts=list(bursts), is_live=is_live)


def test_bursts_become_spans_of_rows():
    rows = filled(*range(0, 20_000, 1000)).rows()
    bursts = [(1000, 500), (2000, 1000), (9000, 2000)]
    assert spans_of(record_of(bursts), rows) == [(17.0, 19.0), (9.0, 11.0)]
    on_air = record_of([(1000, 1000)], is_live=True, burst_start=15_000)
    assert spans_of(on_air, rows) == [(18.0, 19.0), (0.0, 5.0)]


def test_bursts_before_the_oldest_row_are_left_out():
    rows = filled(*range(10_000, 20_000, 1000)).rows()
    assert spans_of(record_of([(1000, 1000), (12_000, 1000)]), rows) == [(7.0, 8.0)]


@pytest.mark.parametrize(
    "low, high, at_most, steps",
    [
        (0.0, 30.0, 7, [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]),
        (-1.2e6, 1.2e6, 5, [-1e6, -0.5e6, 0.0, 0.5e6, 1e6]),
        (432.72, 435.12, 6, [433.0, 433.5, 434.0, 434.5, 435.0]),
    ],
)
def test_round_steps(low, high, at_most, steps):
    assert round_steps(low, high, at_most) == pytest.approx(steps)

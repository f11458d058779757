# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of found frames say, and those that are shipped."""

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.formats import formats
from gnuradio.rfattn.catalogue.frames_found import (
    SNRS_DB,
    TIMES_S,
    FramesFound,
    frames_found,
    place_of,
)
from gnuradio.rfattn.wilson import wilson


def counted(*emissions):
    """Of SNR, time on the air, found ones and all."""
    rows = np.zeros((len(SNRS_DB), len(TIMES_S), 2), int)
    for snr_db, on_air_s, found, count in emissions:
        rows[place_of(snr_db, on_air_s)] += found, count
    return FramesFound({"dmr": rows, "ais": 0 * rows}, {})


def some():
    return counted((9.0, 0.5, 5, 20), (20.0, 2.0, 19, 20))


def test_where_an_emission_counts():
    assert place_of(9.0, 0.5) == (SNRS_DB.index(8.0), TIMES_S.index(0.3))
    assert place_of(16.0, 1.0) == (SNRS_DB.index(16.0), TIMES_S.index(1.0))
    assert place_of(-0.1, 1.0) is None


def test_the_share_is_the_least_that_the_counts_leave():
    """What is stronger and longer shows frames as often at least."""
    counts = some()
    names = ("dmr", "ais", "lora")
    weak, strong = wilson(5, 20)[0], wilson(19, 20)[0]
    for snr_db, on_air_s, expected in (
        (-1.0, 9.0, 0.0),
        (8.0, 0.29, 0.0),
        (7.9, 9.0, 0.0),
        (8.0, 0.3, weak),
        (15.0, 0.9, weak),
        (16.0, 0.9, weak),
        (16.0, 1.0, strong),
        (50.0, 1e4, strong),
    ):
        found = counts.least_shares(names, snr_db, on_air_s).tolist()
        assert found == pytest.approx([expected, 0.0, 0.0]), (snr_db, on_air_s)


def test_ranges_that_are_alike_count_together():
    counts = counted(*[(snr_db, 1.0, 10, 10) for snr_db in (9.0, 13.0, 17.0)])
    least = counts.least_shares(["dmr"], 17.0, 1.0)[0]
    assert least == pytest.approx(wilson(30, 30)[0])


def test_the_shipped_counts_are_of_the_classes_with_formats():
    counts = frames_found().counts
    assert set(counts) <= {*formats().values()}
    assert len(counts) > 30
    for name, rows in counts.items():
        assert (rows[..., 0] <= rows[..., 1]).all(), name
    assert frames_found().least_shares(["dmr"], 25.0, 2.0)[0] > 0.3

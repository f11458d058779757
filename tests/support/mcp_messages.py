# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emission and the waterfall that it lies in, for the tests of the MCP server."""

from page_messages import EMISSION, SPECTRA

RATE, CENTRE = 1e6, 2.585e9  # as EMISSION states them
BINS, TONE = 64, 40


def emission(**fields):
    """On the air from row 2 to 6 of the waterfall, 8 bins wide around the tone."""
    low = CENTRE - RATE / 2 + (TONE - 4) * RATE / BINS
    place = {"freq_lower": low, "freq_upper": low + 8 * RATE / BINS, "bursts": []}
    time = {"sample_start": 20_000, "sample_count": 40_000, "sample_now": 60_000}
    return {**EMISSION, "id": 7, **place, **time, "time_unix_s": 100.1, "rx_time": None, **fields}


def row(number):
    values = [-80.0] * BINS
    values[TONE] = -20.0 - number
    place = {"sample_start": 10_000 * number, "time_unix_s": 100 + number / 100}
    about = {"frequency": CENTRE, "sample_rate": RATE, "tokens": 1}
    return {**SPECTRA, "peak_db": values, "mean_db": values, **place, **about}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frequencies as people write them, and in tables: one unit, decimals that tell emissions apart."""

import pytest
from gnuradio.rfattn.frequency_text import FrequencyColumn, parse_hertz, width_text


@pytest.mark.parametrize(
    ("band", "frequency", "text"),
    [
        ((433.92e6, 2.4e6), 433420783.35, "433.4208 MHz"),
        ((433.92e6, 2.4e6), 434e6, "434.0000 MHz"),
        ((1090e6, 2.4e6), 1089.96849e6, "1089.9685 MHz"),
        ((None, 2.4e6), -888_990.0, "-0.8890 MHz"),
        ((None, 2.4e6), -20.0, "0.0000 MHz"),
        ((7.04e6, 48e3), 7_040_123.4, "7.040123 MHz"),
        ((198e3, 250e3), 183_012.3, "183.0 kHz"),
        ((None, 48e3), 1500.04, "1.500 kHz"),
        ((None, 100e3), -49_999.6, "-50.000 kHz"),
        ((None, 1e6), -49_949.0, "-49.9 kHz"),
    ],
)
def test_one_unit_for_a_band(band, frequency, text):
    assert FrequencyColumn.of_band(*band).text(frequency) == text


def test_an_unknown_rate_has_100_hz():
    assert FrequencyColumn.of(446e6, None) == FrequencyColumn("MHz", 4)
    assert FrequencyColumn.of(-0.5e6, None) == FrequencyColumn("kHz", 1)


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (433.9131e6, 433.9256e6, "433.9131-433.9256 MHz"),
        (433.92e6, 433.92001e6, "433.9200 MHz"),
        (-1.2e6, 0.3e6, "-1.2000 to 0.3000 MHz"),
    ],
)
def test_two_edges(lower, upper, text):
    assert FrequencyColumn().span(lower, upper) == text


def test_a_width_has_three_digits():
    widths = (6.0, 533.4, 12_512.0, 1_918_000.0)
    assert [width_text(w) for w in widths] == ["6 Hz", "533 Hz", "12.5 kHz", "1.92 MHz"]


def test_a_frequency_is_read_as_people_write_it():
    texts = {"433.92M": 433.92e6, "2.4 MHz": 2.4e6, " 1e3Hz": 1e3, "-25k": -25e3, "1.2G": 1.2e9}
    assert {text: parse_hertz(text) for text in texts} == pytest.approx(texts)
    for text in ("", "M", "Hz", "2.4m", "2,4M", "nan", "-inf"):
        with pytest.raises(ValueError):
            parse_hertz(text)

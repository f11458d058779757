# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frequency, mode and passband for an emission."""

import pytest
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.tuning.dial import Dial, dial_of

from page_messages import emission


def at(middle, width, **more):
    edges = {"freq_lower": middle - width / 2, "freq_upper": middle + width / 2}
    return schema.read("emissions", emission(3, **edges, **more))


@pytest.mark.parametrize(
    ("middle", "width", "label", "dial"),
    [
        (145.5e6, 10e3, "nfm_voice", Dial(145_500_000, "fm", 12_000)),
        (145.5e6, 3e3, "nfm_voice", Dial(145_500_000, "fm", 10_000)),  # a pause in speech
        (137.1e6, 36e3, "noaa_apt", Dial(137_100_000, "fm", 43_200)),
        (98.1e6, 190e3, "wfm", Dial(98_100_000, "wfm", 228_000)),
        (118.1e6, 6e3, "am_voice", Dial(118_100_000, "am", 7200)),
        (10.0001e6, 20, "carrier", Dial(10_000_100, "cw", 500)),
        (7.02e6, 150, "cw", Dial(7_020_000, "cw", 500)),
        # Speech from 300 to 2700 Hz beside a carrier that is left out.
        (14.2e6 + 1500, 2400, "ssb", Dial(14_200_000, "usb", 2900)),
        (7.1e6 - 1500, 2400, "ssb", Dial(7_100_000, "lsb", 2900)),
        (7.0755e6, 50, "ft8", Dial(7_074_000, "usb", 2700)),
        (1545.1e6, 10e3, "inmarsat", Dial(1_545_094_000, "usb", 12_000)),
        (868.1e6, 125e3, "lora", Dial(868_100_000)),
        (868.1e6, 125e3, "my_gate", Dial(868_100_000)),
        (868.1e6, 125e3, "unknown", Dial(868_100_000)),
        (868.1e6, 125e3, None, Dial(868_100_000)),
    ],
)
def test_the_dial_is_that_of_the_class(middle, width, label, dial):
    assert dial_of(at(middle, width), label) == dial


def test_mode_and_passband_can_be_stated():
    assert dial_of(at(868.1e6, 20e3), None, "am") == Dial(868_100_000, "am", 24_000)
    assert dial_of(at(145.5e6, 10e3), "nfm_voice", passband=0) == Dial(145_500_000, "fm", 0)
    assert dial_of(at(14.2015e6, 2400), "ssb", passband=2400) == Dial(14_200_000, "usb", 2400)


def test_an_emission_at_no_known_frequency_is_refused():
    with pytest.raises(ValueError, match=r"^emission 3 is at no known frequency: its flowgraph"):
        dial_of(at(1e3, 100, rx_freq=None), "cw")
    with pytest.raises(ValueError, match="^frequency must be > 0 and at most 1 THz, got -1000 Hz"):
        dial_of(at(500.0, 100), "ft8")


def test_a_dial_as_text():
    assert str(Dial(145_500_000, "fm", 12_000)) == "145.5 MHz, FM 12 kHz"
    assert str(Dial(145_500_000, "fm")) == "145.5 MHz, FM"
    assert str(Dial(868_100_000)) == "868.1 MHz, mode as it was"

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the width of an emission says about the class."""

import pytest
from gnuradio.rfattn.emissions.class_widths import MOST_HZ, WIDER, weigh_by_width
from gnuradio.rfattn.emissions.families import FAMILY_OF

MODEL = {"dcf77": 0.6, "nfm_voice": 0.3, "unknown": 0.1}


@pytest.mark.parametrize("width_hz", [1.0, 500.0, 4e3])
def test_narrow_emissions_may_be_of_any_class(width_hz):
    assert weigh_by_width(MODEL, width_hz) == MODEL


def test_what_is_wider_than_its_class_is_improbable():
    total = 0.6 * WIDER + 0.4
    assert weigh_by_width(MODEL, 6.6e3) == pytest.approx(
        {"dcf77": 0.6 * WIDER / total, "nfm_voice": 0.3 / total, "unknown": 0.1 / total}
    )


def test_every_class_has_a_family():
    assert set(MOST_HZ) <= set(FAMILY_OF)

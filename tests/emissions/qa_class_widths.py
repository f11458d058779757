# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the width of an emission says about the class."""

import pytest
from gnuradio.rfattn.emissions.class_widths import OTHER_WIDTH, weigh_by_width

from weighing import by_class

weigh_by_width = by_class(weigh_by_width)

MODEL = {"dcf77": 0.6, "nfm_voice": 0.3, "unknown": 0.1}


@pytest.mark.parametrize("width_hz", [1.0, 500.0, 4e3])
def test_narrow_emissions_may_be_of_any_class(width_hz):
    assert weigh_by_width(MODEL, width_hz, is_cut=False) == MODEL


def test_what_is_wider_than_its_class_is_improbable():
    total = 0.6 * OTHER_WIDTH + 0.4
    assert weigh_by_width(MODEL, 6.6e3, is_cut=True) == pytest.approx(
        {"dcf77": 0.6 * OTHER_WIDTH / total, "nfm_voice": 0.3 / total, "unknown": 0.1 / total}
    )


def test_what_is_narrower_than_its_class_is_improbable_unless_it_is_cut():
    model = {"lte_tdd": 0.6, "ook_srd": 0.4}
    total = 0.6 * OTHER_WIDTH + 0.4
    narrow = {"lte_tdd": 0.6 * OTHER_WIDTH / total, "ook_srd": 0.4 / total}
    assert weigh_by_width(model, 24e3, is_cut=False) == pytest.approx(narrow)
    assert weigh_by_width(model, 24e3, is_cut=True) == model
    assert weigh_by_width(model, 180e3, is_cut=False) == model

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from gnuradio.rfattn.emissions.class_levels import DEVIATIONS, has_levels, weigh_by_levels

from weighing import by_class

weigh_by_levels = by_class(weigh_by_levels)

SHAPE = {
    "dmr": 0.15,
    "p25": 0.1,
    "ysf": 0.2,
    "nxdn": 0.2,
    "dpmr": 0.0,
    "dstar": 0.2,
    "unknown": 0.15,
}


@pytest.mark.parametrize("name", [name for name, (rate, _) in DEVIATIONS.items() if rate == 4800.0])
def test_the_class_with_that_deviation_gains(name):
    found = weigh_by_levels(SHAPE, 4800.0, DEVIATIONS[name][1], 8e3)
    assert max(found, key=found.get) == name and found[name] > 0.5
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["dstar"] < 0.05


def test_a_class_that_the_shape_excludes_is_possible():
    found = weigh_by_levels(SHAPE, 2400.0, 1050.0, 4e3)
    assert found["dpmr"] > 0.1 and found["nxdn"] > 0.5 > found["dpmr"]


def test_levels_of_no_class_change_nothing():
    for rate, deviation in ((4800.0, 5000.0), (9600.0, 1944.0), (None, None), (4800.0, 0.0)):
        assert weigh_by_levels(SHAPE, rate, deviation, 8e3) == SHAPE


def test_a_model_without_classes_of_four_levels_keeps_its_probabilities():
    model = {"ssb": 0.4, "unknown": 0.6}
    assert weigh_by_levels(model, 4800.0, 1944.0, 8e3) == model


def test_a_deviation_between_two_leaves_both_possible():
    found = weigh_by_levels(SHAPE, 4800.0, 1870.0, 8e3)
    assert found["dmr"] > found["p25"] > 0.25


def test_levels_of_m17_make_it_no_nxdn():
    shape = SHAPE | {"unknown": 0.4, "nxdn": 0.1, "dstar": 0.05}
    assert weigh_by_levels(shape, 4800.0, 2400.0, 8e3)["nxdn"] <= 0.1
    assert weigh_by_levels(shape, 4800.0, 2500.0, 8e3)["nxdn"] <= 0.1


@pytest.mark.parametrize(("width_hz", "counts"), [(2.6e3, False), (4e3, True), (19e3, False)])
def test_levels_count_in_an_emission_of_their_width(width_hz, counts):
    found = weigh_by_levels(SHAPE, 2400.0, 1050.0, width_hz)
    assert (found != SHAPE) is counts
    assert has_levels(2400.0, width_hz) is counts
    assert not has_levels(None, width_hz)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of bands: where classes transmit, and what follows for a label."""

import json

import pytest
from gnuradio.rfattn.emissions.band_plan import OUTSIDE, BandPlan
from gnuradio.rfattn.emissions.families import FAMILY_OF

from weighing import by_class


def is_inside(plan: BandPlan, name: str, frequency_hz: float) -> bool:
    """Whether a class loses nothing there against one that may transmit anywhere."""
    return plan.weigh((name, "anywhere"), frequency_hz).weights is None


def test_the_shipped_plan_has_bands_of_classes():
    plan = BandPlan.load()
    assert set(plan.bands) == set(FAMILY_OF) - {"carrier"}
    for ranges in plan.bands.values():
        assert all(1e4 < low < high < 1e11 for low, high in ranges)


@pytest.mark.parametrize(
    ("name", "mhz"),
    [
        ("mode_s", 1090.0),
        ("wfm", 98.5),
        ("dcf77", 0.0775),
        ("ais", 161.975),
        ("ook_srd", 433.92),
        ("nfc_a", 13.56),
        ("tetra", 392.5),
        ("ft8", 14.074),
        ("ble", 2426.0),
        ("vor", 113.2),
    ],
)
def test_the_shipped_plan_has_the_usual_places(name, mhz):
    plan = BandPlan.load()
    assert is_inside(plan, name, mhz * 1e6)
    assert not is_inside(plan, name, 9.7e9)


@pytest.mark.parametrize(
    ("mhz", "named"),
    [
        (14.0752, {"ft8"}),
        (14.0795, {"js8"}),
        (7.0745, {"ft8"}),
        (7.0795, {"js8"}),
        (1.8415, {"ft8"}),
        (14.0971, {"ft8", "wspr"}),
        (14.0765, {"ft8", "jt65"}),
        (14.25, {"ft8"}),
        (14.0702, {"ft8", "psk31"}),
    ],
)
def test_weak_signal_modes_of_the_same_modulation_have_places_of_their_own(mhz, named):
    plan = BandPlan.load()
    modes = ("ft8", "js8", "wspr", "jt65", "psk31")
    assert {name for name in modes if is_inside(plan, name, mhz * 1e6)} == named
    shape = {"ft8": 0.45, "js8": 0.5, "carrier": 0.05}
    found = by_class(plan.weigh)(shape, mhz * 1e6)
    assert max(found, key=found.get) == ("js8" if "js8" in named else "ft8")


def test_a_plan_without_these_classes_changes_no_bit():
    plan = BandPlan.load()
    probabilities = {"a": 0.09724484008235242, "b": 0.27038338479724083, "c": 0.6323717751204069}
    assert by_class(plan.weigh)(probabilities, 433.92e6) == probabilities


def test_a_class_outside_of_its_bands_loses_to_one_inside():
    plan = BandPlan({"dmr": ((400e6, 527e6),), "wfm": ((65e6, 108e6),)})
    shape = {"dmr": 0.5, "wfm": 0.4, "carrier": 0.1}
    found = by_class(plan.weigh)(shape, 100e6)
    assert OUTSIDE == 0.05
    # 0.5 * 0.05 = 0.025 beside 0.4 and 0.1.
    assert found == pytest.approx(
        {"dmr": 0.025 / 0.525, "wfm": 0.4 / 0.525, "carrier": 0.1 / 0.525}
    )
    assert by_class(plan.weigh)(shape, None) == shape
    assert by_class(plan.weigh)({"dmr": 0.0}, 100e6) == {"dmr": 0.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "must be an object of classes, got"),
        ("{}", "must be an object of classes, got"),
        ("{", "not JSON"),
        ('{"dmr": []}', "'dmr' must be a list of ranges"),
        ('{"dmr": [[2, 1]]}', "'dmr' must be a list of ranges"),
        ('{"dmr": [[0, 1]]}', "'dmr' must be a list of ranges"),
        ('{"dmr": 5}', "'dmr' must be a list of ranges"),
    ],
)
def test_a_bad_plan_is_refused(tmp_path, content, message):
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"plan\.json: {message}"):
        BandPlan.load(path)


def test_a_missing_plan_is_refused(tmp_path):
    with pytest.raises(ValueError, match="none.json: No such file"):
        BandPlan.load(tmp_path / "none.json")


def test_a_plan_of_ones_own(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"dmr": [[1e6, 2e6], [5e6, 6e6]]}))
    plan = BandPlan.load(path)
    assert [is_inside(plan, "dmr", f) for f in (1.5e6, 3e6, 5e6)] == [True, False, True]

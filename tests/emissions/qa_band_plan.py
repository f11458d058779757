# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of bands: where classes transmit."""

import json

import pytest
from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.catalogue.classes import known_of


def is_inside(plan: BandPlan, name: str, frequency_hz: float) -> bool:
    """Whether a class may transmit there, as one without bands may."""
    fits = plan.fits((name, "anywhere"), frequency_hz)
    assert fits[1]
    return bool(fits[0])


def test_the_shipped_plan_has_bands_of_classes():
    plan = BandPlan.load()
    assert set(plan.bands) == set(known_of("family")) - {"carrier"}
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

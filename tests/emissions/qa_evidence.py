# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the facts of an emission say of classes, by the shipped catalogue."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.band_plan import BandPlan
from gnuradio.rfattn.catalogue.frames_found import SNRS_DB, TIMES_S, FramesFound
from gnuradio.rfattn.emissions import evidence as evidence_module
from gnuradio.rfattn.emissions.evidence import KINDS, Facts, evidence

NAMES = ("ais", "dmr", "lora", "sat_fsk", "sat_bpsk", "ssb", "tpms", "radiosonde", "unknown")
CERTAIN = 20.0


def found(kind, facts, *arguments):
    """The classes for which this kind of evidence is not 0, and its value."""
    row = evidence(NAMES, facts, *arguments)[list(KINDS).index(kind)]
    return {name: value for name, value in zip(NAMES, row.tolist(), strict=True) if value}


def test_without_facts_there_is_no_evidence():
    rows = evidence(NAMES, Facts(15e3))
    assert rows.shape == (len(KINDS), len(NAMES)) and rows.dtype == np.float64
    assert not rows.any()


def test_the_frames_of_a_format():
    facts = Facts(15e3, frames="HDLC PSK")
    assert found("frames", facts) == {"sat_bpsk": pytest.approx(20 * math.log(2))}
    assert found("frames", Facts(15e3, frames="GSM")) == {}  # of no class in NAMES


def test_absent_frames_count_by_how_often_they_are_found(monkeypatch):
    rows = np.zeros((len(SNRS_DB), len(TIMES_S), 2), int)
    counts = FramesFound({"ais": rows.copy(), "dmr": rows}, {})
    counts.counts["ais"][1:, 2:] = 9, 10
    monkeypatch.setattr(evidence_module, "frames_found", lambda: counts)
    strong = Facts(15e3, snr_db=CERTAIN, burst_s=0.05, burst_count=3)
    least = counts.least_shares(["ais", "dmr", "lora"], CERTAIN, 0.15)
    assert least[0] > 0.8 and least[1:].tolist() == [0.0, 0.0]
    assert found("no_frames", strong) == {"ais": pytest.approx(math.log(1 - least[0]))}
    assert found("no_frames", strong, None, False) == {}  # nobody looked
    for facts in (
        replace(strong, snr_db=3.9),
        replace(strong, burst_s=0.001),
        replace(strong, burst_s=None),
        replace(strong, frames="DMR"),
    ):
        assert found("no_frames", facts) == {}


def test_the_time_on_the_air():
    assert Facts(15e3).on_air_s is None
    assert Facts(15e3, burst_s=0.5).on_air_s == 0.5  # has not ended
    assert Facts(15e3, burst_s=0.5, burst_count=3).on_air_s == 1.5


@pytest.mark.parametrize(
    ("rate", "fits"),
    [
        (4810.0, {"dmr", "sat_fsk", "sat_bpsk", "radiosonde"}),
        (9990.0, {"ais", "sat_fsk", "sat_bpsk", "radiosonde", "tpms"}),
    ],
)
def test_a_symbol_rate_within_five_percent(rate, fits):
    facts = Facts(15e3, symbol_rate=rate)
    others = {"ais", "dmr", "sat_fsk", "sat_bpsk", "tpms", "radiosonde"} - fits
    assert found("other_rate", facts) == dict.fromkeys(others, 1.0)


def test_a_width_beyond_that_of_a_class():
    assert "sat_fsk" not in found("out_of_range", Facts(15e3))
    names = ("lte_fdd", "dcf77", "unknown")
    column = list(KINDS).index("out_of_range")
    for width, cut, expected in (
        (1e3, False, (1, 0, 0)),
        (1e3, True, (0, 0, 0)),
        (5e3, True, (0, 1, 0)),
        (5e6, False, (0, 1, 0)),
    ):
        assert tuple(evidence(names, Facts(width, cut))[column]) == expected


def test_bursts_that_are_too_long_or_too_short():
    def out(burst_s, count, snr_db=CERTAIN):
        facts = Facts(15e3, snr_db=snr_db, burst_s=burst_s, burst_count=count)
        return set(found("out_of_range", facts))

    assert out(0.5, 1) == {"ais", "tpms"}
    assert out(0.5, 1, 11.0) == set()
    assert out(0.01, 2) == {"sat_fsk", "radiosonde"}
    assert out(0.01, 1) == set()  # it may have begun before the receiver


def test_a_frequency_outside_of_the_bands():
    plan = BandPlan({"ais": ((161e6, 163e6),), "dmr": ((430e6, 440e6), (140e6, 170e6))})
    assert found("outside_band", Facts(15e3, frequency_hz=162e6), plan) == {}
    assert found("outside_band", Facts(15e3, frequency_hz=435e6), plan) == {"ais": 1.0}
    assert found("outside_band", Facts(15e3), plan) == {}
    assert found("outside_band", Facts(15e3, frequency_hz=1e9)) == {}


def test_facts_as_json():
    facts = Facts(15e3, True, 9.5, None, 3, None, 4800.0, "DMR")
    assert Facts.from_dict(facts.to_dict()) == facts
    with pytest.raises(ValueError, match="facts must have the keys width_hz, is_cut, snr_db"):
        Facts.from_dict({})
    for name, value, kind in (
        ("width_hz", "5", "float"),
        ("is_cut", 1, "bool"),
        ("frames", 5, "str"),
    ):
        with pytest.raises(ValueError, match=f"facts: {name} must be {kind}, got {value!r}"):
            Facts.from_dict(facts.to_dict() | {name: value})

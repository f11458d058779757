# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the format of an emission's frames says about its class."""

import re
from pathlib import Path

import pytest
from gnuradio.rfattn.emissions.class_frames import (
    ABSENT,
    CLASS_OF,
    LEAST,
    OTHERS,
    weigh_by_sync,
)

from weighing import by_class

weigh_by_sync = by_class(weigh_by_sync)

MODEL = {"ft8": 0.7, "js8": 0.2, "wspr": 0.1}
FRAMES = Path(__file__).parents[2] / "lib" / "frames"


def test_the_class_of_the_format_keeps_its_probability_and_others_lose_theirs():
    total = 0.2 + 0.8 * OTHERS
    expected = {"ft8": 0.7 * OTHERS / total, "js8": 0.2 / total, "wspr": 0.1 * OTHERS / total}
    assert weigh_by_sync(MODEL, "JS8") == pytest.approx(expected)


def test_a_class_that_the_model_excludes_counts_as_a_thousandth():
    total = LEAST + OTHERS
    assert weigh_by_sync({"ft8": 1.0, "js8": 0.0}, "JS8") == pytest.approx(
        {"ft8": OTHERS / total, "js8": LEAST / total}
    )


@pytest.mark.parametrize("sync", [None, "DMR", "no such format"])
def test_without_frames_or_their_class_nothing_changes(sync):
    assert weigh_by_sync(MODEL, sync) == MODEL


@pytest.mark.parametrize(
    ("sync", "shape", "label"),
    [
        ("HDLC FSK", {"sat_bpsk": 0.98, "sat_fsk": 0.0, "ais": 0.02}, "sat_bpsk"),
        ("HDLC FSK", {"sat_bpsk": 0.0, "sat_fsk": 0.0, "ais": 1.0}, "sat_fsk"),
        ("HDLC PSK", {"sat_bpsk": 0.0, "sat_fsk": 0.98, "ais": 0.02}, "sat_fsk"),
        ("CCSDS FSK", {"sat_bpsk": 0.98, "sat_fsk": 0.0, "ais": 0.02}, "sat_fsk"),
    ],
)
def test_hdlc_may_be_read_in_the_frequency_or_the_phase(sync, shape, label):
    found = weigh_by_sync(shape, sync)
    assert max(found, key=found.get) == label and found[label] >= 0.49
    assert sum(found.values()) == pytest.approx(1.0)


def test_a_class_whose_frames_are_absent_becomes_improbable():
    model = {"zwave": 0.8, "fsk_srd": 0.2}
    total = 0.8 * ABSENT + 0.2
    expected = {"zwave": 0.8 * ABSENT / total, "fsk_srd": 0.2 / total}
    assert weigh_by_sync(model, None, ("Z-Wave",)) == pytest.approx(expected)
    assert weigh_by_sync(model, "Z-Wave")["zwave"] > 0.999
    assert weigh_by_sync(MODEL, None, ("Z-Wave", "ACARS")) == MODEL


def test_the_formats_of_the_catalogue_are_those_that_are_looked_for():
    text = (FRAMES / "sync_words.cc").read_text()
    formats = set(re.findall(r'\b(?:fsk|psk|hdlc)\(\s*"([^"]+)"', text))
    formats |= set(re.findall(r'\{ "(\w+)", [\d.]+, ', text))  # of tones
    formats |= set(re.findall(r'"(LTE \w+)"', (FRAMES / "lte_duplex.cc").read_text()))
    for name in ("pilot_sync.cc", "pulse_sync.cc"):
        formats |= set(re.findall(r'sync_found{ "([^"]+)"', (FRAMES / name).read_text()))
    assert formats == set(CLASS_OF)

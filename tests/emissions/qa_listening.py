# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an emission is demodulated to be listened to, and which one is at a frequency."""

import pytest
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.emissions.listening import carrier_of, demodulation_of, emission_at
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.audio import DEMODULATIONS, AudioRequest

from page_messages import emission


def one(middle=145.5e6, width=10e3, id=1, label=None, **more):
    edges = {"freq_lower": middle - width / 2, "freq_upper": middle + width / 2}
    about = {} if label is None else {"label": label, "confidence": 0.9}
    return schema.read("emissions", emission(id, "update", **edges, **about, **more))


AUTO = AudioRequest.parse("e1/auto")


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (one(), "fm"),
        (one(label="nfm_voice"), "fm"),
        (one(label="am_voice"), "am"),
        (one(label="cw"), "usb"),
        (one(7.1e6, label="ssb"), "lsb"),
        (one(98e6, 180e3, label="wfm"), "fm"),
        (one(label="lte_fdd"), "fm"),
        (one(14.2e6, label="ssb"), "usb"),
        (one(-5e3, label="ssb", rx_freq=None), "usb"),
        (one(label="unknown", guess="am_voice"), "am"),
        (one(label="my_device"), "fm"),
    ],
)
def test_the_label_decides(found, kind):
    assert demodulation_of(AUTO, found) == kind


def test_the_listener_decides_otherwise():
    for kind in DEMODULATIONS:
        assert demodulation_of(AudioRequest.parse(f"e1/{kind}"), one(label="am_voice")) == kind


def test_every_class_can_be_listened_to():
    for row in classes():
        assert demodulation_of(AUTO, one(label=row.name)) in DEMODULATIONS


def at(text, *emissions):
    found = emission_at(AudioRequest.parse(text), emissions)
    return None if found is None else found.id


def test_the_nearest_emission_is_at_a_frequency():
    near, far = one(145.5e6, id=1), one(145.512e6, id=2)
    assert at("f145500000/auto", far, near) == 1
    assert at("f145509000/auto", far, near) == 2
    assert at("f145530000/auto", far, near) is None
    assert at("f145490001/fm", near) == 1  # an edge within half of its width
    assert at("f145489000/fm", near) is None
    assert at("f7001000/usb", one(7.0005e6, 100.0, id=3)) is None


def test_the_frequency_of_a_sideband_is_its_carrier():
    upper, lower = one(7.1015e6, 2700.0, id=1), one(7.0985e6, 2700.0, id=2)
    assert at("f7100000/usb", upper, lower) == 1
    assert at("f7100000/lsb", upper, lower) == 2
    assert carrier_of(AudioRequest.parse("f7100000/usb"), "usb") == 7_100_000
    assert carrier_of(AudioRequest.parse("f7100000/auto"), "usb") is None
    assert carrier_of(AudioRequest.parse("f7100000/fm"), "fm") is None

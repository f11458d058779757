# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that are a standard's modulation and random data alone."""

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.formats import formats
from gnuradio.rfattn_workshop.synthesis.services import OTHERS, SERVICES, simple, simple_analogue
from gnuradio.rfattn_workshop.synthesis.services.simple import SHARE, SIMPLE, UNFRAMED, sometimes
from gnuradio.rfattn_workshop.synthesis.training_receivers import NEEDS

from occupied import width_99

SECONDS = 0.2
EITHER = SIMPLE | simple.OTHERS

# Lower and upper bound of the 99 % width in Hz.
WIDTHS = {
    "ais": (7e3, 20e3),
    "dab": (1.45e6, 1.6e6),
    "dmr": (5e3, 14e3),
    "dstar": (4e3, 12e3),
    "gsm": (180e3, 400e3),
    "iridium": (20e3, 45e3),
    "lrpt": (70e3, 130e3),
    "tetra": (17e3, 30e3),
}


@pytest.mark.parametrize("name", sorted(EITHER))
def test_a_simple_signal_is_on_the_air_at_a_rate_that_scenes_can_take(name):
    signal = EITHER[name](np.random.default_rng(1), SECONDS)
    assert signal.samples.dtype == np.complex64
    assert len(signal.samples) == round(SECONDS * signal.rate)
    assert signal.rate % 25 == 0
    assert np.isfinite(signal.samples).all()
    assert any(np.abs(signal.samples[a:b]).max() > 0 for a, b in signal.spans)


def test_what_has_no_frames_is_of_no_class_whose_frames_are_looked_for():
    framed = {*formats().values()}
    assert SIMPLE.keys() <= SERVICES.keys()
    assert SIMPLE.keys() & framed == {"dab", "wfm", "fsk_srd", "vdl2"}  # some of them
    for name, make in simple.OTHERS.items():
        likeness = name.removeprefix(UNFRAMED)
        assert likeness in framed and OTHERS[name] is make
        assert NEEDS[name] == NEEDS[likeness]


@pytest.mark.parametrize("name", sorted(WIDTHS))
def test_signals_have_the_widths_of_their_standards(name):
    low, high = WIDTHS[name]
    make = SIMPLE.get(name) or simple.OTHERS[UNFRAMED + name]
    for seed in range(3):
        signal = make(np.random.default_rng(seed), SECONDS)
        assert low < width_99(signal.samples, signal.rate) < high


def test_a_pause_of_a_voice_is_no_signal_without_power(monkeypatch):
    monkeypatch.setattr(simple_analogue, "speech", lambda rng, s, rate: np.zeros(round(s * rate)))
    for seed in range(5):
        assert np.abs(SIMPLE["ssb"](np.random.default_rng(seed), 0.5).samples).max() > 0


def test_a_service_sends_simple_signals_in_their_share_of_the_draws():
    framed = object()
    make = sometimes("vdl2", lambda rng, seconds: framed)
    simple = sum(make(np.random.default_rng(seed), 0.02) is not framed for seed in range(400))
    assert 0.6 * SHARE < simple / 400 < 1.4 * SHARE
    assert sometimes("dmr", make) is make  # it has none

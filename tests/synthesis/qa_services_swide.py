# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cells, broadcasting, satellites and sondes: widths, rates, timing as their standards state."""

import numpy as np
import pytest
from gnuradio.rfattn.synthesis.services import (
    broadcast,
    iridium,
    lte,
    satellite_fsk,
    satellite_psk,
    sondes,
    vdl2,
    wide_others,
)

MODULES = (broadcast, iridium, lte, satellite_fsk, satellite_psk, sondes, vdl2, wide_others)
SERVICES = {
    name: make
    for module in MODULES
    for group in ("SERVICES", "OTHERS")
    for name, make in getattr(module, group, {}).items()
}

NARROW = {
    *("beacon_406", "horus", "inmarsat", "iridium", "lrpt", "nb_iot", "orbcomm", "radiosonde"),
    *("sat_bpsk", "sat_fsk", "vdl2", "wenet"),
}
"""Signals of low rates, which cost little a second."""


def band(signal, share=0.99):
    """Lower and upper edge of the band that holds a share of the energy, in Hz."""
    power = np.abs(np.fft.fftshift(np.fft.fft(signal.samples))).astype(float) ** 2
    total = np.cumsum(power) / power.sum()
    places = np.searchsorted(total, [(1 - share) / 2, (1 + share) / 2])
    return (places / len(power) - 0.5) * signal.rate


def width(signal, share=0.99):
    low, high = band(signal, share)
    return high - low


def line(values, rate, low, high):
    """The frequency in Hz of the strongest line between two frequencies."""
    spectrum = np.abs(
        np.fft.rfft((values - values.mean()) * np.hanning(len(values)), 4 * len(values))
    )
    f = np.fft.rfftfreq(4 * len(values), 1 / rate)
    inside = (f > low) & (f < high)
    return f[inside][np.argmax(spectrum[inside])]


def on_air(signal):
    gate = np.zeros(len(signal.samples), bool)
    for a, b in signal.spans:
        gate[a:b] = True
    return gate


@pytest.mark.parametrize("name", SERVICES)
def test_a_signal_keeps_the_contract(name):
    for seed, seconds in ((3, 0.05), (4, 0.05), (5, 1.0 if name in NARROW else 0.08)):
        signal = SERVICES[name](np.random.default_rng(seed), seconds)
        assert signal.samples.dtype == np.complex64
        assert len(signal.samples) == round(seconds * signal.rate)
        assert np.all(np.isfinite(signal.samples))
        assert signal.rate % 25 == 0
        assert all(0 <= a < b <= len(signal.samples) for a, b in signal.spans)
        assert not signal.centres or len(signal.centres) == len(signal.spans)
        gate = on_air(signal)
        assert not signal.samples[~gate].any()
        assert np.mean(np.abs(signal.samples[gate]) ** 2) == pytest.approx(1, abs=0.05)
        assert width(signal) < signal.rate / 1.4


@pytest.mark.parametrize("name", SERVICES)
def test_the_same_seed_makes_the_same_samples(name):
    first, again = (SERVICES[name](np.random.default_rng(8), 0.05) for _ in range(2))
    assert first.rate == again.rate
    assert np.array_equal(first.samples, again.samples)
    other = SERVICES[name](np.random.default_rng(9), 0.05)
    assert other.rate != first.rate or not np.array_equal(first.samples, other.samples)

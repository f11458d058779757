# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way through the air: power, Doppler, echoes."""

import numpy as np
import pytest
from gnuradio.rfattn.signals.waveform import white
from gnuradio.rfattn_workshop.synthesis import propagation
from gnuradio.rfattn_workshop.synthesis.waves.keying import Signal


def arrived(seed, samples, rate):
    signal = Signal(samples, rate, ((0, len(samples)),))
    return propagation.propagate(np.random.default_rng(seed), signal).samples


@pytest.mark.parametrize("rate", [600.0, 6e3, 50e3])
def test_the_mean_power_stays(rate):
    noise = white(np.random.default_rng(1), 60000)
    power = [np.mean(np.abs(arrived(seed, noise, rate)) ** 2) for seed in range(40)]
    assert np.mean(power) == pytest.approx(1.0, abs=0.2)


def test_a_narrow_signal_keeps_its_frequency():
    tone = np.ones(36000, np.complex64)
    for seed in range(20):
        power = np.abs(np.fft.fft(arrived(seed, tone, 600.0))) ** 2
        near = np.abs(np.fft.fftfreq(len(tone), 1 / 600)) < 5
        assert power[near].sum() > 0.97 * power.sum()


def test_the_ionosphere_fades_one_frequency_and_not_another():
    noise = white(np.random.default_rng(3), 60000)
    wave = propagation._ionosphere(np.random.default_rng(5), noise, 6e3)
    ratio = np.abs(np.fft.fft(wave[:6000]) / np.fft.fft(noise[:6000]))
    smooth = np.convolve(ratio, np.ones(50) / 50, "valid")
    assert smooth.max() > 1.3 * smooth.min()

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals of shortwave: rates, widths, timing and shapes."""

import numpy as np
import pytest
from gnuradio.rfattn_workshop.synthesis.services.parts import hf_air
from gnuradio.rfattn_workshop.synthesis.services.shortwave import (
    hf_lines,
    hf_modems,
    hf_teletype,
    hf_text,
    hf_weak,
    hf_wide,
)

MODULES = (
    hf_weak,
    hf_teletype,
    hf_modems,
    hf_lines,
    hf_wide,
)
MADE = {}
for _module in MODULES:
    MADE |= getattr(_module, "SERVICES", {}) | _module.OTHERS


def make(name, seconds, seed=1):
    return MADE[name](np.random.default_rng(seed), seconds)


def width(signal, share=0.99):
    """Returns the width in Hz that leaves out half of the rest on either side."""
    power = np.fft.fftshift(np.abs(np.fft.fft(signal.samples)) ** 2)
    below = np.cumsum(power) / power.sum()
    low, high = np.searchsorted(below, [(1 - share) / 2, (1 + share) / 2])
    return (high - low) * signal.rate / len(signal.samples)


def frequency(signal):
    """Returns the frequency of each sample in Hz."""
    x = signal.samples
    return np.angle(x[1:] * x[:-1].conj()) * signal.rate / (2 * np.pi)


def test_a_gaussian_glide_ends_at_its_tones():
    wave = hf_air.shift_keying(np.array([1, 1, -1, -1]), 6400.0, 100.0, 50.0, 2.0)
    signal = hf_air.Signal(wave, 6400.0, ((0, len(wave)),))
    track = frequency(signal)
    assert track[:100] == pytest.approx(50, abs=0.1)
    assert track[-100:] == pytest.approx(-50, abs=0.1)
    assert track[126] + track[127] == pytest.approx(0, abs=2)


def test_root_raised_cosine_pulses_meet_the_symbols():
    symbols = np.random.default_rng(1).choice([-1.0, 1.0], 400)
    wave = hf_air.shape(symbols, 7.3, 0.35)
    assert np.mean(np.abs(wave) ** 2) == pytest.approx(1.0, abs=0.05)
    spectrum = np.abs(np.fft.fft(wave)) ** 2
    outside = np.abs(np.fft.fftfreq(len(wave))) > 0.5 * 1.4 / 7.3
    assert spectrum[outside].sum() < 1e-3 * spectrum.sum()


def test_bursts_repeat_with_their_period():
    air = hf_air.Air(10.0, 1000.0)
    hf_air.send_cycles(np.random.default_rng(1), air, lambda: np.ones(210), 0.45)
    starts = [a for a, _ in air.spans if a > 0]
    assert np.diff(starts) == pytest.approx(450, abs=1)


def one_station(function, seconds, check, seeds=300):
    """Returns the first signal of one station that ``check`` accepts."""
    for seed in range(seeds):
        signal = function(np.random.default_rng(seed), seconds)
        if check(signal):
            return signal
    raise AssertionError("no seed fits")


def whole(seconds):
    """Accepts signals at the lowest rate with a burst of about so many seconds, and no other."""

    def check(signal):
        lengths = [(b - a) / signal.rate for a, b in signal.spans]
        return signal.rate == 600 and lengths == pytest.approx([seconds], abs=0.03)

    return check


def symbol_tones(signal, baud, spacing, tones):
    """Returns the tone at the middle of each symbol of the only burst, as numbers from 0."""
    (a, b), n = signal.spans[0], signal.rate / baud
    track = frequency(signal)[a:b]
    middles = ((np.arange(round((b - a) / n)) + 0.5) * n).astype(int)
    half = max(1, int(n / 4))
    hz = np.array([np.median(track[m - half : m + half]) for m in middles])
    return hz / spacing + (tones - 1) / 2


def relative(tones):
    return np.round(tones - tones.min()).astype(int)


def test_ft8_has_its_costas_arrays_and_length():
    signal = one_station(hf_weak.ft8, 14.0, whole(12.64))
    tones = symbol_tones(signal, 6.25, 6.25, 8)
    for first in (0, 36, 72):
        assert relative(tones[first : first + 7]).tolist() == list(hf_weak.FT8_COSTAS)
    assert 35 < width(signal) < 65


def test_js8_changes_tones_abruptly_and_has_its_own_arrays():
    signal = one_station(hf_weak.js8, 14.0, whole(12.64))
    tones = symbol_tones(signal, 6.25, 6.25, 8)
    assert relative(tones[36:43]).tolist() == list(hf_weak.JS8_COSTAS[1])
    assert largest_jump(signal) > 6
    smooth = [make("ft8", 14.0, seed) for seed in range(20)]
    assert min(largest_jump(s) for s in smooth if whole(12.64)(s)) < 4


def largest_jump(signal):
    """Returns the largest change of frequency from sample to sample, ends left out, in Hz."""
    a, b = signal.spans[0]
    return np.abs(np.diff(frequency(signal)[a + 20 : b - 20])).max()


def test_wspr_sends_its_sync_vector():
    signal = one_station(hf_weak.wspr, 118.0, lambda s: whole(110.59)(s) and width(s) < 20)
    tones = symbol_tones(signal, 12000 / 8192, 12000 / 8192, 4)
    drift = np.polyfit(np.arange(162), tones, 3)
    odd = np.round(tones - np.polyval(drift, np.arange(162)) + 1.5) % 2
    assert np.mean(odd == hf_weak.WSPR_SYNC) > 0.8 or np.mean(odd != hf_weak.WSPR_SYNC) > 0.8
    assert width(signal) < 12


def test_jt65_returns_to_its_lowest_tone():
    signal = one_station(hf_weak.jt65, 58.0, lambda s: _length(s) == pytest.approx(46.81, abs=0.05))
    tones = symbol_tones(signal, 11025 / 4096, 11025 / 4096, 66)
    assert len(tones) == 126
    sync = tones[hf_weak.JT65_SYNC == 1]
    assert np.ptp(sync) < 2
    assert np.all(tones[hf_weak.JT65_SYNC == 0] > sync.max())


def _length(signal):
    return sum(b - a for a, b in signal.spans) / signal.rate


def test_sync_vectors_are_balanced():
    assert hf_weak.JT65_SYNC.sum() == 63
    assert len(hf_weak.WSPR_SYNC) == 162
    assert len(hf_weak.JT9_SYNC) == 16
    assert len(hf_weak.Q65_SYNC) == 22


def test_alphabet_2_shifts_where_figures_begin():
    assert hf_text.ita2("E1 A") == [31, 1, 27, 23, 4, 31, 3]


def test_every_signal_of_sitor_has_four_ones():
    codes = hf_text.sitor("THE QUICK BROWN FOX 0123456789\r\n")
    assert {int(code).bit_count() for code in codes} == {4}


def test_rtty_keys_two_tones():
    signal = make("rtty", 20.0, 3)
    (a, b) = max(signal.spans, key=lambda s: s[1] - s[0])
    high = frequency(signal)[a:b]
    shift = np.median(high[high > 0]) - np.median(high[high < 0])
    assert min(abs(shift / s - 1) for s in (85, 170, 200, 400, 425, 450, 500, 850)) < 0.05


def test_a_start_bit_follows_every_stop():
    rng = np.random.default_rng(1)
    half = hf_teletype._frame(rng, [31, 0, 21], 3, 1.0, None)
    assert len(half) == 45
    for at in (0, 15, 30):
        assert half[at : at + 2].tolist() == [0, 0]
        assert half[at + 12 : at + 15].tolist() == [1, 1, 1]


def test_psk31_reverses_its_phase_through_zero():
    wave = hf_teletype._raised_cosine(np.array([1, -1, -1]), 32)
    assert np.abs(wave[15:17]).max() < 0.06
    assert wave[32:] == pytest.approx(-1, abs=1e-12)


def test_psk31_has_lines_at_its_rate_in_the_envelope():
    signal = make("psk31", 20.0, 2)
    power = np.abs(signal.samples) ** 2
    spectrum = np.abs(np.fft.rfft(power - power.mean()))
    hz = np.fft.rfftfreq(len(power), 1 / signal.rate)
    spectrum[hz < 20] = 0
    assert hz[np.argmax(spectrum)] == pytest.approx(31.25, abs=0.1)


def test_navtex_repeats_its_signals_after_four_others():
    data = hf_teletype.fec_bits(np.random.default_rng(1), 60.0).reshape(-1, 7)
    direct, late = data[0::2], data[1::2]
    assert np.all(data.sum(axis=1) == 4)
    assert np.array_equal(direct[150:400], late[152:402])


def test_navtex_is_170_hz_wide_at_100_bd():
    signal = make("navtex", 10.0, 1)
    assert 200 < width(signal) < 420
    track = frequency(signal)
    turns = np.flatnonzero(np.diff(np.sign(track[100:-100])))
    steps = np.diff(turns) / signal.rate / 0.01
    assert np.mean(np.abs(steps - np.round(steps)) < 0.2) > 0.95


def test_the_sync_of_stanag_4285_repeats_every_106_7_ms():
    signal = max((make("stanag4285", 3.0, seed) for seed in range(3)), key=_length)
    a, b = max(signal.spans, key=lambda s: s[1] - s[0])
    wave = signal.samples[a:b]
    lag = round(256 / 2400 * signal.rate)
    same = [abs(np.vdot(wave[:-k], wave[k:])) for k in (lag - 40, lag, lag + 40)]
    assert same[1] > 3 * max(same[0], same[2])


def test_shift_registers_have_their_longest_period():
    code = hf_lines.shift_register((5, 3), 5)
    assert len(code) == 31
    assert code.sum() == 16
    signs = 1 - 2 * code
    assert {int(signs @ np.roll(signs, k)) for k in range(1, 31)} == {-1}


def test_dominoex_never_repeats_a_tone():
    for seed in range(20):
        signal = make("thor", 2.0, seed)
        if len(signal.spans) == 1 and signal.rate < 1000:
            a, b = signal.spans[0]
            hz = frequency(signal)[a + 50 : b - 50]
            moves = np.flatnonzero(np.abs(np.diff(hz)) > 4)
            assert len(moves) > 4
            return
    raise AssertionError("no seed fits")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drm_fills_its_channel(seed):
    signal = make("drm", 1.0, seed)
    assert (
        min(abs(width(signal) / w - 1) for w in (4.2e3, 4.75e3, 8.6e3, 9.6e3, 17.5e3, 19e3)) < 0.1
    )


def test_a_radar_of_codar_sweeps_all_of_its_width():
    signal = make("codar", 1.0, 1)
    assert signal.rate / 3 < width(signal) < signal.rate / 2


def test_msk144_is_as_wide_as_its_rate():
    assert 1800 < width(make("msk144", 3.0, 3)) < 3200


def test_ale_uses_eight_tones():
    signal = make("ale2g", 3.0, 1)
    a, b = signal.spans[0]
    hz = frequency(signal)[a + 40 : b - 40] / 250 + 3.5
    assert set(np.round(hz).astype(int)) == set(range(8))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signals of no known service: their contract, widths, and what each kind is."""

import numpy as np
import pytest
from gnuradio.rfattn_workshop.synthesis.services import OTHERS
from gnuradio.rfattn_workshop.synthesis.services.parts.hf_air import Air
from gnuradio.rfattn_workshop.synthesis.services.unknown import (
    unknown_air,
    unknown_audio,
    unknown_carried,
    unknown_chirps,
    unknown_content,
    unknown_noise,
    unknown_ofdm,
    unknown_phases,
    unknown_spread,
    unknown_stages,
    unknown_tones,
)

from occupied import width_99
from signal_parts import on

MODULES = (
    *(unknown_carried, unknown_chirps, unknown_noise, unknown_ofdm),
    *(unknown_phases, unknown_spread, unknown_stages, unknown_tones),
)
MODULE_OF = {name: module for module in MODULES for name in module.OTHERS}
WIDTH, SECONDS = 20e3, 0.2


@pytest.fixture
def short_scenes(monkeypatch):
    """Signals are narrower than usual, which makes the tests faster."""
    monkeypatch.setattr(unknown_air, "MOST_SAMPLES", 4e5)


def make(name, seconds=SECONDS, seed=1):
    return OTHERS[name](np.random.default_rng(seed), seconds)


def rng(seed=1):
    return np.random.default_rng(seed)


def track(wave):
    """The frequency of each sample as a share of the rate."""
    return np.angle(wave[1:] * wave[:-1].conj()) / (2 * np.pi)


@pytest.mark.parametrize("name", MODULE_OF)
def test_a_signal_keeps_its_width(name, monkeypatch):
    monkeypatch.setattr(MODULE_OF[name], "draw_width", lambda *_, **__: WIDTH)
    shares = []
    for seed in range(12):
        signal = make(name, SECONDS, seed)
        assert signal.rate >= 2 * WIDTH
        shares.append(width_99(signal.samples, signal.rate) / WIDTH)
    # Abrupt keying is wider than its nominal width, and AM with its carrier narrower.
    assert max(shares) < 3 and 0.3 < np.median(shares) < 1.6


PULSES = {"coded_pulses", "impulse_train", "pulse_keyed"}


@pytest.mark.parametrize("name", sorted(set(MODULE_OF) - {"spur_comb", "swept_carrier"} - PULSES))
def test_some_are_always_on_and_some_are_not(name, short_scenes):
    shares = [on(make(name, SECONDS, seed)).mean() for seed in range(14)]
    assert np.ptp(shares) > 0.2


@pytest.mark.parametrize("seconds", [0.05, 1.0, 60.0])
def test_widths_show_in_the_scene_and_fit_the_memory(seconds):
    draws = rng()
    widths = [unknown_air.draw_width(draws, seconds) for _ in range(300)]
    assert min(widths) >= max(10, 100 / seconds) * (1 - 1e-9)
    assert max(widths) <= min(10e6, 1.6e6 / seconds) * (1 + 1e-9)


def test_a_width_that_fits_a_probe_and_the_scene_is_the_same_in_both():
    pairs = [[unknown_air.draw_width(rng(seed), s) for s in (0.05, 2.0)] for seed in range(50)]
    fitting = [(a, b) for a, b in pairs if 2e3 <= b <= 8e5]
    assert len(fitting) > 10 and np.mean([a == b for a, b in fitting]) > 0.75


def test_avoiding_draws_outside():
    draws = rng()
    values = [unknown_air.avoid(lambda: draws.uniform(0, 10), ((2, 9),)) for _ in range(50)]
    assert not any(2 <= value <= 9 for value in values)


def test_pulses_stand_at_their_times():
    air = Air(1.0, 1000.0)
    unknown_air.put_pulses(air, np.ones(3), [-0.1, 0.1, 0.5, 0.999, 2.0], np.arange(5))
    assert air.spans == [(100, 103), (500, 503), (999, 1000)]
    assert air.samples[[99, 100, 102, 103, 500, 999]] == pytest.approx([0, 1, 1, 0, 2, 3], abs=1e-5)


def test_a_period_need_not_be_whole():
    assert unknown_air.hold([1, 2, 3], 2.5, 8).tolist() == [1, 1, 2, 2, 2, 3, 3, 3]


def test_symbols_come_at_their_rate_and_fill_the_samples():
    asked = []

    def symbols(count):
        asked.append(count)
        return np.ones(count)

    for baud in (400.0, 3.0):
        wave = unknown_content.send_symbols(symbols, baud, 1000.0, np.ones_like, 1, 5000)
        assert len(wave) == 5000
    assert asked == [2003, 18]


def test_constellations_have_power_1_and_many_orders():
    orders = set()
    for seed in range(200):
        points = unknown_content.draw_constellation(rng(seed))
        assert np.mean(np.abs(points) ** 2) == pytest.approx(1)
        assert len(np.unique(np.round(points, 6))) == len(points)
        orders.add(len(points))
    assert {2, 4, 8, 16, 64} <= orders and max(orders) == 1024 and len(orders) > 20


def test_numbers_are_below_the_order_and_differ_between_transmitters():
    for seed in range(60):
        order = 2 + seed % 30
        numbers = unknown_content.draw_numbers(rng(seed), order)(500)
        assert len(numbers) == 500 and numbers.min() >= 0 and numbers.max() < order
        assert len(np.unique(numbers)) > 1


@pytest.mark.parametrize("seed", range(6))
def test_shift_keying_has_an_even_envelope(seed, monkeypatch):
    monkeypatch.setattr(unknown_tones, "is_always_on", lambda _: True)
    monkeypatch.setattr(unknown_air, "limit", lambda wave: wave)
    signal = make("random_fsk", SECONDS, seed)
    assert np.std(np.abs(signal.samples)) < 1e-3


def test_tones_stand_at_equal_distances():
    tones = unknown_tones.draw_tones(rng(4), 4, 100.0, 2.0, 8e3)(80000)
    place = np.round(track(tones) * 8e3 / 200 + 1.5, 2)
    settled = np.isclose(place, np.round(place), atol=0.03)
    assert settled.mean() > 0.3 and set(np.round(place[settled])) == {0, 1, 2, 3}


@pytest.mark.parametrize("always", [True, False])
def test_two_tones_are_no_packets_and_no_teletype(always):
    avoided = unknown_tones.avoided_rates(2, always)
    for baud in (45.45, 1200, 9600, 270.8e3, *(() if always else (100e3, 200e3))):
        assert any(low <= baud <= high for low, high in avoided)


@pytest.mark.parametrize("seed", range(5))
def test_a_guard_repeats_the_end_of_its_symbol(seed):
    grid = unknown_ofdm.Grid(rng(seed), 60, 200)
    grid.guard, grid.length, grid.edge, grid.half = 50, 250, 0, False
    symbols = grid.make(9).reshape(9, 250)
    np.testing.assert_allclose(symbols[:, :50], symbols[:, 200:], atol=1e-6)
    carriers = np.fft.fft(symbols[:, 50:], axis=1)
    assert np.abs(carriers[:, 32:169]).max() < 1e-4 < np.abs(carriers[:, :30]).max()


def test_a_preamble_repeats_within_its_symbol():
    grid = unknown_ofdm.Grid(rng(1), 61, 256)
    grid.nulls, grid.parts, grid.preambles, grid.frame, grid.edge = 1, 2, 1, 8, 0
    grid.half, grid.has_middle, grid.gains = False, True, np.ones(61)
    null, preamble = grid.make(8).reshape(8, grid.length)[:2, grid.guard :]
    assert not null.any()
    assert np.abs(preamble[:128]) == pytest.approx(np.abs(preamble[128:]), abs=1e-6)


def test_courses_stay_within_the_width():
    place = np.linspace(0, 1, 1001)
    for seed in range(200):
        course = unknown_chirps.draw_course(rng(seed))(place)
        assert np.abs(course).max() <= 0.5 + 1e-6 and np.ptp(course) > 0.9


def test_barker_codes_have_small_side_lobes():
    for chips in unknown_chirps.BARKER:
        code = unknown_chirps._draw_code(rng(), "barker", chips)
        lobes = np.correlate(code, code, "full")
        assert lobes.max() == chips and np.abs(np.delete(lobes, chips - 1)).max() <= 1


@pytest.mark.parametrize("name", sorted(PULSES))
def test_pulses_have_pauses_and_a_bounded_number(name):
    for seed in range(12):
        signal = make(name, SECONDS, seed)
        assert on(signal).mean() < 0.96
        assert len(signal.spans) <= 11 * 10 * unknown_air.MOST_BURSTS


def test_codes_of_phases_compress_as_chirps_do():
    for seed in range(12):
        code = unknown_chirps._draw_code(rng(seed), "poly", 64)
        lobes = np.abs(np.correlate(code, code, "full"))
        assert lobes[63] == pytest.approx(64) and np.delete(lobes, 63).max() < 20


def test_hoppers_have_a_centre_for_each_burst():
    signal = make("random_hopper", 0.5, 3)
    assert len(signal.centres) == len(signal.spans) > 3
    a, b = signal.spans[2]
    burst = signal.samples[a:b]
    hz = np.fft.fftfreq(8192, 1 / signal.rate)[np.argmax(np.abs(np.fft.fft(burst, 8192)))]
    assert hz == pytest.approx(signal.centres[2], abs=0.5 * np.ptp(signal.centres))


def test_keyed_pulses_are_shorter_than_those_of_remote_controls():
    for seed in range(12):
        signal = make("pulse_keyed", SECONDS, seed)
        a, b = signal.spans[len(signal.spans) // 2]
        power = np.abs(signal.samples[a:b]) ** 2
        assert (power > 0.3 * power.max()).sum() / signal.rate < 2e-5


@pytest.mark.parametrize("kind", sorted({*unknown_audio.PLAIN, *unknown_audio.DATA}))
def test_audio_is_real_within_bounds_and_below_its_top(kind):
    top, rate, count = 3e3, 24e3, 48000
    for seed in range(6):
        audio = unknown_audio.draw_audio(rng(seed), top, rate, (kind,))(count)
        assert audio.shape == (count,) and np.isrealobj(audio) and np.isfinite(audio).all()
        assert np.abs(audio).max() < 3 and audio.std() > 0.02
        power = np.abs(np.fft.rfft(audio - audio.mean())) ** 2
        inside = np.fft.rfftfreq(count, 1 / rate) < 1.2 * top
        assert power[inside].sum() > 0.7 * power.sum()


@pytest.mark.parametrize("name", ["random_fm", "data_on_fm"])
def test_fm_has_an_even_envelope(name, monkeypatch):
    monkeypatch.setattr(unknown_air, "limit", lambda wave: wave)
    monkeypatch.setattr(unknown_air, "is_always_on", lambda _: True)
    for seed in range(4):
        assert np.std(np.abs(make(name, SECONDS, seed).samples)) < 1e-3


@pytest.mark.parametrize("name", ["random_am", "data_on_am"])
def test_am_is_no_bare_carrier(name, short_scenes):
    for seed in range(20):
        signal = make(name, 1.0, seed)
        energy = np.abs(np.fft.fft(signal.samples[on(signal)])) ** 2
        assert energy.max() < 0.985 * energy.sum()


def test_lines_of_a_picture_resemble_each_other():
    for seed in range(6):
        draws = rng(seed)
        video = unknown_audio.lines(draws, 0.2, 100)(40000)
        video = video - video.mean()
        lags = np.fft.irfft(np.abs(np.fft.rfft(video, 80000)) ** 2)[:20000]
        assert lags[8:].max() > 0.3 * lags[0]


def test_products_of_two_carriers_stand_beside_them(monkeypatch):
    monkeypatch.setattr(unknown_noise, "draw_channel", lambda *_: lambda count: np.ones(count))
    monkeypatch.setattr(unknown_air, "is_always_on", lambda _: True)
    signal = make("intermodulation", 1.0, 2)
    energy = np.sort(np.abs(np.fft.fft(signal.samples * np.hanning(len(signal.samples)))) ** 2)
    assert np.sum(energy > 1e-4 * energy[-1]) >= 8


def test_lines_of_a_comb_are_equally_far_apart():
    signal = make("spur_comb", 1.0, 6)
    power = np.abs(np.fft.fft(np.abs(signal.samples) ** 2))[1 : len(signal.samples) // 2]
    assert power.max() > 20 * np.median(power)

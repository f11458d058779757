# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mobile radio: widths, symbol rates, deviations, synchronisation and slots of the standards."""

import itertools

import numpy as np
import pytest
import scipy.signal
from gnuradio.rfattn_workshop.synthesis.services import BY_ROWS
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio import (
    dect,
    dmr,
    edge,
    gsm,
)
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile import SERVICES
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile_content import Speech
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile_modem import (
    hex_bits,
    levels,
    make_pulse,
    raised_cosine,
    root_raised_cosine,
    shape,
)

from occupied import width_99

ALL = {**SERVICES, **BY_ROWS}


def draw(kind: str, seconds: float, accept=lambda signal: True):
    """The first draw that a test can use."""
    for seed in range(200):
        signal = ALL[kind](np.random.default_rng(seed), seconds)
        if accept(signal):
            return signal
    raise AssertionError(f"no such {kind} in 200 draws")


def is_whole(signal) -> bool:
    return signal.spans == ((0, len(signal.samples)),)


def in_bursts(shortest: float, longest: float):
    """Accepts signals with three bursts or more, all but the outer ones so many s long."""

    def accept(signal):
        lengths = [(end - first) / signal.rate for first, end in signal.spans[1:-1]]
        return bool(lengths) and all(shortest <= length <= longest for length in lengths)

    return accept


def frequency(signal) -> np.ndarray:
    """The frequency in Hz of the longest burst."""
    first, end = max(signal.spans, key=lambda span: span[1] - span[0])
    samples = signal.samples[first:end]
    return np.angle(samples[1:] * samples[:-1].conj()) * signal.rate / (2 * np.pi)


def line(values: np.ndarray, rate: float, low: float, high: float) -> float:
    """The frequency of the strongest spectral line between two frequencies, in Hz."""
    power = np.abs(np.fft.rfft(values - values.mean()))
    f = np.fft.rfftfreq(len(values), 1 / rate)
    inside = (f > low) & (f < high)
    return float(f[inside][np.argmax(power[inside])])


def width(signal) -> float:
    """The 99 % width in Hz."""
    return width_99(signal.samples, signal.rate)


def places(signal, symbols: np.ndarray, baud: float) -> np.ndarray:
    """Times in s at which the frequency follows the symbols of a synchronisation pattern."""
    received = frequency(signal)
    count = round(len(symbols) * signal.rate / baud)
    pattern = symbols[(np.arange(count) * baud / signal.rate).astype(int)]
    pattern = pattern - pattern.mean()
    match = np.correlate(received, pattern / np.linalg.norm(pattern), "valid")
    ones = np.ones(count)
    mean = np.convolve(received, ones / count, "valid")
    energy = np.convolve(received**2, ones, "valid") - count * mean**2
    match = match / np.sqrt(np.maximum(energy, 1))
    # Symbols have no corners, which costs 0.12 of the match; coupling costs a little more.
    peaks, _ = scipy.signal.find_peaks(match, height=0.8, distance=count)
    return peaks / signal.rate


WIDTHS_KHZ = {
    "dmr": (6, 10.5),
    "tetra": (20, 24),
    "gsm": (230, 280),
    "dect": (1000, 1500),
}


@pytest.mark.parametrize("kind", WIDTHS_KHZ)
def test_a_signal_is_as_wide_as_its_standard_has_it(kind):
    low, high = WIDTHS_KHZ[kind]
    for seed in range(4):
        signal = ALL[kind](np.random.default_rng(seed), 0.1 if kind in ("gsm", "dect") else 0.8)
        assert low < width(signal) / 1e3 < high


@pytest.mark.parametrize(
    "kind, baud, outer",
    [("dmr", 4800, 1944), ("dpmr", 2400, 1050), ("m17", 4800, 2400)],
)
def test_four_levels_reach_their_deviation_at_their_rate(kind, baud, outer):
    signal = draw(kind, 2.0, is_whole)
    received = frequency(signal)
    # Equally frequent levels of -3, -1, 1, 3 have a standard deviation of sqrt(5); deviations
    # differ by a fifth, and silence repeats its levels.
    assert received.std() * 3 / np.sqrt(5) == pytest.approx(outer, rel=0.3)
    found = line(np.diff(received) ** 2, signal.rate, 0.8 * baud, 1.2 * baud)
    assert found == pytest.approx(baud, rel=2e-3)


@pytest.mark.parametrize("kind, baud", [("dstar", 4800), ("gsm", gsm.BAUD), ("tetrapol", 8000)])
def test_gmsk_shifts_by_a_quarter_of_its_rate_and_keeps_its_envelope(kind, baud):
    def is_steady_whole(signal):
        return is_whole(signal) and np.abs(signal.samples).std() < 0.01

    signal = draw(kind, 0.2 if kind == "gsm" else 1.0, is_steady_whole)
    np.testing.assert_allclose(np.abs(signal.samples), 1, atol=1e-3)
    received = frequency(signal)
    top = np.quantile(np.abs(received - np.quantile(received, [0.02, 0.98]).mean()), 0.95)
    assert top == pytest.approx(baud / 4, rel=0.2)
    squared = signal.samples**2
    power = np.abs(np.fft.fftshift(np.fft.fft(squared)))
    f = np.fft.fftshift(np.fft.fftfreq(len(squared), 1 / signal.rate))
    # The square of MSK has lines at plus and minus half the rate.
    high = f[np.argmax(np.where(f > 0.2 * baud, power, 0))]
    low = f[np.argmax(np.where(f < -0.2 * baud, power, 0))]
    assert high - low == pytest.approx(baud, rel=0.2 if kind == "dstar" else 5e-3)


def test_the_pulse_of_a_root_raised_cosine_has_no_interference_after_its_like():
    pulse = make_pulse(root_raised_cosine(0.35), 4)
    both = np.convolve(pulse, pulse) / 4
    at_symbols = both[len(both) // 2 % 4 :: 4]
    assert at_symbols.max() == pytest.approx(1, abs=0.01)
    assert np.sort(np.abs(at_symbols))[-2] < 0.01
    assert make_pulse(raised_cosine(0.2), 5).sum() == pytest.approx(5)


def test_the_middle_of_a_symbol_has_its_level():
    symbols = levels(hex_bits("1B2D"))
    np.testing.assert_array_equal(symbols, [1, 3, -1, -3, 1, -1, -3, 3])
    wave = shape(symbols, make_pulse(raised_cosine(0.2), 5), 5)
    np.testing.assert_allclose(wave[2::5], symbols, atol=0.05)


def test_a_dmr_base_station_synchronises_in_slots_of_30_ms():
    is_base = is_whole
    signal = draw("dmr", 2.0, is_base)
    patterns = [levels(dmr.SYNC[name]) for name in ("base voice", "base data")]
    times = np.sort(np.concatenate([places(signal, p, dmr.BAUD) for p in patterns]))
    assert len(times) > 4
    steps = np.diff(times) / 0.030
    np.testing.assert_allclose(steps, np.round(steps), atol=0.02)


def test_a_dmr_hand_held_sends_27_5_ms_in_60():
    signal = draw("dmr", 1.0, in_bursts(0.027, 0.031))
    firsts = np.array([first for first, _ in signal.spans[1:]]) / signal.rate
    np.testing.assert_allclose(np.diff(firsts), 0.06, atol=1e-4)


def test_the_idle_message_of_dmr_is_coded_as_others_have_it():
    """Its first bits as every receiver knows them, e.g. from a log of a base station."""
    first = "".join(f"{int(''.join(map(str, b)), 2):02X}" for b in dmr._idle()[:48].reshape(6, 8))
    assert first == "53C25EABA867"


def test_tetra_has_its_symbol_rate_and_slots():
    signal = draw("tetra", 1.0, is_whole)
    found = line(np.abs(signal.samples) ** 2, signal.rate, 16e3, 20e3)
    assert found == pytest.approx(18e3, abs=10)
    terminal = draw("tetra", 1.0, in_bursts(0.010, 0.0142))
    firsts = np.array([first for first, _ in terminal.spans[2:]]) / terminal.rate
    np.testing.assert_allclose(np.diff(firsts), 4 * 255 / 18e3, atol=1e-4)


def test_gsm_sends_a_tone_in_each_tenth_frame():
    signal = draw("gsm", 0.5, lambda s: is_whole(s) and np.abs(s.samples).std() < 0.01)
    received = frequency(signal)
    smooth = np.convolve(received, np.ones(300) / 300, "valid")
    tone = np.abs(smooth - gsm.BAUD / 4) < 3e3
    edges = np.flatnonzero(np.diff(tone.astype(int)) == 1) / signal.rate
    frame_s = gsm.FRAME / gsm.BAUD
    steps = np.diff(edges) / frame_s
    assert len(edges) > 5
    # Ten frames, or eleven over the idle frame.
    assert all(min(abs(step - 10), abs(step - 11)) < 0.02 for step in steps)


def test_a_telephone_sends_one_burst_in_a_frame():
    frame_s = gsm.FRAME / gsm.BAUD
    signal = draw(
        "gsm", 0.1, lambda s: len(s.spans) > 15 and in_bursts(540e-6, 590e-6)(s) and is_steady(s)
    )
    firsts = np.array([first for first, _ in signal.spans[1:]]) / signal.rate
    steps = np.diff(firsts) / frame_s
    np.testing.assert_allclose(steps, np.round(steps), atol=0.01)


def is_steady(signal) -> bool:
    """True if most bursts follow the one before by a frame."""
    firsts = np.array([first for first, _ in signal.spans]) / signal.rate
    return np.median(np.diff(firsts)) > 0.9 * gsm.FRAME / gsm.BAUD


def test_edge_bursts_are_as_wide_as_gmsk_and_change_their_envelope():
    wave = edge.modulate(np.random.default_rng(1), 4000, 12000, 3.0)
    assert np.abs(wave).std() > 0.2
    assert len(wave) == 12000
    assert 200e3 < width_99(wave, 3 * gsm.BAUD) < 280e3
    kinds = [SERVICES["gsm"](np.random.default_rng(seed), 0.05) for seed in range(40)]
    changing = [s for s in kinds if is_whole(s) and np.abs(s.samples).std() > 0.05]
    assert 1 <= len(changing) < 10


def test_dect_sends_in_slots_of_a_frame_of_10_ms():
    slot_s = dect.SLOT / dect.BAUD
    for seed in range(6):
        signal = SERVICES["dect"](np.random.default_rng(seed), 0.1)
        firsts = np.array([first for first, _ in signal.spans[1:]]) / signal.rate
        # Ends are late by a few samples.
        steps = np.diff(firsts) / slot_s
        np.testing.assert_allclose(steps, np.round(steps), atol=0.02)
        lengths = [(end - first) / signal.rate for first, end in signal.spans[1:-1]]
        assert all(80e-6 < length < 750e-6 for length in lengths)
    # An idle base: one short packet in 10 ms.
    idle = draw("dect", 0.1, in_bursts(80e-6, 100e-6))
    firsts = [first / idle.rate for first, _ in idle.spans[1:]]
    assert all(abs(b - a - 0.01) < 1e-6 for a, b in itertools.pairwise(firsts))


def test_dect_shifts_by_288_khz():
    signal = draw("dect", 0.02, in_bursts(350e-6, 500e-6))
    received = frequency(signal)[30:-30]
    top = np.quantile(np.abs(received - np.quantile(received, [0.05, 0.95]).mean()), 0.8)
    assert top == pytest.approx(288e3, rel=0.3)


def test_silence_repeats_a_frame_and_speech_changes():
    for seed in range(20):
        frames = Speech(np.random.default_rng(seed), 72).frames(400).reshape(400, 72)
        changed = np.sum(frames[1:] != frames[:-1], axis=1)
        assert changed.max() > 8
        assert np.mean(changed) < 50

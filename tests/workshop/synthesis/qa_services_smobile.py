# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mobile radio: widths, symbol rates, deviations, synchronisation and slots of the standards."""

import itertools

import numpy as np
import pytest
import scipy.signal
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio import (
    amateur_voice,
    dect,
    dmr,
    edge,
    gsm,
    nxdn,
    p25,
    paging,
)
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile import OTHERS, SERVICES
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile_content import (
    Speech,
    scramble,
)
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio.mobile_modem import (
    hex_bits,
    levels,
    make_pulse,
    raised_cosine,
    root_raised_cosine,
    shape,
)

from occupied import width_99

ALL = {**SERVICES, **OTHERS}


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
    "dstar": (4, 7),
    "ysf": (4.5, 12.5),
    "p25": (4.6, 13),
    "nxdn": (2.8, 11),
    "dpmr": (2.8, 5),
    "tetra": (20, 24),
    "pocsag": (4.5, 15),
    "gsm": (230, 280),
    "dect": (1000, 1500),
    "tetrapol": (6, 9),
    "m17": (7.5, 11.5),
}


@pytest.mark.parametrize("kind", WIDTHS_KHZ)
def test_a_signal_is_as_wide_as_its_standard_has_it(kind):
    low, high = WIDTHS_KHZ[kind]
    for seed in range(4):
        signal = ALL[kind](np.random.default_rng(seed), 0.1 if kind in ("gsm", "dect") else 0.8)
        assert low < width(signal) / 1e3 < high


@pytest.mark.parametrize(
    "kind, baud, outer",
    [("dmr", 4800, 1944), ("ysf", 4800, 2700), ("dpmr", 2400, 1050), ("m17", 4800, 2400)],
)
def test_four_levels_reach_their_deviation_at_their_rate(kind, baud, outer):
    signal = draw(kind, 2.0, lambda s: is_whole(s) and s.rate > 0 and kind != "ysf" or is_wide(s))
    received = frequency(signal)
    # Equally frequent levels of -3, -1, 1, 3 have a standard deviation of sqrt(5); deviations
    # differ by a fifth, and silence repeats its levels.
    assert received.std() * 3 / np.sqrt(5) == pytest.approx(outer, rel=0.3)
    found = line(np.diff(received) ** 2, signal.rate, 0.8 * baud, 1.2 * baud)
    assert found == pytest.approx(baud, rel=2e-3)


def is_wide(signal) -> bool:
    return is_whole(signal) and width(signal) > 8e3


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


def test_dstar_synchronises_each_21_frames():
    signal = draw("dstar", 2.0, is_whole)
    times = places(signal, 2.0 * amateur_voice._DSTAR_SYNC - 1, 4800)
    steps = np.diff(times) / 0.42
    assert len(times) >= 3
    np.testing.assert_allclose(steps, np.round(steps), atol=0.01)


@pytest.mark.parametrize(
    "kind, sync, baud, frame_s",
    [
        ("ysf", amateur_voice._FUSION_SYNC, 4800, 0.1),
        ("dpmr", nxdn._DPMR_FRAME, 2400, 0.16),
        ("m17", hex_bits("FF5D"), 4800, 0.04),
    ],
)
def test_frames_begin_with_their_synchronisation(kind, sync, baud, frame_s):
    signal = draw(kind, 2.0, is_whole)
    times = places(signal, levels(sync), baud)
    # Other symbols resemble a short pattern now and then; only the true ones lie on a grid.
    apart = (times[:, None] - times[None, :]) / frame_s
    on_a_grid = np.sum(np.abs(apart - np.round(apart)) < 0.01, axis=1).max()
    assert on_a_grid >= 0.8 * (2.0 / frame_s - 1)


def test_a_p25_unit_has_its_length_with_status_symbols():
    units = p25._Units(np.random.default_rng(1), True)
    bits_s = 9600
    lengths = {p25._HEADER: 82.5, p25._END: 15.0, p25._SPEECH_1: 180.0, p25._END_LINK: 45.0}
    for kind, milliseconds in lengths.items():
        unit = units.unit(kind, np.zeros(p25._SIZES[kind] - 112, np.int64))
        assert len(unit) / bits_s * 1e3 == pytest.approx(milliseconds)
        np.testing.assert_array_equal(unit[:48], p25.SYNC)
    control = units.unit(p25._SIGNALLING, np.zeros(3 * 196, np.int64))
    assert len(control) / bits_s == pytest.approx(0.075)


def test_p25_comes_with_and_without_a_constant_envelope():
    kinds = {}
    for seed in range(40):
        signal = SERVICES["p25"](np.random.default_rng(seed), 0.3)
        if is_whole(signal) and signal.rate == p25.RATE:
            constant = np.abs(signal.samples).std() < 1e-3
            kinds.setdefault(bool(constant), signal)
    shifts = frequency(kinds[True])
    assert shifts.std() * 3 / np.sqrt(5) == pytest.approx(1800, rel=0.35)
    assert 4.5e3 < width(kinds[False]) < 7e3
    # The envelope of pi/4-DQPSK has a line at its symbol rate.
    found = line(np.abs(kinds[False].samples) ** 2, p25.RATE, 4000, 5600)
    assert found == pytest.approx(4800, abs=5)


def test_nxdn_has_both_of_its_rates():
    rates = {SERVICES["nxdn"](np.random.default_rng(seed), 0.05).rate for seed in range(12)}
    assert rates == {4800.0 * 5, 2400.0 * 6}
    for rate, baud, outer in [(24000.0, 4800, 2400), (14400.0, 2400, 1050)]:
        signal = draw("nxdn", 2.0, lambda s, rate=rate: is_whole(s) and s.rate == rate)
        received = frequency(signal)
        assert received.std() * 3 / np.sqrt(5) == pytest.approx(outer, rel=0.3)
        found = line(np.diff(received) ** 2, rate, 0.8 * baud, 1.2 * baud)
        assert found == pytest.approx(baud, rel=2e-3)


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


def test_pagers_codewords_are_those_of_the_standard():
    idle = int("".join(map(str, paging.POCSAG_IDLE)), 2)
    np.testing.assert_array_equal(paging.codeword(idle >> 11), paging.POCSAG_IDLE)
    rng = np.random.default_rng(1)
    words = [paging.codeword(int(rng.integers(1 << 21))) for _ in range(20)]
    for one, other in itertools.combinations(words, 2):
        # The code has a distance of 5, with parity 6.
        assert np.sum(one != other) >= 6
    assert len(paging._batch(rng, 0.5)) == 544


def test_a_pager_transmission_begins_with_576_reversals():
    def has_preamble(signal):
        return signal.spans[0][0] > 0 and signal.spans[0][1] - signal.spans[0][0] > 0.8 * 38400

    signal = draw("pocsag", 2.0, has_preamble)
    received = frequency(signal)
    high = (received - np.quantile(received, [0.1, 0.9]).mean()) > 0
    turns = np.flatnonzero(np.diff(high.astype(int)))
    length = np.median(np.diff(turns[:500]))
    assert min(abs(signal.rate / length - baud) / baud for baud in (512, 1200, 2400)) < 0.05
    # Every bit is a turn.
    assert np.max(np.abs(np.diff(turns[:570]) - length)) <= 2


@pytest.mark.parametrize("mode", paging._FLEX_MODES.values())
def test_a_flex_frame_lasts_1_875_s(mode):
    def keyer(baud):
        return lambda symbols: np.zeros(round(len(symbols) / baud * 32e3))

    waves = paging._flex_frame(np.random.default_rng(1), mode, 0.5, keyer(1600), keyer(mode[0]))
    assert sum(map(len, waves)) / 32e3 == pytest.approx(1.875)


@pytest.mark.parametrize("kind", ["flex", "mpt1327", "edacs", "motorola_type2"])
def test_direct_fsk_keeps_its_envelope(kind):
    signal = draw(kind, 0.3)
    first, end = signal.spans[0]
    np.testing.assert_allclose(np.abs(signal.samples[first:end]), 1, atol=1e-3)


def test_silence_repeats_a_frame_and_speech_changes():
    for seed in range(20):
        frames = Speech(np.random.default_rng(seed), 72).frames(400).reshape(400, 72)
        changed = np.sum(frames[1:] != frames[:-1], axis=1)
        assert changed.max() > 8
        assert np.mean(changed) < 50


def test_the_scrambler_has_the_longest_period():
    white = scramble(1022, (0, 4), 0x1C9)
    np.testing.assert_array_equal(white[:511], white[511:])
    assert white[:511].sum() == 256

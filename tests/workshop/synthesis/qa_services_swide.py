# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cells, broadcasting, satellites and sondes: widths, rates, timing as their standards state."""

from dataclasses import replace

import numpy as np
import pytest
from gnuradio.rfattn_workshop.synthesis.lte import TDD
from gnuradio.rfattn_workshop.synthesis.services import BY_FORMAT
from gnuradio.rfattn_workshop.synthesis.services.parts import framing, shaping
from gnuradio.rfattn_workshop.synthesis.services.parts.ofdm import modulate
from gnuradio.rfattn_workshop.synthesis.services.space import (
    iridium,
    satellite_fsk,
    satellite_psk,
    wide_others,
)
from gnuradio.rfattn_workshop.synthesis.services.wide import digital_broadcast, lte, lte_grid
from gnuradio.rfattn_workshop.synthesis.waves.keying import Signal

SERVICES = lte.SERVICES | digital_broadcast.SERVICES | digital_broadcast.OTHERS


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


@pytest.mark.parametrize("name", ["lte_fdd", "lte_tdd"])
def test_a_cell_has_a_width_of_the_standard(name):
    widths = set()
    for seed in range(5):
        signal = SERVICES[name](np.random.default_rng(seed), 0.01)
        blocks = min(lte_grid.SIZES, key=lambda b: abs(180e3 * b - width(signal, 0.998)))
        # Resource blocks of 180 kHz; filters and idle edges take or add some percent.
        assert width(signal, 0.998) == pytest.approx(180e3 * blocks, rel=0.04)
        assert signal.rate == lte_grid.SIZES[blocks] * 15e3
        widths.add(blocks)
    assert len(widths) >= 3


def test_a_cell_of_a_long_scene_is_narrow():
    assert lte.lte_fdd(np.random.default_rng(1), 2.2).rate <= 5.76e6


def make_cell(tdd, **changes):
    cell = lte_grid.Cell.draw(np.random.default_rng(2), tdd, 6)
    return replace(cell, load=0.0, special=(10, 2), edge_db=-300.0, uplink_load=0.5, **changes)


@pytest.mark.parametrize("tdd", range(7))
def test_tdd_is_silent_in_uplink_subframes(tdd):
    rng = np.random.default_rng(1)
    wave = np.concatenate(
        [lte_grid._subframe(rng, make_cell(tdd), number, 128) for number in range(10)]
    )
    power = (np.abs(wave.reshape(10, 1920)) ** 2).sum(axis=1)
    kinds = "".join("U" if p < 1e-6 * power.max() else "D" for p in power)
    assert kinds == TDD[tdd].replace("S", "D")
    # A phone beside the receiver fills them.
    near = lte_grid._subframe(rng, replace(make_cell(tdd), edge_db=0.0, uplink_load=5.0), 2, 128)
    assert np.mean(np.abs(near) ** 2) > 0.01


def test_the_primary_synchronisation_comes_every_5_ms():
    cell = make_cell(None)
    wave = lte_grid.downlink(np.random.default_rng(1), cell, 2 * 19200)
    grid = np.zeros((1, 72), np.complex64)
    grid[0, 5:-5] = np.delete(lte_grid.zadoff_chu((25, 29, 34)[cell.sector], 63), 31)
    matches = np.abs(np.convolve(wave, modulate(grid, 128, 0)[::-1].conj(), "valid"))
    peaks = np.sort(np.argsort(matches)[-4:])
    assert np.all(np.diff(peaks) == 9600)


def test_an_idle_cell_repeats_its_references_every_frame():
    wave = lte_grid.downlink(np.random.default_rng(1), make_cell(None), 2 * 19200)
    first, again = wave[:19200], wave[19200:]
    # Half of the energy or more is in references and synchronisation signals.
    assert abs(np.vdot(first, again)) > 0.5 * np.vdot(first, first).real


def prefix_share(samples, lag):
    """Mean correlation with what comes ``lag`` samples later, of the mean power."""
    product = np.vdot(samples[:-lag], samples[lag:])
    return abs(product) / np.vdot(samples, samples).real


@pytest.mark.parametrize("seed", range(5))
def test_broadcasting_has_cyclic_prefixes(seed):
    rng = np.random.default_rng(seed)
    signal = digital_broadcast.dab(rng, 0.1)
    assert prefix_share(signal.samples, 3072) == pytest.approx(504 / 2552, abs=0.01)
    wave = digital_broadcast._symbols(rng, 140000, 1705, 3584, 896, 8, lambda *_: None)
    assert prefix_share(wave, 3584) == pytest.approx(0.2, abs=0.02)
    signal = digital_broadcast.dvbt(rng, 0.05)
    lags = [3584 * scale for scale in (1, 4, 8, 16)]
    assert max(prefix_share(signal.samples, lag) for lag in lags) > 0.007


def test_dab_pauses_1297_us_every_96_ms():
    signal = digital_broadcast.dab(np.random.default_rng(6), 0.4)
    power = np.convolve(np.abs(signal.samples) ** 2, np.ones(300) / 300, "same")
    quiet = np.flatnonzero(np.diff(np.concatenate([[0], power < 0.3, [0]]).astype(int)))
    runs = quiet.reshape(-1, 2)
    runs = runs[runs[:, 1] - runs[:, 0] > 3000]
    assert np.diff(runs[:, 0]) / signal.rate == pytest.approx(0.096, rel=1e-3)
    assert np.diff(runs, axis=1) / signal.rate == pytest.approx(1.297e-3, rel=0.05)


def test_dvbt_boosts_its_pilots(monkeypatch):
    seen = []

    def fill_ones(rng, count, carriers, size, guard, side, fill):
        grid = np.ones((4, carriers), np.complex64)
        fill(grid, 0)
        seen.append(grid)

    monkeypatch.setattr(digital_broadcast, "_symbols", fill_ones)
    digital_broadcast._first(np.random.default_rng(3), 1000)
    boosted = np.isclose(np.abs(seen[0]), 4 / 3)
    assert all(boosted[row, 3 * row :: 12].all() for row in range(4))
    # 1 in 12 scattered, and 45 in 1705 continual, some of which coincide.
    assert boosted.mean() == pytest.approx(0.106, abs=0.005)


def test_dvbt_pilots_lie_where_gnu_radio_puts_them(monkeypatch):
    dtv = pytest.importorskip("gnuradio.dtv")
    from gnuradio import blocks, gr

    source = blocks.vector_source_c([0j] * (4 * 1512), False, 1512)
    fixed = (dtv.MOD_64QAM, dtv.NH, dtv.C2_3, dtv.C2_3, dtv.GI_1_32, dtv.T2k, 0, 0)
    reference = dtv.dvbt_reference_signals(gr.sizeof_gr_complex, 1512, 2048, *fixed)
    sink = blocks.vector_sink_c(2048)
    top = gr.top_block()
    top.connect(source, reference, sink)
    top.run()
    theirs = np.fft.fft(np.array(sink.data()).reshape(4, 2048), axis=1)
    theirs = np.fft.fftshift(theirs, axes=1)[:, 172 : 172 + 1705]
    monkeypatch.setattr(digital_broadcast, "_symbols", lambda *a: a[-1])
    monkeypatch.setattr(digital_broadcast, "choice", lambda rng, options: options[0])
    ours = np.zeros((4, 1705), np.complex64)
    digital_broadcast._first(np.random.default_rng(1), 0)(ours, 0)
    theirs *= 4 / 3 / np.abs(theirs).max()
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-4)
    is_pilot = np.abs(theirs) > 1.3
    assert is_pilot.sum(axis=1).min() > 142
    assert ours[is_pilot] == pytest.approx(theirs[is_pilot], abs=1e-4)


@pytest.mark.parametrize(
    ("make", "mhz"),
    [
        ("dvbt", (5.71, 6.66, 7.61)),
        ("dvbt2", (5.83, 6.80, 7.77)),
        ("isdbt", (5.575,)),
        ("atsc", (5.7,)),
    ],
)
def test_broadcasting_has_the_width_of_a_channel(make, mhz):
    for seed in range(3):
        signal = SERVICES[make](np.random.default_rng(seed), 0.02)
        assert min(abs(width(signal, 0.998) / 1e6 / m - 1) for m in mhz) < 0.025


@pytest.mark.parametrize(
    ("make", "seconds", "bauds"),
    [
        (satellite_psk.orbcomm, 1.0, (4800,)),
        (iridium.iridium, 0.5, (25000,)),
        (wide_others.dvbs, 0.05, None),
    ],
)
def test_the_envelope_repeats_with_the_symbols(make, seconds, bauds):
    signal = make(np.random.default_rng(12), seconds)
    low, high = (0.7 * bauds[0], 1.4 * bauds[0]) if bauds else (0.5 * width(signal), width(signal))
    found = line(np.abs(signal.samples) ** 2, signal.rate, low, high)
    if bauds:
        assert found == pytest.approx(bauds[0], rel=1e-3)
    assert width(signal) == pytest.approx(found, rel=0.5)


def test_lrpt_is_as_wide_as_its_symbols_and_roll_off():
    for seed in range(5):
        signal = satellite_psk.lrpt(np.random.default_rng(seed), 0.3)
        # 72 or 80 kBd; 99 % lie within 1.6 times that, and more where the amplifier limits.
        assert 80e3 < width(signal) < 135e3


def test_the_turning_bpsk_of_aero_is_narrow():
    widths = set()
    for seed in range(30):
        signal = satellite_psk.inmarsat(np.random.default_rng(seed), 1.0)
        widths.add(round(width(signal, 0.95) / 100) * 100)
    assert min(widths) <= 700 and max(widths) >= 13000


def test_iridium_keeps_its_frames():
    for seed in range(12):
        signal = iridium.iridium(np.random.default_rng(seed), 1.0)
        whole = [(a, b) for a, b in signal.spans if a > 0 and b < len(signal.samples)]
        lengths = np.array([(b - a) / signal.rate for a, b in whole])
        assert np.all((lengths > 6.8e-3) & (lengths < 20.4e-3))
        assert all(abs(hz) <= 36e3 for hz in signal.centres)
        starts = np.array([a / signal.rate for a, _ in whole])
        apart = (starts - starts[0] + 0.045) % 0.09 - 0.045
        # The four slots of a group span 27 ms; paths differ by 0.3 ms.
        assert np.ptp(np.sort(apart)) < 0.07


def fsk_frequencies(signal):
    a, b = max(signal.spans, key=lambda span: span[1] - span[0])
    inner = signal.samples[a:b][len(signal.samples[a:b]) // 10 : -len(signal.samples[a:b]) // 10]
    return np.angle(inner[1:] * inner[:-1].conj()) / (2 * np.pi) * signal.rate, inner


@pytest.mark.parametrize("make", [satellite_fsk.sat_fsk, BY_FORMAT["DFM"]])
def test_frequency_shift_keying_has_a_constant_envelope(make):
    for seed in range(8):
        _, inner = fsk_frequencies(make(np.random.default_rng(seed), 0.3))
        assert np.std(np.abs(inner)) < 0.02 * np.mean(np.abs(inner))


@pytest.mark.parametrize(
    ("make", "least", "most"),
    [
        (BY_FORMAT["RS41"], 2100, 2700),
        (BY_FORMAT["DFM"], 2000, 3600),
        (BY_FORMAT["M10 and M20"], 3000, 6000),
    ],
)
def test_a_sonde_has_the_deviation_of_its_make(make, least, most):
    hz, _ = fsk_frequencies(make(np.random.default_rng(2), 1.0))
    low, high = np.quantile(hz, [0.04, 0.96])
    assert 0.85 * least < (high - low) / 2 < 1.15 * most


def test_a_distress_beacon_begins_with_its_carrier():
    signal = wide_others.beacon_406(np.random.default_rng(3), 2.0)
    a, b = signal.spans[0]
    assert 0.3 < (b - a) / signal.rate < 1.0
    hz, _ = fsk_frequencies(signal)
    assert np.abs(np.median(hz)) < 1500


def test_a_burst_longer_than_the_scene_fills_at_least_half_of_it():
    rate = 1000.0
    for seed in range(20):
        signal = shaping.transmit(
            np.random.default_rng(seed),
            1.0,
            rate,
            lambda: np.ones(5000, np.complex64),
            lambda: 9.0,
            0,
        )
        assert on_air(signal).mean() > 0.49


def test_shaped_symbols_come_back_from_the_matched_filter():
    symbols = np.exp(0.5j * np.pi * np.random.default_rng(1).integers(0, 4, 200))
    wave = shaping.shape(symbols, 1000.0, 8000.0, shaping.cosine(0.35), 10)
    assert len(wave) == 1600
    taps = shaping.cosine(0.35)(np.arange(-80, 81) / 8)
    found = np.convolve(wave, taps, "same")[4::8] / np.sum(taps**2)
    assert found[10:-10] == pytest.approx(symbols[10:-10], abs=0.02)


def test_a_shift_stays_within_a_tenth_of_the_rate():
    tone = Signal(np.ones(1000, np.complex64), 1000.0, ((0, 1000),))
    shifted = shaping.detune(tone, 400.0).samples
    hz = np.angle(shifted[1:] * shifted[:-1].conj()) / (2 * np.pi) * 1000
    assert hz == pytest.approx(100, abs=0.1)


def test_ofdm_repeats_the_end_of_a_symbol_before_it():
    grid = np.random.default_rng(1).standard_normal((3, 11)).astype(np.complex64)
    wave = modulate(grid, 32, 8).reshape(3, 40)
    assert wave[:, :8] == pytest.approx(wave[:, -8:])
    back = np.fft.fftshift(np.fft.fft(wave[:, 8:], axis=1), axes=1)[:, 16 - 5 : 16 + 6]
    assert back / np.sqrt(32) == pytest.approx(grid, abs=1e-5)
    # Without a carrier at 0 Hz for an even number, unless shifted by half a carrier.
    even = np.fft.fft(modulate(grid[:, :10], 32, 0).reshape(3, 32), axis=1)
    assert np.abs(even[:, 0]) == pytest.approx(0, abs=1e-4)


def test_scramblers_and_codes_are_the_standards():
    assert np.packbits(framing.ccsds_randomizer(40)).tolist() == [0xFF, 0x48, 0x0E, 0xC0, 0x9A]
    assert np.packbits(framing.pn9(24), bitorder="little").tolist() == [0xFF, 0xE1, 0x1D]
    data = np.random.default_rng(1).integers(0, 2, 300)
    sent = np.concatenate([np.zeros(17, int), framing.g3ruh(data)])
    assert np.array_equal(sent[17:] ^ sent[5:-12] ^ sent[:-17], data)
    impulse = framing.convolve(np.array([1, 0, 0, 0, 0, 0, 0]))
    assert impulse[::2].tolist() == [1, 1, 1, 1, 0, 0, 1]
    assert impulse[1::2].tolist() == [1, 0, 1, 1, 0, 1, 1]


def test_hdlc_has_six_ones_in_flags_only():
    sent = framing.hdlc(np.ones(40, int), 2)
    assert "".join(map(str, sent[16:-8])) == "111110" * 8
    assert "".join(map(str, sent[:16])) == "01111110" * 2

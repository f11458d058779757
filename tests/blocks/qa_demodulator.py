# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channel of an emission becomes what a program takes: demodulation, rate and format."""

import numpy as np
import pytest
from gnuradio.rfattn.blocks.parts.demodulator import ChannelQueue, Demodulator
from gnuradio.rfattn.decoding.decoder import Decoder

RATE, WIDTH = 25e3, 10e3
TIMES = np.arange(25_000) / RATE
TYPES = {"u8": "u1", "s16": "i2", "f32": "f4", "cu8": "u1", "cs16": "i2", "cf32": "c8"}


def demodulate(demodulation, sample_format, samples, rate=48000, level=1.0, offset=0.0):
    decoder = Decoder(
        name="my",
        folder="",
        labels=("dmr",),
        demodulation=demodulation,
        sample_rate=rate,
        sample_format=sample_format,
        command=("reader",),
    )
    queue, parts = ChannelQueue(2**20), []

    def write(data):
        parts.append(data)
        return True

    flowgraph = Demodulator(decoder, queue, write, RATE, offset, WIDTH, level)
    queue.put(samples.astype(np.complex64), False)
    queue.end()
    flowgraph.run()
    return np.frombuffer(b"".join(parts), TYPES[sample_format])


def tone(hz):
    return np.exp(2j * np.pi * hz * TIMES)


def middle(values):
    """Without what the filters need to settle."""
    return values[len(values) // 4 : -len(values) // 4].astype(values.dtype)


def strongest_hz(values, rate):
    spectrum = np.abs(np.fft.fft(values * np.hanning(len(values))))
    return np.fft.fftfreq(len(values), 1 / rate)[np.argmax(spectrum)]


@pytest.mark.parametrize(
    ("sample_format", "zero", "full"), [("cu8", 128, 127), ("cs16", 0, 32767), ("cf32", 0, 1)]
)
def test_iq_keeps_its_frequency_at_half_of_full_scale(sample_format, zero, full):
    values = demodulate("iq", sample_format, 0.02 * tone(2000.0), level=0.02)
    if sample_format != "cf32":
        pairs = (values.astype(float) - zero) / full
        values = pairs[::2] + 1j * pairs[1::2]
    assert len(values) == pytest.approx(48_000, abs=100)
    values = middle(values)
    assert strongest_hz(values, 48_000) == pytest.approx(2000.0, abs=4)
    np.testing.assert_allclose(np.abs(values), 0.5, atol=1.5 / max(full, 100))


@pytest.mark.parametrize(
    ("sample_format", "zero", "full"), [("u8", 128, 127), ("s16", 0, 32767), ("f32", 0, 1)]
)
def test_fm_is_full_at_the_edges(sample_format, zero, full):
    values = middle(demodulate("fm", sample_format, tone(2500.0)))
    np.testing.assert_allclose((values.astype(float) - zero) / full, 0.5, atol=0.005)
    beyond = middle(demodulate("fm", sample_format, tone(7000.0)))
    assert (beyond.astype(float) >= full * (1.0 if full > 1 else 1.39) + zero - 1).all()


def test_the_middle_of_the_emission_becomes_that_of_the_signal():
    values = middle(demodulate("fm", "f32", tone(2500.0 + 900.0), offset=900.0))
    np.testing.assert_allclose(values, 0.5, atol=1e-3)


def test_am_is_the_envelope_without_its_mean():
    values = demodulate("am", "f32", (1 + 0.5 * np.cos(2 * np.pi * 400 * TIMES)) * tone(100.0))
    values = middle(values)
    assert values.max() == pytest.approx(0.25, abs=0.01)  # of the level 0.5
    assert values.min() == pytest.approx(-0.25, abs=0.01)
    assert abs(strongest_hz(values, 48_000)) == pytest.approx(400.0, abs=4)


@pytest.mark.parametrize(("demodulation", "hz"), [("usb", 1800.0), ("lsb", 1200.0)])
def test_a_sideband_has_its_middle_at_1500_hz(demodulation, hz):
    values = middle(demodulate(demodulation, "f32", tone(300.0), rate=12_000))
    assert abs(strongest_hz(values, 12_000)) == pytest.approx(hz, abs=4)
    assert np.abs(values).max() == pytest.approx(0.5, abs=0.01)


def test_one_that_takes_no_more_ends_the_flowgraph():
    queue = ChannelQueue(100)
    decoder = Decoder(
        name="my",
        folder="",
        labels=("dmr",),
        demodulation="iq",
        sample_rate=25000,
        sample_format="cf32",
        command=("reader",),
    )
    flowgraph = Demodulator(decoder, queue, lambda data: False, RATE, 0.0, WIDTH, 1.0)
    assert queue.put(np.zeros(10_000, np.complex64), False)
    assert not queue.put(np.zeros(1, np.complex64), False)  # there is no room
    flowgraph.run()
    assert not queue.put(np.zeros(1, np.complex64), True) and queue.n_bytes == 0

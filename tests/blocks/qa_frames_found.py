# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What emission_extractor finds of the frames of generated signals, behind the detector."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.signals.waveform import carrier
from gnuradio.rfattn_workshop.synthesis.services import BY_FORMAT
from gnuradio.rfattn_workshop.synthesis.services.analogue_radio import (
    afsk_packets,
    broadcast,
    voice_radio,
)
from gnuradio.rfattn_workshop.synthesis.services.craft import ships, transponders
from gnuradio.rfattn_workshop.synthesis.services.mobile_radio import (
    dect,
    dmr,
    gsm,
    tetra,
)
from gnuradio.rfattn_workshop.synthesis.services.short_range import (
    short_range_ook,
    two_gigahertz,
)
from gnuradio.rfattn_workshop.synthesis.services.shortwave import hf_weak
from gnuradio.rfattn_workshop.synthesis.services.space import satellite_psk
from gnuradio.rfattn_workshop.synthesis.services.wide import lte_grid

from emission_messages import Collector
from emission_tags import emission_tag
from extractor_cut import of_width
from step_streams import run

RATE = 48000.0
OFFSET = 5e3
NOISE_DB = -25.0
SILENCE_S = 0.25  # in front and behind


def at_rate(signal):
    """The samples of a signal at `RATE`, by its spectrum."""
    count, before = round(len(signal.samples) * RATE / signal.rate), len(signal.samples)
    kept = min(count, before) // 2
    spectrum, found = np.fft.fft(signal.samples), np.zeros(count, complex)
    found[:kept], found[-kept:] = spectrum[:kept], spectrum[-kept:]
    return np.fft.ifft(found) * count / before


def with_noise(samples, seed=1, rate=RATE):
    """The samples at `OFFSET`, silence around them, in noise of `NOISE_DB` in the whole band."""
    power = np.mean(np.abs(samples[np.abs(samples) > 1e-3 * np.abs(samples).max()]) ** 2)
    moved = samples * carrier(OFFSET / rate, len(samples))
    padded = np.pad(moved, round(SILENCE_S * rate))
    noise = np.random.default_rng(seed).standard_normal((len(padded), 2)).view(complex).ravel()
    return (padded + np.sqrt(power / 2) * 10 ** (NOISE_DB / 20) * noise) * 0.1


class Found(NamedTuple):
    """An emission, and the format whose frames were found in it."""

    emission: Emission
    frames: str | None


def found_in(samples, frame_sync=True, rate=RATE):
    """What the messages of the extractor state, and the latest message of each emission."""
    source = blocks.vector_source_c(samples.astype(np.complex64).tolist())
    detector = rfattn.emission_detector(rate)
    extractor = rfattn.emission_extractor(rate, frame_sync=frame_sync)
    emissions, sink, tb = Collector("emissions"), Collector("findings"), gr.top_block()
    tb.connect(source, detector, extractor, blocks.null_sink(gr.sizeof_float * 64))
    tb.msg_connect(detector, "emissions", emissions, "emissions")
    tb.msg_connect(extractor, "findings", sink, "findings")
    run(tb)
    for collector in (emissions, sink):
        collector.drain()
    assert extractor.error() == ""
    latest = {emission.id: emission for emission in emissions.got}
    assert frame_sync or not sink.got
    return [Found(latest[message.id], message.frames) for message in sink.got if message.frames]


def test_tones_of_a_message_may_be_emissions_of_their_own():
    rate, baud, half = 12e3, 11025 / 4096, 120_000
    rng = np.random.default_rng(1)
    tones = np.where(hf_weak.JT65_SYNC == 1, 0, rng.integers(2, 66, 126))
    hertz = baud * tones[(np.arange(2 * half) * baud / rate).astype(int)]
    samples = np.exp(2j * np.pi * np.cumsum(hertz - 80.0) / rate).astype(np.complex64)
    first, second = of_width(20.0, -70.0), of_width(20.0, 60.0)
    tags = [
        emission_tag(0, id=1, burst_start=0, **first),
        emission_tag(half, id=2, burst_start=half, **second),
        emission_tag(half + 50, id=1, state="end", bursts=[(0, half)], burst_count=1, **first),
    ]

    def found_with(stream_tags):
        source = blocks.vector_source_c(samples.tolist(), False, 1, stream_tags)
        extractor = rfattn.emission_extractor(rate, frame_sync=True)
        sink, tb = Collector("findings"), gr.top_block()
        tb.connect(source, extractor, blocks.null_sink(gr.sizeof_float * 64))
        tb.msg_connect(extractor, "findings", sink, "findings")
        run(tb)
        sink.drain()
        return [(message.id, message.frames) for message in sink.got]

    assert (2, "JT65") in found_with(tags)
    assert found_with(tags[1:2]) == [(2, None)]  # it saw no more than half


FORMATS = {
    "DMR": (dmr.dmr, 2.0),
    "P25": (BY_FORMAT["P25"], 2.0),
    "YSF": (BY_FORMAT["YSF"], 2.0),
    "NXDN": (BY_FORMAT["NXDN"], 2.0),
    "dPMR": (BY_FORMAT["dPMR"], 3.0),
    "D-STAR": (BY_FORMAT["D-STAR"], 3.0),
    "POCSAG": (BY_FORMAT["POCSAG"], 6.0),
    "AIS": (ships.ais, 1.0),
    "RS41": (BY_FORMAT["RS41"], 2.0),
    "DFM": (BY_FORMAT["DFM"], 2.0),
    "TETRA": (tetra.tetra, 1.0),
    "ORBCOMM": (satellite_psk.orbcomm, 4.0),
    "FT8": (hf_weak.ft8, 16.0),
    "JS8": (hf_weak.js8, 16.0),
}


OTHERS = {
    "M17": (BY_FORMAT["M17"], 3.0),
    "M10": (BY_FORMAT["M10 and M20"], 3.0),
    "Meisei": (BY_FORMAT["Meisei and MRZ"], 3.0),
    "narrow FM": (voice_radio.nfm_voice, 3.0),
    "single sideband": (voice_radio.ssb, 3.0),
    "JT65": (hf_weak.jt65, 13.0),  # 35 symbols: too few to prove it
    "FT4": (hf_weak.ft4, 10.0),
}
SEEDS = (0, 1, 4, 7)


def formats_of(messages):
    return {message.frames for message in messages} - {None}


def found_in_generated(make, seconds, seeds=SEEDS):
    """The formats that are found with each seed."""
    signals = (make(np.random.default_rng(seed), seconds) for seed in seeds)
    return [formats_of(found_in(with_noise(at_rate(s)))) for s in signals]


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_of_a_standard_is_found_and_no_other(name):
    found = found_in_generated(*FORMATS[name])
    assert all(formats <= {name} for formats in found)
    assert sum(formats == {name} for formats in found) >= 3  # one may be too short, or begin late


@pytest.mark.parametrize("name", OTHERS)
def test_in_other_standards_no_format_is_found(name):
    assert found_in_generated(*OTHERS[name]) == [set()] * len(SEEDS)


def test_inmarsat_is_found_where_it_has_the_word_of_aero():
    found = found_in_generated(satellite_psk.inmarsat, 5.0, (1, 6, 12, 11, 0))
    # frames at 600 and 1200 Bd, bursts; Standard-C, and offset QPSK
    assert found == [{"Inmarsat Aero"}] * 3 + [set()] * 2


def found_near(make, seed):
    """Formats that are found, in the messages of the strongest emission."""
    signal = make(np.random.default_rng(seed), 1.0)
    messages = found_in(with_noise(signal.samples, rate=signal.rate), rate=signal.rate)
    strongest = max((m.emission for m in messages), key=lambda emission: emission.power_db)
    return [m.frames for m in messages if m.emission is strongest]


def test_frames_of_z_wave_are_found():
    found = [found_near(BY_FORMAT["Z-Wave"], seed)[-1] for seed in (1, 3, 5, 6)]
    # at 100 and 40 kBd, and 9.6 kBd with two symbols a bit.
    assert found == ["Z-Wave"] * 4


SOMETIMES = {
    "ACARS": (afsk_packets.acars, 0, 4.0),
    "AFSK HDLC": (afsk_packets.afsk1200, 2, 4.0),
    "BLE advertising": (two_gigahertz.ble, 6, 0.3),
    "DECT": (dect.dect, 0, 0.2),
    "FM stereo": (broadcast.wfm, 1, 0.6),
    "ERT": (short_range_ook.ert, 9, 0.5),
    "GSM": (gsm.gsm, 2, 0.3),
    "IEEE 802.15.4": (two_gigahertz.zigbee, 4, 0.2),
    "LRPT": (satellite_psk.lrpt, 0, 0.6),
    "Mode S": (transponders.mode_s, 0, 0.1),
}
"""What makes a signal of a standard that does not always have the format, a seed with which it has,
and seconds."""


@pytest.mark.parametrize("name", SOMETIMES)
def test_formats_that_some_transmitters_of_a_standard_send_are_found(name):
    make, seed, seconds = SOMETIMES[name]
    signal = make(np.random.default_rng(seed), seconds)
    messages = found_in(with_noise(signal.samples, rate=signal.rate), rate=signal.rate)
    assert formats_of(messages) == {name}


CELL_RATE = 1.92e6


def downlink(seed, tdd):
    """0.15 s of a cell of 1.4 MHz with much traffic."""
    rng = np.random.default_rng(seed)
    cell = replace(lte_grid.Cell.draw(rng, tdd, 6), load=1.0, broadcast=())
    samples = lte_grid.downlink(rng, cell, int(0.15 * CELL_RATE))
    return with_noise(samples, seed, CELL_RATE)


@pytest.mark.parametrize(("name", "tdd"), [("LTE FDD", None), ("LTE TDD", 2)])
def test_the_duplex_of_a_cell_is_found_by_its_synchronization_signals(name, tdd):
    found = [formats_of(found_in(downlink(seed, tdd), rate=CELL_RATE)) for seed in SEEDS]
    assert found == [{name}] * len(SEEDS)


def test_in_ofdm_without_synchronization_signals_no_cell_is_found(monkeypatch):
    monkeypatch.setattr(lte_grid, "_synchronisation", lambda *_: None)
    assert formats_of(found_in(downlink(1, None), rate=CELL_RATE)) == set()


def test_the_message_names_the_emission():
    samples = with_noise(at_rate(BY_FORMAT["DFM"](np.random.default_rng(1), 2.0)))
    message = next(m for m in found_in(samples) if m.frames)
    assert message.frames == "DFM"
    assert message.emission.freq_lower < OFFSET < message.emission.freq_upper
    assert found_in(samples, frame_sync=False) == []

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_extractor sends the bits of frames whose checksum is right."""

from collections import Counter

import numpy as np
import pytest
from gnuradio import blocks, gr, rfattn

import sent_frames
from emission_messages import Collector
from emission_tags import emission_tag
from step_streams import run

SILENCE_S = 0.25


def in_noise(signal, noise_db=-25.0):
    """The samples with silence around them, in noise of so much in the whole band."""
    samples = signal.samples
    power = np.mean(np.abs(samples[np.abs(samples) > 1e-3 * np.abs(samples).max()]) ** 2)
    padded = np.pad(samples, round(SILENCE_S * signal.rate))
    noise = np.random.default_rng(1).standard_normal((len(padded), 2)).view(complex).ravel()
    return (padded + np.sqrt(power / 2) * 10 ** (noise_db / 20) * noise) * 0.1


def read_in(samples, rate, emission=None, **settings):
    """The messages of the port frames, and the extractor, behind a detector or the tag of an
    emission."""
    found = [] if emission is None else [emission]
    source = blocks.vector_source_c(samples.astype(np.complex64).tolist(), False, 1, found)
    extractor = rfattn.emission_extractor(rate, **settings)
    sink, tb = Collector("frames"), gr.top_block()
    path = [source, rfattn.emission_detector(rate), extractor]
    if found:
        del path[1]
    tb.connect(*path, blocks.null_sink(gr.sizeof_float * 64))
    tb.msg_connect(extractor, "frames", sink, "frames")
    run(tb)
    sink.drain()
    assert extractor.error() == "" and sink.error is None
    return sink.got, extractor


SERVICES = {
    "AIS": (sent_frames.ais, 1.0),
    "AFSK HDLC": (sent_frames.afsk1200, 0.4),
    "Mode S": (sent_frames.mode_s, 1.0),
    "Z-Wave": (sent_frames.zwave, 1.0),
}
"""What sends them, and which share at least is read: some transmitters of tones distort."""


@pytest.mark.parametrize("name", SERVICES)
def test_the_bits_are_those_that_were_sent(name, monkeypatch):
    make, share = SERVICES[name]
    signal, sent = make(monkeypatch)
    frames, extractor = read_in(in_noise(signal), signal.rate, contents=True)
    assert {frame.format for frame in frames} == {name}
    assert Counter(frame.bits for frame in frames) <= Counter(sent)  # each once, and no other
    assert len(frames) >= share * len(sent) > 0
    starts = [frame.sample_start for frame in frames]
    assert starts == sorted({*starts})
    assert extractor.frames_dropped() == 0


def test_the_sample_is_where_the_frame_begins(monkeypatch):
    signal, sent = sent_frames.ais(monkeypatch)
    frames, _ = read_in(in_noise(signal), signal.rate, contents=True)
    # 6 bits of the ramp, the training and the flag are before it.
    before = (6 + 24 + 8) * signal.rate / 9600 + SILENCE_S * signal.rate
    starts = [start + before for start, _ in signal.spans]
    found = [frame.sample_start for frame in frames]
    assert found == pytest.approx(starts, abs=signal.rate / 9600)  # a symbol


def test_without_contents_no_frame_is_sent(monkeypatch):
    signal, _ = sent_frames.ais(monkeypatch)
    assert read_in(in_noise(signal), signal.rate, frame_sync=True)[0] == []


def test_more_than_a_thousand_frames_a_second_are_counted():
    rng = np.random.default_rng(1)
    data = np.concatenate([[1, 0, 0, 0, 1], rng.integers(0, 2, 83)])  # format 17
    bits = np.concatenate([data, sent_frames.transponders.parity(data)])
    chips = np.zeros(300)  # of half a microsecond
    chips[[0, 2, 7, 9]] = 1
    chips[16 + 2 * np.arange(112) + (1 - bits)] = 1
    samples = np.tile(chips, 1100) + 0.02 * rng.standard_normal(300 * 1100)
    tag = emission_tag(0, freq_lower=-0.7e6, freq_upper=0.7e6, burst_start=0)
    frames, extractor = read_in(samples, 2e6, tag, contents=True)
    assert {frame.bits for frame in frames} == {sent_frames.hexadecimal(bits)}
    assert len(frames) == 1000
    assert extractor.frames_dropped() == pytest.approx(100, abs=2)  # of those at both ends

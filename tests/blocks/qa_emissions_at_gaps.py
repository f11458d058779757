# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_detector and emission_extractor at gaps: what is cut, and which rates they take."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink

from step_streams import run

tags = rfattn.tags

RATE = 200_000
N_BINS = 64
HOP, FFT_SIZE = 32, 64
NOISE, SIGNAL = 0.003, 0.1  # amplitudes; the noise in a channel is 40 dB below a signal


def noise(n, rng):
    parts = rng.standard_normal((n, 2)) * (NOISE / np.sqrt(2))
    return parts.view(np.complex128).ravel()


def add_fsk(band, start, stop, centre, rng):
    """A burst of 8 kHz, two tones of 1600 symbols a second."""
    count, symbol = stop - start, RATE // 1600
    tones = rng.choice([-4000.0, 4000.0], count // symbol + 1).repeat(symbol)[:count]
    band[start:stop] += SIGNAL * np.exp(2j * np.pi / RATE * np.cumsum(centre + tones))


def add_carrier(band, start, stop, centre):
    band[start:stop] += SIGNAL * np.exp(2j * np.pi * centre / RATE * np.arange(start, stop))


def gap(offset, value, key="rx_freq"):
    made = gr.tag_t()
    made.offset, made.key, made.value = offset, pmt.intern(key), pmt.from_double(value)
    return made


def overflow(offset):
    made = gr.tag_t()
    made.offset, made.key = offset, pmt.intern("rx_time")
    made.value = pmt.make_tuple(pmt.from_uint64(100), pmt.from_double(0.25))
    return made


def entry(dictionary, name):
    return pmt.to_python(pmt.dict_ref(dictionary, pmt.intern(name), pmt.PMT_NIL))


class Cut:
    """The token runs, the I/Q and the counts of a band behind both blocks."""

    def __init__(self, band, gaps, **parameters):
        self.detector = rfattn.emission_detector(RATE)
        self.extractor = rfattn.emission_extractor(
            RATE, FFT_SIZE, HOP, N_BINS, max_snr_db=0.0, **parameters
        )
        source = blocks.vector_source_c(band.astype(np.complex64).tolist(), False, 1, gaps)
        sink, messages = blocks.vector_sink_f(N_BINS), blocks.message_debug()
        top = gr.top_block()
        top.connect(source, self.detector, self.extractor, sink)
        top.msg_connect(self.extractor, "samples", messages, "store")
        run(top)
        self.tokens = np.array(sink.data(), np.float32).reshape(-1, N_BINS)
        self.tags = sink.tags()
        self.messages = [messages.get_message(i) for i in range(messages.num_messages())]
        assert self.detector.error() == self.extractor.error() == ""

    def runs(self):
        """(emission's segment, first input sample, last one + 1, rx_freq, tokens) of each run."""
        found = [t for t in self.tags if pmt.symbol_to_string(t.key) == tags.SEGMENT]
        ends = [*(t.offset for t in found), len(self.tokens)][1:]
        for t, end in zip(found, ends, strict=True):
            tokens = self.tokens[t.offset : end]
            yield (*place(t.value, HOP * (len(tokens) - 1) + FFT_SIZE), tokens)

    def samples(self):
        """(emission's segment, first input sample, last one + 1, rx_freq) of each message."""
        for message in self.messages:
            yield place(pmt.car(message), pmt.length(pmt.cdr(message)))


def place(about, count):
    """Of so many samples of a channel, from sample_start of the dictionary on."""
    emission = pmt.dict_ref(about, pmt.intern(tags.KEY_EMISSION), pmt.PMT_NIL)
    start, ratio = entry(about, "sample_start"), RATE / entry(about, "rx_rate")
    edges = round(start * ratio, 6), round((start + count) * ratio, 6)
    return (entry(emission, "segment"), *edges, entry(about, "rx_freq"))


GAP = 100_000
SHAPES_MS = [(60, 30), (40, 10), (40, 0), (25, 0), (120, 5)]
"""How long before the gap a burst begins and ends."""
LOOKBACK_S = 0.5  # the detector needs 0.2 s of a segment before it finds what is on the air


@pytest.mark.parametrize(("begin_ms", "end_ms"), SHAPES_MS)
def test_a_burst_that_is_found_at_a_retune_is_cut_before_it(begin_ms, end_ms):
    """Behind the retune is a carrier at the same place in the band, which is another emission."""
    rng = np.random.default_rng(1)
    band = noise(3 * GAP // 2, rng)
    start, stop = GAP - begin_ms * RATE // 1000, GAP - end_ms * RATE // 1000
    add_fsk(band, start, stop, 30e3, rng)
    add_carrier(band, GAP, len(band), 30e3)
    found = Cut(band, [gap(0, 100e6), gap(GAP, 433e6)], samples=True, lookback_s=LOOKBACK_S)
    own = [part for part in found.runs() if part[0] == 0]
    assert sum(len(tokens) for *_, tokens in own) > 5
    begun, ended = min(part[1] for part in own), max(part[2] for part in own)
    assert begun < start and stop - 2000 < ended <= GAP  # 2000: a token of the narrowest channel
    assert max(tokens.max() for *_, tokens in own) > -35.0  # dBFS: the burst
    for segment, first, last, frequency in found.samples():
        assert abs(frequency - (433e6 if segment else 100e6)) < RATE / 2
        assert first >= GAP if segment else last <= GAP
    assert {segment for segment, *_ in found.samples()} == {0, 1}
    assert found.extractor.samples_missed() == 0


class Detections(MessageSink):
    """Keeps what a labeller states of each step."""

    TOPICS = ("detections",)

    def __init__(self):
        self.found = []
        MessageSink.__init__(self)

    def _receive(self, topic, message):
        self.found.append({k: message[k] for k in ("frequency", "time", "label", "confidence")})


def steps_before_the_gap(band):
    labeller = rfattn.signal_labeller(RATE, policy="block")
    detections, top = Detections(), gr.top_block()
    stated = [gap(0, 100e6), gap(GAP, 433e6)]
    source = blocks.vector_source_c(band.astype(np.complex64).tolist(), False, 1, stated)
    top.connect(source, labeller)
    top.msg_connect(labeller, "detections", detections, "detections")
    run(top)
    labeller.drain()
    detections.drain()
    return [step for step in detections.found if step["frequency"] < 200e6]


def test_what_is_behind_a_retune_does_not_change_the_label_of_what_was_before():
    rng = np.random.default_rng(1)
    quiet = noise(3 * GAP // 2, rng)
    add_fsk(quiet, GAP - RATE // 40, GAP, 30e3, rng)
    loud = quiet.copy()
    add_carrier(loud, GAP, len(loud), 30e3)
    steps = steps_before_the_gap(quiet)
    assert len(steps) == 3 and all(step["time"] < GAP / RATE for step in steps)
    assert steps_before_the_gap(loud) == steps


def random_scene(seed):
    """A band with up to three gaps, each with bursts just before it; the gaps' samples and tags."""
    rng = np.random.default_rng(seed)
    edges = [0]
    for _ in range(rng.integers(2, 5)):
        edges.append(edges[-1] + int(rng.integers(RATE // 4, RATE // 2)))
    band = noise(edges[-1], rng)
    for start, stop in zip(edges, edges[1:], strict=False):
        for slot in range(-3, 4):
            if rng.random() < 0.5:
                continue
            end = stop - int(rng.integers(0, RATE // 30) * rng.integers(0, 2))
            begin = max(start, end - int(rng.integers(RATE // 100, RATE // 5)))
            add_fsk(band, begin, end, slot * 25e3, rng)
    stated = [gap(0, 100e6)]
    for number, edge in enumerate(edges[1:-1], 1):
        stated.append(overflow(edge) if rng.random() < 0.3 else gap(edge, 100e6 + number * 1e6))
    return band, stated, edges


@pytest.mark.parametrize("lookback_s", [0.1, LOOKBACK_S])
@pytest.mark.parametrize("first", range(0, 12, 6))
def test_every_token_is_of_the_segment_of_its_emission(first, lookback_s):
    """With the longer lookback several segments are in the ring, and nothing is found too late."""
    count = 0
    for seed in range(first, first + 6):
        band, stated, edges = random_scene(seed)
        found = Cut(band, stated, samples=True, lookback_s=lookback_s)
        for segment, start, stop, _, tokens in found.runs():
            assert edges[segment] <= start and stop <= edges[segment + 1], (seed, segment)
            count += len(tokens)
        for segment, start, stop, _ in found.samples():
            assert edges[segment] <= start and stop <= edges[segment + 1], (seed, segment)
        assert lookback_s < LOOKBACK_S or found.extractor.samples_missed() == 0, seed
    assert count > 300


def error_at(make_block, rate):
    """Of a block of RATE whose samples state another rate."""
    block, top = make_block(RATE), gr.top_block()
    source = blocks.vector_source_c([0.0] * 2000, False, 1, [gap(0, rate, "rx_rate")])
    null = blocks.null_sink(block.output_signature().sizeof_stream_item(0))
    top.connect(source, block, null)
    run(top)
    return block.error()


BLOCKS = ("emission_detector", "emission_extractor")


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("difference", [0.0, 1e-12, -1e-9, 9e-7])
def test_a_rate_may_differ_in_its_last_digits(name, difference):
    assert error_at(getattr(rfattn, name), RATE * (1 + difference)) == ""


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("rate", ["96000", "199999.6", "200000.25"])
def test_another_rate_than_stated_ends_the_flowgraph(name, rate):
    rule = f"sample_rate must be that of the tag rx_rate, {rate} Hz, got 200000"
    assert error_at(getattr(rfattn, name), float(rate)) == f"{name}: {rule}"

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_extractor sends samples to who listens, of a channel of their own, and soon."""

import threading

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

from emission_tags import emission_tag
from extractor_cut import RATE, WIDTH, of_width
from message_keeper import MessageKeeper
from step_streams import run

N = 96_000
TONE_HZ = 1300.0
TONE = np.exp(2j * np.pi * TONE_HZ / RATE * np.arange(N)).astype(np.complex64)
TAGS = [emission_tag(0, burst_start=0, **of_width(WIDTH))]


def edges(*by_id):
    message = pmt.make_dict()
    for number, low, high in by_id:
        vector = pmt.init_f64vector(2, [low, high])
        message = pmt.dict_add(message, pmt.from_uint64(number), vector)
    return message


class gate(gr.sync_block):
    """Holds samples from ``first`` on until it is opened, 20 s at most."""

    def __init__(self, first):
        gr.sync_block.__init__(self, "gate", [np.complex64], [np.complex64])
        self._first, self.opened = first, threading.Event()

    def work(self, input_items, output_items):
        count = len(output_items[0])
        if not self.opened.is_set():
            count = min(count, self._first - self.nitems_written(0))
            if count == 0:
                self.opened.wait(20.0)
                count = len(output_items[0])
        output_items[0][:count] = input_items[0][:count]
        return count


def heard(
    listen=None, found=TAGS, block=None, value_of=lambda message: message, held=None, **parameters
):
    """Messages of port heard, and the tokens, of a tone in an emission with id 1."""
    block = block or rfattn.emission_extractor(RATE, **parameters)
    source = blocks.vector_source_c(TONE.tolist(), False, 1, list(found))
    sink, keeper = blocks.vector_sink_f(64), MessageKeeper(value_of)
    tb = gr.top_block()
    tb.connect(source, *([held] if held else []), block, sink)
    tb.msg_connect(block, "heard", keeper, "in")
    if listen is not None:
        block._post(pmt.intern("listen"), listen)
    run(tb, 4096)
    return keeper.found, np.array(sink.data()), block.error()


def read(messages):
    """(start, rate, centre, samples) of each."""
    found = []
    for message in messages:
        about = pmt.to_python(pmt.dict_delete(pmt.car(message), pmt.intern("emission")))
        samples = np.array(pmt.c32vector_elements(pmt.cdr(message)))
        found.append((about["sample_start"], about["rx_rate"], about["rx_freq"], samples))
    return found


@pytest.mark.parametrize("samples", [False, True])
def test_what_is_heard_is_as_wide_as_was_asked_for(samples):
    pieces = read(heard(edges((1, 200.0, 3200.0)), samples=samples)[0])
    (rate,) = {piece[1] for piece in pieces}
    (centre,) = {piece[2] for piece in pieces}
    assert rate == pytest.approx(6000.0, rel=0.15) and centre == pytest.approx(1700.0, abs=50)
    starts = [piece[0] for piece in pieces]
    ends = [start + len(piece[3]) for start, piece in zip(starts, pieces, strict=True)]
    assert starts[1:] == ends[:-1]  # without a gap, none twice
    assert max(len(piece[3]) for piece in pieces) < 0.02 * rate + 200
    assert ends[-1] / rate == pytest.approx(N / RATE, abs=0.02)
    got = np.concatenate([piece[3] for piece in pieces])[200:-200]
    at = (starts[0] + 200 + np.arange(len(got))) / rate
    np.testing.assert_allclose(got, np.exp(2j * np.pi * (TONE_HZ - centre) * at), atol=2e-3)


def test_without_a_listener_nothing_is_sent():
    assert heard()[0] == heard(edges((2, 200.0, 3200.0)))[0] == heard(edges())[0] == []


def test_tokens_do_not_depend_on_who_listens():
    np.testing.assert_array_equal(heard()[1], heard(edges((1, 200.0, 3200.0)))[1])


def test_of_pauses_nothing_is_heard():
    found = [
        emission_tag(0, burst_start=0, **of_width(WIDTH)),
        emission_tag(20_000, state="update", bursts=[(0, 20_000)], **of_width(WIDTH)),
        emission_tag(60_000, state="update", burst_start=60_000, **of_width(WIDTH)),
    ]
    pieces = read(heard(edges((1, 200.0, 3200.0)), found)[0])
    spans = [(start / rate, (start + len(part)) / rate) for start, rate, _, part in pieces]
    gaps = [
        (end, begin) for (_, end), (begin, _) in zip(spans, spans[1:], strict=False) if begin > end
    ]
    ((end, begin),) = gaps
    assert 20_000 / RATE <= end < 30_000 / RATE and 50_000 / RATE < begin <= 60_000 / RATE


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (pmt.PMT_T, "listen: must be a dictionary of edges by id, got #t"),
        (pmt.init_u64vector(1, [1]), "listen: must be a dictionary of edges by id"),
        (pmt.to_pmt({"a": 1}), "listen: must have a uint64 and a f64vector of two edges, got (a"),
        (edges((1, 5.0, 5.0)), "listen: edges must rise and be finite, got #[5."),
        (edges((1, 0.0, np.inf)), "listen: edges must rise and be finite"),
        (edges((1, np.nan, 1.0)), "listen: edges must rise and be finite"),
    ],
)
def test_anything_else_is_refused_and_ends_nothing(message, text, capfd):
    block = rfattn.emission_extractor(RATE)
    pieces, tokens, error = heard(message, block=block)
    assert error == "" and block.listens_refused() == 1 and pieces == [] and len(tokens)
    assert text in capfd.readouterr().out


def test_what_is_wider_than_the_band_is_heard_as_far_as_it_goes():
    (rate,) = {piece[1] for piece in read(heard(edges((1, -1e9, 1e9)))[0])}
    assert rate >= RATE
    assert heard(edges((1, RATE, 2 * RATE)))[0] == []


def test_another_channel_continues_where_the_one_before_ended():
    """Also when the extractor looks back, since the emission has moved."""
    moved = of_width(2 * WIDTH)
    found = [
        emission_tag(0, burst_start=0, **of_width(WIDTH)),
        emission_tag(40_000, state="update", burst_start=0, **moved),
    ]
    block, requests = rfattn.emission_extractor(RATE), iter([edges((1, 0.0, 4000.0))])
    held = gate(30_000)  # so that not all samples have passed when another width is asked for

    def widen(message):
        for request in requests:
            block._post(pmt.intern("listen"), request)
        held.opened.set()
        return message

    pieces = read(heard(edges((1, 200.0, 3200.0)), found, block, widen, held)[0])
    assert len({piece[1] for piece in pieces}) == 2
    times = [(start / rate, (start + len(part)) / rate) for start, rate, _, part in pieces]
    for (_, end), (begin, _) in zip(times, times[1:], strict=False):
        assert end == pytest.approx(begin, abs=0.02) and begin > end - 1e-3

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""token_scheduler: what passes and rests of interleaved streams, and what its tags state."""

import threading

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

from step_streams import FRONT_END, run, segment_tag, tag, vectors

tags = rfattn.tags

N_BINS, WINDOW = 4, 8
RATE = 40.0  # samples a second: with the 10 samples of a token of segment_tag, 4 tokens a second
SECOND = 4  # tokens
SETTINGS = {"first_rest_s": 1.0, "max_rest_s": 4.0}


def numbered(count):
    """Tokens whose every value is their number."""
    return np.repeat(np.arange(count, dtype=np.float32)[:, None], N_BINS, axis=1)


def end_tag(offset, stream):
    return tag(offset, tags.END, pmt.from_uint64(stream))


def arrival_tag(offset, ns):
    return tag(offset, tags.ARRIVAL, pmt.from_uint64(ns))


def detection(stream, confidence):
    return pmt.to_pmt({"stream": stream, "confidence": confidence, "label": "x"})


class Outcome:
    """What came out: numbers of the tokens, and (token, value) of the tags by key."""

    def __init__(self, count, stream_tags, max_items=100_000_000, messages=(), **parameters):
        self.block = rfattn.token_scheduler(N_BINS, WINDOW, **(SETTINGS | parameters))
        sink = blocks.vector_sink_f(N_BINS)
        tb = gr.top_block()
        tb.connect(vectors(numbered(count), list(stream_tags)), self.block, sink)
        for message in messages:
            self.block.to_basic_block()._post(pmt.intern("detections"), message)
        run(tb, max_items)
        self.tokens = np.array(sink.data(), int)[::N_BINS].tolist()
        self.tags = {}
        for found in sorted(sink.tags(), key=lambda t: t.offset):
            entries = self.tags.setdefault(pmt.symbol_to_string(found.key), [])
            entries.append((found.offset, pmt.to_python(found.value)))

    def segments(self, *names):
        return [
            (token, *(value[name] for name in names)) for token, value in self.tags[tags.SEGMENT]
        ]


def spans(*ranges):
    return [number for first, last in ranges for number in range(first, last)]


@pytest.mark.parametrize("max_items", [100_000_000, 1, 3])
def test_windows_and_growing_rests(max_items):
    stream = segment_tag(0, 5, 1000, stream=9, rx_rate=RATE, front_end=FRONT_END.to_dict())
    found = Outcome(72, [stream], max_items)
    # After a window a rest of 1 s, then 2 s, then 4 s twice.
    assert found.tokens == spans((0, 8), (12, 20), (28, 36), (52, 60))
    names = ("stream", "segment", "sample_start", "rested_tokens")
    assert found.segments(*names) == [
        (0, 9, 0, 1000, 0),
        (8, 9, 1, 1000 + 12 * 10, 4),
        (16, 9, 2, 1000 + 28 * 10, 12),
        (24, 9, 3, 1000 + 52 * 10, 28),
    ]
    counts = {"tokens_in": 72, "tokens_out": 32, "tokens_rested": 40}
    assert found.block.stream_counters(9) == counts
    assert {name: getattr(found.block, name)() for name in counts} == counts
    assert found.block.streams() == [9] and found.block.error() == ""


def test_a_segment_keeps_what_was_stated_upstream():
    stated = {"samples_per_token": 10, "token_samples": 10, "rx_rate": RATE, "rx_freq": 1e8}
    stated |= {"rx_time": (7, 0.5), "front_end": FRONT_END.to_dict(), "emission": {"id": 9}}
    stated |= {"features": ["width", "duty"]}
    names = ("rx_rate", "rx_freq", "rx_time", "front_end", "emission", "features")
    rest = {name: stated[name] for name in names}
    found = Outcome(13, [segment_tag(0, 0, 0, stream=9, **rest)])
    (_, first), (_, second) = found.tags[tags.SEGMENT]
    assert {name: first[name] for name in stated} == stated
    # Token 12 is at sample 120, 3 s later.
    assert {name: second[name] for name in stated} == stated | {"rx_time": (10, 0.5)}


def test_without_a_first_rest_everything_passes():
    found = Outcome(100, [], first_rest_s=0.0)
    assert found.tokens == list(range(100))
    assert found.segments("segment", "rested_tokens") == [(0, 0, 0)]
    assert found.block.tokens_rested() == 0 and found.block.streams() == [0]


@pytest.mark.parametrize("max_items", [100_000_000, 1, 5])
def test_interleaved_streams_continue_their_segments(max_items):
    """Two streams by turns, 5 tokens each: a whole look of each is one segment."""
    turns = [
        segment_tag(5 * turn, 0, 50 * (turn // 2), stream=1 + turn % 2, rx_rate=RATE)
        for turn in range(6)
    ]
    found = Outcome(30, turns, max_items)
    # Stream 1 has tokens 0-4, 10-14, 20-24. It looks at 8, rests for 4, looks again.
    assert found.tokens == spans((0, 5), (5, 10), (10, 13), (15, 18), (22, 25), (27, 30))
    assert found.segments("stream", "segment", "sample_start") == [
        (0, 1, 0, 0),
        (5, 2, 0, 0),
        (10, 1, 0, 50),
        (13, 2, 0, 50),
        (16, 1, 1, 120),
        (19, 2, 1, 120),
    ]
    assert found.block.stream_counters(2) == {
        "tokens_in": 15,
        "tokens_out": 11,
        "tokens_rested": 4,
    }
    assert (found.block.tokens_in(), found.block.tokens_rested()) == (30, 8)


@pytest.mark.parametrize("max_items", [100_000_000, 1])
def test_the_token_buffer_gets_whole_windows(max_items):
    """Steps of half a window: nothing is cut short, and the counts go with the steps."""
    turns = [
        segment_tag(3 * turn, 0, 30 * (turn // 2), stream=1 + turn % 2, rx_rate=RATE)
        for turn in range(16)
    ]
    scheduler = rfattn.token_scheduler(N_BINS, WINDOW, **SETTINGS)
    buffer = rfattn.token_buffer(N_BINS, WINDOW // 2, max_streams=2)
    sink = blocks.vector_sink_f(N_BINS)
    tb = gr.top_block()
    tb.connect(vectors(numbered(48), turns), scheduler, buffer, sink)
    run(tb, max_items)
    assert buffer.tokens_in() == scheduler.tokens_out() == 32
    assert buffer.tokens_incomplete() == 0 and scheduler.tokens_rested() == 16
    steps = [pmt.to_python(found.value) for found in sink.tags()]
    by_stream = {
        stream: [(s["segment"], s["sample_start"]) for s in steps if s["stream"] == stream]
        for stream in (1, 2)
    }
    assert by_stream[1] == by_stream[2] == [(0, 0), (0, 40), (1, 120), (1, 160)]
    # 4 tokens of each stream after its first window, and one of stream 1 after its second.
    assert max(step["rested_tokens"] for step in steps) == 9


def test_a_look_spans_the_pause_between_two_bursts():
    """The segment keeps its number after a pause; the step that spans it is whole."""
    bursts = [segment_tag(0, 3, 0, rx_rate=RATE), segment_tag(6, 3, 500, rx_rate=RATE)]
    scheduler = rfattn.token_scheduler(N_BINS, WINDOW, **SETTINGS)
    buffer, sink = rfattn.token_buffer(N_BINS, WINDOW // 2), blocks.vector_sink_f(N_BINS)
    tb = gr.top_block()
    tb.connect(vectors(numbered(16), bursts), scheduler, buffer, sink)
    run(tb)
    assert np.array(sink.data(), int)[::N_BINS].tolist() == spans((0, 8), (12, 16))
    steps = [pmt.to_python(found.value) for found in sink.tags()]
    names = ("segment", "sample_start", "sample_count")
    assert [tuple(step[name] for name in names) for step in steps] == [
        (0, 0, 40),
        (0, 40, 480),  # to the end of the second token of the second burst
        (1, 560, 40),
    ]


def test_a_segment_that_begins_within_a_look_begins_it_again():
    stream = [segment_tag(0, 0, 0, rx_rate=RATE), segment_tag(5, 1, 500, rx_rate=RATE)]
    found = Outcome(20, stream)
    assert found.tokens == spans((0, 13), (17, 20))
    assert found.segments("segment", "sample_start") == [(0, 0, 0), (5, 1, 500), (13, 2, 620)]


def test_a_stream_that_ended_is_forgotten_and_may_return():
    """Its end goes with the next token that passes, before what begins there."""
    stream = [
        segment_tag(0, 0, 0, stream=1, rx_rate=RATE),
        end_tag(10, 1),
        segment_tag(10, 0, 0, stream=2, rx_rate=RATE),
        end_tag(20, 2),
        segment_tag(20, 3, 900, stream=1, rx_rate=RATE),
    ]
    found = Outcome(24, stream)
    assert found.tokens == spans((0, 8), (10, 18), (20, 24))
    assert found.tags[tags.END] == [(8, 1), (16, 2)]
    assert found.segments("stream", "segment", "sample_start") == [
        (0, 1, 0, 0),
        (8, 2, 0, 0),
        (16, 1, 0, 900),
    ]
    assert found.block.streams() == [1]
    assert found.block.stream_counters(1)["tokens_in"] == 4
    assert (found.block.tokens_in(), found.block.tokens_out()) == (24, 20)
    with pytest.raises(
        ValueError,
        match="token_scheduler: stream must be one that came and has not ended, got 2",
    ):
        found.block.stream_counters(2)


def test_many_streams_that_end_leave_nothing():
    stream = []
    for number in range(500):
        stream += [segment_tag(2 * number, 0, 0, stream=number, rx_rate=RATE)]
        stream += [end_tag(2 * number + 2, number)] if number < 499 else []
    found = Outcome(1000, stream)
    assert found.block.streams() == [499] and found.block.tokens_in() == 1000


def test_the_arrival_goes_with_the_tokens_that_pass():
    stream = [segment_tag(0, 0, 0, rx_rate=RATE)]
    stream += [arrival_tag(token, 100 + token) for token in (0, 4, 9, 11)]
    found = Outcome(14, stream)
    assert found.tags[tags.ARRIVAL] == [(0, 100), (4, 104), (8, 111)]


class labelled(gr.sync_block):
    """The tokens of one stream; a label comes when `after` of them have left."""

    def __init__(self, count, confidence, after):
        gr.sync_block.__init__(self, "labelled", None, [(np.float32, N_BINS)])
        self.rows, self.after, self.confidence = numbered(count), after, confidence
        self.sent, self.judged = 0, threading.Event()
        self.scheduler = None
        self.message_port_register_out(pmt.intern("detections"))

    def start(self):
        self.add_item_tag(0, 0, *self._first())
        return True

    def _first(self):
        first = segment_tag(0, 0, 0, stream=6, rx_rate=RATE)
        return first.key, first.value

    def work(self, input_items, output_items):
        if self.sent == len(self.rows):
            return -1
        if self.sent == self.after and not self.judged.is_set():
            self._judge()
        until = self.after if self.sent < self.after else len(self.rows)
        count = min(until - self.sent, len(output_items[0]))
        output_items[0][:count] = self.rows[self.sent : self.sent + count]
        self.sent += count
        return count

    def _judge(self):
        """Posts the label when all tokens before it were taken. The block takes its messages
        before its next tokens."""
        while self.scheduler.tokens_in() < self.after:
            threading.Event().wait(0.001)
        message = detection(6, self.confidence)
        self.scheduler.to_basic_block()._post(pmt.intern("detections"), message)
        self.judged.set()


def labelled_tokens(confidence, after, count=60):
    scheduler = rfattn.token_scheduler(N_BINS, WINDOW, **SETTINGS)
    source, sink = labelled(count, confidence, after), blocks.vector_sink_f(N_BINS)
    source.scheduler = scheduler
    tb = gr.top_block()
    tb.connect(source, scheduler, sink)
    run(tb)
    return np.array(sink.data(), int)[::N_BINS].tolist()


def test_a_doubtful_label_keeps_the_rests_short():
    assert labelled_tokens(0.5, after=20) == spans((0, 8), (12, 20), (24, 32), (36, 44), (48, 56))


def test_a_doubtful_label_ends_a_long_rest():
    """The second rest is 8 tokens long; the label comes after 6 of them."""
    assert labelled_tokens(0.79, after=26, count=40) == spans((0, 8), (12, 20), (26, 34), (38, 40))


def test_a_sure_label_changes_nothing():
    assert labelled_tokens(0.8, after=20) == spans((0, 8), (12, 20), (28, 36), (52, 60))


def test_a_label_of_an_unknown_stream_changes_nothing():
    messages = [detection(77, 0.1)]
    found = Outcome(30, [segment_tag(0, 0, 0, rx_rate=RATE)], messages=messages)
    assert found.tokens == spans((0, 8), (12, 20), (28, 30)) and found.block.streams() == [0]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (pmt.to_pmt({"stream": 0}), "entry confidence must be a finite double, got ()"),
        (pmt.to_pmt({"stream": -1, "confidence": 0.1}), "entry stream must be a uint64, got -1"),
        (pmt.intern("text"), "the value must be a dictionary, got text"),
        (pmt.PMT_NIL, "the value must be a dictionary, got ()"),
    ],
)
def test_what_is_no_label_ends_the_flowgraph(message, error):
    found = Outcome(30, [segment_tag(0, 0, 0, rx_rate=RATE)], messages=[message])
    assert found.block.error() == f"detections: {error}"


def test_tokens_without_a_rate_end_the_flowgraph():
    found = Outcome(30, [segment_tag(0, 0, 0, stream=3)])
    assert found.tokens == []
    assert found.block.error() == (
        "token_scheduler: rx_rate of a segment must be stated, unless first_rest_s is 0, "
        "got none for stream 3"
    )


@pytest.mark.parametrize(("n_bins", "items"), [(64, 16), (72, 128), (128, 8)])
def test_the_buffer_fills_whole_pages(n_bins, items):
    """GNU Radio warns of every other size."""
    assert rfattn.token_scheduler(n_bins, WINDOW).max_output_buffer(0) == items


def test_a_second_run_begins_anew():
    block, sink = rfattn.token_scheduler(N_BINS, WINDOW, **SETTINGS), blocks.vector_sink_f(N_BINS)
    source = vectors(numbered(14), [segment_tag(0, 0, 0, rx_rate=RATE)])
    tb = gr.top_block()
    tb.connect(source, block, sink)
    for _ in range(2):
        source.rewind()
        sink.reset()
        run(tb)
        assert np.array(sink.data(), int)[::N_BINS].tolist() == spans((0, 8), (12, 14))
        assert block.tokens_in() == 14


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_bins": 0}, "n_bins must be >= 1, got 0"),
        ({"window": 0}, "window must be >= 1, got 0"),
        ({"first_rest_s": -1.0}, "first_rest_s must be >= 0, got -1"),
        ({"first_rest_s": float("nan")}, "first_rest_s must be finite, got nan"),
        ({"max_rest_s": 0.5}, "max_rest_s must be >= first_rest_s, 1, got 0.5"),
        ({"max_rest_s": float("inf")}, "max_rest_s must be finite, got inf"),
        ({"confidence": 1.5}, "confidence must be 0 to 1, got 1.5"),
        ({"confidence": float("nan")}, "confidence must be 0 to 1, got nan"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=f"token_scheduler: {message}"):
        rfattn.token_scheduler(**({"n_bins": 4, "window": 8} | arguments))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""token_buffer against hand-made lists, stalled neighbours, ends, stops, restarts, refusals."""

import faulthandler
import threading
import time

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

tags = rfattn.tags

N_BINS = 4
DEADLINE_S = 20  # reached only where something hangs
POLICIES = ["block", "drop"]


@pytest.fixture(autouse=True)
def no_test_hangs():
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def numbered(first, last):
    """Tokens whose every value is their number."""
    return [float(n) for n in range(first, last) for _ in range(N_BINS)]


def numbers(sink):
    tokens = np.array(sink.data(), int).reshape(-1, N_BINS)
    assert (tokens == tokens[:, :1]).all()
    return tokens[:, 0].tolist()


def tag(offset, key, value):
    made = gr.tag_t()
    made.offset, made.key, made.value = offset, pmt.intern(key), value
    return made


def segment_tag(offset, sample_start, **entries):
    value = pmt.make_dict()
    counts = {tags.KEY_SAMPLES_PER_TOKEN: 10, tags.KEY_TOKEN_SAMPLES: 16}
    for key, number in (counts | {tags.KEY_SAMPLE_START: sample_start}).items():
        value = pmt.dict_add(value, pmt.intern(key), pmt.from_uint64(number))
    for key, entry in entries.items():
        value = pmt.dict_add(value, pmt.intern(key), entry)
    return tag(offset, tags.SEGMENT, value)


def arrival_tag(offset, ns):
    return tag(offset, tags.ARRIVAL, pmt.from_uint64(ns))


def steps_of(sink):
    """(offset, dictionary) of each STEP tag; there is no other tag."""
    assert {pmt.to_python(t.key) for t in sink.tags()} <= {tags.STEP}
    return [(t.offset, pmt.to_python(t.value)) for t in sorted(sink.tags(), key=lambda t: t.offset)]


def run(n_tokens, block_size, stream_tags=(), chunk=100_000, **parameters):
    source = blocks.vector_source_f(numbered(0, n_tokens), False, N_BINS, list(stream_tags))
    buffer = rfattn.token_buffer(N_BINS, block_size, **parameters)
    sink = blocks.vector_sink_f(N_BINS)
    top = gr.top_block()
    top.connect(source, buffer, sink)
    top.run(chunk)
    assert_balanced(buffer)
    return buffer, sink


def assert_balanced(buffer):
    accounted = buffer.tokens_out() + buffer.tokens_dropped()
    accounted += buffer.tokens_incomplete() + buffer.tokens_waiting()
    assert buffer.tokens_in() == accounted


def wait_until(holds):
    give_up = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < give_up, "gave up waiting"
        threading.Event().wait(0.001)


class counting_source(gr.sync_block):
    """Numbered tokens, `total` of them or without end; sets `done` when all were produced."""

    def __init__(self, total=None, stalled=False):
        gr.sync_block.__init__(self, "counting_source", None, [(np.float32, N_BINS)])
        self.total = total
        self.count = 0
        self.done = threading.Event()
        self.release = threading.Event()
        if not stalled:
            self.release.set()

    def work(self, input_items, output_items):
        self.release.wait(DEADLINE_S)
        out = output_items[0]
        n = len(out) if self.total is None else min(len(out), self.total - self.count)
        if n == 0:
            self.done.set()
            return -1
        out[:n] = np.arange(self.count, self.count + n)[:, None]
        self.count += n
        return n


class stalled_sink(gr.sync_block):
    """Takes nothing until `release` is set; keeps the numbers and STEP tags it got."""

    def __init__(self):
        gr.sync_block.__init__(self, "stalled_sink", [(np.float32, N_BINS)], None)
        self.release = threading.Event()
        self.timed_out = False
        self.numbers, self.steps = [], []

    def work(self, input_items, output_items):
        self.timed_out |= not self.release.wait(DEADLINE_S)
        first = self.nitems_read(0)
        found = self.get_tags_in_window(0, 0, len(input_items[0]), pmt.intern(tags.STEP))
        self.steps += [(t.offset, pmt.to_python(t.value)) for t in found]
        self.numbers += input_items[0][:, 0].astype(int).tolist()
        assert first + len(input_items[0]) == len(self.numbers)
        return len(input_items[0])


# Order, steps and tags


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("block_size", [1, 3, 64])
@pytest.mark.parametrize("n_tokens", [0, 2, 64, 200])
def test_whole_steps_come_out_in_order_and_the_end_drains(policy, block_size, n_tokens):
    buffer, sink = run(n_tokens, block_size, capacity=200, policy=policy)
    whole = n_tokens - n_tokens % block_size
    assert numbers(sink) == list(range(whole))
    assert (buffer.tokens_in(), buffer.tokens_out()) == (n_tokens, whole)
    assert (buffer.tokens_dropped(), buffer.tokens_incomplete()) == (0, n_tokens % block_size)
    assert (buffer.tokens_waiting(), buffer.steps_queued()) == (0, 0)
    assert [offset for offset, _ in steps_of(sink)] == list(range(0, whole, block_size))


@pytest.mark.parametrize("chunk", [1, 5, 100_000])
@pytest.mark.parametrize("capacity", [1, 2, 16])
def test_block_loses_nothing_and_is_deterministic(chunk, capacity):
    """One item a call and the default give the same items and the same tags."""
    stream_tags = [segment_tag(0, 1000), arrival_tag(0, 5), segment_tag(101, 9000)]
    buffer, sink = run(200, 3, stream_tags, chunk, capacity=capacity)
    assert numbers(sink) == [*range(99), *range(101, 200)]
    assert buffer.tokens_dropped() == 0 and buffer.tokens_incomplete() == 2
    found = [(s["segment"], s["sample_start"], s["arrival_ns"]) for _, s in steps_of(sink)]
    assert found == [(0, 1000 + 10 * n, 5) for n in range(0, 99, 3)] + [
        (1, 9000 + 10 * n, 5) for n in range(0, 99, 3)
    ]


def test_step_tag_tells_all_of_its_segment():
    entries = {
        "retunes": pmt.from_uint64(2),
        "overflows": pmt.from_uint64(3),
        "rx_rate": pmt.from_double(100.0),
        "rx_freq": pmt.from_double(5e6),
        "rx_time": pmt.make_tuple(pmt.from_uint64(7), pmt.from_double(0.75)),
    }
    _, sink = run(8, 4, [segment_tag(0, 1000, **entries), arrival_tag(0, 11), arrival_tag(7, 12)])
    (_, first), (offset, second) = steps_of(sink)
    assert offset == 4
    assert second.pop("rx_time") == (8, pytest.approx(0.15))  # 40 samples at 100 Hz later
    assert first.pop("queued_steps") in (0, 1) and second.pop("queued_steps") == 0
    assert first == {
        "segment": 0,
        "sample_start": 1000,
        "sample_count": 3 * 10 + 16,
        "arrival_ns": 11,
        "dropped_tokens": 0,
        "retunes": 2,
        "overflows": 3,
        "rx_rate": 100.0,
        "rx_freq": 5e6,
        "rx_time": (7, 0.75),
    }
    assert second == {
        "segment": 0,
        "sample_start": 1040,
        "sample_count": 46,
        "arrival_ns": 12,
        "dropped_tokens": 0,
        "retunes": 2,
        "overflows": 3,
        "rx_rate": 100.0,
        "rx_freq": 5e6,
    }


def test_a_bare_token_stream_counts_tokens_and_stamps_them_itself():
    before = time.monotonic_ns()
    _, sink = run(6, 3)
    after = time.monotonic_ns()
    for number, (_, step) in enumerate(steps_of(sink)):
        assert before < step.pop("arrival_ns") < after
        del step["queued_steps"]
        assert step == {
            "segment": 0,
            "sample_start": 3 * number,
            "sample_count": 3,
            "dropped_tokens": 0,
            "retunes": 0,
            "overflows": 0,
        }


@pytest.mark.parametrize("gap", [1, 2, 3, 4, 5])
def test_a_gap_mid_step_discards_the_partial_step(gap):
    buffer, sink = run(9, 3, [segment_tag(0, 0), segment_tag(gap, 500), segment_tag(gap, 700)])
    cut = gap - gap % 3
    rest = list(range(gap, 9))
    assert numbers(sink) == list(range(cut)) + rest[: len(rest) - len(rest) % 3]
    assert buffer.tokens_incomplete() == gap % 3 + len(rest) % 3
    assert [s["sample_start"] for _, s in steps_of(sink)][cut // 3] == 700
    assert [s["segment"] for _, s in steps_of(sink)][-1] == 1  # two tags, one gap


def test_behind_power_spectrum_a_step_has_its_samples():
    time_tag = tag(100, "rx_freq", pmt.from_double(1e6))
    source = blocks.vector_source_c([1j] * 400, False, 1, [time_tag])
    spectra = rfattn.power_spectrum(fft_size=16, hop=8, n_bins=N_BINS, averaging=2)
    buffer, sink = rfattn.token_buffer(N_BINS, 2), blocks.vector_sink_f(N_BINS)
    top = gr.top_block()
    top.connect(source, spectra, buffer, sink)
    top.run()
    steps = [step for _, step in steps_of(sink)]
    assert [s["sample_start"] for s in steps] == [0, 32, *range(100, 400 - 40 + 1, 32)]
    assert {s["sample_count"] for s in steps} == {16 + 24}
    assert [s["segment"] for s in steps] == [0, 0] + [1] * (len(steps) - 2)
    assert [s.get("rx_freq") for s in steps] == [None] * 2 + [1e6] * (len(steps) - 2)


# Stalls


def test_drop_never_waits_for_a_stalled_reader():
    """All tokens go in while the reader takes nothing at all; then the reader goes on."""
    total, block_size, capacity = 50_001, 4, 2
    source = counting_source(total)
    buffer = rfattn.token_buffer(N_BINS, block_size, capacity, "drop")
    sink = stalled_sink()
    top = gr.top_block()
    top.connect(source, buffer, sink)
    top.start()
    wait_until(lambda: buffer.tokens_in() == total)
    sink.release.set()
    top.wait()

    assert not sink.timed_out and source.count == total
    assert_balanced(buffer)
    assert buffer.tokens_in() == total and buffer.tokens_incomplete() == 1
    assert buffer.tokens_out() == len(sink.numbers)
    # One step is at the reader, and none waits at the output, whatever the page has room for.
    assert buffer.tokens_out() == (1 + capacity) * block_size
    assert [offset for offset, _ in sink.steps] == list(range(0, len(sink.numbers), block_size))
    for offset, step in sink.steps:
        first = offset + step["dropped_tokens"]
        assert sink.numbers[offset : offset + block_size] == list(range(first, first + block_size))
        assert step["sample_start"] == first
        assert step["segment"] == step["dropped_tokens"] // block_size
        assert step["queued_steps"] < capacity
    assert sink.numbers[-1] == total - 2  # the newest whole step is never dropped


def test_block_makes_the_source_wait_for_a_stalled_reader():
    total = 20_000
    source = counting_source(total)
    buffer = rfattn.token_buffer(N_BINS, 4, 2, "block")
    sink = stalled_sink()
    top = gr.top_block()
    top.connect(source, buffer, sink)
    top.start()
    wait_until(lambda: buffer.steps_queued() == 2)
    assert not source.done.is_set()
    sink.release.set()
    top.wait()
    assert not sink.timed_out
    assert sink.numbers == list(range(total)) and buffer.tokens_dropped() == 0


# Ends, stops, restarts


def test_a_step_of_a_slow_source_does_not_wait_for_the_next():
    """GNU Radio rests a source that had nothing for 250 ms."""
    sink = arrival_watcher()
    source = blocks.vector_source_f(numbered(0, 96), False, N_BINS)
    pace = blocks.throttle(4 * N_BINS, 80, True, 8)  # a step each 100 ms
    buffer = rfattn.token_buffer(N_BINS, 8)
    top = gr.top_block()
    top.connect(source, pace, buffer, sink)
    top.run()
    assert len(sink.waits_ms) == 12
    assert np.median(sink.waits_ms) < 50  # with the rest 100, without it 1


class arrival_watcher(gr.sync_block):
    """How long after its arrival each step comes."""

    def __init__(self):
        gr.sync_block.__init__(self, "arrival_watcher", [(np.float32, N_BINS)], None)
        self.waits_ms = []

    def work(self, input_items, output_items):
        for found in self.get_tags_in_window(0, 0, len(input_items[0])):
            arrival_ns = pmt.to_python(found.value)["arrival_ns"]
            self.waits_ms.append((time.monotonic_ns() - arrival_ns) / 1e6)
        return len(input_items[0])


@pytest.mark.parametrize("policy", POLICIES)
def test_a_reader_that_ends_ends_the_source(policy):
    source, head = blocks.null_source(4 * N_BINS), blocks.head(4 * N_BINS, 40)
    buffer = rfattn.token_buffer(N_BINS, 4, 2, policy)
    top = gr.top_block()
    top.connect(source, buffer, head, blocks.null_sink(4 * N_BINS))
    top.run()
    assert buffer.tokens_out() >= 40
    assert_balanced(buffer)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("stalled", ["reader", "source", "none"])
def test_stop_is_prompt_in_every_state(policy, stalled):
    source, sink = counting_source(stalled=stalled == "source"), stalled_sink()
    if stalled != "reader":
        sink.release.set()
    buffer = rfattn.token_buffer(N_BINS, 4, 2, policy)
    top = gr.top_block()
    top.connect(source, buffer, sink)
    top.start()
    if stalled == "reader":
        wait_until(lambda: buffer.steps_queued() == 2)
    elif stalled == "none":
        wait_until(lambda: len(sink.numbers) > 0)
    began = time.monotonic()
    top.stop()
    source.release.set()
    sink.release.set()
    top.wait()
    assert time.monotonic() - began < DEADLINE_S / 4
    assert not sink.timed_out
    assert_balanced(buffer)


@pytest.mark.parametrize("policy", POLICIES)
def test_each_start_begins_empty(policy):
    source = blocks.vector_source_f(numbered(0, 50), False, N_BINS, [segment_tag(10, 0)])
    buffer = rfattn.token_buffer(N_BINS, 4, 20, policy)
    sink = blocks.vector_sink_f(N_BINS)
    top = gr.top_block()
    top.connect(source, buffer, sink)
    for _ in range(3):
        source.rewind()
        sink.reset()
        top.run()
        assert numbers(sink) == [*range(8), *range(10, 50)]
        assert (buffer.tokens_in(), buffer.tokens_incomplete()) == (50, 2)
        assert [s["segment"] for _, s in steps_of(sink)] == [0] * 2 + [1] * 10
        assert_balanced(buffer)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_run_after_aborted_ones_is_whole(policy):
    """Threads that were stopped before they began leave nothing behind."""
    source, buffer = counting_source(), rfattn.token_buffer(N_BINS, 4, 2, policy)
    sink = stalled_sink()
    sink.release.set()
    top = gr.top_block()
    top.connect(source, buffer, sink)
    for _ in range(5):
        top.start()
        top.stop()
        top.wait()
    source.count, source.total = 0, 8
    sink.numbers.clear()
    sink.steps.clear()
    top.run()
    assert sink.numbers == list(range(8)) and buffer.tokens_in() == 8


# Refusals


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((0, 4), "n_bins must be >= 1, got 0"),
        ((4, 0), "block_size must be >= 1, got 0"),
        ((4, 4, 0), "capacity must be >= 1, got 0"),
        ((4, 4, 2, "newest"), "policy must be one of block, drop_oldest, got 'newest'"),
    ],
)
def test_refusals_name_parameter_rule_and_value(parameters, message):
    with pytest.raises(ValueError) as refused:
        rfattn.token_buffer(*parameters)
    assert str(refused.value) == f"token_buffer: {message}"

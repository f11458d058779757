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

from step_streams import tag

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
    second = segment_tag(101, 9000, segment=pmt.from_uint64(1))
    stream_tags = [segment_tag(0, 1000), arrival_tag(0, 5), second]
    buffer, sink = run(200, 3, stream_tags, chunk, capacity=capacity)
    assert numbers(sink) == [*range(99), *range(101, 200)]
    assert buffer.tokens_dropped() == 0 and buffer.tokens_incomplete() == 2
    found = [(s["segment"], s["sample_start"], s["arrival_ns"]) for _, s in steps_of(sink)]
    assert found == [(0, 1000 + 10 * n, 5) for n in range(0, 99, 3)] + [
        (1, 9000 + 10 * n, 5) for n in range(0, 99, 3)
    ]


def test_step_tag_tells_all_of_its_segment():
    entries = {
        "rested_tokens": pmt.from_uint64(77),
        "retunes": pmt.from_uint64(2),
        "overflows": pmt.from_uint64(3),
        "rx_rate": pmt.from_double(100.0),
        "rx_freq": pmt.from_double(5e6),
        "rx_time": pmt.make_tuple(pmt.from_uint64(7), pmt.from_double(0.75)),
        "stream": pmt.from_uint64(2**53),
        "front_end": pmt.to_pmt({"window": "hann"}),
        "features": pmt.to_pmt(["width", "duty"]),
    }
    _, sink = run(8, 4, [segment_tag(0, 1000, **entries), arrival_tag(0, 11), arrival_tag(7, 12)])
    (_, first), (offset, second) = steps_of(sink)
    assert offset == 4
    assert second.pop("rx_time") == (8, pytest.approx(0.15))  # 40 samples at 100 Hz later
    assert first.pop("queued_steps") in (0, 1) and second.pop("queued_steps") == 0
    assert first.pop("tokens_in") in range(4, 9) and second.pop("tokens_in") == 8
    assert first == {
        "stream": 2**53,
        "segment": 0,
        "sample_start": 1000,
        "sample_count": 3 * 10 + 16,
        "arrival_ns": 11,
        "dropped_tokens": 0,
        "rested_tokens": 77,
        "retunes": 2,
        "overflows": 3,
        "non_finite_tokens": 0,
        "rx_rate": 100.0,
        "rx_freq": 5e6,
        "rx_time": (7, 0.75),
        "front_end": {"window": "hann"},
        "features": ["width", "duty"],
    }
    assert second == {
        "stream": 2**53,
        "segment": 0,
        "sample_start": 1040,
        "sample_count": 46,
        "arrival_ns": 12,
        "dropped_tokens": 0,
        "rested_tokens": 77,
        "retunes": 2,
        "overflows": 3,
        "non_finite_tokens": 0,
        "rx_rate": 100.0,
        "rx_freq": 5e6,
        "front_end": {"window": "hann"},
        "features": ["width", "duty"],
    }


def test_a_bare_token_stream_counts_tokens_and_stamps_them_itself():
    before = time.monotonic_ns()
    _, sink = run(6, 3)
    after = time.monotonic_ns()
    for number, (_, step) in enumerate(steps_of(sink)):
        assert before < step.pop("arrival_ns") < after
        del step["queued_steps"], step["tokens_in"]
        assert step == {
            "stream": 0,
            "segment": 0,
            "sample_start": 3 * number,
            "sample_count": 3,
            "dropped_tokens": 0,
            "rested_tokens": 0,
            "retunes": 0,
            "overflows": 0,
            "non_finite_tokens": 0,
        }


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


@pytest.mark.parametrize("capacity", [1, 4, 100])
def test_policy_batch_gives_whole_batches(capacity):
    """Of 4 steps, or of as many as the ring holds; the last has what is left."""
    total, block_size, max_batch = 402, 4, 4
    source, sink = counting_source(total), stalled_sink()
    buffer = rfattn.token_buffer(N_BINS, block_size, capacity, "batch", max_batch=max_batch)
    sink.release.set()
    top = gr.top_block()
    top.connect(source, buffer, sink)
    top.run()
    assert_balanced(buffer)
    assert (buffer.tokens_out(), buffer.tokens_incomplete()) == (400, 2)
    assert sink.numbers == list(range(400))
    size = min(capacity, max_batch)
    assert [step[tags.KEY_BATCH] for _, step in sink.steps] == [1 + i // size for i in range(100)]


def test_drop_never_waits_for_a_stalled_reader():
    """All tokens go in while the reader takes nothing at all; then the reader continues."""
    total, block_size, capacity = 50_001, 4, 3
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
    # One step is at the reader, and none waits at the output, whatever the page has room for.
    # The drop began behind the third or fourth step, and lasted to the end.
    kept = len(sink.numbers)
    assert kept in (capacity * block_size, (1 + capacity) * block_size)
    assert sink.numbers == list(range(kept))
    assert (buffer.tokens_out(), buffer.tokens_dropped()) == (kept, total - kept)
    assert [offset for offset, _ in sink.steps] == list(range(0, kept, block_size))
    assert {step["segment"] for _, step in sink.steps} == {0}
    assert sink.steps[-1][1]["queued_steps"] == 0
    assert sink.steps[-1][1]["dropped_tokens"] == total - kept
    assert sink.steps[-1][1]["tokens_in"] == total


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
        wait_until(lambda: buffer.steps_queued() == 2 or buffer.tokens_dropped() > 0)
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


# Streams


def of_stream(offset, stream, sample_start, segment=0):
    """The tag of a producer that goes to a stream, or back to it."""
    entries = {"stream": pmt.from_uint64(stream), "segment": pmt.from_uint64(segment)}
    return segment_tag(offset, sample_start, **entries)


def steps_by_stream(sink, block_size):
    """First numbers of the steps of each stream, and their dictionaries."""
    found, all_numbers = {}, numbers(sink)
    for offset, step in steps_of(sink):
        first = all_numbers[offset]
        assert all_numbers[offset : offset + block_size] == list(range(first, first + block_size))
        found.setdefault(step["stream"], []).append((first, step))
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_each_input_is_a_stream_of_its_own(policy):
    buffer = rfattn.token_buffer(N_BINS, 4, 100, policy, n_inputs=3)
    sink, top = blocks.vector_sink_f(N_BINS), gr.top_block()
    for port in range(3):
        source = blocks.vector_source_f(numbered(1000 * port, 1000 * port + 42), False, N_BINS)
        top.connect(source, (buffer, port))
    top.connect(buffer, sink)
    top.run()
    found = steps_by_stream(sink, 4)
    for port in range(3):
        assert [first for first, _ in found[port]] == list(range(1000 * port, 1000 * port + 40, 4))
        assert buffer.stream_counters(port) == {
            "tokens_in": 42,
            "tokens_out": 40,
            "tokens_dropped": 0,
            "tokens_incomplete": 2,
            "tokens_waiting": 0,
            "steps_queued": 0,
        }
    assert buffer.tokens_in() == 126 and buffer.tokens_incomplete() == 6
    assert_balanced(buffer)


def test_a_full_stream_does_not_hold_up_another_input():
    """Stream 0 floods; stream 1 still comes in, and is served in turn."""
    flood, late = counting_source(20_000), counting_source(4_000, stalled=True)
    buffer = rfattn.token_buffer(N_BINS, 4, 2, "block", n_inputs=2)
    sink, top = stalled_sink(), gr.top_block()
    top.connect(flood, (buffer, 0))
    top.connect(late, (buffer, 1))
    top.connect(buffer, sink)
    top.start()
    wait_until(lambda: buffer.steps_queued() == 2)
    late.release.set()
    wait_until(lambda: buffer.steps_queued() == 4)
    before = buffer.tokens_out() // 4
    sink.release.set()
    top.wait()
    by_stream = {0: [], 1: []}
    for offset, step in sink.steps:
        by_stream[step["stream"]].append(sink.numbers[offset])
    assert by_stream == {0: list(range(0, 20_000, 4)), 1: list(range(0, 4_000, 4))}
    order = [step["stream"] for _, step in sink.steps]
    assert order[before : before + 4] in ([0, 1, 0, 1], [1, 0, 1, 0])
    assert_balanced(buffer)


class paced_sink(stalled_sink):
    """Takes a round when it is given leave, and notes which streams each had."""

    def __init__(self):
        stalled_sink.__init__(self)
        self.leave = threading.Semaphore(0)
        self.rounds = []
        self.calls = 0

    def work(self, input_items, output_items):
        self.calls += 1
        self.timed_out |= not self.leave.acquire(timeout=DEADLINE_S)
        found = self.get_tags_in_window(0, 0, len(input_items[0]), pmt.intern(tags.STEP))
        steps = [pmt.to_python(t.value) for t in found]
        self.rounds.append([step["stream"] for step in steps])
        self.steps += [(t.offset, step) for t, step in zip(found, steps, strict=True)]
        self.numbers += input_items[0][:, 0].astype(int).tolist()
        return len(input_items[0])


def test_policy_drop_gives_rounds_of_one_step_of_each_stream():
    buffer = rfattn.token_buffer(N_BINS, 4, 8, "drop", n_inputs=5, max_batch=3)
    sink, top = paced_sink(), gr.top_block()
    sources = [counting_source(32, stalled=port > 0) for port in range(5)]
    for port, source in enumerate(sources):
        top.connect(source, (buffer, port))
    top.connect(buffer, sink)
    top.start()
    wait_until(lambda: sink.calls == 1)  # the first round has what was there
    for source in sources:
        source.release.set()
    wait_until(lambda: buffer.tokens_in() == 5 * 32)
    for _ in range(20):
        sink.leave.release()
    top.wait()
    assert sink.rounds[0] == [0]
    assert buffer.tokens_out() == 5 * 32 and len(sink.steps) == 40
    for streams in sink.rounds[1:-4]:
        assert len(streams) == len(set(streams)) == 3
    # None starves: whoever has steps is served within two rounds.
    together = [stream for streams in sink.rounds[1:10] for stream in streams]
    for stream in range(5):
        turns = [i for i, served in enumerate(together) if served == stream]
        assert max(b - a for a, b in zip(turns, turns[1:], strict=False)) <= 5


def test_an_end_frees_the_slot_and_is_passed_on():
    sent = [
        of_stream(0, 5, 0),
        of_stream(10, 6, 0),
        tag(10, tags.END, pmt.from_uint64(5)),
        tag(18, tags.END, pmt.from_uint64(6)),
        of_stream(18, 5, 0),  # comes again
    ]
    buffer, sink = run(30, 4, sent, max_streams=1)
    steps = [step for _, step in steps_of(sink)]
    assert [step["stream"] for step in steps] == [5, 5, 6, 6, 5, 5, 5]
    assert [step.get("ended") for step in steps] == [None, None, [5], None, [6], None, None]
    segments = [step["segment"] for step in steps]
    assert segments[0] == segments[1] < segments[4] == segments[6]
    assert buffer.tokens_incomplete() == 2 and buffer.streams_evicted() == 0
    assert buffer.streams() == [5]


# Errors of the input


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            pmt.from_uint64(0),
            "stream 0 comes on input 0 and on input 1, but a stream must come on one input",
        ),
        (pmt.intern("zero"), "rfattn:segment: entry stream must be a uint64, got zero"),
    ],
)
def test_what_is_wrong_with_the_input_ends_the_flowgraph(policy, value, message):
    """Both sources are endless; without the error the run never ends."""
    buffer = rfattn.token_buffer(N_BINS, 4, 2, policy, n_inputs=2)
    wrong = tagger(segment_tag(0, 0, stream=value))
    sink, top = stalled_sink(), gr.top_block()
    sink.release.set()
    sources = [counting_source(), counting_source(stalled=True)]
    top.connect(sources[0], (buffer, 0))
    top.connect(sources[1], wrong, (buffer, 1))
    top.connect(buffer, sink)
    top.start()
    wait_until(lambda: buffer.tokens_in() > 0)
    assert buffer.error() == ""
    sources[1].release.set()
    wait_until(lambda: buffer.error())
    ended = threading.Thread(target=top.wait, daemon=True)
    ended.start()
    ended.join(DEADLINE_S)
    assert not ended.is_alive()
    assert buffer.error().startswith("token_buffer: ") and message in buffer.error()
    assert_balanced(buffer)


class tagger(gr.sync_block):
    """Passes tokens on, and puts a tag on the first."""

    def __init__(self, wanted):
        gr.sync_block.__init__(self, "tagger", [(np.float32, N_BINS)], [(np.float32, N_BINS)])
        self.wanted = wanted

    def work(self, input_items, output_items):
        if self.nitems_written(0) == 0:
            self.add_item_tag(0, 0, self.wanted.key, self.wanted.value)
        output_items[0][:] = input_items[0]
        return len(output_items[0])


# Refusals


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_bins": 0}, "n_bins must be >= 1, got 0"),
        ({"block_size": 0}, "block_size must be >= 1, got 0"),
        ({"capacity": 0}, "capacity must be >= 1, got 0"),
        ({"policy": "newest"}, "policy must be one of block, batch, drop, got 'newest'"),
        ({"n_inputs": 0}, "n_inputs must be >= 1, got 0"),
        ({"max_streams": 0}, "max_streams must be >= n_inputs, 1, got 0"),
        ({"n_inputs": 20}, "max_streams must be >= n_inputs, 20, got 16"),
        ({"max_batch": 0}, "max_batch must be >= 1, got 0"),
        ({"max_run": 0}, "max_run must be >= 1, got 0"),
        (
            {"block_size": 1 << 30},
            "block_size must be <= 493447 with n_bins 4 and max_batch 8, got 1073741824",
        ),
        (
            {"max_batch": (1 << 31) - 1, "policy": "batch"},
            "max_batch must be <= 67108734 with n_bins 4, got 2147483647",
        ),
        (
            {"capacity": (1 << 31) - 1},
            "capacity must be <= 134217726 with n_bins 4 and block_size 4, got 2147483647",
        ),
    ],
)
def test_refusals_name_parameter_rule_and_value(parameters, message):
    with pytest.raises(ValueError) as refused:
        rfattn.token_buffer(**({"n_bins": 4, "block_size": 4} | parameters))
    assert str(refused.value) == f"token_buffer: {message}"


def test_counters_of_a_stream_without_a_ring():
    with pytest.raises(ValueError) as refused:
        rfattn.token_buffer(4, 4).stream_counters(7)
    assert str(refused.value) == "token_buffer: stream must be one that has a ring, got 7"

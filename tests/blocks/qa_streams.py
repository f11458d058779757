# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many streams through one model: each as if it were alone, whatever the others do."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.inference import AttentionModelAdapter

from step_streams import FRONT_END, random_spectra, run, save_model, segment_tag, steps_of, vectors

BLOCK_SIZE, N_CLASSES = 4, 3
ROUNDING = 1e-5  # of logits around 1: a batch is summed in another order


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "tiny.pt")


class Outcome:
    """Logits, step tags and detection messages of a source of steps."""

    def __init__(self, source, model, **arguments):
        self.block = rfattn.transformer(model, device="cpu", threads=1, **arguments)
        sink, messages, tb = blocks.vector_sink_f(N_CLASSES), blocks.message_debug(), gr.top_block()
        tb.connect(source, self.block, sink)
        tb.msg_connect(self.block, "detections", messages, "store")
        run(tb)
        assert self.block.error is None
        self.logits = np.array(sink.data()).reshape(-1, N_CLASSES)
        self.steps = [pmt.to_python(tag.value) for tag in sink.tags()]
        count = messages.num_messages()
        self.detections = [pmt.to_python(messages.get_message(i)) for i in range(count)]

    def of(self, stream):
        """The logits of a stream's steps, in order."""
        return self.logits[[step["stream"] == stream for step in self.steps]]


def alone(model, tokens, resets=()):
    """The logits of one stream, its cache emptied before the steps ``resets``."""
    adapter = AttentionModelAdapter.load(model, device="cpu")
    rows = []
    for i, step in enumerate(tokens.reshape(-1, 1, BLOCK_SIZE, tokens.shape[1])):
        if i in resets:
            adapter.reset(position=0)
        rows.append(adapter.step(step)[0])
    return np.array(rows)


def interleave(tokens, order):
    """Steps of the streams in ``order`` as one array [T, n_bins]; each stream's in sequence."""
    taken, rows = dict.fromkeys(order, 0), []
    for stream in order:
        start = taken[stream] * BLOCK_SIZE
        rows.append(tokens[stream][start : start + BLOCK_SIZE])
        taken[stream] += 1
    return np.concatenate(rows)


@pytest.mark.parametrize("max_batch", [1, 2, 8])
def test_each_stream_is_as_if_alone(model, max_batch):
    tokens = {stream: random_spectra(48, seed=stream) for stream in (0, 5, 2**40)}
    order = np.random.default_rng(4).permutation([s for s in tokens for _ in range(12)]).tolist()
    source = steps_of(interleave(tokens, order), BLOCK_SIZE, streams=order)
    found = Outcome(source, model, max_batch=max_batch)
    for stream, own in tokens.items():
        np.testing.assert_allclose(found.of(stream), alone(model, own), atol=ROUNDING)
    assert [step["stream"] for step in found.steps] == order
    assert [d["stream"] for d in found.detections] == order


def test_steps_of_different_streams_share_a_call(model):
    order = [0, 1, 2] * 4
    source = steps_of(random_spectra(4 * len(order)), BLOCK_SIZE, streams=order)
    found = Outcome(source, model)
    calls = {step["start_ns"] for step in found.steps}
    assert len(calls) < len(order)


@pytest.mark.parametrize("max_batch", [1, 3, 8])
def test_steps_of_one_stream_share_a_call(model, max_batch):
    order = [0, 0, 0, 1, 0, 1, 2, 1, 1, 1, 0, 0, 0, 2]  # runs, and steps of one stream apart
    tokens = {s: random_spectra(4 * order.count(s), seed=s) for s in (0, 1, 2)}
    source = steps_of(interleave(tokens, order), BLOCK_SIZE, streams=order)
    found = Outcome(source, model, max_batch=max_batch)
    assert [step["stream"] for step in found.steps] == order
    calls = {step["start_ns"] for step in found.steps}
    assert len(calls) == len(order) if max_batch == 1 else len(calls) < len(order)
    for stream, own in tokens.items():
        np.testing.assert_allclose(found.of(stream), alone(model, own), atol=ROUNDING)


def test_a_new_segment_empties_the_cache_of_its_stream_alone(model):
    order = [0, 1] * 10
    segments = [0 if i < 8 or i % 2 else 3 for i in range(20)]  # stream 0 from its fifth step on
    tokens = {stream: random_spectra(40, seed=stream) for stream in (0, 1)}
    source = steps_of(interleave(tokens, order), BLOCK_SIZE, segments, streams=order)
    found = Outcome(source, model)
    np.testing.assert_allclose(found.of(0), alone(model, tokens[0], resets=[4]), atol=ROUNDING)
    np.testing.assert_allclose(found.of(1), alone(model, tokens[1]), atol=ROUNDING)


def test_the_stream_that_came_last_loses_its_cache(model):
    order = [0, 1, 0, 1, 2, 2, 0, 1]  # 2 evicts 1, which evicts 2 when it comes back
    tokens = {stream: random_spectra(16, seed=stream) for stream in (0, 1, 2)}
    source = steps_of(interleave(tokens, order), BLOCK_SIZE, streams=order)
    found = Outcome(source, model, max_streams=2, max_batch=1)
    np.testing.assert_allclose(found.of(0), alone(model, tokens[0][:12]), atol=ROUNDING)
    np.testing.assert_allclose(found.of(1), alone(model, tokens[1][:12], resets=[2]), atol=ROUNDING)
    assert found.steps[-1]["evictions"] == found.block.adapter.evictions == 2
    assert found.steps[-1]["streams"] == 2
    assert found.steps[-1]["kv_bytes"] == found.block.adapter.max_kv_bytes


@pytest.mark.parametrize("called", [[0, 2], [2, 0]])
def test_no_stream_loses_its_cache_to_another_of_the_same_call(model, called):
    order = [0, 1, 0, 1, *called]
    batches = [1, 2, 3, 4, 5, 5]
    tokens = {stream: random_spectra(12, seed=stream) for stream in (0, 1, 2)}
    source = steps_of(interleave(tokens, order), BLOCK_SIZE, streams=order, batches=batches)
    found = Outcome(source, model, max_streams=2)
    np.testing.assert_allclose(found.of(0), alone(model, tokens[0]), atol=ROUNDING)
    np.testing.assert_allclose(found.of(2), alone(model, tokens[2][:4]), atol=ROUNDING)
    assert found.steps[-1]["start_ns"] == found.steps[-2]["start_ns"]  # in one call
    assert found.steps[-1]["evictions"] == 1


def test_the_caches_of_a_run_are_gone_in_the_next(model):
    block = rfattn.transformer(model, device="cpu", threads=1)
    for stream in (3, 4):
        tb, sink = gr.top_block(), blocks.null_sink(4 * N_CLASSES)
        tb.connect(steps_of(random_spectra(8), BLOCK_SIZE, streams=[stream] * 2), block, sink)
        run(tb)
        assert block.error is None and block.adapter.streams == [stream]


def test_a_stream_that_ended_frees_its_cache(model):
    """Its number may come back: as another stream, with an empty cache."""
    order, tokens = [0, 1, 0, 1, 0], {s: random_spectra(12, seed=s) for s in (0, 1)}
    rows = interleave(tokens, order)
    found = Outcome(steps_of(rows, BLOCK_SIZE, streams=order, ended={3: [0]}), model)
    np.testing.assert_allclose(found.of(0), alone(model, tokens[0], resets=[2]), atol=ROUNDING)
    np.testing.assert_allclose(found.of(1), alone(model, tokens[1][:8]), atol=ROUNDING)
    assert [step["streams"] for step in found.steps][-1] == 2
    assert found.steps[-1]["evictions"] == 0


@pytest.mark.parametrize("policy", ["block", "batch", "drop"])
def test_streams_beyond_the_places_take_nothing_from_the_others(model, policy):
    """Five streams in turns of half a step, four places in buffer and model."""
    turns, places = 24, 4
    own = {stream: random_spectra(2 * turns, seed=stream) for stream in range(places + 1)}
    order = [(turn, stream) for turn in range(turns) for stream in own]
    rows = np.concatenate([own[stream][2 * turn : 2 * turn + 2] for turn, stream in order])
    tags = [
        segment_tag(2 * i, 0, 20 * turn, stream=stream, front_end=FRONT_END.to_dict())
        for i, (turn, stream) in enumerate(order)
    ]
    buffer = rfattn.token_buffer(8, BLOCK_SIZE, 16, policy, max_streams=places)
    block = rfattn.transformer(model, device="cpu", threads=1, max_streams=places)
    sink, tb = blocks.vector_sink_f(N_CLASSES), gr.top_block()
    tb.connect(vectors(rows, tags), buffer, block, sink)
    run(tb)
    assert block.error is None and not buffer.error()
    steps = [pmt.to_python(tag.value) for tag in sink.tags()]
    logits = np.array(sink.data()).reshape(-1, N_CLASSES)
    for stream in range(places):
        of_it = [step["stream"] == stream for step in steps]
        np.testing.assert_allclose(logits[of_it], alone(model, own[stream]), atol=ROUNDING)
    assert len(steps) == places * turns // 2 and block.adapter.evictions == 0
    assert buffer.tokens_dropped() == buffer.tokens_turned_away() == 2 * turns


def test_one_stream_drops_while_the_other_does_not(model):
    """A source as fast as memory beside a short one: the short one is labelled as if alone."""
    long, short = random_spectra(40_000, seed=1), random_spectra(48, seed=2)
    buffer = rfattn.token_buffer(8, BLOCK_SIZE, 16, "drop", n_inputs=2, max_streams=2)
    block = rfattn.transformer(model, device="cpu", threads=1)
    sink, tb = blocks.vector_sink_f(N_CLASSES), gr.top_block()
    for i, tokens in enumerate((long, short)):
        tag = segment_tag(0, 0, 0, front_end=FRONT_END.to_dict())
        tb.connect(vectors(tokens, [tag]), (buffer, i))
    tb.connect(buffer, block, sink)
    run(tb)
    assert block.error is None and not buffer.error()
    steps = [pmt.to_python(tag.value) for tag in sink.tags()]
    logits = np.array(sink.data()).reshape(-1, N_CLASSES)
    of = [[i for i, step in enumerate(steps) if step["stream"] == stream] for stream in (0, 1)]
    np.testing.assert_allclose(logits[of[1]], alone(model, short), atol=ROUNDING)
    assert {steps[i]["segment"] for i in of[1]} == {0}
    assert buffer.tokens_dropped() > 0 and buffer.tokens_dropped() % BLOCK_SIZE == 0
    starts = [steps[i]["sample_start"] // 10 for i in of[0]]  # in tokens of 10 samples
    gaps = [i for i in range(1, len(starts)) if starts[i] != starts[i - 1] + BLOCK_SIZE]
    assert [starts[i] - starts[i - 1] > 16 * BLOCK_SIZE for i in gaps] == [True] * len(gaps)
    resets = {0, *gaps}
    expected = alone(model, np.concatenate([long[s : s + BLOCK_SIZE] for s in starts]), resets)
    np.testing.assert_allclose(logits[of[0]], expected, atol=ROUNDING)
    total = buffer.tokens_out() + buffer.tokens_dropped() + buffer.tokens_incomplete()
    assert buffer.tokens_in() == total == len(long) + len(short)

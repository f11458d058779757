# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the transformer reads of its steps' tags and writes to its items."""

from collections import defaultdict

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.step_tag import StepCosts
from gnuradio.rfattn.rfattn_python import step_tags

tags = rfattn.tags
BLOCK_SIZE = 4
FRONT_END = pmt.to_pmt({"window": "hann"})
FEATURES = pmt.to_pmt(["width", "duty"])
COSTS = pmt.to_pmt({"cost": 8})


def step_tag(
    item, stream, segment=0, sample_count=7, front_end=None, ended=(), features=None, **more
):
    entries = {
        tags.KEY_STREAM: pmt.from_uint64(stream),
        tags.KEY_SEGMENT: pmt.from_uint64(segment),
        tags.KEY_SAMPLE_COUNT: pmt.from_uint64(sample_count),
        **{name: pmt.to_pmt(value) for name, value in more.items()},
    }
    if front_end is not None:
        entries[tags.KEY_FRONT_END] = front_end
    if features is not None:
        entries[tags.KEY_FEATURES] = features
    if ended:
        vector = pmt.make_vector(len(ended), pmt.PMT_NIL)
        for i, number in enumerate(ended):
            pmt.vector_set(vector, i, pmt.from_uint64(number))
        entries[tags.KEY_ENDED] = vector
    tag = gr.tag_t()
    tag.offset, tag.key, tag.value = item, pmt.intern(tags.STEP), pmt.make_dict()
    for key, value in entries.items():
        tag.value = pmt.dict_add(tag.value, pmt.intern(key), value)
    return tag


class Reader(gr.basic_block):
    """Takes calls of at most ``max_batch`` steps and gives an item for each, the logit of its
    stream."""

    def __init__(self, max_batch, max_run=1, max_streams=99, logits=None, room=None):
        gr.basic_block.__init__(self, "reader", [np.float32], [np.float32])
        self.set_tag_propagation_policy(gr.TPP_DONT)
        self.tags = step_tags(self.gateway, BLOCK_SIZE, max_batch, max_run, max_streams)
        self.logits, self.room = defaultdict(float, logits or {}), room
        self.runs, self.finite, self.written, self.error = [], [], [], None
        self.message_port_register_out(pmt.intern("heard"))

    def forecast(self, noutput_items, ninputs):
        return [BLOCK_SIZE]

    def general_work(self, input_items, output_items):
        try:
            heads = self.tags.read(len(input_items[0]))
            heads = heads[: len(output_items[0])]
            logits = np.array([[self.logits[head[0]]] for head in heads], np.float32)
            output = output_items[0][: self.room, None]
            self.finite.append(self.tags.write(logits, output, 100, 200, COSTS))
            self.written += [self.tags.written(i) for i in range(len(heads))]
        except Exception as error:
            self.error = error
            return -1
        self.runs.append(heads)
        self.consume(0, BLOCK_SIZE * len(heads))
        return len(heads)


def run(stream_tags, n_items, max_batch=8, spare=0, **arguments):
    source = blocks.vector_source_f([0.0] * (n_items + spare), False, 1, stream_tags)
    reader, sink = Reader(max_batch, **arguments), blocks.vector_sink_f()
    top = gr.top_block()
    top.connect(source, reader, sink)
    top.run()
    reader.items = list(sink.data())
    return reader, sorted(sink.tags(), key=lambda t: t.offset)


def streams_of(reader):
    return [[head[0] for head in heads] for heads in reader.runs]


def test_a_call_ends_before_a_stream_comes_again():
    sent = [step_tag(BLOCK_SIZE * i, stream) for i, stream in enumerate([5, 3, 9, 3, 5, 5])]
    reader, found = run(sent, 24, spare=3)  # 3 tokens make no step
    assert streams_of(reader) == [[5, 3, 9], [3, 5], [5]]
    assert [pmt.to_python(t.value)["stream"] for t in found] == [5, 3, 9, 3, 5, 5]


def test_a_call_has_at_most_max_run_steps_of_a_stream():
    streams = [5, 3, 5, 3, 5, 5]
    sent = [step_tag(BLOCK_SIZE * i, stream, batch=1) for i, stream in enumerate(streams)]
    assert streams_of(run(sent, 24, max_run=2)[0]) == [[5, 3, 5, 3], [5, 5]]


def test_without_a_batch_a_call_has_one_step_of_a_stream():
    """How many wait depends on time, and the rounding would, too."""
    sent = [step_tag(BLOCK_SIZE * i, stream) for i, stream in enumerate([5, 3, 5, 5])]
    assert streams_of(run(sent, 16, max_run=2)[0]) == [[5, 3], [5], [5]]


def test_a_call_has_at_most_max_streams_streams():
    streams = [5, 3, 5, 4, 5]
    sent = [step_tag(BLOCK_SIZE * i, stream, batch=1) for i, stream in enumerate(streams)]
    assert streams_of(run(sent, 20, max_run=9, max_streams=2)[0]) == [[5, 3, 5], [4, 5]]


def test_a_call_has_one_segment_of_a_stream():
    segments = [0, 0, 1]
    sent = [step_tag(BLOCK_SIZE * i, 5, k, batch=1) for i, k in enumerate(segments)]
    sent.append(step_tag(3 * BLOCK_SIZE, 6, 0, batch=1))
    assert streams_of(run(sent, 16, max_run=8)[0]) == [[5, 5], [5, 6]]


def test_a_call_has_one_batch():
    sent = [step_tag(BLOCK_SIZE * i, i, batch=batch) for i, batch in enumerate([0, 0, 1, 1, 1])]
    assert streams_of(run(sent, 20)[0]) == [[0, 1], [2, 3, 4]]


def test_a_call_has_at_most_max_batch_steps():
    sent = [step_tag(BLOCK_SIZE * i, i) for i in range(5)]
    assert streams_of(run(sent, 20, max_batch=2)[0]) == [[0, 1], [2, 3], [4]]


def test_a_call_ends_before_a_stream_of_it_is_named_as_ended():
    sent = [step_tag(0, 5), step_tag(4, 3), step_tag(8, 4, ended=[5, 9]), step_tag(12, 5)]
    reader, _ = run(sent, 16)
    assert streams_of(reader) == [[5, 3], [4, 5]]
    assert [head[7] for head in reader.runs[1]] == [[5, 9], []]


def test_a_stream_that_comes_again_may_bring_its_own_end():
    sent = [step_tag(0, 3), step_tag(4, 5, ended=[5])]
    assert streams_of(run(sent, 8)[0]) == [[3, 5]]


def test_what_a_head_states():
    where = {"sample_start": 2**54, "rx_rate": 48e3}
    sent = [step_tag(0, 2**53, 6, 99, FRONT_END, [7, 8], FEATURES, **where), step_tag(4, 1)]
    reader, _ = run(sent, 8)
    ((first, second),) = reader.runs
    assert first[:5] == (2**53, 6, 2**54, 99, 48e3) and first[7] == [7, 8]
    assert pmt.equal(first[5], FRONT_END) and pmt.equal(first[6], FEATURES)
    assert second == (1, 0, 0, 7, 0.0, None, None, [])


def test_a_rate_that_is_no_number_is_refused():
    reader, _ = run([step_tag(0, 1, rx_rate="fast")], 4)
    assert "rx_rate must be a finite number, got fast" in str(reader.error)


def test_what_is_written():
    sent = [step_tag(4 * i, i + 1) for i in range(3)]
    reader, found = run(sent, 12, max_batch=2, logits={1: 0.5, 2: -3.0, 3: 7.0})
    assert reader.items == [0.5, -3.0, 7.0] and reader.finite == [True, True]
    assert [t.offset for t in found] == [0, 1, 2]
    added = {tags.KEY_START_NS: 100, tags.KEY_END_NS: 200, "cost": 8}
    for i, tag in enumerate(found):
        stated = {"stream": i + 1, "segment": 0, "sample_count": 7}
        assert pmt.to_python(tag.value) == stated | added
        assert pmt.equal(tag.value, reader.written[i])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_are_told_and_written(value):
    sent = [step_tag(4 * i, i, batch=1 + i // 2) for i in range(4)]
    reader, _ = run(sent, 16, logits={1: value})
    assert reader.finite == [False, True]
    np.testing.assert_array_equal(reader.items, [0.0, value, 0.0, 0.0])


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ((1, 1), "step_tags: logits must be at most 0 x 1, got 1 x 1"),  # no step was read
        ((0, 2), "step_tags: logits must be at most 0 x 1, got 0 x 2"),
        ((1,), "array has incorrect number of dimensions: 1; expected 2"),
    ],
)
def test_logits_must_fit_the_steps(logits, message):
    unread = step_tags(Reader(1).gateway, BLOCK_SIZE, 1)
    with pytest.raises(ValueError) as refused:
        unread.write(np.zeros(logits, np.float32), np.zeros((1, 1), np.float32), 1, 2, COSTS)
    assert str(refused.value) == message


def test_more_logits_than_the_output_has_room_for_are_refused():
    reader, _ = run([step_tag(4 * i, i) for i in range(2)], 8, room=1)
    assert str(reader.error) == "step_tags: logits must be at most 1 x 1, got 2 x 1"


def test_a_step_without_a_tag_is_refused():
    reader, _ = run([step_tag(0, 1), step_tag(5, 2)], 8)
    assert isinstance(reader.error, ValueError)
    assert str(reader.error) == (
        "reader: no rfattn:step tag on token 4; it needs a token_buffer with block_size 4 before it"
    )


def test_is_heard():
    reader, listener = Reader(1), blocks.message_debug()
    assert not reader.tags.is_heard(pmt.intern("heard"))
    top = gr.top_block()
    top.msg_connect(reader, "heard", listener, "store")
    top.connect(blocks.vector_source_f([]), reader, blocks.null_sink(4))
    top.run()
    assert reader.tags.is_heard(pmt.intern("heard"))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 1), "block_size must be >= 1, got 0"),
        ((4, 0), "max_batch must be >= 1, got 0"),
        ((4, 1, 0), "max_run must be >= 1, got 0"),
        ((4, 1, 1, 0), "max_streams must be >= 1, got 0"),
    ],
)
def test_refusals(sizes, message):
    with pytest.raises(ValueError) as refused:
        step_tags(Reader(1).gateway, *sizes)
    assert str(refused.value) == f"step_tags: {message}"


class Adapter:
    """A model on a device, which counts how often its memory is looked up."""

    attention, norm = "flash", "rmsnorm"
    kv_bytes, streams, evictions, peak_temporary_bytes = 64, (1,), 0, 32
    cache_changes, lookups = 1, 0

    @property
    def device_bytes(self):
        self.lookups += 1
        return 100 * self.lookups


def test_the_memory_of_the_device_is_looked_up_when_the_caches_have_changed():
    adapter = Adapter()
    costs = StepCosts(adapter)
    stated = [pmt.to_python(costs.dictionary())[tags.KEY_DEVICE_BYTES] for _ in range(3)]
    adapter.kv_bytes, adapter.streams, adapter.cache_changes = 128, (1, 2), 2
    stated.append(pmt.to_python(costs.dictionary())[tags.KEY_DEVICE_BYTES])
    adapter.evictions = adapter.cache_changes = 3  # as many bytes, other tensors
    stated.append(pmt.to_python(costs.dictionary())[tags.KEY_DEVICE_BYTES])
    assert stated == [100, 100, 100, 200, 300] and adapter.lookups == 3

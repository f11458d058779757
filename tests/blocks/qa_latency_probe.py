# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

import math
import time

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn

tags = rfattn.tags

N_CLASSES = 3
KV_BYTES = 4096
NS_PER_MS = 1_000_000


class MessageList(gr.basic_block):
    """Collects what arrives at its port `in`, as Python objects."""

    def __init__(self):
        gr.basic_block.__init__(self, "message_list", None, None)
        self.received = []
        self.message_port_register_in(pmt.intern("in"))
        self.set_msg_handler(pmt.intern("in"), self.receive)

    def receive(self, message):
        self.received.append(pmt.to_python(message))


def step_value(wait_ms, inference_ms, **counters):
    arrival_ns = 2**40
    start_ns = arrival_ns + round(wait_ms * NS_PER_MS)
    values = {
        tags.KEY_ARRIVAL_NS: arrival_ns,
        tags.KEY_START_NS: start_ns,
        tags.KEY_END_NS: start_ns + round(inference_ms * NS_PER_MS),
        tags.KEY_DROPPED_TOKENS: 0,
        tags.KEY_QUEUED_STEPS: 0,
        tags.KEY_KV_BYTES: KV_BYTES,
    } | counters
    value = pmt.make_dict()
    for key, number in values.items():
        value = pmt.dict_add(value, pmt.intern(key), pmt.from_uint64(number))
    return value


def step_tag(offset, *args, **counters):
    tag = gr.tag_t()
    tag.offset = offset
    tag.key = pmt.intern(tags.STEP)
    tag.value = step_value(*args, **counters)
    return tag


def run(stream_tags, n_items, items_per_call=100_000, **parameters):
    """Sends n_items through a probe; returns it, the items, the tags, and the messages."""
    items = np.random.default_rng(0).normal(size=n_items * N_CLASSES).astype(np.float32)
    source = blocks.vector_source_f(items.tolist(), False, N_CLASSES, stream_tags)
    probe = rfattn.latency_probe(N_CLASSES, **parameters)
    probe.set_max_noutput_items(items_per_call)
    sink = blocks.vector_sink_f(N_CLASSES)
    messages = MessageList()
    top = gr.top_block()
    top.connect(source, probe, sink)
    top.msg_connect(probe, "stats", messages, "in")
    top.run()
    np.testing.assert_array_equal(np.array(sink.data(), np.float32), items)
    return probe, sink.tags(), messages.received


def values_of(found, key):
    return {t.offset: pmt.to_python(t.value) for t in found if pmt.to_python(t.key) == key}


def buckets_of(stats, stage):
    """Counts that are not 0, by the upper edge of their bucket in s."""
    buckets = stats[f"{stage}_histogram"]
    edges = [*buckets["upper_seconds"], math.inf]
    assert len(buckets["counts"]) == len(edges)
    return {e: n for e, n in zip(edges, buckets["counts"], strict=True) if n}


@pytest.mark.parametrize("items_per_call", [1, 100_000])
def test_tags_and_stats_of_known_times(items_per_call):
    waits = [1.0, 2.0, 40.0, 3.0]
    inferences = [5.0, 6.0, 7.0, 8.0]
    latencies = [w + i for w, i in zip(waits, inferences, strict=True)]
    sent = [
        step_tag(n, w, i, dropped_tokens=10 * n, queued_steps=n)
        for n, (w, i) in enumerate(zip(waits, inferences, strict=True))
    ]
    probe, found, messages = run(sent, 4, items_per_call, budget_ms=30.0)

    # 1e-6 ms: the stamps are whole nanoseconds.
    assert values_of(found, tags.LATENCY) == pytest.approx(dict(enumerate(latencies)), abs=1e-6)
    assert values_of(found, tags.WAIT) == pytest.approx(dict(enumerate(waits)), abs=1e-6)
    assert values_of(found, tags.INFERENCE) == pytest.approx(dict(enumerate(inferences)), abs=1e-6)
    assert values_of(found, tags.KV_BYTES) == {0: KV_BYTES}
    assert list(values_of(found, tags.RSS_BYTES)) == [0]
    assert sorted(values_of(found, tags.STEP)) == [0, 1, 2, 3]
    assert messages == []  # the interval of a second has not passed

    stats = pmt.to_python(probe.stats())
    assert stats["steps"] == stats["interval_steps"] == 4
    assert stats["deadline_misses"] == 1
    assert stats["budget_seconds"] == pytest.approx(0.030)
    assert (stats["dropped_tokens"], stats["queued_steps"]) == (30, 3)
    assert stats["kv_bytes"] == KV_BYTES
    assert "peak_temporary_bytes" not in stats and "device_bytes" not in stats
    assert stats["latency_seconds"]["count"] == 4
    assert stats["latency_seconds"]["mean"] == pytest.approx(np.mean(latencies) / 1e3)
    assert stats["latency_seconds"]["max"] == pytest.approx(0.047)
    # 1 %: the resolution of the histogram. Nearest rank: the second of four is the median.
    assert stats["latency_seconds"]["p50"] == pytest.approx(0.008, rel=0.01)
    assert stats["wait_seconds"]["p95"] == pytest.approx(0.040, rel=0.01)
    assert stats["inference_seconds"]["p50"] == pytest.approx(0.006, rel=0.01)
    # 7 ms and 8 ms lie in buckets of their own, an edge in the one below it.
    assert buckets_of(stats, "latency") == {0.007: 1, 0.01: 1, 0.015: 1, 0.05: 1}
    assert buckets_of(stats, "inference") == {0.005: 1, 0.007: 2, 0.01: 1}
    assert stats["latency_histogram"]["sum_seconds"] == pytest.approx(np.sum(latencies) / 1e3)


def test_the_output_need_not_be_connected():
    source = blocks.vector_source_f(
        [0.0] * 4 * N_CLASSES, False, N_CLASSES, [step_tag(2, 1.0, 5.0)]
    )
    probe, messages = rfattn.latency_probe(N_CLASSES, interval_ms=1e-6), MessageList()
    top = gr.top_block()
    top.connect(source, probe)
    top.msg_connect(probe, "stats", messages, "in")
    top.run()
    assert pmt.to_python(probe.stats())["steps"] == 1 and len(messages.received) == 1


def test_a_message_per_interval_covers_that_interval():
    sent = [step_tag(n, n, 1.0) for n in range(5)]
    # One item per call, and an interval that every call outlasts.
    probe, found, messages = run(sent, 5, items_per_call=1, interval_ms=1e-6)
    assert [m["steps"] for m in messages] == [1, 2, 3, 4, 5]
    assert [m["interval_steps"] for m in messages] == [1] * 5
    assert [m["wait_seconds"]["count"] for m in messages] == [1] * 5
    for n, message in enumerate(messages):
        assert message["wait_seconds"]["max"] == pytest.approx(n / 1e3)
    assert set(messages[0]) == set(pmt.to_python(probe.stats()))
    assert pmt.to_python(probe.stats())["wait_seconds"]["max"] == pytest.approx(0.004)
    assert sorted(values_of(found, tags.RSS_BYTES)) == [0, 1, 2, 3, 4]


def test_items_without_a_step_are_passed_and_not_counted():
    no_end = gr.tag_t()
    no_end.offset = 1
    no_end.key = pmt.intern(tags.STEP)
    no_end.value = pmt.dict_delete(step_value(1, 1), pmt.intern(tags.KEY_END_NS))
    probe, found, messages = run([no_end, step_tag(2, 1.0, 1.0)], 4, 1, interval_ms=1e-6)
    assert pmt.to_python(probe.stats())["steps"] == 1
    assert list(values_of(found, tags.LATENCY)) == [2]
    assert list(values_of(found, tags.KV_BYTES)) == [2]
    assert len(messages) == 1


def test_nothing_counted_yet():
    stats = pmt.to_python(rfattn.latency_probe(N_CLASSES).stats())
    assert stats["steps"] == stats["deadline_misses"] == 0
    assert stats["latency_seconds"] == dict.fromkeys(
        ("count", "mean", "p50", "p95", "p99", "max"), 0
    )
    assert "kv_bytes" not in stats
    assert buckets_of(stats, "wait") == {} and stats["wait_histogram"]["sum_seconds"] == 0.0
    assert stats["uptime_seconds"] == 0.0


def test_optional_counters():
    sent = [
        step_tag(0, 1, 1, peak_temporary_bytes=700, device_bytes=10),
        step_tag(1, 1, 1, peak_temporary_bytes=300, device_bytes=20),
    ]
    stats = pmt.to_python(run(sent, 2)[0].stats())
    assert stats["peak_temporary_bytes"] == 700  # the largest
    assert stats["device_bytes"] == 20  # the latest


def test_gaps_are_the_most_of_any_stream():
    sent = [step_tag(0, 1, 1, retunes=1, overflows=4), step_tag(1, 1, 1, retunes=0, overflows=2)]
    stats = pmt.to_python(run(sent, 2)[0].stats())
    assert (stats["retunes"], stats["overflows"]) == (1, 4)
    unsaid = pmt.to_python(run([step_tag(0, 1, 1)], 1)[0].stats())
    assert not {"retunes", "overflows", "streams", "evictions"} & unsaid.keys()
    assert unsaid["rested_tokens"] == 0


@pytest.mark.parametrize("items_per_call", [1, 100_000])
def test_counts_of_all_streams_are_those_of_the_latest_step(items_per_call):
    sent = [
        step_tag(0, 1, 1, stream=3, tokens_in=64, dropped_tokens=8, queued_steps=1, streams=1),
        step_tag(
            *(1, 40, 2),
            **{"stream": 4, "tokens_in": 96, "dropped_tokens": 16, "rested_tokens": 7},
            **{"streams": 2, "evictions": 5},
        ),
    ]
    probe, found, _ = run(sent, 2, items_per_call)
    stats = pmt.to_python(probe.stats())
    assert (stats["steps"], stats["deadline_misses"]) == (2, 1)
    assert (stats["tokens_in"], stats["dropped_tokens"], stats["queued_steps"]) == (96, 16, 0)
    assert stats["rested_tokens"] == 7
    assert (stats["streams"], stats["evictions"]) == (2, 5)
    assert values_of(found, tags.WAIT) == pytest.approx({0: 1, 1: 40}, abs=1e-6)
    assert "stream" not in stats


def test_what_the_latest_step_does_not_state_is_absent():
    sent = [step_tag(0, 1, 1, device_bytes=7, tokens_in=9), step_tag(1, 1, 1)]
    stats = pmt.to_python(run(sent, 2)[0].stats())
    assert "device_bytes" not in stats
    assert stats["tokens_in"] == 9  # of the buffer, which counts in each run anew


def test_foreign_tags_pass():
    tag = gr.tag_t()
    tag.offset, tag.key, tag.value = 3, pmt.intern("other"), pmt.from_long(7)
    assert values_of(run([tag], 5, 1)[1], "other") == {3: 7}


def test_memory_and_uptime_are_of_this_process():
    before = time.monotonic()
    stats = pmt.to_python(run([step_tag(0, 1, 1)], 1)[0].stats())
    assert 0 < stats["uptime_seconds"] <= time.monotonic() - before
    # 1 MiB: numpy alone takes more; and the kernel's two counters lag a little.
    assert 2**20 < stats["rss_bytes"] <= stats["peak_rss_bytes"] + 2**20


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"n_classes": 0}, "latency_probe: n_classes must be >= 1, got 0"),
        ({"n_classes": 2**30}, "latency_probe: n_classes must be <= 16777216, got 1073741824"),
        ({"n_classes": -3}, "latency_probe: n_classes must be >= 1, got -3"),
        ({"interval_ms": 0.0}, "latency_probe: interval_ms must be > 0 and finite, got 0"),
        ({"interval_ms": math.nan}, "latency_probe: interval_ms must be > 0 and finite, got nan"),
        ({"budget_ms": -10.5}, "latency_probe: budget_ms must be > 0 and finite, got -10.5"),
        ({"budget_ms": math.inf}, "latency_probe: budget_ms must be > 0 and finite, got inf"),
    ],
)
def test_refusals(parameters, message):
    with pytest.raises(ValueError) as caught:
        rfattn.latency_probe(**({"n_classes": N_CLASSES} | parameters))
    assert str(caught.value) == message


def test_documented():
    for heading in ("Stream input", "Stream output", "Messages", "Tags"):
        assert heading in rfattn.latency_probe.__doc__
    assert "latency_seconds" in rfattn.latency_probe.stats.__doc__


def test_steps_that_were_found_late_are_counted_apart():
    """They neither miss the deadline nor count in latency and wait."""
    ms = 1_000_000
    stamps = [(0, 10, 20, None), (0, 40, 50, None), (0, 400, 410, 390)]
    probe = rfattn.latency_probe(2)
    steps = []
    for item, (arrival, start, end, found) in enumerate(stamps):
        times = {"arrival_ns": arrival * ms, "start_ns": start * ms, "end_ns": end * ms}
        times |= {} if found is None else {"found_ns": found * ms}
        value = pmt.make_dict()
        for name, ns in times.items():
            value = pmt.dict_add(value, pmt.intern(name), pmt.from_uint64(ns))
        tag = gr.tag_t()
        tag.offset, tag.key, tag.value = item, pmt.intern(rfattn.tags.STEP), value
        steps.append(tag)
    tb = gr.top_block()
    tb.connect(blocks.vector_source_f([0.0] * 6, False, 2, steps), probe)
    tb.run()
    stats = pmt.to_python(probe.stats())
    assert (stats["steps"], stats["found_late_steps"], stats["deadline_misses"]) == (3, 1, 1)
    assert stats["latency_seconds"]["count"] == stats["wait_seconds"]["count"] == 2
    assert stats["latency_seconds"]["max"] == pytest.approx(0.05)
    assert stats["inference_seconds"]["count"] == 3
    assert stats["found_late_seconds"]["max"] == pytest.approx(0.41)

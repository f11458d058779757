# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What messages add up to, for all views alike."""

import pytest
from gnuradio.rfattn.telemetry.metrics import PrometheusMetrics
from gnuradio.rfattn.telemetry.state import State
from gnuradio.rfattn_station.web.feed import Feed
from prometheus_client import generate_latest

from page_messages import MODEL, STATS, emission
from page_messages import detection as message


def detection(label, start, seq, confidence=0.75, **fields):
    return message(label, confidence, sample_start=start, seq=seq, **fields)


def stats(seq, steps, uptime, **fields):
    return {**STATS, "seq": seq, "steps": steps, "uptime_seconds": uptime, **fields}


def test_rates_of_the_interval():
    state = State()
    assert set(state.rates().values()) == {None}
    after = {**MODEL["after"], "block_size": 32}
    state.add("model", {"seq": 0, "after": after})
    state.add("stats", stats(0, 100, 1.0))
    assert state.rates() == {"steps": 100.0, "tokens": 3200.0, "samples": None}
    for i in range(2):
        state.add("detections", detection("ft8", 2048 * i, i))
    state.add("stats", stats(1, 150, 3.0))
    assert state.rates() == {"steps": 25.0, "tokens": 800.0, "samples": 51200.0}


def test_equal_labels_are_joined_and_the_last_runs_kept():
    state = State()
    for i, label in enumerate(["ft8", "ft8", "noise", "ft8"]):
        state.add("detections", detection(label, 100 * i, i, 0.5 + i / 10, time_unix_s=float(i)))
    ended = [
        (when, run.first.label, run.steps, round(run.confidence, 2)) for when, run in state.recent
    ]
    assert ended == [(3.0, "noise", 1, 0.7), (2.0, "ft8", 2, 0.55)]
    assert state.label_counts == {("ft8", 0): 3, ("noise", 0): 1}


def test_missed_messages_are_counted_by_topic():
    state = State()
    for seq in (3, 4, 7):
        state.add("stats", stats(seq, 10 * seq, seq + 1.0))
    state.add("detections", detection("ft8", 0, 100))
    assert state.missed == {"stats": 2, "detections": 0}


@pytest.mark.parametrize("seq", [0, 1, 2])
def test_a_publisher_that_starts_again_clears_everything(seq):
    state = State()
    for before in (1, 2, 5):
        state.add("detections", detection(f"label{before}", 0, before))
        state.add("model", {**MODEL, "seq": before})
    state.add("stats", stats(2, 90, 9.0))
    state.add("stats", stats(seq, 5, 1.0))
    assert (state.restarts, state.missed) == (1, {"stats": 0})
    assert state.rates()["steps"] == 5.0
    assert not (state.model or state.detections or state.label_counts or state.recent)
    state.add("detections", detection("ft8", 0, 0))  # which is no restart of its own
    assert state.restarts == 1


def test_all_views_forget_the_last_run():
    feed = Feed()
    metrics = PrometheusMetrics(feed.state)
    for topic, content in (("stats", stats(4, 90, 9.0)), ("detections", detection("old", 0, 4))):
        feed.add(topic, content)
    feed.update()
    feed.add("stats", stats(0, 5, 1.0))
    update = feed.update()
    assert update["whole"] and update["labels"] == [] and "now" not in update
    assert [entry["steps"] for entry in update["stats"]] == [5]
    text = generate_latest(metrics.registry).decode()
    assert "old" not in text and "rfattn_steps_total 5.0" in text


def test_the_next_recording_of_a_publisher_is_no_restart():
    """Statistics and samples begin again there, sequence numbers do not."""
    state = State()
    for seq, (label, start) in enumerate([("ft8", 0), ("lte", 2048), ("noise", 0), ("ft8", 2048)]):
        state.add("detections", detection(label, start, seq))
        state.add("stats", stats(seq, seq % 2 + 1, seq % 2 + 1.0))
    assert state.restarts == 0
    assert [run.first.label for _, run in state.recent] == ["noise", "lte", "ft8"]
    assert state.rates()["samples"] == 2048.0


def test_messages_without_a_number_are_never_missed():
    """As the blocks get them."""
    state = State()
    for steps in (30, 5):
        state.add("stats", {k: v for k, v in stats(0, steps, 1.0).items() if k != "seq"})
    assert (state.missed, state.restarts, state.stats.steps) == ({}, 0, 5)


def test_streams_are_bounded():
    state = State()
    for stream in range(70):
        state.add("detections", detection("ft8", 0, stream, stream=stream))
    assert list(state.detections) == list(range(6, 70))
    assert len(state.label_counts) == 64
    assert [run.first.stream for _, run in state.recent] == [5, 4, 3, 2, 1, 0]
    state.add("detections", detection("ft8", 100, 70, stream=6))
    state.add("detections", detection("ft8", 0, 71, stream=70))
    assert 6 in state.detections and 7 not in state.detections


def test_recent_runs_are_bounded():
    state = State()
    for seq in range(300):
        state.add("detections", detection(f"label{seq}", 0, seq))
    assert len(state.recent) == 100


def test_silence():
    now = [100.0]
    state = State(clock=lambda: now[0])
    assert state.silent_s() is None
    state.add("hello", {"seq": 0})  # a topic of a newer version
    now[0] += 7
    assert state.silent_s() == 7.0


def test_a_message_that_is_refused_changes_nothing():
    state = State()
    state.add("stats", stats(0, 7, 1.0))
    with pytest.raises(ValueError, match="stats: steps is missing"):
        state.add("stats", {"seq": 5})
    assert state.missed == {"stats": 0} and state.stats.steps == 7


def test_the_model_comes_with_the_info_too():
    state = State()
    state.add("info", {"seq": 0, "versions": {}, "model": None})
    assert state.model is None
    state.add("info", {"seq": 1, "versions": {}, "model": MODEL})
    assert (state.model.attention, state.model.norm) == ("gqa", "rmsnorm")


def test_emissions_are_kept_and_forgotten_with_the_publisher():
    state = State()
    for seq, (id, kind) in enumerate([(1, "new"), (2, "new"), (1, "end")]):
        state.add("emissions", emission(id, kind, seq=seq, bursts=[10 * seq, 5]))
    assert list(state.emissions.live) == [2] and list(state.emissions.ended) == [(0, 1)]
    assert list(state.emissions.ended[0, 1].bursts) == [(0, 5), (20, 5)]
    state.add("emissions", emission(7, seq=1))
    assert state.restarts == 1
    assert list(state.emissions.live) == [7] and not state.emissions.ended


def test_emissions_are_bounded():
    state = State()
    for id in range(1, 701):
        state.add("emissions", emission(id, sample_now=id))
        state.add("emissions", emission(id, "update", bursts=list(range(2 * 65))))
    emissions = state.emissions
    assert (len(emissions.live), len(emissions.ended), emissions.lost) == (256, 300, 444)
    assert list(emissions.live[700].bursts)[0] == (2, 3) and len(emissions.live[700].bursts) == 64


def edge(number, **fields):
    return {"edge": number, "tokens": 90, "tokens_dropped": 6, "tokens_elsewhere": 4, **fields}


def test_of_each_edge_the_latest_message_is_kept_and_exported():
    state = State()
    state.add("edges", edge(3, tokens=10))
    state.add("edges", edge(3, bytes=512, refused=1))
    state.add("edges", edge(7, state="gone", vanished=1, messages_dropped=2, refused=2))
    assert (list(state.edges), state.edges[3].tokens) == ([3, 7], 90)
    text = generate_latest(PrometheusMetrics(state).registry).decode()
    for line in (
        'rfattn_edge_connected{edge="3"} 1.0',
        'rfattn_edge_connected{edge="7"} 0.0',
        'rfattn_edge_tokens_total{edge="3"} 90.0',
        'rfattn_edge_tokens_dropped_total{edge="3"} 6.0',
        'rfattn_edge_tokens_elsewhere_total{edge="3"} 4.0',
        'rfattn_edge_bytes_total{edge="3"} 512.0',
        'rfattn_edge_vanished_total{edge="7"} 1.0',
        'rfattn_edge_messages_dropped_total{edge="7"} 2.0',
        "rfattn_edge_messages_refused_total 2.0",
    ):
        assert f"{line}\n" in text, line


def test_edges_without_end_are_refused():
    state = State()
    for number in range(1000):
        state.add("edges", edge(number))
    state.add("edges", edge(5, tokens=1))
    with pytest.raises(ValueError, match="'edges': more than 1000 names"):
        state.add("edges", edge(1000))
    assert (len(state.edges), state.edges[5].tokens) == (1000, 1)


def test_no_edges_no_metrics():
    assert b"rfattn_edge" not in generate_latest(PrometheusMetrics(State()).registry)

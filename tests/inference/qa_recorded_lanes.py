# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a step is recorded and replayed, with a stand-in for CUDA that runs each call at once.

A graph must be recorded after runs of the same program, none of which touches a stream of anybody,
and nothing may be read before the event that says it is there.
"""

import gc

import pytest
import torch
from gnuradio.rfattn.inference.graph_runner import GraphRunner
from gnuradio.rfattn.inference.lanes import DEPTH, Lanes, RecordedLanes
from gnuradio.rfattn.inference.recorder import Recorder

from attention_models import TensorAdapter, contract_of, random_model, random_tokens
from attention_models import tiny_config as tiny
from fake_cuda import FakeCuda

CPU, SPARE = torch.device("cpu"), 3
KINDS = [(full, in_place) for full in (False, True) for in_place in (False, True)]


@pytest.fixture
def cuda(monkeypatch):
    return FakeCuda(monkeypatch)


@pytest.fixture
def program(cuda):
    """Stands for the step: logits that depend on tokens, lanes, ``full`` and ``in_place``."""

    def run(tokens, lanes, full, in_place):
        cuda.log.append(("run", cuda.now, (full, in_place, lanes[0].tolist())))
        cuda.peak = cuda.held + 100 + 50 * full
        logits = tokens.mean(dim=1)[:, :3] + lanes.sum(dim=0).unsqueeze(1)
        logits += 1000.0 * full + 2000.0 * in_place
        return cuda.program_ran(lambda: run(tokens, lanes, full, in_place), logits)

    return run


@pytest.fixture
def recorder(cuda):
    return Recorder(CPU)


@pytest.fixture
def recorded(cuda, program, recorder):
    return RecordedLanes(2, program, tiny(), CPU, SPARE, recorder)


def test_a_graph_is_recorded_after_runs_and_not_before_it_is_needed(cuda, recorded, recorder):
    assert cuda.log == []
    recorded.prepare(False, True)
    recorded.prepare(False, True)
    kinds = ["wait", "run", "run", "run", "wait", "begin a graph", "run", "end a graph"]
    assert [what for what, *_ in cuda.log] == kinds
    recording = cuda.log[-1][1]
    assert recording not in (cuda.default, recorder.copying)
    assert all(at is recording for _, at, _ in cuda.what("run", "begin a graph"))
    waits = [(at, other) for _, at, other in cuda.what("wait")]
    assert waits == [(recording, cuda.default), (cuda.default, recording)]
    (begin,) = cuda.what("begin a graph")
    assert begin[2] == ((0, 7), "thread_local") and recorder.graphs == 1


def test_runs_before_recording_touch_only_the_spare_slot(cuda, recorded):
    """Also where lanes have stepped streams before: those steps must not be computed again."""
    recorded.start(0, random_tokens(2, 4), torch.tensor([[0, 1], [0, 0], [16, 16]]), True)
    for _, _, (_, _, slots) in cuda.what("run")[:-1]:
        assert slots == [SPARE, SPARE]
    del cuda.log[:]
    recorded.start(1, random_tokens(2, 4), torch.tensor([[1, 2], [0, 0], [0, 0]]), False)
    runs = [slots for _, _, (_, _, slots) in cuda.what("run")]
    assert runs == [[SPARE, SPARE]] * 4 + [[1, 2]]


def test_what_a_step_takes_is_the_most_that_a_run_took(cuda, recorded, recorder):
    recorded.prepare(True, False)
    recorded.prepare(False, False)
    assert recorder.temporary_bytes == 150


def test_recording_collects_no_garbage_and_waits_for_no_step(cuda, recorded, monkeypatch):
    """Each of these holds the steps of other models (see `Recorder`)."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(gc, "collect", refuse)
    for name in ("synchronize", "empty_cache", "graph"):
        monkeypatch.setattr(torch.cuda, name, refuse)
    recorded.prepare(True, True)


def test_a_recording_that_fails_ends_its_graph_and_keeps_the_first_error(cuda, recorder):
    """As on CUDA, where the end of a graph that failed raises an error of its own."""

    def fail():
        if cuda.capturing is not None:
            cuda.is_invalid = True
            raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(RuntimeError, match="not permitted"):
        recorder.record(fail)
    assert (cuda.capturing, cuda.now, recorder.graphs) == (None, cuda.default, 0)
    recorder.record(lambda: None)
    assert recorder.graphs == 1


def test_steps_give_what_they_give_without_a_graph(recorded, program):
    """With one or both lanes taken, and while another step is on its way."""
    plain = Lanes(2, program, tiny(), CPU, SPARE)
    steps = [
        (random_tokens(count, 4, seed=turn), torch.full((3, count), turn), *KINDS[turn % 4])
        for turn, count in enumerate((1, 2, 2, 1, 2, 2, 1, 1))
    ]
    for turn, step in enumerate(steps):
        if turn >= DEPTH:
            recorded.result(turn - DEPTH)
        recorded.start(turn, *step)
        plain.start(0, *step)
        count = len(step[0])
        assert torch.equal(recorded.result(turn)[:count], plain.result(0)[:count])


def test_each_stream_waits_for_what_it_reads(cuda, recorded, recorder):
    recorded.prepare(True, False)
    del cuda.log[:]
    recorded.start(0, random_tokens(2, 4), torch.zeros(3, 2, dtype=torch.int64), True)
    recorded.result(0)
    calls = [entry for entry in cuda.log if entry[0] != "run"]
    (_, first, copied), (_, second, awaited), (_, third, _), (_, fourth, done), last = calls
    assert [what for what, *_ in calls] == ["record", "wait", "replay", "record", "synchronize"]
    assert (first, second, third, fourth) == (recorder.copying, *[cuda.default] * 3)
    assert awaited is copied and last[2] is done and done is not copied


@pytest.fixture
def model(cuda, recorder, monkeypatch):
    """Makes adapters of runner "graph" that record, with the stand-in as their device."""

    def run(self, *step):
        logits = self.module(*step[:2], self._pool, *step[2:])
        return cuda.program_ran(lambda: run(self, *step), logits)

    def make(max_streams, **changes):
        config = tiny(**changes)
        parts = random_model(config), contract_of(config), "cpu", "float32", max_streams, "graph"
        adapter = TensorAdapter(*parts)
        adapter._runner._recorder = recorder
        return adapter

    monkeypatch.setattr(GraphRunner, "_program", run)
    return make


@pytest.mark.parametrize("attention, kinds", [("flash", 4), ("ssm", 2)])
def test_as_many_graphs_are_recorded_as_calls_can_need(model, recorder, attention, kinds):
    """A state space masks nothing. A block has calls of 8 streams, and 512 streams in all."""
    adapter = model(512, attention=attention)
    adapter.prepare(8)
    assert recorder.graphs == 8 * kinds
    adapter.step(random_tokens(8, 4), range(8))
    adapter.step(random_tokens(3, 4), [7, 5, 3])
    assert recorder.graphs == 8 * kinds
    adapter.step(random_tokens(9, 4), range(9))  # more than were announced
    assert recorder.graphs == 8 * kinds + 1
    assert adapter.peak_temporary_bytes == recorder.temporary_bytes


@pytest.mark.parametrize("attention", ["flash", "mla", "ssm"])
def test_recorded_steps_equal_the_offline_pass(model, recorder, attention):
    """Streams side by side and not, with rings that fill while graphs are recorded."""
    adapter = model(4, attention=attention)
    calls = ([0, 1, 2], [0, 2], [1], [0, 1, 2], [2, 0], [1, 1, 1], [0, 1, 2], [0, 1, 2])
    tokens = random_tokens(3, 8 * 4)
    expected, done = adapter.offline(tokens), [0, 0, 0]
    for streams in calls:
        steps = []
        for stream in streams:
            steps.append((stream, done[stream]))
            done[stream] += 1
        blocks = torch.stack([tokens[i, 4 * k : 4 * k + 4] for i, k in steps])
        wanted = torch.stack([expected[i, k] for i, k in steps])
        assert (adapter.step(blocks, streams) - wanted).abs().max() <= 1e-5
    assert recorder.graphs >= 3

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a step is recorded and replayed, with a stand-in for CUDA that runs each call at once.

It has no device to be late, but a list of what happened on which stream: a graph must be recorded
after runs on another stream, and nothing may be read before the event that says it is there.
"""

from contextlib import contextmanager

import pytest
import torch
from gnuradio.rfattn.inference import lanes as lanes_module
from gnuradio.rfattn.inference.lanes import DEPTH, Lanes, RecordedLanes

from attention_models import random_tokens
from attention_models import tiny_config as tiny

CPU, SPARE = torch.device("cpu"), 3


class FakeCuda:
    """The part of torch.cuda that is used; ``log`` has what happened: (what, stream)."""

    def __init__(self):
        self.log, self.capturing = [], None
        self.now = self.default = self.make_stream()
        cuda = self

        class Event:
            def record(self, stream=None):
                cuda.log.append(("record", stream or cuda.now, self))

            def synchronize(self):
                cuda.log.append(("synchronize", None, self))

        class CUDAGraph:
            """Runs what was called while it was recorded."""

            def replay(self):
                cuda.log.append(("replay", cuda.now, self))
                self.result.copy_(self.program(*self.arguments))

        self.Event, self.CUDAGraph = Event, CUDAGraph

    def make_stream(self, device=None):
        return FakeStream(self)

    def current_stream(self, device=None):
        return self.now

    @contextmanager
    def stream(self, stream):
        before, self.now = self.now, stream
        yield
        self.now = before

    @contextmanager
    def graph(self, graph, pool, stream, capture_error_mode):
        self.log.append(("record a graph", stream, (pool, capture_error_mode)))
        self.capturing = graph
        with self.stream(stream):
            yield
        self.capturing = None


class FakeStream:
    def __init__(self, cuda):
        self._cuda = cuda

    def wait_stream(self, other):
        self._cuda.log.append(("wait", self, other))

    def wait_event(self, event):
        self._cuda.log.append(("wait", self, event))


@pytest.fixture
def cuda(monkeypatch):
    fake = FakeCuda()
    monkeypatch.setattr(lanes_module.torch.cuda, "Stream", fake.make_stream)
    for name in ("Event", "CUDAGraph", "current_stream", "stream", "graph"):
        monkeypatch.setattr(lanes_module.torch.cuda, name, getattr(fake, name))
    return fake


@pytest.fixture
def program(cuda):
    """Stands for the step: logits that depend on tokens, lanes and ``full``."""

    def run(tokens, lanes, full):
        cuda.log.append(("run", cuda.now, full))
        logits = tokens.mean(dim=1)[:, :3] + lanes.sum(dim=0).unsqueeze(1) + 1000.0 * full
        if cuda.capturing is not None:
            graph = cuda.capturing
            graph.program, graph.arguments, graph.result = run, (tokens, lanes, full), logits
        return logits

    return run


@pytest.fixture
def recorded(cuda, program):
    copying, recording = cuda.make_stream(), cuda.make_stream()
    made = RecordedLanes(2, program, tiny(), CPU, SPARE, copying, recording, (0, 7))
    return made, copying, recording


def test_a_graph_is_recorded_on_a_stream_of_its_own_after_runs_on_another(cuda, recorded):
    _, copying, recording = recorded
    runs = [(at, full) for what, at, full in cuda.log if what == "run"]
    assert [full for _, full in runs] == [False] * 4 + [True] * 4
    for k in (0, 4):
        before, last = runs[k : k + 3], runs[k + 3]
        assert last[0] is recording
        assert all(at not in (recording, copying, cuda.default) for at, _ in before)
        assert len({id(at) for at, _ in before}) == 1
    graphs = [entry for entry in cuda.log if entry[0] == "record a graph"]
    assert graphs == [("record a graph", recording, ((0, 7), "thread_local"))] * 2


def test_steps_give_what_they_give_without_a_graph(recorded, program):
    """With one or both lanes taken, and while another step is on its way."""
    graphs, plain = recorded[0], Lanes(2, program, tiny(), CPU, SPARE)
    steps = [
        (random_tokens(count, 4, seed=turn), torch.full((3, count), turn), turn % 2 == 0)
        for turn, count in enumerate((1, 2, 2, 1, 2))
    ]
    for turn, (tokens, numbers, full) in enumerate(steps):
        if turn >= DEPTH:
            graphs.result(turn - DEPTH)
        graphs.start(turn, tokens, numbers, full)
        plain.start(0, tokens, numbers, full)
        assert torch.equal(graphs.result(turn)[: len(tokens)], plain.result(0)[: len(tokens)])


def test_each_stream_waits_for_what_it_reads(cuda, recorded):
    graphs, copying, _ = recorded
    del cuda.log[:]
    graphs.start(0, random_tokens(2, 4), torch.zeros(3, 2, dtype=torch.int64), True)
    graphs.result(0)
    calls = [entry for entry in cuda.log if entry[0] != "run"]
    (_, first, copied), (_, second, awaited), (_, third, _), (_, fourth, done), last = calls
    assert [what for what, *_ in calls] == ["record", "wait", "replay", "record", "synchronize"]
    assert (first, second, third, fourth) == (copying, *[cuda.default] * 3)
    assert awaited is copied and last[2] is done and done is not copied

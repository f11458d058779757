# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter's streams: bounded caches, evictions, segments and ends, each stream for itself."""

import itertools
import random

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, NORMS, kv_bytes
from gnuradio.rfattn.inference.caches import CachePool
from gnuradio.rfattn.inference.files import SCHEMA

from attention_models import (
    CPU_RUNNERS,
    DEVICES,
    TOLERANCE,
    TensorAdapter,
    contract_of,
    gated,
    random_model,
    random_tokens,
    tiny_config,
)


def adapter(max_streams, runner="torch", device="cpu", **changes):
    config = tiny_config(**changes)
    contract = contract_of(config)
    return TensorAdapter(random_model(config), contract, device, "float32", max_streams, runner)


class Twin:
    """The tokens and logits of one stream, each segment of which is compared with its offline pass
    when it ends."""

    def __init__(self, model, allowed):
        self.model, self.allowed, self.position = model, allowed, 0
        self.tokens, self.logits = [], []

    def begin(self, position=None):
        self.check()
        self.position += 4 * len(self.tokens)
        self.position = self.position if position is None else position
        self.tokens, self.logits = [], []

    def step(self, tokens, logits):
        self.tokens.append(tokens)
        self.logits.append(logits)

    def check(self):
        if not self.tokens:
            return
        with torch.inference_mode():
            expected = self.model.offline(torch.cat(self.tokens, dim=1), self.position)[0]
        assert expected.shape == (len(self.logits), len(self.logits[0]))
        assert (torch.stack(self.logits) - expected).abs().max() <= self.allowed


def victim(held, streams, last, came, idle_tokens):
    """The stream that a new one of the call replaces; ``came``: the streams by their admission."""
    others = [s for s in held if s not in streams]
    if last["any"] - last[others[0]] >= idle_tokens:
        return others[0]
    return max(others, key=came.index)


def check_random_calls(model, calls, seed=1):
    """Random runs of 1, 3 or 8 of 12 streams, with resets, ends and evictions between."""
    chance = random.Random(seed)
    eager = random_model(model.config)
    # The runners of torch round as the offline pass does, which is off by 1e-5 itself.
    allowed = TOLERANCE[model.device.partition(":")[0]] * (1 + (model.runner == "native"))
    twins, held, evicted = {}, [], 0  # held: longest idle first
    last, came = {"any": 0}, []  # numbers of tokens; streams, each where it got its cache last
    for call in range(calls):
        streams = chance.sample(range(12), min((1, 3, 8)[call % 3], model.max_streams))
        runs = [chance.choice((1, 1, 2, 7)) for _ in streams]
        steps = [s for s, count in zip(streams, runs, strict=True) for _ in range(count)]
        tokens = random_tokens(len(steps), 4, seed=call)
        logits = model.step(tokens, steps)
        for stream in [s for s in streams if s in held]:
            held.remove(stream)
            held.append(stream)
        for stream in streams:
            if stream in held:
                held.remove(stream)
            else:
                if stream in twins:
                    twins[stream].check()
                twins[stream] = Twin(eager, allowed)
                if len(held) == model.max_streams:
                    idle_tokens = model.max_streams * model.window
                    held.remove(victim(held, streams, last, came, idle_tokens))
                    evicted += 1
                came = [s for s in came if s != stream] + [stream]
            held.append(stream)
        last["any"] += 4 * len(steps)
        last.update(dict.fromkeys(streams, last["any"]))
        for i, stream in enumerate(steps):
            twins[stream].step(tokens[i : i + 1], logits[i])
        assert (model.streams, model.evictions) == (held, evicted)
        assert model.kv_bytes == len(held) * model.max_kv_bytes // model.max_streams
        if call % 5 == 0:
            position = chance.choice([None, 0, 2**31, 2**53])
            model.reset(held[0], position)
            twins[held[0]].begin(position)
            last[held[0]] = last["any"]
            held.append(held.pop(0))
        if call % 7 == 0:
            model.end(held.pop(chance.randrange(len(held))))
    for twin in twins.values():
        twin.check()
    assert evicted > 10


IN_TURN = list(zip(ATTENTIONS, itertools.cycle(NORMS)))
"""Each attention with a norm. Which norm it is does not reach the caches, and streams of each pair
equal their offline pass in `tests/attention/qa_attention_model.py` and `qa_native_model.py`."""


@pytest.mark.parametrize("runner", CPU_RUNNERS)
@pytest.mark.parametrize(("attention", "norm"), IN_TURN)
def test_each_stream_among_others_equals_its_own_offline_pass(attention, norm, runner):
    shape = dict(attention=attention, norm=norm, gate=gated(attention, norm != "rmsnorm"))
    check_random_calls(adapter(8, runner, **shape), 45)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("attention", "norm"), IN_TURN)
def test_streams_in_lanes_of_one_pool_equal_their_own_offline_passes(attention, norm, device):
    shape = dict(attention=attention, norm=norm, gate=gated(attention, norm == "rmsnorm"))
    check_random_calls(adapter(7, "graph", device, **shape), 45)


def test_a_full_pool_takes_what_was_predicted():
    model = adapter(3)
    assert (model.kv_bytes, model.streams) == (0, [])  # allocated when a stream comes
    for stream in range(5):
        model.step(random_tokens(1, 4), [2**40 + stream])
        assert model.kv_bytes == min(stream + 1, 3) * model.max_kv_bytes // 3
    assert model.kv_bytes == model.max_kv_bytes == kv_bytes(model.config, 3)
    assert (model.evictions, model.cache_changes) == (2, 5)
    model.step(random_tokens(1, 4), [2**40 + 4])
    assert model.cache_changes == 5
    model.end(2**40 + 4)
    model.end(2**40 + 4)
    assert model.cache_changes == 6


def test_the_newest_stream_is_evicted_and_none_of_the_same_call():
    model = adapter(3)
    for stream in (1, 2, 3, 1):
        model.step(random_tokens(1, 4), [stream])
    model.step(random_tokens(2, 4), [7, 3])  # 3 is the newest, but called for
    assert (model.streams, model.evictions) == ([1, 7, 3], 1)


def test_a_stream_is_idle_when_others_could_have_filled_all_windows():
    model = adapter(2)
    idle_tokens = 2 * model.window
    model.step(random_tokens(1, 4), [1])
    for _ in range(idle_tokens // 4 - 1):
        model.step(random_tokens(1, 4), [2])
    model.step(random_tokens(1, 4), [3])  # takes the place of 2, the newest
    assert model.streams == [1, 3]
    model.step(random_tokens(1, 4), [4])  # takes that of 1, now idle
    assert (model.streams, model.evictions) == ([3, 4], 2)


@pytest.mark.parametrize("streams, with_context", [(4, 4), (5, 3), (6, 2), (8, 2)])
def test_streams_in_turn_do_not_take_the_context_of_all(streams, with_context):
    """Four caches, calls of two; those without context are what comes in the others' places."""
    pool = CachePool(lambda slot: [torch.zeros(4)], 4, window=64)
    counts = []
    for turn in range(10):
        seen = []
        for first in range(0, streams, 2):
            called = list(range(first, min(first + 2, streams)))
            states = pool.take(called, 8 * len(called))
            seen += [state.seen for state in states]
            for state in states:
                state.seen += 8
        counts.append(sum(count == 8 * turn for count in seen))
    assert set(counts[1:]) == {with_context}


def test_a_slot_is_not_lost_when_its_tensors_cannot_be_made():
    def make(slot):
        made.append(slot)
        if len(made) == 1:
            raise RuntimeError("out of memory")
        return [torch.zeros(4)]

    made = []
    pool = CachePool(make, 2, window=64)
    with pytest.raises(RuntimeError, match="out of memory"):
        pool.take([1])
    assert pool.streams == []
    assert sorted(state.slot for state in pool.take([1, 2])) == [0, 1]
    assert pool.evictions == 0


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_stream_takes_the_memory_of_one_that_ended_whatever_it_holds(attention):
    model, fresh = adapter(2, attention=attention), adapter(2, attention=attention)
    model.step(random_tokens(2, 4), [5, 6])
    (state,) = model.hold([5])
    tensors = state.tensors
    for tensor in tensors:
        tensor.fill_(torch.nan)
    model.end(5)
    assert model.kv_bytes == model.max_kv_bytes // 2
    for i in range(3 * model.window // model.block_size):
        tokens = random_tokens(1, 4, seed=i)
        assert torch.equal(model.step(tokens, [7]), fresh.step(tokens, [7]))
    assert model.hold([7])[0].tensors is tensors


def test_an_end_frees_the_cache_and_a_stream_begins_anew():
    model = adapter(2)
    tokens = random_tokens(1, 4)
    first = model.step(tokens, [5])
    model.step(random_tokens(1, 4, seed=3), [5])
    model.end(5)
    model.end(5)  # of a stream that holds none
    assert (model.kv_bytes, model.streams, model.evictions) == (0, [], 0)
    assert torch.equal(model.step(tokens, [5]), first)


def test_a_reset_of_one_stream_leaves_the_others():
    model = adapter(2)
    tokens = random_tokens(2, 8)
    first = model.step(tokens[:, :4], [0, 1])
    model.reset(0, position=0)
    again = model.step(torch.cat((tokens[:1, :4], tokens[1:, 4:])), [0, 1])
    assert torch.equal(again[0], first[0])
    expected = model.offline(tokens[1:])[0, 1]
    assert (again[1] - expected).abs().max() <= 1e-5
    model.reset(position=0)
    assert torch.equal(model.step(tokens[:, :4], [0, 1]), first)


@pytest.mark.parametrize(
    "streams, message",
    [
        ([], r"streams must be 1 to max_streams=3 distinct numbers, got \[\]"),
        ([1, 2, 1], r"distinct numbers, got \[1, 2, 1\]"),
        ([1, 2, 3, 4], r"streams must be 1 to max_streams=3 distinct numbers, got \[1, 2, 3, 4\]"),
    ],
)
def test_streams_that_do_not_fit_are_refused(streams, message):
    model = adapter(3)
    with pytest.raises(ValueError, match=message):
        model.step(random_tokens(len(streams), 4), streams)
    assert model.streams == []


def test_a_wrong_number_of_tokens_is_refused_before_a_cache_is_taken():
    model = adapter(3)
    with pytest.raises(ValueError, match=r"tokens must be \(2, 4, 8\) .* got \(1, 4, 8\)"):
        model.step(random_tokens(1, 4), [1, 2])
    assert model.streams == []


class Mean(torch.nn.Module):
    """A foreign model whose logits are the mean of its window and its first token's first bin."""

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        return torch.stack((window.mean(), window[0, 0, 0]))[None]


def test_whole_windows_are_kept_for_each_stream():
    shape = {"n_bins": 2, "n_classes": 2, "block_size": 1, "window": 3}
    contract = {
        "schema": SCHEMA,
        "kind": "window",
        "front_end": {},
        "model": shape,
        "classes": ["mean", "first"],
    }
    model = TensorAdapter(Mean(), contract, "cpu", max_streams=2)
    assert model.max_kv_bytes == 2 * 3 * 2 * 4
    rows = torch.arange(4.0)
    got = []
    for i in range(4):
        tokens = torch.stack((rows[i].expand(1, 2), rows[i].expand(1, 2) + 10))
        got.append(model.step(tokens, [4, 9]))
    first = [row.tolist() for row in torch.stack(got)[:, 0]]
    # the window is filled up with the first token: 000, 001, 012, 123
    assert first == [pytest.approx(v) for v in ([0, 0], [1 / 3, 0], [1, 0], [2, 1])]
    assert torch.allclose(torch.stack(got)[:, 1], torch.stack(got)[:, 0] + 10)
    model.reset(4)
    assert model.step(torch.full((1, 1, 2), 5.0), [4]).tolist() == [[5, 5]]

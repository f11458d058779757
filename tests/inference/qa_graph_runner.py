# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step of fixed shape over a pool: on the CPU its program, on CUDA its graphs."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from gnuradio.rfattn.attention import ATTENTIONS, PooledTransformer, kernels, new_pool
from gnuradio.rfattn.attention.pool import begin
from gnuradio.rfattn.inference import graph_runner
from gnuradio.rfattn.inference.graph_runner import GraphRunner, lane_count
from torch.utils._python_dispatch import TorchDispatchMode

from attention_models import (
    DEVICES,
    TOLERANCE,
    TensorAdapter,
    contract_of,
    needs_native,
    random_model,
    random_tokens,
)
from attention_models import tiny_config as tiny

N, W = 4, 16
"""Block size and window of `tiny`."""
CUDA = DEVICES[1]


def adapter(max_streams=4, runner="graph", device="cpu", dtype="float32", **changes):
    config = tiny(**changes)
    model, contract = random_model(config), contract_of(config)
    return TensorAdapter(model, contract, device, dtype, max_streams, runner)


def pooled(slots=3, **changes):
    config = tiny(**changes)
    model = random_model(config)
    return model, PooledTransformer(model, config), new_pool(config, slots)


def lanes(*rows):
    """(slot, start, seen) of each lane as the tensor [3, B]."""
    return torch.tensor(rows).T


@pytest.mark.parametrize("patch", [1, 2])
@pytest.mark.parametrize("attention", ATTENTIONS)
@torch.inference_mode()
def test_with_a_mask_or_without_it_gives_the_offline_pass(attention, patch):
    """Two streams in swapped lanes, through two wraps of the ring; without a mask once full."""
    model, step, pool = pooled(attention=attention, patch=patch, n_features=2)
    tokens = random_tokens(2, 3 * W, n_features=2)
    expected = torch.stack([model.offline(tokens[i : i + 1], 100 * i)[0] for i in (0, 1)])
    for k in range(3 * W // N):
        part, seen = tokens[:, k * N : (k + 1) * N], k * N
        order = torch.tensor([0, 1] if k % 2 else [1, 0])
        at = lanes(*((2 * i, step.start_of(100 * i + seen), seen) for i in order.tolist()))
        before = [rings.clone() for rings in pool]
        masked = step(part[order], at, pool, False, False)
        assert (masked - expected[order, k]).abs().max() <= 1e-5
        if seen >= W:
            unmasked = step(part[order], at, before, True, False)
            assert (unmasked - masked).abs().max() <= 1e-5


@pytest.mark.parametrize("attention", ATTENTIONS)
@torch.inference_mode()
def test_in_place_gives_the_same_and_writes_the_same(attention):
    """Two streams in the first slots, and a lane behind them that reads a third stream's slot."""
    _, step, pool = pooled(4, attention=attention, n_features=2)
    for part in pool:
        part.normal_()
    copies = [part.clone() for part in pool]
    for k in range(2 * W // N):
        tokens = random_tokens(3, N, n_features=2, seed=k)
        at = lanes((0, k * N, k * N), (1, 0, W + k * N), (3, 0, W))
        copied, in_place = (
            step(tokens, at, copies, False, False),
            step(tokens, at, pool, False, True),
        )
        assert (copied[:2] - in_place[:2]).abs().max() <= 1e-5
    for one, other in zip(copies, pool, strict=True):
        assert (one[:3] - other[:3]).abs().max() <= 1e-5


class OnlyOnMeta(TorchDispatchMode):
    """Refuses operators that take or make a tensor elsewhere than on the device without memory."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        tensors = [x for x in (*args, made) if isinstance(x, torch.Tensor)]
        assert all(x.device.type == "meta" for x in tensors), func
        return made


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_no_value_is_read_and_nothing_is_computed_elsewhere(attention, dtype):
    """Where tensors have no memory, every look at a value fails; so a graph can hold the step, in
    each of its four forms."""
    shape = dict(attention=attention, embedding="conv", patch=2, n_features=2)
    _, step, _ = pooled(**shape)
    step, pool = step.to("meta", dtype), new_pool(tiny(**shape), 3, "meta", dtype)
    tokens = random_tokens(2, N, n_features=2).to("meta")
    at = lanes((0, 0, 0), (1, 0, 9)).to("meta")
    for full, in_place in itertools.product((False, True), repeat=2):
        with OnlyOnMeta(), torch.no_grad():
            logits = step(tokens, at, pool, full, in_place)
        assert (logits.shape, logits.dtype) == ((2, 3), torch.float32)


@torch.inference_mode()
def test_a_spare_lane_touches_only_the_spare_slot():
    _, step, pool = pooled(slots=4)
    for part in pool:
        part.normal_()
    before = [part.clone() for part in pool]
    step(random_tokens(3, N), lanes((1, 0, 0), (3, 0, W), (3, 0, W)), pool, False, False)
    for old, new in zip(before, pool, strict=True):
        assert torch.equal(old[[0, 2]], new[[0, 2]])
        assert not torch.equal(old[1], new[1])


@torch.inference_mode()
def test_begin_empties_one_slot():
    pool = [torch.ones(3, 2), torch.full((3, 1, 2, 2), float("nan"))]
    begin(pool, 1)
    assert [part[1].abs().sum().item() for part in pool] == [0, 0]
    assert pool[0][[0, 2]].eq(1).all() and pool[1][[0, 2]].isnan().all()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("attention", ["flash", "ssm"])
def test_a_stream_of_nan_leaves_others_and_the_next_in_its_slot_alone(attention, device):
    model = adapter(2, device=device, attention=attention)
    good = random_tokens(1, 6 * N)
    expected = model.offline(good)[0]
    nan = torch.full((1, N, 8), float("nan"))
    for k in range(6):
        both = model.step(torch.cat((good[:, k * N : (k + 1) * N], nan)), [0, 1])
        assert (both[0] - expected[k]).abs().max() <= TOLERANCE[device]
        assert both[1].isnan().all()
    again = model.step(good[:, :N], [2])  # in the slot of stream 0, idle longest
    model.step(nan, [7])
    assert (again[0] - expected[0]).abs().max() <= TOLERANCE[device]
    fresh = model.step(good[:, :N], [9])
    assert (fresh[0] - expected[0]).abs().max() <= TOLERANCE[device]


@pytest.mark.parametrize("device", DEVICES)
def test_runs_of_different_lengths_in_one_call(device):
    """More steps than are on their way at a time, and than a run may have."""
    model, plain = adapter(3, device=device), adapter(3, "torch")
    streams = [5] * 11 + [6] + [7] * 4
    tokens = random_tokens(len(streams), N)
    difference = (model.step(tokens, streams) - plain.step(tokens, streams)).abs().max()
    assert difference <= TOLERANCE[device]
    assert model.longest_run == 8


def test_less_than_a_fifth_of_the_lanes_has_no_stream():
    counts = [lane_count(n, 512) for n in range(1, 513)]
    assert sorted(set(counts))[:18] == [*range(1, 9), 10, 12, 14, 16, 20, 24, 28, 32, 40, 48]
    assert len(set(counts)) == 32
    assert all(n <= count < 1.25 * n for n, count in enumerate(counts, 1))
    assert [lane_count(n, 65) for n in (64, 65)] == [64, 65]
    assert [lane_count(n, 9) for n in (8, 9)] == [8, 9]


@pytest.fixture
def started(monkeypatch):
    """Lanes and whether they are in place, of each step that is started."""
    seen, start = [], graph_runner.Lanes.start

    def note(self, turn, tokens, numbers, full, in_place):
        seen.append((self.count, in_place))
        start(self, turn, tokens, numbers, full, in_place)

    monkeypatch.setattr(graph_runner.Lanes, "start", note)
    return seen


def test_a_call_takes_few_more_lanes_than_it_has_streams(started):
    model = adapter(11)
    for count in range(1, 12):
        model.step(random_tokens(count, N), range(count))
    assert [count for count, _ in started] == [1, 2, 3, 4, 5, 6, 7, 8, 10, 10, 11]


def test_streams_in_the_first_slots_are_stepped_where_they_lie(started):
    """In any order; others are copied. A new stream takes the first free slot."""
    model = adapter(4)
    for streams in ([5, 6, 7], [7, 5, 6], [6], [5, 6], [5, 7]):
        model.step(random_tokens(len(streams), N), streams)
    model.end(5)
    model.step(random_tokens(2, N), [6, 7])
    model.step(random_tokens(3, N), [6, 7, 8])
    in_place = [is_in_place for _, is_in_place in started]
    assert in_place == [True, True, False, True, False, False, True]


def test_slots_are_given_back():
    model = adapter(2)
    for stream in range(7):
        model.step(random_tokens(1, N), [stream])
        model.end(stream)
    assert (model.evictions, model.kv_bytes) == (0, 0)
    model.step(random_tokens(2, N), [8, 9])
    assert model.kv_bytes == model.max_kv_bytes


@needs_native
def test_what_runs_by_default():
    assert adapter(runner="auto").describe()["runner"] == "native"
    assert adapter(runner="auto", dtype="bfloat16").describe()["runner"] == "torch"
    assert adapter().describe()["runner"] == "graph"
    assert adapter().kernel == "flash" and adapter(attention="mha").kernel == "explicit"


@pytest.fixture
def masked_runs_another(monkeypatch):
    """As on CUDA, where the kernel of steps without a mask takes none."""

    def forward(self, q, k, v, mask, scale):
        if mask is None:
            return F.scaled_dot_product_attention(q, k, v, scale=scale)
        math = torch.ops.aten._scaled_dot_product_attention_math
        return math(q, k, v, attn_mask=mask, scale=scale)[0]

    monkeypatch.setattr(kernels.FusedScores, "forward", forward)


def test_the_kernel_of_rings_that_are_not_full_is_named_too(masked_runs_another, monkeypatch):
    monkeypatch.setitem(kernels.KERNELS, "_scaled_dot_product_attention_math", "efficient")
    assert adapter().kernel == "efficient and flash"


def test_a_math_kernel_for_rings_that_are_not_full_is_refused(masked_runs_another):
    with pytest.raises(ValueError, match="'flash' cannot run fused here: torch falls back to its"):
        adapter()


def test_a_step_that_cannot_be_recorded_is_refused_in_one_line(monkeypatch):
    def fail(*_):
        raise RuntimeError("operation not permitted when stream is capturing\nCUDA kernel errors")

    monkeypatch.setattr(GraphRunner, "__init__", fail)
    with pytest.raises(ValueError) as refusal:
        adapter()
    assert str(refusal.value) == (
        "runner 'graph' cannot record a step of 'flash' on cpu: operation not permitted when "
        "stream is capturing; runner 'torch' needs no recording"
    )


def test_a_model_of_kind_window_is_refused():
    contract = contract_of(tiny()) | {"kind": "window"}
    with pytest.raises(
        ValueError, match="'graph' cannot run a model of kind 'window'; 'torch' can"
    ):
        TensorAdapter(torch.nn.Identity(), contract, "cpu", runner="graph")


@pytest.mark.parametrize("device", [CUDA])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_cuda_replays_graphs_in_bfloat16(attention, device):
    """Logits of tiny random models are of the order of 1; bfloat16 has 8 bits."""
    # Fused kernels with a mask take heads of eight numbers or a multiple.
    shape = dict(attention=attention, d_model=64, kv_rank=16, rope_dim=8)
    model = adapter(3, "auto", device, "auto", **shape)
    assert (model.runner, model.dtype) == ("graph", "bfloat16")
    plain = adapter(3, "torch", **shape)
    tokens = random_tokens(3, 3 * W)
    for k in range(3 * W // N):
        part = tokens[:, k * N : (k + 1) * N]
        expected = plain.step(part, range(3))
        error = (model.step(part, range(3)) - expected).square().mean().sqrt()
        assert error <= 0.1 * expected.square().mean().sqrt()
    assert model.peak_temporary_bytes > 0


@pytest.mark.parametrize("device", [CUDA])
def test_cuda_starts_a_step_in_one_call(device):
    """A replayed step starts one graph and no kernel of attention by itself."""
    from torch.profiler import ProfilerActivity, profile

    model = adapter(2, device=device)
    tokens = random_tokens(2, N)
    model.step(tokens, [0, 1])
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as recorded:
        model.step(tokens, [0, 1])
    names = {event.key: event.count for event in recorded.key_averages()}
    if not any(name.startswith("cuda") for name in names):
        pytest.skip("this machine does not let CUPTI record calls of CUDA")
    assert names.get("cudaGraphLaunch") == 1
    assert not any("attention" in name for name in names if name.startswith("aten::"))


@pytest.mark.parametrize("device", [CUDA])
def test_cuda_records_while_another_model_runs(device):
    """As when a block swaps its model."""
    import threading

    running, tokens = adapter(2, device=device), random_tokens(1, N)
    stop, errors = threading.Event(), []

    def run():
        while not stop.is_set():
            try:
                running.step(tokens, [0])
            except RuntimeError as error:
                errors.append(error)
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        for _ in range(3):
            adapter(2, device=device)
    finally:
        stop.set()
        thread.join()
    assert errors == []

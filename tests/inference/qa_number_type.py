# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The type of numbers that "auto" takes. Runners are fakes whose steps move the clock."""

import pytest
import torch
from gnuradio.rfattn.inference import AttentionModelAdapter, cpu_info, number_type
from gnuradio.rfattn.inference.number_type import NumberType, choose

from attention_models import contract_of, random_model
from attention_models import tiny_config as tiny

CPU = torch.device("cpu")
WIDE = tiny(d_model=128, n_heads=2, window=256, rope_period=1024)


class FakeRunner:
    def __init__(self, clock, seconds):
        self._clock, self._seconds, self.filled = clock, iter(seconds), False

    def new_tensors(self, slot):
        return []

    def fill(self, state):
        self.filled = True

    def step(self, tokens, states, runs):
        assert self.filled and runs == [1]
        assert tokens.shape == (1, WIDE.block_size, WIDE.n_values)
        self._clock[0] += next(self._seconds)


@pytest.fixture
def amx(monkeypatch):
    monkeypatch.setattr(cpu_info, "information", lambda: {"flags": "avx512_bf16 amx_bf16"})


@pytest.fixture
def timed(amx, monkeypatch):
    """Chooses between steps that take so many ms in float32 and in bfloat16."""
    clock = [0.0]
    monkeypatch.setattr(number_type.time, "perf_counter", lambda: clock[0])

    def run(exact_ms, fast_ms):
        steps = {torch.float32: exact_ms, torch.bfloat16: fast_ms}

        def make(dtype):
            disturbed = [0.05] + [steps[dtype] / 1e3] * 14  # another program, once
            return FakeRunner(clock, disturbed)

        return choose("auto", CPU, WIDE, "auto", make)

    return run


def refuse(dtype):
    raise AssertionError(f"a runner in {dtype} was built")


@pytest.mark.parametrize(
    "exact_ms, fast_ms, dtype",
    [
        (3.0, 2.0, torch.bfloat16),
        (3.0, 2.8, torch.float32),  # not worth it
        (3.0, 9.0, torch.float32),
    ],
)
def test_with_amx_the_faster_one_is_chosen(timed, exact_ms, fast_ms, dtype):
    chosen = timed(exact_ms, fast_ms)
    assert chosen.dtype == dtype
    assert chosen.reason == (
        f"a step takes {exact_ms:.2f} ms in float32 and {fast_ms:.2f} in bfloat16"
    )


@pytest.mark.parametrize(
    "name, device, flags, config, runner, expected",
    [
        ("float32", "cpu", "amx_bf16", WIDE, "auto", (torch.float32, "")),
        ("bfloat16", "cpu", "", WIDE, "auto", (torch.bfloat16, "")),
        (
            *("auto", "cpu", "avx512f", WIDE, "auto"),
            (torch.float32, "this processor has no instructions for bfloat16"),
        ),
        (
            *("auto", "cpu", "avx512_bf16", WIDE, "auto"),
            (torch.float32, "a step is too small to gain from bfloat16"),
        ),
        (
            *("auto", "cpu", "amx_bf16", tiny(), "auto"),
            (torch.float32, "a step is too small to gain from bfloat16"),
        ),
        (
            *("auto", "cpu", "amx_bf16", WIDE, "onnx"),
            (torch.float32, "runner 'onnx' is not timed"),
        ),
        (
            *("auto", "cpu", "amx_bf16", None, "auto"),
            (torch.float32, "a model of kind 'window' is not timed"),
        ),
    ],
)
def test_what_is_taken_without_timing(monkeypatch, name, device, flags, config, runner, expected):
    monkeypatch.setattr(cpu_info, "information", lambda: {"flags": flags})
    assert choose(name, torch.device(device), config, runner, refuse) == NumberType(*expected)


@pytest.mark.parametrize(
    ("capability", "dtype", "reason"),
    [
        ((6, 1), torch.float32, "this GPU does not compute in bfloat16"),  # GTX 10
        ((7, 5), torch.float32, "this GPU does not compute in bfloat16"),  # RTX 20, T4
        ((8, 0), torch.bfloat16, "the default on CUDA"),
        ((12, 0), torch.bfloat16, "the default on CUDA"),
    ],
)
def test_a_gpu_takes_bfloat16_where_it_has_it(monkeypatch, capability, dtype, reason):
    asked = []
    monkeypatch.setattr(
        torch.cuda, "get_device_capability", lambda device: asked.append(str(device)) or capability
    )
    assert choose("auto", torch.device("cuda:1"), WIDE, "auto", refuse) == (dtype, reason)
    assert asked == ["cuda:1"]


def test_an_adapter_times_real_steps_and_says_so(amx):
    model = AttentionModelAdapter(random_model(WIDE), contract_of(WIDE), "cpu")
    assert model.dtype_reason.startswith("a step takes ")
    assert model.describe()["dtype_reason"] == model.dtype_reason
    assert str(model.dtype).removeprefix("torch.") == model.describe()["dtype"]
    stated = AttentionModelAdapter(random_model(WIDE), contract_of(WIDE), "cpu", "float32")
    assert stated.dtype_reason == ""


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="dtype must be auto or one of float32, .* got 'float8'"):
        choose("float8", CPU, WIDE, "auto", refuse)

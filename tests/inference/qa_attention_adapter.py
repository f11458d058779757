# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter: the model that was asked for, on the device that was asked for, and nothing else."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from gnuradio.rfattn.attention import (
    ATTENTIONS,
    NORMS,
    attention_class,
    kv_bytes,
    new_cache,
    step_flops,
)
from gnuradio.rfattn.inference import cpu_info, explain, torchscript
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from attention_models import (
    DEVICES,
    TensorAdapter,
    contract_of,
    gated,
    needs_native,
    random_model,
    random_tokens,
    tiny_config,
)


def adapter(max_streams=1, device="cpu", dtype="float32", runner="auto", **changes):
    config = tiny_config(**changes)
    model, contract = random_model(config), contract_of(config)
    return TensorAdapter(model, contract, device, dtype, max_streams, runner)


def run(model, tokens):
    """Logits [B, T / n, n_classes] of the streams 0 to B - 1 through `step`."""
    n, streams = model.block_size, range(len(tokens))
    steps = [model.step(tokens[:, i : i + n], streams) for i in range(0, tokens.size(1), n)]
    return torch.stack(steps, dim=1)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_scripted_equals_eager(attention, norm, device):
    shape = dict(attention=attention, norm=norm, gate=gated(attention, norm == "dyt"))
    model = adapter(**shape, device=device)
    tokens = random_tokens(1, 48)
    expected = random_model(tiny_config(**shape)).offline(tokens)
    tolerance = 1e-5 if device == "cpu" else 1e-4  # CUDA sums in another order
    assert (run(model, tokens) - expected).abs().max() <= tolerance
    assert (model.offline(tokens) - expected).abs().max() <= tolerance


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_predicted_memory_is_the_allocated_to_the_byte(attention, dtype):
    config = tiny_config(attention=attention)
    allocated = sum(
        t.untyped_storage().nbytes() for t in new_cache(config, dtype=getattr(torch, dtype))
    )
    assert kv_bytes(config, 3, dtype) == 3 * allocated


@pytest.mark.parametrize(
    "attention, elements, layers",
    # per token and layer: 2 h dh; 2 G dh; c + r; the two cross layers of perceiver 2 h dh each
    [("mha", 32, 3), ("flash", 32, 3), ("gqa", 16, 3), ("mla", 12, 3), ("perceiver", 32, 2)],
)
def test_memory_by_hand(attention, elements, layers):
    model = adapter(attention=attention, max_streams=2, runner="torch")
    model.step(random_tokens(2, 4), [0, 1])
    assert model.kv_bytes == 2 * (4 + 4 * elements * layers * 16)


@pytest.mark.parametrize("n_features", [0, 5])
@pytest.mark.parametrize("embedding", ["linear", "conv"])
@pytest.mark.parametrize("attention", ["mha", "ssm"])
def test_flops_are_what_torch_counts(attention, embedding, n_features):
    """Of those whose every product torch's counter sees."""
    config = tiny_config(
        attention=attention,
        embedding=embedding,
        embedding_channels=3,
        patch=2,
        n_features=n_features,
    )
    model, caches = random_model(config), [new_cache(config)]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(random_tokens(1, 4, n_features=n_features), caches, [16], [16])
    assert step_flops(config) == counter.get_total_flops()


@pytest.mark.parametrize("attention", ["flash", "gqa", "mla", "perceiver"])
def test_flops_of_the_fused_are_what_torch_counts_unfused(attention):
    config = tiny_config(attention=attention)
    model, caches = random_model(config), [new_cache(config)]
    with (
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
        torch.inference_mode(),
    ):
        model(random_tokens(1, 4), caches, [16], [16])
    assert step_flops(config) == counter.get_total_flops()


def test_reset_forgets_and_warm_up_leaves_no_trace():
    model = adapter()
    tokens = random_tokens(1, 32)
    first = run(model, tokens)
    model.reset()  # positions continue, and so do the rotary angles
    assert (run(model, tokens) - first).abs().max() <= 1e-5
    model.warm_up()
    assert torch.equal(run(model, tokens), first)


def test_a_filled_window_costs_what_it_costs_for_ever_and_is_forgotten():
    model = adapter()
    tokens = random_tokens(1, 32)
    first = run(model, tokens)
    model.reset(position=0)
    model.fill()
    assert not torch.equal(model.step(tokens[:, :4]), first[:, 0])  # it sees the old window
    model.reset(position=0)
    assert torch.equal(run(model, tokens), first)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_no_step_waits_for_a_compiler(attention):
    """torch's executor would build kernels of its own at the second step, for seconds; on CUDA also
    for the shapes of rings that fill. It runs on no device."""
    with torchscript.running():
        assert not torch._C._get_graph_executor_optimize()
    model = adapter(attention=attention, runner="torch")
    run(model, random_tokens(1, 32))
    assert "TensorExpr" not in str(torch.jit.last_executed_optimized_graph())


def test_numpy_tokens_are_taken():
    tokens = random_tokens(1, 4)
    logits = adapter().step(tokens.numpy().astype(np.float32))
    assert torch.equal(logits, adapter().step(tokens))


def test_describe_says_what_runs():
    described = adapter(attention="mla", norm="rmsnorm", runner="torch").describe()
    assert described["attention"] == "mla"
    assert described["norm"] == "rmsnorm"
    assert described["kernel"] == "flash"
    assert described["device"] == "cpu"
    assert described["dtype"] == "float32"
    assert adapter(attention="mha", runner="torch").describe()["kernel"] == "explicit"


@needs_native
def test_its_text_is_one_line_about_what_runs():
    assert repr(adapter(attention="gqa", norm="rmsnorm", n_features=2)) == (
        "<AttentionModelAdapter: gqa with rmsnorm, 3 classes, steps of 4 tokens of 10 values, "
        "native on cpu in float32>"
    )


@pytest.mark.parametrize("runner", ["torch", "graph"])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_bfloat16_on_the_cpu_writes_scores_out(attention, runner, monkeypatch):
    """Logits within bfloat16's rounding of those in float32, by products and not the fused
    kernel."""
    monkeypatch.setattr(cpu_info, "information", lambda: {"flags": "avx512f avx512_bf16"})
    config = tiny_config(attention=attention)
    contract = contract_of(config)
    model = TensorAdapter(
        random_model(config), contract, "cpu", "bfloat16", max_streams=2, runner=runner
    )
    tokens = random_tokens(2, 48)
    expected = random_model(config).offline(tokens)
    error = (run(model, tokens) - expected).square().mean().sqrt()
    assert error <= 0.1 * expected.square().mean().sqrt()
    assert model.kernel == attention_class(attention).plain_kernel
    assert model.kv_bytes == kv_bytes(config, 2, "bfloat16")


@pytest.mark.parametrize(
    ("attention", "d_model", "kernel"),
    [("flash", 128, "flash"), ("flash", 64, "explicit"), ("perceiver", 128, "explicit")],
)
def test_with_amx_wide_heads_run_fused_in_bfloat16(attention, d_model, kernel, monkeypatch):
    monkeypatch.setattr(cpu_info, "information", lambda: {"flags": "avx512_bf16 amx_bf16"})
    assert adapter(dtype="bfloat16", attention=attention, d_model=d_model).kernel == kernel
    exact = adapter(dtype="float32", attention=attention, d_model=d_model, runner="torch")
    assert exact.kernel == "flash"


def test_every_attention_runs_on_the_cpu():
    assert explain("cpu") == {name: [] for name in ATTENTIONS}


@pytest.mark.parametrize("runner", ["torch", "graph"])
def test_a_fused_attention_without_a_fused_kernel_is_refused(runner):
    with sdpa_kernel(SDPBackend.MATH), pytest.raises(ValueError) as refusal:
        adapter(attention="flash", runner=runner)
    assert str(refusal.value) == (
        "attention 'flash' cannot run fused here: torch falls back to its math kernel on "
        "device cpu, dtype float32, head width 4; mha can"
    )


def test_reasons_name_the_math_kernel():
    with sdpa_kernel(SDPBackend.MATH):
        reasons = explain("cpu", "float16")
    assert reasons["mha"] == []
    assert all("its math kernel" in reasons[name][0] for name in ("flash", "gqa", "mla"))


@pytest.mark.parametrize("runner", ["torch", "graph"])
def test_building_models_in_threads_ends_no_attention_of_another(runner):
    """Which kernels torch may take is a setting of the process."""
    q, v = torch.randn(1, 2, 8, 16), torch.randn(1, 2, 8, 24)  # which only the math kernel takes
    with ThreadPoolExecutor(3) as threads:
        builds = [threads.submit(adapter, attention="flash", runner=runner) for _ in range(9)]
        while not all(build.done() for build in builds):
            torch.nn.functional.scaled_dot_product_attention(q, q, v)
    assert [build.result().kernel for build in builds] == ["flash"] * 9
    cuda = torch.backends.cuda
    assert cuda.flash_sdp_enabled() and cuda.mem_efficient_sdp_enabled() and cuda.math_sdp_enabled()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(device="gpu"), "device must be auto, cpu, cuda or cuda:N, got 'gpu'"),
        (dict(device="cuda:99"), "device 'cuda:99' is not there: torch sees [0-9]+ CUDA devices"),
        (dict(dtype="int8"), "dtype must be auto or one of float32, .*, got 'int8'"),
        (dict(max_streams=0), "max_streams must be >= 1, got 0"),
        (dict(runner="onnx"), "runner must be one of auto, native, torch, graph, got 'onnx'"),
        (
            dict(runner="native", dtype="bfloat16"),
            "runner 'native' runs on the CPU in float32, got cpu, bfloat16",
        ),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        adapter(**arguments)


def test_tokens_of_another_shape_are_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"must be \(1, 4, 8\) .* got \(1, 5, 8\)"):
        adapter().step(random_tokens(1, 5))
    with pytest.raises(ValueError, match=r"n_bins \+ n_features\), got \(1, 4, 8\)"):
        adapter(n_features=2).step(random_tokens(1, 4))
    with pytest.raises(ValueError, match=r"offline: tokens must be \[B, T, 10\], got \(1, 8, 8\)"):
        adapter(n_features=2).offline(random_tokens(1, 8))


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(window=18), "window must be a multiple of block_size=4, got 18"),
        (dict(n_features=-1), "n_features must be >= 0, got -1"),
        (dict(block_size=0), "block_size must be >= 1, got 0"),
        (dict(d_model=18), "d_model must be a multiple of n_heads=4, got 18"),
        (dict(d_model=12), "head_dim must be even, for rotary pairs, got 3"),
        (dict(n_kv_heads=3), "n_kv_heads must be a divisor of n_heads=4, got 3"),
        (dict(n_cross_layers=4), "n_cross_layers must be <= n_layers=3, got 4"),
        (
            dict(attention="linear"),
            "attention must be one of mha, flash, gqa, perceiver, mla, ssm, gdn, hybrid, got",
        ),
        (dict(embedding="mlp"), "embedding must be one of linear, conv, got 'mlp'"),
        (dict(embedding_channels=0), "embedding_channels must be >= 1, got 0"),
        (dict(norm="batchnorm"), "norm must be one of layernorm, rmsnorm, dyt, got 'batchnorm'"),
        (
            dict(attention="perceiver", gate=True),
            "gate must be false, or the attention one of mha, flash, gqa, mla, hybrid, got True",
        ),
        (dict(attention="mla", rope_dim=3), "rope_dim must be even, for rotary pairs, got 3"),
        (dict(rope_period=31), "rope_period must be >= 2 . window=16, got 31"),
        (dict(rope_base=1.0), "rope_base must be > 1, got 1.0"),
    ],
)
def test_configuration_refusals(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny_config(**changes)


def test_configuration_survives_json_and_refuses_strangers():
    config = tiny_config()
    assert type(config).from_dict(config.to_dict()) == config
    with pytest.raises(ValueError, match="unknown parameter dropout"):
        type(config).from_dict({**config.to_dict(), "dropout": 0.1})

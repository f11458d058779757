# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second way to run a model: ONNX Runtime over the same rings."""

import numpy as np
import pytest
import torch
from gnuradio.rfattn.attention import cache_shapes
from gnuradio.rfattn.inference import AttentionModelAdapter, onnx_file, onnx_step

from attention_models import contract_of, random_model, random_tokens, tiny_config
from onnx_sessions import onnx_session

needs_onnx = pytest.mark.skipif(bool(onnx_step.missing()), reason=str(onnx_step.missing()))


def adapter(runner="onnx", **shape):
    config = tiny_config(**shape)
    model = random_model(config)
    return AttentionModelAdapter(model, contract_of(config), "cpu", runner=runner)


@needs_onnx
@pytest.mark.parametrize(
    "shape",
    [
        {"attention": "flash"},
        {"attention": "gqa", "norm": "rmsnorm"},
        {"attention": "flash", "patch": 2},
        {"attention": "flash", "patch": 2, "n_features": 3},
        {"attention": "flash", "rope": False},
        {"attention": "ssm", "patch": 2, "n_features": 3},
        {"attention": "ssm", "norm": "rmsnorm", "block_size": 1},
    ],
)
def test_equals_one_offline_pass_over_several_wraps(shape):
    onnx = adapter(**shape)
    blocks = 4 * onnx.config.blocks_in_window
    tokens = random_tokens(1, blocks * onnx.block_size, n_features=onnx.n_features)
    onnx.reset(position=2**31)  # the angles of any position
    parts = tokens.split(onnx.block_size, dim=1)
    got = torch.stack([onnx.step(part) for part in parts], dim=1)
    expected = random_model(tiny_config(**shape)).offline(tokens)
    assert (got - expected).abs().max() <= 1e-5  # float32 rounding


@needs_onnx
def test_a_new_segment_forgets_the_last():
    onnx, torch_one = adapter(), adapter(runner="torch")
    tokens = random_tokens(1, 12 * onnx.block_size)
    for i, part in enumerate(tokens.split(onnx.block_size, dim=1)):
        if i == 7:
            onnx.reset()
            torch_one.reset()
        assert (onnx.step(part) - torch_one.step(part)).abs().max() <= 1e-5


@needs_onnx
def test_a_file_runs_and_says_by_what(tmp_path):
    path = tmp_path / "model.pt"
    adapter(runner="torch").save(path)
    loaded = AttentionModelAdapter.load(path, device="cpu", runner="onnx")
    loaded.warm_up()
    assert loaded.describe()["runner"] == "onnx" and loaded.kernel == "ONNX Runtime"
    assert loaded.max_kv_bytes == adapter(runner="torch").max_kv_bytes


@pytest.mark.parametrize(
    ("shape", "runner", "message"),
    [
        (
            {},
            "tensorrt",
            "runner must be one of auto, torch, graph, onnx, export, compiled, got 'tensorrt'",
        ),
        ({"attention": "latent"}, "onnx", "runner 'onnx' runs flash, gqa, ssm, got latent"),
    ],
)
def test_what_cannot_run_is_refused(shape, runner, message):
    with pytest.raises(ValueError, match=message):
        adapter(runner=runner, **shape)


def test_another_dtype_is_refused():
    config = tiny_config(attention="flash")
    with pytest.raises(ValueError, match="on the CPU in float32, got cpu, bfloat16"):
        AttentionModelAdapter(
            random_model(config), contract_of(config), "cpu", "bfloat16", runner="onnx"
        )


def test_its_absence_is_named(monkeypatch):
    monkeypatch.setattr(onnx_step, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="apt-get install python3-onnxruntime python3-onnx"):
        adapter(attention="flash")


@needs_onnx
@pytest.mark.parametrize(
    "shape",
    [
        {"attention": "flash"},
        {"attention": "gqa", "norm": "rmsnorm"},
        {"patch": 2, "n_features": 3},
        {"attention": "ssm", "norm": "rmsnorm", "patch": 2},
    ],
)
def test_a_file_with_explicit_state_equals_one_offline_pass(shape):
    config = tiny_config(**shape)
    model = random_model(config)
    run = onnx_session(onnx_file.export_step(model, config))
    tokens = random_tokens(1, 4 * config.window, n_features=config.n_features)
    # What a stream before it left behind must not matter while the rings fill again.
    state = {name: torch.ones(shape).numpy() for name, shape in ring_shapes(config).items()}
    state |= {"position": np.array([2**31]), "seen": np.array([0])}
    got = []
    for part in tokens.split(config.block_size, dim=1):
        found = run({"tokens": part.numpy(), **state})
        got.append(torch.from_numpy(found.pop("logits")))
        state = {name.removeprefix("new_"): value for name, value in found.items()}
    error = (torch.stack(got, dim=1) - model.offline(tokens, 2**31)).abs().max()
    assert error <= 1e-5  # float32 rounding
    assert state["position"] == 2**31 + tokens.size(1) and state["seen"] == tokens.size(1)


def ring_shapes(config) -> dict[str, tuple]:
    level, *rings = cache_shapes(config)
    return {"level": level, **{f"ring{i}": ring for i, ring in enumerate(rings)}}


@needs_onnx
def test_a_file_of_another_attention_is_refused():
    config = tiny_config(attention="latent")
    with pytest.raises(
        ValueError, match="attention must be one of flash, gqa, ssm for ONNX, got 'latent'"
    ):
        onnx_file.export_step(random_model(config), config)

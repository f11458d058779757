# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of a model as an ONNX file, whose state is input and output."""

import numpy as np
import pytest
import torch
from gnuradio.rfattn.attention import cache_shapes
from gnuradio.rfattn.inference import onnx_file

from attention_models import random_model, random_tokens, tiny_config
from onnx_sessions import onnx_session

needs_onnx = pytest.mark.skipif(bool(onnx_file.missing()), reason=str(onnx_file.missing()))


def test_its_absence_is_named(monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    config = tiny_config()
    with pytest.raises(ValueError, match="apt-get install python3-onnxruntime python3-onnx"):
        onnx_file.export_step(random_model(config), config)


@needs_onnx
@pytest.mark.parametrize(
    "shape",
    [
        {"attention": "flash"},
        {"attention": "gqa", "norm": "rmsnorm"},
        {"attention": "gqa", "norm": "dyt", "gate": True},
        {"patch": 2, "n_features": 3},
        {"rope": False},
        {"attention": "ssm", "norm": "rmsnorm", "patch": 2},
        {"attention": "ssm", "block_size": 1},
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
    config = tiny_config(attention="perceiver")
    with pytest.raises(
        ValueError, match="attention must be one of flash, gqa, ssm for ONNX, got 'perceiver'"
    ):
        onnx_file.export_step(random_model(config), config)

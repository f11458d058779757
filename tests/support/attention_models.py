# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tiny models with random weights, for the tests of the attention package."""

import pytest
import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer, attention_class
from gnuradio.rfattn.inference import AttentionModelAdapter
from gnuradio.rfattn.inference.files import SCHEMA, SCHEMA_1_FRONT_END
from gnuradio.rfattn.inference.native_runner import is_built
from gnuradio.rfattn.recordings.emission_features import FEATURES


class TensorAdapter(AttentionModelAdapter):
    """The adapter with tensors out, which tests compare with those of torch."""

    def step(self, tokens, streams=None):
        return torch.from_numpy(super().step(tokens, streams))

    def offline(self, tokens, position=0):
        return torch.from_numpy(super().offline(tokens, position))


DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"),
    ),
]

needs_native = pytest.mark.skipif(
    not is_built(), reason="the compiled part is not built for this Python"
)
CPU_RUNNERS = [pytest.param("native", marks=needs_native), "torch"]

# fp32 rounding through three layers of width 16; on CUDA the fused kernel sums in another order.
TOLERANCE = {"cpu": 1e-5, "cuda": 1e-4}


def tiny_config(**changes) -> ModelConfig:
    """A configuration whose heads, groups, latents, ranks and states all differ."""
    shape = dict(n_bins=8, n_classes=3, block_size=4, window=16, d_model=16, n_heads=4, n_layers=3)
    special = dict(n_kv_heads=2, n_latents=5, n_cross_layers=2, kv_rank=8, rope_dim=4, state_size=5)
    special |= dict(layer_attentions="gdn gqa ssm")
    limits = dict(rope_period=64, level_horizon=16)
    return ModelConfig(**(shape | special | limits | changes))


def gated(attention: str, asked: bool = True) -> bool:
    """Whether ``attention`` may have the gate that is asked for."""
    return asked and attention_class(attention).gates


def random_model(config: ModelConfig, seed: int = 1) -> StreamingTransformer:
    """Weights large enough that every part of the model shows in the logits."""
    torch.manual_seed(seed)
    model = StreamingTransformer(config).eval().requires_grad_(False)
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.normal_(std=0.3)
    return model


def random_tokens(
    batch: int, count: int, n_bins: int = 8, seed: int = 2, n_features: int = 0
) -> torch.Tensor:
    """Spectra around −60 dB with features around 0 [batch, count, n_bins + n_features]."""
    generator = torch.Generator().manual_seed(seed)
    spectra = torch.randn(batch, count, n_bins, generator=generator) * 10 - 60
    features = torch.randn(batch, count, n_features, generator=generator)
    return torch.cat((spectra, features), dim=2)


def contract_of(config: ModelConfig) -> dict:
    features = list(FEATURES[: config.n_features])
    return {
        "schema": SCHEMA,
        "kind": "stream",
        "front_end": {**SCHEMA_1_FRONT_END, "fft_size": 64, "hop": 64, "n_bins": config.n_bins},
        "model": config.to_dict(),
        "classes": [f"class{i}" for i in range(config.n_classes)],
        **({"input": "emission", "features": features} if features else {}),
    }


def save_model(
    path,
    front_end=(),
    classes=None,
    seed=1,
    accuracy=0.5,
    takes=None,
    decision=(),
    features=(),
    **config,
):
    """A tiny model with random weights as a TorchScript file; returns its path as text.
    ``front_end`` None: the model states none; ``takes``: the contract's input, None: absent;
    ``decision``: that of the contract; ``features``: their names."""
    shape = tiny_config(**config)
    contract = contract_of(shape)
    contract["front_end"] = {} if front_end is None else contract["front_end"] | dict(front_end)
    contract["classes"] = classes or contract["classes"]
    contract |= {"features": list(features)} if features else {}
    contract |= {} if takes is None else {"input": takes}
    contract |= {"decision": dict(decision)} if decision else {}
    contract["metrics"] = {"val": {"window_balanced_accuracy": accuracy}}
    AttentionModelAdapter(random_model(shape, seed), contract, device="cpu").save(path)
    return str(path)


def save_family(folder):
    """A family of three; returns its folder as text."""
    folder.mkdir()
    for attention, norm in (("flash", "layernorm"), ("flash", "rmsnorm"), ("gqa", "layernorm")):
        save_model(folder / f"{attention}_{norm}.pt", attention=attention, norm=norm)
    return str(folder)

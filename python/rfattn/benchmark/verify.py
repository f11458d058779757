# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that what is timed computes the right logits, and finds the kernel that ran."""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from ..attention import ModelConfig, StreamingTransformer, new_cache, step_flops
from ..attention.kernels import KERNELS, ExplicitScores, replace_fused
from ..inference.files import SCHEMA, SCHEMA_1_FRONT_END
from .baselines import Operators
from .streams import make_adapter, step_all

TOLERANCE = {"float32": 1e-4, "bfloat16": 1e-1, "float16": 2e-2}
"""Largest difference of logits over their root mean square: rounding through all layers."""
ORACLE = "one offline pass in float32, scores written out"
_WRAPS, _BLOCKS, _LONGEST = 3, 4, 1024
_KERNELS = {
    **KERNELS,
    "_transformer_encoder_layer_fwd": "encoder fast path",
    "_native_multi_head_attention": "encoder fast path",
    "cumsum": "scan",
}


class VerificationError(ValueError):
    """A model or baseline that would be timed does not compute what its name promises."""


def random_model(config: ModelConfig, seed: int) -> StreamingTransformer:
    """A model with logits and scores of the order of 1, so that any mistake shows."""
    torch.manual_seed(seed)
    model = StreamingTransformer(config).eval().requires_grad_(False)
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.normal_(std=weight.size(-1) ** -0.5)
    return model


def contract_of(config: ModelConfig, hop: int = 64) -> dict:
    """The contract of a random model, with spectra of ``n_bins`` points and features, if any, of
    emissions."""
    sizes = {"fft_size": config.n_bins, "hop": hop, "n_bins": config.n_bins}
    front_end = {**sizes, **SCHEMA_1_FRONT_END}
    features = [f"feature{i}" for i in range(config.n_features)]
    return {
        "schema": SCHEMA,
        "kind": "stream",
        **({"input": "emission", "features": features} if features else {}),
        "front_end": front_end,
        "model": config.to_dict(),
        "classes": [f"class{i}" for i in range(config.n_classes)],
        "dtype": "float32",
    }


def random_tokens(config: ModelConfig, batch: int, blocks: int, seed: int) -> Tensor:
    """Spectra around -60 dB, with features around 0: [batch, blocks n, n_bins + n_features]."""
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, blocks * config.block_size, config.n_values)
    tokens = torch.randn(shape, generator=generator)
    tokens[:, :, : config.n_bins].mul_(10.0).sub_(60.0)
    return tokens


def oracle(model: StreamingTransformer, tokens: Tensor, config: ModelConfig) -> Tensor:
    """The logits of a segment in one pass in float32, scores written out: [B, blocks, classes]."""
    exact = StreamingTransformer(config)
    exact.load_state_dict(model.state_dict())
    replace_fused(exact, ExplicitScores)
    with torch.inference_mode():
        return exact.eval().offline(tokens)


def relative_error(got: Tensor, want: Tensor) -> float:
    got, want = torch.as_tensor(got), torch.as_tensor(want)
    return float((got - want).abs().max() / want.square().mean().sqrt())


def require(name: str, got: Tensor, want: Tensor, tolerance: float, against: str) -> dict:
    """The check of a row: oracle, max_error, tolerance.

    Raises:
        VerificationError: naming the row, the error and the tolerance.
    """
    error = relative_error(got, want)
    if not error <= tolerance:
        raise VerificationError(
            f"{name}: differs from {against} by {error:.2g} of the logits' size, "
            f"{tolerance:g} is allowed"
        )
    return {"oracle": against, "max_error": error, "tolerance": tolerance}


def check_stream(
    adapter, model: StreamingTransformer, streams: int, seed: int, make_step=step_all
) -> dict:
    """Checks an adapter of `streams.make_adapter`, stepped by ``make_step(adapter, streams)``.

    The first steps are those of the adapter itself. The wraps of the ring are those of a twin whose
    window is a few blocks: a window is no weight, so the twin runs the same code, and the oracle of
    16k tokens would take minutes and gigabytes.
    """
    config = adapter.config
    small = _small(config)
    where = (adapter.device, adapter.dtype, adapter.runner)
    found = dict(_check_wraps(small, where, streams, seed, make_step))
    own = min(_WRAPS, config.blocks_in_window)
    if own * config.block_size <= _LONGEST:
        first = _compare(
            "the first steps", adapter, model, make_step(adapter, streams), streams, own, seed
        )
        found["max_error"] = max(found["max_error"], first["max_error"])
    adapter.reset(position=0)
    return found


@functools.cache
def _check_wraps(
    twin: ModelConfig, where: tuple[str, str, str], streams: int, seed: int, make_step
) -> dict:
    model, (device, dtype, runner) = random_model(twin, seed), where
    contract = contract_of(twin)
    adapter = make_adapter(model, contract, device, dtype, streams, runner)
    blocks = _WRAPS * twin.blocks_in_window
    what = "a window of a few blocks"
    return _compare(what, adapter, model, make_step(adapter, streams), streams, blocks, seed)


def _small(config: ModelConfig) -> ModelConfig:
    n = min(config.block_size, 64)
    window = n * min(_BLOCKS, config.blocks_in_window)
    return config.replace(block_size=n, window=window, rope_period=ModelConfig.rope_period)


def _compare(what, adapter, model, step, streams: int, blocks: int, seed: int) -> dict:
    config = adapter.config
    tokens = random_tokens(config, streams, blocks, seed)
    adapter.reset(position=0)
    steps = [torch.as_tensor(step(part)) for part in tokens.split(config.block_size, dim=1)]
    want = oracle(model, tokens, config)
    name = f"{config.attention} with {config.norm}, {what}"
    got, tolerance = torch.stack(steps, dim=1), TOLERANCE[adapter.dtype]
    return require(name, got, want, tolerance, ORACLE)


def check_operators(operators: Operators, config: ModelConfig, batch: int) -> dict:
    """Checks that the operators alone do exactly the operations of the step."""
    expected = batch * step_flops(config)
    if operators.flops != expected:
        raise VerificationError(
            f"operators of {config.attention}: {operators.flops} operations in a step, "
            f"the model does {expected}"
        )
    return {"oracle": "operations of the step", "max_error": 0.0, "tolerance": 0.0}


def check_ring_step(
    name: str, make, model: StreamingTransformer, config: ModelConfig, seed: int
) -> dict:
    """Checks a baseline over a small ring: the eager model fills the ring, then the baseline of
    ``make(model, config, cache, seen)`` steps through several wraps of it."""
    small = _small(config)
    n, filled = small.block_size, small.blocks_in_window
    tokens = random_tokens(small, 1, (1 + _WRAPS) * filled, seed)
    blocks = [block.contiguous() for block in tokens.split(n, dim=1)]
    eager = StreamingTransformer(small).eval()
    eager.load_state_dict(model.state_dict())
    cache = new_cache(small)
    with torch.inference_mode():
        for i in range(filled):
            eager(blocks[i], [cache], [i * n], [i * n])
    baseline = make(eager, small, cache, small.window)
    got = torch.stack([torch.as_tensor(baseline.step(b)) for b in blocks[filled:]], dim=1)
    want = oracle(model, tokens, small)[:, filled:]
    return require(name, got, want, TOLERANCE["float32"], ORACLE)


def kernel_of(adapter, step, tokens: Tensor) -> str:
    """The attention kernel of an adapter's step.

    A graph that is replayed calls no operator that the profiler could name, nor does a step in
    C++; its kernel was proved before.
    """
    if adapter.runner == "native" or (adapter.runner, adapter.device[:4]) == ("graph", "cuda"):
        return adapter.kernel
    return kernel_that_ran(step, tokens)


def kernel_that_ran(step, tokens: Tensor) -> str:
    """The attention kernel that a step calls, from torch's profiler and not the configuration."""
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        step(tokens)
    names = {event.key.removeprefix("aten::") for event in recorded.key_averages()}
    found = sorted({kernel for name, kernel in _KERNELS.items() if name in names})
    if found:
        return " and ".join(found)
    if names & {"softmax", "_softmax"}:
        return "explicit"
    return "products" if names & {"mm", "bmm", "addmm"} else "none"

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step through torch.compile, where a compiler and torch's headers are installed."""

from __future__ import annotations

import functools

import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.benchmark.cases import Case, place, ring_case
from gnuradio.rfattn.benchmark.plan import Plan
from torch import Tensor


@functools.cache
def missing() -> str | None:
    """Tries torch.compile and returns why it cannot run here; None when it can."""
    try:
        with torch.inference_mode():
            torch.compile(lambda x: x.sin().exp())(torch.ones(8))
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        fatal = [line.partition("fatal error: ")[2] for line in lines if "fatal error: " in line]
        why = [*fatal, *lines, type(error).__name__][0]
        return f"not available: {why} (apt-get install g++ libtorch-dev)"
    return None


class CompiledStep:
    """Steps an eager model over its rings on the CPU, compiled by torch's Inductor.

    Args:
        model: an eager model.
        cache: its state with a full ring, written in place (see ``attention.new_cache``).
        seen: tokens that came before; a multiple of the block size, at least the window.
    """

    def __init__(
        self, model: StreamingTransformer, config: ModelConfig, cache: list[Tensor], seen: int
    ):
        # All models share one function. After 8 compilations of it torch would silently run
        # eagerly: forget those of earlier models, and fail instead.
        torch.compiler.reset()
        torch._dynamo.config.fail_on_cache_limit_hit = True
        self._forward = torch.compile(model, dynamic=True)
        self._cache, self._seen, self._n = cache, seen, config.block_size

    def step(self, tokens: Tensor) -> Tensor:
        """See AttentionModelAdapter.step."""
        with torch.inference_mode():
            logits = self._forward(tokens, [self._cache], [self._seen], [self._seen])
        self._seen += self._n
        return logits


def is_possible(plan: Plan) -> bool:
    return place(plan) == (torch.device("cpu"), torch.float32) and missing() is None


def compiled_case(config: ModelConfig, plan: Plan) -> Case:
    """One stream of the `flash` model with a full ring, on the CPU in float32."""
    return ring_case("compiled", "torch.compile", CompiledStep, config, plan)

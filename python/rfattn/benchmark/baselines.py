# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Torch's operators of a step alone, and what the step needs whatever computes it."""

from __future__ import annotations

import functools
import time

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from ..attention import ModelConfig, StreamingTransformer, kv_bytes, step_operations
from ..attention.operations import Product, Scores
from ..inference.devices import dtype_name

_TRIES = 30
_SQUARE = 512


class Operators:
    """Runs the step's matrix products and fused attentions, each on its own operands, with no norm,
    rotation, residual or cache write between them.

    That is what torch takes for them, and no lower bound of the machine: in small products most of
    it is the start of an operator. It computes no logits, so the check compares its number of
    operations with that of the step. On CUDA it replays a recorded graph, which removes the cost of
    launches. `mha` has the operators of `flash`.
    """

    def __init__(self, config: ModelConfig, batch: int, device: torch.device, dtype: torch.dtype):
        self.operations = step_operations(config, batch)
        self.bytes = step_bytes(config, batch, dtype)
        self.device, self.dtype = device, dtype
        self._options = {"device": device, "dtype": dtype}
        self._calls = [self._prepare(operation) for operation in self.operations]
        self._logits = torch.zeros(batch, config.n_classes)
        self._graph = self._record() if device.type == "cuda" else None

    @property
    def flops(self) -> int:
        return sum(operation.flops for operation in self.operations)

    def step(self, tokens: Tensor) -> Tensor:
        if self._graph is not None:
            self._graph.replay()
            torch.cuda.synchronize(self.device)
        else:
            with torch.inference_mode():
                self._run()
        return self._logits

    def _run(self) -> None:
        for call in self._calls:
            call()

    def _record(self):
        with torch.inference_mode():
            for _ in range(3):
                self._run()
            torch.cuda.synchronize(self.device)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._run()
        return graph

    def _prepare(self, operation: Product | Scores):
        if isinstance(operation, Scores):
            shape = (operation.batch, operation.heads)
            q = torch.randn(*shape, operation.queries, operation.width, **self._options)
            k, v = torch.randn(2, *shape, operation.keys, operation.width, **self._options)
            return lambda: scaled_dot_product_attention(q, k, v)
        many = operation.count > 1
        lead = (operation.count,) if many else ()
        a = torch.randn(*lead, operation.rows, operation.inner, **self._options)
        b = torch.randn(*lead, operation.columns, operation.inner, **self._options)
        out = torch.empty(*lead, operation.rows, operation.columns, **self._options)
        product = torch.bmm if many else torch.mm
        return lambda: product(a, b.mT, out=out)


def step_bytes(config: ModelConfig, batch: int, dtype: torch.dtype) -> int:
    """Bytes that a step of ``batch`` streams reads: all weights, and the cache of each stream."""
    with torch.device("meta"):
        weights = sum(weight.numel() for weight in StreamingTransformer(config).parameters())
    return weights * dtype.itemsize + kv_bytes(config, batch, dtype_name(dtype))


def need(operators: Operators) -> dict:
    """The operations and bytes of a step, and on the CPU the least time that this machine was seen
    to take for as many: ``product_ms`` at the pace of a product of squares, ``read_ms`` for a dot
    product that reads as many bytes, from the processor's caches where they fit."""
    found = {"flops": operators.flops, "bytes": operators.bytes}
    if operators.device.type == "cpu":
        pace = _SQUARE**3 * 2 / square_ms(operators.dtype)
        found |= {"product_ms": operators.flops / pace, "read_ms": read_ms(operators.bytes)}
    return found


@functools.cache
def square_ms(dtype: torch.dtype) -> float:
    """The least time of a product of two squares of `_SQUARE` numbers a side."""
    a = torch.ones(_SQUARE, _SQUARE, dtype=dtype)
    return _least_ms(lambda: torch.mm(a, a))


def read_ms(count: int) -> float:
    """The least time of a dot product of vectors that are ``count`` bytes together."""
    a, b = torch.ones(2, -(-count // 8))
    return _least_ms(lambda: torch.dot(a, b))


def _least_ms(call) -> float:
    times = []
    with torch.inference_mode():
        for _ in range(_TRIES):
            start = time.perf_counter_ns()
            call()
            times.append(time.perf_counter_ns() - start)
    return min(times) / 1e6

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of a step: its matrix products and attentions alone, without anything between them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from ..attention import ModelConfig, step_operations
from ..attention.operations import Product, Scores


class Floor:
    """Runs the step's matrix products and fused attentions, each on its own operands, with no norm,
    rotation, residual or cache write between them.

    It computes no logits, so the check compares its number of operations with that of the step. On
    CUDA it replays a recorded graph, which removes the cost of launches. `mha` has the floor of
    `flash`.
    """

    def __init__(self, config: ModelConfig, batch: int, device: torch.device, dtype: torch.dtype):
        self.operations = step_operations(config, batch)
        self.device = device
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

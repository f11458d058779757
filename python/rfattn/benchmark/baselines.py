# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step is measured against: its own arithmetic alone, re-encoding the window, nothing.

Each has ``step(tokens [B, n, n_bins]) -> logits [B, n_classes]`` like the adapter.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from ..attention import ModelConfig, StreamingTransformer, step_operations
from ..attention.operations import Product, Scores


class Floor:
    """The step's matrix products and fused attentions, each on operands of its own, with no norm,
    rotation, residual or cache write between them.

    It computes no logits: what is checked of it is its number of operations. On CUDA it is a
    recorded graph, so the launches cost nothing either. `mha` has the floor of `flash`.
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


class ReEncode(nn.Module):
    """torch's own encoder on its fast path, over the whole window at every step.

    With the weights of a `flash` model of ``block_size = window`` and no rotation, it computes what
    that model computes, which is what it is checked against.
    """

    def __init__(self, config: ModelConfig, batch: int, source: StreamingTransformer):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            config.d_model,
            config.n_heads,
            config.ffn_factor * config.d_model,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, config.n_layers, norm=nn.LayerNorm(config.d_model), enable_nested_tensor=False
        )
        self.embed, self.head = source.embed, source.head
        self.encoder.to(self.head.weight)
        for mine, theirs in zip(self.encoder.layers, source.encoder.layers, strict=True):
            _take_weights(mine, theirs)
        self.encoder.norm.load_state_dict(source.encoder.norm.state_dict())
        self.eval().requires_grad_(False)
        self.window = torch.zeros(
            batch, config.window, config.n_bins, device=self.head.weight.device
        )

    def step(self, tokens: Tensor) -> Tensor:
        with torch.inference_mode():
            new = tokens.to(self.window.device)
            self.window = torch.cat((self.window[:, new.size(1) :], new), dim=1)
            return self(self.window).to("cpu", torch.float32)

    def forward(self, window: Tensor) -> Tensor:
        """window [B, W, n_bins] in dB → logits [B, n_classes]"""
        level = window.mean(dim=(1, 2), keepdim=True)
        x = self.embed(((window - level) / 10.0).clamp(-8.0, 8.0).to(self.head.weight.dtype))
        return self.head(self.encoder(x).mean(dim=1))


def _take_weights(mine: nn.TransformerEncoderLayer, theirs: nn.Module) -> None:
    attention = mine.self_attn
    with torch.no_grad():
        attention.in_proj_weight.copy_(theirs.attention.qkv.weight)
        attention.in_proj_bias.zero_()
        attention.out_proj.weight.copy_(theirs.attention.out.weight)
        attention.out_proj.bias.zero_()
    mine.linear1.load_state_dict(theirs.feed_forward.up.state_dict())
    mine.linear2.load_state_dict(theirs.feed_forward.down.state_dict())
    mine.norm1.load_state_dict(theirs.attention_norm.state_dict())
    mine.norm2.load_state_dict(theirs.feed_forward_norm.state_dict())


class Null:
    """A model that computes nothing: what the measurement itself costs."""

    def __init__(self, config: ModelConfig, batch: int):
        self._logits = torch.zeros(batch, config.n_classes)

    def step(self, tokens: Tensor) -> Tensor:
        return self._logits

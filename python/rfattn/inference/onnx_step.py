# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of a `flash` or `gqa` model in ONNX Runtime, where that is installed."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor, nn

from ..attention.attentions import fold_heads
from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer

RUNS = ("flash", "gqa")
"""The attentions whose step it can compute."""
_MODULES = {"onnxruntime": "python3-onnxruntime", "onnx": "python3-onnx"}
_OPSET = 17


def missing() -> str | None:
    """What ONNX Runtime lacks here, or None."""
    lacking = [name for name in _MODULES if find_spec(name) is None]
    if not lacking:
        return None
    packages = " ".join(_MODULES[name] for name in lacking)
    return f"{' and '.join(lacking)} not importable (apt-get install {packages})"


class OnnxStep:
    """Steps a model over full rings, on the CPU in float32, from ``position`` and ``seen`` on.

    The rings are input and output of the graph in the same memory, so new keys and values are
    written in place. ONNX Runtime has no fused attention for this form: it runs products and
    softmax, as fused as its own optimiser makes them.

    Args:
        model: an eager model of an attention of `RUNS`.
        cache: its state with a full ring, written in place (see ``attention.new_cache``).
        seen: tokens that came before; a multiple of the block size, at least the window. Where
            their numbers did not begin at 0, set ``position``, the number of the next.
    """

    def __init__(
        self, model: StreamingTransformer, config: ModelConfig, cache: list[Tensor], seen: int
    ):
        self._model, self.position, self.seen = model, seen, seen
        self._patch, self._n, self._window = config.patch, config.block_size, config.window
        self._level, *self._rings = cache
        batch, inner = self._level.size(0), config.in_patches
        self._x = torch.zeros(batch, config.block_size, config.n_bins)
        self._cos, self._sin = torch.zeros(2, inner.block_size, 1, config.head_dim).unbind()
        self._slots = torch.arange(inner.block_size)
        self._logits = torch.zeros(batch, config.n_classes)
        self._session = self._make_session()
        self._binding = self._bind()

    def step(self, tokens: Tensor) -> Tensor:
        """As the adapter's."""
        with torch.inference_mode():
            self._x.copy_(self._model.level(tokens, self._level, self.seen))
            cos, sin = self._model.turn(self.position, len(self._slots))
            self._cos.copy_(cos)
            self._sin.copy_(sin)
            first = self.seen % self._window // self._patch
            torch.arange(first, first + len(self._slots), out=self._slots)
        self._session.run_with_iobinding(self._binding)
        self.position += self._n
        self.seen += self._n
        return self._logits.clone()

    def _make_session(self):
        graph = self._export()
        with _quiet_stderr():
            import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(graph, options, providers=providers)

    def _export(self) -> bytes:
        written = io.BytesIO()
        rings = [f"ring{i}" for i in range(len(self._rings))]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns of sizes that are constant here
            torch.onnx.export(
                _FullRing(self._model),
                (*self._inputs(), *self._rings),
                written,
                input_names=["x", "cos", "sin", "slots", *rings],
                opset_version=_OPSET,
                output_names=["logits", *(f"new_{name}" for name in rings)],
                dynamo=False,
            )
        return written.getvalue()

    def _inputs(self) -> tuple[Tensor, ...]:
        return self._x, self._cos, self._sin, self._slots

    def _bind(self):
        binding = self._session.io_binding()
        for place, tensor in zip(
            self._session.get_inputs(), (*self._inputs(), *self._rings), strict=True
        ):
            kind = np.int64 if tensor.dtype == torch.int64 else np.float32
            binding.bind_input(place.name, "cpu", 0, kind, tuple(tensor.shape), tensor.data_ptr())
        for place, tensor in zip(
            self._session.get_outputs(), (self._logits, *self._rings), strict=True
        ):
            binding.bind_output(
                place.name, "cpu", 0, np.float32, tuple(tensor.shape), tensor.data_ptr()
            )
        return binding


@contextlib.contextmanager
def _quiet_stderr():
    """Debian's onnx and ONNX Runtime share a library, which complains of a thousand operators that
    are registered twice when both are loaded; a failed import still raises."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class _FullRing(nn.Module):
    """The step behind level and rotation angles, as a function of its rings."""

    def __init__(self, model: StreamingTransformer):
        super().__init__()
        self.embed, self.encoder, self.head = model.embed, model.encoder, model.head

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, *rings: Tensor):
        x, written = self.embed(x), []
        for i, layer in enumerate(self.encoder.layers):
            q, k, v = layer.attention.project(layer.attention_norm(x), cos, sin)
            keys = rings[2 * i].index_copy(2, slots, k)
            values = rings[2 * i + 1].index_copy(2, slots, v)
            q = fold_heads(q * layer.attention.scale, layer.attention.n_kv_heads)
            scores = torch.matmul(q, keys.transpose(-2, -1))
            y = torch.matmul(scores.softmax(dim=-1), values)
            x = x + layer.attention.merge(y, x.size(1))
            x = x + layer.feed_forward(layer.feed_forward_norm(x))
            written += [keys, values]
        return (self.head(self.encoder.norm(x).mean(dim=1)), *written)

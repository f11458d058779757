# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of a model in ONNX Runtime, where that is installed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor, nn

from ..attention.config import ModelConfig
from ..attention.cost import new_cache
from ..attention.model import StreamingTransformer
from ..attention.registry import ATTENTIONS, attention_class
from ..silence import silence

RUNS = tuple(name for name in ATTENTIONS if attention_class(name).onnx)
"""The attentions whose step it can compute."""
_MODULES = {"onnxruntime": "python3-onnxruntime", "onnx": "python3-onnx"}
_OPSET = 17
_NAMES = ("x", "cos", "sin", "slots")
"""Inputs of the graph of a session, before the rings."""


def missing() -> str | None:
    """The packages that must be installed to run it here, in one line, or None."""
    lacking = [name for name in _MODULES if find_spec(name) is None]
    if not lacking:
        return None
    packages = " ".join(_MODULES[name] for name in lacking)
    return f"{' and '.join(lacking)} not importable (apt-get install {packages})"


@dataclass
class Binding:
    """The graph bound to the cache of one stream, whose memory it keeps.

    A ring is input and output in the same memory, so that only new keys and values are written. The
    graph reads a state of `ssm` while it computes the next one, which is ``written`` beside it and
    copied.
    """

    cache: list[Tensor]
    written: list[Tensor]
    addresses: object

    def keep(self) -> None:
        """Copies what was written beside the cache into it."""
        for kept, new in zip(self.cache[1:], self.written, strict=True):
            if kept is not new:
                kept.copy_(new)


class OnnxSession:
    """Steps streams in the steady state (`ModelConfig.steady_after`), on the CPU in float32, one
    stream a call.

    ONNX Runtime has no fused attention for this form: it runs products and
    softmax, as fused as its own optimiser makes them.

    Args:
        model: an eager model of an attention whose descriptor has ``onnx``.
        config: its shape.
    """

    def __init__(self, model: StreamingTransformer, config: ModelConfig):
        self._model = model
        self._patch, self._window = config.patch, config.window
        self._in_place = attention_class(config.attention).windowed
        inner = config.of_layers
        self._x = torch.zeros(1, config.block_size, config.n_values)
        self._spectra = model.spectra_of(self._x)
        self._cos, self._sin = model.rotary_factors([0], inner.block_size)
        self._slots = torch.arange(inner.block_size)
        self._logits = torch.zeros(1, config.n_classes)
        self._session = self._make_session(new_cache(config)[1:])

    def step(self, tokens: Tensor, binding: Binding, position: int, seen: int) -> Tensor:
        """Logits [1, n_classes] of the step tokens [1, n, n_bins + n_features] of the stream that
        ``binding`` is bound to; ``position`` and ``seen`` as in `StreamingTransformer.forward`,
        ``seen`` at least ``steady_after`` of its configuration."""
        with torch.inference_mode():
            spectra = self._model.spectra_of(tokens)
            self._x.copy_(tokens)
            self._spectra.copy_(
                self._model.subtract_level(spectra, [binding.cache[0]], [seen], [1])
            )
            cos, sin = self._model.rotary_factors([position], len(self._slots))
            self._cos.copy_(cos)
            self._sin.copy_(sin)
            first = seen % self._window // self._patch
            torch.arange(first, first + len(self._slots), out=self._slots)
        self._session.run_with_iobinding(binding.addresses)
        binding.keep()
        return self._logits.clone()

    def bind(self, cache: list[Tensor]) -> Binding:
        """Binds the graph's rings to those of a cache (see ``attention.new_cache``)."""
        rings, addresses = cache[1:], self._session.io_binding()
        written = rings if self._in_place else [torch.empty_like(part) for part in rings]
        given = dict(zip((*_NAMES, *_ring_names(rings)), (*self._inputs(), *rings), strict=True))
        for place in self._session.get_inputs():  # those that the graph has a use for
            tensor = given[place.name]
            kind = np.int64 if tensor.dtype == torch.int64 else np.float32
            addresses.bind_input(place.name, "cpu", 0, kind, tuple(tensor.shape), tensor.data_ptr())
        outputs = (self._logits, *written)
        for place, tensor in zip(self._session.get_outputs(), outputs, strict=True):
            addresses.bind_output(
                place.name, "cpu", 0, np.float32, tuple(tensor.shape), tensor.data_ptr()
            )
        return Binding(cache, written, addresses)

    def _make_session(self, rings: list[Tensor]):
        graph = self._export(rings)
        # With Debian's onnx loaded too, the library that they share warns of operators registered
        # twice. A failed import still raises.
        with silence(2):
            import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(graph, options, providers=providers)

    def _export(self, rings: list[Tensor]) -> bytes:
        return export(_FullRing(self._model), _NAMES, self._inputs(), ["logits"], rings)

    def _inputs(self) -> tuple[Tensor, ...]:
        return self._x, self._cos, self._sin, self._slots


class _FullRing(nn.Module):
    """The step after the level and the rotary factors, as a function of its rings."""

    def __init__(self, model: StreamingTransformer):
        super().__init__()
        self.embed, self.add_features = model.embed, model.add_features
        self.encoder, self.head, self.n_bins = model.encoder, model.head, model.n_bins

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, *rings: Tensor):
        x = self.add_features(self.embed(x[:, :, : self.n_bins]), x)
        x, written = step_layers(self.encoder, x, cos, sin, slots, rings)
        return (self.head(x), *written)


def step_layers(
    encoder, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, rings, mask: Tensor | None = None
) -> tuple[Tensor, list[Tensor]]:
    """The layers over rings that are values: the vector of the step, and the rings with the new
    keys and values. ``mask`` [window] is added to the scores."""
    written: list[Tensor] = []
    count = len(rings) // len(encoder.layers)
    for layer in encoder.layers:
        own = rings[len(written) : len(written) + count]
        y, new = layer.attention.on_values(layer.attention_norm(x), cos, sin, slots, own, mask)
        x = x + y
        x = x + layer.feed_forward(layer.feed_forward_norm(x))
        written += new
    return encoder.norm(x).mean(dim=1), written


def export(
    module: nn.Module, names: Sequence[str], inputs: tuple, outputs: list[str], rings: list[Tensor]
) -> bytes:
    """The ONNX file of ``module(*inputs, *rings)``, which returns ``outputs`` and the rings."""
    written = io.BytesIO()
    ring_names = _ring_names(rings)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of sizes that are constant here
        torch.onnx.export(
            module,
            (*inputs, *rings),
            written,
            input_names=[*names, *ring_names],
            opset_version=_OPSET,
            output_names=[*outputs, *(f"new_{name}" for name in ring_names)],
            dynamo=False,
        )
    return written.getvalue()


def _ring_names(rings: list[Tensor]) -> list[str]:
    return [f"ring{i}" for i in range(len(rings))]

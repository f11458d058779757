# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of a model as an ONNX file whose state is input and output, for an inference server."""

from __future__ import annotations

import io
import math
import warnings
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from ..attention.config import ModelConfig
from ..attention.cost import new_cache
from ..attention.model import StreamingTransformer
from ..attention.registry import ATTENTIONS, BUILT_IN, attention_class
from ..attention.rope import NoRope

RUNS = tuple(name for name in ATTENTIONS if name in BUILT_IN and attention_class(name).onnx)
"""The attentions that can be written so."""
_MODULES = {"onnxruntime": "python3-onnxruntime", "onnx": "python3-onnx"}
_OPSET = 17


def missing() -> str | None:
    """The packages that must be installed to write and run it here, in one line, or None."""
    lacking = [name for name in _MODULES if find_spec(name) is None]
    if not lacking:
        return None
    packages = " ".join(_MODULES[name] for name in lacking)
    return f"{' and '.join(lacking)} not importable (apt-get install {packages})"


def export_step(model: StreamingTransformer, config: ModelConfig) -> bytes:
    """The ONNX file of one step of one stream, of an attention in `RUNS`.

    Inputs: tokens float32 [1, n, n_bins + n_features], spectra in dB; level float32 [1]; position
    and seen int64 [1], as in `StreamingTransformer.forward`; ring0, ring1, ... float32, as
    `attention.cache_shapes` gives them after the level. A new segment has seen 0, and finite
    numbers in level and rings, such as zeros.

    Outputs: logits float32 [1, n_classes], new_level, new_position, new_seen, new_ring0, ...: what
    the next step takes.

    Raises:
        ValueError: of another attention, or when packages are missing.
    """
    if config.attention not in RUNS:
        runs = ", ".join(RUNS)
        raise ValueError(f"attention must be one of {runs} for ONNX, got {config.attention!r}")
    if missing():
        raise ValueError(missing())
    level, *rings = new_cache(config)
    ring_names = [f"ring{i}" for i in range(len(rings))]
    tokens = torch.zeros(1, config.block_size, config.n_values)
    counts = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
    names = ["tokens", "level", "position", "seen", *ring_names]
    written = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of sizes that are constant here
        torch.onnx.export(
            _Step(model, config).eval(),
            (tokens, level, *counts, *rings),
            written,
            input_names=names,
            opset_version=_OPSET,
            output_names=["logits", *(f"new_{name}" for name in names[1:])],
            dynamo=False,
        )
    return written.getvalue()


class _Step(nn.Module):
    """The whole step as a function of tensors alone, whatever the fill of the rings: slots that
    were not written yet are masked, and a state begins at zero."""

    def __init__(self, model: StreamingTransformer, config: ModelConfig):
        super().__init__()
        inner = config.of_layers
        self.model, self.n, self.patch = model, config.block_size, config.patch
        self.patches, self.window = inner.block_size, inner.window
        self.windowed = attention_class(config.attention).windowed

    def forward(self, tokens: Tensor, level: Tensor, position: Tensor, seen: Tensor, *rings):
        model = self.model
        spectra = model.spectra_of(tokens)
        new_level = self.new_level(spectra, level, seen)
        x = ((spectra - new_level) / 10.0).clamp(-8.0, 8.0)
        x = model.add_features(model.embed(x), tokens)
        cos, sin = self.rotary_factors(position)
        before = torch.div(seen, self.patch, rounding_mode="floor")
        slots = before % self.window + torch.arange(self.patches)
        is_written = torch.arange(self.window) < before + self.patches
        mask = torch.where(is_written, 0.0, -math.inf)
        if not self.windowed:
            rings = [torch.where(seen > 0, state, 0.0) for state in rings]
        x, written = _step_layers(model.encoder, x, cos, sin, slots, rings, mask)
        return (model.head(x), new_level, position + self.n, seen + self.n, *written)

    def new_level(self, spectra: Tensor, level: Tensor, seen: Tensor) -> Tensor:
        """The new level, as `RunningLevel` computes it."""
        mean, longest = spectra.mean(dim=(1, 2)), max(self.model.subtract_level.horizon, self.n)
        weight = self.n / (seen + self.n).clamp(max=longest).to(torch.float32)
        return torch.where(seen == 0, mean, level + weight * (mean - level))

    def rotary_factors(self, position: Tensor) -> tuple[Tensor, Tensor]:
        """The factors of `Rope`, with the last step in float32: off by 1e-6 rad at most."""
        rope = self.model.rope
        if isinstance(rope, NoRope):
            return rope.of(position, self.patches)
        first = torch.div(position, self.patch, rounding_mode="floor") % rope.period
        ramp = torch.arange(self.patches).view(-1, 1, 1)
        phase = (first.view(-1, 1, 1, 1) + ramp) * rope.turns % rope.period
        angle = phase.to(torch.float32) * (2 * math.pi / rope.period)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)


def _step_layers(
    encoder, x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, rings, mask: Tensor
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

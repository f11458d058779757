# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of a streaming transformer as one program of fixed shape, which CUDA can record as a
graph.

The caches of all streams lie in one *pool*, one behind the other, and a step takes a fixed number
of *lanes*. Which stream is in a lane, where its rings are written and how much of them is seen are
tensors, not numbers of Python: nothing here waits for the device, branches on data or depends on
the streams at hand. A lane without a stream writes a spare slot of the pool.

Attention needs the rings of the lanes side by side. Where the streams of a call lie so that lane i
is slot i, their rings are read where they lie; elsewhere they are copied, which costs three times
the traffic of the memory.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .model import RunningLevel, StreamingTransformer
from .registry import attention_class
from .rings import PooledStep, of_lanes


class PooledTransformer(nn.Module):
    """A `StreamingTransformer` over a pool: the same weights and layers, the same function.

    Before the first step of a segment its slot must be emptied (see `begin`): a mask hides what
    lies there, unless it is not finite.

    Args:
        model: left as it is; this one has a copy of its weights.
        config: its shape.
    """

    def __init__(self, model: StreamingTransformer, config: ModelConfig):
        super().__init__()
        self.model = copy.deepcopy(model)
        self.patch, self.block_patches = config.patch, config.of_layers.block_size
        self.ring, self.period = config.of_layers.window, config.rope_period
        self.windowed = attention_class(config.attention).windowed
        for module in list(self.model.modules()):
            for name, part in module.named_children():
                if hasattr(part, "pooled"):
                    setattr(module, name, part.pooled())

    def forward(
        self, tokens: Tensor, lanes: Tensor, pool: list[Tensor], full: bool, in_place: bool
    ) -> Tensor:
        """One step of B lanes.

        Args:
            tokens: [B, n, n_bins + n_features] float32, spectra in dB.
            lanes: [3, B] int64: slot; start, the number of the step's first patch modulo the period
                of `Rope`; and the tokens of the segment seen before. Lanes of the same slot must be
                ones whose results nobody reads.
            pool: see `cost.new_pool`; written in place.
            full: whether the rings of all lanes have been written to their end, so that no mask is
                needed.
            in_place: whether lane i reads slot i. One that nobody reads may name another slot to
                write.

        Returns:
            logits [B, n_classes] float32.
        """
        slots, starts, seen = lanes.unbind()
        model, first = self.model, torch.div(seen, self.patch, rounding_mode="floor")
        spectra = model.spectra_of(tokens)
        old_level = of_lanes(pool[0], slots, in_place)
        level = _next_level(model.subtract_level, spectra, old_level, seen)
        pool[0].index_copy_(0, slots, level)
        spectra = model.subtract_level.scale(spectra, level)
        x = model.add_features(model.embed(spectra), tokens)
        cos, sin = (part.to(x.dtype) for part in model.rope.of(starts, self.block_patches))
        new = torch.arange(self.block_patches, device=seen.device)
        rows = (first.unsqueeze(1) + new) % self.ring
        mask = None if full or not self.windowed else self._written(first)
        step = PooledStep(cos, sin, pool, slots, rows, mask, in_place)
        return model.head(model.encoder(x, step)).to(torch.float32)

    def start_of(self, position: int) -> int:
        """The start of the lane whose step begins at this token number."""
        return position // self.patch % self.period

    def offline(self, tokens: Tensor, position: int = 0) -> Tensor:
        """See `StreamingTransformer.offline`."""
        return self.model.offline(tokens, position)

    def _written(self, first: Tensor) -> Tensor:
        """[B, 1, 1, W], True where a ring has been written after a step from patch ``first`` on."""
        place = torch.arange(self.ring, device=first.device)
        return (place < (first + self.block_patches).unsqueeze(1))[:, None, None]


def begin(pool: list[Tensor], slot: int) -> None:
    """Empties a slot for a new segment."""
    for part in pool:
        part[slot].zero_()


def _next_level(running: RunningLevel, spectra: Tensor, old: Tensor, seen: Tensor) -> Tensor:
    """The running levels [B] after a step of spectra [B, n, n_bins]."""
    n = spectra.size(1)
    weights = n / (seen + n).clamp(max=max(running.horizon, n)).to(torch.float64)
    mean = spectra.mean(dim=(1, 2))
    level = torch.lerp(old, mean, weights.to(torch.float32))
    return torch.where(seen == 0, mean, level)

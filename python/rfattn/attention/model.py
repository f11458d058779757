# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The streaming transformer, top down: one function, computed step by step or in one pass.

`StreamingTransformer.forward` computes one step over caller-owned state, `.offline` the same
function for a whole segment. Both agree to float rounding, from any start position, over any
number of wraps of the ring.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .embedding import build_embedding, build_feature_embedding
from .registry import attention_class
from .rings import Segment, Step, run_mask
from .rope import build_rope


class StreamingTransformer(nn.Module):
    """Classifies each step of tokens of each stream from the window of tokens that ends with it.

    State is an argument. The cache of a stream holds its running level and the rings of the layers
    (see `cost.new_cache`). Its ``position`` is the absolute number of the step's first token, which
    only decides the rotary angles. Its ``seen`` counts the tokens of this segment that came before.
    A fresh segment has ``seen=0``; what the cache held is then overwritten before it is read.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        inner = config.of_layers
        self.patch = config.patch
        self.n_bins = config.n_bins
        self.window = config.window
        self.block_patches = inner.block_size
        self.subtract_level = RunningLevel(config.level_horizon)
        self.embed = build_embedding(config)
        self.add_features = build_feature_embedding(config)
        self.rope = build_rope(config.rotary_dim, config.rope_period, config.rope_base)
        described = attention_class(config.attention)
        self.masks = WindowMasks() if described.windowed else NoMasks()
        self.encoder = described.encoder(inner)
        self.head = nn.Linear(config.d_model, config.n_classes)
        _initialise(self, config.n_layers)

    def forward(
        self,
        tokens: Tensor,
        caches: list[list[Tensor]],
        positions: list[int],
        seen: list[int],
        runs: list[int] | None = None,
    ) -> Tensor:
        """Runs of steps of B streams, each at any position and with any number of tokens seen.

        tokens [N, n, n_bins + n_features] float32, spectra in dB: first the steps of the first
        stream in their order, then those of the next; ``runs`` tells how many each has, N together
        (None: one each). Caches as `cost.new_cache` makes them, one for each stream, written in
        place; positions and seen before the run. Returns logits [N, n_classes] float32.
        """
        n, W, patches = tokens.size(1), self.window // self.patch, self.block_patches
        counts = [1 for _ in caches] if runs is None else runs
        starts: list[int] = []
        for i, count in enumerate(counts):
            starts.extend([positions[i] + j * n for j in range(count)])
        levels = [cache[0] for cache in caches]
        spectra = self.subtract_level(self.spectra_of(tokens), levels, seen, counts)
        x = self.add_features(self.embed(spectra), tokens)
        cos, sin = self.rotary_factors(starts, patches)
        slots = [count // self.patch % W for count in seen]
        filled = [min(count // self.patch, W) for count in seen]
        masks: list[Tensor] = []
        for i, count in enumerate(counts):
            several = count > 1
            masks.append(
                self.masks.of_run(count, patches, slots[i], filled[i], W, x.device)
                if several
                else cos
            )
        step = Step(cos, sin, caches, slots, filled, counts, masks)
        return self.head(self.encoder(x, step)).to(torch.float32)

    def spectra_of(self, tokens: Tensor) -> Tensor:
        """The spectra [B, T, n_bins] of tokens [B, T, n_bins + n_features]."""
        return tokens[:, :, : self.n_bins]

    def rotary_factors(self, positions: list[int], n_patches: int) -> tuple[Tensor, Tensor]:
        """The factors of ``n_patches`` patches from each token number in ``positions`` on, in the
        dtype of the weights; see `Rope`."""
        cos, sin = self.rope([position // self.patch for position in positions], n_patches)
        return cos.to(self.head.weight.dtype), sin.to(self.head.weight.dtype)

    @torch.jit.export
    def offline(self, tokens: Tensor, position: int = 0) -> Tensor:
        """A whole segment in one pass, for training and as the oracle of the stream.

        tokens [B, T, n_bins + n_features] float32, T a multiple of the block size; ``position`` of
        the first token. Returns logits [B, T / n, n_classes] float32. Memory grows with T squared
        where layers see a window.
        """
        spectra = self.spectra_of(tokens)
        spectra = self.subtract_level.offline(spectra, self.block_patches * self.patch)
        x = self.add_features(self.embed(spectra), tokens)
        T = x.size(1)
        cos, sin = self.rotary_factors([position], T)
        mask = self.masks.of_segment(
            T, self.block_patches, self.window // self.patch, tokens.device
        )
        return self.head(self.encoder.offline(x, Segment(cos, sin, mask))).to(torch.float32)


class RunningLevel(nn.Module):
    """Subtracts a running mean of the level, causally, so that a receiver's gain does not matter.

    The level of a step is the mean of its dB values over tokens and bins. The running level is
    their average over the segment so far, and from ``horizon`` tokens on an exponential one of that
    length. What is left is divided by 10 and limited to ±8, so one unit is 10 dB and an all-zero
    input stays finite.
    """

    def __init__(self, horizon: int):
        super().__init__()
        self.horizon = horizon

    def forward(
        self, tokens: Tensor, levels: list[Tensor], seen: list[int], runs: list[int]
    ) -> Tensor:
        """tokens [N, n, n_bins] in dB; levels B times [1], updated in place; ``runs`` the steps of
        each; returns [N, n, n_bins]."""
        n, step = tokens.size(1), 0
        means = tokens.mean(dim=(1, 2)).split(1)
        found: list[Tensor] = []
        for i, level in enumerate(levels):
            for j in range(runs[i]):
                before = seen[i] + j * n
                if before == 0:
                    level.copy_(means[step])  # whatever it held, even if not finite
                else:
                    level.lerp_(means[step], self.weight(n, before))
                found.append(level if runs[i] == 1 else level.clone())
                step += 1
        return self.scale(tokens, found[0] if step == 1 else torch.cat(found))

    def offline(self, tokens: Tensor, block_size: int) -> Tensor:
        """tokens [B, T, n_bins] in dB; the same function for all steps of a segment."""
        level = torch.zeros(tokens.size(0), device=tokens.device)
        blocks: list[Tensor] = []
        for start in range(0, tokens.size(1), block_size):
            block = tokens[:, start : start + block_size]
            level = torch.lerp(level, block.mean(dim=(1, 2)), self.weight(block_size, start))
            blocks.append(self.scale(block, level))
        return torch.cat(blocks, dim=1)

    def weight(self, n: int, seen: int) -> float:
        """The weight of a new step of ``n`` tokens in the running level."""
        return n / min(seen + n, max(self.horizon, n))

    def scale(self, tokens: Tensor, level: Tensor) -> Tensor:
        return (tokens - level.view(-1, 1, 1)).div_(10.0).clamp_(-8.0, 8.0)


def band_mask(T: int, block_size: int, window: int, device: torch.device) -> Tensor:
    """[T, T], True where row may look at column: its own block and the window / block_size - 1
    blocks before it."""
    block = torch.div(torch.arange(T, device=device), block_size, rounding_mode="floor")
    age = block[:, None] - block[None, :]
    return (age >= 0) & (age < window // block_size)


class WindowMasks(nn.Module):
    """Masks of layers that see a window."""

    def of_segment(self, T: int, block_size: int, window: int, device: torch.device) -> Tensor:
        return band_mask(T, block_size, window, device)

    def of_run(
        self, K: int, n: int, slot: int, filled: int, window: int, device: torch.device
    ) -> Tensor:
        return run_mask(K, n, slot, filled, window, device)


class NoMasks(nn.Module):
    """In the place of `WindowMasks` where layers see all tokens before: the masks are empty."""

    def of_segment(self, T: int, block_size: int, window: int, device: torch.device) -> Tensor:
        return torch.empty(0, device=device)

    def of_run(
        self, K: int, n: int, slot: int, filled: int, window: int, device: torch.device
    ) -> Tensor:
        return torch.empty(0, device=device)


def _initialise(model: nn.Module, n_layers: int) -> None:
    """Draws weights so that every linear map keeps the variance of its input. Those that write into
    the residual stream are smaller, so that its variance does not grow with depth (Radford et al.
    2019, GPT-2). Convolutions make up for the half that their activation removes (He et al.
    2015)."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv1d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            std = module.in_features**-0.5
            if name.endswith((".out", ".down")):
                std /= (2 * n_layers) ** 0.5
            nn.init.trunc_normal_(module.weight, std=std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

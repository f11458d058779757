# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The streaming transformer, top down: one function, computed step by step or in one pass.

`StreamingTransformer.forward` computes one step over caller-owned state, `.offline` the same
function for a whole recording. Both agree to float rounding, from any start position, over any
number of wraps of the ring.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attentions import CrossAttention, LatentSelfAttention, build_attention
from .config import ModelConfig
from .embedding import build_embedding
from .kernels import FusedScores
from .norms import build_norm
from .rope import Rope


class StreamingTransformer(nn.Module):
    """Classifies each block of tokens from the window of tokens that ends with it.

    State is an argument: ``cache`` holds the running level and the rings of the layers (see
    `cost.new_cache`), ``position`` is the absolute number of the step's first token (any number: it
    only turns the rotary angles), ``seen`` how many tokens of this segment came before. A fresh
    segment is ``seen=0``; what the cache held is then overwritten before it is read.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        inner = config.in_patches
        self.patch = config.patch
        self.window = config.window
        self.block_patches = inner.block_size
        self.level = RunningLevel(config.level_horizon)
        self.embed = build_embedding(config)
        self.rope = Rope(config.rotary_dim, config.rope_period, config.rope_base)
        self.encoder = (LatentEncoder if config.attention == "latent" else TokenEncoder)(inner)
        self.head = nn.Linear(config.d_model, config.n_classes)
        _initialise(self, config.n_layers)

    def forward(self, tokens: Tensor, cache: list[Tensor], position: int, seen: int) -> Tensor:
        """One step.

        tokens [B, n, n_bins] float32 in dB; cache as made by `cost.new_cache`, written in place.
        Returns logits [B, n_classes] float32.
        """
        x = self.embed(self.level(tokens, cache[0], seen))
        cos, sin = self.turn(position, self.block_patches)
        slot = seen % self.window // self.patch
        filled = min(seen + tokens.size(1), self.window) // self.patch
        return self.head(self.encoder(x, cos, sin, cache[1:], slot, filled)).to(torch.float32)

    def turn(self, position: int, n_patches: int) -> tuple[Tensor, Tensor]:
        """Of the patches from the token ``position`` on, what `rotate` multiplies with."""
        cos, sin = self.rope(position // self.patch, n_patches)
        return cos.to(self.head.weight.dtype), sin.to(self.head.weight.dtype)

    @torch.jit.export
    def offline(self, tokens: Tensor, position: int = 0) -> Tensor:
        """A whole segment in one pass, for training and as the oracle of the stream.

        tokens [B, T, n_bins] float32 in dB, T a multiple of the block size; ``position`` of the
        first token. Returns logits [B, T / n, n_classes] float32. Memory grows with T squared.
        """
        x = self.embed(self.level.offline(tokens, self.block_patches * self.patch))
        T = x.size(1)
        cos, sin = self.turn(position, T)
        mask = band_mask(T, self.block_patches, self.window // self.patch, tokens.device)
        return self.head(self.encoder.offline(x, cos, sin, mask)).to(torch.float32)


class RunningLevel(nn.Module):
    """Takes a receiver's gain out of its spectra: subtracts a running mean of the level, causally.

    The level of a block is the mean of its dB values over tokens and bins. The running level is
    their average over the segment so far, and from ``horizon`` tokens on an exponential one of that
    length. What is left is divided by 10 and limited to ±8, so one unit is 10 dB and an all-zero
    input stays finite.
    """

    def __init__(self, horizon: int):
        super().__init__()
        self.horizon = horizon

    def forward(self, tokens: Tensor, level: Tensor, seen: int) -> Tensor:
        """tokens [B, n, n_bins] in dB; level [B], updated in place; returns [B, n, n_bins]."""
        n = tokens.size(1)
        weight = n / min(seen + n, max(self.horizon, n))
        level.copy_(torch.lerp(level, tokens.mean(dim=(1, 2)), weight))
        return ((tokens - level[:, None, None]) / 10.0).clamp(-8.0, 8.0)

    def offline(self, tokens: Tensor, block_size: int) -> Tensor:
        """tokens [B, T, n_bins] in dB; the same function for all blocks of a segment."""
        level = torch.zeros(tokens.size(0), device=tokens.device)
        blocks: list[Tensor] = []
        for start in range(0, tokens.size(1), block_size):
            blocks.append(self(tokens[:, start : start + block_size], level, start))
        return torch.cat(blocks, dim=1)


class TokenEncoder(nn.Module):
    """`mha`, `flash`, `gqa`, `mla`: every token looks at the window in every layer."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.block_size = config.block_size
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.n_layers)])
        self.norm = build_norm(config.norm, config.d_model)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: list[Tensor], slot: int, filled: int
    ) -> Tensor:
        """x [B, n, d] → the mean of the block's outputs [B, d]"""
        per_layer = len(cache) // len(self.layers)
        for i, layer in enumerate(self.layers):
            x = layer(x, cos, sin, cache[i * per_layer : (i + 1) * per_layer], slot, filled)
        return self.norm(x).mean(dim=1)

    def offline(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """x [B, T, d] → [B, T / n, d]"""
        for layer in self.layers:
            x = layer.offline(x, cos, sin, mask)
        return self.norm(x).unflatten(1, (-1, self.block_size)).mean(dim=2)


class Layer(nn.Module):
    """A pre-norm transformer layer (Xiong et al. 2020, arXiv 2002.04745)."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention_norm = build_norm(config.norm, config.d_model)
        self.attention = build_attention(config)
        self.feed_forward_norm = build_norm(config.norm, config.d_model)
        self.feed_forward = FeedForward(config)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: list[Tensor], slot: int, filled: int
    ) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cos, sin, cache, slot, filled)
        return x + self.feed_forward(self.feed_forward_norm(x))

    def offline(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        x = x + self.attention.offline(self.attention_norm(x), cos, sin, mask)
        return x + self.feed_forward(self.feed_forward_norm(x))


class LatentEncoder(nn.Module):
    """`latent`: M learned latents look at the window in the cross layers and at each other in the
    rest."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.block_size = config.block_size
        self.latents = nn.Parameter(torch.randn(config.n_latents, config.d_model) * 0.02)
        n_tower = config.n_layers - config.n_cross_layers
        self.cross = nn.ModuleList([CrossLayer(config) for _ in range(config.n_cross_layers)])
        self.tower = nn.ModuleList([LatentLayer(config) for _ in range(n_tower)])
        self.norm = build_norm(config.norm, config.d_model)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: list[Tensor], slot: int, filled: int
    ) -> Tensor:
        """x [B, n, d] → the mean of the latents [B, d]"""
        z = self.latents.expand(x.size(0), -1, -1)
        for i, layer in enumerate(self.cross):
            z = layer(z, x, cos, sin, cache[2 * i : 2 * i + 2], slot, filled)
        for layer in self.tower:
            z = layer(z)
        return self.norm(z).mean(dim=1)

    def offline(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """x [B, T, d] → [B, T / n, d]"""
        K = x.size(1) // self.block_size
        z = self.latents.expand(x.size(0), K, -1, -1)  # (B, K, M, d)
        for layer in self.cross:
            z = layer.offline(z, x, cos, sin, mask)
        z = z.flatten(0, 1)  # (B K, M, d)
        for layer in self.tower:
            z = layer(z)
        return self.norm(z).mean(dim=1).unflatten(0, (-1, K))


class CrossLayer(nn.Module):
    """Latents attend to the window, then think."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention_norm = build_norm(config.norm, config.d_model)
        self.attention = CrossAttention(config, FusedScores())
        self.feed_forward_norm = build_norm(config.norm, config.d_model)
        self.feed_forward = FeedForward(config)

    def forward(
        self,
        z: Tensor,
        x: Tensor,
        cos: Tensor,
        sin: Tensor,
        cache: list[Tensor],
        slot: int,
        filled: int,
    ) -> Tensor:
        z = z + self.attention(self.attention_norm(z), x, cos, sin, cache, slot, filled)
        return z + self.feed_forward(self.feed_forward_norm(z))

    def offline(self, z: Tensor, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        z = z + self.attention.offline(self.attention_norm(z), x, cos, sin, mask)
        return z + self.feed_forward(self.feed_forward_norm(z))


class LatentLayer(nn.Module):
    """Latents attend to each other, then think."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention_norm = build_norm(config.norm, config.d_model)
        self.attention = LatentSelfAttention(config, FusedScores())
        self.feed_forward_norm = build_norm(config.norm, config.d_model)
        self.feed_forward = FeedForward(config)

    def forward(self, z: Tensor) -> Tensor:
        z = z + self.attention(self.attention_norm(z))
        return z + self.feed_forward(self.feed_forward_norm(z))


class FeedForward(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.up = nn.Linear(config.d_model, config.ffn_factor * config.d_model)
        self.down = nn.Linear(config.ffn_factor * config.d_model, config.d_model)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x)))


def band_mask(T: int, block_size: int, window: int, device: torch.device) -> Tensor:
    """[T, T], True where row may look at column: its own block and the window / block_size - 1
    blocks before it."""
    block = torch.div(torch.arange(T, device=device), block_size, rounding_mode="floor")
    age = block[:, None] - block[None, :]
    return (age >= 0) & (age < window // block_size)


def _initialise(model: nn.Module, n_layers: int) -> None:
    """Every linear map keeps the size of what goes through; those that write into the residual
    stream are smaller, so that it grows with the layers as little (Radford et al. 2019, GPT-2).
    Convolutions make up for the half that their activation takes off (He et al. 2015)."""
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

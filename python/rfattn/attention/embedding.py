# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tokens enter the model: neighbouring ones joined to patches, each a vector of width d."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .config import ModelConfig
from .layers import Unchanged
from .operations import KERNEL, STRIDE, halved


class LinearEmbedding(nn.Module):
    """One linear map of a patch, like that of a vision transformer (arXiv 2010.11929)."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.project = nn.Linear(config.patch * config.n_bins, config.d_model)

    def forward(self, spectra: Tensor) -> Tensor:
        """spectra [B, T, n_bins] → [B, T / patch, d]"""
        patches = spectra.flatten(1).unflatten(1, (-1, self.project.in_features))
        return self.project(patches.to(self.project.weight.dtype))


class ConvEmbedding(nn.Module):
    """Two strided convolutions along frequency before the linear map, so that what is learnt of a
    shape in one place of the band holds in all (Xiao et al. 2021, arXiv 2106.14881).

    The tokens of a patch are the channels of the first; patches do not see each other.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.patch, self.n_bins = config.patch, config.n_bins
        channels, padding = config.embedding_channels, KERNEL // 2
        self.first = nn.Conv1d(config.patch, channels, KERNEL, STRIDE, padding)
        self.second = nn.Conv1d(channels, channels, KERNEL, STRIDE, padding)
        self.project = nn.Linear(channels * halved(halved(config.n_bins)), config.d_model)

    def forward(self, spectra: Tensor) -> Tensor:
        """spectra [B, T, n_bins] → [B, T / patch, d]"""
        B = spectra.size(0)
        x = spectra.to(self.project.weight.dtype).reshape(-1, self.patch, self.n_bins)
        x = F.gelu(self.second(F.gelu(self.first(x))))  # (B T / patch, channels, n_bins / 4)
        return self.project(x.flatten(1)).unflatten(0, (B, -1))


class FeatureEmbedding(nn.Module):
    """Adds what the features of a patch's last token mean to the vector of the patch: the last has
    the newest values."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.patch, self.n_bins = config.patch, config.n_bins
        self.inner = nn.Linear(config.n_features, config.feature_units)
        self.outer = nn.Linear(config.feature_units, config.d_model)

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:
        """x [B, T / patch, d], tokens [B, T, n_bins + n_features] → [B, T / patch, d]"""
        features = tokens[:, self.patch - 1 :: self.patch, self.n_bins :]
        return x + self.outer(F.gelu(self.inner(features.to(x.dtype))))


def build_feature_embedding(config: ModelConfig) -> nn.Module:
    """What adds the features, if any, to the vectors of `build_embedding`."""
    return FeatureEmbedding(config) if config.n_features else Unchanged()


def build_embedding(config: ModelConfig) -> nn.Module:
    """The embedding that ``config.embedding`` names."""
    return {"linear": LinearEmbedding, "conv": ConvEmbedding}[config.embedding](config)

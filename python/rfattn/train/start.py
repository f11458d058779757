# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where training starts: from nothing, or from a trained model for the same or other classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..attention import ModelConfig, StreamingTransformer, convert, load_eager
from ..attention.convert import SOURCES
from .config import TrainConfig


def start(config: TrainConfig, classes: Sequence[str], init: str):
    """The model to train and its shape.

    Without ``init`` the shape is the configuration's and the weights are drawn from torch's random
    state. With it both are those of that model: its attention converted to the configuration's
    where it can be, classes of the same name with their weights, new ones drawn.

    Args:
        init: a shipped family, folder, `.pt` or `.safetensors` file; "" for none.

    Raises:
        ModelFileError: the model cannot be read.
        ValueError: its front end or norm is another, or it cannot be converted.
    """
    if not init:
        shape = config.model.replace(n_classes=len(classes), n_bins=config.front_end.n_bins)
        return StreamingTransformer(shape), shape
    source, contract = load_eager(init)
    _check(config, contract, init)
    shape = ModelConfig.from_dict(contract["model"])
    if shape.attention != config.model.attention:
        shape = _with_sizes_of(config.model, shape)
        source = convert(source, shape, config.model.attention)
    target = shape.replace(attention=config.model.attention, n_classes=len(classes))
    model = StreamingTransformer(target)
    weights = source.state_dict()
    for name in ("head.weight", "head.bias"):
        weights[name] = _rows(weights[name], contract["classes"], model.state_dict()[name], classes)
    model.load_state_dict(weights)
    return model, target


def _with_sizes_of(wanted: ModelConfig, shape: ModelConfig) -> ModelConfig:
    """``shape`` with what only the wanted attention asks about."""
    special = ("n_kv_heads", "n_latents", "n_cross_layers", "kv_rank", "rope_dim")
    return shape.replace(**{name: getattr(wanted, name) for name in special})


def _check(config: TrainConfig, contract: dict, init: str) -> None:
    have, wanted = contract["front_end"], config.to_dict()["front_end"]
    if have != wanted:
        raise ValueError(f"training: {init} has front end {have}, the configuration {wanted}")
    shape = contract["model"]
    if shape["norm"] != config.model.norm:
        raise ValueError(
            f"training: {init} has norm {shape['norm']}, the configuration {config.model.norm}"
        )
    if shape["attention"] not in (config.model.attention, *SOURCES):
        raise ValueError(
            f"training: {init} has attention {shape['attention']}, which cannot become "
            f"{config.model.attention}; {' and '.join(SOURCES)} can"
        )


def _rows(old: torch.Tensor, old_classes, new: torch.Tensor, new_classes) -> torch.Tensor:
    """The rows of ``new`` with those of the classes that both know taken from ``old``."""
    new = new.clone()
    for row, name in enumerate(new_classes):
        if name in old_classes:
            new[row] = old[old_classes.index(name)]
    return new

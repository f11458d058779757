# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where training starts: from nothing, or from a trained model for the same or other classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..attention import ModelConfig, StreamingTransformer
from ..attention.config import own_sizes
from ..inference import convert, load_eager
from ..recordings.front_end import FrontEnd
from .config import TrainConfig
from .data import UNKNOWN


def start(config: TrainConfig, classes: Sequence[str], init: str):
    """The model to train and its shape.

    Without ``init`` the shape is the configuration's and the weights are drawn from torch's random
    state. With it both are those of that model, converted to the configuration's attention and
    norm; classes of the same name keep their weights, new ones are drawn.

    Args:
        init: a shipped family, folder, `.pt` or `.safetensors` file; "" for none.

    Raises:
        ModelFileError: the model cannot be read.
        ValueError: its front end is another, or it cannot be converted.
    """
    if not init:
        shape = config.model.replace(n_classes=len(classes), n_bins=config.front_end.n_bins)
        return StreamingTransformer(shape), shape
    source, shape, contract = converted(init, config.model)
    have, stated = contract["front_end"], config.to_dict()["front_end"]
    if FrontEnd(**have) != config.front_end:
        raise ValueError(f"training: {init} has front end {have}, the configuration {stated}")
    target = shape.replace(n_classes=len(classes))
    model = StreamingTransformer(target)
    weights = source.state_dict()
    for name in ("head.weight", "head.bias"):
        weights[name] = _rows(weights[name], contract["classes"], model.state_dict()[name], classes)
    model.load_state_dict(weights)
    return model, target


def known_classes(init: str) -> tuple[str, ...]:
    """The classes of a trained model but `UNKNOWN`; none without one."""
    classes = load_eager(init)[1]["classes"] if init else ()
    return tuple(name for name in classes if name != UNKNOWN)


def converted(init: str, wanted: ModelConfig):
    """A trained model with the attention and norm of ``wanted``, its shape, and the contract of its
    file.

    Of ``wanted`` only attention and norm count and, where the attention changes, its own sizes.
    New latents are drawn from torch's random state.

    Raises:
        ModelFileError: the model cannot be read.
        ValueError: it cannot be converted.
    """
    model, contract = load_eager(init)
    shape = ModelConfig.from_dict(contract["model"])
    if shape.attention != wanted.attention:
        names = own_sizes(wanted.attention)
        shape = shape.replace(**{name: getattr(wanted, name) for name in names})
    target = shape.replace(attention=wanted.attention, norm=wanted.norm)
    if target != shape:
        model = convert(model, shape, wanted.attention, wanted.norm)
    return model, target, contract


def _rows(old: torch.Tensor, old_classes, new: torch.Tensor, new_classes) -> torch.Tensor:
    """The rows of ``new`` with those of the classes that both know taken from ``old``."""
    new = new.clone()
    for row, name in enumerate(new_classes):
        if name in old_classes:
            new[row] = old[old_classes.index(name)]
    return new

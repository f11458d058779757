# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the model that training starts from: a new one, or one from trained models."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.attention.config import own_sizes
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.front_end import FrontEnd

from .config import TrainConfig
from .convert_weights import convert
from .start import Start, start_name, starts

_FEATURE_PART = "add_features."


def init_model(
    config: TrainConfig, classes: Sequence[str], init: Start, features: Sequence[str] = ()
) -> tuple[StreamingTransformer, ModelConfig]:
    """The model to train and its shape.

    Without ``init`` the shape is that of the configuration and the weights are drawn from torch's
    random state. With ``init`` shape and weights are those of that model, converted to the
    attention and norm of the configuration. Classes and features of the same name keep their
    weights; those of new classes are drawn. New features have no effect at first: their weights
    are 0, and so is what further units for features add.

    Args:
        init: see `Start`.
        features: names of those behind the spectrum of each token of the data.

    Raises:
        ModelFileError: the model cannot be read.
        ValueError: it has another front end or features that the data lack, cannot be converted, or
            several have different shapes.
    """
    sizes = {"n_classes": len(classes), "n_features": len(features)}
    if not init:
        shape = config.model.replace(n_bins=config.front_end.n_bins, **sizes)
        return StreamingTransformer(shape), shape
    source, shape, contract = load_converted(init, config.model)
    differences = config.front_end.differences(FrontEnd.from_dict(contract["front_end"]))
    if differences:
        raise ValueError(
            f"training: the front end does not fit {start_name(init)}: {'; '.join(differences)}"
        )
    if strange := [name for name in contract.get("features", ()) if name not in features]:
        raise ValueError(
            f"training: {start_name(init)} takes the feature {strange[0]}, which the data lack"
        )
    if features:
        sizes["feature_units"] = max(shape.feature_units, config.model.feature_units)
    target = shape.replace(**sizes)
    model = StreamingTransformer(target)
    weights = source.state_dict() | _feature_weights(source, contract, model, features)
    for name in ("head.weight", "head.bias"):
        weights[name] = _merge_rows(
            weights[name], contract["classes"], model.state_dict()[name], classes
        )
    model.load_state_dict(weights)
    return model, target


def _feature_weights(
    source: StreamingTransformer, contract: dict, model: StreamingTransformer, features
) -> dict[str, torch.Tensor]:
    """The weights that take features into ``model``: those of ``source`` where it has the same."""
    new = {k: v.clone() for k, v in model.state_dict().items() if k.startswith(_FEATURE_PART)}
    old = {k: v for k, v in source.state_dict().items() if k.startswith(_FEATURE_PART)}
    if not old:
        return new
    inner, outer = new[f"{_FEATURE_PART}inner.weight"], new[f"{_FEATURE_PART}outer.weight"]
    units = len(old[f"{_FEATURE_PART}inner.weight"])
    inner[:units] = 0.0
    for column, name in enumerate(contract["features"]):
        inner[:units, features.index(name)] = old[f"{_FEATURE_PART}inner.weight"][:, column]
    new[f"{_FEATURE_PART}inner.bias"][:units] = old[f"{_FEATURE_PART}inner.bias"]
    outer[:, :units] = old[f"{_FEATURE_PART}outer.weight"]
    outer[:, units:] = 0.0
    new[f"{_FEATURE_PART}outer.bias"] = old[f"{_FEATURE_PART}outer.bias"]
    return new


def known_classes(init: Start) -> tuple[str, ...]:
    """The classes of a trained model, except `UNKNOWN`; none if ``init`` is empty."""
    classes = load_mean(init)[1]["classes"] if init else ()
    return tuple(name for name in classes if name != UNKNOWN)


def load_mean(init: Start) -> tuple[StreamingTransformer, dict]:
    """Loads a trained model; of several, one whose weights are their mean.

    Models that were trained from the same one on different data are often better as their mean
    (Wortsman et al. 2022, arXiv 2203.05482).

    Returns:
        The model, and the contract of the first one's file.

    Raises:
        ModelFileError: a model cannot be read.
        ValueError: they have different shapes, classes or front ends.
    """
    first, *others = starts(init)
    model, contract = load_eager(first)
    weights = [model.state_dict()]
    for name in others:
        other, theirs = load_eager(name)
        for key in ("model", "classes", "front_end"):
            if theirs[key] != contract[key]:
                raise ValueError(f"training: the mean of {first} and {name}: another {key}")
        weights.append(other.state_dict())
    mean = {
        key: sum(one[key] for one in weights) / len(weights) if value.is_floating_point() else value
        for key, value in weights[0].items()
    }
    model.load_state_dict(mean)
    return model, contract


def load_converted(
    init: Start, wanted: ModelConfig
) -> tuple[StreamingTransformer, ModelConfig, dict]:
    """Loads a trained model and converts it to the attention and norm of ``wanted``.

    Of ``wanted`` only these two count and, if the attention changes, its own sizes. New latents
    are drawn from torch's random state.

    Returns:
        The model, its shape, and the contract of its file.

    Raises:
        ModelFileError: the model cannot be read.
        ValueError: it cannot be converted.
    """
    model, contract = load_mean(init)
    shape = ModelConfig.from_dict(contract["model"])
    if shape.attention != wanted.attention:
        names = own_sizes(wanted.attention)
        shape = shape.replace(**{name: getattr(wanted, name) for name in names})
    target = shape.replace(attention=wanted.attention, norm=wanted.norm)
    if target != shape:
        model = convert(model, shape, wanted.attention, wanted.norm)
    return model, target, contract


def _merge_rows(old: torch.Tensor, old_classes, new: torch.Tensor, new_classes) -> torch.Tensor:
    """``new``, with the rows of classes that ``old`` has too taken from ``old``."""
    new = new.clone()
    for row, name in enumerate(new_classes):
        if name in old_classes:
            new[row] = old[old_classes.index(name)]
    return new

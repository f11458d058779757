# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eager module of torch that a contract and its weights make."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from ..checked import plain_name
from .contract import ModelFileError, check_cost


def build(contract: dict, weights: Mapping[str, np.ndarray], path) -> StreamingTransformer:
    """The eager module of a contract with copies of these weights, in evaluation mode.

    Nothing of the size that the contract states is allocated before the weights have it.

    Raises:
        ModelFileError: in one line, when weights and contract do not match, or a weight is not
            finite.
    """
    check_cost(contract, path)
    config = ModelConfig.from_dict(contract["model"])
    with _WithoutValues():
        model = StreamingTransformer(config)
    wanted = model.state_dict()
    weights = {name: torch.from_numpy(np.array(values)) for name, values in weights.items()}
    wrong = _mismatch(wanted, weights) or _wrong_value(wanted, weights)
    if wrong:
        raise ModelFileError(f"{path}: weights and contract do not match: {wrong}")
    model.load_state_dict(weights, assign=True)
    return model.eval()


class _WithoutValues(TorchFunctionMode):
    """Gives weights shapes alone, on device meta.

    torch has the same with ``torch.device("meta")``, and imports sympy for it, which takes half a
    second.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in (torch.empty, torch.ones, torch.zeros):
            return torch.empty(*args, **{**kwargs, "device": "meta"})
        tensor = kwargs.get("tensor", args[0] if args else None)
        name = getattr(func, "__name__", "")
        if isinstance(tensor, Tensor) and name.endswith("_") and not name.endswith("__"):
            return tensor  # what would fill it
        return func(*args, **kwargs)


def _mismatch(wanted: dict[str, Tensor], weights: dict[str, Tensor]) -> str | None:
    """How the weights differ from those that a model has, in one line; None: not."""
    for name in (*wanted, *weights):
        if name not in weights:
            return f"the file has no {name}"
        if name not in wanted:
            return f"the model has no {plain_name(name)}"
        have, need = (
            f"{tuple(w[name].shape)} {str(w[name].dtype).removeprefix('torch.')}"
            for w in (weights, wanted)
        )
        if have != need:
            return f"{name} is {have}, the model needs {need}"
    return None


def _wrong_value(wanted: dict[str, Tensor], weights: dict[str, Tensor]) -> str | None:
    """Which weight is not finite, or whether the frequencies of `Rope`, if any, are not those that
    are wanted, in one line; None: nothing is wrong."""
    for name, weight in weights.items():
        if not torch.isfinite(weight).all():
            return f"{name} is not finite"
    turns = [found["rope.turns"].double() for found in (wanted, weights) if "rope.turns" in found]
    if turns and (turns[0] - turns[1]).abs().max() > 1:  # powers may be rounded either way
        return "rope.turns is not that of rope_period and rope_base"
    return None

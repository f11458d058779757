# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model as runners want it: weights for one, a module of torch for another."""

from __future__ import annotations

import functools

import numpy as np

from ..attention.config import ModelConfig


class HeldModel:
    """A model by its weights, or by its module; each is made of the other when it is asked for.

    Args:
        contract: what the model's file states, checked.
        weights: by name, of a model of kind "stream"; None: those of the module.
        module: an eager StreamingTransformer, or a module of the contract's kind.
        path: of the file, for refusals.
    """

    def __init__(self, contract: dict, weights=None, module=None, path="contract"):
        self.contract, self.path = contract, path
        if weights is not None:
            self.weights = weights
        if module is not None:
            self.module = module

    @functools.cached_property
    def weights(self) -> dict[str, np.ndarray]:
        state = self.module.state_dict()
        return {name: weight.detach().cpu().numpy() for name, weight in state.items()}

    @functools.cached_property
    def module(self):
        """Raises:
        ModelFileError: weights and contract do not match.
        """
        from .eager import build

        return build(self.contract, self.weights, self.path)

    @functools.cached_property
    def scripted(self):
        """The model as TorchScript, for files and for the runners that need it."""
        import torch

        from ..attention.model import StreamingTransformer
        from . import torchscript

        module = self.module
        if type(module) is StreamingTransformer:
            config = ModelConfig.from_dict(self.contract["model"])
            return torchscript.script_stream(module, config)
        if isinstance(module, torch.jit.ScriptModule):
            return module
        return torchscript.script(module)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a trained model: the adapter, model files, conversion and the machine's libraries.

Needs torch, not GNU Radio. Names load on first use, so that `inference.blas` imports without torch.
"""

from importlib import import_module

DEFAULT_MODEL = "rf14"
"""The shipped family that runs where nobody names another."""

_MODULES = {
    "AttentionModelAdapter": ".adapter",
    "ModelFileError": ".files",
    "available_models": ".files",
    "convert": ".convert_weights",
    "explain": ".adapter",
    "load_checkpoint": ".files",
    "load_eager": ".torchscript",
    "read_contract": ".files",
    "recommend_attention": ".recommend",
    "save_checkpoint": ".files",
}

__all__ = ["DEFAULT_MODEL", *_MODULES]  # noqa: PLE0605


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)


def __dir__():
    return sorted(set(globals()) | set(_MODULES))

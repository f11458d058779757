# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a trained model: the adapter, model files and the machine's libraries.

Needs torch, not GNU Radio. Names load on first use, so that `inference.blas` imports without torch.
"""

from importlib import import_module
from pathlib import Path

DEFAULT_MODEL = "rf14"
"""The shipped family that runs where nobody names another, for whole bands."""
DEFAULT_EMISSION_MODEL = "emissions"
"""The same for emissions: the folder of that name in ``models``, once it is there."""
NO_MODEL = "none"
"""What asks for emissions without labels."""
_MODELS = Path(__file__).resolve().parent.parent / "models"

_MODULES = {
    "AttentionModelAdapter": ".adapter",
    "ModelFileError": ".files",
    "available_models": ".files",
    "explain": ".possible",
    "load_checkpoint": ".files",
    "load_eager": ".torchscript",
    "read_contract": ".files",
    "save_checkpoint": ".files",
}

__all__ = ["DEFAULT_EMISSION_MODEL", "DEFAULT_MODEL", "NO_MODEL", "emission_model", *_MODULES]  # noqa: PLE0605


def emission_model(model: str) -> str:
    """The model that labels emissions where ``model`` is asked for; "": none does.

    "" asks for the shipped family, "none" for no model.
    """
    if model == NO_MODEL:
        return ""
    has_default = (_MODELS / DEFAULT_EMISSION_MODEL).is_dir()
    return model or (DEFAULT_EMISSION_MODEL if has_default else "")


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)


def __dir__():
    return sorted(__all__)

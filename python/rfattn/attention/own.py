# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attentions and norms of a user: registered by a program, or by a file in a folder.

``attentions/NAME.py`` and ``norms/NAME.py`` below `own_folder` are run when their name is asked for
and call `register` or `register_norm`. Model files never name code: they have a name, and whoever
owns the folder says what it is.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

from ..files import own_folder
from .registry import ATTENTIONS, BUILT_IN, NORMS

_NAMES = {"attentions": ATTENTIONS, "norms": NORMS}
_found: dict[str, dict] = {"attentions": {}, "norms": {}}


def register(attention: type) -> type:
    """Makes an attention known by its ``name`` in this process, as a decorator of its class.

    Args:
        attention: a subclass of `shapes.attention.Attention` whose own module has ``make`` and,
            for `gr-rfattn convert`, ``fill``. It has no ``sizes`` of its own. A second one of the
            same name takes the place of the first.

    Raises:
        ValueError: naming the rule.
    """
    if len(vars(attention.sizes).get("__dataclass_fields__", ())):
        raise ValueError(f"sizes must be NoSizes for an attention of your own, got {attention}")
    return _add("attentions", attention.name, attention)


def register_norm(name: str, make: Callable) -> None:
    """Makes a norm known in this process.

    Args:
        make: returns the module of torch for vectors of a given number of elements.

    Raises:
        ValueError: naming the rule.
    """
    _add("norms", name, make)


def load(kind: str, name: str):
    """What was registered as ``name``, of which a file is run that was not yet.

    Args:
        kind: ``attentions`` or ``norms``.

    Raises:
        ValueError: nothing is called so; its file fails, or registers another name.
    """
    if name in _found[kind]:
        return _found[kind][name]
    path = own_folder(kind) / f"{name}.py"
    if not (name.isidentifier() and path.is_file()):
        names = ", ".join(_NAMES[kind])
        raise ValueError(f"{kind[:-1]} must be one of {names}, got {name!r}")
    spec = importlib.util.spec_from_file_location(f"rfattn_{kind}_{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(
        spec
    )  # TorchScript looks here
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from error
    if name not in _found[kind]:
        raise ValueError(f"{path}: must register {name!r}, which is the name of the file")
    return _found[kind][name]


def _add(kind: str, name: str, one):
    if not str(name).isidentifier() or name in BUILT_IN:
        raise ValueError(f"name must be an identifier that is not built in, got {name!r}")
    _found[kind][name] = one
    if name not in _NAMES[kind]:
        _NAMES[kind].append(name)
    return one


for _kind, _names in _NAMES.items():
    _files = sorted(own_folder(_kind).glob("*.py"))
    _names += [file.stem for file in _files if file.stem.isidentifier()]

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence about the wrong arguments of a block in C++, where pybind11 prints its signature."""

from __future__ import annotations

import functools
import re
from inspect import Parameter, Signature

from .checked import shown, suggestion

_PARAMETER = re.compile(r", (\w+): ((?:\w+\.)*\w+(?:\[.*?\])?\]*)( =)?")
"""A parameter in a signature of pybind11: name, type, whether there is a default."""
_RULES = {
    "int": ("a whole number of 32 bits", lambda one: -(2**31) <= one.__index__() < 2**31),
    "float": ("a number", lambda one: hasattr(one, "__float__") or hasattr(one, "__index__")),
    "str": ("text", lambda one: isinstance(one, str | bytes)),
    "bool": ("true or false", lambda one: one is None or hasattr(one, "__bool__")),
}


def explain_arguments(block: type) -> None:
    """Has the constructor raise the sentence."""
    make = block.__init__

    @functools.wraps(make)
    def construct(self, *arguments, **named):
        try:
            make(self, *arguments, **named)
        except TypeError as error:
            if "incompatible constructor arguments" not in str(error):
                raise
            raise TypeError(f"{block.__name__}: {_problem(make, arguments, named)}") from None

    block.__init__ = construct


def _problem(make, arguments: tuple, named: dict) -> str:
    found = _PARAMETER.findall(make.__doc__.splitlines()[0])
    types = {name: kind for name, kind, _ in found}
    kinds = [(name, None if default else Parameter.empty) for name, _, default in found]
    usual = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [Parameter(name, usual, default=default) for name, default in kinds]
    try:
        given = Signature(parameters).bind(*arguments, **named).arguments
    except TypeError as error:
        return f"{error}{suggestion(next((n for n in named if n not in types), ''), types)}"
    for name, value in given.items():
        rule, holds = _RULES.get(types[name], ("", lambda one: True))
        try:
            is_so = holds(value)
        except AttributeError:
            is_so = False
        if not is_so:
            return f"{name} must be {rule}, got {shown(value)}"
    # All numbers and text are right, so it is what has another type.
    others = [name for name in given if types[name] not in _RULES]
    return "; ".join(f"{name} must be {types[name]}, got {shown(given[name])}" for name in others)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of the Python package index that know more of a format than is read here.

They are optional: a frame shows more where they are installed.
"""

from __future__ import annotations

import math
from enum import Enum
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def library(name: str) -> ModuleType | None:
    """The package, or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def plain(values: dict) -> dict:
    """Values of a package as fields; what is unknown, empty or has parts is left out."""
    found = {name: _plain(value) for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _plain(value):
    if isinstance(value, Enum):
        return value.name.replace("_", " ").lower()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.hex() if isinstance(value, bytes) else None

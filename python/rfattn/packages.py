# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that may be absent: of a station, of a workshop for models, and some of Debian."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

STATION, WORKSHOP = "gnuradio.rfattn_station", "gnuradio.rfattn_workshop"


def load(module: str, what: str) -> ModuleType:
    """A module, such as torch or gnuradio.rfattn_workshop.train, which ``what`` needs.

    Raises:
        ImportError: its package is not installed; the text begins with ``what``.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = ".".join(module.split(".")[:2])
        if error.name != package:
            raise
        raise ImportError(lack_of(package, what)) from None


def lack_of(package: str, what: str) -> str:
    """The text of an error: ``what`` needs a package that is not installed."""
    if package in (STATION, WORKSHOP):
        return f"{what} needs {shown_name(package)}, which is not installed"
    return f"{what} needs {package}: apt-get install python3-{package.lower()}"


def shown_name(package: str) -> str:
    """The name under which a package is installed, such as gr-rfattn-workshop."""
    return "gr-" + package.removeprefix("gnuradio.").replace("_", "-")


def folder_of(package: str) -> Path | None:
    """Where the files of a package lie; None where it is not installed."""
    spec = find_spec(package)
    return None if spec is None else Path(spec.origin).parent

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages beside this one, which may be absent: of a station, and of a workshop for models."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

STATION, WORKSHOP = "gnuradio.rfattn_station", "gnuradio.rfattn_workshop"


def load(module: str, what: str) -> ModuleType:
    """A module of a package.

    Args:
        module: its name, such as gnuradio.rfattn_workshop.train.
        what: begins the text of the error: what needs it.

    Raises:
        ImportError: the package is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = ".".join(module.split(".")[:2])
        if error.name != package:
            raise
        raise ImportError(f"{what} needs {shown_name(package)}, which is not installed") from None


def shown_name(package: str) -> str:
    """The name under which a package is installed, such as gr-rfattn-workshop."""
    return "gr-" + package.removeprefix("gnuradio.").replace("_", "-")


def folder_of(package: str) -> Path | None:
    """Where the files of a package lie; None where it is not installed."""
    spec = find_spec(package)
    return None if spec is None else Path(spec.origin).parent

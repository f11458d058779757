# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this runs on."""

from __future__ import annotations

import platform
from importlib import metadata

from .. import __version__


def versions() -> dict[str, str]:
    """Versions of everything that a result depends on."""
    from gnuradio import gr

    names = ("numpy", "torch", "safetensors", "pyzmq")
    return {
        "gr-rfattn": __version__,
        "gnuradio": gr.version(),
        "python": platform.python_version(),
        **{name: installed(name) for name in names},
    }


def installed(distribution: str) -> str:
    """The version of a Python distribution, "missing" when it is not there."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "missing"

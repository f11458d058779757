# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether ONNX Runtime is at hand."""

from __future__ import annotations

from importlib.util import find_spec

_MODULES = {"onnxruntime": "python3-onnxruntime", "onnx": "python3-onnx"}


def missing() -> str | None:
    """What a baseline of ONNX Runtime lacks, or None."""
    lacking = [name for name in _MODULES if find_spec(name) is None]
    if not lacking:
        return None
    packages = " ".join(_MODULES[name] for name in lacking)
    return f"{' and '.join(lacking)} not importable (apt-get install {packages})"

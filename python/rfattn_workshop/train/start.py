# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that training starts from, by their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Start = str | Sequence[str]
"""A shipped family, a folder, a `.pt` or a `.safetensors` file; or several, whose weights are
averaged; empty for none."""

_JOINED = " + "


def starts(init: Start) -> list[str]:
    """The names in a start."""
    names = [init] if isinstance(init, str) else init
    return [str(name) for name in names if name]


def start_name(init: Start) -> str:
    """A start in one word, as reports and models state it, such as "a + b"; "" for none. Of a path
    it has the last folder and the file: where a model was trained is nobody's business."""
    return _JOINED.join("/".join(Path(name).parts[-2:]) for name in starts(init))


def start_names(joined: str) -> list[str]:
    """The names in what `start_name` made."""
    return joined.split(_JOINED) if joined else []

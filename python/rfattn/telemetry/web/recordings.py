# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which a flowgraph records the I/Q of each emission."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"emission_0*(\d+)(_\w+)?\.sigmf-(meta|data)", re.ASCII)


class Recordings:
    """Finds the files of an emission by their names, ``emission_ID….sigmf-meta`` and ``-data``.

    Only plain files that lie in the folder itself are found: no links, no folders.

    Args:
        folder: need not exist yet; None: there is none.
    """

    def __init__(self, folder: Path | None):
        self._folder = folder

    def __bool__(self) -> bool:
        return self._folder is not None

    def of(self, number: int) -> dict[str, Path]:
        """Returns the files of an emission by name, in the order of names."""
        if self._folder is None or not self._folder.is_dir():
            return {}
        found = {path.name: path for path in sorted(self._folder.iterdir()) if _is_of(path, number)}
        return found


def _is_of(path: Path, number: int) -> bool:
    name = _NAME.fullmatch(path.name)
    if name is None or int(name[1]) != number:
        return False
    return path.is_file() and not path.is_symlink()

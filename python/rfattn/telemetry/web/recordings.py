# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which a flowgraph records the I/Q of each emission."""

from __future__ import annotations

import re
from pathlib import Path

from ...emissions.record import EmissionRecord

_NAME = re.compile(r".+_(\d{4,})(?:_\d+)?_([+-]?\d+\.\d{3})MHz\.sigmf-(?:meta|data)", re.ASCII)
_ROUNDING_HZ = 1e3  # of the frequency in a name
_EARLIEST_S = 1.0  # before an emission began: clocks of files are coarse


class Recordings:
    """Finds the files of an emission, as `emission_recorder` names them.

    A file belongs to an emission when its name has the emission's id and frequency and it was
    written after the emission began; the folder may hold files of earlier runs. Only plain files
    that lie in the folder itself are found: no links, no folders.

    Args:
        folder: need not exist yet; None: there is none.
    """

    def __init__(self, folder: Path | None):
        self._folder = folder

    def __bool__(self) -> bool:
        return self._folder is not None

    def of(self, record: EmissionRecord, began: float) -> dict[str, Path]:
        """Returns the files of an emission by name, in the order of names.

        Args:
            began: time of its first sample, s since 1970.
        """
        if self._folder is None or not self._folder.is_dir():
            return {}
        files = (path for path in sorted(self._folder.iterdir()) if _is_of(path.name, record))
        return {path.name: path for path in files if _is_plain(path, began)}


def _is_of(name: str, record: EmissionRecord) -> bool:
    found, latest = _NAME.fullmatch(name), record.latest
    if found is None or int(found[1]) != latest.id:
        return False
    return abs(1e6 * float(found[2]) - latest.middle) <= latest.width + _ROUNDING_HZ


def _is_plain(path: Path, began: float) -> bool:
    is_plain = path.is_file() and not path.is_symlink()
    return is_plain and path.stat().st_mtime >= began - _EARLIEST_S

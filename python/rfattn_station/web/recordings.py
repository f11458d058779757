# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which a flowgraph records the I/Q of each emission."""

from __future__ import annotations

import math
import re
from pathlib import Path

from gnuradio.rfattn.recordings.sigmf import DATA_SUFFIX

_NAME = re.compile(r".+_(\d{4,})(?:_\d+)?_([+-]?\d+\.\d{3})MHz\.sigmf-(?:meta|data)", re.ASCII)
_ROUNDING_HZ = 1e3  # of the frequency in a name
_CLOCK_S = 1.0  # clocks of files are coarse


class Recordings:
    """Finds the files of an emission, as `emission_recorder` names them.

    A file belongs to an emission when its name has the emission's id and frequency, and its samples
    were written after the emission began and before the next flowgraph; the folder may hold files
    of other runs. Only plain files that lie in the folder itself are found:
    no links, no folders.

    Args:
        folder: need not exist yet; None: there is none.
    """

    def __init__(self, folder: Path | None):
        self._folder = folder

    def __bool__(self) -> bool:
        return self._folder is not None

    def of(self, emission: dict) -> dict[str, Path]:
        """Returns the files of an emission by name, in the order of names.

        Args:
            emission: an entry of `Feed.emission`.
        """
        if self._folder is None or not self._folder.is_dir():
            return {}
        files = (path for path in sorted(self._folder.iterdir()) if _is_of(path.name, emission))
        return {path.name: path for path in files if _is_plain(path, emission)}


def stated_frequency(name: str) -> str:
    """The frequency in the name of a file, such as "433.920MHz"."""
    return f"{_NAME.fullmatch(name)[2]}MHz"


def _is_of(name: str, emission: dict) -> bool:
    found = _NAME.fullmatch(name)
    if found is None or int(found[1]) != emission["id"]:
        return False
    low, high = emission["freq_lower"], emission["freq_upper"]
    return abs(1e6 * float(found[2]) - (low + high) / 2) <= high - low + _ROUNDING_HZ


def _is_plain(path: Path, emission: dict) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    samples = path.with_suffix(DATA_SUFFIX)  # metadata may change later
    written = (samples if samples.is_file() else path).stat().st_mtime
    until = math.inf if emission["until"] is None else emission["until"]
    return emission["began"] - _CLOCK_S <= written <= until + _CLOCK_S

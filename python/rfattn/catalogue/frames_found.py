# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the frames of each class are found, by SNR and by time on the air: frames_found.json.

`rfattn_workshop.judges.frames_found` counts it on made-up emissions. What would have been found and
was not speaks against a class.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from ..wilson import wilson

FILE = Path(__file__).with_name("frames_found.json")
SNRS_DB = (0.0, 4.0, 8.0, 12.0, 16.0)
TIMES_S = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""From which SNR and which time on the air on each of the counts counts."""


@dataclass(frozen=True, eq=False)
class FramesFound:
    """Counts of emissions by class.

    Attributes:
        counts: of each class the emissions in which its frames were found, and all of them: int64
            [`SNRS_DB`, `TIMES_S`, 2].
        mostly_from: from when on its frames are found in half of them, such as "8 dB, 100 ms"; ""
            where that is not known.
    """

    counts: Mapping[str, np.ndarray]
    mostly_from: Mapping[str, str]

    @classmethod
    def from_dict(cls, stated: Mapping) -> FramesFound:
        """Those of the JSON."""
        rows = stated["classes"].items()
        counts = {name: np.stack((one["found"], one["all"]), axis=-1) for name, one in rows}
        return cls(counts, {name: one["mostly_from"] for name, one in rows})

    def least_shares(self, names: Sequence[str], snr_db: float, on_air_s: float) -> np.ndarray:
        """The share of the emissions of each class that show frames, at least: float64 [classes];
        0 where nothing is known of a class."""
        place = place_of(snr_db, on_air_s)
        if place is None:
            return np.zeros(len(names))
        return np.array([self._least[n][place] if n in self._least else 0.0 for n in names])

    @cached_property
    def _least(self) -> dict[str, np.ndarray]:
        return {name: _least_shares(rows) for name, rows in self.counts.items()}


@cache
def frames_found() -> FramesFound:
    """The shipped counts."""
    return FramesFound.from_dict(json.loads(FILE.read_text(encoding="utf-8")))


def place_of(snr_db: float, on_air_s: float) -> tuple[int, int] | None:
    """Where an emission counts; None for one that is weaker than all of `SNRS_DB`."""
    snr = bisect_right(SNRS_DB, snr_db) - 1
    return None if snr < 0 else (snr, max(0, bisect_right(TIMES_S, on_air_s) - 1))


def _least_shares(rows: np.ndarray) -> np.ndarray:
    """The lower end of the interval of each share, float64 [snrs, times].

    A stronger or longer emission shows frames at least as often, so weaker and shorter ones may
    count with it: of all such ranges the one that tells most does.
    """
    least = np.zeros(rows.shape[:2])
    for snr, time in np.ndindex(least.shape):
        ranges = (
            rows[first : snr + 1, start : time + 1].sum(axis=(0, 1)).tolist()
            for first in range(snr + 1)
            for start in range(time + 1)
        )
        least[snr, time] = max(wilson(*counts)[0] if counts[1] else 0.0 for counts in ranges)
    return least

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the messages of emissions off at the end of a recording behind which more was played."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from ..messages.emission import Emission

_STARTS = 32
"""Starts of bursts that a period is the median of, as in `emission_detector`."""
_MEASURED = ("freq_lower", "freq_upper", "snr_db", "power_db")
"""What `emission_detector` measures over all bursts."""

UNKNOWN = 1 << 60
"""Number of samples of a recording that has not ended."""


class RecordingEnd:
    """What counts in a recording: emissions and bursts that begin in it, as far as they lie in it.

    Give it all messages of a run in their order.

    Args:
        n_samples: of the recording; a pipe states it when it ends, and until then it is `UNKNOWN`.
        sample_rate: of the recording, Hz.
    """

    def __init__(self, n_samples: int, sample_rate: float):
        self.n_samples, self._sample_rate = n_samples, sample_rate
        self._bursts: dict[int, _Bursts] = {}

    def clip(self, emission: Emission) -> Emission | None:
        """The message without what lies behind the end; None for an emission that begins there.

        Number of bursts, duty and period of an emission of which something was left out are those
        of the bursts that count. Its band and its power are those before a burst began behind the
        end, if there was a message.
        """
        end = self.n_samples
        if emission.sample_start >= end:
            return None
        bursts = self._bursts.setdefault(emission.id, _Bursts())
        within = bursts.add(emission.burst_pairs(), end)
        emission = bursts.keep_measured(emission, end)
        now = min(emission.sample_now, end)
        if not bursts.is_cut and emission.sample_start + emission.sample_count <= end:
            return replace(emission, sample_now=now)
        on_air, last, busy = emission.burst_start, bursts.end, bursts.busy
        if on_air is not None and on_air < end:
            last, busy = now, busy + now - on_air
        else:
            on_air = None
        count = max(1, last - emission.sample_start)
        return replace(
            emission,
            sample_count=count,
            sample_now=now,
            duty=min(1.0, busy / count),
            period_s=bursts.period_s(emission.rx_rate),
            burst_count=bursts.count,
            bursts=within,
            burst_start=on_air,
        )

    def is_before(self, index: int, rate: float | None) -> bool:
        """Whether sample ``index`` of a stream at ``rate`` lies before the end."""
        return not rate or index < self._seconds() * rate

    def count_before(self, index: int, count: int, rate: float) -> int:
        """How many of ``count`` samples from ``index`` of a stream at ``rate`` do."""
        return min(count, max(0, math.ceil(self._seconds() * rate) - index))

    def _seconds(self) -> float:
        return self.n_samples / self._sample_rate


@dataclass
class _Bursts:
    """The bursts of an emission that ended, as far as they lie before the end."""

    count: int = 0
    busy: int = 0
    end: int = 0
    starts: deque[int] = field(default_factory=lambda: deque(maxlen=_STARTS))
    is_cut: bool = False
    """Whether a burst lies behind the end, or a part of one."""
    begun_behind: bool = False
    """Whether a burst began there."""
    measured: dict[str, float] = field(default_factory=dict)
    """`_MEASURED` as they were before."""

    def add(self, pairs: list[tuple[int, int]], end: int) -> list[int]:
        """Takes bursts; first sample and number of samples of those that count."""
        within = [(start, min(count, end - start)) for start, count in pairs if start < end]
        self.is_cut |= within != pairs
        self.begun_behind |= len(within) < len(pairs)
        self.count += len(within)
        self.busy += sum(count for _, count in within)
        self.end = max([self.end, *(start + count for start, count in within)])
        self.starts.extend(start for start, _ in within)
        return [number for pair in within for number in pair]

    def keep_measured(self, emission: Emission, end: int) -> Emission:
        """The message with what was measured before a burst began behind the end."""
        on_air = emission.burst_start
        self.begun_behind |= on_air is not None and on_air >= end
        if self.begun_behind:
            return replace(emission, **self.measured)
        self.measured = {name: getattr(emission, name) for name in _MEASURED}
        return emission

    def period_s(self, rate: float | None) -> float | None:
        if len(self.starts) < 3 or not rate:
            return None
        distances = np.diff(sorted(self.starts))
        return float(np.sort(distances)[len(distances) // 2] / rate)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of calls that take turns on one thread, which other programs disturb little."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from gnuradio.rfattn.benchmark.intervals import ratio_interval
from gnuradio.rfattn.reporting import interval


def in_turn(
    calls: Sequence[Callable[[], object]], rounds: int, repeats: int = 1
) -> list[list[float]]:
    """Nanoseconds of this thread for each call and round, the mean of ``repeats``."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, found in zip(calls, times, strict=True):
            call()  # brings its data back into the processor's cache
            start = time.thread_time_ns()
            for _ in range(repeats):
                call()
            found.append((time.thread_time_ns() - start) / repeats)
    return times


def compared(times: Sequence[Sequence[float]]) -> dict:
    """The median of each of two calls, ``ns``, and how many times the first is the second with its
    interval, ``gain``."""
    return {
        "ns": [sorted(each)[len(each) // 2] for each in times],
        "gain": ratio_interval(*([[ns] for ns in each] for each in times)),
    }


def gain_cell(row: dict) -> str:
    """The gain of `compared` with its interval."""
    return f"{row['gain'][0]:.3g} {interval(*row['gain'][1:])}"

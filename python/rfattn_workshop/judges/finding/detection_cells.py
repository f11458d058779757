# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the detector over the same scenes at several SNRs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...synthesis.scene import BAND_HZ, Scene, draw_scene, render
from ..air.transmitters import TRANSMITTERS
from ..harness import run_all
from . import detection_score
from .detection_flowgraph import boxes_of, find_emissions, flagged


@dataclass(frozen=True)
class Task:
    """One scene."""

    seed: int
    snr_db: float
    sample_rate: float = 4e6
    kinds: tuple[str, ...] = tuple(TRANSMITTERS)
    duration_s: float = 2.0

    def scene(self) -> Scene:
        return draw_scene(self.seed, self.duration_s, snr_db=self.snr_db, kinds=self.kinds)


def run_task(task: Task, find=None) -> dict:
    """The sums of one scene.

    Args:
        find: stands for `find_emissions` in tests.
    """
    samples, bursts = render(task.scene(), task.sample_rate)
    found = (find or find_emissions)(samples, task.sample_rate)
    exposure = BAND_HZ / 1e6 * task.duration_s
    return detection_score.score_scene(
        bursts, task.sample_rate, boxes_of(found), flagged(found), exposure
    )


def run_tasks(
    tasks: Sequence[Task], jobs: int, show: Callable[[str, int], None], find, together: int
) -> list[dict]:
    """Adds up the scenes of each SNR.

    Args:
        tasks: of each seed so many in a row, one for each SNR. They have the same signals, which
            are made once, since they run in one process.
        together: how many.
    """
    results = run_all(
        functools.partial(run_task, find=find),
        tasks,
        jobs,
        show,
        lambda task: f"{task.snr_db:g} dB, scene {task.seed}",
        together,
    )
    return [detection_score.add_up(results[i::together]) for i in range(together)]

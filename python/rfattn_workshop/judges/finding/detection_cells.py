# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs detectors over the same scenes: by SNR, at several rates, beside a strong neighbour."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn_station.learning.boxes import Box, areas, edges

from ...synthesis.scene import BAND_HZ, Burst, Scene, draw_scene, render
from ..air.transmitters import TRANSMITTERS
from ..harness import run_all
from . import detection_baselines, detection_score

OWN = "rfattn"
"""Name of the detector under test in the tables."""
DURATION_S = 2.0
RATE = 4e6
VALIDATION_SEED = 900_000
"""Scenes of this seed and the next are used to tune, and for nothing else."""


@dataclass(frozen=True)
class Task:
    """One scene and what runs over it."""

    seed: int
    snr_db: float
    sample_rate: float = RATE
    strong: str = ""
    """"": no strong neighbour; "with": one emission is 40 dB stronger; "without": the same scene
    with that emission at the level of the others. Both score what lies beyond three widths."""
    kinds: tuple[str, ...] = tuple(TRANSMITTERS)
    recordings: tuple[str, ...] = ()
    """Real recordings that half of the emissions are cut from."""
    noise: tuple[str, ...] = ()
    """Real recordings of noise, one of which is played instead of made noise."""
    duration_s: float = DURATION_S
    detectors: tuple[tuple[str, detection_baselines.Baseline | None], ...] = ((OWN, None),)
    """Name and settings; None is the detector under test."""
    recall_only: bool = False
    """Found boxes too small for IoU 0.5 with any true one are not scored: a fine map may have
    400000 of them."""

    def scene(self) -> Scene:
        scene = draw_scene(
            self.seed,
            self.duration_s,
            snr_db=self.snr_db,
            kinds=self.kinds,
            strong=bool(self.strong),
            recordings=self.recordings,
            noise=self.noise,
        )
        if self.strong != "without":
            return scene
        same = tuple(dataclasses.replace(e, snr_db=self.snr_db) for e in scene.emissions)
        return dataclasses.replace(scene, emissions=same)


def run_task(task: Task, find=None) -> dict[str, dict]:
    """The sums of one scene by the name of the detector.

    Args:
        find: stands for `detection_flowgraph.find_emissions` in tests.
    """
    samples, bursts = render(task.scene(), task.sample_rate)
    if task.strong:
        bursts = _beyond_three_widths(task, bursts)
    exposure = BAND_HZ / 1e6 * task.duration_s
    out = {}
    for name, baseline in task.detectors:
        if baseline is None:
            boxes, flagged = find_boxes(samples, task.sample_rate, find)
        else:
            boxes, flagged = baseline.detect(samples, task.sample_rate), ()
        if task.recall_only:
            boxes = _large_enough(boxes, bursts, task.sample_rate)
        out[name] = detection_score.score_scene(bursts, task.sample_rate, boxes, flagged, exposure)
    return out


def _large_enough(boxes: Sequence[Box], bursts: Sequence[Burst], sample_rate: float) -> list[Box]:
    """The boxes of at least half of the smallest true area."""
    least = areas(edges([b.box(sample_rate) for b in bursts])).min(initial=np.inf) / 2
    return [box for box, area in zip(boxes, areas(edges(boxes)), strict=True) if area >= least]


def find_boxes(samples, sample_rate: float, find=None) -> tuple:
    """What the detector under test, or ``find``, reports: boxes, and the emissions it flags."""
    # GNU Radio is imported in the process that runs it, and not where only baselines run.
    from . import detection_flowgraph

    found = (find or detection_flowgraph.find_emissions)(samples, sample_rate)
    return detection_flowgraph.boxes_of(found), detection_flowgraph.flagged(found)


def _beyond_three_widths(task: Task, bursts: Sequence[Burst]) -> list[Burst]:
    """The bursts whose bands begin more than three widths of the strong emission from its centre.

    Place and width are those of the scene with the strong emission at its high level.
    """
    emissions = dataclasses.replace(task, strong="with").scene().emissions
    if not emissions:
        return []
    strongest = max(range(len(emissions)), key=lambda i: emissions[i].snr_db)
    own = [b for b in bursts if b.emission == strongest]
    if not own:
        return list(bursts)
    low, high = min(b.freq_lower for b in own), max(b.freq_upper for b in own)
    centre, reach = (low + high) / 2, 3 * (high - low)
    return [
        b
        for b in bursts
        if b.emission != strongest
        and (b.freq_lower > centre + reach or b.freq_upper < centre - reach)
    ]


def run_tasks(
    tasks: Sequence[Task],
    jobs: int,
    progress: Callable[[str, int], None],
    find=None,
    together: int = 1,
) -> list[dict[str, dict]]:
    """`run_task` of every task, in ``jobs`` processes.

    Args:
        together: so many tasks in a row run in one process. Those of one seed have the same
            signals, which are made once.
    """
    return run_all(
        functools.partial(run_task, find=find),
        tasks,
        jobs,
        progress,
        lambda task: f"{task.snr_db:g} dB, scene {task.seed}",
        together,
    )


def run_cells(
    seeds: Sequence[int], cells: Sequence[dict], jobs: int, progress, find=None
) -> list[dict[str, dict]]:
    """Runs the scenes of all seeds in every cell; returns the sums of each cell by detector.

    Args:
        cells: what each `Task` has beside its seed.
    """
    tasks = [Task(seed, **cell) for seed in seeds for cell in cells]
    results = run_tasks(tasks, jobs, progress, find, len(cells))
    return [by_detector(results[i :: len(cells)]) for i in range(len(cells))]


def by_detector(results: Sequence[dict[str, dict]]) -> dict[str, dict]:
    """Adds up the scenes of a cell for each detector."""
    names = results[0] if results else ()
    return {name: detection_score.add_up([r[name] for r in results]) for name in names}


def tune(rule: str, jobs: int, progress, snrs=(6.0, 15.0), scenes: int = 3, **changes):
    """The settings of a rule with the best recall at IoU 0.5 on validation scenes."""
    tried = detection_baselines.candidates(rule)
    detectors = tuple((str(i), settings) for i, settings in enumerate(tried))
    tasks = [
        Task(VALIDATION_SEED + k, snr, detectors=detectors, recall_only=True, **changes)
        for k in range(scenes)
        for snr in snrs
    ]
    added = by_detector(run_tasks(tasks, jobs, progress, together=len(snrs)))
    best = max(added, key=lambda name: added[name]["metrics"]["all"]["recall 0.5"][0] or 0.0)
    return tried[int(best)]

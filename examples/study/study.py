# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole study: one JSON value, from which the report and the figures are made."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

from ..benchmark import machine
from ..inference.devices import resolve_device
from . import accuracy, claims, classical, comparison, timing
from .plan import StudyPlan
from .progress import Progress

SCHEMA = 1


def run(plan: StudyPlan, folder, out, command: str, progress: Progress) -> dict:
    """Trains and measures everything that ``plan`` asks for on the recordings of ``folder``.

    Each training's result lies in ``out``/trainings, each length's timing in ``out``/timings; what
    is there already, of the same configuration and data, is not made again.

    Returns:
        schema, command, plan, machine, data, accuracy (a row per model), tests (against the
        reference), rows (timing, without the single times), mechanism, norm (latency, accuracy),
        claims, seconds.

    Raises:
        ImportError: scikit-learn is missing.
        SigMFError: the recordings cannot be read, or a split has none.
        ValueError: a timed model failed its check, or a result on disk is damaged.
    """
    classical.require()
    start, out = time.monotonic(), Path(out)
    report: dict = {
        "schema": SCHEMA,
        "command": command,
        "plan": dataclasses.asdict(plan),
        "machine": machine.describe(str(resolve_device("cpu"))),
    }
    with progress.busy("reading the recordings and drawing their variants"):
        data = accuracy.Data.read(plan, folder)
    report["data"] = data.describe()
    results = accuracy.run(plan, data, out, progress.say)
    report["accuracy"] = comparison.accuracy_rows(results)
    report["tests"] = comparison.against_reference(results)
    n_classes = len(data.exam.classes)
    with progress.busy("timing") as tell:
        rows = timing.run(plan, n_classes, out, tell)
    report["rows"] = [{k: v for k, v in row.items() if k != "ns"} for row in rows]
    report["mechanism"] = timing.mechanism(plan, n_classes, rows)
    report["norm"] = {
        "latency": timing.norm_ratios(rows),
        "accuracy": comparison.norm_difference(results),
    }
    report["claims"] = claims.evaluate(report)
    report["machine"]["load_average_at_end"] = list(os.getloadavg())
    report["seconds"] = time.monotonic() - start
    return report

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole study and returns one JSON value, the input of the report and the figures."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path

from gnuradio.rfattn.benchmark import machine

import accuracy
import claims
import classical
import comparison
import timing
from study_plan import StudyPlan

SCHEMA = 1


def run(plan: StudyPlan, folder, out, command: str, on_progress: Callable[[str], None]) -> dict:
    """Trains and measures everything in ``plan`` on the recordings of ``folder``.

    The result of each training is kept in ``out``/trainings, the timing of each length in
    ``out``/timings. Results of the same configuration and data are used again.

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
        "machine": machine.describe("cpu"),
    }
    on_progress("reading the recordings and drawing their variants")
    data = accuracy.Data.read(plan, folder)
    report["data"] = data.describe()
    results = accuracy.run(plan, data, out, on_progress)
    report["accuracy"] = comparison.accuracy_rows(results)
    report["tests"] = comparison.against_reference(results)
    n_classes = len(data.exam.classes)
    rows = timing.run(plan, n_classes, out, on_progress)
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

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the prediction with the path at several numbers of streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..flowgraph.options import ModelOptions
from ..reporting import table_of
from .band import most_emissions
from .costs import LIMIT_S, Costs
from .path import PathRun, measure_path
from .predict import Demand, need_of

STREAMS = (1, 4, 16)
SIGNAL_S = 20.0
"""Of each run: many calls of the model even with one stream."""
PATH_REST_S = 1.0
"""What an emission rests on the path that is measured, see `signal_labeller`."""


def check(
    costs: Costs,
    options: ModelOptions,
    on_progress: Callable[[str], None],
    streams: Iterable[int] = STREAMS,
) -> list[dict]:
    """A row for each number of streams that the band takes, none of which the costs are from.

    Args:
        costs: measured on this machine with this model.
        options: of the model, with its window.
        on_progress: called with a line before each run.
    """
    most = most_emissions(costs.sample_rate, costs.width)
    rows = []
    for count in (count for count in streams if count <= most):
        on_progress(f"measuring {count} streams")
        run, _ = measure_path(costs.sample_rate, count, costs.width, options, SIGNAL_S, 2 * LIMIT_S)
        rows.append(compare(costs, run))
    return rows


def compare(costs: Costs, run: PathRun) -> dict:
    """Cores that the path took for a band in real time, and what was predicted."""
    need = need_of(Demand(1, run.sample_rate, run.emissions, run.width, PATH_REST_S), costs)
    return {
        "streams": run.emissions,
        "found": run.found,
        "signal_s": run.signal_s,
        "predicted_cores": need.cores,
        "measured_cores": run.cores,
        "error": need.cores / run.cores - 1.0,
        "predicted_steps_per_s": need.steps_per_s,
        "measured_steps_per_s": run.steps / run.signal_s,
        "samples_per_s": run.samples / run.seconds,
        "parts": run.parts,
    }


def check_table(rows: Iterable[dict]) -> str:
    """The rows as a Markdown table."""
    columns = {
        "streams": lambda r: r["streams"],
        "cores, predicted": lambda r: f"{r['predicted_cores']:.3f}",
        "measured": lambda r: f"{r['measured_cores']:.3f}",
        "error": lambda r: f"{r['error']:+.0%}",
        "steps/s, predicted": lambda r: f"{r['predicted_steps_per_s']:.1f}",
        "steps/s, measured": lambda r: f"{r['measured_steps_per_s']:.1f}",
    }
    return table_of(columns, rows)

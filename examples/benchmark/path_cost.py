#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of each block of the default path, in seconds for a second of a band.

The blocks are those of `label` and `live` with the default model: detector, extractor with its
search for frames and its meters, scheduler, queue, transformer, probe, labels, and what takes the
messages ("others"). The bands have 2.4 MS/s: noise alone, 20 emissions that are always on the air,
and bursts at random times and frequencies (`gnuradio.rfattn.capacity.bursts`). Seeds are fixed. The
time is that of the threads, so that other programs disturb it little; it does not contain the
source.
"""

from __future__ import annotations

import argparse
from statistics import median

from gnuradio.rfattn.capacity.bursts import BurstKind, Bursts
from gnuradio.rfattn.capacity.path import BLOCKS, measure_path
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.reporting import table_of

RATE = 2.4e6
WIDTH = 12.5e3
"""Of the emissions that are always on the air, Hz."""
_SHORT = BurstKind((110e-6, 120e-6), (0.9e6, 1.1e6))
"""Like squitters of Mode S."""
CASES = {
    "empty band": (0, 0, BurstKind()),
    "20 emissions": (20, 0, BurstKind()),
    "200 bursts a second": (0, 200, BurstKind()),
    "800 bursts a second": (0, 800, BurstKind()),
    "1500 of 0.12 ms a second": (0, 1500, _SHORT),
}
"""Emissions, bursts a second and their kind."""
_LIMIT_S = 30.0


def measure(rounds: int, seconds: float, model: str = DEFAULT_EMISSION_MODEL) -> list[dict]:
    """A row for each case, with the median of the rounds; the cases take turns.

    Args:
        rounds: of each case; seconds: of the band, in each.
        model: of emissions.
    """
    found: dict[str, list] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, (emissions, per_s, kind) in CASES.items():
            bursts = Bursts(RATE, per_s, kind)
            options = ModelOptions(model=model, threads=1)
            run, _ = measure_path(RATE, emissions, WIDTH, options, seconds, _LIMIT_S, bursts=bursts)
            found[name].append(run)
    return [row_of(name, runs) for name, runs in found.items()]


def row_of(name: str, runs: list) -> dict:
    """Medians over runs of the path on one band."""
    return {
        "band": name,
        "cores": {b: median(run.cpu[b] / run.signal_s for run in runs) for b in BLOCKS},
        "sum": median(run.cores for run in runs),
        "found_per_s": median(run.found / run.signal_s for run in runs),
        "steps_per_s": median(run.steps / run.signal_s for run in runs),
    }


def path_table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    columns = {"band": lambda r: r["band"]}
    columns |= {block: lambda r, block=block: f"{r['cores'][block]:.3f}" for block in BLOCKS}
    columns |= {
        "sum": lambda r: f"{r['sum']:.2f}",
        "found a second": lambda r: f"{r['found_per_s']:.0f}",
        "steps a second": lambda r: f"{r['steps_per_s']:.0f}",
    }
    return table_of(columns, rows)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each band")
    parser.add_argument("--seconds", type=float, default=6.0, help="of the band, in each")
    chosen = parser.parse_args(argv)
    print(path_table(measure(chosen.rounds, chosen.seconds)), end="")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of each block of the default path, in seconds for a second of a band.

The blocks are those of `label` and `live` with the default model: detector, extractor with its
search for frames and its meters, scheduler, queue, transformer, probe, labels, and what takes the
messages ("others"). The bands have 2.4 MS/s: noise alone, 20 emissions that are always on the air,
in their first minute, behind it and without some of the formats of frames, and bursts at random
times and frequencies (`gnuradio.rfattn.capacity.bursts`). The time is that of the threads, so that
other programs disturb it little; it does not contain the source.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.blocks.emission_extractor import format_row, format_rows, set_frame_formats
from gnuradio.rfattn.capacity.bursts import BurstKind, Bursts
from gnuradio.rfattn.capacity.path import BLOCKS, PathRun, measure_path
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.reporting import table

RATE = 2.4e6
WIDTH = 12.5e3
"""Of the emissions that are always on the air, Hz."""
_SQUITTER = BurstKind((110e-6, 120e-6), (0.9e6, 1.1e6))


class Case(NamedTuple):
    """Emissions and bursts of a band, and what is measured of it."""

    emissions: int = 0
    bursts: tuple[float, BurstKind] = (0, BurstKind())
    from_s: float = 0.5
    searches: Callable[[dict], bool] = lambda keys: True  # for a format with these keys

    def set_formats(self) -> None:
        rows = [row for _, row in format_rows() if self.searches(row.keys)]
        set_frame_formats([row.fill(format_row()) for row in rows])


def _is_wide(keys: dict) -> bool:
    return min(keys.get("emission_hz", [0.0])) > 2 * WIDTH


CASES = {
    "empty band": Case(),
    "20 emissions": Case(20),
    "the same, minute 3": Case(20, from_s=120.0),
    "the same, without symbol clocks": Case(
        20, searches=lambda k: "subcarrier_hz" in k or _is_wide(k)
    ),
    "the same, without a search": Case(20, searches=_is_wide),
    "200 bursts a second": Case(bursts=(200, BurstKind())),
    "800 bursts a second": Case(bursts=(800, BurstKind())),
    "1500 of 0.12 ms a second": Case(bursts=(1500, _SQUITTER)),
}


def measure(rounds: int, seconds: float) -> dict[str, list[PathRun]]:
    """The runs of each case over so many seconds of its band; the cases take turns."""
    found: dict[str, list] = {name: [] for name in CASES}
    for name, case in [*CASES.items()] * rounds:
        case.set_formats()
        options = ModelOptions(model=DEFAULT_EMISSION_MODEL, threads=1)
        band = (RATE, case.emissions, WIDTH, options, seconds, 10 * case.from_s + 300)
        run, _ = measure_path(*band, bursts=Bursts(RATE, *case.bursts), from_s=case.from_s)
        found[name].append(run)
    Case().set_formats()
    return found


def path_table(found: dict[str, list[PathRun]]) -> str:
    """The medians of the runs as a Markdown table."""
    rows = []
    for name, runs in found.items():
        each = [[*run.cpu.values(), run.cores * run.signal_s, run.found, run.steps] for run in runs]
        per_s = [np.divide(values, run.signal_s) for values, run in zip(each, runs, strict=True)]
        rows.append([name, *(f"{value:.3f}" for value in np.median(per_s, axis=0))])
    return table(["band", *BLOCKS, "sum", "found a second", "steps a second"], rows)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each band")
    parser.add_argument("--seconds", type=float, default=6.0, help="of the band, in each")
    chosen = parser.parse_args(argv)
    print(path_table(measure(chosen.rounds, chosen.seconds)), end="")


if __name__ == "__main__":
    main()

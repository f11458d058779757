#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well emission_detector finds emissions in made-up scenes, and what it finds where none are.

detection [--scenes 100] [--snr DB ...] [--rate 4e6] [--receivers N] [--jobs 2] [--out detection]

Scenes of 2 s are drawn for each SNR; the same seeds have the same signals at every rate. Receivers
are drawn too, with slope, ripple, roll-off and lines of their own, and receive nothing else for
30 s. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse

from gnuradio.rfattn.reporting import Progress

from .finding import detection_cells, detection_receivers, detection_report
from .finding.detection_cells import Task
from .harness import add_report_options, check_numbers, opening, parser_of, write_report

SNRS = (-3.0, 0.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0)
FIRST_SEED = 1000


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--scenes", type=int, default=100, help="scenes of each SNR, 0 for none")
    add("--snr", type=float, nargs="+", default=SNRS, metavar="DB", help="SNRs of the scenes")
    add("--rate", type=float, default=Task.sample_rate, metavar="HZ", help="rate of the scenes")
    add("--receivers", type=int, default=0, metavar="N", help="drawn receivers, 30 s of noise each")
    add_report_options(parser, "detection")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("rate", "jobs"), ("scenes", "receivers"))
    return options


def run(options: argparse.Namespace, find=None) -> dict:
    """The parts that the options name.

    Args:
        find: stands for `detection_flowgraph.find_emissions` in tests.
    """
    report = opening("detection.py")
    with Progress(options.quiet) as progress:
        if options.scenes:
            report["cells"] = measure_cells(options, progress.show, find)
        if options.receivers:
            report["receivers"] = detection_receivers.measure(
                range(options.receivers), options.jobs, progress.show
            )
    return report


def measure_cells(options: argparse.Namespace, show, find=None) -> list[dict]:
    """The sums over all scenes of each SNR."""
    seeds = range(FIRST_SEED, FIRST_SEED + options.scenes)
    tasks = [Task(seed, snr, options.rate) for seed in seeds for snr in options.snr]
    sums = detection_cells.run_tasks(tasks, options.jobs, show, find, len(options.snr))
    return [{"snr_db": snr, **added} for snr, added in zip(options.snr, sums, strict=True)]


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, detection_report.to_markdown(report))


if __name__ == "__main__":
    main()

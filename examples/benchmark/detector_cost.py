#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of `emission_detector` alone for a second of band, in quiet and in busy bands.

python3 detector_cost.py [--seconds 2] [--rounds 3] [--bands NAME…] [--out detector_cost]

Each band is played from a file as fast as the detector takes it. The time is that of all threads
of the process, less that of the file source alone. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.reporting import Progress, table
from gnuradio.rfattn_workshop.judges.harness import headline, opening, write_report

from busy_bands import BANDS


def parse(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--bands", nargs="+", default=list(BANDS), choices=BANDS, help="to measure")
    add("--seconds", type=float, default=2.0, metavar="S", help="length of a band")
    add("--rounds", type=int, default=3, help="measurements of each band")
    add("--seed", type=int, default=1)
    add("--out", default="detector_cost", help="name of the report without its ending")
    add("--quiet", action="store_true", help="no progress on stderr")
    options = parser.parse_args(arguments)
    for name in ("seconds", "rounds"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name} must be > 0, got {getattr(options, name):g}")
    return options


def cpu_of_run(band: Path, sink) -> float:
    """CPU seconds of all threads in a run from the file to ``sink``."""
    flowgraph = gr.top_block()
    flowgraph.connect(blocks.file_source(gr.sizeof_gr_complex, str(band), False), sink)
    before = time.process_time()
    flowgraph.run()
    return time.process_time() - before


def measure(name: str, seconds: float, rounds: int, seed: int) -> dict:
    """CPU seconds of the detector per second of a band, by round, and the emissions it found."""
    band = BANDS[name]
    cpu = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "band.cf32"
        band.samples(seed, seconds).tofile(path)
        for _ in range(rounds):
            detector = rfattn.emission_detector(band.rate)
            used = cpu_of_run(path, detector)
            source = cpu_of_run(path, blocks.null_sink(gr.sizeof_gr_complex))
            cpu.append((used - source) / seconds)
    return {"band": name, "rate": band.rate, "cpu": cpu, "found": detector.emissions_found()}


def run(options: argparse.Namespace) -> dict:
    """The report of all bands."""
    report = {
        **opening("detector_cost.py"),
        "seconds": options.seconds,
        "bands": [],
    }
    with Progress(options.quiet, total=len(options.bands)) as progress:
        for name in options.bands:
            report["bands"].append(measure(name, options.seconds, options.rounds, options.seed))
            progress.show(name, len(report["bands"]))
    return report


def to_markdown(report: dict) -> str:
    """The table, with the machine and the command."""
    rows = [
        [
            band["band"],
            f"{band['rate'] / 1e6:g}",
            f"{median(band['cpu']):.3f} ({min(band['cpu']):.3f} to {max(band['cpu']):.3f})",
            band["found"],
        ]
        for band in report["bands"]
    ]
    parts = [
        headline("Cost of emission_detector", report),
        f"CPU seconds for a second of band, from {report['seconds']:g} s of each: median of the "
        "rounds, the lowest and the highest.",
        table(["band", "MS/s", "CPU seconds", "emissions found"], rows),
    ]
    return "\n\n".join(parts)


def main() -> None:
    options = parse()
    report = run(options)
    write_report(options.out, report, to_markdown(report))


if __name__ == "__main__":
    main()

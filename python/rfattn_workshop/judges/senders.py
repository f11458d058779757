#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a station tells transmitters apart, and what it notices at one false alarm a week.

senders [--set work] [--seeds 3] [--first 1] [--alarms 1] [--jobs 1] [--out senders]

A made-up band of four weeks with devices that are regular, that people press, that drift, hop,
stop, return, start, move or change their rhythm, and strangers that come once. A fifth of the
emissions is missed, three times the receiver is off, and for half a day it has another gain. No
emission has a content. The sets other and people have parameters of other kinds of bands. In
perfect, reliable and lossy 0, 1 and 40 % are missed. In antenna, crystal, dongle, noisy and blind
the receiver itself changes. An oracle that knows which emission is of which device, its period and
its share of missed emissions is the measure of what is missing, at one false alarm a week. Writes
OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
from collections import Counter

from gnuradio.rfattn.reporting import Progress

from .harness import (
    add_report_options,
    check_numbers,
    opening,
    parser_of,
    run_all,
    write_report,
)
from .station import senders_report
from .station.senders_air import SETS
from .station.senders_judge import judge


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--set", choices=SETS, default="work", help="of parameters (default: %(default)s)")
    add("--seeds", type=int, default=3, metavar="N", help="bands (default: %(default)s)")
    add("--first", type=int, default=1, metavar="SEED", help="of the first band")
    add("--alarms", type=float, default=1.0, metavar="N", help="false alarms a week")
    add("--days", type=int, default=28, metavar="N", help="of a band")
    add_report_options(parser, "senders")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("seeds", "alarms", "days", "jobs"))
    return options


def run(options: argparse.Namespace) -> dict:
    work = functools.partial(judge, options.set, days=options.days, alarms=options.alarms)
    seeds = range(options.first, options.first + options.seeds)
    with Progress(options.quiet, total=options.seeds) as progress:
        bands = run_all(work, seeds, options.jobs, progress.show, lambda seed: f"band {seed}")
    return {**opening("senders"), "set": options.set, "bands": bands, "all": total(bands)}


def total(bands: list[dict]) -> dict:
    """Counts and lists of all bands, and means of what is a figure of each."""
    false: Counter = Counter()
    for band in bands:
        false.update(band["false"])
    lists = ("missing", "new", "back", "changed", "receiver")
    means = ("f1", "ms_per_emission", "intervals_a_week")
    return {
        "false": dict(false),
        "weeks": sum(band["weeks"] for band in bands),
        **{name: [one for band in bands for one in band[name]] for name in lists},
        **{name: sum(band[name] for band in bands) / len(bands) for name in means},
    }


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, senders_report.to_markdown(report))


if __name__ == "__main__":
    main()

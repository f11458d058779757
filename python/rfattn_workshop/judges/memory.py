#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a better memory of a band could gain over that of a station: nats an emission.

memory [--set work|other] [--seeds 2] [--first 1] [--days 14] [--jobs 1] [--out memory]

Plain memories, the station's transmitters and two that are told the truth foretell each emission of
made-up bands: when it comes, where, and with which label. No memory that learns by listening can be
better than one that is told all parameters, so that the last row limits what any model may gain
there. The devices of a band are independent of each other. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator, Mapping

from gnuradio.rfattn.reporting import table

from .harness import (
    add_band_options,
    add_report_options,
    check_numbers,
    headline,
    opening,
    parser_of,
    run_bands,
    text_of,
    write_report,
)
from .station.memory_ladder import ladder
from .station.senders_air import SETS


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add_band_options(parser, SETS, 2)
    add("--days", type=int, default=14, metavar="N", help="of a band; the second half counts")
    add_report_options(parser, "memory")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("seeds", "days", "jobs"))
    return options


def run(options: argparse.Namespace) -> dict:
    bands = run_bands(functools.partial(_judge, options.set, options.days), options)
    return {**opening("memory"), "set": options.set, "days": options.days, "bands": bands}


def _judge(name: str, days: int, seed: int) -> dict[str, float]:
    return ladder(SETS[name], seed, days)


def to_markdown(report: Mapping) -> str:
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    bands = report["bands"]
    words = f"{{machine}}. Set `{report['set']}`, {len(bands)} bands of {report['days']} days."
    yield headline("Memories of a band", report, words)
    means = {name: sum(band[name] for band in bands) / len(bands) for name in bands[0]}
    station = means["station"]
    yield table(
        ["memory", "nats an emission", "more than the station"],
        [[name, f"{mean:.2f}", f"{mean - station:+.2f}"] for name, mean in means.items()],
    )


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, to_markdown(report))


if __name__ == "__main__":
    main()

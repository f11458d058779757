#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How rfattn.label names signals that other projects make, row by row as its table has them.

labels_foreign --cache DIR [--python PYTHON] [--takes 3] [--snr 8 15 25] [--final]
               [--senders NAME ...] [--jobs 2] [--out labels_foreign]

Classes and strangers of GNU Radio, programs of Debian, fldigi, TorchSig and other Python packages,
through a receiver that is not that of training. docs/benchmark.md has the packages; what is missing
is left out, and the report states the reason. The signals are kept in the cache and made where they
are missing: empty it after a change of the generators. --final draws a second set, which is for
figures of a release and not for development. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
from collections import defaultdict
from collections.abc import Sequence

from gnuradio.rfattn.emissions.decision import Verdict
from gnuradio.rfattn.reporting import Progress
from gnuradio.rfattn_station.learning.boxes import Box

from .foreign import labels_foreign_report, labels_foreign_scenes
from .foreign.labels_foreign_scenes import Received, Take
from .harness import (
    add_report_options,
    check_numbers,
    opening,
    parser_of,
    run_all,
    write_report,
)
from .naming.labels_rows import Row, RowCounts, answer_of, confusions

SETS = {False: 1, True: 2}
"""Number of the set of seeds, by ``--final``."""
SNRS_DB = (8.0, 15.0, 25.0)


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    labels_foreign_scenes.add_options(parser)
    add("--takes", type=int, default=3, metavar="N", help="of each sender")
    add("--snr", type=float, nargs="+", default=SNRS_DB, metavar="DB", help="of takes in turn")
    add_report_options(parser, "labels_foreign")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("takes", "jobs"))
    labels_foreign_scenes.check_senders(parser, options)
    return options


def run(options: argparse.Namespace, find=None) -> dict:
    """Makes what is missing, and labels every take.

    Args:
        find: stands for `find_rows` in tests.
    """
    takes = [
        Take(sender.name, SETS[options.final], number)
        for sender in labels_foreign_scenes.senders_of(options)
        for number in range(options.takes)
    ]
    report = {
        **opening("labels_foreign.py"),
        "set": "final" if options.final else "work",
    }
    with Progress(options.quiet, total=len(takes)) as progress:
        takes, report["left_out"] = labels_foreign_scenes.make_all(takes, options, progress)
        work = functools.partial(measure, takes=takes, options=options, find=find)
        results = run_all(
            work,
            range(len(takes)),
            options.jobs,
            progress.show,
            lambda number: takes[number].name,
            4,
        )
    rows = [(take, *result) for take, result in zip(takes, results, strict=True) if result]
    report["no_receiver"] = sorted({t.name for t, r in zip(takes, results, strict=True) if not r})
    return report | summarize(rows, options.snr)


def measure(
    number: int, takes: Sequence[Take], options: argparse.Namespace, find=None
) -> tuple[Received, list[Row]] | None:
    """A take without its samples, and the rows of the table."""
    take = takes[number]
    snr_db = options.snr[take.number % len(options.snr)]
    others = [other for other in takes if other.name != take.name]
    received = labels_foreign_scenes.take_of(take, snr_db, others, options.cache)
    if received is None:
        return None
    rows = (find or find_rows)(received)
    return labels_foreign_scenes.without_samples(received), rows


def find_rows(received: Received) -> list[Row]:
    """What rfattn.label returns."""
    from gnuradio import rfattn  # imports torch, which the report does not need

    rate, centre = received.rate, received.frequency
    rows = []
    for found in rfattn.label(received.samples, rate=rate, frequency=centre):
        middle = found.frequency - (centre or 0.0)
        edges = middle - found.width / 2, middle + found.width / 2
        boxes = tuple(Box(a * rate, (b - a) * rate, *edges) for a, b in found.bursts)
        verdict = Verdict(found.label, found.family, found.guess, found.confidence)
        rows.append(Row(verdict if found.label is not None else None, boxes, found.basis))
    return rows


def summarize(results: Sequence[tuple[Take, Received, list[Row]]], snrs: Sequence[float]) -> dict:
    """The counts of classes and of strangers, by source, by class and by SNR."""
    groups: dict[str, dict[str, dict[str, RowCounts]]] = {
        part: defaultdict(lambda: defaultdict(RowCounts)) for part in ("classes", "strangers")
    }
    for take, received, rows in results:
        sender, has_frequency = take.sender, received.frequency is not None
        tables = groups["classes" if sender.right else "strangers"]
        there = {name for signal in received.true for name in signal.right}
        answer = answer_of(rows, received.true[0])
        for table, name in (
            ("all", "all"),
            ("SNR", f"{snrs[take.number % len(snrs)]:g} dB"),
            ("frequency", "stated" if has_frequency else "not stated"),
            ("neighbour", "with one" if len(received.true) > 1 else "without"),
            ("source", sender.source),
            ("class", " or ".join(sender.right)),
            ("sender", sender.name),
        ):
            if name:
                tables[table][name].add(rows, there, [answer])
    return {
        **{
            part: {
                table: {name: counts.to_dict() for name, counts in these.items()}
                for table, these in tables.items()
            }
            for part, tables in groups.items()
        },
        "confusions": {
            part: confusions(tables["all"]["all"].answers) if tables else []
            for part, tables in groups.items()
        },
        "takes": [_describe(*result) for result in results],
    }


def _describe(take: Take, received: Received, rows: Sequence[Row]) -> dict:
    return {
        "sender": take.name,
        "number": take.number,
        "right": take.sender.right,
        "rate": received.rate,
        "frequency": received.frequency,
        "true": [{"name": s.name, **_extent(s.boxes, received.rate)} for s in received.true],
        "rows": [
            (vars(row.verdict) if row.verdict else {})
            | {"basis": row.basis}
            | _extent(row.boxes, received.rate)
            for row in rows
        ],
    }


def _extent(boxes: Sequence[Box], rate: float) -> dict:
    """Where a signal or a row lies, in Hz from the middle and in s."""
    last = boxes[-1].sample_start + boxes[-1].sample_count
    edges = {"freq_lower": boxes[0].freq_lower, "freq_upper": boxes[0].freq_upper}
    times = {"start_s": boxes[0].sample_start / rate, "end_s": last / rate}
    return {**edges, **times, "bursts": len(boxes)}


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, labels_foreign_report.to_markdown(report))


if __name__ == "__main__":
    main()

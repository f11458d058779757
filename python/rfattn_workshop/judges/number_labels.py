#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count which labels of recordings change when the model computes in bfloat16.

number_labels RECORDING-OR-FOLDER … [--attention flash,perceiver] [--max-mb 1]

Labels each recording twice, as gr-rfattn label --json FILE.jsonl does, and compares the emissions
one by one. The detector has no model, so the emissions are the same; a look more or less may follow
from another confidence. Prints a Markdown table with a line for each attention. Recordings that
state no rate count as --rate, as in the training.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable

from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.benchmark.options import names
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.flowgraph.archive import Settings, label_recording
from gnuradio.rfattn.flowgraph.options import EmissionOptions, ModelOptions
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.recordings.archive import list_recordings
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.reporting import table, track

DTYPES = ("float32", "bfloat16")
UNKNOWN = "unknown"
COLUMNS = ("emissions", "same label", "another", "now unknown", "now named", "same guess")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", nargs="+", metavar="RECORDING")
    parser.add_argument("--model", default=DEFAULT_EMISSION_MODEL, help="default: %(default)s")
    parser.add_argument(
        "--attention", metavar="A,B", type=names, default=("flash",), help=", ".join(ATTENTIONS)
    )
    parser.add_argument("--max-mb", type=float, metavar="MB", help="leave out larger recordings")
    parser.add_argument("--rate", type=float, default=1e6, help="Hz, where none is stated")
    arguments = parser.parse_args(argv)
    found = select(arguments.recordings, arguments.max_mb)
    rows, failed = [], set()
    for attention in arguments.attention:
        counts, differences = Counter(), []
        for name in track(found, attention):
            try:
                exact, fast = (
                    label(name, arguments.model, attention, dtype, arguments.rate)
                    for dtype in DTYPES
                )
            except ValueError as error:
                failed.add(str(error))
                continue
            counts += compare(exact, fast)
            differences += confidence_differences(exact, fast)
        rows.append(row(attention, counts, differences))
    print(
        f"{summary(describe('cpu'))}; {len(found) - len(failed)} recordings, {len(failed)} failed\n"
    )
    print(table(["attention", *COLUMNS, "confidence, median change", "largest"], rows), end="")
    for error in sorted(failed):
        print(error, file=sys.stderr)
    return 0


def select(paths: Iterable[str], max_mb: float | None) -> list[str]:
    """The recordings, of folders with a table those that it lists, up to this size."""
    found = []
    for path in paths:
        if os.path.exists(os.path.join(path, "labels.csv")):
            found += [str(entry.path) for entry in find_recordings(path)]
        else:
            found += list_recordings([path])
    return [name for name in found if max_mb is None or megabytes(name) <= max_mb]


def megabytes(name: str) -> float:
    return os.path.getsize(name.replace(".sigmf-meta", ".sigmf-data")) / 1e6


def label(
    name: str, model: str, attention: str, dtype: str, rate: float
) -> dict[int, EmissionRecord]:
    """The emissions of a recording that were on the air, by number."""
    options = ModelOptions(model=model, attention=attention, dtype=dtype, threads=1)
    missing = None if open_recording(name).sample_rate else rate
    labelled = label_recording(name, Settings(missing, None, None, EmissionOptions(), options))
    return {r.latest.id: r for r in labelled.records if r.latest.burst_count}


def compare(exact: dict[int, EmissionRecord], fast: dict[int, EmissionRecord]) -> Counter:
    """How many emissions have which of `COLUMNS`; of those that the model looked at in both."""
    counts = Counter()
    for number in exact.keys() & fast.keys():
        one, other = exact[number].latest, fast[number].latest
        if one.label is None and other.label is None:
            continue
        counts["emissions"] += 1
        counts["same guess"] += one.guess == other.guess
        if one.label == other.label:
            counts["same label"] += 1
        elif other.label in (None, UNKNOWN):
            counts["now unknown"] += 1
        elif one.label in (None, UNKNOWN):
            counts["now named"] += 1
        else:
            counts["another"] += 1
    counts["emissions"] += len(exact.keys() ^ fast.keys())  # in one alone: the same in no way
    return counts


def confidence_differences(exact: dict, fast: dict) -> list[float]:
    pairs = [(exact[number].latest, fast[number].latest) for number in exact.keys() & fast.keys()]
    return [
        abs(one.confidence - other.confidence)
        for one, other in pairs
        if None not in (one.confidence, other.confidence)
    ]


def row(attention: str, counts: Counter, differences: list[float]) -> list:
    middle, most = "-", "-"
    if differences:
        middle = f"{sorted(differences)[len(differences) // 2]:.4f}"
        most = f"{max(differences):.3f}"
    return [attention, *(counts[name] for name in COLUMNS), middle, most]


if __name__ == "__main__":
    sys.exit(main())

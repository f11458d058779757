#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a model for emissions labels what people receive, on the path of `gr-rfattn label`.

labels [--model NAME] [--everyday 1] [--services 0] [--recordings DIR ...]
       [--noise 1] [--strangers 1] [--seed 1] [--out labels]

Every part has an option for its size; 0 leaves it out. Writes OUT.json and OUT.md, whose columns
docs/benchmark.md explains.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.recordings.labelled_folder import SPLITS
from gnuradio.rfattn.reporting import Progress

from .harness import add_report_options, check_numbers, opening, parser_of, write_report
from .naming import (
    labels_everyday,
    labels_noise,
    labels_recordings,
    labels_report,
    labels_score,
    labels_strangers,
)
from .naming.labels_kinds import ROWS, own_kinds, service_kinds
from .naming.labels_path import Labeller
from .naming.labels_score import Answer


def parse(arguments=None) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--model", default=DEFAULT_EMISSION_MODEL, help="shipped family, folder or file")
    add("--seed", type=int, default=1, help="of all that is drawn, from 0 up")
    add("--everyday", type=int, default=1, metavar="N", help="rounds of the benchmark's own kinds")
    add("--services", type=int, default=0, metavar="N", help="rounds of the generator of training")
    add("--kinds", nargs="+", metavar="NAME", help="classes of these two parts (default: all)")
    add("--rates", type=float, nargs="+", default=labels_everyday.RATES, metavar="HZ")
    add("--seconds", type=float, default=labels_everyday.SECONDS, help="length of their scenes")
    add("--snr", type=float, default=labels_everyday.SNR_DB, metavar="DB", help="of their signals")
    add("--recordings", nargs="+", default=[], metavar="DIR", help="labelled folders")
    add("--splits", nargs="+", default=["val", "test"], choices=SPLITS, help="of the recordings")
    add("--labels", nargs="+", metavar="NAME", help="labels of the recordings (default: all)")
    add("--undisturbed", action="store_true", help="the recordings only as they are")
    add("--noise", type=float, default=1.0, metavar="MIN", help="minutes of noise at 2.4 MS/s")
    add("--strangers", type=int, default=1, metavar="N", help="rounds of what is no class")
    add_report_options(parser, "labels", has_jobs=False)
    options = parser.parse_args(arguments)
    sizes = ("seed", "everyday", "services", "noise", "strangers")
    check_numbers(parser, options, not_negative=sizes)
    if not Path(options.out).absolute().parent.is_dir():
        parser.error(f"--out must name a file in a folder that exists, got {options.out}")
    names = {kind.name for kind in (*own_kinds(), *service_kinds(ROWS))}
    if strange := set(options.kinds or ()) - names:
        parser.error(f"--kinds must be of {' '.join(sorted(names))}, got {min(strange)}")
    return options


def run(options: argparse.Namespace) -> dict:
    """All parts that the options name."""
    labeller = Labeller(options.model)
    report = {
        **opening("labels.py"),
        "model": options.model,
        "seed": options.seed,
    }
    with Progress(options.quiet) as progress:
        bands, made = measure_bands(options, labeller, progress.show)
        recordings, real = measure_recordings(options, labeller, progress.show)
        others, known = measure_others(options, labeller, progress.show)
        report |= bands | recordings | others
    answers = {"made-up bands": made + known, **real}
    report["calibration"] = {
        name: labels_score.calibration(those) for name, those in answers.items() if those
    }
    return report


def measure_bands(options, labeller: Labeller, show) -> tuple[dict, list[Answer]]:
    """Everyday signals of all generators."""
    parts = {
        "everyday": (options.everyday, own_kinds()),
        "services": (options.services, service_kinds(ROWS)),
    }
    report, answers = {}, []
    for name, (rounds, kinds) in parts.items():
        kinds = [k for k in kinds if not options.kinds or k.name in options.kinds]
        if rounds and kinds:
            report[name], found = labels_everyday.measure(
                labeller,
                kinds,
                rounds,
                options.seed,
                show,
                options.rates,
                options.seconds,
                options.snr,
            )
            answers += found
    return report, answers


def measure_recordings(options, labeller: Labeller, show) -> tuple[dict, dict]:
    """Real recordings, as they are and disturbed."""
    entries = labels_recordings.entries_of(options.recordings, options.splits)
    entries = [e for e in entries if not options.labels or e.label in options.labels]
    if not entries:
        return {}, {}
    part, answers = labels_recordings.measure(
        labeller, entries, options.seed, show, not options.undisturbed
    )
    return {"recordings": part}, answers


def measure_others(options, labeller: Labeller, show) -> tuple[dict, list[Answer]]:
    """Noise, and what is no class."""
    report: dict = {}
    known: list[Answer] = []
    if options.noise:
        report["noise"] = labels_noise.measure(
            labeller, options.noise, options.seed, options.recordings, show
        )
    if options.strangers:
        report["strangers"], known = labels_strangers.measure(
            labeller, options.strangers, options.seed, show
        )
    return report, known


def main() -> int:
    options = parse()
    try:
        report = run(options)
    except ValueError as error:  # the model, a folder or a rate
        print(f"labels.py: {error}", file=sys.stderr)
        return 1
    write_report(options.out, report, labels_report.to_markdown(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare attentions and norms on emissions: train each with several seeds, judge and time them.

CUTS and HELD are folders that `gr-rfattn cut` wrote with different rounds. All results are kept in
--out and used again for the same configuration and cuts, so an interrupted study continues, and
--finished reports on what there is. Needs scikit-learn and SciPy (apt-get install python3-sklearn).
--timing needs neither cuts nor scikit-learn: it times the steps of all attentions alone.
Exit status 1 on an error, or when a timed model fails its check.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace

from gnuradio.rfattn.benchmark.options import names

from .harness import write_report
from .studies import report, whole
from .studies.plan import StudyPlan


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("cuts", metavar="CUTS", nargs="?", help="cuts to train on")
    add("held", metavar="HELD", nargs="?", help="cuts to judge by")
    add("--out", required=True, metavar="DIR", help="folder of the results and the report")
    add("--seeds", type=int, default=StudyPlan.seeds, metavar="N", help="trainings of each model")
    add(
        "--rounds",
        type=int,
        default=StudyPlan.rounds,
        metavar="N",
        help="how often each signal of the other generator is on the air (default: %(default)s)",
    )
    add("--steps", type=int, metavar="N", help="of each training (default: 1000)")
    add("--batch-size", type=int, metavar="N", help="sequences of a step (default: 64)")
    add("--attention", metavar="A,B", type=names, help="default: all")
    add("--norm", metavar="A,B", type=names, help="default: all")
    add("--finished", action="store_true", help="train nothing; report what is finished")
    add("--timing", action="store_true", help="time the steps alone; writes steps.md and .json")
    add("--quiet", action="store_true", help="no progress on stderr, except that of the training")
    return parser


def make_plan(arguments: argparse.Namespace) -> StudyPlan:
    """The plan of the options.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """
    plan = StudyPlan(seeds=arguments.seeds, rounds=arguments.rounds)
    if arguments.steps is not None:
        steps = {"steps": arguments.steps, "validate_every": arguments.steps}
        steps["warmup_steps"] = max(1, arguments.steps // 10)
        plan = replace(plan, training=plan.training.replace(**steps))
    if arguments.batch_size is not None:
        plan = replace(plan, training=plan.training.replace(batch_size=arguments.batch_size))
    chosen = {"attentions": arguments.attention, "norms": arguments.norm}
    return replace(plan, **{name: value for name, value in chosen.items() if value})


def main(argv: list[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    on_progress = (lambda text: None) if arguments.quiet else _print_line
    try:
        plan = make_plan(arguments)
        if arguments.timing:
            found = whole.run_timing(plan, arguments.out, on_progress)
            write_report(f"{arguments.out}/steps", found, report.steps_markdown(found))
        else:
            found = whole.run(plan, *_folders(arguments), on_progress, not arguments.finished)
            write_report(f"{arguments.out}/report", found, report.markdown(found))
    except (ValueError, OSError, ImportError) as error:
        print(f"study: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 1 if any("refused" in row for row in found["rows"]) else 0


def _folders(arguments: argparse.Namespace) -> tuple[str, str, str]:
    if arguments.held is None:
        raise ValueError("CUTS and HELD must be two folders of cuts, but for --timing")
    return arguments.cuts, arguments.held, arguments.out


def _print_line(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

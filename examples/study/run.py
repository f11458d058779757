# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redo the study: train every attention and norm over seeds, time them, set them beside its claims.

Writes report.md, report.json and PNG figures into --out. What was trained and timed there before
with the same configuration on the same recordings is used again, so a run that was ended goes on.
Every option of train is shown with its default.
"""

from __future__ import annotations

import dataclasses
import shlex
import sys

from .bench import names, sizes
from .train import add_fields, configuration

_DECIDED_HERE = ("model.attention", "model.norm")


def add_arguments(parser) -> None:
    from ..train import TrainConfig

    parser.add_argument(
        "folder",
        metavar="RECORDINGS",
        help="folder of SigMF recordings with labels.csv, splits train, val, test",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the report")
    parser.add_argument(
        "--quick", action="store_true", help="few steps, short timings: to see that it works"
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="trainings of each (default: 5)")
    parser.add_argument(
        "--attention",
        dest="attentions",
        metavar="A,B",
        type=names,
        help="default: all; flash must be one of them",
    )
    parser.add_argument("--norm", dest="norms", metavar="A,B", type=names)
    parser.add_argument(
        "--window",
        dest="windows",
        metavar="1k,4k",
        type=sizes,
        help="sequence lengths to time (default: 1k,2k,4k,8k,16k)",
    )
    parser.add_argument(
        "--whole-window",
        dest="whole_windows",
        metavar="1k,2k",
        type=sizes,
        help="lengths that are also timed as one step (default: 1k,2k)",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="of the timing (default: 12)")
    parser.add_argument(
        "--config", metavar="FILE", help="JSON configuration of train that options override"
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="DIR",
        help="folder whose recordings join the training; may be given several times",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no progress on stderr but that of train"
    )
    add_fields(parser.add_argument_group("configuration, as of train"), TrainConfig(), "")


def run(arguments) -> int:
    from ..study import report as files
    from ..study.progress import Progress
    from ..study.run import run as run_study

    command = shlex.join(["gr-rfattn", *sys.argv[1:]])
    found = run_study(
        make_plan(arguments), arguments.folder, arguments.out, command, Progress(arguments.quiet)
    )
    for path in files.write(found, arguments.out):
        print(path)
    for claim in found["claims"]:
        print(
            f"{claim['verdict']:<18} {claim['claim']}: {claim['there']} there, {claim['here']} here"
        )
    return 1 if any("refused" in row for row in found["rows"]) else 0


def make_plan(arguments):
    from ..study.plan import QUICK, QUICK_TRAINING, StudyPlan
    from ..train import TrainConfig

    decided = [name for name in _DECIDED_HERE if f"config:{name}" in vars(arguments)]
    if decided:
        option = decided[0].replace(".", "-")
        raise ValueError(
            f"study trains every attention and norm: --{option} is not its option, "
            "--attention and --norm are"
        )
    defaults = TrainConfig().to_dict() | (QUICK_TRAINING if arguments.quick else {})
    training = TrainConfig.from_dict(configuration(arguments, defaults))
    given = {
        field.name: getattr(arguments, field.name, None) for field in dataclasses.fields(StudyPlan)
    }
    chosen = {name: value for name, value in given.items() if value not in (None, [])}
    chosen["extra"] = tuple(arguments.extra)
    return StudyPlan(training=training, **((QUICK if arguments.quick else {}) | chosen))

#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeat the study: train every attention and norm with several seeds, time them, judge its claims.

Writes report.md, report.json and PNG figures into --out. Trainings and timings of the same
configuration and recordings that are already there are used again, so an interrupted run continues.
Needs scikit-learn and SciPy (apt-get install python3-sklearn). Exit status 1 on an error, or when
a timed model fails its check.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
import time
from pathlib import Path

from gnuradio.rfattn.benchmark.options import names, sizes
from gnuradio.rfattn.inference import read_contract
from gnuradio.rfattn.inference.contract import input_of
from gnuradio.rfattn.train import TrainConfig

import study_report
from study import run as run_study
from study_plan import CONVERSION, QUICK, QUICK_TRAINING, StudyPlan, attentions_of

_CHOSEN_BY_OPTIONS = ("model.attention", "model.norm")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("folder", metavar="RECORDINGS", help="SigMF recordings with labels.csv: train, val, test")
    add("--out", required=True, metavar="DIR", help="folder of the report")
    add("--quick", action="store_true", help="few steps, short timings: a trial run")
    add("--seeds", type=int, metavar="N", help="trainings of each model (default: 5)")
    add(
        "--attention",
        dest="attentions",
        metavar="A,B",
        type=names,
        help="default: all, with --init those of the family; flash must be among them",
    )
    add("--norm", dest="norms", metavar="A,B", type=names)
    add(
        "--window",
        dest="windows",
        metavar="1k,4k",
        type=sizes,
        help="sequence lengths to time (default: 1k,2k,4k,8k,16k)",
    )
    add(
        "--whole-window",
        dest="whole_windows",
        metavar="1k,2k",
        type=sizes,
        help="lengths that are also timed as one step (default: 1k,2k)",
    )
    add("--rounds", type=int, metavar="N", help="of the timing (default: 12)")
    add(
        "--init",
        default="",
        metavar="MODEL",
        help="start from the models of a shipped family or folder, or from conversions of a file, "
        f"with their shape and front end, and train for {CONVERSION['steps']} steps at a learning "
        f"rate of {CONVERSION['learning_rate']:g} (default: from random weights)",
    )
    add("--config", metavar="FILE", help="JSON configuration of the training")
    add("--steps", type=int, metavar="N", help="of each training")
    add("--threads", type=int, metavar="N", help="torch threads (0: all cores but one)")
    add(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other field of the training, e.g. learning_rate=1e-3 or model.d_model=32",
    )
    add("--extra", action="append", default=[], metavar="DIR", help="more training recordings")
    add("--quiet", action="store_true", help="no progress on stderr, except that of the training")
    return parser


def main(argv: list[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    try:
        plan = make_plan(arguments)
        on_progress = _silent if arguments.quiet else _print_line
        found = run_study(plan, arguments.folder, arguments.out, shlex.join(sys.argv), on_progress)
    except (ValueError, OSError, ImportError) as error:
        print(f"study: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    for path in study_report.write(found, arguments.out):
        print(path)
    for claim in found["claims"]:
        print(f"{claim['verdict']:<18} {claim['claim']}: claimed {claim['there']}, {claim['here']}")
    return 1 if any("refused" in row for row in found["rows"]) else 0


def make_plan(arguments: argparse.Namespace) -> StudyPlan:
    """The plan of the options: defaults, changed by --init, --quick, --config, and the others.

    Raises:
        ValueError: naming the option or the field.
        ModelFileError: the model of --init cannot be read.
    """
    training = TrainConfig().to_dict()
    training |= CONVERSION if arguments.init else {}
    training |= QUICK_TRAINING if arguments.quick else {}
    if arguments.config:
        for name, value in json.loads(Path(arguments.config).read_text(encoding="utf-8")).items():
            training[name] = training[name] | value if isinstance(value, dict) else value
    for text in arguments.settings:
        if arguments.init and text.startswith(("model.", "front_end.")):
            raise ValueError(f"--set {text}: with --init it is that of {arguments.init}")
        _set(training, text)
    training |= _shape_of(arguments.init) if arguments.init else {}
    for name in ("steps", "threads"):
        if getattr(arguments, name) is not None:
            training[name] = getattr(arguments, name)
    fields = {field.name for field in dataclasses.fields(StudyPlan)} - {"training", "extra"}
    given = {name: getattr(arguments, name, None) for name in fields}
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen.setdefault("attentions", attentions_of(arguments.init))
    return StudyPlan(
        training=TrainConfig.from_dict(training),
        extra=tuple(arguments.extra),
        **((QUICK if arguments.quick else {}) | chosen),
    )


def _shape_of(init: str) -> dict:
    """The fields `model` and `front_end` of a trained model that labels bands."""
    contract = read_contract(init)
    if input_of(contract) != "band":
        raise ValueError(f"--init {init}: it labels emissions, and the study needs one for bands")
    return {name: contract[name] for name in ("model", "front_end")}


def _set(values: dict, text: str) -> None:
    """Applies "model.d_model=32" to a configuration."""
    name, _, value = text.partition("=")
    part, _, field = name.rpartition(".")
    if name in _CHOSEN_BY_OPTIONS:
        raise ValueError(
            f"--set {name}: the study trains every attention and norm; choose them by --attention "
            "and --norm"
        )
    target = values.get(part) if part else values
    if not isinstance(target, dict) or field not in target:
        raise ValueError(f"--set must be NAME=VALUE with a field of the training, got {text!r}")
    target[field] = _parse(name, value, type(target[field]))


def _parse(name: str, text: str, kind: type):
    if kind is str:
        return text
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if type(value) is not kind and (kind, type(value)) != (float, int):
        raise ValueError(f"--set {name} must be of type {kind.__name__}, got {text!r}")
    return kind(value)


def _print_line(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr)


def _silent(text: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())

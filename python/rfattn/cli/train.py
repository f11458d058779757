# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a model on a folder of labelled recordings; needs no GNU Radio.

labels.csv in the folder gives each recording its label and its split: train, val, test, ood. Every
configuration option is shown with its default.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, is_dataclass
from pathlib import Path

from .output import write_json

_PREFIX = "config:"
_FOLLOWS_FROM_DATA = {("model", "n_bins"), ("model", "n_classes")}


def add_arguments(parser) -> None:
    from ..train import TrainConfig

    parser.add_argument("folder", metavar="DIR", help="folder of SigMF recordings with labels.csv")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the model goes")
    parser.add_argument("--config", metavar="FILE", help="JSON configuration that options override")
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="DIR",
        help="folder whose recordings join the training, e.g. of synthesize; may "
        "be given several times",
    )
    parser.add_argument(
        "--init",
        default="",
        metavar="MODEL",
        help="start from a trained model: a shipped family, folder or file; its "
        "shape holds, flash becomes the attention that is asked for, new classes "
        "are added",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run that a kill left in --out, from its last look",
    )
    parser.add_argument("--json", metavar="FILE", help="write the metrics as JSON; - for stdout")
    add_fields(parser.add_argument_group("configuration"), TrainConfig(), "")


def add_fields(group, config, part: str) -> None:
    """One option per field of a dataclass; those of a part of TrainConfig carry the part's name."""
    from ..train.config import option

    for field in fields(config):
        default = getattr(config, field.name)
        if is_dataclass(default):
            add_fields(group, default, field.name)
        elif (part, field.name) not in _FOLLOWS_FROM_DATA:
            name = f"{part}.{field.name}" if part else field.name
            group.add_argument(
                option(name),
                dest=_PREFIX + name,
                default=argparse.SUPPRESS,
                type=_truth if isinstance(default, bool) else type(default),
                metavar=str(default),
            )


def run(arguments) -> int:
    from ..train import TrainConfig, train

    config = TrainConfig.from_dict(configuration(arguments, TrainConfig().to_dict()))
    report = train(
        config, arguments.folder, arguments.out, arguments.extra, arguments.init, arguments.resume
    )
    if not report:  # not the first of several processes
        return 0
    if arguments.json:
        write_json(arguments.json, report)
    if arguments.json != "-":
        print_report(report, arguments.out)
    return 0


def configuration(arguments, values: dict) -> dict:
    """The defaults in ``values``, overridden by the file, overridden by the options."""
    stated = json.loads(Path(arguments.config).read_text()) if arguments.config else {}
    for name, value in stated.items():
        values[name] = {**values[name], **value} if isinstance(value, dict) else value
    for key, value in vars(arguments).items():
        if key.startswith(_PREFIX):
            part, _, name = key.removeprefix(_PREFIX).rpartition(".")
            (values[part] if part else values)[name] = value
    return values


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"must be true or false, got {text!r}")
    return text == "true"


def print_report(report: dict, out: str) -> None:
    for split in ("val", "test"):
        if split in report:
            figures = report[split]
            print(
                f"{split}: {figures['correct']} of {figures['count']} recordings right, "
                f"balanced accuracy {figures['balanced_accuracy']:.3f}, "
                f"by step {figures['window_balanced_accuracy']:.3f}"
            )
    print(f"written to {out}; try: gr-rfattn label --model {out} RECORDING")

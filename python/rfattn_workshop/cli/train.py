# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a model on a folder of labelled recordings or of cut sets; needs no GNU Radio.

Recordings give a model that labels a whole band. The file labels.csv in the folder gives each
recording a label and a split: train, val, test or ood.

Cut sets (*.npz), which gr-rfattn cut writes, give a model that labels emissions.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, is_dataclass
from pathlib import Path

from gnuradio.rfattn.checked import field_docs
from gnuradio.rfattn.reporting import check_json_path, write_json

_PREFIX = "config:"
_FOLLOWS_FROM_DATA = {"model.n_bins", "model.n_features", "model.n_classes"}


def add_arguments(parser) -> None:
    from ..train import TrainConfig
    from ..train.config import emission_config

    parser.add_argument(
        "folder", metavar="DIR", help="folder of recordings with labels.csv, or of cut sets"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write the model to")
    parser.add_argument("--config", metavar="FILE", help="JSON configuration that options override")
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="DIR",
        help="folder whose recordings join the training, for example of synthesize; may be given "
        "several times; not with cut sets",
    )
    parser.add_argument(
        "--init",
        action="append",
        default=[],
        metavar="MODEL",
        help="start from a trained model: a shipped family, a folder or a file. It keeps its "
        "sizes, is converted to --model-attention and --model-norm, and gets new classes. Given "
        "several times: from the mean of their weights",
    )
    parser.add_argument(
        "--teacher",
        action="append",
        default=[],
        metavar="MODEL",
        help="learn the probabilities of this trained model besides the labels: for a new "
        "attention, where what the model was trained with is gone. Named as in --init",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the interrupted run in --out from its last evaluation",
    )
    parser.add_argument("--json", metavar="FILE", help="write the metrics as JSON; - for stdout")
    add_fields(
        parser.add_argument_group(
            "configuration",
            "Behind each option stands its default for recordings. For cut sets these "
            f"defaults differ:\n  {' '.join(emission_config().options())}",
        ),
        TrainConfig(),
        "",
    )


def add_fields(group, config, part: str) -> None:
    """Adds an option for each field of a dataclass; ``part`` is the prefix of their names.

    The help of an option is the docstring of the field.
    """
    from ..train.config import option

    docs = field_docs(type(config))
    for field in fields(config):
        default, name = getattr(config, field.name), part + field.name
        if is_dataclass(default):
            add_fields(group, default, f"{name}.")
        elif name not in _FOLLOWS_FROM_DATA:
            group.add_argument(
                option(name),
                dest=_PREFIX + name,
                default=argparse.SUPPRESS,
                type=_parse_bool if isinstance(default, bool) else type(default),
                metavar=str(default),
                help=docs.get(field.name, "").replace("`", "").replace("%", "%%"),
            ).needs = field.metadata.get("needs", ())


def run(arguments) -> int:
    from gnuradio.rfattn_station.learning.cut_set import is_cut_folder

    check_json_path(arguments.json)
    run_folder = _run_on_cuts if is_cut_folder(arguments.folder) else _run_on_recordings
    report, lines = run_folder(arguments)
    if not report:  # not the first of several processes
        return 0
    if arguments.json:
        write_json(arguments.json, report)
    if arguments.json != "-":
        print("\n".join(lines))
    return 0


def _run_on_recordings(arguments) -> tuple[dict, list[str]]:
    """Trains a model of whole bands; its report, and the lines that sum it up."""
    from ..train import TrainConfig, train

    config = TrainConfig.from_dict(configuration(arguments, TrainConfig().to_dict()))
    report = train(
        config,
        arguments.folder,
        arguments.out,
        arguments.extra,
        arguments.init,
        arguments.resume,
        arguments.teacher,
    )
    return report, sum_up(report, arguments.out)


def _run_on_cuts(arguments) -> tuple[dict, list[str]]:
    """Trains a model of emissions; its report, and the lines that sum it up."""
    from ..train import TrainConfig
    from ..train.config import emission_config
    from ..train.emissions import train_emissions

    if arguments.extra:
        raise ValueError(
            f"--extra takes recordings, and {arguments.folder} holds cut sets: cut the recordings, "
            "too, into that folder"
        )
    if (Path(arguments.folder) / "labels.csv").exists():
        raise ValueError(f"{arguments.folder}: both cut sets (*.npz) and labels.csv are in it")
    config = TrainConfig.from_dict(configuration(arguments, emission_config().to_dict()))
    report = train_emissions(
        config,
        arguments.folder,
        arguments.out,
        arguments.init,
        arguments.resume,
        arguments.teacher,
    )
    return report, sum_up_emissions(report, arguments.out)


def configuration(arguments, values: dict) -> dict:
    """Overrides ``values`` by the file of --config, and the result by the options."""
    stated = read_json(arguments.config) if arguments.config else {}
    for name, value in stated.items():
        both = isinstance(value, dict) and isinstance(values.get(name), dict)
        values[name] = {**values[name], **value} if both else value
    for key, value in vars(arguments).items():
        if key.startswith(_PREFIX):
            part, _, name = key.removeprefix(_PREFIX).rpartition(".")
            (values[part] if part else values)[name] = value
    return values


def read_json(path: str) -> dict:
    """The JSON object in a file.

    Raises:
        ValueError: the file holds something else.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path}: must hold a JSON object")
    return values


def sum_up(report: dict, out: str) -> list[str]:
    """The lines that the command prints of a model of whole bands."""
    lines = []
    for split in ("val", "test"):
        if split in report:
            figures = report[split]
            lines.append(
                f"{split}: {figures['correct']} of {figures['count']} recordings right, "
                f"balanced accuracy {figures['balanced_accuracy']:.3f}, "
                f"by step {figures['window_balanced_accuracy']:.3f}"
            )
    return [*lines, f"written to {out}; try: gr-rfattn eval RECORDINGS --model {out}"]


def sum_up_emissions(report: dict, out: str) -> list[str]:
    """The lines that the command prints of a model of emissions.

    The made-up emissions of `val_augmented` come from no recordings.
    """
    lines = []
    for split in ("val_augmented", "val", "test"):
        for unit in ("recordings", "emissions"):
            if split in report and (split, unit) != ("val_augmented", "recordings"):
                lines.append(f"{split}, {unit}: {_shares(report[split][unit])}")
    return [*lines, f"written to {out}; try: gr-rfattn label --model {out} RECORDING"]


def _shares(figures: dict) -> str:
    """The figures of `judge_emissions` as text."""
    text = (
        f"of {figures['count']} of a class {figures['right']:.0%} right, "
        f"{figures['unknown']:.0%} unknown ({figures['family']:.0%} with the right family), "
        f"{figures['wrong']:.0%} wrong"
    )
    if figures["other"]:
        text += f"; of {figures['other']} of no class {figures['other_refused']:.0%} unknown"
    return text


def _parse_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"must be true or false, got {text!r}")
    return text == "true"

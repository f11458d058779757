# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several subcommands share, derived from dataclasses where they are parameters."""

from __future__ import annotations

import argparse
import os
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from ...flowgraph.options import EmissionOptions, ModelOptions
from ...inference import NO_MODEL
from ...inference import emission_model as default_or
from ..attached.actions import add_action_options
from ..attached.attachments import add_attachment_options


def of_any_folder(model: ModelOptions) -> ModelOptions:
    """The same, for workers that run in other folders."""
    if not os.path.exists(model.model):
        return model
    return replace(model, model=os.path.abspath(model.model))


def add_options(group, defaults, without: tuple[str, ...] = ()) -> dict[str, argparse.Action]:
    """Adds an option for each field of the dataclass ``defaults``, with its value as the default.

    The fields are made by `flowgraph.options.option`, which also gives the help text. A field
    that is None or empty by default has no default in ``--help``.

    Returns:
        The options by the names of the fields.
    """
    added, kinds = {}, typing.get_type_hints(type(defaults))
    for field in fields(defaults):
        if field.name in without:
            continue
        default, about = getattr(defaults, field.name), field.metadata
        choices = about["choices"]() if callable(about["choices"]) else about["choices"]
        shown = "" if default in (None, "", False) else " (default: %(default)s)"
        kind, text = _one_type(kinds[field.name]), about["help"].replace("%", "%%") + shown
        flag = about["flag"] or "--" + field.name.replace("_", "-")
        common = {"dest": field.name, "default": default, "help": text}
        if kind is bool:
            added[field.name] = group.add_argument(flag, action="store_true", **common)
            continue
        common |= {"choices": choices, "metavar": about["metavar"] or None}
        added[field.name] = group.add_argument(flag, type=about["kind"] or kind, **common)
    return added


def options_from(kind, arguments: argparse.Namespace, **changes):
    """The dataclass ``kind`` from parsed arguments; ``changes`` go before them."""
    stated = {f.name: getattr(arguments, f.name) for f in fields(kind) if f.name in arguments}
    return kind(**(stated | changes))


def add_mode_options(parser):
    """What `label` and `live` share: options of emissions and of the model. Returns the group of
    `add_action_options`."""
    parser.add_argument(
        "--annotate",
        metavar="FILE",
        help="write a SigMF annotation for each burst into this .sigmf-meta file",
    )
    group = parser.add_argument_group("emissions")
    added = add_options(group, EmissionOptions())
    for name in ("min_confidence", "band_plan"):
        added[name].not_with = "--model none"
    group.add_argument(
        "--record",
        metavar="DIR",
        help="write the I/Q of each emission as a SigMF recording into this folder",
    )
    group.add_argument(
        "--sidebands",
        action="store_true",
        help="take sidebands for emissions like all others: what is beside a stronger emission, "
        "and on the air only with it (default: only their number is printed)",
    )
    actions = add_action_options(parser)
    add_attachment_options(parser)
    default = default_or("") or NO_MODEL
    group = parser.add_argument_group(f"model (default: {default}; {NO_MODEL}: labels by frames)")
    group.not_with = f"--model {NO_MODEL}"
    add_options(group, ModelOptions(model=""))
    parser.add_argument(
        "--steps",
        action="store_true",
        help="print everything: all emissions (but see --sidebands), all columns and costs",
    )
    return actions


def emission_model(arguments) -> ModelOptions | None:
    """The model that labels emissions; None where there is none, or with --model none."""
    model = default_or(arguments.model)
    return options_from(ModelOptions, arguments, model=model) if model else None


def add_output_options(parser, not_with: Mapping[str, Sequence[str]] | None = None) -> None:
    """Adds --json and --quiet; ``not_with`` has what does not go with some files of --json."""
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write everything as JSON; FILE.jsonl, or - for stdout: an object a line while it "
        "runs",
    ).not_with = not_with or {}
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _one_type(hint):
    """The type that is not None."""
    if isinstance(hint, types.UnionType):
        (hint,) = (kind for kind in typing.get_args(hint) if kind is not type(None))
    return hint

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several subcommands share, derived from dataclasses where they are parameters."""

from __future__ import annotations

import argparse
import os
import types
import typing
from dataclasses import fields, replace

from ..checked import shown
from ..emissions.ignore_list import IgnoreList
from ..flowgraph.options import EmissionOptions, ModelOptions
from ..inference import DEFAULT_MODEL, NO_MODEL
from ..inference import emission_model as default_or
from .actions import add_action_options, stated_actions
from .decoding import add_decoding_options, stated_decoding

SCHEMA = 2
"""Version of the JSON of `label` and `live`."""


def of_any_folder(model: ModelOptions) -> ModelOptions:
    """The same, for workers that run in other folders."""
    if not os.path.exists(model.model):
        return model
    return replace(model, model=os.path.abspath(model.model))


def add_options(parser, defaults, title: str = "", without: tuple[str, ...] = ()) -> None:
    """Adds an option for each field of the dataclass ``defaults``, with its value as the default.

    The fields are made by `flowgraph.options.option`, which also gives the help text. A field
    that is None or empty by default has no default in ``--help``.
    """
    group = parser.add_argument_group(title) if title else parser
    kinds = typing.get_type_hints(type(defaults))
    for field in fields(defaults):
        if field.name in without:
            continue
        default, about = getattr(defaults, field.name), field.metadata
        choices = about["choices"]() if callable(about["choices"]) else about["choices"]
        shown = "" if default in (None, "", False) else " (default: %(default)s)"
        kind, text = _one_type(kinds[field.name]), about["help"].replace("%", "%%") + shown
        common = {"dest": field.name, "default": default, "help": text}
        if kind is bool:
            group.add_argument(flag_of(field), action="store_true", **common)
            continue
        metavar = about["metavar"] or None
        group.add_argument(flag_of(field), type=kind, choices=choices, metavar=metavar, **common)


def flag_of(field) -> str:
    return field.metadata["flag"] or "--" + field.name.replace("_", "-")


def stated_options(arguments, *defaults) -> list[str]:
    """The options of the dataclasses ``defaults`` whose values differ from them."""
    return [
        flag_of(field)
        for kind in defaults
        for field in fields(kind)
        if field.name in arguments and getattr(arguments, field.name) != getattr(kind, field.name)
    ]


def options_from(kind, arguments: argparse.Namespace, **changes):
    """The dataclass ``kind`` from parsed arguments; ``changes`` go before them."""
    stated = {f.name: getattr(arguments, f.name) for f in fields(kind) if f.name in arguments}
    return kind(**(stated | changes))


def add_auto_options(parser) -> None:
    """What ``--attention auto`` may use besides the budget."""
    parser.add_argument(
        "--bench",
        default="",
        metavar="FILE",
        help="with --attention auto: choose by a report.json of gr-rfattn bench --model (default: "
        "time the attentions at the start)",
    )


def add_mode_options(parser, path_defaults, without: tuple[str, ...] = ()):
    """What `label` and `live` share: options of emissions, of the model, and of --band. Returns the
    group of `add_action_options`."""
    parser.add_argument(
        "--annotate",
        metavar="FILE",
        help="write a SigMF annotation for each burst into this .sigmf-meta file; with --band for "
        "each run of equal labels",
    )
    group = parser.add_argument_group("emissions")
    add_options(group, EmissionOptions())
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
    add_decoding_options(parser)
    default = default_or("") or NO_MODEL
    title = f"model (default: {default}; with --band: {DEFAULT_MODEL}; {NO_MODEL}: only measure)"
    add_options(parser, ModelOptions(model=""), title)
    parser.add_argument(
        "--steps",
        action="store_true",
        help="print everything: all emissions (but see --sidebands), all columns and costs; with "
        "--band every step",
    )
    group = parser.add_argument_group("one label for the whole band")
    group.add_argument(
        "--band", action="store_true", help="label the whole band instead of emissions in it"
    )
    add_options(group, path_defaults, without=without)
    add_auto_options(group)
    parser.set_defaults(usage_error=parser.error)
    return actions


def check_mode(arguments, path_defaults) -> None:
    """Ends with a usage error if options of the other mode are stated; sets the model of --band.

    Args:
        path_defaults: the defaults of the `PathOptions`.

    Raises:
        ValueError: in one line, see `IgnoreList.load`.
    """
    if arguments.band:
        stated = stated_options(arguments, EmissionOptions())
        stated += ["--record"] if arguments.record else []
        stated += ["--sidebands"] if arguments.sidebands else []
        stated += stated_actions(arguments) + stated_decoding(arguments)
        rule = "is for emissions: leave out --band"
        arguments.model = arguments.model or DEFAULT_MODEL
    else:
        stated = stated_options(arguments, path_defaults)
        stated += ["--bench"] if arguments.bench else []
        rule = "needs --band"
        if not stated and not default_or(arguments.model):
            stated = stated_options(arguments, ModelOptions(model=arguments.model))
            rule = "needs a model, got --model none"
            stated += ["--min-confidence"] if arguments.min_confidence is not None else []
    if stated:
        arguments.usage_error(f"{stated[0]} {rule}")
    ignored = IgnoreList.load("" if arguments.band else arguments.ignore).labels
    if ignored and not default_or(arguments.model):
        arguments.usage_error(
            f"--ignore {arguments.ignore}: class {shown(ignored[0])} needs a model, got "
            "--model none"
        )


def emission_model(arguments) -> ModelOptions | None:
    """The model that labels emissions; None where there is none, or with --model none.

    Raises:
        ValueError: with --attention auto, which measures a whole band.
    """
    model = default_or(arguments.model)
    if not model:
        return None
    options = options_from(ModelOptions, arguments, model=model)
    if options.attention == "auto":
        raise ValueError("attention 'auto' needs --band")
    return options


def add_output_options(parser) -> None:
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write everything as JSON; FILE.jsonl, or - for stdout: an object a line while it "
        "runs",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _one_type(hint):
    """The type that is not None."""
    if isinstance(hint, types.UnionType):
        (hint,) = (kind for kind in typing.get_args(hint) if kind is not type(None))
    return hint
